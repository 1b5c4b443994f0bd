//! The terminal, while it shows nothing of what is typed.

use std::fs::File;
use std::io;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr};

/// A paste whose next line has not come after so many milliseconds is over with its Enter.
const QUIET: i64 = 120;

/// The terminal that this process is run at, whatever its standard input is; none where there is none.
pub fn terminal() -> Option<File> {
    File::options().read(true).write(true).open("/dev/tty").ok()
}

/// The terminal in another mode, until this is dropped.
pub struct Blind {
    pub terminal: File,
    before: Termios,
}

impl Blind {
    /// Shows nothing and hands each character on; a line may be as long as it likes then.
    ///
    /// # Errors
    /// When it is no terminal.
    pub fn new(terminal: File) -> io::Result<Self> {
        let before = tcgetattr(&terminal)?;
        let mut blind = before.clone();
        // its signals too are ours meanwhile: one must not leave the terminal as it is now
        blind.local_modes.remove(LocalModes::ECHO | LocalModes::ECHONL | LocalModes::ICANON | LocalModes::ISIG);
        blind.special_codes[SpecialCodeIndex::VMIN] = 1;
        blind.special_codes[SpecialCodeIndex::VTIME] = 0;
        tcsetattr(&terminal, OptionalActions::Now, &blind)?;
        Ok(Self { terminal, before })
    }

    /// Whether nothing more comes: what is pasted comes at once.
    pub fn is_quiet(&self) -> bool {
        let wait = Timespec { tv_sec: 0, tv_nsec: QUIET * 1_000_000 };
        let mut polled = [PollFd::new(&self.terminal, PollFlags::IN)];
        !matches!(poll(&mut polled, Some(&wait)), Ok(ready) if ready > 0)
    }
}

impl Drop for Blind {
    fn drop(&mut self) {
        let _ = tcsetattr(&self.terminal, OptionalActions::Drain, &self.before);
    }
}
