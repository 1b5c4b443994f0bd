//! A new file for a value, which only its owner can read. It is made before the value is needed, so that a key is never
//! made whose value cannot be kept.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::domain::secret::Secret;
use crate::system::file::private;

/// A file of mode 0600. Unless it is [kept](Self::keep), it is removed when dropped: also when not all of a value could be
/// written, since a part of it would look like all.
#[derive(Debug)]
pub struct SecretFile {
    file: File,
    path: PathBuf,
    kept: bool,
}

impl SecretFile {
    /// Makes the file at `path`.
    ///
    /// # Errors
    /// When there is a file already, which is never touched, or none can be made.
    pub fn create(path: &Path) -> io::Result<Self> {
        let file = private().write(true).create_new(true).open(path)?;
        Ok(Self { file, path: path.to_owned(), kept: false })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes the value and a line end, down to the disk.
    ///
    /// # Errors
    /// When not all of it could be written.
    pub fn write(&mut self, value: &Secret) -> io::Result<()> {
        self.file.write_all(value.expose().as_bytes())?;
        self.file.write_all(b"\n")?;
        self.file.sync_all()
    }

    /// Leaves the file there.
    pub fn keep(mut self) {
        self.kept = true;
    }
}

impl Drop for SecretFile {
    fn drop(&mut self) {
        if !self.kept {
            // where it cannot be removed, nobody is left to tell
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_a_whole_value_goes_and_another_ones_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ci.key");
        let value = Secret::new("a value".to_owned());
        std::fs::write(&path, "").unwrap();
        let mut unwritable = SecretFile { file: File::open(&path).unwrap(), path: path.clone(), kept: false };
        assert!(unwritable.write(&value).is_err());
        drop(unwritable);
        assert!(!path.exists());
        let mut file = SecretFile::create(&path).unwrap();
        file.write(&value).unwrap();
        file.keep();
        assert_eq!(SecretFile::create(&path).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "a value\n");
    }
}
