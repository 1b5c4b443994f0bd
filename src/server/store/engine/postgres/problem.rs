//! What the database's failures are in terms of no engine.

use deadpool_postgres::{HookError, PoolError};
use tokio_postgres::error::SqlState;

use crate::server::store::engine::error::{Error, MOVED_CODE};
use crate::sqlite::Kind;

/// Failures of a statement, of which the transaction ends and nothing lasts. What was committed is said by
/// [`commit`](super::Transaction::commit).
impl From<tokio_postgres::Error> for Error {
    fn from(error: tokio_postgres::Error) -> Self {
        let Some(database) = error.as_db_error() else {
            let said = described(&error);
            // what was not sent is our own fault: a value that does not fit its place
            return if said.contains("error serializing parameter") { Self::Value(said) } else { Self::Busy(said) };
        };
        let said = format!("{} (SQLSTATE {})", database.message(), database.code().code());
        match database.code() {
            code if code.code() == MOVED_CODE => Self::Moved,
            &SqlState::DISK_FULL => Self::Full,
            &SqlState::READ_ONLY_SQL_TRANSACTION => Self::Failed(Kind::ReadOnly, said),
            &(SqlState::IO_ERROR | SqlState::DATA_CORRUPTED | SqlState::INDEX_CORRUPTED) => {
                Self::Failed(Kind::Broken, said)
            }
            code => match code.code().get(..2) {
                // it has no connection, memory or lock to spare, it is stopping or starting, or another transaction
                // came in between
                Some("08" | "40" | "53" | "55" | "57") => Self::Busy(said),
                _ => Self::Failed(Kind::Other, said),
            },
        }
    }
}

/// What is said of a connection that the database ended, or that is closed. Source: PostgreSQL's manual, "PostgreSQL Error
/// Codes", class 57, and the driver.
const ENDED: [&str; 4] = ["SQLSTATE 57P01", "SQLSTATE 57P02", "SQLSTATE 57P03", "connection closed"];

/// Whether a failure is that the database ended the connection before it did anything.
pub(super) fn ended(error: &Error) -> bool {
    matches!(error, Error::Busy(said) if ENDED.iter().any(|ended| said.contains(ended)))
}

impl From<PoolError> for Error {
    fn from(error: PoolError) -> Self {
        match error {
            PoolError::Timeout(_) => Self::Busy("every connection is in use".to_owned()),
            PoolError::Backend(error) | PoolError::PostCreateHook(HookError::Backend(error)) => error.into(),
            PoolError::Closed => Self::Closed,
            PoolError::PostCreateHook(HookError::Message(_)) | PoolError::NoRuntimeSpecified => {
                Self::Failed(Kind::Other, error.to_string())
            }
        }
    }
}

/// An error with its causes, which alone say what happened.
fn described(error: &dyn std::error::Error) -> String {
    let mut said = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        said = format!("{said}: {error}");
        cause = error.source();
    }
    said
}
