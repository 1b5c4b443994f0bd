//! Connections to one file: how many there are at most, whose turn it is, and what becomes of one that failed.

use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use rusqlite::Connection;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::folding::{self, Log};
use super::{functions, statement};
use crate::server::store::engine::Done;
use crate::server::store::engine::error::{Error, Result};
use crate::server::store::engine::statement::Statement;
use crate::server::store::engine::usage::{Failures, Usage};
use crate::sqlite::{self, Kind};

/// How long a statement waits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// For another program that holds the database.
    pub lock: Duration,
    /// For its turn to use a connection.
    pub turn: Duration,
}

/// What connections are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    Write,
    Read,
    /// Never waits.
    ReadAtOnce,
    /// Folds the write-ahead log into the database, and does nothing else.
    Fold,
    /// Of a file that nobody writes, and beside which nothing may be written.
    ReadAtRest,
}

/// Connections of one use.
pub(super) struct Connections {
    path: PathBuf,
    purpose: Use,
    most: usize,
    patience: Patience,
    turns: Arc<Semaphore>,
    shared: Arc<Shared>,
    /// None once they are closed.
    idle: Mutex<Option<Vec<Connection>>>,
}

/// What all connections to one file share.
#[derive(Debug, Default)]
pub(super) struct Shared {
    /// Which file they are to, known once the first was opened.
    file: OnceLock<FileId>,
    /// Whether there was no room for the last write that was tried.
    pub(super) ran_out: AtomicBool,
    /// How far the write-ahead log has come.
    pub(super) log: Log,
    /// What went wrong so far.
    pub(super) failures: Failures,
}

/// A file, whatever it is called: its device and its number there.
type FileId = (u64, u64);

impl Connections {
    /// At most `most` connections to `path`.
    pub(super) fn new(path: PathBuf, most: usize, purpose: Use, patience: Patience, shared: Arc<Shared>) -> Self {
        let turns = Arc::new(Semaphore::new(most));
        let lock = if purpose == Use::ReadAtOnce { Duration::ZERO } else { patience.lock };
        let patience = Patience { lock, ..patience };
        Self { path, purpose, most, patience, turns, shared, idle: Mutex::new(Some(Vec::new())) }
    }

    /// Whether the path still names the file that the connections are to. What is written to one that was removed or
    /// replaced is lost, and what is read from it is not what whoever replaced it thinks.
    fn check(&self) -> Result<()> {
        let Some(file) = self.shared.file.get() else { return Ok(()) };
        self.counting(match file_id(&self.path) {
            Ok(now) if now == *file => Ok(()),
            Ok(_) => Err(Error::Gone("replaced")),
            Err(error) if error.kind() == ErrorKind::NotFound => Err(Error::Gone("removed")),
            Err(error) => Err(Error::Failed(Kind::Broken, error.to_string())),
        })
    }

    /// Counts what went wrong. Who never waits asks elsewhere when somebody else is at it, and that counts.
    fn counting<T>(&self, done: Result<T>) -> Result<T> {
        match &done {
            Err(Error::Busy(_)) if self.purpose == Use::ReadAtOnce => {}
            Err(error) => self.shared.failures.note(error),
            Ok(_) => {}
        }
        done
    }

    /// How many there are, and what for.
    pub(super) fn usage(&self) -> Usage {
        let purpose = match self.purpose {
            Use::Write => "write",
            Use::Read | Use::ReadAtRest => "read",
            Use::ReadAtOnce => "read_at_once",
            Use::Fold => "fold",
        };
        let idle = self.list().as_ref().map_or(0, Vec::len);
        Usage { purpose, in_use: self.most.saturating_sub(self.turns.available_permits()), idle, most: self.most }
    }

    /// Waits until a connection may be used; in fair order, and not for long.
    /// Whoever writes holds the connection for milliseconds, unless such a program does: then who waits is told soon that
    /// nothing was done, instead of queueing for minutes.
    pub(super) async fn turn(&self) -> Result<OwnedSemaphorePermit> {
        let turn = tokio::time::timeout(self.patience.turn, Arc::clone(&self.turns).acquire_owned());
        let turn = turn.await.map_err(|_elapsed| Error::Busy("every connection is in use".to_owned()));
        let turn = self.counting(turn)?;
        turn.map_err(|_closed| Error::Closed)
    }

    /// How long a statement waits for another program that holds the database.
    pub(super) fn lock_patience(&self) -> Duration {
        self.patience.lock
    }

