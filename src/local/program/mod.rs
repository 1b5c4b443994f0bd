//! Running a program without a shell, within a time, and keeping a value out of what it says.

mod redact;

use std::ffi::OsString;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::Duration;

use tokio::process::Command;
use zeroize::Zeroizing;

use crate::domain::rotation::Hook;
use crate::domain::secret::Secret;
use crate::domain::untrusted::Untrusted;
use crate::system::program::{self, Capture, Failed};
pub use redact::{path_shown, redacted, shown};

/// How many of the last lines are told.
const LAST_LINES: usize = 3;
/// The most of them that is told, in characters.
const LAST_CHARACTERS: usize = 400;

/// Where programs are looked for.
#[derive(Clone, Debug, Default)]
pub struct Tools {
    path: Option<OsString>,
}

/// What a program came to.
#[derive(Debug)]
pub struct Ran {
    status: ExitStatus,
    out: Capture,
    said: Untrusted,
}

/// Why a program could not be run to its end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProgramError {
    /// It is not there.
    #[error("{0} is not installed, or not on the PATH")]
    NotFound(String),
    /// It is there and cannot be run.
    #[error("{0} is not an executable file")]
    NotExecutable(String),
    /// It could not be started, or not be talked to.
    #[error("{0} cannot be run: {1}")]
    Start(String, io::ErrorKind),
    /// It took too long, and was ended with all that it started.
    #[error("{program} did not end within {seconds} s, and was stopped{}", after(.said))]
    TimedOut {
        program: String,
        /// How long it had.
        seconds: u64,
        /// Its last lines, without secrets.
        said: Untrusted,
    },
}

impl ProgramError {
    /// Whether it may have done something all the same.
    pub fn maybe_done(&self) -> bool {
        matches!(self, Self::TimedOut { .. })
    }
}

impl Ran {
    /// Whether it ended with 0.
    pub fn is_ok(&self) -> bool {
        self.status.success()
    }

    /// What it ended with; none when a signal ended it.
    pub fn code(&self) -> Option<i32> {
        self.status.code()
    }

    /// How it ended, in words, with what it said last.
    pub fn how(&self) -> String {
        use std::os::unix::process::ExitStatusExt;
        let how = match (self.status.code(), self.status.signal()) {
            (Some(code), _) => format!("ended with {code}"),
            (None, Some(signal)) => format!("was ended by signal {signal}"),
            (None, None) => "ended".to_owned(),
        };
        format!("{how}{}", after(&self.said))
    }

    /// The last lines of what it said, without secrets: of its standard error, or else of its standard output.
    pub fn said(&self) -> &Untrusted {
        &self.said
    }

    /// Whether `words` stand in its last lines, in any case.
    pub fn says(&self, words: &str) -> bool {
        self.said.as_received().to_lowercase().contains(&words.to_lowercase())
    }

    /// What it printed on its standard output, secrets and all; none when that was more than is kept.
    pub fn output(&self) -> Option<&[u8]> {
        self.out.whole()
    }

    /// Its standard output as text without the line's end; none when it is not text, or too long.
    pub fn text(&self) -> Option<Zeroizing<String>> {
        let text = std::str::from_utf8(self.output()?).ok()?;
        let text = text.strip_suffix('\n').unwrap_or(text);
        Some(Zeroizing::new(text.strip_suffix('\r').unwrap_or(text).to_owned()))
    }
}

fn after(said: &Untrusted) -> String {
    if said.is_empty() { String::new() } else { format!(": {}", said.visible().replace("\\n", " / ")) }
}

impl Tools {
    /// Programs are looked for on this `PATH` instead of the environment's, and see this one.
    pub fn on_path(path: impl Into<OsString>) -> Self {
        Self { path: Some(path.into()) }
    }

    /// Where a hook's program is.
    ///
    /// # Errors
    /// When it is not there or cannot be executed.
    pub fn find(&self, hook: &Hook) -> Result<PathBuf, ProgramError> {
        let program = hook.argv.first().map(String::as_str).unwrap_or_default();
        let name = || shown(program);
        if program.contains('/') {
            return match is_executable(Path::new(program)) {
                Some(true) => Ok(PathBuf::from(program)),
                Some(false) => Err(ProgramError::NotExecutable(name())),
                None => Err(ProgramError::NotFound(name())),
            };
        }
        let path = self.path.clone().or_else(|| std::env::var_os("PATH")).unwrap_or_default();
        let mut not_executable = false;
        for folder in std::env::split_paths(&path).filter(|_| !program.is_empty()) {
            let candidate = folder.join(program);
            match is_executable(&candidate) {
                Some(true) => return Ok(candidate),
                Some(false) => not_executable = true,
                None => {}
            }
        }
        Err(if not_executable { ProgramError::NotExecutable(name()) } else { ProgramError::NotFound(name()) })
    }

