//! Where a database is: a file of one server's own, or a PostgreSQL database that several share.

use std::fmt;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::engine::{Address, Engine, Postgres, Process, Sqlite};
use crate::server::error::ServerError;

/// What every SQLite file begins with.
const HEADER: &[u8] = b"SQLite format 3\0";

/// Where a database is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// In a file.
    File(DatabaseFile),
    /// With a server of its own.
    Shared(Box<Address>),
}

impl Location {
    /// Reads `sqlite:PATH` or `postgres://…`, which the environment completes as it does for every program of PostgreSQL's.
    pub fn parse(database: &str) -> Result<Self, ServerError> {
        if database.starts_with("postgres:") || database.starts_with("postgresql:") {
            return match Address::parse(database, &Process) {
                Ok(address) => Ok(Self::Shared(Box::new(address))),
                Err(wrong) => Err(ServerError::DatabaseAddress { reason: wrong.reason, hint: wrong.hint }),
            };
        }
        let refuse = |reason: &str| {
            let hint = "name a file, sqlite:/path/to/keydeck.db, or a PostgreSQL database, postgres://USER@HOST/NAME";
            Err(ServerError::DatabaseAddress { reason: reason.to_owned(), hint: hint.to_owned() })
        };
        let Some(path) = database.strip_prefix("sqlite:") else {
            return refuse("the database address begins neither with sqlite: nor with postgres:");
        };
        let path = path.strip_prefix("//").unwrap_or(path);
        if path.is_empty() {
            return refuse("the database address names no file");
        }
        if path == ":memory:" {
            return refuse("a database in memory would be lost, and be another one for each connection");
        }
        let path = std::path::absolute(path).map_err(|source| ServerError::File { path: path.into(), source })?;
        Ok(Self::File(DatabaseFile { path }))
    }

    /// The database there. Nothing is opened before it is used.
    pub(super) fn engine(&self) -> Result<Engine, ServerError> {
        match self {
            Self::File(file) => {
                file.protect()?;
                Ok(Engine::Sqlite(Sqlite::of(&file.path)))
            }
            Self::Shared(address) => match Postgres::of(address) {
                Ok(shared) => Ok(Engine::Postgres(shared)),
                Err(wrong) => Err(ServerError::DatabaseAddress { reason: wrong.reason, hint: wrong.hint }),
            },
        }
    }
}

impl fmt::Display for Location {
    /// As people know it: the path of a file, else the address without its password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(file) => write!(f, "{}", file.path.display()),
            Self::Shared(address) => f.write_str(address.name()),
        }
    }
}

/// A file with a database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatabaseFile {
    pub(super) path: PathBuf,
}

impl DatabaseFile {
    /// Looks whether the file can be a database at all, so that every command says the same of one that is none.
    pub(super) fn examine(&self) -> Result<(), ServerError> {
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

    /// The file of this name with `suffix`, which stands beside it.
    pub(super) fn beside(&self, suffix: &str) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(suffix);
        PathBuf::from(name)
    }

    /// Whether nothing can be written here, neither in the file nor beside it, or somebody took the right to away.
    pub(super) fn is_at_rest(&self) -> bool {
        let folder = self.path.parent().unwrap_or(Path::new("/"));
        let writable = |path: &Path| {
            use rustix::fs::{Access, access};
            let bits = std::fs::metadata(path).map_or(0, |facts| facts.permissions().mode());
            bits & 0o222 != 0 && access(path, Access::WRITE_OK).is_ok()
        };
        !writable(&self.path) || !writable(folder)
    }

    /// Whether its latest is in its log beside it.
    pub(super) fn has_log(&self) -> bool {
        std::fs::metadata(self.beside("-wal")).is_ok_and(|facts| facts.len() > 0)
    }

    /// Makes the file, readable by its owner only, and the folder it stands in.
    pub(super) fn create(&self) -> Result<(), ServerError> {
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
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(source) => return Err(ServerError::File { path, source }),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for (address, named) in [
            ("sqlite:/tmp/a.db", Some("/tmp/a.db")),
            ("sqlite:///tmp/a.db", Some("/tmp/a.db")),
            ("sqlite:", None),
            ("sqlite::memory:", None),
            ("postgres://ana:hunter2@db.example:6000/keys?sslmode=disable", Some("postgres://db.example:6000/keys")),
            ("postgresql://ana@localhost/keys", Some("postgres://localhost/keys")),
            ("postgres://ana@db.example:port/keys", None),
            ("mysql://localhost/keys", None),
            ("/tmp/a.db", None),
        ] {
            let location = Location::parse(address).ok();
            assert_eq!(location.map(|location| location.to_string()).as_deref(), named, "{address}");
        }
    }
}
