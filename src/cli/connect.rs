//! The way from the command line to a server.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::output::Output;
use crate::client::capabilities::Capability;
use crate::client::error::ServiceError;
use crate::client::{self, InFlight, KeyService, WritePermit};
use crate::config::{Config, Environment, Paths, Session};
use crate::domain::secret::Secret;
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
    if !dry_run {
        WritePermit::unless_read_only(session.read_only)?;
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
    pub service: Arc<dyn KeyService>,
    /// Who asks.
    pub me: Me,
    /// Permission to change something, or why there is none.
    pub permit: Result<WritePermit, ServiceError>,
    pub profile: String,
    /// Whether the profile is a production one.
    pub production: bool,
}

impl Connection {
    /// Asks the session's server who we are.
    pub async fn open(session: Session) -> Result<Self, ServiceError> {
        Self::open_with(session, None).await
    }

    /// The same with `key` in place of the session's own, where there is one.
    pub async fn open_with(session: Session, key: Option<Secret>) -> Result<Self, ServiceError> {
        let mut service = client::open(&session)?;
        if let Some(key) = key {
            service = service.with_key(key)?;
        }
        if Output::is_watched() {
            tokio::spawn(say_waiting(service.in_flight(), service.address()));
        }
        let me = service.me().await?;
        let permit = WritePermit::unless_read_only(session.read_only);
        Ok(Self { service, me, permit, profile: session.profile, production: session.production })
    }

    /// Permission to change something.
    pub fn permit(&self) -> Result<&WritePermit, ServiceError> {
        self.permit.as_ref().map_err(Clone::clone)
    }

    /// The profile as reviews name it.
    pub fn named(&self) -> String {
        format!("profile {}{}", self.profile, if self.production { ", PRODUCTION" } else { "" })
    }

    /// Whether the backend can do it.
    pub fn has(&self, capability: Capability) -> bool {
        self.service.capabilities().has(capability)
    }

    /// Refuses what the backend cannot do.
    pub fn require(&self, needed: impl IntoIterator<Item = Capability>) -> Result<(), ServiceError> {
        self.service.capabilities().require(needed, &self.service.address())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::exit::{Exit, hint};
    use crate::cli::{named, rows};
    use crate::client::Scope;
    use crate::client::capabilities::Capabilities;
    use crate::client::fake::FakeService;
    use crate::domain::filter::Query;
    use crate::domain::key::Key;

    async fn without(missing: Capability) -> Connection {
        let capabilities = Capabilities::all().without(missing, "the API has no such call: use the team's page");
        let service = Arc::new(FakeService::new(vec![Key::sample("k")]).with_capabilities(capabilities));
        let (me, permit) = (service.me().await.unwrap(), WritePermit::unless_read_only(false));
        Connection { service, me, permit, profile: "acme".to_owned(), production: false }
    }

    #[tokio::test]
    async fn what_a_backend_cannot_do_ends_with_5_and_says_where_it_can_be_done() {
        let connection = without(Capability::TeamKeys).await;
        let error = rows::keys(&connection, Scope::Team, &Query::default(), None).await.unwrap_err();
        assert!(error.to_string().contains("use the team's page"), "{error}");
        let error = anyhow::Error::from(error);
        assert_eq!(Exit::of_error(&error).code(), 5);
        assert!(hint(&error).contains("where a person can"), "{}", hint(&error));
        let connection = without(Capability::Disable).await;
        assert!(connection.require([Capability::Rename]).is_ok());
        assert!(connection.require([Capability::Rename, Capability::Disable]).is_err());
    }

    #[tokio::test]
    async fn what_only_some_backends_can_do_is_not_asked_of_the_others() {
        for missing in [Capability::Users, Capability::Findings, Capability::CollectionKeys] {
            let connection = without(missing).await;
            let listed = rows::keys(&connection, Scope::Team, &Query::default(), None).await.unwrap();
            assert_eq!(listed.1, 1, "{missing:?}");
            let (found, missing) = named::find(&["k".to_owned(), "gone".to_owned()], &connection).await.unwrap();
            assert_eq!((found.len(), missing.len()), (1, 1));
        }
    }
}
