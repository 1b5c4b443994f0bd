//! Files and folders of this user alone, and files that are replaced whole.

use std::fs::{DirBuilder, File, Metadata, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use rustix::process::{getegid, geteuid};
use tempfile::NamedTempFile;

/// Options to open a private file with: what is made is its owner's alone from the first moment; a link at the path's end
/// is not followed, a pipe not waited for, a terminal not taken. What was opened is what is to be checked and used.
pub fn private() -> OpenOptions {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY;
    let mut options = OpenOptions::new();
    options.mode(0o600).custom_flags(flags.bits().cast_signed());
    options
}

/// Opens a regular file to read it: nothing else is waited for, taken or read from. With `follow`, a link at the path's end
/// is followed.
///
/// # Errors
/// When it cannot be opened, or is no regular file.
pub fn open_regular(path: &Path, follow: bool) -> io::Result<File> {
    let mut flags = OFlags::NONBLOCK | OFlags::NOCTTY;
    flags.set(OFlags::NOFOLLOW, !follow);
    let file = OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path)?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(io::Error::other("not a regular file")) }
}

/// Whether the folder shows what the system makes up (`/proc`, `/sys`, terminals) and keeps no files.
pub fn is_made_up(folder: &Path) -> bool {
    // Source: statfs(2)
    const MADE_UP: [u64; 9] = [
        0x9fa0,      // proc
        0x6265_6572, // sysfs
        0x1cd1,      // devpts
        0x0027_e0eb, // cgroup
        0x6367_7270, // cgroup2
        0x6462_6720, // debugfs
        0x7472_6163, // tracefs
        0x7363_6673, // securityfs
        0xcafe_4a11, // bpf
    ];
    rustix::fs::statfs(folder).is_ok_and(|facts| u64::try_from(facts.f_type).is_ok_and(|kind| MADE_UP.contains(&kind)))
}

/// All of a small private file.
///
/// # Errors
/// When it cannot be read, is no regular file, or is longer than `most` bytes.
pub fn read_small(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let file = private().read(true).open(path)?;
    let facts = file.metadata()?;
    if !facts.is_file() || facts.len() > most {
        return Err(io::Error::other("not a small regular file"));
    }
    let mut bytes = Vec::new();
    file.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Who may write a file or folder beside its owner, in words; none when nobody, or only the group of this user's own.
pub fn writers(facts: &Metadata) -> Option<&'static str> {
    let mode = facts.mode();
    if mode & 0o002 != 0 {
        Some("anybody")
    } else if mode & 0o020 != 0 && facts.gid() != getegid().as_raw() {
        Some("another group than your own")
    } else {
        None
    }
}

/// Whether it is this user's, or root's.
pub fn is_trusted_owner(facts: &Metadata) -> bool {
    facts.uid() == geteuid().as_raw() || facts.uid() == 0
}

/// Makes the folder `dir`, or takes it away from everybody but its owner.
///
/// # Errors
/// When it cannot be made, or is another user's.
pub fn make_private_folder(dir: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    protect(dir, 0o700)
}

/// Takes the file or folder at `path`, if there is one, away from everybody but its owner.
///
/// # Errors
/// When that cannot be done.
pub fn protect(path: &Path, mode: u32) -> io::Result<()> {
    match std::fs::metadata(path) {
        Ok(found) if found.permissions().mode() & 0o077 != 0 => {
            std::fs::set_permissions(path, Permissions::from_mode(mode))
        }
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// The new content of a private file, on disk beside it. Dropped, it leaves nothing.
pub struct Replacement {
    file: NamedTempFile,
    path: PathBuf,
}

impl Replacement {
    /// Writes what is to become the content of `path`, down to the disk. What a kill leaves of it has a name that begins
    /// with `prefix`.
    ///
    /// # Errors
    /// When not all of it could be written; the file is as it was then.
    pub fn write(path: &Path, prefix: &str, bytes: &[u8]) -> io::Result<Self> {
        // mode 0600 is what it makes
        let mut file = tempfile::Builder::new().prefix(prefix).tempfile_in(folder(path))?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        Ok(Self { file, path: path.to_owned() })
    }

    /// The same of a file that is not private: with these permissions.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub fn write_with(path: &Path, prefix: &str, bytes: &[u8], permissions: Permissions) -> io::Result<Self> {
        let replacement = Self::write(path, prefix, bytes)?;
        replacement.file.as_file().set_permissions(permissions)?;
        Ok(replacement)
    }

    /// Takes the file's name: whoever reads it meanwhile, or after a power cut, finds all of the one or of the other.
    ///
    /// # Errors
    /// When it cannot take the name, or it is not known whether that outlasts a power cut.
    pub fn put(self) -> io::Result<()> {
        self.file.persist(&self.path).map_err(|error| error.error)?;
        sync_folder(folder(&self.path))
    }
}

/// Brings to the disk which files are in a folder.
///
/// # Errors
/// When that is not certain.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn a_private_file_is_made_so_and_neither_a_link_nor_a_pipe_stands_in_for_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        let made = private().write(true).create_new(true).open(&path).unwrap();
        assert_eq!(made.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        let link = dir.path().join("link");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        assert!(private().read(true).open(&link).is_err());
        let pipe = dir.path().join("pipe");
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
        // without a writer an ordinary open would wait for ever
        assert!(!private().read(true).open(&pipe).unwrap().metadata().unwrap().is_file());
    }

    #[test]
    fn a_file_is_replaced_whole_or_not_at_all() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        std::fs::write(&path, "old").unwrap();
        let mut reader = File::open(&path).unwrap();
        drop(Replacement::write(&path, ".new-", b"never").unwrap());
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "nothing is left of what was not put");
        Replacement::write(&path, ".new-", b"new").unwrap().put().unwrap();
        let mut seen = String::new();
        reader.read_to_string(&mut seen).unwrap();
        assert_eq!((seen.as_str(), std::fs::read_to_string(&path).unwrap().as_str()), ("old", "new"));
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
