//! Files as places: read with care, and replaced whole, so that a crash leaves the one or the other and never half.
//!
//! The new content stands in a file beside the old one, with its owner and mode before anything is in it, and takes its
//! name at last. Its lock is what keeps two keydecks from changing one file at a time; one left by a crash is removed.

use std::ffi::OsString;
use std::fs::{File, Metadata, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{Access, AtFlags};
use zeroize::Zeroizing;

use super::error::SinkError;
use crate::domain::untrusted::is_hostile;
use crate::domain::values;
use crate::local::program::path_shown;
use crate::system::file::{private, sync_folder};

/// The largest file that is edited, in bytes.
const MAX_BYTES: u64 = 1024 * 1024;
/// How often a file that changes meanwhile is read again.
const TRIES: usize = 3;

/// What tells whether a file is still the one that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Stamp(u64, u64, u64, (i64, i64), (i64, i64));

impl Stamp {
    fn of(facts: &Metadata) -> Self {
        let (changed, moved) = ((facts.mtime(), facts.mtime_nsec()), (facts.ctime(), facts.ctime_nsec()));
        Self(facts.dev(), facts.ino(), facts.len(), changed, moved)
    }
}

/// A file as it was read.
pub struct Content {
    pub bytes: Zeroizing<Vec<u8>>,
    pub facts: Metadata,
}

/// A path, followed to where it leads.
#[derive(Debug)]
pub struct Target {
    path: PathBuf,
    folder: PathBuf,
}

impl Target {
    /// Where `path` leads. A link is followed as long as it stays in its folder.
    ///
    /// # Errors
    /// When the folder is not there, or a link leaves it.
    pub fn of(path: &str) -> Result<Self, SinkError> {
        let path = expanded(path)?;
        let shown = path_shown(&path);
        let folder = match path.parent() {
            Some(folder) if folder.as_os_str().is_empty() => Path::new("."),
            Some(folder) => folder,
            None => return Err(SinkError::new(format!("{shown} is a folder"), "name a file")),
        };
        let folder = folder
            .canonicalize()
            .map_err(|error| SinkError::io(&format!("cannot find the folder of {shown}"), &error))?;
        let name = path.file_name().ok_or_else(|| SinkError::new(format!("{shown} is a folder"), "name a file"))?;
        let path = folder.join(name);
        if !std::fs::symlink_metadata(&path).is_ok_and(|facts| facts.is_symlink()) {
            return Ok(Self { path, folder });
        }
        let leads = path.canonicalize().map_err(|error| {
            SinkError::io(&format!("{shown} is a link, and where it leads cannot be found"), &error)
        })?;
        if !leads.starts_with(&folder) {
            return Err(SinkError::new(
                format!("{shown} is a link that leaves its folder, to {}", path_shown(&leads)),
                "name the file itself, if that is the one you mean",
            ));
        }
        let folder = leads.parent().unwrap_or(&folder).to_owned();
        Ok(Self { path: leads, folder })
    }

    /// The same; none where its folder is not there.
    ///
    /// # Errors
    /// When a link leaves the folder, or it cannot be seen.
    pub fn if_there(path: &str) -> Result<Option<Self>, SinkError> {
        let folder = expanded(path)?.parent().map(Path::to_owned).unwrap_or_default();
        let gone = std::fs::metadata(&folder).is_err_and(|error| error.kind() == io::ErrorKind::NotFound);
        if gone && !folder.as_os_str().is_empty() { Ok(None) } else { Self::of(path).map(Some) }
    }

    /// The file itself.
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn shown(&self) -> String {
        path_shown(&self.path)
    }

    /// What is there now; none when there is no such file.
    ///
    /// # Errors
    /// When it cannot be read, is no regular file or too large.
    pub fn read(&self) -> Result<Option<Content>, SinkError> {
        let cannot = |error: &io::Error| SinkError::io(&format!("cannot read {}", self.shown()), error);
        let mut file = match private().read(true).open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(cannot(&error)),
        };
        let facts = file.metadata().map_err(|error| cannot(&error))?;
        if !facts.is_file() {
            return Err(SinkError::new(format!("{} is not a regular file", self.shown()), "name a file"));
        }
        let too_large = || {
            SinkError::new(
                format!("{} is larger than {} KiB", self.shown(), MAX_BYTES / 1024),
                "a file with settings is smaller: is it the one you mean?",
            )
        };
        if facts.len() > MAX_BYTES {
            return Err(too_large());
        }
        // the room is made first, so that no outgrown copy of a secret stays behind in memory
        let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(facts.len()).unwrap_or_default() + 1));
        (&mut file).take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(|error| cannot(&error))?;
        if bytes.len() as u64 > MAX_BYTES {
            return Err(too_large());
        }
        Ok(Some(Content { bytes, facts }))
    }

    /// Replaces what is there by what `edit` makes of it; nothing is written when that is the same.
    ///
    /// # Errors
    /// When it cannot be written, its owner not kept, or somebody else changes it again and again; and what `edit` says.
    pub fn replace(
        &self,
        mut edit: impl FnMut(Option<&[u8]>) -> Result<Zeroizing<Vec<u8>>, SinkError>,
    ) -> Result<(), SinkError> {
        for _ in 0..TRIES {
            let beside = Beside::make(self)?;
            let now = self.read()?;
            let wanted = edit(now.as_ref().map(|content| content.bytes.as_slice()))?;
            if now.as_ref().is_some_and(|content| content.bytes == wanted) {
                return Ok(());
            }
            if beside.put(self, now.as_ref(), &wanted)? {
                return Ok(());
            }
        }
        Err(SinkError::new(
            format!("{} is being changed by something else", self.shown()),
            "see what writes there, then try again",
        ))
    }

    /// Removes the file. One that is not there is as good.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub fn delete(&self) -> Result<(), SinkError> {
        match std::fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(SinkError::io(&format!("cannot remove {}", self.shown()), &error))
            }
            _ => sync_folder(&self.folder).map_err(|error| {
                SinkError::io(&format!("{} may not be removed for good", self.shown()), &error).maybe(true)
            }),
        }
    }

    /// Whether it could be replaced, without trying; with what a person should know of it.
    ///
    pub fn check(&self) -> Result<Vec<String>, SinkError> {
        let access = Access::WRITE_OK | Access::EXEC_OK;
        if let Err(error) = rustix::fs::accessat(rustix::fs::CWD, &self.folder, access, AtFlags::EACCESS) {
            let what = format!("cannot write in the folder {}", path_shown(&self.folder));
            return Err(SinkError::io(&what, &error.into()));
        }
        let Some(content) = self.read()? else { return Ok(Vec::new()) };
        let facts = &content.facts;
        if is_mounted(&self.path) {
            return Err(self.mounted());
        }
        self.can_keep_owner(facts)?;
        let mut notes = Vec::new();
        if facts.mode() & 0o044 != 0 {
            let mode = facts.mode() & 0o7777;
            notes.push(format!("others can read this file (mode {mode:o}): chmod 600 it, unless they must"));
        }
        if facts.nlink() > 1 {
            notes.push("this file has another name, under which it keeps the old value".to_owned());
        }
        Ok(notes)
    }

    fn can_keep_owner(&self, facts: &Metadata) -> Result<(), SinkError> {
        let me = rustix::process::geteuid();
        let mine = me.is_root() || facts.uid() == me.as_raw();
        let groups = rustix::process::getgroups().unwrap_or_default();
        let in_group = me.is_root()
            || facts.gid() == rustix::process::getegid().as_raw()
            || groups.iter().any(|group| group.as_raw() == facts.gid());
        if mine && in_group { Ok(()) } else { Err(self.not_mine()) }
    }

    fn mounted(&self) -> SinkError {
        SinkError::new(
            format!("{} is mounted by itself, as containers mount files, and cannot be replaced", self.shown()),
            "name the file where it was mounted from, or mount its folder instead",
        )
    }

    fn not_mine(&self) -> SinkError {
        SinkError::new(
            format!("{} belongs to another user or group, which could not be kept", self.shown()),
            "run keydeck as its owner, or use a command that may write it",
        )
    }
}

