//! Moving a team's keys from one database to another, while what is read goes on being answered.
//!
//! The source is held for as long as it takes, so that nobody changes it. All of it is copied into the target in one
//! transaction, read again there and compared; then the source is marked as moved and the target committed, in this order:
//! at no moment can both be changed. Whoever is killed before the mark leaves the source as it was, and the target
//! without a team. Between the two commits the source is marked already and the target still empty: the same move, run
//! again, goes on there.

mod error;
mod restore;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::app::{App, now};
use super::error::ServerError;
use super::mint;
use super::store::audit::{self, Chain, Head};
use super::store::engine::{Error, Transaction};
use super::store::moving::{self, Mark};
use super::store::team::Team;
use super::store::{Location, Store, outbox};
use crate::domain::time::wire;
use crate::fault;

pub use self::error::MoveError;
pub use self::restore::{Proof, Restored, restore};

/// How often it is looked whether a message that was being sent has gone.
const LOOK: Duration = Duration::from_millis(200);
/// How often a server looks whether its keys were moved.
const WATCH: Duration = Duration::from_secs(1);

/// How far it has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Somebody is being sent a message, and what becomes of it is noted first: for five minutes at the most.
    AwaitingMessage,
    /// Nobody changes the source from now on.
    Held,
    /// So many rows of a table are copied.
    Copied { table: &'static str, rows: u64 },
    /// What was written is read again.
    Comparing,
    /// The audit log does not hold together at this entry, neither here nor there.
    LogBroken(i64),
}

/// Moves all that is at `from` to `to`, which has no team yet, or had this one before it was moved to where it is now.
/// Answers the head of the audit log.
pub async fn move_to(from: &str, to: &str, mut told: impl FnMut(Progress)) -> Result<Head, ServerError> {
    let names = Names::of(from, to)?;
    let source = Store::open_to_move(from).await?;
    let moved = match Store::create_to_move(to).await {
        Ok(target) => {
            let moved = between(&source, &target, &names, &mut told).await;
            target.close().await;
            moved
        }
        Err(refused) => Err(refused),
    };
    source.close().await;
    moved
}

/// Opens again what was moved from `from` to `to`, if nothing was changed there since, or it never arrived: from then on the
/// keys are at `from`.
pub async fn reopen(from: &str, to: &str) -> Result<Head, ServerError> {
    let names = Names::of(from, to)?;
    let source = Store::open_to_move(from).await?;
    let opened = match Store::open_to_move(to).await {
        Ok(target) => {
            let opened = taken_back(&source, &target, &names).await;
            target.close().await;
            opened
        }
        // it never arrived
        Err(ServerError::NotInitialised { .. }) => never_arrived(&source, &names).await,
        Err(refused) => Err(refused),
    };
    source.close().await;
    opened
}

/// Writes all that the database holds at this moment into the empty file `path`; others read and write meanwhile.
pub async fn into_file(store: &Store, path: &Path) -> Result<(), ServerError> {
    let name = path.to_str().ok_or_else(|| Error::Value("the copy's path is not UTF-8".to_owned()))?;
    let file = Store::create_to_move(&format!("sqlite:{name}")).await?;
    let copied = async {
        let mut to = file.hold().await?;
        transfer(&mut store.snapshot().await?, &mut to, &mut |_| ()).await?;
        Ok(to.commit().await?)
    }
    .await;
    file.close().await;
    copied
}

/// Looks whether the keys were moved elsewhere: from then on nothing is answered, since what is here is not what is true.
pub async fn watch(app: Arc<App>, stop: CancellationToken) {
    while stop.run_until_cancelled(tokio::time::sleep(WATCH)).await.is_some() {
        // whoever cannot be asked is told of elsewhere
        let Ok(mark) = app.store.mark().await else { continue };
        let before = app.moved.swap(mark.is_some(), Ordering::Relaxed);
        match mark {
            Some(mark) if !before => {
                tracing::error!(to = %mark.to, "the keys were moved to another database: nothing is answered here any more");
            }
            None if before => tracing::warn!("the keys were moved back: requests are answered again"),
            _ => {}
        }
    }
}

/// Both ends, as they are named to people.
struct Names {
    from: String,
    to: String,
}

impl Names {
    fn of(from: &str, to: &str) -> Result<Self, ServerError> {
        let names = Self { from: Location::parse(from)?.to_string(), to: Location::parse(to)?.to_string() };
        if names.from == names.to { Err(MoveError::Same { database: names.from }.into()) } else { Ok(names) }
    }
}

/// What is at `other` is not what was moved from `database`.
fn unrelated(database: &str, mark: &Mark, other: &str) -> ServerError {
    MoveError::Unrelated { database: database.to_owned(), to: mark.to.clone(), other: other.to_owned() }.into()
}

