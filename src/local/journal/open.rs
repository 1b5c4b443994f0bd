//! The journal's file: made, protected and brought to the present form.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, TransactionBehavior};

use super::error::JournalError;
use crate::sqlite;
use crate::system::file::{make_private_folder, private, protect, sync_folder};

/// The journal's file in the state directory.
const FILE: &str = "rotations.db";
/// The present form of the tables.
const SCHEMA: i64 = 3;
/// What brings the tables from each form to the next, beginning with a file without any.
const UPGRADES: [&str; 3] = [include_str!("schema.sql"), include_str!("schema-2.sql"), include_str!("schema-3.sql")];

/// Whether there is a journal in `dir`.
pub(super) fn is_there(dir: &Path) -> bool {
    dir.join(FILE).exists()
}

/// Opens the journal in `dir`, or makes it; waits `patience` for another process that holds it.
pub(super) fn open(dir: &Path, patience: Duration) -> Result<(PathBuf, Connection), JournalError> {
    let path = dir.join(FILE);
    prepare(dir, &path).map_err(|(path, source)| JournalError::File { path, source })?;
    let failed = |error: rusqlite::Error| JournalError::of(&path, &error);
    let mut file = sqlite::open(&path, patience).map_err(failed)?;
    sqlite::durable(&file).map_err(failed)?;
    if let Some(found) = migrate(&mut file).map_err(failed)? {
        return Err(JournalError::Newer { path, found, known: SCHEMA });
    }
    Ok((path, file))
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

/// Brings the tables to the present form; answers a newer one, which stays as it is.
fn migrate(file: &mut Connection) -> rusqlite::Result<Option<i64>> {
    // with the lock from the start, so that of two processes that open a new journal one finds it made
    let write = file.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found: i64 = write.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if found > SCHEMA {
        return Ok(Some(found));
    }
    if found < SCHEMA {
        let known = usize::try_from(found).unwrap_or(0);
        for upgrade in &UPGRADES[known..] {
            write.execute_batch(upgrade)?;
        }
        write.pragma_update(None, "user_version", SCHEMA)?;
    }
    write.commit()?;
    Ok(None)
}
