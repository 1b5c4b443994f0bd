//! Steps from an empty database to the present schema, in the record that every keydeck has kept of them, so that each
//! opens what any other has made up to the same step.

use std::time::Instant;

use rusqlite::functions::FunctionFlags;
use rusqlite::{Connection, TransactionBehavior};
use sha2::{Digest, Sha384};

use super::error::Error;
use crate::domain::fold::fold;

/// Named by the library that once kept it.
const RECORD: &str = "CREATE TABLE IF NOT EXISTS _sqlx_migrations (
    version BIGINT PRIMARY KEY,
    description TEXT NOT NULL,
    installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    success BOOLEAN NOT NULL,
    checksum BLOB NOT NULL,
    execution_time BIGINT NOT NULL
)";

/// A step. One that was ever released is never edited.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// Its number; each is higher than the one before.
    pub version: i64,
    /// What it does, in a few words.
    pub description: &'static str,
    /// In it `folded(text)` is the text as texts are compared, which an engine does not know by itself.
    pub sql: &'static str,
}

impl Step {
    /// What tells its text from any other.
    pub fn checksum(&self) -> Vec<u8> {
        Sha384::digest(self.sql).to_vec()
    }
}

/// Why a schema cannot be brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    /// A newer keydeck applied it.
    #[error("its step {0} is not known here")]
    Unknown(i64),
    /// A step was applied in another form.
    #[error("its step {0} was applied in another form")]
    Altered(i64),
    /// A step was begun and never finished.
    #[error("its step {0} was begun and not finished")]
    Unfinished(i64),
    /// The database failed; nothing was changed.
    #[error(transparent)]
    Database(#[from] Error),
}

impl From<rusqlite::Error> for MigrationError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error.into())
    }
}

/// Whether there is a record.
pub(super) fn begun(connection: &Connection) -> rusqlite::Result<bool> {
    connection.prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name = '_sqlx_migrations'")?.exists([])
}

/// How far a database has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schema {
    /// It is empty.
    None,
    /// No step was ever applied, and something else is there: it is another program's.
    Foreign,
    /// An older keydeck applied some of the steps.
    Older,
    Present,
}

/// How far it has come; nothing is written.
pub(super) fn examine(connection: &Connection, steps: &[Step]) -> Result<Schema, MigrationError> {
    Ok(if !begun(connection)? {
        let mut anything = connection.prepare("SELECT name FROM sqlite_master LIMIT 1")?;
        if anything.exists([])? { Schema::Foreign } else { Schema::None }
    } else if missing(connection, steps)?.is_empty() {
        Schema::Present
    } else {
        Schema::Older
    })
}

/// Applies the steps that were not applied yet, all or none. Without one nothing is written and nobody waited for.
pub(super) fn run(connection: &mut Connection, steps: &[Step]) -> Result<(), MigrationError> {
    if begun(connection)? && missing(connection, steps)?.is_empty() {
        return Ok(());
    }
    // known to this connection alone: no index and no later statement may need it
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_DIRECTONLY;
    connection.create_scalar_function("folded", 1, flags, |of| Ok(fold(of.get_raw(0).as_str()?)))?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute_batch(RECORD)?;
    // somebody else may have applied them meanwhile
    for step in missing(&transaction, steps)? {
        let begun = Instant::now();
        transaction.execute_batch(step.sql)?;
        let took = i64::try_from(begun.elapsed().as_nanos()).unwrap_or(i64::MAX);
        transaction.execute(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
             VALUES (?1, ?2, 1, ?3, ?4)",
            (step.version, step.description, step.checksum(), took),
        )?;
    }
    Ok(transaction.commit()?)
}

/// The steps that were not applied yet; the others have to be those that are known here.
fn missing<'s>(connection: &Connection, steps: &'s [Step]) -> Result<Vec<&'s Step>, MigrationError> {
    let mut applied = connection.prepare("SELECT version, success, checksum FROM _sqlx_migrations ORDER BY version")?;
    let applied = applied.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let mut missing: Vec<&Step> = steps.iter().collect();
    for row in applied {
        let (version, success, checksum): (i64, bool, Vec<u8>) = row?;
        let at = missing.iter().position(|step| step.version == version);
        let known = missing.remove(at.ok_or(MigrationError::Unknown(version))?);
        if !success {
            return Err(MigrationError::Unfinished(version));
        }
        if known.checksum() != checksum {
            return Err(MigrationError::Altered(version));
        }
    }
    Ok(missing)
}
