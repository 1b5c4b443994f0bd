//! The management server: the real one, for `keydeck serve` and for the demo.
//!
//! A request passes [`http`] (identity, limits, errors), a handler of `handlers`, and [`store`], where every change is
//! one transaction together with its audit entries. Nothing is kept in memory that a second server on the same database
//! would need, except uses of keys, accepted and refused, for as long as it takes to write the next batch ([`batches`]).

mod app;
mod audit;
mod backup;
mod batches;
mod clock;
mod door;
pub mod error;
mod fixed;
mod handlers;
mod http;
#[cfg(feature = "fault-points")]
mod lag;
mod lately;
mod life;
mod listen;
mod metrics;
mod mint;
mod moving;
mod notices;
mod openapi;
mod partners;
mod people;
mod policy;
mod reload;
pub mod seed;
mod setup;
mod source;
pub mod store;
mod tls;

use std::net::IpAddr;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use futures_util::future::OptionFuture;
use tokio::sync::mpsc::Sender;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use self::app::{App, Changeable};
use self::batches::Every;
use self::door::Crowd;
use self::handlers::health::Readiness;
use self::http::allowances::Allowances;
use self::http::failures::Failures;
use self::http::limits::Limiter;
use self::http::once::Calls;
use self::http::request_log::Bounds;
use self::http::shared_limits::SharedLimits;
use self::http::under_way::UnderWay;
use self::life::Life;
use self::metrics::Metrics;
use self::store::Store;
use self::store::last_use::LastUses;
use self::store::refused_pending::RefusedUses;
use self::store::team::Team;
use self::tls::ServerConfig;
use crate::domain::database_url::DatabaseUrl;

pub use self::audit::verify_audit;
pub use self::backup::backup;
pub use self::clock::Clock;
pub use self::error::ServerError;
pub use self::handlers::contract;
pub use self::http::request_log::RequestLine;
#[cfg(feature = "fault-points")]
pub use self::lag::Lag;
pub use self::life::{Pass, follow_life};
pub use self::listen::Listener;
pub use self::metrics::PATH as METRICS_PATH;
pub use self::moving::{MoveError, Progress, Proof, Restored, move_to, reopen, restore};
pub use self::notices::{NoticeSettings, Smtp, Teller, Webhook};
pub use self::partners::{PartnerSettings, Served};
pub use self::reload::Control;
pub use self::setup::{
    KeyOfUser, Member, Recovery, add_user, another_key_for, init, key_for, keys_left, may_receive, offboard, recover,
    recovery, set_roles, users,
};
pub use crate::config::{DEFAULT_RATE_LIMIT, DEFAULT_VERIFICATION_LIMIT, PolicyConfig, TlsFiles};

/// How long a stopping server waits for what it has accepted.
const GRACE: Duration = Duration::from_secs(15);

/// How the server runs.
#[derive(Clone, Debug)]
pub struct ServerSettings {
    /// Where the database is.
    pub database: DatabaseUrl,
    /// Requests a user may make in 60 s, at least 1.
    pub rate_limit: u32,
    /// Verifications a user may ask for in 60 s, at least 1; a batch counts as one for every 100.
    pub verification_limit: u32,
    /// How long the answer to a verification may be kept, in seconds.
    pub verification_max_age: u32,
    /// How often last uses are written; the contract wants them exact to 60 s.
    pub write_last_uses_every: Duration,
    /// How far apart the commits are, at least, that write refused uses. Source: management API, "Refused uses".
    pub write_refused_uses_every: Duration,
    /// How often the server follows the life of keys, beside its start.
    pub follow_life_every: Duration,
    /// How long a request waits for an act that it began before it is answered that the act goes on.
    pub act_patience: Duration,
    /// The certificate to serve TLS with; none: plain HTTP.
    pub tls: Option<TlsFiles>,
    /// The proxy in front, the only address from which X-Forwarded-For is believed.
    pub behind_proxy: Option<IpAddr>,
    /// Where a line for each request goes; a line that finds no room is left out.
    pub request_log: Option<Sender<RequestLine>>,
    /// Who else is served.
    pub partners: PartnerSettings,
    /// The ways that people are told what becomes of their keys.
    pub notices: NoticeSettings,
    /// Settings of the team that are fixed; none: its admins decide all of them.
    pub policy: Option<PolicyConfig>,
    /// How often it is looked whether there is something to tell.
    pub tell_every: Duration,
    /// How long nothing more of a kind has to come for somebody before what waits is sent: so that what is done to many keys
    /// one after another goes as one message.
    pub tell_after_quiet: Duration,
    /// What time it is, for expiries and overlaps.
    pub clock: Clock,
    /// Whether room is kept on the database's disk for revoking keys when everything else has filled it.
    pub keep_reserve: bool,
    /// How late revocations take effect; none: at once.
    #[cfg(feature = "fault-points")]
    pub lag: Option<Lag>,
}

