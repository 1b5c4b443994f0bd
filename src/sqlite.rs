//! What the server's store and the journal of rotations both need of SQLite: a connection, a thread that may wait for it,
//! and the kinds of its failures.

use std::fmt::Write as _;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, Error, ErrorCode, OpenFlags};

/// Statements that a connection keeps prepared.
const STATEMENTS: usize = 128;

/// What kind of failure an error is, where that makes a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Somebody else holds the file.
    Busy,
    /// It can be read, but not written.
    ReadOnly,
    /// There is no room.
    Full,
    /// It is something else, or damaged.
    NotADatabase,
    /// The disk or the memory failed; what the connection still holds is worth nothing.
    Broken,
    /// Anything else.
    Other,
}

/// The kind of `error`.
pub fn kind(error: &Error) -> Kind {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Kind::Busy,
        Some(ErrorCode::ReadOnly) => Kind::ReadOnly,
        Some(ErrorCode::DiskFull) => Kind::Full,
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Kind::NotADatabase,
        Some(ErrorCode::SystemIoFailure | ErrorCode::OutOfMemory) => Kind::Broken,
        _ => Kind::Other,
    }
}

/// Runs `work` on a thread that may wait for the disk; none when the program ends before.
pub async fn on_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => Some(done),
        Err(ended) => match ended.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_cancelled) => None,
        },
    }
}

/// Opens the file `path`, which nobody writes and nothing may be written beside, so that it is read without any lock and
/// without its write-ahead log.
pub fn open_at_rest(path: &Path) -> rusqlite::Result<Connection> {
    // only a URI can say so: what means something there is written as its number
    let mut uri = "file:".to_owned();
    for byte in path.as_os_str().as_bytes() {
        match byte {
            b'/' | b'.' | b'-' | b'_' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => uri.push(char::from(*byte)),
            _ => drop(write!(uri, "%{byte:02X}")),
        }
    }
    uri.push_str("?immutable=1");
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let connection = Connection::open_with_flags(uri, flags)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(connection)
}

/// Opens the file `path`, which has to be there. A statement waits `patience` for somebody else who holds it.
pub fn open(path: &Path, patience: Duration) -> rusqlite::Result<Connection> {
    // not as a URI: a name may hold what means something there
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(patience)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(connection)
}

/// Sets up a connection that writes: a commit is on disk when it returns, and references between tables hold. The
/// write-ahead log stays with the file.
pub fn durable(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)
}