    /// Runs a hook's program to its end, with `input` on its standard input. What it says is told without the `secrets`,
    /// which must hold what `input` holds of them. It gets keydeck's environment without keydeck's own secrets, and no
    /// terminal: one that asks a person runs into its time limit. When that is reached, or this future is dropped, all
    /// that it started is ended with it; what a program that ended by itself left running is left alone.
    ///
    /// # Errors
    /// When it cannot be started or takes too long; how it ended otherwise is in the answer.
    pub async fn run(&self, hook: &Hook, input: Option<&[u8]>, secrets: &[&Secret]) -> Result<Ran, ProgramError> {
        self.start(hook, (input, &[]), secrets, true).await
    }

    /// Does the same with a program whose standard output is a value, or holds some: only its standard error is told.
    ///
    /// # Errors
    /// As for [`run`](Self::run).
    pub async fn ask(&self, hook: &Hook, input: Option<&[u8]>, secrets: &[&Secret]) -> Result<Ran, ProgramError> {
        self.start(hook, (input, &[]), secrets, false).await
    }

    /// Does the same with more variables in its environment, and nothing on its standard input.
    ///
    /// # Errors
    /// As for [`run`](Self::run).
    pub async fn ask_with(&self, hook: &Hook, environment: &[(&str, &str)]) -> Result<Ran, ProgramError> {
        self.start(hook, (None, environment), &[], false).await
    }

    async fn start(
        &self,
        hook: &Hook,
        (input, environment): (Option<&[u8]>, &[(&str, &str)]),
        secrets: &[&Secret],
        tell_output: bool,
    ) -> Result<Ran, ProgramError> {
        let program = hook.argv.first().map(|name| shown(name)).unwrap_or_default();
        let mut command = Command::new(self.find(hook)?);
        command.args(hook.argv.get(1..).unwrap_or_default());
        if let Some(path) = &self.path {
            command.env("PATH", path);
        }
        for (name, value) in environment {
            command.env(name, value);
        }
        let said = |out: &Capture, err: &Capture| said(tell_output.then_some(out), err, secrets);
        match program::run(&mut command, input, Duration::from_secs(hook.seconds)).await {
            Ok(program::Ran { status, out, err }) => Ok(Ran { status, said: said(&out, &err), out }),
            Err(Failed::Start(error)) => Err(ProgramError::Start(program, error.kind())),
            Err(Failed::TimedOut(out, err)) => {
                Err(ProgramError::TimedOut { program, seconds: hook.seconds, said: said(&out, &err) })
            }
        }
    }
}

/// Whether the file can be executed; none when there is no such file.
fn is_executable(path: &Path) -> Option<bool> {
    let facts = std::fs::metadata(path).ok()?;
    let access = rustix::fs::accessat(rustix::fs::CWD, path, rustix::fs::Access::EXEC_OK, rustix::fs::AtFlags::EACCESS);
    Some(facts.is_file() && facts.mode() & 0o111 != 0 && access.is_ok())
}

fn said(out: Option<&Capture>, err: &Capture, secrets: &[&Secret]) -> Untrusted {
    let last = |capture: &Capture| {
        let text = Zeroizing::new(String::from_utf8_lossy(&capture.end()).into_owned());
        // all of it first: a value may stand on several lines
        let clean = redacted(&text, secrets);
        let lines: Vec<&str> = clean.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
        let last = lines[lines.len().saturating_sub(LAST_LINES)..].join("\n");
        let skip = last.chars().count().saturating_sub(LAST_CHARACTERS);
        last.chars().skip(skip).collect::<String>()
    };
    let complaint = last(err);
    Untrusted::from(if complaint.is_empty() { out.map(last).unwrap_or_default() } else { complaint })
}

#[cfg(test)]
mod tests;
