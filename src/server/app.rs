//! What every handler shares.

use std::net::IpAddr;
use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::mpsc::Sender;

use super::clock::Clock;
use super::http::failures::Failures;
use super::http::limits::Limiter;
use super::http::observe::RequestLine;
use super::http::once::Calls;
use super::partners::Partners;
use super::store::Store;
use super::store::api_keys::{self, Credential};
use super::store::engine::{On, Result};
use super::store::last_use::LastUses;
use super::store::team::Team;
use crate::domain::time::Time;

/// The running server's state.
pub struct App {
    /// Where everything is kept.
    pub store: Store,
    pub team: Team,
    /// Requests of each user.
    pub limiter: Limiter<i64>,
    /// Uses of each collection access key.
    pub collection_uses: Limiter<String>,
    /// Calls of the partner who is let in by a secret.
    pub partner_calls: Limiter<()>,
    /// Refused keys of each address.
    pub failures: Failures,
    /// Uses that are not written yet.
    pub last_uses: LastUses,
    /// What may be another while the server runs.
    pub changeable: RwLock<Arc<Changeable>>,
    /// Calls with an idempotency key.
    pub calls: Calls,
    /// What time it is.
    pub clock: Clock,
    /// How late revocations take effect.
    #[cfg(feature = "fault-points")]
    pub lag: Option<super::lag::Lag>,
}

/// What is read from the configuration again while the server runs.
pub struct Changeable {
    /// The only address from which X-Forwarded-For is believed.
    pub behind_proxy: Option<IpAddr>,
    /// Who wants a line for each request.
    pub request_log: Option<Sender<RequestLine>>,
    /// Who else is served.
    pub partners: Partners,
}

impl App {
    /// What is configured now. A request asks once and keeps to it.
    pub fn configured(&self) -> Arc<Changeable> {
        Arc::clone(&self.changeable.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The present, as the injected clock says.
    pub fn now(&self) -> Time {
        self.clock.now()
    }

    /// The key that is accepted when a value with this hash is presented at `now`.
    pub async fn credential(&self, on: impl On, hash: &str, now: Time) -> Result<Option<Credential>> {
        #[cfg(feature = "fault-points")]
        if let Some(lag) = self.lag {
            return api_keys::found_by(lag.credential_sql(hash, now), on).await;
        }
        api_keys::credential(on, hash, now).await
    }
}

/// The present, as the system's clock says: for commands on the server's own machine.
pub fn now() -> Time {
    Clock::default().now()
}
