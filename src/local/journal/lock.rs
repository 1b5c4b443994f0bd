//! Which process has a rotation, a change of keys or an incident open: a lock that the kernel lets go when the process ends, however it ends.

use std::fmt;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};

use crate::domain::time::{Time, exact};
use crate::domain::untrusted::Untrusted;
use crate::system::file::private;

/// How often a lock is taken again whose file was removed meanwhile.
const TRIES: usize = 100;
/// The most that is read of what the holder wrote, in bytes.
const MAX_BYTES: u64 = 4096;

/// What is held open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    Rotation,
    /// A change of many keys.
    Change,
    /// A leak that is being contained.
    Incident,
    /// Many keys that are rotated by a date.
    Campaign,
}

impl What {
    fn word(self) -> &'static str {
        match self {
            Self::Rotation => "rotation",
            Self::Change => "change",
            Self::Incident => "incident",
            Self::Campaign => "campaign",
        }
    }
}

/// A rotation, a change or an incident held open by this process until this is dropped or the process ends.
///
/// Between machines that share the directory it is worth as much as the file system's `flock` is: on NFS, that of its lock
/// service.
#[derive(Debug)]
pub struct Lock {
    path: PathBuf,
    _locked: File,
}

/// Who holds it open, as they wrote it down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    pub pid: u32,
    pub host: Untrusted,
    /// Since when.
    pub since: Time,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "process {} on {}, since {}", self.pid, self.host, exact(self.since))
    }
}

/// Why it cannot be held.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another holds it; none, where it has not yet written down who it is.
    #[error("another keydeck holds this {} open{}", .0.word(), .1.as_ref().map(|who| format!(": {who}")).unwrap_or_default())]
    Taken(What, Option<Holder>),
    /// The lock's file cannot be made.
    #[error("the lock {} cannot be taken: {source}", .path.display())]
    File {
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl LockError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Taken(..) => "go on with it there, or end that one first",
            Self::File { .. } => "check that the folder is yours, writable and has room",
        }
    }
}

/// Holds `what` has this `id`, with its lock in `dir`.
pub(in crate::local) fn lock(dir: &Path, what: What, id: &str, now: Time) -> Result<Lock, LockError> {
    let path = dir.join(format!("{}-{id}.lock", what.word()));
    let failed = |source| LockError::File { path: path.clone(), source };
    if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(failed(io::Error::other(format!("this is not the id of a {}", what.word()))));
    }
    for _ in 0..TRIES {
        let mut file = private().read(true).write(true).create(true).truncate(false).open(&path).map_err(failed)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => return Err(LockError::Taken(what, read(&file))),
            Err(error) => return Err(failed(error.into())),
        }
        // its holder may have removed it between the two; then it locks nothing
        let locked = file.metadata().map_err(failed)?;
        match std::fs::metadata(&path) {
            Ok(there) if (there.dev(), there.ino()) == (locked.dev(), locked.ino()) => {}
            _ => continue,
        }
        // the lock is what counts: that nobody can be told who has it is no reason to let it go
        let _ = file.set_len(0).and_then(|()| file.write_all(&this_process(now)));
        return Ok(Lock { path, _locked: file });
    }
    Err(failed(io::Error::other("it is taken and let go without end")))
}

impl Drop for Lock {
    fn drop(&mut self) {
        // while it is still locked, so that nobody else's is removed
        let _ = std::fs::remove_file(&self.path);
    }
}

fn this_process(now: Time) -> Vec<u8> {
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    serde_json::to_vec(&Holder { pid: std::process::id(), host: host.into(), since: now }).unwrap_or_default()
}

fn read(mut file: &File) -> Option<Holder> {
    let mut text = Vec::new();
    Read::by_ref(&mut file).take(MAX_BYTES).read_to_end(&mut text).ok()?;
    serde_json::from_slice(&text).ok()
}
