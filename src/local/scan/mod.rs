//! Looking for keys in files, in a text that is piped in, and in the history of a git repository.

mod files;
mod history;
mod read;

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::domain::scan::{FileName, Haul, Unreadable};

/// The most files that are named of those that were not looked through; the rest are counted.
const NAMED: usize = 10_000;

/// What was not looked through, and what is to be said of it.
#[derive(Debug, Default)]
pub struct Told {
    /// Files that hold no text.
    pub skipped: Vec<(FileName, Unreadable)>,
    /// Files and folders that could not be read, with the reason.
    pub unread: Vec<(FileName, String)>,
    /// How many there are of both beyond those named.
    pub more: u64,
    /// What else is to be said, such as where a history ends.
    pub notes: Vec<String>,
    /// Objects that a history names and a partial clone does not have.
    pub missing: u64,
}

/// A search, shared by those who do it, who watch it and who stop it.
#[derive(Debug)]
pub struct Scan {
    haul: Mutex<Haul>,
    told: Mutex<Told>,
    files: AtomicU64,
    bytes: AtomicU64,
    commits: AtomicU64,
    stop: AtomicBool,
}

/// How far a search is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Files, or contents of files in a history, that were looked through.
    pub files: u64,
    /// Bytes that were read.
    pub bytes: u64,
    pub commits: u64,
    /// Values that were found.
    pub values: usize,
}

impl Scan {
    /// One that found nothing yet; with `keep_values` the values stay in memory, to be asked with.
    pub fn new(keep_values: bool) -> Self {
        Self {
            haul: Mutex::new(Haul::new(keep_values)),
            told: Mutex::default(),
            files: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            commits: AtomicU64::new(0),
            stop: AtomicBool::new(false),
        }
    }

    /// Looks through files and all that is below folders; takes as long as that takes. What git ignores is left out unless
    /// `ignored_too`; what is named itself is not.
    pub fn files(&self, paths: &[impl AsRef<Path>], ignored_too: bool) {
        files::look(self, paths, ignored_too);
    }

    /// Looks through standard input to its end.
    pub fn input(&self) {
        let name = Arc::new(FileName::new(*b"-"));
        read::Reader::default().file(self, &name, &mut std::io::stdin().lock(), None);
    }

    /// Looks through all that the refs of the repository at `folder` lead to, each content once.
    pub fn history(&self, folder: &Path) {
        history::look(self, folder);
    }

    /// Ends the search soon.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Whether it was asked to end.
    pub fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    pub fn progress(&self) -> Progress {
        Progress {
            files: self.files.load(Ordering::Relaxed),
            bytes: self.bytes.load(Ordering::Relaxed),
            commits: self.commits.load(Ordering::Relaxed),
            values: self.haul().len(),
        }
    }

    /// Takes what was found and told so far.
    pub fn take(&self) -> (Haul, Told) {
        (std::mem::take(&mut *self.haul()), std::mem::take(&mut *self.told()))
    }

    fn haul(&self) -> MutexGuard<'_, Haul> {
        self.haul.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn skipped(&self, name: &FileName, why: Unreadable) {
        let mut told = self.told();
        if told.skipped.len() < NAMED {
            told.skipped.push((name.clone(), why));
        } else {
            told.more += 1;
        }
    }

    fn unread(&self, name: FileName, why: impl Into<String>) {
        let mut told = self.told();
        if told.unread.len() < NAMED {
            told.unread.push((name, why.into()));
        } else {
            told.more += 1;
        }
    }

    fn note(&self, words: impl Into<String>) {
        self.told().notes.push(words.into());
    }
}

#[cfg(test)]
mod tests;
