//! The demo's temporary directory: locked while its demo lives, so that the next demo can tell what a killed one left
//! behind from what a living one uses.

use std::fs::{DirEntry, File};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, OFlags, flock};

use crate::local::journal::Journal;

/// How the directories are told from others' files.
const PREFIX: &str = "keydeck-demo-";
/// How often another demo's sweep may take the new directory before it is locked.
const TRIES: usize = 20;

/// A private directory that is removed when dropped, unless it is kept.
#[derive(Debug)]
pub struct DemoDir {
    path: PathBuf,
    kept: bool,
    _lock: File,
}

impl Drop for DemoDir {
    /// Removes it before the lock is let go. One that cannot be removed is left to the next sweep.
    fn drop(&mut self) {
        if !self.kept
            && let Err(error) = std::fs::remove_dir_all(&self.path)
        {
            tracing::warn!("cannot remove a demo's directory: {}", error.kind());
        }
    }
}

impl DemoDir {
    /// Makes a directory in `parent`.
    ///
    /// # Errors
    /// When no directory can be made or locked.
    pub fn new_in(parent: &Path) -> io::Result<Self> {
        for _ in 0..TRIES {
            let private = std::fs::Permissions::from_mode(0o700);
            let dir = tempfile::Builder::new().prefix(PREFIX).permissions(private).tempdir_in(parent)?;
            // a sweep may come between making and locking: what it removed is made again
            if let Some(lock) = lock(dir.path())? {
                return Ok(Self { path: dir.keep(), kept: false, _lock: lock });
            }
        }
        Err(io::ErrorKind::ResourceBusy.into())
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Lets it stay when dropped.
    pub fn keep(&mut self) {
        self.kept = true;
    }

    /// Has it removed when dropped, after all.
    pub fn discard(&mut self) {
        self.kept = false;
    }
}

/// Locks the directory until the file is closed, which the system does for a killed process too. None when somebody
/// else holds it, or it was removed meanwhile.
fn lock(path: &Path) -> io::Result<Option<File>> {
    let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW;
    let opened = std::fs::OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path);
    let file = match opened {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened?,
    };
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Err(rustix::io::Errno::WOULDBLOCK) => return Ok(None),
        locked => locked?,
    }
    let held = file.metadata()?;
    let there = std::fs::symlink_metadata(path);
    Ok(there.is_ok_and(|there| (there.dev(), there.ino()) == (held.dev(), held.ino())).then_some(file))
}

/// This user's demo directories in `parent` that nobody holds; those with nothing to go on with are removed. The others are
/// held and stay when dropped, unless they are [discarded](DemoDir::discard).
pub fn sweep(parent: &Path) -> Vec<DemoDir> {
    let Ok(entries) = std::fs::read_dir(parent) else { return Vec::new() };
    let mut left = Vec::new();
    for entry in entries.flatten().filter(is_ours) {
        let path = entry.path();
        match lock(&path) {
            Ok(Some(lock)) => {
                let kept = Journal::is_there(&path);
                let dir = DemoDir { path, kept, _lock: lock };
                if kept {
                    left.push(dir);
                } else {
                    drop(dir);
                    tracing::info!("removed what an earlier demo left");
                }
            }
            Ok(None) => {}
            Err(error) => tracing::warn!("cannot look at what an earlier demo left: {}", error.kind()),
        }
    }
    left
}

fn is_ours(entry: &DirEntry) -> bool {
    entry.file_name().to_string_lossy().starts_with(PREFIX)
        && entry.metadata().is_ok_and(|facts| facts.is_dir() && facts.uid() == rustix::process::geteuid().as_raw())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(parent: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            std::fs::read_dir(parent).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn what_a_killed_demo_left_is_removed_and_a_living_one_kept() {
        let parent = tempfile::tempdir().unwrap();
        let living = DemoDir::new_in(parent.path()).unwrap();
        let left = parent.path().join(format!("{PREFIX}left"));
        std::fs::create_dir(&left).unwrap();
        std::fs::write(left.join("keydeck.db"), "x").unwrap();
        std::fs::create_dir(parent.path().join("other")).unwrap();
        std::fs::write(parent.path().join(format!("{PREFIX}file")), "x").unwrap();
        assert!(sweep(parent.path()).is_empty());
        let next = DemoDir::new_in(parent.path()).unwrap();
        assert!(!left.exists());
        assert!(living.path().exists() && next.path().exists());
        drop((living, next));
        assert_eq!(names(parent.path()), [format!("{PREFIX}file"), "other".to_owned()]);
    }

    #[test]
    fn many_demos_at_once_do_not_take_each_others_directories() {
        let parent = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            let running: Vec<_> = (0..8)
                .map(|_| {
                    scope.spawn(|| {
                        for _ in 0..50 {
                            sweep(parent.path());
                            let demo = DemoDir::new_in(parent.path()).unwrap();
                            std::fs::write(demo.path().join("keydeck.db"), "x").unwrap();
                            assert!(demo.path().join("keydeck.db").exists());
                        }
                    })
                })
                .collect();
            for thread in running {
                thread.join().unwrap();
            }
        });
        assert_eq!(names(parent.path()).len(), 0);
    }
}
