//! Where everything is kept: one SQL store, in statements that SQLite and PostgreSQL both take.
//!
//! Writes begin with the lock they will need, queue in fair order, and carry their audit entries in their own transaction.
//!
//! A transaction begins with [`Store::write`] and ends with [`Write::commit`], both in the function that answers a request,
//! does a command on the server's own machine, or is a task of the server's. What changes rows is given the [`Write`] and
//! neither begins nor ends one; it audits what it changes.

pub mod acts;
pub mod api_keys;
pub mod audit;
pub mod changes;
pub mod collection_keys;
pub mod engine;
pub mod exposed;
pub mod findings;
pub mod impact;
pub mod key_lists;
pub mod last_use;
pub mod life;
mod location;
pub mod locations;
pub mod moving;
pub mod once;
pub mod outbox;
pub mod patch;
pub mod presented;
pub mod refused_pending;
pub mod refused_told;
pub mod refused_uses;
pub mod reports;
pub mod reserve;
pub mod revoke;
mod schema;
pub mod sql;
pub mod standing;
pub mod team;
pub mod together;
pub mod trail;
pub mod values;

use std::sync::Arc;

use self::audit::{Cause, Entry};
use self::changes::Change;
use self::engine::{Aside, AtOnce, Engine, Error, MigrationError, Result, Row, Schema, Sqlite, Transaction};
pub use self::location::{DatabaseFile, Location};
use self::reserve::{Purpose, Reserve};
pub use self::schema::STEPS;
use self::sql::Sql;
use super::error::{MoveError, ServerError};
use crate::domain::time::{Time, When, wire};

/// The store.
#[derive(Clone)]
pub struct Store {
    engine: Engine,
    /// Where a server keeps room for revoking.
    reserve: Option<Arc<Reserve>>,
}

impl Store {
    /// Opens the database at `database`, which has to have a team that was not moved elsewhere.
    pub async fn open(database: &str) -> Result<Self, ServerError> {
        let store = Self::open_to_move(database).await?;
        match store.stayed(database).await {
            Ok(()) => Ok(store),
            Err(refused) => {
                store.close().await;
                Err(refused)
            }
        }
    }

    /// Refuses a database whose keys were moved elsewhere.
    async fn stayed(&self, database: &str) -> Result<(), ServerError> {
        match moving::of(&self.engine).await? {
            Some(mark) => {
                Err(MoveError::Moved { database: Location::parse(database)?.to_string(), to: mark.to }.into())
            }
            None => Ok(()),
        }
    }

    /// Opens the database at `database`, which has to have a team, also one that was moved elsewhere.
    pub async fn open_to_move(database: &str) -> Result<Self, ServerError> {
        let location = Location::parse(database)?;
        if let Location::File(file) = &location {
            file.examine()?;
            // told at once, rather than by the first change
            if file.is_at_rest() {
                return Err(ServerError::NotWritable { path: file.path.clone() });
            }
        }
        let store = Self { engine: location.engine()?, reserve: None };
        match store.opened(&location).await {
            Ok(()) => Ok(store),
            Err(refused) => {
                store.close().await;
                Err(refused)
            }
        }
    }

    /// Looks at what is there before anything is written to it, and brings it up to date.
    async fn opened(&self, location: &Location) -> Result<(), ServerError> {
        match self.schema(location).await? {
            Schema::Present => {}
            Schema::Older => self.migrate(location).await?,
            Schema::None => return Err(ServerError::NotInitialised { database: location.to_string() }),
            Schema::Foreign => return Err(ServerError::NotOurs { database: location.to_string() }),
        }
        if self.has_team().await? {
            Ok(())
        } else {
            Err(ServerError::NotInitialised { database: location.to_string() })
        }
    }

    async fn schema(&self, location: &Location) -> Result<Schema, ServerError> {
        self.engine.examine(STEPS).await.map_err(|error| Self::unfit(error, location))
    }

