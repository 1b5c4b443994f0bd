//! What comes from the terminal: key presses in their one form, pastes, and that it is gone.

use std::fmt;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crossterm::event::{self, Event, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{Signal, getpid, kill_process};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::event::Mouse;
use super::key::{KeyCode, KeyPress};
use super::signals::{EndSignal, LastResort};

/// How long to wait for more of what was typed before it is handed on: long enough for what came in one packet, too
/// short to be felt.
const MORE: Duration = Duration::from_millis(1);

/// The most events that are handed on together.
const BATCH: usize = 1024;

/// Something that came from the terminal.
#[derive(Clone, PartialEq, Eq)]
pub enum Input {
    /// A key was pressed, or repeats.
    Key(KeyPress),
    /// Text was pasted. It may be a secret.
    Paste(String),
    /// The mouse did something, where the terminal was asked to tell.
    Mouse(Mouse),
    /// The terminal has another size now: columns, rows.
    Resize(u16, u16),
}

impl fmt::Debug for Input {
    /// Tells the sort only: what is typed and pasted is in no log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Key(_) => "Key(…)",
            Self::Paste(_) => "Paste(…)",
            Self::Mouse(_) => "Mouse(…)",
            Self::Resize(..) => "Resize(…)",
        })
    }
}

impl Input {
    /// The one form of a terminal's event; none for what the console does not heed: released keys, bare modifiers,
    /// focus, the mouse's other buttons, keys with modifiers that only windowing systems know.
    pub fn from_event(event: Event) -> Option<Self> {
        match event {
            Event::Key(key) => press(key).map(Self::Key),
            Event::Paste(text) => Some(Self::Paste(text)),
            Event::Resize(columns, rows) => Some(Self::Resize(columns, rows)),
            Event::Mouse(mouse) => heeded(mouse).map(Self::Mouse),
            Event::FocusGained | Event::FocusLost => None,
        }
    }
}

fn heeded(mouse: MouseEvent) -> Option<Mouse> {
    match mouse.kind {
        MouseEventKind::Down(MouseButton::Left) => Some(Mouse::Click(mouse.column, mouse.row)),
        MouseEventKind::ScrollDown => Some(Mouse::WheelDown),
        MouseEventKind::ScrollUp => Some(Mouse::WheelUp),
        _ => None,
    }
}

fn press(key: KeyEvent) -> Option<KeyPress> {
    let unknown = KeyModifiers::SUPER | KeyModifiers::HYPER | KeyModifiers::META;
    if key.kind == KeyEventKind::Release || key.modifiers.intersects(unknown) {
        return None;
    }
    let code = match key.code {
        event::KeyCode::Char(c) if !c.is_control() => KeyCode::Char(c),
        event::KeyCode::Enter => KeyCode::Enter,
        event::KeyCode::Esc => KeyCode::Esc,
        event::KeyCode::Tab => KeyCode::Tab,
        event::KeyCode::BackTab => KeyCode::BackTab,
        event::KeyCode::Backspace => KeyCode::Backspace,
        event::KeyCode::Delete => KeyCode::Delete,
        event::KeyCode::Insert => KeyCode::Insert,
        event::KeyCode::Left => KeyCode::Left,
        event::KeyCode::Right => KeyCode::Right,
        event::KeyCode::Up => KeyCode::Up,
        event::KeyCode::Down => KeyCode::Down,
        event::KeyCode::Home => KeyCode::Home,
        event::KeyCode::End => KeyCode::End,
        event::KeyCode::PageUp => KeyCode::PageUp,
        event::KeyCode::PageDown => KeyCode::PageDown,
        event::KeyCode::F(number) => KeyCode::F(number),
        _ => return None,
    };
    let held = |modifier| key.modifiers.contains(modifier);
    Some(KeyPress::new(code, held(KeyModifiers::CONTROL), held(KeyModifiers::ALT), held(KeyModifiers::SHIFT)))
}

/// The events of this process's terminal. Start it once, after [`Terminal::enter`](super::terminal::Terminal::enter),
/// and keep it until the terminal was given back.
pub struct Inputs {
    batches: mpsc::UnboundedReceiver<Vec<Input>>,
    waiting: std::vec::IntoIter<Input>,
    gone: CancellationToken,
    gate: Arc<Gate>,
    /// Closed when this is dropped, which ends the watch.
    _watch: io::PipeWriter,
}

