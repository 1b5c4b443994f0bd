//! What the database's failures are in terms of no engine.

use deadpool_postgres::{HookError, PoolError, TimeoutType};
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
            return if said.contains("error serializing parameter") { Self::Value(said) } else { Self::Lost(said) };
        };
        let said = format!("{} (SQLSTATE {})", database.message(), database.code().code());
        match database.code() {
            code if code.code() == MOVED_CODE => Self::Moved,
            &SqlState::DISK_FULL => Self::Full,
            &SqlState::READ_ONLY_SQL_TRANSACTION => Self::Failed(Kind::ReadOnly, said),
            &(SqlState::IO_ERROR | SqlState::DATA_CORRUPTED | SqlState::INDEX_CORRUPTED) => {
                Self::Failed(Kind::Broken, said)
            }
            // it is stopping or starting
            &(SqlState::ADMIN_SHUTDOWN | SqlState::CRASH_SHUTDOWN | SqlState::CANNOT_CONNECT_NOW) => Self::Lost(said),
            code => match code.code().get(..2) {
                Some("08") => Self::Lost(said),
                // it has no connection, memory or lock to spare, or another transaction came in between
                Some("40" | "53" | "55" | "57") => Self::Busy(said),
                _ => Self::Failed(Kind::Other, said),
            },
        }
    }
}

impl From<PoolError> for Error {
    fn from(error: PoolError) -> Self {
        match error {
            PoolError::Timeout(TimeoutType::Wait) => Self::Busy("every connection is in use".to_owned()),
            PoolError::Timeout(TimeoutType::Create | TimeoutType::Recycle) => {
                Self::Lost("no connection could be made in time".to_owned())
            }
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