    fn unfit(error: MigrationError, location: &Location) -> ServerError {
        let database = location.to_string();
        match (error, location) {
            (MigrationError::Database(Error::Lost(reason) | Error::Busy(reason)), Location::Shared(_)) => {
                ServerError::Unreachable { database, reason }
            }
            (MigrationError::Database(Error::Failed(_, reason)), Location::Shared(_)) => {
                ServerError::Refused { database, reason }
            }
            (MigrationError::Database(error), _) => error.into(),
            (source, _) => ServerError::Schema { database, source },
        }
    }

    /// Opens the database at `database` to read it and nothing else, which also works where nothing can be written: on a
    /// copy that is write-protected, or in a folder that is.
    pub async fn open_to_read(database: &str) -> Result<Self, ServerError> {
        match Self::open_as_it_is(database).await {
            Err(ServerError::Older { at_rest: false, .. }) => Self::open_to_move(database).await,
            opened => opened,
        }
    }

    /// The same, and what an older keydeck wrote into a file is not brought up to date.
    pub async fn open_as_it_is(database: &str) -> Result<Self, ServerError> {
        let location = Location::parse(database)?;
        let Location::File(file) = &location else { return Self::open_to_move(database).await };
        file.examine()?;
        // what is not folded in yet is read from beside it
        let (at_rest, has_log) = (file.is_at_rest(), file.has_log());
        let engine = if at_rest && !has_log { Sqlite::at_rest(&file.path) } else { Sqlite::of(&file.path) };
        let store = Self { engine: Engine::Sqlite(engine), reserve: None };
        let (path, named) = (file.path.clone(), location.to_string());
        let refusal = match store.engine.examine(STEPS).await {
            Ok(Schema::Present) if store.has_team().await? => return Ok(store),
            Ok(Schema::Present | Schema::None) => ServerError::NotInitialised { database: named },
            Ok(Schema::Foreign) => ServerError::NotOurs { database: named },
            Ok(Schema::Older) => ServerError::Older { path, at_rest },
            Err(MigrationError::Database(_)) if at_rest && has_log => ServerError::Unfolded { path },
            Err(error) => Self::unfit(error, &location),
        };
        store.close().await;
        Err(refusal)
    }

    /// Opens or makes the database at `database`, which has to have no team yet.
    pub async fn create(database: &str) -> Result<Self, ServerError> {
        let store = Self::create_to_move(database).await?;
        match store.has_team().await {
            Ok(false) => Ok(store),
            refused => {
                store.close().await;
                refused?;
                Err(ServerError::AlreadyInitialised { database: Location::parse(database)?.to_string() })
            }
        }
    }

    /// Opens or makes the database at `database`, whether or not there is a team in it.
    pub async fn create_to_move(database: &str) -> Result<Self, ServerError> {
        let location = Location::parse(database)?;
        if let Location::File(file) = &location {
            match file.examine() {
                Ok(()) | Err(ServerError::NoDatabase { .. }) => file.create()?,
                Err(refused) => return Err(refused),
            }
        }
        let store = Self { engine: location.engine()?, reserve: None };
        match store.created(&location).await {
            Ok(()) => Ok(store),
            Err(refused) => {
                store.close().await;
                Err(refused)
            }
        }
    }

    async fn created(&self, location: &Location) -> Result<(), ServerError> {
        if self.schema(location).await? == Schema::Foreign {
            return Err(ServerError::NotOurs { database: location.to_string() });
        }
        self.migrate(location).await
    }

    async fn migrate(&self, location: &Location) -> Result<(), ServerError> {
        self.engine.migrate(STEPS).await.map_err(|error| Self::unfit(error, location))
    }

    /// Whether there is a team.
    pub async fn has_team(&self) -> Result<bool> {
        Ok(Sql::new("SELECT id FROM team").row(&self.engine).await?.is_some())
    }

    /// For reads.
    pub fn reads(&self) -> &Engine {
        &self.engine
    }