impl Default for ServerSettings {
    fn default() -> Self {
        Self {
            database: DatabaseUrl::default(),
            rate_limit: DEFAULT_RATE_LIMIT,
            verification_limit: DEFAULT_VERIFICATION_LIMIT,
            verification_max_age: 0,
            write_last_uses_every: Duration::from_secs(20),
            write_refused_uses_every: Duration::from_secs(1),
            follow_life_every: life::EVERY,
            act_patience: life::PATIENCE,
            tls: None,
            behind_proxy: None,
            request_log: None,
            partners: PartnerSettings::default(),
            notices: NoticeSettings::default(),
            policy: None,
            tell_every: Duration::from_secs(5),
            tell_after_quiet: Duration::from_secs(10),
            clock: Clock::default(),
            keep_reserve: false,
            #[cfg(feature = "fault-points")]
            lag: None,
        }
    }
}

impl ServerSettings {
    fn check(&self) -> Result<(), ServerError> {
        for (field, limit) in [("rate limit", self.rate_limit), ("verification limit", self.verification_limit)] {
            if limit == 0 {
                return Err(ServerError::Invalid { field, reason: "less than one request".to_owned() });
            }
        }
        Ok(())
    }
}

/// Serves until `shutdown`, then finishes what it has accepted and writes what it still holds.
pub async fn serve(
    settings: ServerSettings,
    listener: impl Into<Listener>,
    shutdown: CancellationToken,
) -> Result<(), ServerError> {
    prepare(settings).await?.serve(listener, shutdown).await
}

/// A server that has all it needs but a listener.
pub struct Prepared {
    app: Arc<App>,
    tls: Option<watch::Sender<Arc<ServerConfig>>>,
    every: Every,
    follow_life_every: Duration,
    /// Where whoever watches the server asks.
    metrics: Option<Listener>,
}

/// Reads the certificate and opens the database, so that whatever is wrong with them is told before anything is served.
pub async fn prepare(settings: ServerSettings) -> Result<Prepared, ServerError> {
    settings.check()?;
    let tls = settings.tls.as_ref().map(TlsFiles::load).transpose()?.map(watch::Sender::new);
    let mut store = Store::open(settings.database.expose()).await?;
    if settings.keep_reserve {
        store.keep_reserve(settings.database.expose())?;
    }
    let Some(team) = Team::load(store.reads()).await? else {
        let database = store::Location::parse(settings.database.expose())?.to_string();
        return Err(ServerError::NotInitialised { database });
    };
    if let Some(policy) = &settings.policy {
        fixed::apply(&store, &team, policy, &settings.clock).await?;
    }
    let calls = Calls::load(&store).await?;
    let app = Arc::new(App {
        store,
        team,
        shared_limits: SharedLimits::default(),
        limiter: Allowances::new(settings.rate_limit),
        failures: Failures::default(),
        verifications: Allowances::new(settings.verification_limit),
        collection_uses: Limiter::new(settings.rate_limit),
        partner_calls: Limiter::new(settings.rate_limit),
        request_lines: Bounds::default(),
        under_way: UnderWay::default(),
        calls,
        clock: settings.clock.clone(),
        life: Life::default(),
        patience: settings.act_patience,
        policy: settings.policy.clone(),
        last_uses: LastUses::default(),
        moved: AtomicBool::new(false),
        readiness: Readiness::default(),
        metrics: Metrics::new().map_err(ServerError::Metrics)?,
        refused_uses: RefusedUses::default(),
        changeable: RwLock::new(Arc::new(Changeable::of(&settings, None))),
        #[cfg(feature = "fault-points")]
        lag: settings.lag,
    });
    let every = Every {
        last_uses: settings.write_last_uses_every,
        refused_uses: settings.write_refused_uses_every,
        notices: settings.tell_every,
        quiet: settings.tell_after_quiet,
    };
    Ok(Prepared { app, tls, every, follow_life_every: settings.follow_life_every, metrics: None })
}

