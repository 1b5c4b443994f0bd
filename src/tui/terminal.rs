//! The terminal while the console has it, and as it was before: on leaving, on a panic, on a signal.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Write};
use std::panic::PanicHookInfo;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Once, OnceLock};
use std::thread::{self, ThreadId};

use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::style::ResetColor;
use crossterm::terminal::{Clear, ClearType, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen};
use crossterm::{cursor, queue};
use ratatui::Frame;
use ratatui::layout::Size;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::termios::{isatty, tcgetwinsize};

use super::runtime::Output;
use super::screen::Screen;
use super::view::links::Link;
use crate::domain::untrusted::visible;
use crate::domain::values::masked;

/// Whether the terminal is in the console's state and not in the one before.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// The thread that draws. A panic there ends the console; one elsewhere is for whoever waits for that thread.
static DRAWS: OnceLock<ThreadId> = OnceLock::new();

/// Asks for presses and the wheel (1000), told in the form that knows any width (1006). crossterm's own asks for every
/// movement too, which would be sent over the line for nothing.
const MOUSE_ON: &[u8] = b"\x1b[?1000h\x1b[?1006h";

/// Takes it back; harmless where it was not asked for.
const MOUSE_OFF: &[u8] = b"\x1b[?1006l\x1b[?1000l";

/// The whole screen is the scroll region again, should a frame have been cut short.
const WHOLE_SCREEN: &[u8] = b"\x1b[r";

/// The size to draw for when the terminal does not know its own.
const FALLBACK: Size = Size { width: 80, height: 24 };

/// Why the console cannot have the terminal.
#[derive(Debug, thiserror::Error)]
pub enum TerminalError {
    /// Standard input or output is a file or a pipe.
    #[error("the console needs a terminal, and standard {0} is none")]
    NotATerminal(&'static str),
    /// Nothing can be drawn on it.
    #[error("the console cannot be drawn on this terminal: {0}")]
    CannotDraw(&'static str),
    /// The system refused.
    #[error("the terminal cannot be used: {0}")]
    Io(#[from] io::Error),
}

impl TerminalError {
    /// What a person can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NotATerminal(_) => {
                "start it in a terminal (over ssh with -t), or use keydeck list and keydeck revoke"
            }
            Self::CannotDraw(_) => {
                "keydeck list, keydeck show, keydeck revoke and the other commands write plain lines: keydeck --help; \
                 or set TERM to what the terminal is, such as xterm-256color"
            }
            Self::Io(_) => "try another terminal",
        }
    }
}

/// The terminal in the console's state: raw, on the alternate screen, with bracketed paste. It is as it was when this is
/// dropped, and after a panic of the thread that entered.
pub struct Terminal {
    screen: Screen<Tty>,
    mouse: bool,
    knows_links: bool,
}

impl Terminal {
    /// Takes the terminal over, with its `mouse` or without. Call it on the thread that draws.
    pub fn enter(mouse: bool) -> Result<Self, TerminalError> {
        for (name, is_terminal) in
            [("input", isatty(rustix::stdio::stdin())), ("output", isatty(rustix::stdio::stdout()))]
        {
            if !is_terminal {
                return Err(TerminalError::NotATerminal(name));
            }
        }
        check_term(std::env::var_os("TERM").as_deref())?;
        install_panic_hook();
        let output = Tty(File::from(rustix::io::dup(rustix::stdio::stdout()).map_err(io::Error::from)?));
        let mut terminal = Self { screen: Screen::new(output, size_now())?, mouse, knows_links: knows_links() };
        terminal.screen.set_scrolls(knows_scroll_regions());
        terminal.take()?;
        Ok(terminal)
    }

    /// Draws one frame: what changed since the last, in one write; nothing if nothing did. It fails when the terminal is
    /// gone, which is the end of the console.
    pub fn draw(&mut self, view: impl FnOnce(&mut Frame) -> Vec<Link>) -> io::Result<()> {
        self.screen.set_size(size_now());
        let knows_links = self.knows_links;
        self.screen.draw_with_links(|frame| {
            let links = view(frame);
            if knows_links { links } else { Vec::new() }
        })
    }

    /// How many bytes were written so far.
    pub fn written(&self) -> u64 {
        self.screen.written()
    }

    /// Gives the terminal back for a while. The reader of keys must be [paused](super::input::Inputs::pause) first.
    pub fn suspend(&mut self) {
        restore();
    }

    /// Takes the terminal over again, after [`suspend`](Self::suspend) or when others may have used it; the next frame is
    /// drawn anew. In the background this stops the process, as it should.
    pub fn resume(&mut self) -> io::Result<()> {
        // what crossterm remembers may no longer be so
        crossterm::terminal::disable_raw_mode()?;
        self.screen.forget();
        self.take()
    }

    /// Whether questions that are strings (OSC) may be put to this terminal.
    pub fn knows_strings(&self) -> bool {
        self.knows_links
    }

    /// Forgets what stands on the screen, so that the next frame is drawn anew.
    pub fn forget(&mut self) {
        self.screen.forget();
    }

    /// Columns and rows.
    pub fn size(&self) -> (u16, u16) {
        let size = size_now();
        (size.width, size.height)
    }

    fn take(&mut self) -> io::Result<()> {
        TAKEN.store(true, Ordering::SeqCst);
        let taken = crossterm::terminal::enable_raw_mode().and_then(|()| {
            let mut bytes = Vec::new();
            queue!(bytes, EnterAlternateScreen, EnableBracketedPaste)?;
            if self.mouse {
                bytes.extend_from_slice(MOUSE_ON);
            }
            self.screen.send(&bytes)
        });
        if taken.is_err() {
            restore();
        }
        taken
    }
}

