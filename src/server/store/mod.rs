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

use std::borrow::Cow;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sqlx::any::{Any, AnyPoolOptions, AnyRow};
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::{AnyConnection, AnyPool, Connection, Executor, Row, SqlSafeStr, Transaction};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use self::audit::{Cause, Entry};
use self::changes::Change;
use super::error::ServerError;
use crate::domain::time::{Time, When, wire};

/// How many requests may read at once; each connection is a thread and a cache.
const CONNECTIONS: u32 = 8;
/// All but what stands for itself in the path of an address.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The store.
#[derive(Clone)]
pub struct Store {
    pool: AnyPool,
    write_turn: Arc<Semaphore>,
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

    /// A file that is a database.
    pub fn of(path: &Path) -> Self {
        Self { path: path.to_owned() }
    }

    /// Its file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// As the database's driver names it.
    pub fn url(&self) -> Result<String, ServerError> {
        let Some(path) = self.path.to_str() else {
            return Err(ServerError::DatabaseAddress { reason: "the database's path is not UTF-8".to_owned() });
        };
        Ok(format!("sqlite://{}", utf8_percent_encode(path, PATH)))
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
        let store = Self::connect(&location).await?;
        let begun = store.is_migrated().await?;
        if begun {
            migrate(&store, &location).await?;
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
        let store = Self::connect(&location).await?;
        migrate(&store, &location).await?;
        if store.has_team().await? {
            store.close().await;
            return Err(ServerError::AlreadyInitialised { path: location.path });
        }
        Ok(store)
    }

    async fn connect(location: &Location) -> Result<Self, ServerError> {
        sqlx::any::install_default_drivers();
        location.protect()?;
        let pool = AnyPoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(Duration::from_secs(20))
            .after_connect(|connection, _| Box::pin(prepare(connection)))
            .connect(&location.url()?)
            .await?;
        Ok(Self { pool, write_turn: Arc::new(Semaphore::new(1)) })
    }

    async fn is_migrated(&self) -> sqlx::Result<bool> {
        let found = sqlx::query("SELECT name FROM sqlite_master WHERE type = 'table' AND name = '_sqlx_migrations'")
            .fetch_optional(&self.pool)
            .await?;
        Ok(found.is_some())
    }

    async fn has_team(&self) -> sqlx::Result<bool> {
        Ok(sqlx::query("SELECT id FROM team").fetch_optional(&self.pool).await?.is_some())
    }

    /// For reads.
    pub fn pool(&self) -> &AnyPool {
        &self.pool
    }

    /// Begins a write. Writes of this process take turns, so that none starves while another holds the lock.
    pub async fn write(&self) -> sqlx::Result<Write> {
        let turn = Arc::clone(&self.write_turn).acquire_owned().await.map_err(|_closed| sqlx::Error::PoolClosed)?;
        // A read first and a write later fails at once when somebody wrote in between, so the lock is taken first.
        let transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        Ok(Write { transaction, entries: Vec::new(), _turn: turn })
    }

    /// Writes a copy of this moment into an empty file; others read and write meanwhile.
    pub async fn copy_to(&self, file: &Path) -> Result<(), ServerError> {
        let Some(name) = file.to_str() else {
            return Err(ServerError::DatabaseAddress { reason: "the copy's path is not UTF-8".to_owned() });
        };
        let mut sql = sql::Sql::new("VACUUM INTO ");
        sql.bind(name);
        sql.run(&self.pool).await?;
        Ok(())
    }

    /// Whether it answers.
    pub async fn answers(&self) -> sqlx::Result<bool> {
        self.has_team().await
    }

    /// Closes every connection once it is idle, which also folds the write-ahead log into the database.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

/// What every connection is told first. WAL stays with the file; the rest is the connection's own. A statement waits ten
/// seconds for another process that holds the database.
async fn prepare(connection: &mut AnyConnection) -> sqlx::Result<()> {
    for pragma in [
        "PRAGMA busy_timeout = 10000",
        "PRAGMA journal_mode = WAL",
        "PRAGMA synchronous = FULL",
        "PRAGMA foreign_keys = ON",
    ] {
        connection.execute(pragma).await?;
    }
    Ok(())
}

/// Every step from an empty database to the present schema. A step that was ever released is never edited.
pub fn migrations() -> Migrator {
    let step = |version, name: &'static str, sql: &'static str| {
        Migration::new(version, Cow::Borrowed(name), MigrationType::Simple, sql.into_sql_str(), false)
    };
    Migrator::with_migrations(vec![
        step(1, "begin", include_str!("migrations/0001_begin.sql")),
        step(2, "brought forward", include_str!("migrations/0002_brought_forward.sql")),
        step(3, "audit search", include_str!("migrations/0003_audit_search.sql")),
        step(4, "recorded answers", include_str!("migrations/0004_recorded_answers.sql")),
        step(5, "audit keys", include_str!("migrations/0005_audit_keys.sql")),
    ])
}

async fn migrate(store: &Store, location: &Location) -> Result<(), ServerError> {
    let schema = |source| ServerError::Schema { path: location.path.clone(), source };
    let mut connection = store.pool.acquire().await?;
    // `run` takes the connection through a trait that keeps this future from moving between threads
    match migrations().run_direct(None, &mut *connection, false).await {
        Ok(()) => {}
        Err(MigrateError::Execute(error)) => return Err(ServerError::Database(error)),
        Err(source) => return Err(schema(source)),
    }
    connection.ping().await?;
    Ok(())
}

/// A write in its transaction, with the audit entries it has caused so far. Dropped without a commit it never was.
pub struct Write {
    transaction: Transaction<'static, Any>,
    entries: Vec<Entry>,
    _turn: OwnedSemaphorePermit,
}

impl Write {
    /// The transaction's connection.
    pub fn on(&mut self) -> &mut AnyConnection {
        &mut self.transaction
    }

    /// Notes an audit entry, to be chained when the write commits. `user` is whom it concerns. Only the store audits, each
    /// change where it is made, so that none is made without its entry.
    fn record(&mut self, cause: &Cause<'_>, user: serde_json::Value, change: Change) {
        self.entries.push(Entry { at: cause.now, origin: cause.origin.clone(), user, change });
    }

    /// Appends the audit entries and makes everything last.
    pub async fn commit(mut self) -> sqlx::Result<()> {
        if !self.entries.is_empty() {
            let entries = std::mem::take(&mut self.entries);
            audit::append(&mut self.transaction, entries).await?;
        }
        self.transaction.commit().await
    }
}

/// Reads a moment that may be absent.
pub fn moment(row: &AnyRow, column: &str) -> sqlx::Result<When> {
    Ok(row.try_get::<Option<String>, _>(column)?.map_or(When::Never, |text| When::from_wire(&text)))
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

    #[test]
    fn odd_file_names_survive_the_url() {
        let location = Location::parse("sqlite:/tmp/a b?mode=ro#ü%41.db").unwrap();
        assert_eq!(location.url().unwrap(), "sqlite:///tmp/a%20b%3Fmode%3Dro%23%C3%BC%2541.db");
    }
}
