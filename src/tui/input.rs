//! What comes from the terminal: key presses in their one form, pastes, and that it is gone.

use std::fmt;
use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use zeroize::{Zeroize, Zeroizing};

use super::event::Mouse;
use super::key::KeyPress;
use super::signals::{EndSignal, LastResort};
use decoder::Decoder;

pub mod decoder;
mod ground;
mod keys;

/// The most bytes that are read at once: what comes in one packet is handed on together.
const READ: usize = 4096;

/// Something that came from the terminal.
#[derive(Clone, PartialEq, Eq)]
pub enum Input {
    /// A key was pressed, or repeats.
    Key(KeyPress),
    /// Text was pasted. It may be a secret.
    Paste(String),
    /// The mouse did something, where the terminal was asked to tell.
    Mouse(Mouse),
    /// The terminal has another size now.
    Resized,
    /// The terminal told the colour of its background: red, green, blue.
    Ground([u8; 3]),
    /// The terminal said something by itself, and not all of it came: its rest may look like keys.
    Noise,
}

impl fmt::Debug for Input {
    /// Tells the sort only: what is typed and pasted is in no log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Key(_) => "Key(…)",
            Self::Paste(_) => "Paste(…)",
            Self::Mouse(_) => "Mouse(…)",
            Self::Resized => "Resized",
            Self::Ground(_) => "Ground(…)",
            Self::Noise => "Noise",
        })
    }
}

/// The events of this process's terminal. Start it once, after [`Terminal::enter`](super::terminal::Terminal::enter),
/// and keep it until the terminal was given back.
pub struct Inputs {
    batches: mpsc::UnboundedReceiver<Vec<Input>>,
    waiting: std::vec::IntoIter<Input>,
    resized: Signal,
    gone: CancellationToken,
    gate: Arc<Gate>,
    /// Closed when this is dropped, which ends the watch.
    _watch: io::PipeWriter,
}

impl Inputs {
    /// Begins to read the terminal, on a thread of its own, and to watch whether it is still there, on another. If it
    /// goes and the process has not ended 1.5 s later, it is ended. Changes of size are noticed from here on, on the
    /// current runtime.
    pub fn start() -> io::Result<Self> {
        let resized = signal(SignalKind::window_change())?;
        let (sender, batches) = mpsc::unbounded_channel();
        let (stopped, watch) = io::pipe()?;
        let (woken, waker) = io::pipe()?;
        let gone = CancellationToken::new();
        let gate = Arc::new(Gate { waker, state: Mutex::default(), changed: Condvar::new() });
        let (reader_gone, reader_gate, watch_gone) = (gone.clone(), Arc::clone(&gate), gone.clone());
        thread::Builder::new().name("terminal-input".into()).spawn(move || {
            read(&sender, &reader_gate, &woken);
            reader_gate.leave();
            reader_gone.cancel();
        })?;
        thread::Builder::new().name("terminal-watch".into()).spawn(move || await_hang_up(&stopped, &watch_gone))?;
        Ok(Self { batches, waiting: Vec::new().into_iter(), resized, gone, gate, _watch: watch })
    }

    /// The next event; none when the terminal is gone. Cancelling it loses none.
    pub async fn next(&mut self) -> Option<Input> {
        loop {
            if let Some(input) = self.already_here() {
                return Some(input);
            }
            tokio::select! {
                biased;
                () = self.gone.cancelled() => return None,
                batch = self.batches.recv() => self.waiting = batch?.into_iter(),
                _ = self.resized.recv() => return Some(Input::Resized),
            }
        }
    }

    /// The next event if it has come already, so that all of them can be handled before one frame is drawn.
    pub fn already_here(&mut self) -> Option<Input> {
        loop {
            if let Some(input) = self.waiting.next() {
                return Some(input);
            }
            self.waiting = self.batches.try_recv().ok()?.into_iter();
        }
    }

    /// Resolves when the terminal is gone.
    pub fn vanished(&self) -> impl Future<Output = ()> + Send + use<> {
        self.gone.clone().cancelled_owned()
    }

    /// Stops reading, so that another program can have the terminal; returns when no read is going on any more.
    pub fn pause(&self) {
        self.gate.close();
    }

    /// Reads again after [`pause`](Self::pause).
    pub fn resume(&self) {
        self.gate.open();
    }
}

