//! The engine in the program itself: a database that is one file.
//!
//! SQLite knows one writer, so there is one connection that writes, and its turns are taken in fair order; the others
//! are told to read only. A statement runs on a thread that may wait, but for those [at once](Sqlite::at_once).

mod connections;
mod folding;
mod functions;
mod migrations;
mod statement;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use self::connections::{Connections, Held, Patience, Shared, Use};
use self::folding::Folding;
use super::error::{Error, Result};
use super::statement::Statement;
use super::steps::{MigrationError, Schema, Step};
use super::usage::{KINDS, Usage};
use super::{Done, On};
use crate::sqlite;

/// How many may read at the same time.
const READERS: usize = 8;
/// How many may read at once, without a thread of their own.
const AT_ONCE: usize = 4;
/// How long a statement waits.
const PATIENCE: Patience = Patience { lock: Duration::from_secs(10), turn: Duration::from_secs(10) };

/// A database in a file.
#[derive(Clone)]
pub struct Sqlite {
    path: PathBuf,
    shared: Arc<Shared>,
    writer: Arc<Connections>,
    readers: Arc<Connections>,
    at_once: Arc<Connections>,
    folding: Folding,
}

impl Sqlite {
    /// The database in the file `path`. Nothing is opened before it is used.
    pub fn of(path: &Path) -> Self {
        Self::patient(path, PATIENCE)
    }

    /// The same of a file that nobody writes and beside which nothing may be written: it can only be read.
    pub fn at_rest(path: &Path) -> Self {
        let readers = Connections::new(path.to_owned(), READERS, Use::ReadAtRest, PATIENCE, Arc::default());
        Self { readers: Arc::new(readers), ..Self::of(path) }
    }

    fn patient(path: &Path, patience: Patience) -> Self {
        let shared = Arc::new(Shared::default());
        let connections =
            |most, purpose| Arc::new(Connections::new(path.to_owned(), most, purpose, patience, Arc::clone(&shared)));
        let writer = connections(1, Use::Write);
        Self {
            path: path.to_owned(),
            shared: Arc::clone(&shared),
            readers: connections(READERS, Use::Read),
            at_once: connections(AT_ONCE, Use::ReadAtOnce),
            folding: Folding { folder: connections(1, Use::Fold), writer: Arc::clone(&writer), shared },
            writer,
        }
    }

    /// Begins a transaction that writes, with the lock that it needs: one that reads first and asks for it later fails
    /// when somebody else wrote in between.
    pub async fn write(&self) -> Result<Transaction> {
        let held = begin(&self.writer, "BEGIN IMMEDIATE").await?;
        Ok(Transaction { held, folding: Some(self.folding.clone()) })
    }

    /// Whether there was no room for the last write that was tried.
    pub fn ran_out(&self) -> bool {
        self.shared.ran_out.load(Ordering::Relaxed)
    }

    /// There may be room again.
    pub fn has_room(&self) {
        self.shared.ran_out.store(false, Ordering::Relaxed);
    }

    /// Begins a transaction that sees one moment and changes nothing.
    pub async fn snapshot(&self) -> Result<Transaction> {
        Ok(Transaction { held: begin(&self.readers, "BEGIN").await?, folding: None })
    }

