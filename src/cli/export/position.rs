//! How far an export has come: a small file that is replaced whole once the receiver has taken what is before it.

use std::fs::{File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::cli::exit::Stop;
use crate::system::file::{Replacement, private, read_small};

/// The form that is written. 1 is the only one there ever was.
const VERSION: u32 = 1;
/// The longest file that is read, in bytes.
const LONGEST: u64 = 64 * 1024;

/// The last entry that was taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// Its number; 0: none was.
    pub seq: i64,
    /// Its hash, where it is known.
    pub hash: Option<String>,
}

/// What stands in the file.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Written {
    version: u32,
    /// Whose log it is.
    server: String,
    seq: i64,
    #[serde(default)]
    hash: Option<String>,
}

/// The version alone, to be told of one that this keydeck does not know.
#[derive(Deserialize)]
struct Version {
    version: u32,
}

/// The file, held for as long as this lives.
#[derive(Debug)]
pub struct Position {
    path: PathBuf,
    server: String,
    _lock: File,
}

impl Position {
    /// Takes the file at `path` for the log of `server`, and says how far that was exported; a file that is not there is
    /// made by the first [`keep`](Self::keep).
    ///
    /// # Errors
    /// When another export holds it, it is of another server, or it cannot be read.
    pub fn open(path: &Path, server: &str) -> Result<(Self, Taken), Stop> {
        let refuse = |why: String, hint: &str| Stop::usage(format!("--position {}: {why}", path.display()), hint);
        let mut beside = path.as_os_str().to_owned();
        beside.push(".lock");
        let lock = private().read(true).write(true).create(true).truncate(false).open(&beside);
        let lock = lock.map_err(|error| {
            refuse(format!("it cannot be held: {}", error.kind()), "name a file in a folder of yours that is there")
        })?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => {
                refuse("another export holds it".to_owned(), "end that one, or name another file")
            }
            TryLockError::Error(error) => refuse(format!("it cannot be held: {error}"), "name a file on a local disk"),
        })?;
        let held = Self { path: path.to_owned(), server: server.to_owned(), _lock: lock };
        let bytes = match read_small(path, LONGEST) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok((held, Taken::default())),
            Err(error) => return Err(refuse(format!("it cannot be read: {error}"), "it has to be a file of yours")),
        };
        let foreign = || refuse("it is none that keydeck wrote".to_owned(), "name another file; nothing was exported");
        let Version { version } = serde_json::from_slice(&bytes).map_err(|_| foreign())?;
        if version != VERSION {
            return Err(refuse("a newer keydeck wrote it".to_owned(), "use that version, or name another file"));
        }
        let Written { server: whose, seq, hash, .. } = serde_json::from_slice(&bytes).map_err(|_| foreign())?;
        if whose != server {
            return Err(refuse(format!("it is of {whose}, not of {server}"), "name another file for each server"));
        }
        if seq < 0 {
            return Err(foreign());
        }
        Ok((held, Taken { seq, hash }))
    }

    /// Keeps that everything up to `taken` was taken, so that it outlasts a power cut.
    ///
    /// # Errors
    /// When it cannot be written; what was kept before stays.
    pub fn keep(&self, taken: &Taken) -> Result<(), Stop> {
        let Taken { seq, hash } = taken.clone();
        let written = Written { version: VERSION, server: self.server.clone(), seq, hash };
        let kept = serde_json::to_vec(&written).map_err(std::io::Error::from).and_then(|mut bytes| {
            bytes.push(b'\n');
            Replacement::write(&self.path, ".keydeck-position-", &bytes)?.put()
        });
        kept.map_err(|error| {
            let what = format!("how far the export came could not be kept in {}: {error}", self.path.display());
            Stop::failed(what, "make room there; what was sent last is sent again by the next export")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVER: &str = "https://keys.acme.example";

    #[test]
    fn it_is_kept_whole_and_held_by_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("position");
        let (position, taken) = Position::open(&path, SERVER).unwrap();
        assert_eq!(taken, Taken::default());
        let told = Position::open(&path, SERVER).unwrap_err().to_string();
        assert!(told.contains("another export holds it"), "{told}");
        let taken = Taken { seq: 12, hash: Some("ab".repeat(32)) };
        position.keep(&taken).unwrap();
        drop(position);
        assert_eq!(Position::open(&path, SERVER).unwrap().1, taken);
        let told = Position::open(&path, "https://other.example").unwrap_err().to_string();
        assert!(told.contains("it is of https://keys.acme.example"), "{told}");
    }

    #[test]
    fn every_form_ever_written_is_read_and_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("position");
        let open = |text: &str| {
            std::fs::write(&path, text).unwrap();
            Position::open(&path, SERVER).map(|(_, taken)| taken).map_err(|stop| stop.to_string())
        };
        let form_1 = "{\"version\":1,\"server\":\"https://keys.acme.example\",\"seq\":7,\"hash\":null}\n";
        assert_eq!(open(form_1).unwrap(), Taken { seq: 7, hash: None });
        assert!(open(&form_1.replace(":1,", ":2,")).unwrap_err().contains("a newer keydeck wrote it"));
        for foreign in ["", "seq=7", "{}", &form_1.replace('7', "-7"), &form_1.replace("seq", "sequence")] {
            assert!(open(foreign).unwrap_err().contains("none that keydeck wrote"), "{foreign}");
        }
    }
}
