//! What the server does by itself: it carries on the acts that were begun, also by a server that is gone, and follows the
//! life of keys, at its start, when time does something to one, and every minute. Several servers may share a database:
//! one of them does a pass, since it holds the lease, and a batch of an act is done by whoever comes to it, once.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use super::app::App;
use super::clock::Clock;
use super::error::ServerError;
use super::mint;
use super::store::acts::{self, Act, Pace};
use super::store::audit::{Cause, Origin};
use super::store::engine::Result;
use super::store::team::{self, Team};
use super::store::{Store, life};
use crate::fault;

/// How often passes come. Source: management API, "Life of a key".
pub const EVERY: Duration = Duration::from_mins(1);
/// How soon after one another passes come because something is due.
const SOONEST: Duration = Duration::from_secs(1);
/// How long a request waits for an act that it began, unless configured otherwise.
pub const PATIENCE: Duration = Duration::from_secs(5);
/// How long a server that begins waits for what it missed before it serves; the rest goes on beside.
const CATCH_UP: Duration = Duration::from_secs(5);
/// How long a pass that was cut short keeps others from theirs. Every batch takes the lease anew.
const LEASE: TimeDelta = TimeDelta::minutes(2);
/// How often an act is looked at that another server may be carrying on.
const LOOK: Duration = Duration::from_millis(200);

/// What requests and the task that carries on share.
pub struct Life {
    /// Who this server is among several on one database.
    holder: String,
    wake: Notify,
    batches: watch::Sender<u64>,
}

impl Default for Life {
    fn default() -> Self {
        Self { holder: mint::id(), wake: Notify::new(), batches: watch::Sender::new(0) }
    }
}

impl Life {
    /// Has the next round begin now.
    pub fn wake(&self) {
        self.wake.notify_one();
    }
}

/// What a pass came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pass {
    /// Everything that was due is done: so many changes.
    Done(usize),
    /// Another server does it.
    Elsewhere,
}

/// The act with this id once it is over, or as far as it has come when `patience` ends.
pub async fn wait_for(app: &App, act: Act, patience: Duration) -> Result<Act> {
    let mut batches = app.life.batches.subscribe();
    app.life.wake();
    let (end, mut act) = (Instant::now() + patience, act);
    while act.running {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break;
        }
        // another server tells of no batch of its own
        let _ = tokio::time::timeout(left.min(LOOK), batches.changed()).await;
        act = acts::by_id(app.store.reads(), &act.id).await?.unwrap_or(act);
    }
    Ok(act)
}

/// Does what was missed, for as long as a server that begins should wait for it.
pub async fn catch_up(app: &App, shutdown: &CancellationToken) {
    if tokio::time::timeout(CATCH_UP, round(app, shutdown)).await.is_err() {
        tracing::info!("catching up goes on beside serving");
        app.life.wake();
    }
}

/// Goes on until `shutdown`.
pub async fn follow(app: Arc<App>, every: Duration, shutdown: CancellationToken) {
    while !shutdown.is_cancelled() {
        let next = until_next(&app, every).await;
        tokio::select! {
            () = shutdown.cancelled() => break,
            () = app.life.wake.notified() => {}
            () = tokio::time::sleep(next) => {}
        }
        round(&app, &shutdown).await;
    }
}

/// How long until time does something to a key, at least [`SOONEST`] and at most `every`: a row that says how its key
/// stands is found much sooner than it can be worked out.
async fn until_next(app: &App, every: Duration) -> Duration {
    let now = app.now();
    match life::next(app.store.reads(), now).await {
        Ok(Some(next)) => (next - now).to_std().unwrap_or_default().clamp(SOONEST.min(every), every),
        Ok(None) => every,
        Err(error) => {
            tracing::debug!(%error, "what time does next could not be read");
            every
        }
    }
}

async fn round(app: &App, shutdown: &CancellationToken) {
    let batches = || app.life.batches.send_modify(|batches| *batches += 1);
    if let Err(error) = finish_acts(&app.store, &app.clock, shutdown, batches).await {
        tracing::error!(%error, "an act could not be carried on; trying again");
    }
    if let Err(error) = pass(&app.store, &app.team, &app.clock, &app.life.holder, shutdown).await {
        tracing::error!(%error, "what time did to keys could not be written; trying again");
    }
}

/// Carries on every act that is running, to its end.
pub async fn finish_acts(store: &Store, clock: &Clock, shutdown: &CancellationToken, each: impl Fn()) -> Result<()> {
    let mut pace = Pace::default();
    while !shutdown.is_cancelled() && acts::running(store.reads()).await?.is_some() {
        let mut write = store.write().await?;
        let begun = Instant::now();
        let Some(act) = acts::running(write.on()).await? else { break };
        fault::point!("act.batch.before");
        act.in_batches_of(pace.keys()).carry_on(&mut write, clock.now()).await?;
        write.commit().await?;
        pace.took(begun.elapsed());
        fault::point!("act.batch.after");
        each();
    }
    Ok(())
}

/// Does all that is due, in batches.
pub async fn pass(
    store: &Store,
    team: &Team,
    clock: &Clock,
    holder: &str,
    shutdown: &CancellationToken,
) -> Result<Pass> {
    let origin = Origin { team: team.for_audit(), ..Origin::default() };
    let (mut done, mut held) = (0, false);
    while !shutdown.is_cancelled() {
        let now = clock.now();
        let cutoff = team::settings(store.reads()).await?.inactive_before(now);
        if !life::is_due(store.reads(), cutoff, now).await? {
            break;
        }
        let mut write = store.write().await?;
        if !life::take_lease(&mut write, "life", holder, LEASE, now).await? {
            return Ok(Pass::Elsewhere);
        }
        fault::point!("life.batch.before");
        let changed = life::batch(&mut write, &Cause::new(&origin, now)).await?;
        write.commit().await?;
        fault::point!("life.batch.after");
        (done, held) = (done + changed, true);
        if changed == 0 {
            break;
        }
    }
    if held {
        let mut write = store.write().await?;
        life::give_lease_up(&mut write, "life", holder).await?;
        write.commit().await?;
    }
    Ok(Pass::Done(done))
}

/// Does once what a server does at its start and every minute, as one more server on the database would: carries on acts,
/// and follows the life of keys.
pub async fn follow_life(database: &str, clock: &Clock) -> std::result::Result<Pass, ServerError> {
    let store = Store::open(database).await?;
    let done = async {
        let Some(team) = Team::load(store.reads()).await? else { return Ok(Pass::Done(0)) };
        let shutdown = CancellationToken::new();
        finish_acts(&store, clock, &shutdown, || {}).await?;
        pass(&store, &team, clock, &mint::id(), &shutdown).await
    }
    .await;
    store.close().await;
    Ok(done?)
}
