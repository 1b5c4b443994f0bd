//! Where everything is kept: one SQL store, in statements that SQLite and PostgreSQL both take.
//!
//! SQLite runs in WAL mode with full synchronisation. Writes begin with the lock they will need, queue in fair order
//! inside the process, and carry their audit entries in their own transaction.
//!
//! A transaction begins with [`Store::write`] and ends with [`Write::commit`], both in the function that answers a request,
//! does a command on the server's own machine, or is a task of the server's. What changes rows is given the [`Write`] and
//! neither begins nor ends one; it audits what it changes.

pub mod api_keys;
pub mod audit;
pub mod changes;
pub mod collection_keys;
pub mod engine;
pub mod findings;
pub mod last_use;
pub mod locations;
pub mod once;
pub mod patch;
pub mod reports;
pub mod revoke;
pub mod sql;
pub mod standing;
pub mod team;
pub mod trail;
pub mod values;

use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use self::audit::{Cause, Entry};
use self::changes::Change;
use self::engine::{AtOnce, Engine, MigrationError, Result, Row, Step, Transaction};
use self::sql::Sql;
use super::error::ServerError;
use crate::domain::time::{Time, When, wire};

/// The store.
#[derive(Clone)]
pub struct Store {
    engine: Engine,
}

/// Where a database is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    path: PathBuf,
}

impl Location {
    /// Reads `sqlite:PATH`.
    pub fn parse(database: &str) -> Result<Self, ServerError> {
        let refuse = |reason: &str| Err(ServerError::DatabaseAddress { reason: reason.to_owned() });
        let Some(path) = database.strip_prefix("sqlite:") else {
            return refuse("the database address does not begin with sqlite:");
        };
        let path = path.strip_prefix("//").unwrap_or(path);
        if path.is_empty() {
            return refuse("the database address names no file");
        }
        if path == ":memory:" {
            return refuse("a database in memory would be lost, and be another one for each connection");
        }
        let path = std::path::absolute(path).map_err(|source| ServerError::File { path: path.into(), source })?;
        Ok(Self { path })
    }

    /// Its file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes the file, readable by its owner only, and the folder it stands in.
    fn create(&self) -> Result<(), ServerError> {
        let failed = |source| ServerError::File { path: self.path.clone(), source };
        if let Some(folder) = self.path.parent() {
            std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
        }
        std::fs::OpenOptions::new().append(true).create(true).mode(0o600).open(&self.path).map_err(failed)?;
        Ok(())
    }

    /// Takes the file, and those that SQLite puts beside it, away from everybody but their owner.
    fn protect(&self) -> Result<(), ServerError> {
        for suffix in ["", "-wal", "-shm"] {
            let mut name = self.path.clone().into_os_string();
            name.push(suffix);
            let path = PathBuf::from(name);
            match std::fs::metadata(&path) {
                Ok(found) if found.permissions().mode() & 0o077 != 0 => {
                    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))
                        .map_err(|source| ServerError::File { path, source })?;
                }
                Ok(_) => {}
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(source) => return Err(ServerError::File { path, source }),
            }
        }
        Ok(())
    }
}

impl Store {
    /// Opens the database at `database`, which has to have a team.
    pub async fn open(database: &str) -> Result<Self, ServerError> {
        let location = Location::parse(database)?;
        if !location.path.exists() {
            return Err(ServerError::NotInitialised { path: location.path });
        }
        let store = Self::connect(&location)?;
        let begun = store.engine.has_schema().await?;
        if begun {
            store.migrate(&location).await?;
        }
        if !begun || !store.has_team().await? {
            store.close().await;
            return Err(ServerError::NotInitialised { path: location.path });
        }
        Ok(store)
    }

    /// Opens or makes the database at `database`, which has to have no team yet.
    pub async fn create(database: &str) -> Result<Self, ServerError> {
        let location = Location::parse(database)?;
        location.create()?;
        let store = Self::connect(&location)?;
        store.migrate(&location).await?;
        if store.has_team().await? {
            store.close().await;
            return Err(ServerError::AlreadyInitialised { path: location.path });
        }
        Ok(store)
    }

    fn connect(location: &Location) -> Result<Self, ServerError> {
        location.protect()?;
        Ok(Self { engine: Engine::of(&location.path) })
    }

    async fn migrate(&self, location: &Location) -> Result<(), ServerError> {
        match self.engine.migrate(STEPS).await {
            Ok(()) => Ok(()),
            Err(MigrationError::Database(error)) => Err(error.into()),
            Err(source) => Err(ServerError::Schema { path: location.path.clone(), source }),
        }
    }

    async fn has_team(&self) -> Result<bool> {
        Ok(Sql::new("SELECT id FROM team").row(&self.engine).await?.is_some())
    }

    /// For reads.
    pub fn reads(&self) -> &Engine {
        &self.engine
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
        Ok(Write { transaction: self.engine.write().await?, entries: Vec::new() })
    }

    /// Writes a copy of this moment into an empty file; others read and write meanwhile.
    pub async fn copy_to(&self, file: &Path) -> Result<()> {
        self.engine.copy_to(file).await
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

/// Every step from an empty database to the present schema. A step that was ever released is never edited.
pub const STEPS: &[Step] = &[
    Step { version: 1, description: "begin", sql: include_str!("migrations/0001_begin.sql") },
    Step { version: 2, description: "brought forward", sql: include_str!("migrations/0002_brought_forward.sql") },
    Step { version: 3, description: "audit search", sql: include_str!("migrations/0003_audit_search.sql") },
    Step { version: 4, description: "recorded answers", sql: include_str!("migrations/0004_recorded_answers.sql") },
    Step { version: 5, description: "audit keys", sql: include_str!("migrations/0005_audit_keys.sql") },
];

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for (address, path) in [
            ("sqlite:/tmp/a.db", Some("/tmp/a.db")),
            ("sqlite:///tmp/a.db", Some("/tmp/a.db")),
            ("sqlite:", None),
            ("sqlite::memory:", None),
            ("postgres://localhost/keydeck", None),
            ("/tmp/a.db", None),
        ] {
            let location = Location::parse(address);
            assert_eq!(location.ok().map(|location| location.path), path.map(PathBuf::from), "{address}");
        }
    }
}
