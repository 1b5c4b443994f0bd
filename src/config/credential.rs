//! Where a profile's key comes from. It is fetched when it is needed and never kept on disk by keydeck.

use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use tokio::process::Command;
use zeroize::Zeroizing;

use super::error::{ConfigError, shown, shown_path};
use super::guarded;
use super::reading::reason;
use crate::domain::secret::Secret;
use crate::domain::values::{masked, tells};
use crate::system::program::{self, Failed, Ran};

/// How long a program may take to print the key; it may have to ask a person.
const COMMAND_LIMIT: Duration = Duration::from_secs(10);
/// The most that is read from a file or a program.
const MAX_BYTES: usize = 64 * 1024;
/// The most of a program's complaint that is repeated.
const MAX_COMPLAINT: usize = 200;

/// Where a key comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credential {
    Env(String),
    /// A file that only its owner can read.
    File(PathBuf),
    /// The first line a program prints; started directly, no shell in between.
    Command(Vec<String>),
}

/// Where a profile's key comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeySource {
    /// From where the configuration says.
    From(Credential),
    /// `{ keyring = true }`: what `keydeck login` keeps on this machine.
    Kept,
    /// Nothing is said: what `keydeck login` keeps, else what a person types at the start.
    Asked,
}

impl KeySource {
    /// What a source is called in lists; a program goes by its name alone, since its arguments may tell anything.
    pub fn words(&self) -> String {
        match self {
            Self::From(Credential::Env(name)) => format!("variable {}", shown(name)),
            Self::From(Credential::File(path)) => format!("file {}", shown_path(path)),
            Self::From(Credential::Command(command)) => {
                format!("command {}", command.first().map(|program| shown(program)).unwrap_or_default())
            }
            Self::Kept => "keydeck login".to_owned(),
            Self::Asked => "keydeck login, else asked for".to_owned(),
        }
    }

    /// The source that the configuration names, where it names one.
    pub fn named(&self) -> Option<&Credential> {
        match self {
            Self::From(credential) => Some(credential),
            Self::Kept | Self::Asked => None,
        }
    }

