//! The log: private files of bounded size, of which the server's requests have one of their own, so that however many come,
//! what went wrong is still there. Never a secret, a typed character or a body; and never the terminal, but where a server
//! says there what went wrong.

use std::fs::{DirBuilder, File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::prelude::*;
use tracing_subscriber::{Layer, Registry};

use super::output::Output;
use crate::domain::values::masked;
use crate::system::file::private;

/// The file's name; the one before it is kept beside it, with `.1` after its name.
const NAME: &str = "keydeck.log";
/// The same of the server's requests.
const REQUESTS_NAME: &str = "requests.log";
/// What a server's requests are told under.
const REQUESTS: &str = "keydeck::requests";
/// What is said on standard error already, by whoever tells it.
pub const SAID: &str = "keydeck::said";
/// The most bytes in one file.
const MAX_BYTES: u64 = 5 * 1024 * 1024;
/// How much to tell: `off`, `error`, `warn`, `info`, `debug` or `trace`.
const LEVEL_VARIABLE: &str = "KEYDECK_LOG";

/// Begins to log into `directory`, which is made when absent. With `aloud`, what went wrong is also told on standard error.
///
/// Only keydeck's own events are written, whatever the level: the HTTP and database crates may tell headers and values.
///
/// # Errors
/// When the file cannot be opened; the program runs without it then.
pub fn begin(directory: &Path, aloud: bool) -> io::Result<()> {
    let file = RollingFile::open(directory, NAME, MAX_BYTES);
    let level = std::env::var(LEVEL_VARIABLE).ok().filter(|level| !level.is_empty());
    let parsed = level.as_deref().map(str::parse::<LevelFilter>);
    let level = parsed.clone().and_then(Result::ok).unwrap_or(LevelFilter::INFO);
    let mut layers: Vec<Box<dyn Layer<Registry> + Send + Sync>> = Vec::new();
    let failed = match file {
        Ok(file) => {
            let all = Targets::new().with_target("keydeck", level).with_target(REQUESTS, LevelFilter::OFF);
            layers.push(plain(Mutex::new(file)).with_filter(all).boxed());
            let requests = Later { directory: directory.to_owned(), file: None };
            let only = Targets::new().with_target(REQUESTS, level);
            layers.push(plain(Mutex::new(requests)).with_filter(only).boxed());
            None
        }
        Err(error) => Some(error),
    };
    if aloud {
        let wrong = Targets::new().with_target("keydeck", LevelFilter::WARN).with_target(SAID, LevelFilter::OFF);
        layers.push(plain(|| Aloud).with_filter(wrong).boxed());
    }
    tracing_subscriber::registry().with(layers).try_init().map_err(io::Error::other)?;
    if matches!(parsed, Some(Err(_))) {
        tracing::warn!("{LEVEL_VARIABLE} is none of off, error, warn, info, debug, trace: info is used");
    }
    failed.map_or(Ok(()), Err)
}

/// Events as lines without colours.
fn plain<W: for<'w> MakeWriter<'w> + Send + Sync + 'static>(writer: W) -> impl Layer<Registry> + Send + Sync {
    tracing_subscriber::fmt::layer().with_ansi(false).with_writer(writer)
}

/// Standard error, for what went wrong.
struct Aloud;

impl Write for Aloud {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // an event comes whole
        Output::say_beside(&masked(String::from_utf8_lossy(bytes).trim_end()));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The file of requests, which only a server makes, when the first comes.
struct Later {
    directory: PathBuf,
    file: Option<RollingFile>,
}

impl Write for Later {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let file = match self.file.take() {
            Some(file) => file,
            None => RollingFile::open(&self.directory, REQUESTS_NAME, MAX_BYTES)?,
        };
        self.file.insert(file).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), Write::flush)
    }
}

/// A file that is put aside when it is full, so that two of them are the most there ever is.
struct RollingFile {
    path: PathBuf,
    file: File,
    bytes: u64,
    max: u64,
}

impl RollingFile {
    fn open(directory: &Path, name: &str, max: u64) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
        let path = directory.join(name);
        let (file, bytes) = open(&path)?;
        let mut log = Self { path, file, bytes, max };
        if log.bytes > max {
            log.roll()?;
        }
        Ok(log)
    }

    fn roll(&mut self) -> io::Result<()> {
        let mut before = self.path.clone().into_os_string();
        before.push(".1");
        std::fs::rename(&self.path, before)?;
        (self.file, self.bytes) = open(&self.path)?;
        Ok(())
    }
}

fn open(path: &Path) -> io::Result<(File, u64)> {
    let file = private().append(true).create(true).open(path)?;
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

    const OLD_NAME: &str = "keydeck.log.1";

    fn len(path: PathBuf) -> u64 {
        std::fs::metadata(path).map_or(0, |facts| facts.len())
    }

    #[test]
    fn no_value_is_written_in_any_dress() {
        let dir = tempfile::tempdir().unwrap();
        let mut log = RollingFile::open(dir.path(), NAME, 1000).unwrap();
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
        let mut log = RollingFile::open(&state, NAME, 100).unwrap();
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
        RollingFile::open(dir.path(), NAME, 100).unwrap();
        assert_eq!((len(path.clone()), len(dir.path().join(OLD_NAME))), (0, 200));
        assert_eq!(std::fs::metadata(dir.path().join(OLD_NAME)).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_link_in_its_place_is_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        let victim = dir.path().join("victim");
        std::os::unix::fs::symlink(&victim, dir.path().join(NAME)).unwrap();
        assert!(RollingFile::open(dir.path(), NAME, 100).is_err());
        assert!(!victim.exists());
    }
}
