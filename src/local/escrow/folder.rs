//! The escrow's folder: one file a slot, each replaced as a whole. A crash leaves the old file or the new one, and at worst a
//! temporary one that the next write removes.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};
use zeroize::Zeroizing;

use super::error::EscrowError;
use crate::fault::point;
use crate::system::file::{Replacement, make_private_folder, private, sync_folder};

/// What a temporary file's name begins with.
const TEMPORARY: &str = ".new-";
/// The file that writers lock.
const LOCK: &str = "escrow.lock";
/// The most that a file of the escrow holds, in bytes.
const MAX_BYTES: u64 = 1024 * 1024;

#[derive(Clone, Debug)]
pub(super) struct Folder {
    path: PathBuf,
}

/// The right to write into the folder, of one process and thread at a time.
pub(super) struct Writing<'a> {
    folder: &'a Folder,
    _locked: File,
}

impl Folder {
    pub(super) fn open(path: PathBuf) -> Result<Self, EscrowError> {
        make_private_folder(&path).map_err(|source| EscrowError::File { path: path.clone(), source })?;
        Ok(Self { path })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// What the file `name` holds; none where there is none.
    pub(super) fn read(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, EscrowError> {
        self.read_as(name, false)
    }

    /// The same of a file that nobody else may be able to read.
    pub(super) fn read_private(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, EscrowError> {
        self.read_as(name, true)
    }

    fn read_as(&self, name: &str, only_mine: bool) -> Result<Option<Zeroizing<Vec<u8>>>, EscrowError> {
        let path = self.file(name);
        let failed = |source| EscrowError::File { path: path.clone(), source };
        let file = match private().read(true).open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        let facts = file.metadata().map_err(failed)?;
        if !facts.is_file() {
            return Err(failed(io::Error::other("it is not a regular file")));
        }
        if only_mine && (facts.mode() & 0o077 != 0 || facts.uid() != rustix::process::geteuid().as_raw()) {
            return Err(EscrowError::Exposed { path });
        }
        let mut bytes = Zeroizing::new(Vec::new());
        file.take(MAX_BYTES).read_to_end(&mut bytes).map_err(failed)?;
        Ok(Some(bytes))
    }

    /// The names of all files but temporary ones.
    pub(super) fn names(&self) -> Result<Vec<String>, EscrowError> {
        let mut names = self.all()?;
        names.retain(|name| !name.starts_with(TEMPORARY));
        names.sort();
        Ok(names)
    }

    fn all(&self) -> Result<Vec<String>, EscrowError> {
        let entries = std::fs::read_dir(&self.path).map_err(|error| self.failed(error))?;
        entries
            .map(|entry| entry.map(|entry| entry.file_name().to_string_lossy().into_owned()))
            .collect::<io::Result<_>>()
            .map_err(|error| self.failed(error))
    }

    /// Waits for the other writers, who take milliseconds, and clears away what a killed one left.
    pub(super) fn writing(&self) -> Result<Writing<'_>, EscrowError> {
        let path = self.file(LOCK);
        let failed = |source| EscrowError::File { path: path.clone(), source };
        let lock = private().append(true).create(true).open(&path).map_err(failed)?;
        flock(&lock, FlockOperation::LockExclusive).map_err(|error| failed(error.into()))?;
        for name in self.all()?.iter().filter(|name| name.starts_with(TEMPORARY)) {
            self.remove(name)?;
        }
        Ok(Writing { folder: self, _locked: lock })
    }

    fn remove(&self, name: &str) -> Result<(), EscrowError> {
        let path = self.file(name);
        match std::fs::remove_file(&path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => Err(EscrowError::File { path, source }),
            _ => Ok(()),
        }
    }

    fn failed(&self, source: io::Error) -> EscrowError {
        EscrowError::File { path: self.path.clone(), source }
    }
}

impl Writing<'_> {
    pub(super) fn folder(&self) -> &Folder {
        self.folder
    }

    /// Puts `bytes` into the file `name`, which holds either what it held or all of them at any moment.
    pub(super) fn replace(&self, name: &str, bytes: &[u8]) -> Result<(), EscrowError> {
        let path = self.folder.file(name);
        let failed = |source| EscrowError::File { path: path.clone(), source };
        let replacement = Replacement::write(&path, TEMPORARY, bytes).map_err(failed)?;
        point!("escrow.file.written");
        replacement.put().map_err(failed)?;
        point!("escrow.file.renamed");
        Ok(())
    }

    /// Removes these files. Overwriting them first would reach the same cells of the disk only by luck.
    pub(super) fn remove<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> Result<(), EscrowError> {
        for name in names {
            self.folder.remove(name)?;
            point!("escrow.file.removed");
        }
        sync_folder(&self.folder.path).map_err(|error| self.folder.failed(error))
    }
}
