//! The way from the command line to a server.

use std::path::Path;

use crate::client::http::HttpService;
use crate::client::{KeyService, WritePermit};
use crate::config::{Config, Environment, Paths, Session};
use crate::domain::team::Me;

/// The configuration, and the server and key that flag, environment and file choose.
pub async fn choose(paths: &Paths, profile: Option<&str>, config: Option<&Path>) -> anyhow::Result<(Config, Session)> {
    let config = Config::load(config, &paths.config_file())?;
    let session = Session::choose(&config, profile, Environment::of_process()?).await?;
    tracing::info!(profile = %crate::domain::untrusted::visible(&session.profile), "profile chosen");
    Ok((config, session))
}

/// A server, who asks it, and how careful to be.
pub struct Connection {
    /// The server.
    pub service: HttpService,
    /// Who asks.
    pub me: Me,
    /// Leave to change something; none on a read-only profile.
    pub permit: Option<WritePermit>,
    /// The profile's name.
    pub profile: String,
    /// Whether the profile is a production one.
    pub production: bool,
}

impl Connection {
    /// Chooses the profile and asks its server who we are.
    pub async fn open(paths: &Paths, profile: Option<&str>, config: Option<&Path>) -> anyhow::Result<Self> {
        let (_, session) = choose(paths, profile, config).await?;
        let service = HttpService::new(&session.base_url, &session.key)?;
        let me = service.me().await?;
        let permit = WritePermit::unless_read_only(session.read_only);
        Ok(Self { service, me, permit, profile: session.profile, production: session.production })
    }
}