impl Inputs {
    /// Begins to read the terminal, on a thread of its own, and to watch whether it is still there, on another. If it
    /// goes and the process has not ended 1.5 s later, it is ended.
    pub fn start() -> io::Result<Self> {
        // Changes of size are noticed from here on, not from when the thread has come to read.
        event::poll(Duration::ZERO)?;
        let (sender, batches) = mpsc::unbounded_channel();
        let (stopped, watch) = io::pipe()?;
        let gone = CancellationToken::new();
        let gate = Arc::new(Gate::default());
        let (reader_gone, reader_gate, watch_gone) = (gone.clone(), Arc::clone(&gate), gone.clone());
        thread::Builder::new().name("terminal-input".into()).spawn(move || {
            read(&sender, &reader_gate);
            reader_gate.leave();
            reader_gone.cancel();
        })?;
        thread::Builder::new().name("terminal-watch".into()).spawn(move || await_hang_up(&stopped, &watch_gone))?;
        Ok(Self { batches, waiting: Vec::new().into_iter(), gone, gate, _watch: watch })
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
fn read(sender: &mpsc::UnboundedSender<Vec<Input>>, gate: &Gate) {
    while gate.pass() {
        let Ok(event) = event::read() else { return };
        let mut batch: Vec<Input> = Input::from_event(event).into_iter().collect();
        while batch.len() < BATCH && !gate.closing.load(Ordering::SeqCst) && event::poll(MORE).unwrap_or(false) {
            let Ok(event) = event::read() else { return };
            batch.extend(Input::from_event(event));
        }
        if sender.send(batch).is_err() {
            return;
        }
    }
}

/// Lets the reader pass, or holds it. What holds up a read that is going on is that crossterm cannot be told to stop; so
/// it is sent the signal of a changed size, which it reports as an event.
#[derive(Default)]
struct Gate {
    closing: AtomicBool,
    state: Mutex<GateState>,
    changed: Condvar,
}

#[derive(Default)]
struct GateState {
    closed: bool,
    ended: bool,
    /// Whether the reader stands at the closed gate, or has left.
    held: bool,
}

impl Gate {
    /// Whether to go on; waits while the gate is closed.
    fn pass(&self) -> bool {
        let mut state = self.lock();
        while state.closed && !state.ended {
            state.held = true;
            self.changed.notify_all();
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.held = false;
        !state.ended
    }

    /// The reader is done for good.
    fn leave(&self) {
        self.lock().held = true;
        self.changed.notify_all();
    }

    /// Holds the reader and waits until it is held, a second at most: half an escape sequence can keep it in a read.
    fn close(&self) {
        self.closing.store(true, Ordering::SeqCst);
        let mut state = self.lock();
        state.closed = true;
        for _ in 0..50 {
            if state.held {
                return;
            }
            // Fails only for a process that does not exist.
            let _ = kill_process(getpid(), Signal::WINCH);
            state =
                self.changed.wait_timeout(state, Duration::from_millis(20)).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn open(&self) {
        self.closing.store(false, Ordering::SeqCst);
        self.lock().closed = false;
        self.changed.notify_all();
    }

    fn end(&self) {
        self.lock().ended = true;
        self.changed.notify_all();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, GateState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits until the terminal hangs up or `stopped` is closed. crossterm, once its terminal is gone, reads nothing for ever
/// at full speed and reports nothing, so this is what notices, and what ends the process if nobody else does.
fn await_hang_up(stopped: &io::PipeReader, gone: &CancellationToken) {
    let terminal = rustix::stdio::stdin();
    loop {
        let mut watched = [PollFd::new(&terminal, PollFlags::empty()), PollFd::new(stopped, PollFlags::IN)];
        match poll(&mut watched, None) {
            Ok(_) if !watched[1].revents().is_empty() => return,
            Ok(_) if watched[0].revents().is_empty() => {}
            Err(rustix::io::Errno::INTR) => {}
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
