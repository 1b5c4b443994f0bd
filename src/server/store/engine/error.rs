//! What can go wrong with the database, in terms of no engine.

use rusqlite::ffi::SQLITE_CONSTRAINT_TRIGGER;

use crate::sqlite::{Kind, kind};

/// What a database that was moved says to whoever changes something, in the engine that knows no codes of ours.
pub const MOVED_TEXT: &str = "keydeck: moved to another database";
/// The same as a code, in the engine that does.
pub const MOVED_CODE: &str = "KD001";

/// What the database answers.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why the database did not do what it should.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Somebody else held it for too long; nothing was changed.
    #[error("{0}")]
    Busy(String),
    /// It cannot be reached, or ended the connection; nothing was changed.
    #[error("{0}")]
    Lost(String),
    /// It failed otherwise.
    #[error("{1}")]
    Failed(Kind, String),
    /// The transaction had failed before, and is over.
    #[error("the transaction failed before")]
    Over,
    /// Its file was removed or replaced while it was open.
    #[error("the database's file was {0} while it was in use")]
    Gone(&'static str),
    /// There is hardly any room left, and what is left is kept for what revokes keys.
    #[error("the disk is full")]
    Full,
    /// The connection was lost while it was told to make everything last: it is not known whether it did.
    #[error("the connection to the database was lost during a commit")]
    Uncertain,
    /// What it kept was moved elsewhere, and nothing here is changed any more.
    #[error("what this database kept was moved to another one")]
    Moved,
    /// It was closed.
    #[error("the database is closed")]
    Closed,
    /// There is no row where there has to be one.
    #[error("a row is missing")]
    NoRow,
    /// A column is not what it should be.
    #[error("the column {column} is {found}")]
    Column {
        column: String,
        /// What it is instead.
        found: &'static str,
    },
    /// A value cannot be kept.
    #[error("a value cannot be kept: {0}")]
    Value(String),
    /// What is kept as JSON is none.
    #[error("what is kept as JSON cannot be read or written: {0}")]
    Json(#[from] serde_json::Error),
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        if let rusqlite::Error::SqliteFailure(failure, Some(said)) = &error
            && failure.extended_code == SQLITE_CONSTRAINT_TRIGGER
            && said == MOVED_TEXT
        {
            return Self::Moved;
        }
        match kind(&error) {
            Kind::Busy => Self::Busy(error.to_string()),
            Kind::Full => Self::Full,
            kind => Self::Failed(kind, error.to_string()),
        }
    }
}
