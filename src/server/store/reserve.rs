//! Room on the disk that is kept for revoking: when everything else has filled the disk, a leaked key can still be stopped.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fs::{FallocateFlags, fallocate, statvfs};

/// How large the reserve is, in bytes: some thousand revocations with their audit entries.
const SIZE: u64 = 8 * 1024 * 1024;
/// With less room than this on the disk, in bytes, it counts as full: enough for a large write that is under way.
const LOW: u64 = 2 * 1024 * 1024;

/// A file beside the database that is as large as what is kept, and goes when that is needed.
#[derive(Debug)]
pub struct Reserve {
    path: PathBuf,
    /// Whether it was given free: until it is laid by again, the room there is is what stops keys.
    in_use: AtomicBool,
}

/// What a write is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Anything else: refused where there is no room but the reserve.
    Ordinary,
    /// It makes a key useless.
    Stopping,
}

impl Reserve {
    /// A reserve at `path`, which is not laid by before [`refill`](Self::refill).
    pub fn at(path: PathBuf) -> Self {
        Self { path, in_use: AtomicBool::new(false) }
    }

    /// Whether a write may begin; `ran_out` says that the last one failed for want of room, which file systems with quotas
    /// do not tell beforehand. What stops keys may use the reserve, which nothing else may then.
    pub fn allows(&self, purpose: Purpose, ran_out: bool) -> bool {
        let low = room(&self.path).is_some_and(|room| room < LOW);
        match purpose {
            Purpose::Stopping => {
                if low || ran_out {
                    self.release();
                }
                true
            }
            Purpose::Ordinary => !low && !self.in_use.load(Ordering::Relaxed),
        }
    }

    fn is_laid_by(&self) -> bool {
        self.path.exists()
    }

    fn release(&self) {
        self.in_use.store(true, Ordering::Relaxed);
        match std::fs::remove_file(&self.path) {
            Ok(()) => tracing::error!("the disk is full: its reserve is given free, so that keys can be revoked"),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => tracing::error!(%error, "the disk is full, and its reserve cannot be given free"),
        }
    }

    /// Lays the reserve by, where it is not and there is room for it and more; says whether it did.
    pub fn refill(&self) -> bool {
        if self.is_laid_by() || room(&self.path).is_some_and(|room| room < SIZE + 2 * LOW) {
            return false;
        }
        if let Err(error) = lay_by(&self.path) {
            tracing::warn!(%error, "no room could be kept for revoking on a full disk");
            drop(std::fs::remove_file(&self.path));
            return false;
        }
        self.in_use.store(false, Ordering::Relaxed);
        true
    }
}

fn lay_by(path: &Path) -> io::Result<()> {
    let file: File = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    // blocks of its own, where the file system can: a hole keeps nothing
    Ok(fallocate(&file, FallocateFlags::empty(), 0, SIZE)?)
}

/// How much room there is on the disk for this user, where the system tells.
fn room(beside: &Path) -> Option<u64> {
    let facts = statvfs(beside.parent()?).ok()?;
    Some(facts.f_bavail.saturating_mul(facts.f_frsize))
}
