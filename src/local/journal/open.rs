//! The journal's file: made, protected and brought to the present form.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Executor, SqlitePool};

use super::error::JournalError;
use crate::system::file::{make_private_folder, private, protect, sync_folder};

/// The journal's file in the state directory.
const FILE: &str = "rotations.db";
/// The present form of the tables.
const SCHEMA: i64 = 1;

/// Whether there is a journal in `dir`.
pub(super) fn is_there(dir: &Path) -> bool {
    dir.join(FILE).exists()
}

/// Opens the journal in `dir`, or makes it; waits `patience` for another process that holds it.
pub(super) async fn open(dir: &Path, patience: Duration) -> Result<(PathBuf, SqlitePool), JournalError> {
    let path = dir.join(FILE);
    prepare(dir, &path).map_err(|(path, source)| JournalError::File { path, source })?;
    let options = SqliteConnectOptions::new()
        .filename(&path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(patience);
    // one connection: a process writes one thing after the other
    let pool = SqlitePoolOptions::new().max_connections(1).idle_timeout(None).max_lifetime(None);
    let pool = pool.connect_with(options).await.map_err(|error| JournalError::of(&path, error))?;
    if let Err(error) = migrate(&pool, &path).await {
        pool.close().await;
        return Err(error);
    }
    Ok((path, pool))
}

/// Makes what is not there, and takes what is there away from everybody but its owner.
fn prepare(dir: &Path, path: &Path) -> Result<(), (PathBuf, io::Error)> {
    let of = |path: &Path| {
        let path = path.to_owned();
        move |error| (path, error)
    };
    make_private_folder(dir).map_err(of(dir))?;
    // An existing file is not even opened: closing it would drop the locks that SQLite has on it in this process.
    match private().write(true).create_new(true).open(path) {
        Ok(_) => sync_folder(dir).map_err(of(dir))?,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err((path.to_owned(), error)),
    }
    // SQLite gives the files it puts beside it the mode of the file itself
    for suffix in ["", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        protect(Path::new(&name), 0o600).map_err(of(Path::new(&name)))?;
    }
    Ok(())
}

async fn migrate(pool: &SqlitePool, path: &Path) -> Result<(), JournalError> {
    let failed = |error| JournalError::of(path, error);
    // with the lock from the start, so that of two processes that open a new journal one finds it made
    let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
    let found: i64 = sqlx::query_scalar("PRAGMA user_version").fetch_one(&mut *transaction).await.map_err(failed)?;
    if found > SCHEMA {
        return Err(JournalError::Newer { path: path.to_owned(), found, known: SCHEMA });
    }
    if found == 0 {
        transaction.execute(include_str!("schema.sql")).await.map_err(failed)?;
        transaction.execute("PRAGMA user_version = 1").await.map_err(failed)?;
    }
    transaction.commit().await.map_err(failed)
}