    /// For what servers that share the database tell one another; none where there is one server.
    pub fn aside(&self) -> Option<Aside<'_>> {
        self.engine.aside()
    }

    /// For the one short read that every request begins with.
    pub fn at_once(&self) -> AtOnce<'_> {
        self.engine.at_once()
    }

    /// For reads that belong together: of one moment.
    pub async fn snapshot(&self) -> Result<Transaction> {
        self.engine.snapshot().await
    }

    /// Begins a write. Writes of this process take turns, so that none starves while another holds the lock.
    pub async fn write(&self) -> Result<Write> {
        self.write_for(Purpose::Ordinary).await
    }

    /// The same, for a purpose: what stops keys finds room also on a full disk.
    ///
    /// # Errors
    /// [`engine::Error::Full`] when there is no room, before anything is begun.
    pub async fn write_for(&self, purpose: Purpose) -> Result<Write> {
        if let Some(reserve) = &self.reserve
            && !reserve.allows(purpose, self.engine.ran_out())
        {
            return Err(engine::Error::Full);
        }
        Ok(Write { transaction: self.engine.write().await?, entries: Vec::new() })
    }

    /// Keeps room for revoking on the database's disk from now on, where it is on this machine's.
    pub fn keep_reserve(&mut self, database: &str) -> Result<(), ServerError> {
        if let Location::File(file) = Location::parse(database)? {
            self.reserve = Some(Arc::new(Reserve::at(file.beside("-reserve"))));
            self.refill_reserve();
        }
        Ok(())
    }

    /// Lays by again what was used of the reserve, once there is room.
    pub fn refill_reserve(&self) {
        if let Some(reserve) = &self.reserve
            && reserve.refill()
        {
            self.engine.has_room();
        }
    }

    /// Begins a write of everything, on either side, for as long as it takes.
    pub async fn hold(&self) -> Result<Transaction> {
        self.engine.hold().await
    }

    /// Where its keys went, if they did.
    pub async fn mark(&self) -> Result<Option<moving::Mark>> {
        moving::of(&self.engine).await
    }

    /// Whether something can be written.
    pub async fn takes_writes(&self, number: i32) -> Result<()> {
        self.engine.write_nothing(number).await
    }

    /// The file that the database is, if it is one.
    pub fn file(&self) -> Option<&Sqlite> {
        self.engine.file()
    }

    /// Whether it answers.
    pub async fn answers(&self) -> Result<bool> {
        self.has_team().await
    }

    /// Closes every connection once it is idle, which also folds the write-ahead log into the database.
    pub async fn close(&self) {
        self.engine.close().await;
    }
}

/// A write in its transaction, with the audit entries it has caused so far. Dropped without a commit it never was.
pub struct Write {
    transaction: Transaction,
    entries: Vec<Entry>,
}

impl Write {
    /// The transaction's connection.
    pub fn on(&mut self) -> &mut Transaction {
        &mut self.transaction
    }

    /// Notes an audit entry, to be chained when the write commits. `user` is whom it concerns. Only the store audits, each
    /// change where it is made, so that none is made without its entry.
    fn record(&mut self, cause: &Cause<'_>, user: serde_json::Value, mut change: Change) {
        if let Some(note) = cause.note {
            change.variables["note"] = serde_json::Value::from(note);
        }
        self.entries.push(Entry { at: cause.now, origin: cause.origin.clone(), user, change });
    }

    /// Appends the audit entries and makes everything last.
    pub async fn commit(mut self) -> Result<()> {
        if !self.entries.is_empty() {
            let entries = std::mem::take(&mut self.entries);
            audit::append(&mut self.transaction, entries).await?;
        }
        self.transaction.commit().await
    }
}

/// Reads a moment that may be absent.
pub fn moment(row: Row<'_>, column: &str) -> Result<When> {
    Ok(row.try_get::<Option<&str>>(column)?.map_or(When::Never, When::from_wire))
}

/// Writes a moment that may be absent.
pub fn stamp(time: Option<Time>) -> Option<String> {
    time.map(wire)
}