impl Output for Terminal {
    fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.screen.send(bytes)
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        restore();
    }
}

/// Puts the terminal back as it was; does nothing if it is. For the last way out: dropping [`Terminal`] does it too.
pub fn restore() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    let mut bytes = Vec::new();
    // Writing into a vector does not fail, and a terminal that is gone needs nothing put back.
    let _ = queue!(bytes, EndSynchronizedUpdate, ResetColor, DisableBracketedPaste);
    bytes.extend_from_slice(MOUSE_OFF);
    if knows_scroll_regions() {
        bytes.extend_from_slice(WHOLE_SCREEN);
    }
    // a terminal without an alternate screen would keep what stands there, and others can look into the alternate one
    let _ = queue!(bytes, Clear(ClearType::All), LeaveAlternateScreen, cursor::Show);
    if let Ok(output) = rustix::io::dup(rustix::stdio::stdout()) {
        let _ = Tty(File::from(output)).write_all(&bytes);
    }
    let _ = crossterm::terminal::disable_raw_mode();
}

/// Refuses a terminal that only prints, by what `TERM` says.
///
/// # Errors
/// When it is `dumb`, or when nobody says what it is.
pub fn check_term(term: Option<&OsStr>) -> Result<(), TerminalError> {
    match term.and_then(OsStr::to_str) {
        None if term.is_none() => Err(TerminalError::CannotDraw("TERM is not set")),
        Some("") => Err(TerminalError::CannotDraw("TERM is not set")),
        Some("dumb") => Err(TerminalError::CannotDraw("TERM is dumb")),
        _ => Ok(()),
    }
}

/// Whether links may be told to this terminal. Those that do not know them leave them out, but for a few.
fn knows_links() -> bool {
    std::env::var("TERM").is_ok_and(|term| !matches!(term.as_str(), "" | "dumb" | "linux"))
}

/// Whether the terminal can be told to move some of its rows. All can that are like a VT100; these are not.
fn knows_scroll_regions() -> bool {
    std::env::var("TERM").is_ok_and(|term| {
        let kind = term.split_once('-').map_or(&*term, |(kind, _)| kind);
        !matches!(kind, "" | "dumb" | "ansi" | "cons25" | "sun" | "vt52")
    })
}

fn size_now() -> Size {
    tcgetwinsize(rustix::stdio::stdout())
        .ok()
        .map(|size| Size { width: size.ws_col, height: size.ws_row })
        .filter(|size| size.width > 0 && size.height > 0)
        .unwrap_or(FALLBACK)
}

/// The terminal's side of standard output, unbuffered. Some other program may have set it not to block; then this waits.
struct Tty(File);

impl Write for Tty {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            match self.0.write(bytes) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    match poll(&mut [PollFd::new(&self.0, PollFlags::OUT)], None) {
                        Ok(_) | Err(rustix::io::Errno::INTR) => {}
                        Err(error) => return Err(error.into()),
                    }
                }
                done => return done,
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// From now on a panic of this thread puts the terminal back before it is told; one of another thread is only logged.
fn install_panic_hook() {
    static INSTALLED: Once = Once::new();
    DRAWS.get_or_init(|| thread::current().id());
    INSTALLED.call_once(|| {
        std::panic::set_hook(Box::new(|panic| {
            let place = panic.location().map(ToString::to_string).unwrap_or_default();
            // The message is not logged: it may quote what was typed.
            tracing::error!(%place, thread = thread::current().name(), "panicked");
            if DRAWS.get() == Some(&thread::current().id()) {
                restore();
                let _ = io::stderr().write_all(told(panic, &place).as_bytes());
            }
        }));
    });
}

fn told(panic: &PanicHookInfo, place: &str) -> String {
    let message = panic.payload_as_str().map(without_secrets).unwrap_or_default();
    let backtrace = std::backtrace::Backtrace::capture();
    let trace = match backtrace.status() {
        std::backtrace::BacktraceStatus::Captured => format!("{backtrace}\n"),
        _ => String::new(),
    };
    format!("keydeck stopped at {place}: {message}\nThis is a mistake in keydeck. What was sent, stays sent.\n{trace}")
}

/// `text` with every word that looks like a key's value masked, and nothing in it that a terminal would obey.
fn without_secrets(text: &str) -> String {
    masked(text).lines().map(visible).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_panic_tells_holds_no_key_and_no_control_character() {
        let value = format!("kdk_{}", "x1".repeat(18));
        let text = format!("byte 5 of `{value}`\nat \u{1b}[2J key={value}, twice");
        let shown = without_secrets(&text);
        assert_eq!(shown, "byte 5 of `kdk_…`\nat \\x1b[2J key=kdk_…, twice");
    }

    #[test]
    fn a_terminal_that_only_prints_is_refused() {
        for (term, refused) in [(None, true), (Some(""), true), (Some("dumb"), true), (Some("vt100"), false)] {
            assert_eq!(check_term(term.map(OsStr::new)).is_err(), refused, "{term:?}");
        }
    }

    #[test]
    fn what_was_never_taken_is_not_put_back() {
        assert!(!TAKEN.load(Ordering::SeqCst));
        restore();
        assert!(!TAKEN.load(Ordering::SeqCst));
    }
}