    /// A turn that nobody has to wait for.
    pub(super) fn free_turn(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.turns).try_acquire_owned().ok()
    }

    /// A connection that is open already.
    pub(super) fn idle(&self) -> Option<Connection> {
        self.list().as_mut()?.pop()
    }

    /// The same, unless the file is not there any more.
    pub(super) fn idle_of_the_file(&self) -> Result<Option<Connection>> {
        self.check()?;
        Ok(self.idle())
    }

    #[cfg(test)]
    pub(super) fn free_turns(&self) -> usize {
        self.turns.available_permits()
    }

    #[cfg(test)]
    pub(super) fn is_closed(&self) -> bool {
        self.turns.is_closed()
    }

    fn list(&self) -> std::sync::MutexGuard<'_, Option<Vec<Connection>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open(&self) -> Result<Connection> {
        let connection = match self.purpose {
            Use::ReadAtRest => sqlite::open_at_rest(&self.path)?,
            Use::Write | Use::Read | Use::ReadAtOnce | Use::Fold => sqlite::open(&self.path, self.patience.lock)?,
        };
        functions::known_to_all(&connection)?;
        if let Ok(file) = file_id(&self.path) {
            self.shared.file.get_or_init(|| file);
        }
        match self.purpose {
            Use::Write => {
                sqlite::durable(&connection)?;
                folding::leave_to_others(&connection);
            }
            Use::Fold => {}
            Use::Read | Use::ReadAtOnce | Use::ReadAtRest => connection.pragma_update(None, "query_only", true)?,
        }
        Ok(connection)
    }

    /// Takes a connection back, as fresh as it was. Of some failures SQLite has ended the transaction by itself; what is
    /// still open is ended here, and a connection whose transaction cannot be ended is closed.
    fn back(&self, connection: Connection) {
        if !connection.is_autocommit()
            && let Err(error) = connection.execute_batch("ROLLBACK")
        {
            tracing::warn!(%error, "a transaction could not be taken back: its connection is closed");
        }
        if connection.is_autocommit()
            && let Some(idle) = self.list().as_mut()
        {
            idle.push(connection);
        }
    }

    /// Waits for what is in use, and closes all.
    pub(super) async fn close(self: &Arc<Self>) {
        let most = u32::try_from(self.most).unwrap_or(u32::MAX);
        // closed already: then they are gone
        let all = self.turns.acquire_many(most).await;
        if all.is_err() {
            return;
        }
        self.turns.close();
        let connections = Arc::clone(self);
        let closed = on_thread(move || {
            drop(connections.list().take());
            Ok(())
        });
        if let Err(error) = closed.await {
            tracing::warn!(%error, "the database could not be closed");
        }
    }
}

/// A connection in use, and the turn to use it.
pub(super) struct Held {
    connections: Arc<Connections>,
    /// Gone when it failed so that nothing is to be expected of it any more, and at the end.
    connection: Mutex<Option<Connection>>,
    turn: Option<OwnedSemaphorePermit>,
}

impl Held {
    /// Takes an idle connection or opens one, which may wait.
    pub(super) fn take(connections: Arc<Connections>, turn: OwnedSemaphorePermit) -> Result<Self> {
        let connection = match connections.idle_of_the_file()? {
            Some(connection) => connection,
            None => connections.counting(connections.open())?,
        };
        Ok(Self::of(connections, connection, turn))
    }

    pub(super) fn of(connections: Arc<Connections>, connection: Connection, turn: OwnedSemaphorePermit) -> Self {
        Self { connections, connection: Mutex::new(Some(connection)), turn: Some(turn) }
    }

    /// Does something with the connection.
    pub(super) fn with<T>(&self, work: impl FnOnce(&mut Connection) -> Result<T>) -> Result<T> {
        let mut held = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(connection) = held.as_mut() else { return Err(Error::Over) };
        let done = self.connections.counting(work(connection));
        if self.connections.purpose == Use::Write {
            self.connections.shared.log.grew();
        }
        match &done {
            Err(Error::Failed(Kind::Broken, _)) => drop(held.take()),
            Err(Error::Full) => self.connections.shared.ran_out.store(true, Ordering::Relaxed),
            _ => {}
        }
        done
    }

    /// The same in a transaction, if it is not over: after some failures SQLite ends it by itself, and what followed would
    /// last on its own.
    pub(super) fn in_transaction<T>(&self, work: impl FnOnce(&mut Connection) -> Result<T>) -> Result<T> {
        self.with(|connection| if connection.is_autocommit() { Err(Error::Over) } else { work(connection) })
    }

    /// Something was written: there was room.
    pub(super) fn wrote(&self) {
        self.connections.shared.ran_out.store(false, Ordering::Relaxed);
    }

    /// Runs a statement.
    pub(super) fn run(&self, statement: &Statement) -> Result<Done> {
        self.with(|connection| statement::run(statement, connection))
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let turn = self.turn.take();
        let Some(connection) = self.connection.get_mut().unwrap_or_else(PoisonError::into_inner).take() else { return };
        if connection.is_autocommit() {
            self.connections.back(connection);
            return;
        }
        let connections = Arc::clone(&self.connections);
        let back = move || {
            connections.back(connection);
            drop(turn);
        };
        // to take back what was written may take a while
        match Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn_blocking(back)),
            Err(_none) => back(),
        }
    }
}

fn file_id(path: &Path) -> std::io::Result<FileId> {
    std::fs::metadata(path).map(|facts| (facts.dev(), facts.ino()))
}

/// Runs `work` on a thread that may wait.
pub(super) async fn on_thread<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    sqlite::on_thread(work).await.unwrap_or(Err(Error::Closed))
}
