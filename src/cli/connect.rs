//! The way from the command line to a server.

use std::path::Path;

use crate::client::error::ServiceError;
use crate::client::http::HttpService;
use crate::client::{KeyService, WritePermit};
use crate::config::{Config, Environment, Paths, Session};
use crate::domain::team::Me;
use crate::domain::untrusted::visible;

/// The configuration, and the server and key that flag, environment and file choose.
pub async fn choose(paths: &Paths, profile: Option<&str>, config: Option<&Path>) -> anyhow::Result<(Config, Session)> {
    let config = Config::load(config, &paths.config_file())?;
    let session = Session::choose(&config, profile, Environment::of_process()?).await?;
    tracing::info!(profile = %visible(&session.profile), "profile chosen");
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
    /// Asks the session's server who we are.
    pub async fn open(session: Session) -> Result<Self, ServiceError> {
        let service = HttpService::new(&session.base_url, session.key)?;
        let me = service.me().await?;
        let permit = WritePermit::unless_read_only(session.read_only);
        Ok(Self { service, me, permit, profile: session.profile, production: session.production })
    }
}