    /// Where a read runs that takes microseconds and happens with every request: without a thread of its own, and
    /// without waiting. Where it would have to wait, it runs as any other.
    pub fn at_once(&self) -> AtOnce<'_> {
        AtOnce(self)
    }

    /// Brings the schema up to date.
    pub async fn migrate(&self, steps: &'static [Step]) -> std::result::Result<(), MigrationError> {
        self.with_writer(|connection| Ok(migrations::run(connection, steps))).await?
    }

    /// Whether a step was ever applied, and whether all were: asked by reading alone.
    ///
    /// # Errors
    /// When a step was applied that is none of these.
    pub async fn examine(&self, steps: &'static [Step]) -> std::result::Result<Schema, MigrationError> {
        let turn = self.readers.turn().await?;
        let readers = Arc::clone(&self.readers);
        let examined = connections::on_thread(move || {
            Held::take(readers, turn)?.with(|connection| Ok(migrations::examine(connection, steps)))
        });
        examined.await?
    }

    /// Writes something that means nothing, to find out whether anything can be written. `number` has to be another one
    /// than before: what does not change is not written.
    pub async fn write_nothing(&self, number: i32) -> Result<()> {
        self.with_writer(move |connection| {
            // SQLite keeps this number for whoever has a use for it; the store has none
            Ok(connection.pragma_update(None, "user_version", number)?)
        })
        .await
    }

    /// Writes a copy of this moment into an empty file; others read and write meanwhile.
    pub async fn copy_to(&self, file: &Path) -> Result<()> {
        let (path, file) = (self.path.clone(), file.to_owned());
        connections::on_thread(move || {
            let name = file.to_str().ok_or_else(|| Error::Value("the copy's path is not UTF-8".to_owned()))?;
            // neither the writer, for whom others wait, nor a reader, which may not
            sqlite::open(&path, PATIENCE.lock)?.execute("VACUUM INTO ?1", [name])?;
            Ok(())
        })
        .await
    }

    /// The connections of each purpose.
    pub fn usage(&self) -> Vec<Usage> {
        [&self.writer, &self.readers, &self.at_once].map(|connections| connections.usage()).into()
    }

    /// How often it failed since the start, by the kind of failure.
    pub fn failures(&self) -> [(&'static str, u64); KINDS.len()] {
        self.shared.failures.counted()
    }

    /// Closes every connection once it is idle; the last one folds the write-ahead log into the database.
    pub async fn close(&self) {
        for connections in [&self.at_once, &self.readers, &self.folding.folder, &self.writer] {
            connections.close().await;
        }
    }

    /// Does something with the connection that writes.
    async fn with_writer<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let turn = self.writer.turn().await?;
        let writer = Arc::clone(&self.writer);
        let done = connections::on_thread(move || Held::take(writer, turn)?.with(work)).await;
        self.folding.look();
        done
    }
}

impl On for &Sqlite {
    async fn run(self, statement: Statement) -> Result<Done> {
        let turn = self.readers.turn().await?;
        let readers = Arc::clone(&self.readers);
        connections::on_thread(move || Held::take(readers, turn)?.run(&statement)).await
    }
}

/// Where a short read runs without a thread of its own.
#[derive(Clone, Copy)]
pub struct AtOnce<'e>(&'e Sqlite);

impl On for AtOnce<'_> {
    async fn run(self, statement: Statement) -> Result<Done> {
        let connections = &self.0.at_once;
        if let Some(turn) = connections.free_turn() {
            let done = if let Some(connection) = connections.idle_of_the_file()? {
                Held::of(Arc::clone(connections), connection, turn).run(&statement)
            } else {
                let (connections, statement) = (Arc::clone(connections), statement.clone());
                connections::on_thread(move || Held::take(connections, turn)?.run(&statement)).await
            };
            if !matches!(done, Err(Error::Busy(_))) {
                return done;
            }
        }
        self.0.run(statement).await
    }
}

async fn begin(connections: &Arc<Connections>, how: &'static str) -> Result<Arc<Held>> {
    let asked = Instant::now();
    let turn = connections.turn().await?;
    let connections = Arc::clone(connections);
    let begun = connections::on_thread(move || {
        let patience = connections.lock_patience();
        let held = Held::take(connections, turn)?;
        held.with(|connection| {
            // who waited for their turn waits so much less for another program's lock: one deadline for both
            connection.busy_timeout(patience.saturating_sub(asked.elapsed()))?;
            let begun = connection.execute_batch(how);
            connection.busy_timeout(patience)?;
            Ok(begun?)
        })?;
        Ok(held)
    });
    Ok(Arc::new(begun.await?))
}

/// A transaction. Dropped without a commit it never was.
pub struct Transaction {
    held: Arc<Held>,
    /// Of one that writes.
    folding: Option<Folding>,
}

impl Transaction {
    /// Makes everything last.
    pub async fn commit(self) -> Result<()> {
        let held = self.held;
        let commit = move || {
            held.in_transaction(|connection| Ok(connection.execute_batch("COMMIT")?))?;
            held.wrote();
            Ok(())
        };
        connections::on_thread(commit).await?;
        if let Some(folding) = self.folding {
            folding.look();
        }
        Ok(())
    }
}

impl On for &mut Transaction {
    async fn run(self, statement: Statement) -> Result<Done> {
        let held = Arc::clone(&self.held);
        connections::on_thread(move || held.in_transaction(|connection| statement::run(&statement, connection))).await
    }
}

#[cfg(test)]
mod tests;
