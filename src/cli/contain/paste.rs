//! A paste at the terminal of which nothing is shown.

use std::fs::File;
use std::io::{self, Read, Write};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

use crate::cli::exit::Stop;

/// A paste whose next line has not come after so many milliseconds is over with its Enter.
const QUIET: i64 = 120;
/// The most that is pasted, in bytes: more is a file's.
const MOST: usize = 4 << 20;
/// What a terminal sends for ^C and ^D.
const INTERRUPT: u8 = 0x03;
const END: u8 = 0x04;

/// The terminal that this process is run at, whatever its standard input is; none where there is none.
pub(super) fn terminal() -> Option<File> {
    File::options().read(true).write(true).open("/dev/tty").ok()
}

/// The terminal in another mode, until this is dropped.
struct Mode {
    terminal: File,
    before: Termios,
}

impl Mode {
    /// Shows nothing and hands each character on; a line may be as long as it likes then.
    fn blind(terminal: File) -> io::Result<Self> {
        let before = tcgetattr(&terminal)?;
        let mut blind = before.clone();
        // its signals too are ours meanwhile: one must not leave the terminal as it is now
        blind.local_modes.remove(LocalModes::ECHO | LocalModes::ECHONL | LocalModes::ICANON | LocalModes::ISIG);
        blind.special_codes[SpecialCodeIndex::VMIN] = 1;
        blind.special_codes[SpecialCodeIndex::VTIME] = 0;
        tcsetattr(&terminal, OptionalActions::Now, &blind)?;
        Ok(Self { terminal, before })
    }
}

impl Drop for Mode {
    fn drop(&mut self) {
        let _ = tcsetattr(&self.terminal, OptionalActions::Drain, &self.before);
    }
}

/// What is pasted, up to an Enter behind which nothing more comes, or ^D. `ask` asks for it, once nothing is shown any more:
/// who is quick would see the value otherwise.
pub(super) fn read(ask: impl FnOnce()) -> Result<Zeroizing<Vec<u8>>, Stop> {
    let failed =
        |error: io::Error| Stop::usage(format!("the terminal cannot be read: {error}"), "use --from-file FILE");
    let Some(terminal) = terminal() else {
        return Err(Stop::denied("nobody can be asked: there is no terminal", "pipe it: keydeck contain - < FILE"));
    };
    let mut mode = Mode::blind(terminal).map_err(failed)?;
    ask();
    // never moved, so that no copy is left behind
    let mut text = Zeroizing::new(Vec::with_capacity(MOST));
    let mut piece = Zeroizing::new([0; 4096]);
    loop {
        let read = mode.terminal.read(piece.as_mut_slice()).map_err(failed)?;
        let piece = &piece[..read];
        if read == 0 || piece.contains(&INTERRUPT) {
            return Err(Stop::denied("nothing was pasted: nothing was sent", "run it again"));
        }
        if text.len() + read > MOST {
            return Err(Stop::usage("that is more than can be pasted", "use --from-file FILE"));
        }
        let end = piece.iter().position(|byte| *byte == END);
        text.extend_from_slice(&piece[..end.unwrap_or(read)]);
        let entered = matches!(text.last(), Some(b'\n' | b'\r')) && !text.trim_ascii().is_empty();
        if end.is_some() || (entered && is_quiet(&mode.terminal)) {
            let _ = mode.terminal.write_all(b"\n");
            return Ok(text);
        }
    }
}

fn is_quiet(terminal: &File) -> bool {
    let wait = Timespec { tv_sec: 0, tv_nsec: QUIET * 1_000_000 };
    let mut polled = [PollFd::new(terminal, PollFlags::IN)];
    !matches!(poll(&mut polled, Some(&wait)), Ok(ready) if ready > 0)
}
