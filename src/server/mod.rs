//! The management server: the real one, for `keydeck serve` and for the demo.
//!
//! A request passes [`http`] (identity, limits, errors), a handler of `handlers`, and [`store`], where every change is
//! one transaction together with its audit entries. Nothing is kept in memory that a second server on the same database
//! would need, except uses of keys for as long as it takes to write the next batch.

mod app;
mod clock;
pub mod error;
mod handlers;
mod http;
mod listen;
mod mint;
mod people;
pub mod seed;
mod setup;
pub mod store;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use self::app::App;
use self::http::limits::Limiter;
use self::http::once::Calls;
use self::store::Store;
use self::store::last_use::LastUses;
use self::store::once;
use self::store::team::Team;

pub use self::clock::Clock;
pub use self::error::ServerError;
pub use self::listen::check_listen;
pub use self::setup::{Member, add_user, deactivate_user, init, recover, set_roles, users};

/// Requests a user may make in 60 s unless configured otherwise. Source: management API, "Conventions".
pub const DEFAULT_RATE_LIMIT: u32 = 300;
/// Refused keys an address may send in 60 s before it is told to wait.
const FAILURES: u32 = 120;
/// How long a stopping server waits for what it has accepted.
const GRACE: Duration = Duration::from_secs(15);

/// How the server runs.
#[derive(Clone, Debug)]
pub struct ServerSettings {
    /// Where the database is: `sqlite:PATH`.
    pub database: String,
    /// Requests a user may make in 60 s, at least 1.
    pub rate_limit: u32,
    /// How often last uses are written; the contract wants them exact to 60 s.
    pub write_last_uses_every: Duration,
    /// What time it is, for expiries and overlaps.
    pub clock: Clock,
}

impl Default for ServerSettings {
    fn default() -> Self {
        Self {
            database: String::new(),
            rate_limit: DEFAULT_RATE_LIMIT,
            write_last_uses_every: Duration::from_secs(20),
            clock: Clock::default(),
        }
    }
}

/// Serves until `shutdown`, then finishes what it has accepted and writes what it still holds.
pub async fn serve(
    settings: ServerSettings,
    listener: TcpListener,
    shutdown: CancellationToken,
) -> Result<(), ServerError> {
    check_listen(listener.local_addr().map_err(ServerError::Serve)?)?;
    if settings.rate_limit == 0 {
        return Err(ServerError::Invalid { field: "rate limit", reason: "less than one request".to_owned() });
    }
    let store = Store::open(&settings.database).await?;
    let Some(team) = Team::load(store.pool()).await? else {
        let path = store::Location::parse(&settings.database)?.path().into();
        return Err(ServerError::NotInitialised { path });
    };
    let app = Arc::new(App {
        store: store.clone(),
        team,
        limiter: Limiter::new(settings.rate_limit),
        collection_uses: Limiter::new(settings.rate_limit),
        failures: Limiter::new(FAILURES),
        last_uses: LastUses::default(),
        calls: Calls::load(&store).await?,
        clock: settings.clock,
    });
    let stop_writing = CancellationToken::new();
    let writer = tokio::spawn(write_last_uses(Arc::clone(&app), settings.write_last_uses_every, stop_writing.clone()));
    let service = handlers::router(Arc::clone(&app)).into_make_service_with_connect_info::<SocketAddr>();
    let serving = axum::serve(listener, service).with_graceful_shutdown(shutdown.clone().cancelled_owned());
    let out_of_grace = async {
        shutdown.cancelled().await;
        tokio::time::sleep(GRACE).await;
    };
    let served = tokio::select! {
        served = serving.into_future() => served.map_err(ServerError::Serve),
        () = out_of_grace => {
            tracing::warn!("stopping although some connections are still open");
            Ok(())
        }
    };
    // Not aborted: a batch that is being written is in nobody's memory any more.
    stop_writing.cancel();
    if let Err(error) = writer.await {
        tracing::error!(%error, "the task that writes last uses failed");
    }
    let written = app.last_uses.flush(&store).await.map_err(ServerError::Database);
    if tokio::time::timeout(GRACE, store.close()).await.is_err() {
        tracing::warn!("stopping although the database is still in use");
    }
    served.and(written)
}

async fn write_last_uses(app: Arc<App>, every: Duration, shutdown: CancellationToken) {
    while shutdown.run_until_cancelled(tokio::time::sleep(every)).await.is_some() {
        if let Err(error) = app.last_uses.flush(&app.store).await {
            tracing::error!(%error, "last uses could not be written; trying again");
        }
        if let Err(error) = once::clean(&app.store, app.now()).await {
            tracing::error!(%error, "recorded answers could not be removed; trying again");
        }
    }
}