    /// Checks the form; `config` is the configuration file, which relative paths are beside.
    pub(super) fn from_raw(raw: Option<RawCredential>, config: &Path) -> Result<Self, (&'static str, &'static str)> {
        match raw {
            None => Ok(Self::Asked),
            Some(RawCredential { env: None, file: None, command: None, keyring: Some(true) }) => Ok(Self::Kept),
            Some(RawCredential { keyring: Some(true), .. }) => Err(("names more than one source", KEY_FORMS)),
            Some(RawCredential { env: None, file: None, command: None, .. }) => Err(("names no source", KEY_FORMS)),
            Some(raw) => Credential::from_raw(RawCredential { keyring: None, ..raw }, config).map(Self::From),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCredential {
    env: Option<String>,
    file: Option<PathBuf>,
    command: Option<Vec<String>>,
    keyring: Option<bool>,
}

const FORMS: &str = "write { env = \"NAME\" }, { file = \"PATH\" } or { command = [\"PROGRAM\", \"ARGUMENT\"] }";
const KEY_FORMS: &str = "write { keyring = true } and run keydeck login; or { env = \"NAME\" }, { file = \"PATH\" } or \
                         { command = [\"PROGRAM\", \"ARGUMENT\"] }";

impl Credential {
    /// Checks the form; `config` is the configuration file, which relative paths are beside.
    pub(super) fn from_raw(raw: RawCredential, config: &Path) -> Result<Self, (&'static str, &'static str)> {
        if raw.keyring.is_some() {
            return Err(("is no key of a profile's: only these are kept by keydeck login", FORMS));
        }
        match (raw.env, raw.file, raw.command) {
            (Some(name), None, None) if tells(&name) => Err((
                "holds a key's value, not a variable's name",
                "revoke that key: it stands in a file; then name a variable",
            )),
            (Some(name), None, None) if name.is_empty() || name.contains(['=', '\0']) => {
                Err(("names no variable", "write { env = \"NAME\" }"))
            }
            (Some(name), None, None) => Ok(Self::Env(name)),
            (None, Some(path), None) => Ok(Self::File(resolve(&path, config))),
            (None, None, Some(command)) if command.first().is_none_or(String::is_empty) => {
                Err(("names no program", "write { command = [\"PROGRAM\", \"ARGUMENT\"] }"))
            }
            (None, None, Some(command)) => Ok(Self::Command(command)),
            (None, None, None) => Err(("names no source", FORMS)),
            _ => Err(("names more than one source", FORMS)),
        }
    }

    /// The variable that holds the secret, where one does.
    pub(super) fn variable(&self) -> Option<&str> {
        match self {
            Self::Env(name) => Some(name),
            Self::File(_) | Self::Command(_) => None,
        }
    }

    /// Fetches the key.
    ///
    /// # Errors
    /// When it is not there, not safe where it is, or has not the form of a key.
    pub async fn fetch(&self) -> Result<Secret, ConfigError> {
        let (text, source) = self.read().await?;
        key(&text, &source)
    }

    /// Fetches a passphrase: any line that is not empty.
    ///
    /// # Errors
    /// When it is not there, or not safe where it is.
    pub async fn passphrase(&self) -> Result<Secret, ConfigError> {
        let (text, source) = self.read().await?;
        let line = text.lines().next().unwrap_or_default();
        if line.is_empty() {
            return Err(ConfigError::new(format!("{source} is empty"), "put the passphrase there"));
        }
        Ok(Secret::new(line.to_owned()))
    }

    /// The text that is there, and where that is, in words.
    async fn read(&self) -> Result<(Zeroizing<String>, String), ConfigError> {
        match self {
            Self::Env(name) => {
                let source = format!("the environment variable {}", shown(name));
                let value = Zeroizing::new(std::env::var(name).map_err(|error| {
                    let what = match error {
                        std::env::VarError::NotPresent => format!("{source} is not set"),
                        std::env::VarError::NotUnicode(_) => format!("{source} is not text"),
                    };
                    ConfigError::new(what, "set it, for example from a password manager")
                })?);
                Ok((value, source))
            }
            Self::File(path) => from_file(path),
            Self::Command(command) => from_command(command, COMMAND_LIMIT).await,
        }
    }
}

/// `path` with `~/` as the home directory, else beside the configuration file.
pub(super) fn resolve(path: &Path, config: &Path) -> PathBuf {
    if let Ok(rest) = path.strip_prefix("~")
        && let Some(dirs) = directories::BaseDirs::new()
    {
        return dirs.home_dir().join(rest);
    }
    config.parent().unwrap_or(Path::new("")).join(path)
}

/// The key that `text` is, without the line's end: one that can go into a header. `source` says where it is from, for the
/// error, which never shows it.
///
/// # Errors
/// When it is empty, or no key.
pub fn key(text: &str, source: &str) -> Result<Secret, ConfigError> {
    let text = text.strip_suffix('\n').unwrap_or(text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    if text.is_empty() {
        return Err(ConfigError::new(format!("{source} is empty"), "put the key there"));
    }
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(ConfigError::new(
            format!("{source} does not hold a key"),
            "it must be the key alone: one line without spaces or other signs",
        ));
    }
    Ok(Secret::new(text.to_owned()))
}

fn from_file(path: &Path) -> Result<(Zeroizing<String>, String), ConfigError> {
    let name = shown_path(path);
    let source = format!("the credential file {name}");
    let refuse = |what: String, hint: String| Err(ConfigError::new(what, hint));
    let (facts, file) = match guarded::open(path) {
        Ok(opened) => opened,
        Err(error) => {
            return refuse(
                format!("cannot read {source}: {}", reason(&error)),
                "write the key there with mode 0600, or name another file".to_owned(),
            );
        }
    };
    // a pipe that this process was started with can have been opened by nobody else
    let is_pipe = facts.file_type().is_fifo() && guarded::is_descriptor(path);
    if !facts.is_file() && !is_pipe {
        return refuse(
            format!("{source} is not a regular file"),
            "name the file that holds the key, or /dev/fd/N for a pipe that keydeck is started with".to_owned(),
        );
    }
    if !guarded::is_trusted_owner(&facts) {
        return refuse(
            format!("{source} belongs to another user"),
            format!("run: chown \"$USER\" {}; or let root own it, readable by a group of yours alone", quoted(&name)),
        );
    }
    let mode = facts.mode() & 0o7777;
    // what root owns and a group may read was made so for this: by systemd, by Kubernetes, by who runs the machine
    let of_root = facts.uid() == 0 && rustix::process::geteuid().as_raw() != 0;
    if !is_pipe && mode & if of_root { 0o037 } else { 0o077 } != 0 {
        let hint = if of_root {
            format!(
                "as root: chgrp YOUR-GROUP {0} && chmod 440 {0}; in Kubernetes set defaultMode: 0440 and fsGroup",
                quoted(&name)
            )
        } else {
            format!("run: chmod 600 {}", quoted(&name))
        };
        return refuse(format!("{source} can be read or changed by others (mode {mode:04o})"), hint);
    }
    let unreadable =
        |what: &str| refuse(format!("cannot read {source}: {what}"), "it must hold the key alone, as text".to_owned());
    match guarded::read(file, MAX_BYTES, COMMAND_LIMIT) {
        Ok(text) => match std::str::from_utf8(&text) {
            Ok(text) => Ok((Zeroizing::new(text.to_owned()), source)),
            Err(_) => unreadable("it is not text"),
        },
        Err(error) => unreadable(&reason(&error)),
    }
}

/// A path as it can be pasted into a shell.
fn quoted(path: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+@".contains(c);
    if path.chars().all(plain) { path.to_owned() } else { format!("'{}'", path.replace('\'', "'\\''")) }
}

/// The first line that the program prints.
async fn from_command(command: &[String], limit: Duration) -> Result<(Zeroizing<String>, String), ConfigError> {
    let [program, arguments @ ..] = command else {
        return Err(ConfigError::new("the credential command names no program", FORMS));
    };
    let source = format!("the credential command {}", shown(program));
    let hint = "run it yourself and see what it says; it must print the key on its first line";
    let ran = program::run(Command::new(program).args(arguments), None, limit).await;
    let Ran { status, out, err: complaint } = match ran {
        Ok(ran) => ran,
        Err(Failed::Start(error)) => {
            return Err(ConfigError::new(
                format!("cannot start {source}: {}", reason(&error)),
                "check that it is installed and on the PATH",
            ));
        }
        Err(Failed::TimedOut(..)) => {
            return Err(ConfigError::new(
                format!("{source} did not finish within {} s", limit.as_secs()),
                "it may be waiting for a password: unlock it first",
            ));
        }
    };
    if !status.success() {
        let how =
            status.code().map_or_else(|| "was killed by a signal".to_owned(), |code| format!("ended with {code}"));
        let said = repeatable(complaint.beginning());
        let said = if said.is_empty() { said } else { format!(" and said: {said}") };
        return Err(ConfigError::new(format!("{source} {how}{said}"), hint));
    }
    let first = out.beginning().split(|byte| *byte == b'\n').next().unwrap_or_default();
    match std::str::from_utf8(first) {
        Ok(line) => Ok((Zeroizing::new(line.to_owned()), format!("the first line of {source}"))),
        Err(_) => Err(ConfigError::new(format!("{source} printed something that is not text"), hint)),
    }
}

/// The first line of a program's complaint, short, with every hostile character visible and every word that looks like a
/// key masked.
fn repeatable(complaint: &[u8]) -> String {
    let text = Zeroizing::new(String::from_utf8_lossy(complaint).into_owned());
    let line = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let words: Vec<String> = masked(line).split_whitespace().map(shown).collect();
    words.join(" ").chars().take(MAX_COMPLAINT).collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    const VALUE: &str = "not-a-real-key-0123456789";

    fn file(mode: u32, text: &str) -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        (dir, path)
    }

    fn sh(script: &str) -> Vec<String> {
        ["sh", "-c", script].map(str::to_owned).to_vec()
    }

    async fn run(script: &str) -> Result<Secret, ConfigError> {
        Credential::Command(sh(script)).fetch().await
    }

    async fn held(path: &Path) -> Result<Secret, ConfigError> {
        Credential::File(path.to_owned()).fetch().await
    }

    #[tokio::test]
    async fn a_passphrase_may_be_any_line() {
        let (_dir, path) = file(0o600, "four words, one größe\r\nmore\n");
        let passphrase = Credential::File(path).passphrase().await.unwrap();
        assert_eq!(passphrase.expose(), "four words, one größe");
        let (_dir, path) = file(0o600, "\n");
        assert!(Credential::File(path).passphrase().await.unwrap_err().to_string().contains("is empty"));
    }

    #[tokio::test]
    async fn a_private_file_is_read_without_its_line_end() {
        for mode in [0o600, 0o400] {
            for text in [VALUE.to_owned(), format!("{VALUE}\n"), format!("{VALUE}\r\n")] {
                let (_dir, path) = file(mode, &text);
                assert_eq!(held(&path).await.unwrap().expose(), VALUE);
            }
        }
    }

    #[test]
    fn a_file_that_others_can_reach_is_refused_with_the_command_to_run() {
        for mode in [0o640, 0o604, 0o620, 0o666, 0o644] {
            let (_dir, path) = file(mode, VALUE);
            let error = from_file(&path).unwrap_err();
            assert!(error.to_string().contains(&format!("mode {mode:04o}")), "{error}");
            assert_eq!(error.hint(), format!("run: chmod 600 {}", path.display()));
        }
    }

    #[tokio::test]
    async fn links_and_pipes_that_keydeck_was_started_with_are_read() {
        let (dir, path) = file(0o400, VALUE);
        // as Kubernetes lays secrets out: two links, the first of which is changed at once for all files
        std::os::unix::fs::symlink(dir.path(), dir.path().join("..data")).unwrap();
        std::os::unix::fs::symlink("..data/key", dir.path().join("linked")).unwrap();
        assert_eq!(held(&dir.path().join("linked")).await.unwrap().expose(), VALUE);
        let (reading, mut writing) = std::io::pipe().unwrap();
        let number = std::os::fd::AsRawFd::as_raw_fd(&reading);
        let descriptor = PathBuf::from(format!("/dev/fd/{number}"));
        let writer = std::thread::spawn(move || {
            for part in [&VALUE[..5], &VALUE[5..], "\n"] {
                std::io::Write::write_all(&mut writing, part.as_bytes()).unwrap();
            }
        });
        assert_eq!(held(&descriptor).await.unwrap().expose(), VALUE);
        writer.join().unwrap();
        // one that lies about somewhere is anybody's
        let fifo = dir.path().join("fifo");
        rustix::fs::mkfifoat(rustix::fs::CWD, &fifo, rustix::fs::Mode::RWXU).unwrap();
        assert!(held(&fifo).await.unwrap_err().to_string().contains("not a regular file"));
        drop(path);
    }

    #[tokio::test]
    async fn what_is_no_file_or_holds_no_key_is_refused_without_being_shown() {
        let dir = tempfile::tempdir().unwrap();
        assert!(from_file(dir.path()).unwrap_err().to_string().contains("not a regular file"));
        assert!(from_file(&dir.path().join("none")).unwrap_err().to_string().contains("cannot read"));
        for text in ["", "\n", "two words", "line\nline", "esc\u{1b}", "ünicode"] {
            let (_dir, path) = file(0o600, text);
            let error = held(&path).await.unwrap_err().to_string();
            assert!(text.trim().is_empty() || !error.contains(text), "{error}");
        }
    }

    #[tokio::test]
    async fn a_program_gives_its_first_line() {
        assert_eq!(run(&format!("echo {VALUE}; echo more; echo noise >&2")).await.unwrap().expose(), VALUE);
        assert!(run("true").await.unwrap_err().to_string().contains("is empty"));
    }

    #[tokio::test]
    async fn a_failing_program_is_named_and_its_complaint_made_safe() {
        let error = run("printf 'no \\033[31m <kdk_0123456789ABCDEFGHIJ>\\nsecond' >&2; exit 7").await.unwrap_err();
        let text = error.to_string();
        assert!(text.starts_with("the credential command sh ended with 7 and said: no \\x1b[31m <kdk_…"), "{text}");
        assert!(!text.contains("second"));
        let missing = from_command(&["no-such-program-here".to_owned()], COMMAND_LIMIT).await.unwrap_err();
        assert!(missing.to_string().starts_with("cannot start the credential command no-such-program-here"));
    }

    #[tokio::test]
    async fn a_program_that_hangs_is_ended() {
        let error = from_command(&sh("sleep 60"), Duration::from_millis(50)).await.unwrap_err();
        assert!(error.to_string().contains("did not finish"), "{error}");
    }

    #[tokio::test]
    async fn much_output_holds_nobody() {
        let script = format!("echo {VALUE}; head -c 1000000 /dev/zero; head -c 1000000 /dev/zero >&2");
        assert_eq!(run(&script).await.unwrap().expose(), VALUE);
    }

    #[test]
    fn relative_files_are_beside_the_configuration() {
        let config = Path::new("/etc/keydeck/config.toml");
        assert_eq!(resolve(Path::new("key"), config), Path::new("/etc/keydeck/key"));
        assert_eq!(resolve(Path::new("/run/key"), config), Path::new("/run/key"));
    }

    #[tokio::test]
    async fn a_program_that_takes_too_long_is_ended_with_all_that_it_started() {
        let folder = tempfile::tempdir().unwrap();
        let fifo = folder.path().join("alive");
        rustix::fs::mkfifoat(rustix::fs::CWD, &fifo, rustix::fs::Mode::RWXU).unwrap();
        let script = format!("(exec >'{}'; sleep 1000) & wait", fifo.display());
        let reader = tokio::task::spawn_blocking(move || std::fs::read(fifo));
        let error = from_command(&sh(&script), Duration::from_millis(500)).await.unwrap_err();
        assert!(error.to_string().contains("did not finish"), "{error}");
        // ends only when nobody holds the other end
        reader.await.unwrap().unwrap();
    }
}
