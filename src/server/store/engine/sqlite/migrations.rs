//! Steps from an empty database to the present schema, in the record that every keydeck has kept of them, so that each
//! opens what any other has made up to the same step.

use std::time::Instant;

use rusqlite::{Connection, TransactionBehavior};

use super::functions;
use crate::server::store::engine::steps::{self, Applied, MigrationError, Schema, Step};

/// Named by the library that once kept it.
const RECORD: &str = "CREATE TABLE IF NOT EXISTS _sqlx_migrations (
    version BIGINT PRIMARY KEY,
    description TEXT NOT NULL,
    installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    success BOOLEAN NOT NULL,
    checksum BLOB NOT NULL,
    execution_time BIGINT NOT NULL
)";

impl From<rusqlite::Error> for MigrationError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error.into())
    }
}

/// Whether there is a record.
pub(super) fn begun(connection: &Connection) -> rusqlite::Result<bool> {
    connection.prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name = '_sqlx_migrations'")?.exists([])
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
    functions::known_to_steps(connection)?;
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
    let applied = applied
        .query_map([], |row| Ok(Applied { version: row.get(0)?, finished: row.get(1)?, checksum: row.get(2)? }))?;
    steps::missing(applied.collect::<rusqlite::Result<Vec<_>>>()?, steps)
}
