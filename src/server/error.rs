//! What keeps the server from starting or a database from being prepared; failures of single requests are
//! [`Problem`](super::http::problem::Problem)s.

use std::net::SocketAddr;
use std::path::PathBuf;

pub use super::moving::MoveError;
use super::store::engine::{Error, MigrationError};
use crate::domain::failure::{Ending, Failure};
use crate::sqlite::Kind;

/// Why the server, or a command on its own machine, could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The address is reachable from other machines.
    #[error("{0} is not a loopback address: keys would cross the network in plain text")]
    NotLoopback(SocketAddr),
    /// A socket was given what only an address can have.
    #[error("a Unix socket takes no {0}: nobody else reaches it, and its other end has no address")]
    NotOnASocket(&'static str),
    /// The database's address is none this build can open.
    #[error("{reason}")]
    DatabaseAddress {
        /// What is wrong with it.
        reason: String,
        /// What to write instead.
        hint: String,
    },
    /// The database's server does not answer.
    #[error("the database {database} cannot be reached: {reason}")]
    Unreachable {
        database: String,
        /// What was said.
        reason: String,
    },
    /// The database's server lets nobody in, or is not fit.
    #[error("the database {database} cannot be used: {reason}")]
    Refused {
        database: String,
        /// What it said.
        reason: String,
    },
    /// There is no such file.
    #[error("there is no database {}", .path.display())]
    NoDatabase { path: PathBuf },
    /// There is something else.
    #[error("{} is no database", .path.display())]
    NotADatabase { path: PathBuf },
    /// The file is there and cannot be read.
    #[error("the database {} cannot be read: {source}", .path.display())]
    Unreadable {
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// It is an older version's, and is not brought up to date where it is.
    #[error("the database {} is of an older keydeck, and it cannot be brought up to date where it is", .path.display())]
    Older {
        path: PathBuf,
        /// Whether nothing can be written there.
        at_rest: bool,
    },
    /// What was written last stands in its log beside it, and cannot be read where nothing can be written.
    #[error("the latest of the database {0} is in {0}-wal, which cannot be read where nothing can be written", .path.display())]
    Unfolded { path: PathBuf },
    /// It is a database, and another program's.
    #[error("the database {database} is another program's")]
    NotOurs { database: String },
    /// Nothing can be written there, neither in the file nor beside it.
    #[error("the database {} cannot be written", .path.display())]
    NotWritable { path: PathBuf },
    /// There is no team in the database yet.
    #[error("the database {database} has no team yet")]
    NotInitialised { database: String },
    /// The database has a team already.
    #[error("the database {database} is in use already: nothing was changed")]
    AlreadyInitialised { database: String },
    /// The schema is not what this version of keydeck knows.
    #[error("the schema of the database {database} cannot be brought up to date: {source}")]
    Schema {
        database: String,
        /// Which step failed.
        source: MigrationError,
    },
    /// The database's file cannot be made or protected.
    #[error("the database file {} cannot be prepared: {source}", .path.display())]
    File {
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The certificate or its key cannot be used.
    #[error("{} cannot be used for TLS: {reason}", .path.display())]
    Tls {
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The copy cannot be written.
    #[error("the backup {} cannot be written: {source}", .path.display())]
    Backup {
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A value handed in is out of its bounds.
    #[error("{field}: {reason}")]
    Invalid {
        field: &'static str,
        /// Why it cannot be taken.
        reason: String,
    },
    /// It is, or was to be, moved.
    #[error(transparent)]
    Move(#[from] MoveError),
    /// The database failed.
    #[error("the database failed: {0}")]
    Database(#[from] Error),
    /// The operating system gave no random bytes.
    #[error("the operating system gave no random bytes: {0}")]
    Random(getrandom::Error),
    /// What is counted cannot be named so.
    #[error("the metrics cannot be set up: {0}")]
    Metrics(prometheus::Error),
    /// The listener failed.
    #[error("serving failed: {0}")]
    Serve(std::io::Error),
}

/// Whether a database is one that several servers share, as it is named to people.
fn is_shared(database: &str) -> bool {
    database.starts_with("postgres:")
}

/// What to do where something has to be written and cannot be.
const NO_WRITING: &str =
    "this has to write: run it as the user whose database it is, where the file and its folder may be written";

impl ServerError {
    /// What to do about it, in a few words.
    pub fn hint(&self) -> String {
        match self {
            Self::NotLoopback(address) => format!(
                "listen on 127.0.0.1:{}, or pass --tls-cert and --tls-key, or --behind-proxy with the address of a proxy \
                 that speaks TLS",
                address.port()
            ),
            Self::NotOnASocket(_) => {
                "leave out --tls-cert, --tls-key and --behind-proxy, or listen on ADDRESS:PORT".to_owned()
            }
            Self::DatabaseAddress { hint, .. } => hint.clone(),
            Self::Unreachable { .. } => "check that it runs, and the host, the port and what lies in between".to_owned(),
            Self::Refused { .. } => {
                "check user, password (PGPASSWORD, PGPASSFILE or --database-url-file) and the name of the database".to_owned()
            }
            Self::NotOurs { database } if is_shared(database) => {
                "name a database of keydeck's own, made with CREATE DATABASE; this one is left as it is".to_owned()
            }
            Self::NotADatabase { .. } | Self::NotOurs { .. } => "name the file with --database sqlite:PATH; this one is left as it is".to_owned(),
            Self::Unreadable { .. } => "run this as the user whose file it is, or as root".to_owned(),
            Self::Older { .. } => "copy it into a folder of your own, make the copy writable, and name that".to_owned(),
            Self::Unfolded { .. } => {
                "copy both files into a folder of your own and name that copy; what keydeck server backup makes is one file"
                    .to_owned()
            }
            Self::NotInitialised { database } if is_shared(database) => {
                "name another with --database, or begin with: keydeck server init --team NAME --email ADDRESS --database URL"
                    .to_owned()
            }
            Self::NoDatabase { .. } | Self::NotInitialised { .. } => {
                "name another with --database sqlite:PATH, or begin with: keydeck server init --team NAME --email ADDRESS --database sqlite:PATH".to_owned()
            }
            Self::AlreadyInitialised { .. } => "serve it as it is, or name another".to_owned(),
            Self::Schema { .. } => {
                "a newer keydeck may have written it: use that version, or restore a copy".to_owned()
            }
            Self::Tls { .. } => {
                "--tls-cert takes the certificate and its chain, --tls-key its key without a passphrase and mode 0600 or 0640, each in \
                 PEM or DER"
                    .to_owned()
            }
            Self::Backup { source, .. } if source.kind() == std::io::ErrorKind::AlreadyExists => {
                "a backup never replaces a file: name another".to_owned()
            }
            Self::File { .. } | Self::Backup { .. } => "check that the folder exists, is yours and has room".to_owned(),
            Self::Invalid { .. } => "correct it, or see the command's --help; nothing was changed".to_owned(),
            Self::Database(Error::Failed(Kind::NotADatabase, _)) => {
                "it is damaged: keep it as it is, and go on with a backup".to_owned()
            }
            Self::NotWritable { .. } | Self::Database(Error::Failed(Kind::ReadOnly, _)) => NO_WRITING.to_owned(),
            Self::Database(_) => "check that the disk has room and no other program holds the file".to_owned(),
            Self::Move(error) => error.hint(),
            Self::Random(_) => "check the operating system's random source".to_owned(),
            Self::Metrics(_) => "tell whoever made this build".to_owned(),
            Self::Serve(_) => "check that the address is free".to_owned(),
        }
    }
}

impl Failure for ServerError {
    fn hint(&self) -> String {
        self.hint()
    }

    fn ending(&self) -> Ending {
        match self {
            Self::Move(error) => error.ending(),
            Self::NotLoopback(_)
            | Self::NotOnASocket(_)
            | Self::DatabaseAddress { .. }
            | Self::NoDatabase { .. }
            | Self::NotADatabase { .. }
            | Self::NotOurs { .. }
            | Self::NotInitialised { .. }
            | Self::AlreadyInitialised { .. }
            | Self::Tls { .. }
            | Self::Invalid { .. } => Ending::Usage,
            Self::Backup { source, .. } if source.kind() == std::io::ErrorKind::AlreadyExists => Ending::Usage,
            Self::Schema { .. }
            | Self::Unreachable { .. }
            | Self::Refused { .. }
            | Self::Unreadable { .. }
            | Self::NotWritable { .. }
            | Self::Older { .. }
            | Self::Unfolded { .. }
            | Self::File { .. }
            | Self::Backup { .. }
            | Self::Database(_)
            | Self::Random(_)
            | Self::Metrics(_)
            | Self::Serve(_) => Ending::Partly,
        }
    }
}
