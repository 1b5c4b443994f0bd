//! The store's one door to its database: what is done with statements, rows and transactions, and what a failure is.
//! Whatever is an engine's own stands here and nowhere else in the store: a file that one server has, or a PostgreSQL database
//! that several share.

mod error;
mod postgres;
mod rows;
mod sqlite;
mod statement;
mod steps;
mod usage;

pub use self::error::{Error, MOVED_CODE, MOVED_TEXT, Result};
pub use self::postgres::{Address, AddressError, Postgres, Process, Surroundings};
pub use self::rows::{First, FromCell, Row, Rows};
pub use self::sqlite::Sqlite;
pub use self::statement::{Statement, Value};
pub use self::steps::{MigrationError, Schema, Step, Steps};
use self::usage::KINDS;
pub use self::usage::Usage;

/// What a statement did.
#[derive(Debug)]
pub struct Done {
    pub rows: Rows,
    /// How many rows it inserted, changed or deleted.
    pub changed: u64,
}

/// Where a statement can run: on its own, or in a transaction.
pub trait On: Send {
    /// Runs it.
    fn run(self, statement: Statement) -> impl Future<Output = Result<Done>> + Send;
}

/// The database.
#[derive(Clone)]
pub enum Engine {
    /// A file.
    Sqlite(Sqlite),
    /// One that several servers share.
    Postgres(Postgres),
}

impl Engine {
    /// Begins a transaction that writes, with the lock that it needs: what it reads stays so until it ends.
    pub async fn write(&self) -> Result<Transaction> {
        match self {
            Self::Sqlite(file) => file.write().await.map(Transaction::Sqlite),
            Self::Postgres(shared) => shared.write().await.map(|begun| Transaction::Postgres(Box::new(begun))),
        }
    }

    /// The same for as long as it takes: everybody else who writes waits for it, or gives up.
    pub async fn hold(&self) -> Result<Transaction> {
        match self {
            Self::Sqlite(file) => file.write().await.map(Transaction::Sqlite),
            Self::Postgres(shared) => shared.hold().await.map(|begun| Transaction::Postgres(Box::new(begun))),
        }
    }

    /// Begins a transaction that sees one moment and changes nothing.
    pub async fn snapshot(&self) -> Result<Transaction> {
        match self {
            Self::Sqlite(file) => file.snapshot().await.map(Transaction::Sqlite),
            Self::Postgres(shared) => shared.snapshot().await.map(|begun| Transaction::Postgres(Box::new(begun))),
        }
    }

    /// Where a read runs that takes microseconds and happens with every request.
    pub fn at_once(&self) -> AtOnce<'_> {
        AtOnce(self)
    }

    /// Where statements run that servers tell one another something with, and nothing lasts; none where there is one server.
    pub fn aside(&self) -> Option<Aside<'_>> {
        match self {
            Self::Sqlite(_) => None,
            Self::Postgres(shared) => Some(Aside(shared)),
        }
    }

    /// Brings the schema up to date.
    pub async fn migrate(&self, steps: Steps) -> Result<(), MigrationError> {
        match self {
            Self::Sqlite(file) => file.migrate(steps.sqlite).await,
            Self::Postgres(shared) => shared.migrate(steps.postgres).await,
        }
    }

    /// Whether a step was ever applied, and whether all were: asked by reading alone.
    ///
    /// # Errors
    /// When a step was applied that is none of these.
    pub async fn examine(&self, steps: Steps) -> Result<Schema, MigrationError> {
        match self {
            Self::Sqlite(file) => file.examine(steps.sqlite).await,
            Self::Postgres(shared) => shared.examine(steps.postgres).await,
        }
    }

    /// Whether there was no room for the last write that was tried.
    pub fn ran_out(&self) -> bool {
        match self {
            Self::Sqlite(file) => file.ran_out(),
            Self::Postgres(_) => false,
        }
    }

    /// There may be room again.
    pub fn has_room(&self) {
        match self {
            Self::Sqlite(file) => file.has_room(),
            Self::Postgres(_) => {}
        }
    }

    /// Writes something that means nothing, to find out whether anything can be written. `number` has to be another one
    /// than before: what does not change is not written.
    pub async fn write_nothing(&self, number: i32) -> Result<()> {
        match self {
            Self::Sqlite(file) => file.write_nothing(number).await,
            Self::Postgres(shared) => shared.write_nothing(number).await,
        }
    }

    /// The file that it is, if it is one.
    pub fn file(&self) -> Option<&Sqlite> {
        match self {
            Self::Sqlite(file) => Some(file),
            Self::Postgres(_) => None,
        }
    }

    /// Closes every connection once it is idle.
    pub async fn close(&self) {
        match self {
            Self::Sqlite(file) => file.close().await,
            Self::Postgres(shared) => shared.close(),
        }
    }

    /// The connections of each purpose.
    pub fn usage(&self) -> Vec<Usage> {
        match self {
            Self::Sqlite(file) => file.usage(),
            Self::Postgres(shared) => shared.usage(),
        }
    }

    /// How often it failed since the start, by the kind of failure.
    pub fn failures(&self) -> [(&'static str, u64); KINDS.len()] {
        match self {
            Self::Sqlite(file) => file.failures(),
            Self::Postgres(shared) => shared.failures(),
        }
    }

    /// Whether parts of names have a table of their own, to be sought in it.
    pub fn keeps_name_parts(&self) -> bool {
        matches!(self, Self::Sqlite(_))
    }
}

impl On for &Engine {
    async fn run(self, statement: Statement) -> Result<Done> {
        match self {
            Engine::Sqlite(file) => file.run(statement).await,
            Engine::Postgres(shared) => shared.run(statement).await,
        }
    }
}

/// Where a short read runs: see [`Engine::at_once`].
#[derive(Clone, Copy)]
pub struct AtOnce<'e>(&'e Engine);

impl On for AtOnce<'_> {
    async fn run(self, statement: Statement) -> Result<Done> {
        match self.0 {
            Engine::Sqlite(file) => file.at_once().run(statement).await,
            Engine::Postgres(shared) => shared.run(statement).await,
        }
    }
}

/// Where a statement runs beside everything else: see [`Engine::aside`].
#[derive(Clone, Copy)]
pub struct Aside<'e>(&'e Postgres);

impl On for Aside<'_> {
    async fn run(self, statement: Statement) -> Result<Done> {
        self.0.aside(&statement).await
    }
}

/// A transaction. Dropped without a commit it never was.
pub enum Transaction {
    /// In a file.
    Sqlite(sqlite::Transaction),
    /// Of one of several servers.
    Postgres(Box<postgres::Transaction>),
}

impl Transaction {
    /// Makes everything last.
    ///
    /// # Errors
    /// [`Error::Uncertain`] when it is not known whether it does.
    pub async fn commit(self) -> Result<()> {
        match self {
            Self::Sqlite(transaction) => transaction.commit().await,
            Self::Postgres(transaction) => transaction.commit().await,
        }
    }
}

impl On for &mut Transaction {
    async fn run(self, statement: Statement) -> Result<Done> {
        match self {
            Transaction::Sqlite(transaction) => transaction.run(statement).await,
            Transaction::Postgres(transaction) => (&mut **transaction).run(statement).await,
        }
    }
}
