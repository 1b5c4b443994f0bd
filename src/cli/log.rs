//! The log: a private file of bounded size. Never the terminal, never a secret, a typed character or a body.

use std::fs::{DirBuilder, File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::prelude::*;

use crate::domain::values::masked;
use crate::system::file::private;

/// The file's name; the one before it is kept beside it.
const NAME: &str = "keydeck.log";
const OLD_NAME: &str = "keydeck.log.1";
/// The most bytes in one file.
const MAX_BYTES: u64 = 5 * 1024 * 1024;
/// How much to tell: `off`, `error`, `warn`, `info`, `debug` or `trace`.
const LEVEL_VARIABLE: &str = "KEYDECK_LOG";

/// Begins to log into `directory`, which is made when absent.
///
/// Only keydeck's own events are written, whatever the level: the HTTP and database crates may tell headers and values.
///
/// # Errors
/// When the file cannot be opened; the program runs without a log then.
pub fn begin(directory: &Path) -> io::Result<()> {
    let file = RollingFile::open(directory, MAX_BYTES)?;
    let level = std::env::var(LEVEL_VARIABLE).ok().filter(|level| !level.is_empty());
    let parsed = level.as_deref().map(str::parse::<LevelFilter>);
    let writer = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(Mutex::new(file));
    let own = Targets::new().with_target("keydeck", parsed.clone().and_then(Result::ok).unwrap_or(LevelFilter::INFO));
    tracing_subscriber::registry().with(writer.with_filter(own)).try_init().map_err(io::Error::other)?;
    if matches!(parsed, Some(Err(_))) {
        tracing::warn!("{LEVEL_VARIABLE} is none of off, error, warn, info, debug, trace: info is used");
    }
    Ok(())
}

/// A file that is put aside when it is full, so that two of them are the most there ever is.
struct RollingFile {
    directory: PathBuf,
    file: File,
    bytes: u64,
    max: u64,
}

impl RollingFile {
    fn open(directory: &Path, max: u64) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
        let (file, bytes) = open(directory)?;
        let mut log = Self { directory: directory.to_owned(), file, bytes, max };
        if log.bytes > max {
            log.roll()?;
        }
        Ok(log)
    }

    fn roll(&mut self) -> io::Result<()> {
        std::fs::rename(self.directory.join(NAME), self.directory.join(OLD_NAME))?;
        (self.file, self.bytes) = open(&self.directory)?;
        Ok(())
    }
}

fn open(directory: &Path) -> io::Result<(File, u64)> {
    let file = private().append(true).create(true).open(directory.join(NAME))?;
    let facts = file.metadata()?;
    if !facts.is_file() {
        return Err(io::Error::other("not a regular file"));
    }
    if facts.permissions().mode() & 0o077 != 0 {
        file.set_permissions(Permissions::from_mode(0o600))?;
    }
    Ok((file, facts.len()))
}

impl Write for RollingFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes > 0 && self.bytes + bytes.len() as u64 > self.max {
            self.roll()?;
        }
        // an event comes whole
        let text = String::from_utf8_lossy(bytes);
        let clean = masked(&text);
        self.file.write_all(clean.as_bytes())?;
        self.bytes += clean.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::key_value::{KeyKind, mint};

    fn len(path: PathBuf) -> u64 {
        std::fs::metadata(path).map_or(0, |facts| facts.len())
    }

    #[test]
    fn no_value_is_written_in_any_dress() {
        let dir = tempfile::tempdir().unwrap();
        let mut log = RollingFile::open(dir.path(), 1000).unwrap();
        let value = mint(KeyKind::ApiKey, getrandom::fill).unwrap();
        let value = value.expose();
        let line = format!("GET /api-keys/x{value} of {} and {}\n", value.replace('_', "%5f"), &value[..20]);
        log.write_all(line.as_bytes()).unwrap();
        let written = std::fs::read_to_string(dir.path().join(NAME)).unwrap();
        assert!(!written.contains(&value[4..16]) && written.contains("GET /api-keys/xkdk_…"), "{written}");
    }

    #[test]
    fn the_log_is_private_and_two_files_at_most() {
        let dir = tempfile::tempdir().unwrap();
        let state = dir.path().join("deep/state");
        let mut log = RollingFile::open(&state, 100).unwrap();
        for _ in 0..50 {
            log.write_all(&[b'x'; 30]).unwrap();
        }
        assert_eq!((len(state.join(NAME)), len(state.join(OLD_NAME))), (60, 90));
        assert_eq!(std::fs::read_dir(&state).unwrap().count(), 2);
        assert_eq!(std::fs::metadata(state.join(NAME)).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::metadata(&state).unwrap().permissions().mode() & 0o777, 0o700);
    }

    #[test]
    fn a_log_that_was_full_already_is_put_aside_and_an_open_one_closed_to_others() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(NAME);
        std::fs::write(&path, [b'x'; 200]).unwrap();
        std::fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        RollingFile::open(dir.path(), 100).unwrap();
        assert_eq!((len(path.clone()), len(dir.path().join(OLD_NAME))), (0, 200));
        assert_eq!(std::fs::metadata(dir.path().join(OLD_NAME)).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_link_in_its_place_is_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        let victim = dir.path().join("victim");
        std::os::unix::fs::symlink(&victim, dir.path().join(NAME)).unwrap();
        assert!(RollingFile::open(dir.path(), 100).is_err());
        assert!(!victim.exists());
    }
}
