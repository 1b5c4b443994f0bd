//! Folding the write-ahead log into the database. SQLite does so by itself, and makes whoever commits wait for two rounds to
//! the disk and for every page in between. Here a connection of its own does it, beside those who write.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use rusqlite::Connection;
use tokio::runtime::Handle;
use tokio::sync::OwnedSemaphorePermit;

use super::connections::{self, Connections, Held, Shared};
use crate::server::store::engine::error::Result;

/// So many pages that are not folded yet are folded: as many as SQLite waits for.
const DUE: u32 = 1000;
/// A log of so many pages, 16 MB, has to begin anew, which it does only while nobody writes.
const LONG: u32 = 4096;
/// How often a long log is folded beside its writers before they wait: each time less is left.
const PASSES: u32 = 3;

thread_local! {
    /// How many pages the log had after the last commit on this thread that nobody has asked about yet.
    static PAGES: Cell<Option<u32>> = const { Cell::new(None) };
}

/// Leaves the folding of what `connection` writes to somebody else.
pub(super) fn leave_to_others(connection: &Connection) {
    connection.wal_hook(Some(|_, pages| {
        PAGES.set(u32::try_from(pages).ok());
        Ok(())
    }));
}

/// How far a log has come, in pages.
#[derive(Debug, Default)]
pub(super) struct Log {
    pages: AtomicU32,
    folded: AtomicU32,
}

impl Log {
    /// Notes what was committed on this thread.
    pub(super) fn grew(&self) {
        if let Some(pages) = PAGES.take() {
            self.pages.store(pages, Ordering::Relaxed);
        }
    }

    fn is_due(&self) -> bool {
        let (pages, folded) = (self.pages.load(Ordering::Relaxed), self.folded.load(Ordering::Relaxed));
        // with fewer than were folded it has begun anew
        pages - if pages < folded { 0 } else { folded } >= DUE
    }
}

/// Who folds the log of a database.
#[derive(Clone)]
pub(super) struct Folding {
    /// One connection: there is one who folds at most.
    pub(super) folder: Arc<Connections>,
    pub(super) writer: Arc<Connections>,
    pub(super) shared: Arc<Shared>,
}

impl Folding {
    /// Begins to fold where there is enough, and nobody does already.
    pub(super) fn look(&self) {
        if !self.shared.log.is_due() {
            return;
        }
        let (Some(turn), Ok(runtime)) = (self.folder.free_turn(), Handle::try_current()) else { return };
        let folding = self.clone();
        runtime.spawn(async move {
            // it is tried again with the next commit
            if let Err(error) = folding.fold(turn).await {
                tracing::warn!(%error, "the write-ahead log could not be folded");
            }
        });
    }

    async fn fold(&self, turn: OwnedSemaphorePermit) -> Result<()> {
        let connections = Arc::clone(&self.folder);
        let held = Arc::new(connections::on_thread(move || Held::take(connections, turn)).await?);
        let mut folded = self.pass(&held).await?;
        for _ in 1..PASSES {
            if self.shared.log.pages.load(Ordering::Relaxed) < LONG {
                return Ok(());
            }
            let before = folded;
            folded = self.pass(&held).await?;
            if folded == before {
                // somebody reads an earlier moment, whose pages have to stay
                return Ok(());
            }
        }
        // who begins to write after this finds all folded, and begins the log anew
        let turn = self.writer.turn().await?;
        self.pass(&held).await?;
        drop(turn);
        Ok(())
    }

    /// Folds what there is, without keeping anybody waiting, and answers how many pages of the log are folded.
    async fn pass(&self, held: &Arc<Held>) -> Result<u32> {
        let held = Arc::clone(held);
        let folded = connections::on_thread(move || held.with(|connection| Ok(fold(connection)?))).await?;
        self.shared.log.folded.store(folded, Ordering::Relaxed);
        Ok(folded)
    }
}

fn fold(connection: &Connection) -> rusqlite::Result<u32> {
    // busy, pages, folded; the last two are negative where there is no log
    let folded: i64 = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| row.get(2))?;
    Ok(u32::try_from(folded).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn when_there_is_enough_to_fold() {
        let log = Log::default();
        let due = |pages: u32, folded: u32| {
            log.pages.store(pages, Ordering::Relaxed);
            log.folded.store(folded, Ordering::Relaxed);
            log.is_due()
        };
        assert!(!due(999, 0) && due(1000, 0) && !due(1999, 1000) && due(2000, 1000));
        assert!(!due(10, 5000) && due(1000, 5000), "it began anew");
    }
}