impl Prepared {
    /// What changes the server's configuration while it runs.
    pub fn control(&self) -> Control {
        Control::new(Arc::clone(&self.app), self.tls.clone())
    }

    /// The database, whose writes take turns with those of requests.
    pub fn store(&self) -> Store {
        self.app.store.clone()
    }

    /// Tells metrics on `listener`, which needs neither TLS nor a loopback address: they hold no secret and nobody's name.
    #[must_use]
    pub fn with_metrics(mut self, listener: impl Into<Listener>) -> Self {
        self.metrics = Some(listener.into());
        self
    }

    /// Serves until `shutdown`, then finishes what it has accepted and writes what it still holds.
    pub async fn serve(self, listener: impl Into<Listener>, shutdown: CancellationToken) -> Result<(), ServerError> {
        let listener = listener.into();
        listener.check(self.tls.is_some(), self.app.configured().behind_proxy.is_some())?;
        life::catch_up(&self.app, &shutdown).await;
        let router = handlers::router(Arc::clone(&self.app));
        let tls = self.tls.as_ref().map(watch::Sender::subscribe);
        let (app, stop) = (Arc::clone(&self.app), shutdown.clone());
        let watched = self.metrics.map(|listener| {
            let router = metrics::router(Arc::clone(&app));
            door::serve(Arc::clone(&app), listener, None, router, shutdown.clone(), Crowd::of_few())
        });
        let serving = async move {
            let requests = door::serve(app, listener, tls, router, stop, Crowd::of_this_process());
            let (served, watched) = tokio::join!(requests, OptionFuture::from(watched));
            served.and(watched.unwrap_or(Ok(())))
        };
        run(self.app, self.every, self.follow_life_every, serving, shutdown).await
    }
}

/// Runs `serving` with all that goes on beside it.
async fn run(
    app: Arc<App>,
    every: Every,
    follow_life_every: Duration,
    serving: impl Future<Output = std::io::Result<()>>,
    shutdown: CancellationToken,
) -> Result<(), ServerError> {
    let stop_writing = CancellationToken::new();
    let teller = tokio::spawn(notices::run(Arc::clone(&app), every.notices, every.quiet, stop_writing.clone()));
    let watcher = tokio::spawn(moving::watch(Arc::clone(&app), stop_writing.clone()));
    let writer = tokio::spawn(batches::write(Arc::clone(&app), every, stop_writing.clone()));
    let stop_following = CancellationToken::new();
    let follower = tokio::spawn(life::follow(Arc::clone(&app), follow_life_every, stop_following.clone()));
    let out_of_grace = async {
        shutdown.cancelled().await;
        tokio::time::sleep(GRACE).await;
    };
    let served = tokio::select! {
        served = serving => served.map_err(ServerError::Serve),
        () = out_of_grace => {
            tracing::warn!("stopping although some connections are still open");
            Ok(())
        }
    };
    stop_writing.cancel();
    // a message that is under way is sent again, under the same name, by whoever comes to it
    teller.abort();
    watcher.abort();
    // Ends after the batch that it is at; the next server goes on there.
    stop_following.cancel();
    if let Err(error) = follower.await {
        tracing::error!(%error, "the task that follows the life of keys failed");
    }
    let written = writer.await.unwrap_or_else(|error| {
        tracing::error!(%error, "the task that writes uses of keys failed");
        Ok(())
    });
    if tokio::time::timeout(GRACE, app.store.close()).await.is_err() {
        tracing::warn!("stopping although the database is still in use");
    }
    served.and(written)
}
