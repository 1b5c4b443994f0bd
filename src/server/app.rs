//! What every handler shares.

use std::net::IpAddr;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use tokio::sync::mpsc::Sender;

use super::clock::Clock;
use super::handlers::health::Readiness;
use super::http::allowances::Allowances;
use super::http::failures::{self, Failures};
use super::http::limits::Allowance;
use super::http::limits::Limiter;
use super::http::once::Calls;
use super::http::request_log::{Bounds, RequestLine};
use super::http::shared_limits::{Asked, SharedLimits};
use super::http::under_way::UnderWay;
use super::life::Life;
use super::metrics::Metrics;
use super::notices::NoticeSettings;
use super::partners::Partners;
use super::source::Source;
use super::store::Store;
use super::store::engine::{On, Result};
use super::store::last_use::LastUses;
use super::store::presented::{self, Credential, Presented};
use super::store::refused_pending::RefusedUses;
use super::store::team::Team;
use crate::config::PolicyConfig;
use crate::domain::time::Time;

/// The running server's state.
pub struct App {
    /// Where everything is kept.
    pub store: Store,
    pub team: Team,
    /// What is counted together with other servers.
    pub shared_limits: SharedLimits,
    /// Requests of each user.
    pub limiter: Allowances,
    /// Verifications of each user, which have a limit of their own.
    pub verifications: Allowances,
    /// Uses of each collection access key.
    pub collection_uses: Limiter<String>,
    /// Calls of the partner who is let in by a secret.
    pub partner_calls: Limiter<()>,
    /// Refused keys of each address.
    pub failures: Failures,
    /// Uses that are not written yet.
    pub last_uses: LastUses,
    /// Refused uses that are not written yet.
    pub refused_uses: RefusedUses,
    /// What may be another while the server runs.
    pub changeable: RwLock<Arc<Changeable>>,
    /// Whether the database's keys were moved elsewhere: what is here is not what is true any more.
    pub moved: AtomicBool,
    /// Whether the database takes writes, as far as was found out.
    pub readiness: Readiness,
    /// What is counted for whoever watches.
    pub metrics: Metrics,
    /// How many lines the log of requests may have.
    pub request_lines: Bounds,
    /// Requests that came through the proxy and are being answered.
    pub under_way: UnderWay,
    /// Calls with an idempotency key.
    pub calls: Calls,
    /// What time it is.
    pub clock: Clock,
    /// What goes on beside requests.
    pub life: Life,
    /// How long a request waits for an act that it began.
    pub patience: Duration,
    /// Settings of the team that are fixed.
    pub policy: Option<PolicyConfig>,
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
    /// The ways that people are told.
    pub notices: NoticeSettings,
    /// How long the answer to a verification may be kept, in seconds.
    pub verification_max_age: u32,
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

    /// The API keys that have or ever had values with these hashes, at most a thousand, and whether each is accepted when
    /// it is presented at `now`.
    pub async fn presented<'h>(
        &self,
        on: impl On,
        hashes: impl IntoIterator<Item = &'h str>,
        now: Time,
    ) -> Result<Vec<Presented>> {
        #[cfg(feature = "fault-points")]
        if let Some(lag) = self.lag {
            return presented::found(lag.presented_sql(hashes, now), on, now).await;
        }
        presented::usual(on, hashes, now).await
    }

    /// The key that is accepted when a value with this hash is presented at `now`.
    pub async fn credential(&self, on: impl On, hash: &str, now: Time) -> Result<Option<Credential>> {
        let found = self.presented(on, [hash], now).await?;
        Ok(found.into_iter().find(|found| found.accepted).map(|found| found.credential))
    }

    /// Counts requests of a user, or verifications, which have a limit of their own.
    pub async fn spend(&self, verifies: bool, user: i64, requests: u32) -> Allowance {
        let (of, alone) = if verifies { ("verifications", &self.verifications) } else { ("requests", &self.limiter) };
        let asked = Asked { of, who: user, requests, limit: alone.limit() };
        let spend = || alone.spend(user, requests, Instant::now());
        self.shared_limits.spend(&self.store, asked, self.now(), spend).await
    }

    /// Counts a use of a collection access key.
    pub async fn spend_collection_use(&self, key_id: &str) -> Allowance {
        let alone = &self.collection_uses;
        let asked = Asked { of: "collection_uses", who: key_id, requests: 1, limit: alone.limit() };
        let spend = || alone.count(key_id.to_owned(), Instant::now());
        self.shared_limits.spend(&self.store, asked, self.now(), spend).await
    }

    /// Counts a call of the partner who is let in by a secret.
    pub async fn spend_partner_call(&self) -> Allowance {
        let alone = &self.partner_calls;
        let asked = Asked { of: "partner_calls", who: "", requests: 1, limit: alone.limit() };
        self.shared_limits.spend(&self.store, asked, self.now(), || alone.count((), Instant::now())).await
    }

    /// Counts a refusal, and says whether its address has to wait.
    pub async fn spend_failure(&self, from: Source) -> Allowance {
        let asked = Asked { of: "failures", who: from.neighbourhood(), requests: 1, limit: failures::AN_ADDRESS };
        self.shared_limits.spend(&self.store, asked, self.now(), || self.failures.count(from)).await
    }

    /// Writes refused uses; with `all`, also tells the audit log what is not due yet.
    pub async fn flush_refused_uses(&self, all: bool) -> Result<()> {
        self.refused_uses.flush(&self.store, &self.team.for_audit(), self.now(), all).await
    }
}

/// The present, as the system's clock says: for commands on the server's own machine.
pub fn now() -> Time {
    Clock::default().now()
}