/// Whether something is mounted at the very path, so that nothing else can take its name. Not so where the system does not
/// tell.
#[cfg(target_os = "linux")]
fn is_mounted(path: &Path) -> bool {
    use rustix::fs::{CWD, StatxAttributes, StatxFlags, statx};
    statx(CWD, path, AtFlags::SYMLINK_NOFOLLOW, StatxFlags::empty())
        .is_ok_and(|facts| facts.stx_attributes.contains(StatxAttributes::MOUNT_ROOT))
}

#[cfg(not(target_os = "linux"))]
fn is_mounted(_path: &Path) -> bool {
    false
}

/// `path` with `~/` as the home directory.
fn expanded(path: &str) -> Result<PathBuf, SinkError> {
    match path.strip_prefix("~/") {
        None => Ok(PathBuf::from(path)),
        Some(rest) => match directories::BaseDirs::new() {
            Some(dirs) => Ok(dirs.home_dir().join(rest)),
            None => Err(SinkError::new("there is no home directory for ~", "write the whole path")),
        },
    }
}

/// `path` as it means the same wherever keydeck is started.
///
/// # Errors
/// When there is no home directory, or no current one.
pub fn absolute(path: &str) -> Result<String, SinkError> {
    let path = std::path::absolute(expanded(path)?)
        .map_err(|error| SinkError::io("cannot tell where the place is", &error))?;
    path.into_os_string()
        .into_string()
        .map_err(|_| SinkError::new("the place's path is not UTF-8", "name it by another path"))
}