impl Drop for Inputs {
    fn drop(&mut self) {
        self.gate.end();
    }
}

/// Hands events on until reading fails or nobody wants them.
fn read(sender: &mpsc::UnboundedSender<Vec<Input>>, gate: &Gate, woken: &io::PipeReader) {
    let started = Instant::now();
    let terminal = rustix::stdio::stdin();
    let mut decoder = Decoder::default();
    let mut bytes = Zeroizing::new([0; READ]);
    while let Some(held) = gate.pass() {
        if held {
            // half a sequence from before is not continued by what comes now
            decoder = Decoder::default();
        }
        let left = decoder.due().map(|due| due.saturating_sub(started.elapsed()));
        let left = left.and_then(|left| Timespec::try_from(left).ok());
        let mut watched = [PollFd::new(&terminal, PollFlags::IN), PollFd::new(woken, PollFlags::IN)];
        let mut inputs = match poll(&mut watched, left.as_ref()) {
            Err(Errno::INTR) => continue,
            Err(_) => return,
            Ok(0) => decoder.tick(started.elapsed()),
            Ok(_) if !watched[1].revents().is_empty() => {
                // only its having come counts, and the gate tells the rest
                if rustix::io::read(woken, &mut [0; 16]).is_err() {
                    return;
                }
                continue;
            }
            Ok(_) => match rustix::io::read(terminal, &mut *bytes) {
                Err(Errno::INTR | Errno::AGAIN) => continue,
                Ok(0) | Err(_) => return,
                Ok(count) => {
                    let inputs = decoder.feed(&bytes[..count], started.elapsed());
                    bytes[..count].zeroize();
                    inputs
                }
            },
        };
        inputs.extend(decoder.take_ground().map(Input::Ground));
        if !inputs.is_empty() && sender.send(inputs).is_err() {
            return;
        }
    }
}

/// Lets the reader pass, or holds it.
struct Gate {
    /// Written to in order to end the reader's waiting.
    waker: io::PipeWriter,
    state: Mutex<GateState>,
    changed: Condvar,
}

#[derive(Default)]
struct GateState {
    closed: bool,
    ended: bool,
    /// Whether the reader stands at the closed gate, or is gone.
    held: bool,
}

impl Gate {
    /// Waits while the gate is closed. None when the reader is to end, else whether it was held.
    fn pass(&self) -> Option<bool> {
        let mut state = self.lock();
        let was_held = state.closed;
        while state.closed && !state.ended {
            state.held = true;
            self.changed.notify_all();
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.held = false;
        (!state.ended).then_some(was_held)
    }

    /// The reader is done for good.
    fn leave(&self) {
        self.lock().held = true;
        self.changed.notify_all();
    }

    /// Holds the reader and waits until it is held, a second at most.
    fn close(&self) {
        self.lock().closed = true;
        self.wake();
        let _ = self.changed.wait_timeout_while(self.lock(), Duration::from_secs(1), |state| !state.held);
    }

    fn open(&self) {
        self.lock().closed = false;
        self.changed.notify_all();
    }

    fn end(&self) {
        self.lock().ended = true;
        self.changed.notify_all();
        self.wake();
    }

    fn wake(&self) {
        // it fails when the reader is gone, which then needs no waking
        let _ = (&self.waker).write_all(&[0]);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, GateState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits until the terminal hangs up or `stopped` is closed. Reading may be paused, or wait for nobody to take what was
/// read; so this is what notices, and what ends the process if nobody else does.
fn await_hang_up(stopped: &io::PipeReader, gone: &CancellationToken) {
    let terminal = rustix::stdio::stdin();
    loop {
        let mut watched = [PollFd::new(&terminal, PollFlags::empty()), PollFd::new(stopped, PollFlags::IN)];
        match poll(&mut watched, None) {
            Ok(_) if !watched[1].revents().is_empty() => return,
            Ok(_) if watched[0].revents().is_empty() => {}
            Err(Errno::INTR) => {}
            Ok(_) | Err(_) => break,
        }
    }
    tracing::warn!("the terminal is gone");
    gone.cancel();
    let _last_resort = LastResort::arm(i32::from(EndSignal::HangUp.exit_code()));
    let _ = poll(&mut [PollFd::new(stopped, PollFlags::IN)], None);
}

#[cfg(test)]
mod tests;
