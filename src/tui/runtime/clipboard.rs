//! Handing text to the clipboard of the terminal that a person sits at, however many hops away: by OSC 52, which is
//! written to the terminal, or through tmux. Neither answers, so nothing here can say "copied".

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine};
use tokio::process::Command;
use zeroize::Zeroizing;

use super::{Output, Runtime};
use crate::domain::secret::Secret;
use crate::domain::untrusted::{Untrusted, visible};
use crate::ops::secret_file::SecretFile;
use crate::system::program::{self, Failed};
use crate::tui::event::{Copied, Event};
use crate::tui::ticket::Ticket;

/// How long tmux may take.
const TMUX_LIMIT: Duration = Duration::from_secs(3);

/// The longest text in bytes that goes through GNU screen, whose buffer for such a sequence holds 768 bytes.
const SCREEN_LIMIT: usize = 500;

/// The way to the clipboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// The terminal itself: OSC 52.
    Terminal,
    /// tmux, which by default ignores OSC 52 from the programs in it but passes a buffer on.
    Tmux,
    /// GNU screen, which passes on what is wrapped for it.
    Screen,
}

impl Route {
    /// The way that the environment calls for, through `env`, which gives a variable's value.
    pub fn detect(env: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name| env(name).is_some_and(|value| !value.is_empty());
        if set("TMUX") {
            Self::Tmux
        } else if set("STY") {
            Self::Screen
        } else {
            Self::Terminal
        }
    }

    /// [`detect`](Self::detect) with this process's environment.
    pub fn of_environment() -> Self {
        Self::detect(|name| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned()))
    }

    /// What was done when it worked, for the person: never that the text was copied, which nobody knows.
    pub fn done(self) -> &'static str {
        match self {
            Self::Terminal => "sent to the terminal",
            Self::Tmux => "sent to the terminal through tmux",
            Self::Screen => "sent to the terminal through screen",
        }
    }
}

/// Why text was not handed over.
#[derive(Debug, thiserror::Error)]
pub enum ClipboardError {
    /// tmux could not be run.
    #[error("tmux cannot be run: {0}")]
    Run(#[from] io::Error),
    /// tmux refused.
    #[error("tmux refused: {0}")]
    Refused(Untrusted),
    /// tmux did not answer.
    #[error("tmux did not answer within {} s", TMUX_LIMIT.as_secs())]
    TimedOut,
    /// The text is too long for GNU screen.
    #[error("screen passes on {SCREEN_LIMIT} bytes at most")]
    TooLong,
}

impl ClipboardError {
    /// What a person can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Run(_) | Self::Refused(_) | Self::TimedOut => {
                "tmux 3.2 or newer is needed, or a terminal without tmux"
            }
            Self::TooLong => "use a terminal without screen",
        }
    }
}

/// The bytes that hand `text` to the terminal's clipboard, wiped when dropped; none for [`Route::Tmux`], whose way is
/// [`through_tmux`].
pub fn sequence(route: Route, text: &str) -> Result<Option<Zeroizing<Vec<u8>>>, ClipboardError> {
    let (before, after): (&[u8], &[u8]) = match route {
        Route::Tmux => return Ok(None),
        Route::Screen if text.len() > SCREEN_LIMIT => return Err(ClipboardError::TooLong),
        // BEL ends the sequence: its other end, ST, would end what is wrapped around it.
        Route::Screen => (b"\x1bP\x1b]52;c;", b"\x07\x1b\\"),
        Route::Terminal => (b"\x1b]52;c;", b"\x07"),
    };
    // The room is made first, so that no outgrown copy of a secret stays behind in memory.
    let encoded = Zeroizing::new(BASE64_STANDARD.encode(text));
    let mut bytes = Zeroizing::new(Vec::with_capacity(before.len() + encoded.len() + after.len()));
    for part in [before, encoded.as_bytes(), after] {
        bytes.extend_from_slice(part);
    }
    Ok(Some(bytes))
}

/// Hands `text` to the clipboard of the terminal around tmux. It goes in by standard input, never as an argument, and
/// the buffer that carries it is deleted at once.
pub async fn through_tmux(text: &str) -> Result<(), ClipboardError> {
    let mut tmux = Command::new("tmux");
    run_tmux(&mut tmux, text).await
}

async fn run_tmux(tmux: &mut Command, text: &str) -> Result<(), ClipboardError> {
    tmux.args(["load-buffer", "-b", "keydeck", "-w", "-", ";", "delete-buffer", "-b", "keydeck"]);
    let ran = match program::run(tmux, Some(text.as_bytes()), TMUX_LIMIT).await {
        Ok(ran) => ran,
        Err(Failed::Start(error)) => return Err(error.into()),
        Err(Failed::TimedOut(..)) => return Err(ClipboardError::TimedOut),
    };
    if ran.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(ran.err.beginning());
    Err(ClipboardError::Refused(Untrusted::from(said.trim())))
}

impl Runtime {
    /// Sends text to the clipboard, and reports how that went.
    pub(super) fn copy(&mut self, what: Copied, text: Secret, terminal: &mut impl Output) {
        let reporter = self.reporter.clone();
        self.send(text, terminal, move |sent| reporter.say(Event::Copied(what, sent)));
    }

    /// A rotation's value; its executor waits to hear how that went.
    pub(super) fn hand_over(&mut self, ticket: Ticket, value: Secret, terminal: &mut impl Output) {
        let Some(hand) = self.rotating.hand(ticket) else { return };
        self.send(value, terminal, move |sent| hand.went(sent.map(|_| ())));
    }

    /// Sends `text` to the clipboard and tells how that went.
    fn send(
        &self,
        text: Secret,
        terminal: &mut impl Output,
        tell: impl FnOnce(Result<String, String>) + Send + 'static,
    ) {
        let route = self.route;
        let bytes = match sequence(route, text.expose()) {
            Ok(bytes) => bytes,
            Err(error) => return tell(Err(format!("{error}; {}", error.hint()))),
        };
        if let Some(bytes) = bytes {
            return tell(terminal.send(&bytes).map(|()| route.done().to_owned()).map_err(|error| error.to_string()));
        }
        self.writes.spawn(async move {
            let sent = through_tmux(text.expose()).await;
            tell(sent.map(|()| route.done().to_owned()).map_err(|error| format!("{error}; {}", error.hint())));
        });
    }
}

/// Writes a value and a line end to a new file in the current folder, which only the user can read. A file that is
/// there already is never touched: the name gets a number.
pub fn write_secret(name: &str, value: &Secret) -> io::Result<PathBuf> {
    let plain: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_') { c } else { '-' })
        .take(64)
        .collect();
    let stem = plain.trim_matches('-');
    let stem = if stem.is_empty() { "key" } else { stem };
    let folder = std::env::current_dir()?;
    for number in 1..1000 {
        let file = if number == 1 { format!("{stem}.key") } else { format!("{stem}-{number}.key") };
        let path = folder.join(file);
        match SecretFile::create(&path) {
            Ok(mut file) => {
                file.write(value)?;
                file.keep();
                return Ok(path);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => {
                return Err(io::Error::new(error.kind(), format!("{}: {error}", visible(&path.to_string_lossy()))));
            }
        }
    }
    Err(io::Error::other("there are a thousand such files already"))
}

#[cfg(test)]
mod tests;
