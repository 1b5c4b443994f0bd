//! What the server notes in memory and writes in batches, beside the requests, for as long as it runs.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::app::App;
use super::error::ServerError;
use super::http::shared_limits;
use super::store::engine::Error;
use super::store::{once, together};

/// How far apart the batches are.
#[derive(Clone, Copy, Debug)]
pub struct Every {
    pub last_uses: Duration,
    pub refused_uses: Duration,
    pub notices: Duration,
    /// How long notices wait for more of their kind.
    pub quiet: Duration,
}

/// Writes until `stop`, then what is left. Never aborted: a batch that is being written has left the memory already and
/// would be lost.
pub async fn write(app: Arc<App>, every: Every, stop: CancellationToken) -> Result<(), ServerError> {
    tokio::join!(last_uses(&app, every.last_uses, &stop), refused_uses(&app, every.refused_uses, &stop));
    let used = app.last_uses.flush(&app.store).await;
    let refused = app.flush_refused_uses(true).await;
    match used.and(refused) {
        // what is counted counts where the keys are now
        Err(Error::Moved) => Ok(()),
        written => written.map_err(ServerError::Database),
    }
}

/// Last uses, old recorded answers, the summaries of keys that nobody has tried since, and the room that is kept.
async fn last_uses(app: &App, every: Duration, stop: &CancellationToken) {
    while stop.run_until_cancelled(tokio::time::sleep(every)).await.is_some() {
        if let Err(error) = app.last_uses.flush(&app.store).await {
            tracing::error!(%error, "last uses could not be written; trying again");
        }
        if let Err(error) = once::clean(&app.store, app.now()).await {
            tracing::error!(%error, "recorded answers could not be removed; trying again");
        }
        if let Some(on) = app.store.aside()
            && let Err(error) = together::clean(on, shared_limits::window(), app.now()).await
        {
            tracing::warn!(%error, "what servers told one another could not be removed; trying again");
        }
        app.refused_uses.look();
        app.store.refill_reserve();
    }
}

/// Refused uses: the first at once, so that it is seen, and then however many have come in a batch. Without any it sleeps.
async fn refused_uses(app: &App, every: Duration, stop: &CancellationToken) {
    while stop.run_until_cancelled(app.refused_uses.noted()).await.is_some() {
        if let Err(error) = app.flush_refused_uses(false).await {
            tracing::error!(%error, "refused uses could not be written; trying again");
        }
        if stop.run_until_cancelled(tokio::time::sleep(every)).await.is_none() {
            break;
        }
    }
}
