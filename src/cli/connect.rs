//! The way from the command line to a server.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::confirm;
use super::output::Output;
use crate::client::capabilities::Capability;
use crate::client::error::{Asked, ErrorKind, ServiceError};
use crate::client::{self, InFlight, KeyService, WritePermit};
use crate::config::{Config, Environment, Paths, Session};
use crate::domain::team::Me;
use crate::domain::untrusted::visible;

/// How long a person at a terminal is left without a word while a server is silent.
const SILENCE: Duration = Duration::from_secs(3);

/// The configuration, and the server and key that flag, environment and file choose.
pub async fn choose(paths: &Paths, profile: Option<&str>, config: Option<&Path>) -> anyhow::Result<(Config, Session)> {
    let config = Config::load(config, &paths.config_file())?;
    let session = Session::choose(&config, profile, Environment::of_process()?).await?;
    tracing::info!(profile = %visible(&session.profile), "profile chosen");
    Ok((config, session))
}

/// The same for a command that changes something: a read-only profile is for looking and for a `dry_run` only.
pub async fn choose_to_change(
    paths: &Paths,
    profile: Option<&str>,
    config: Option<&Path>,
    dry_run: bool,
) -> anyhow::Result<(Config, Session)> {
    let (config, session) = choose(paths, profile, config).await?;
    if session.read_only && !dry_run {
        return Err(confirm::read_only().into());
    }
    Ok((config, session))
}

/// Says once that the server is waited for, as soon as a call is on its way for [`SILENCE`] while nothing else ends.
async fn say_waiting(mut calls: watch::Receiver<InFlight>, address: String) {
    loop {
        let seen = *calls.borrow_and_update();
        let changed = calls.changed();
        if seen.waiting == 0 {
            if changed.await.is_err() {
                return;
            }
        } else {
            match tokio::time::timeout(SILENCE, changed).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) => return,
                Err(_) => return Output::say_beside(&format!("waiting for {address} …")),
            }
        }
    }
}

/// A server, who asks it, and how careful to be.
pub struct Connection {
    /// The server.
    pub service: Arc<dyn KeyService>,
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
        let service = client::open(&session)?;
        if Output::is_watched() {
            tokio::spawn(say_waiting(service.in_flight(), service.address()));
        }
        let me = service.me().await?;
        let permit = WritePermit::unless_read_only(session.read_only);
        Ok(Self { service, me, permit, profile: session.profile, production: session.production })
    }

    /// The profile as reviews name it.
    pub fn named(&self) -> String {
        format!("profile {}{}", self.profile, if self.production { ", PRODUCTION" } else { "" })
    }

    /// Refuses what the backend cannot do.
    pub fn supports(&self, capability: Capability) -> Result<(), ServiceError> {
        match self.service.capabilities().why_not(capability) {
            Some(why) => {
                let asked = Asked::nothing(&self.service.address());
                Err(ServiceError::new(ErrorKind::Unsupported, asked, why))
            }
            None => Ok(()),
        }
    }
}