async fn between(
    source: &Store,
    target: &Store,
    names: &Names,
    told: &mut impl FnMut(Progress),
) -> Result<Head, ServerError> {
    let mut from = held(source, told).await?;
    let mut to = target.hold().await?;
    let (went, before) = (moving::of(&mut from).await?, moving::history(&mut from).await?);
    let (marked, used) = (moving::of(&mut to).await?, Team::load(&mut to).await?.is_some());
    if let Some(mark) = &went
        && (mark.to != names.to || used && marked.is_none())
    {
        return Err(MoveError::Moved { database: names.from.clone(), to: mark.to.clone() }.into());
    }
    match marked {
        Some(mark) if !before.contains(&mark.id) => return Err(unrelated(&names.to, &mark, &names.from)),
        // all that was there goes, and comes back as it is now
        Some(_) => moving::clear(&mut to).await?,
        None if used => return Err(ServerError::AlreadyInitialised { database: names.to.clone() }),
        None => {}
    }
    told(Progress::Held);
    fault::point!("move.held");
    let head = transfer(&mut from, &mut to, told).await?;
    let resumed = went.is_some();
    let mark = went.unwrap_or_else(|| mark_of(&names.to, &head));
    if !resumed {
        moving::set(&mut from, &mark).await?;
    }
    moving::add_to_history(&mut to, &before, &mark.id).await?;
    fault::point!("move.marked");
    from.commit().await?;
    fault::point!("move.source.committed");
    if let Err(error) = to.commit().await {
        // where it may have arrived all the same, the same move goes on, or says that it did
        if !resumed && !matches!(error, Error::Uncertain) {
            opened(source.hold().await?).await?;
        }
        return Err(error.into());
    }
    fault::point!("move.target.committed");
    Ok(head)
}

fn mark_of(to: &str, head: &Head) -> Mark {
    Mark { id: mint::id(), to: to.to_owned(), head: head.to_string(), at: wire(now()) }
}

/// The source, when nobody changes it any more. A message that is being sent would be sent again by whoever reads that it
/// waits, so what becomes of it is waited for.
async fn held(source: &Store, told: &mut impl FnMut(Progress)) -> Result<Transaction, ServerError> {
    let mut waits = false;
    loop {
        let mut from = source.hold().await?;
        if !outbox::under_way(&mut from, now()).await? {
            return Ok(from);
        }
        drop(from);
        if !std::mem::replace(&mut waits, true) {
            told(Progress::AwaitingMessage);
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Copies all, and reads it again.
async fn transfer(
    from: &mut Transaction,
    to: &mut Transaction,
    told: &mut impl FnMut(Progress),
) -> Result<Head, ServerError> {
    let read = moving::copy(from, to, |table, rows| told(Progress::Copied { table, rows })).await?;
    fault::point!("move.copied");
    told(Progress::Comparing);
    if let Some(table) = moving::difference(&read, &moving::sums(to).await?) {
        return Err(MoveError::Differs { table }.into());
    }
    if moving::counts(from).await? != moving::counts(to).await? {
        return Err(MoveError::Differs { table: "key_counts" }.into());
    }
    let head = match audit::follow(to, None).await? {
        Chain::Whole { seq, hash } => Head { seq, hash },
        Chain::Broken { seq, .. } => {
            told(Progress::LogBroken(seq));
            audit::head(&mut *to).await?
        }
    };
    fault::point!("move.compared");
    Ok(head)
}

/// Takes the mark away.
async fn opened(mut on: Transaction) -> Result<(), ServerError> {
    moving::clear(&mut on).await?;
    Ok(on.commit().await?)
}

/// The mark of what is held.
async fn mark_in(from: &mut Transaction, names: &Names) -> Result<Mark, ServerError> {
    let mark = moving::of(&mut *from).await?;
    mark.ok_or_else(|| MoveError::NotMoved { database: names.from.clone() }.into())
}

async fn never_arrived(source: &Store, names: &Names) -> Result<Head, ServerError> {
    let mut from = source.hold().await?;
    let mark = mark_in(&mut from, names).await?;
    if mark.to != names.to {
        return Err(unrelated(&names.from, &mark, &names.to));
    }
    let head = audit::head(&mut from).await?;
    opened(from).await?;
    Ok(head)
}

async fn taken_back(source: &Store, target: &Store, names: &Names) -> Result<Head, ServerError> {
    let mut from = source.hold().await?;
    let mark = mark_in(&mut from, names).await?;
    let mut to = held(target, &mut |_| ()).await?;
    let head = audit::head(&mut from).await?;
    let (before, after) = (moving::history(&mut from).await?, moving::history(&mut to).await?);
    match moving::of(&mut to).await? {
        // it was cut short on the way back: both are marked, and nobody changed either
        Some(other) if before.contains(&other.id) || other.to == names.from && after.contains(&mark.id) => {
            opened(from).await?;
        }
        Some(other) => return Err(unrelated(&names.to, &other, &names.from)),
        None if !after.contains(&mark.id) => return Err(unrelated(&names.from, &mark, &names.to)),
        None => {
            let (here, there) = (moving::sums(&mut from).await?, moving::sums(&mut to).await?);
            if let Some(table) = moving::difference(&here, &there) {
                let (database, to) = (names.from.clone(), names.to.clone());
                return Err(MoveError::Written { database, to, table }.into());
            }
            let back = mark_of(&names.from, &head);
            moving::set(&mut to, &back).await?;
            moving::clear(&mut from).await?;
            moving::add_to_history(&mut from, &before, &back.id).await?;
            to.commit().await?;
            fault::point!("reopen.target.committed");
            from.commit().await?;
        }
    }
    Ok(head)
}
