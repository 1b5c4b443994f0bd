//! A record: a file of events, each on disk before what it announces is done. Its first line says what it is and in which
//! form; then comes a line an event, only ever appended to and brought to the disk each time. A line that a kill or a full disk
//! cut short is none: what it announced was not begun.

mod lines;

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use ulid::Ulid;

pub use lines::Damage;
pub(super) use lines::{Kind, line};

use super::journal::lock::Lock;
use crate::domain::time::Time;
use crate::sqlite::on_thread;
use crate::system::file::{private, read_small, sync_folder};

/// The most that is read of one file, in bytes.
const MOST: u64 = 256 << 20;

/// A record that this process holds open and locked, until it is dropped.
#[derive(Debug)]
pub(super) struct RecordFile {
    path: PathBuf,
    /// None only while a line is being written.
    file: Option<File>,
    /// How long the file is, up to the last whole line.
    length: u64,
    _lock: Lock,
}

/// Why nothing was written.
#[derive(Debug)]
pub(super) enum NotWritten {
    File {
        path: PathBuf,
        source: io::Error,
    },
    /// The program ends.
    Ending,
}

impl RecordFile {
    /// A new one with these first lines, which nobody else can have begun.
    pub(super) fn create(path: PathBuf, text: &str, lock: Lock) -> io::Result<Self> {
        let mut file = private().append(true).create_new(true).open(&path)?;
        sync_folder(path.parent().unwrap_or(Path::new(".")))?;
        write(&mut file, text.as_bytes(), 0)?;
        Ok(Self { path, file: Some(file), length: text.len() as u64, _lock: lock })
    }

    /// One that is there, whose first `length` bytes are whole lines. What was cut short of a line goes, so that the next one
    /// begins as a line does.
    pub(super) fn reopen(path: PathBuf, length: u64, lock: Lock) -> io::Result<Self> {
        let file = private().append(true).open(&path)?;
        file.set_len(length)?;
        Ok(Self { path, file: Some(file), length, _lock: lock })
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Puts whole lines on disk. What they announce must not be done when they could not be written.
    pub(super) async fn append(&mut self, text: String) -> Result<(), NotWritten> {
        let (mut file, length) = (self.file.take(), self.length);
        let written = on_thread(move || {
            let done = match &mut file {
                Some(file) => write(file, text.as_bytes(), length),
                None => Err(io::Error::other("it is closed")),
            };
            (file, done.map(|()| text.len() as u64))
        });
        let (file, done) = written.await.ok_or(NotWritten::Ending)?;
        self.file = file;
        self.length += done.map_err(|source| NotWritten::File { path: self.path.clone(), source })?;
        Ok(())
    }
}

/// Appends whole lines, down to the disk; on failure the file is as long as it was.
fn write(file: &mut File, text: &[u8], length: u64) -> io::Result<()> {
    let written = file.write_all(text).and_then(|()| file.sync_data());
    if written.is_err() {
        // a part of a line is no line to whoever reads it, should this fail too
        let _ = file.set_len(length);
    }
    written
}

/// All of a record, within bounds; none where there is none.
pub(super) fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match read_small(path, MOST) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The names of the files in a folder that are text; none where there is no folder.
pub(super) fn names(dir: &Path) -> io::Result<Vec<String>> {
    let entries = match std::fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut names = Vec::new();
    for entry in entries {
        names.extend(entry?.file_name().into_string().ok());
    }
    Ok(names)
}

/// Whether a part of a file's name can be an id of [`new_id`]'s.
pub(super) fn is_id(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// An id that no other record has; ids sort by when they were made.
///
/// # Errors
/// When the system gives no random bytes.
pub(super) fn new_id(now: Time) -> Result<String, getrandom::Error> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)?;
    let millis = u64::try_from(now.timestamp_millis()).unwrap_or_default();
    Ok(Ulid::from_parts(millis, u128::from_be_bytes(bytes)).to_string())
}