/// The most names of a folder that are offered.
const MOST_NAMES: usize = 2000;

/// The names in a folder, in order, those of folders with a slash at the end; none where it cannot be read. What cannot be
/// typed is left out, and what looks like a key's value.
pub fn names_in(folder: &str) -> Vec<String> {
    let folder = if folder.is_empty() { "." } else { folder };
    let Ok(entries) = expanded(folder).map(std::fs::read_dir) else { return Vec::new() };
    let name = |entry: std::fs::DirEntry| {
        let mut name = entry.file_name().into_string().ok()?;
        let is_typed = !name.chars().any(|c| is_hostile(c) || matches!(c, ':' | ';' | ',' | '"' | '\''));
        if !is_typed || values::tells(&name) {
            return None;
        }
        if std::fs::metadata(entry.path()).is_ok_and(|facts| facts.is_dir()) {
            name.push('/');
        }
        Some(name)
    };
    let mut names: Vec<String> =
        entries.into_iter().flatten().take(MOST_NAMES).filter_map(|entry| name(entry.ok()?)).collect();
    names.sort();
    names
}

/// The file beside, locked. It is removed when this is dropped, unless it has taken the other's name.
struct Beside {
    file: File,
    path: PathBuf,
    done: bool,
}

impl Beside {
    fn make(target: &Target) -> Result<Self, SinkError> {
        let mut name = OsString::from(".");
        name.push(target.path.file_name().unwrap_or_default());
        name.push(".keydeck");
        let path = target.folder.join(name);
        let cannot = |error: &io::Error| SinkError::io(&format!("cannot write beside {}", target.shown()), error);
        let open = |new: bool| private().write(true).create_new(new).open(&path);
        for _ in 0..TRIES {
            match open(true) {
                Ok(file) => {
                    if is_free(&file) && is_at(&file, &path) {
                        return Ok(Self { file, path, done: false });
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    // one left by a crash is not locked
                    let Ok(left) = open(false) else { break };
                    if !is_free(&left) {
                        break;
                    }
                    if is_at(&left, &path) {
                        std::fs::remove_file(&path).map_err(|error| cannot(&error))?;
                    }
                }
                Err(error) => return Err(cannot(&error)),
            }
        }
        Err(SinkError::new(
            format!("another keydeck is writing {}", target.shown()),
            format!("wait for it; if there is none, remove {}", path_shown(&path)),
        ))
    }

    /// Takes the target's name with `wanted` in it; not so when the target is no longer as it was `read`.
    fn put(mut self, target: &Target, read: Option<&Content>, wanted: &[u8]) -> Result<bool, SinkError> {
        let cannot = |error: &io::Error| SinkError::io(&format!("cannot write {}", target.shown()), error);
        if let Some(Content { facts, .. }) = read {
            let made = self.file.metadata().map_err(|error| cannot(&error))?;
            if (facts.uid(), facts.gid()) != (made.uid(), made.gid()) {
                std::os::unix::fs::fchown(&self.file, Some(facts.uid()), Some(facts.gid()))
                    .map_err(|_| target.not_mine())?;
            }
            let same = std::fs::Permissions::from_mode(facts.mode() & 0o7777);
            self.file.set_permissions(same).map_err(|error| cannot(&error))?;
        }
        self.file.write_all(wanted).and_then(|()| self.file.sync_all()).map_err(|error| cannot(&error))?;
        let now = match std::fs::symlink_metadata(&target.path) {
            Ok(facts) => Some(Stamp::of(&facts)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(cannot(&error)),
        };
        if now != read.map(|content| Stamp::of(&content.facts)) {
            return Ok(false);
        }
        std::fs::rename(&self.path, &target.path).map_err(|error| match error.kind() {
            io::ErrorKind::ResourceBusy => target.mounted(),
            _ => cannot(&error),
        })?;
        self.done = true;
        sync_folder(&target.folder).map_err(|error| cannot(&error).maybe(true))?;
        Ok(true)
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        if !self.done {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// Whether nobody else has the file's lock, which is ours then; a file system without locks has nobody.
fn is_free(file: &File) -> bool {
    !matches!(file.try_lock(), Err(TryLockError::WouldBlock))
}

/// Whether the file is the one that has this name.
fn is_at(file: &File, path: &Path) -> bool {
    match (file.metadata(), std::fs::symlink_metadata(path)) {
        (Ok(file), Ok(named)) => (file.dev(), file.ino()) == (named.dev(), named.ino()),
        _ => false,
    }
}
