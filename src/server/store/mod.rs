//! Where everything is kept: one SQL store, in statements that SQLite and PostgreSQL both take.
//!
//! SQLite runs in WAL mode with full synchronisation. Writes begin with the lock they will need, queue in fair order
//! inside the process, and carry their audit entries in their own transaction.
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
pub mod locations;
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
pub mod sql;
pub mod standing;
pub mod team;
pub mod trail;
pub mod values;

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use self::audit::{Cause, Entry};
use self::changes::Change;
use self::engine::{AtOnce, Engine, MigrationError, Result, Row, Schema, Step, Transaction};
use self::reserve::{Purpose, Reserve};
use self::sql::Sql;
use super::error::ServerError;
use crate::domain::time::{Time, When, wire};

/// What every SQLite file begins with.
const HEADER: &[u8] = b"SQLite format 3\0";

/// The store.
#[derive(Clone)]
pub struct Store {
    engine: Engine,
    /// Where a server keeps room for revoking.
    reserve: Option<Arc<Reserve>>,
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

    /// Looks whether the file can be a database at all, so that every command says the same of one that is none.
    fn examine(&self) -> Result<(), ServerError> {
        let path = || self.path.clone();
        let unreadable = |source: std::io::Error| match source.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory => ServerError::NoDatabase { path: path() },
            _ => ServerError::Unreadable { path: path(), source },
        };
        // what is no file is not opened: a pipe would be waited for
        if !std::fs::metadata(&self.path).map_err(unreadable)?.is_file() {
            return Err(ServerError::NotADatabase { path: path() });
        }
        let mut header = Vec::new();
        let file = File::open(&self.path).map_err(unreadable)?;
        file.take(HEADER.len() as u64).read_to_end(&mut header).map_err(unreadable)?;
        // an empty file is a database in which nothing was made yet
        if header.is_empty() || header == HEADER { Ok(()) } else { Err(ServerError::NotADatabase { path: path() }) }
    }

    /// The file of this name with `suffix`, which SQLite puts beside it.
    fn beside(&self, suffix: &str) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(suffix);
        PathBuf::from(name)
    }

    /// Whether nothing can be written here, neither in the file nor beside it, or somebody took the right to away.
    fn is_at_rest(&self) -> bool {
        let folder = self.path.parent().unwrap_or(Path::new("/"));
        let writable = |path: &Path| {
            use rustix::fs::{Access, access};
            let bits = std::fs::metadata(path).map_or(0, |facts| facts.permissions().mode());
            bits & 0o222 != 0 && access(path, Access::WRITE_OK).is_ok()
        };
        !writable(&self.path) || !writable(folder)
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
            let path = self.beside(suffix);
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
        location.examine()?;
        // told at once, rather than by the first change
        if location.is_at_rest() {
            return Err(ServerError::NotWritable { path: location.path });
        }
        let store = Self::connect(&location)?;
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
        let path = || location.path.clone();
        match self.engine.examine(STEPS).await {
            Ok(Schema::Present) => {}
            Ok(Schema::Older) => self.migrate(location).await?,
            Ok(Schema::None) => return Err(ServerError::NotInitialised { path: path() }),
            Ok(Schema::Foreign) => return Err(ServerError::NotOurs { path: path() }),
            Err(MigrationError::Database(error)) => return Err(error.into()),
            Err(source) => return Err(ServerError::Schema { path: path(), source }),
        }
        if self.has_team().await? { Ok(()) } else { Err(ServerError::NotInitialised { path: path() }) }
    }

    /// Opens the database at `database` to read it and nothing else, which also works where nothing can be written: on a
    /// copy that is write-protected, or in a folder that is.
    pub async fn open_to_read(database: &str) -> Result<Self, ServerError> {
        let location = Location::parse(database)?;
        location.examine()?;
        let at_rest = location.is_at_rest();
        // what is not folded in yet is read from beside it
        let has_log = std::fs::metadata(location.beside("-wal")).is_ok_and(|facts| facts.len() > 0);
        let engine = if at_rest && !has_log { Engine::at_rest(&location.path) } else { Engine::of(&location.path) };
        let store = Self { engine, reserve: None };
        let path = location.path.clone();
        let refusal = match store.engine.examine(STEPS).await {
            Ok(Schema::Present) if store.has_team().await? => return Ok(store),
            Ok(Schema::Present | Schema::None) => ServerError::NotInitialised { path },
            Ok(Schema::Foreign) => ServerError::NotOurs { path },
            Ok(Schema::Older) if at_rest => ServerError::Older { path },
            Ok(Schema::Older) => {
                store.close().await;
                return Self::open(database).await;
            }
            Err(MigrationError::Database(_)) if at_rest && has_log => ServerError::Unfolded { path },
            Err(MigrationError::Database(error)) => error.into(),
            Err(source) => ServerError::Schema { path, source },
        };
        store.close().await;
        Err(refusal)
    }

    /// Opens or makes the database at `database`, which has to have no team yet.
    pub async fn create(database: &str) -> Result<Self, ServerError> {
        let location = Location::parse(database)?;
        match location.examine() {
            Ok(()) | Err(ServerError::NoDatabase { .. }) => location.create()?,
            Err(refused) => return Err(refused),
        }
        let store = Self::connect(&location)?;
        if matches!(store.engine.examine(STEPS).await, Ok(Schema::Foreign)) {
            store.close().await;
            return Err(ServerError::NotOurs { path: location.path });
        }
        store.migrate(&location).await?;
        if store.has_team().await? {
            store.close().await;
            return Err(ServerError::AlreadyInitialised { path: location.path });
        }
        Ok(store)
    }

    fn connect(location: &Location) -> Result<Self, ServerError> {
        location.protect()?;
        Ok(Self { engine: Engine::of(&location.path), reserve: None })
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

    /// Keeps room for revoking on the database's disk from now on.
    pub fn keep_reserve(&mut self, database: &str) -> Result<(), ServerError> {
        self.reserve = Some(Arc::new(Reserve::at(Location::parse(database)?.beside("-reserve"))));
        self.refill_reserve();
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

    /// Whether something can be written.
    pub async fn takes_writes(&self, number: i32) -> Result<()> {
        self.engine.write_nothing(number).await
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
    Step { version: 6, description: "access", sql: include_str!("migrations/0006_access.sql") },
    Step { version: 7, description: "refused uses", sql: include_str!("migrations/0007_refused_uses.sql") },
    Step { version: 8, description: "life of keys", sql: include_str!("migrations/0008_life_of_keys.sql") },
    Step { version: 9, description: "services", sql: include_str!("migrations/0009_services.sql") },
    Step { version: 10, description: "notices", sql: include_str!("migrations/0010_notices.sql") },
    Step { version: 12, description: "notices of more", sql: include_str!("migrations/0012_notices_of_more.sql") },
    Step {
        version: 13,
        description: "addresses and answers",
        sql: include_str!("migrations/0013_addresses_and_answers.sql"),
    },
    Step { version: 14, description: "cost", sql: include_str!("migrations/0014_cost.sql") },
    Step {
        version: 15,
        description: "notices of very many",
        sql: include_str!("migrations/0015_notices_of_very_many.sql"),
    },
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
