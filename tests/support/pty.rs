//! A program in a pseudo-terminal, as a person has it: keys in, a screen out. Everything waits for what is to happen;
//! what does not happen within the limit fails with the screen as it is.

#![allow(dead_code, reason = "each test that includes this uses its own part")]

use std::io::{Read, Write};
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use keydeck::tui::key::{KeyCode, KeyPress};
use portable_pty::{CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};

/// How long anything may take: generous, since it is only waited out when the test fails.
const LIMIT: Duration = Duration::from_secs(30);

/// A running program and the terminal it has.
pub struct Pty {
    terminal: Option<Box<dyn MasterPty + Send>>,
    writer: Option<Box<dyn Write + Send>>,
    shown: Arc<Shown>,
    reader: Option<JoinHandle<()>>,
    exited: Receiver<ExitStatus>,
    pid: Pid,
    before: String,
}

/// What the program wrote, shared with the thread that reads it.
struct Shown {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    screen: vt100::Parser,
    bytes: Vec<u8>,
    /// How many of the bytes the screen has taken in.
    taken: usize,
    ended: bool,
    let_go: bool,
}

impl State {
    /// Shows what was written, as a terminal does: a synchronized update when it is whole.
    fn take_in(&mut self) {
        let last = |mark: &[u8]| self.bytes.windows(mark.len()).rposition(|bytes| bytes == mark);
        let end = match (last(b"\x1b[?2026h"), last(b"\x1b[?2026l")) {
            (Some(begun), ended) if !self.ended && ended.is_none_or(|ended| ended < begun) => begun,
            _ => self.bytes.len(),
        };
        let fresh = self.bytes[self.taken..end.max(self.taken)].to_vec();
        self.screen.process(&fresh);
        self.taken += fresh.len();
    }
}

impl Pty {
    /// Starts `program` in a terminal of this many rows and columns, with this environment and no other.
    pub fn start<'a>(
        program: impl AsRef<Path>,
        arguments: impl IntoIterator<Item = &'a str>,
        environment: impl IntoIterator<Item = (&'a str, &'a str)>,
        (rows, columns): (u16, u16),
    ) -> Self {
        let pair = native_pty_system().openpty(size(rows, columns)).unwrap();
        let mut command = CommandBuilder::new(program.as_ref());
        command.args(arguments);
        command.env_clear();
        command.env("TERM", "xterm-256color");
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        for (name, value) in environment {
            command.env(name, value);
        }
        let before = modes(pair.master.as_ref());
        let mut child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let pid = Pid::from_raw(child.process_id().unwrap().cast_signed()).unwrap();
        let (sender, exited) = channel();
        std::thread::spawn(move || sender.send(child.wait().unwrap()));
        let shown = Arc::new(Shown {
            state: Mutex::new(State {
                screen: vt100::Parser::new(rows, columns, 0),
                bytes: Vec::new(),
                taken: 0,
                ended: false,
                let_go: false,
            }),
            changed: Condvar::new(),
        });
        let reader = read_on(pair.master.try_clone_reader().unwrap(), Arc::clone(&shown));
        let writer = pair.master.take_writer().unwrap();
        Self { terminal: Some(pair.master), writer: Some(writer), shown, reader: Some(reader), exited, pid, before }
    }

    /// Waits until the screen shows `text`.
    pub fn wait_for(&self, text: &str) {
        self.wait_until(&format!("to show {text:?}"), |screen| screen.contents().contains(text));
    }

    /// Waits until the screen shows `text`, which may take as long as `limit`.
    pub fn wait_for_within(&self, limit: Duration, text: &str) {
        self.wait_within(limit, &format!("to show {text:?}"), |state| state.screen.screen().contents().contains(text));
    }

    /// Waits until `holds` is true of the screen.
    pub fn wait_until(&self, what: &str, holds: impl Fn(&vt100::Screen) -> bool) {
        self.wait(what, |state| holds(state.screen.screen()));
    }

    /// Waits until the program has written nothing for as long as `span`.
    pub fn settle(&self, span: Duration) {
        let mut state = self.state();
        loop {
            let start = state.bytes.len();
            let waited =
                self.shown.changed.wait_timeout_while(state, span, |state| state.bytes.len() == start).unwrap();
            state = waited.0;
            if waited.1.timed_out() {
                return;
            }
        }
    }

    /// Waits until the program has written more than its first `start` bytes.
    pub fn wait_for_bytes_after(&self, start: usize) {
        self.wait("to write something", |state| state.bytes.len() > start);
    }

    fn wait(&self, what: &str, holds: impl Fn(&State) -> bool) {
        self.wait_within(LIMIT, what, holds);
    }

    fn wait_within(&self, limit: Duration, what: &str, holds: impl Fn(&State) -> bool) {
        let deadline = Instant::now() + limit;
        let mut state = self.state();
        while !holds(&state) {
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero() && !state.ended, "waited for it {what}; it shows:\n{}", framed(&state.screen));
            state = self.shown.changed.wait_timeout(state, left).unwrap().0;
        }
    }

    /// Looks at the screen.
    pub fn look<T>(&self, at: impl FnOnce(&vt100::Screen) -> T) -> T {
        at(self.state().screen.screen())
    }

    /// Types keys, written as in the configuration: `gg`, `<Space>jj`, `<ctrl-r>`.
    pub fn keys(&mut self, keys: &str) {
        let bytes: Vec<u8> = KeyPress::sequence(keys).unwrap().into_iter().flat_map(bytes_of).collect();
        self.send(&bytes);
    }

    /// Pastes `text`, as a terminal with bracketed paste does.
    pub fn paste(&mut self, text: &str) {
        self.send(format!("\x1b[200~{text}\x1b[201~").as_bytes());
    }

    /// Sends bytes as they are.
    pub fn send(&mut self, bytes: &[u8]) {
        let writer = self.writer.as_mut().unwrap();
        writer.write_all(bytes).unwrap();
        writer.flush().unwrap();
    }

    /// Gives the terminal another size.
    pub fn resize(&self, rows: u16, columns: u16) {
        self.state().screen.screen_mut().set_size(rows, columns);
        self.terminal.as_ref().unwrap().resize(size(rows, columns)).unwrap();
    }

    /// Sends the program a signal.
    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid, signal).unwrap();
    }

    /// How many bytes the program wrote so far.
    pub fn written(&self) -> usize {
        self.state().bytes.len()
    }

    /// What the program wrote after the first `start` bytes.
    pub fn bytes_since(&self, start: usize) -> Vec<u8> {
        self.state().bytes[start..].to_vec()
    }

    /// Fails if the program writes anything for as long as `span`.
    pub fn stays_quiet(&self, span: Duration) {
        let state = self.state();
        let start = state.bytes.len();
        let (state, _) =
            self.shown.changed.wait_timeout_while(state, span, |state| state.bytes.len() == start).unwrap();
        assert_eq!(String::from_utf8_lossy(&state.bytes[start..]), "");
    }

    /// Types `keys`, which the program must answer by writing something, and takes the terminal away: the line is
    /// dropped.
    pub fn hang_up_upon(&mut self, keys: &str) {
        // The reader sits in a read and with it holds the terminal: it lets go after the next bytes.
        self.state().let_go = true;
        self.keys(keys);
        self.reader.take().unwrap().join().unwrap();
        drop(self.writer.take());
        drop(self.terminal.take());
    }

    /// Waits until the program ended by itself and says how.
    pub fn exit(&mut self) -> ExitStatus {
        let Ok(status) = self.exited.recv_timeout(LIMIT) else {
            panic!("waited for it to end; it shows:\n{}", framed(&self.state().screen))
        };
        if let Some(reader) = self.reader.take() {
            reader.join().unwrap();
        }
        status
    }

    /// Waits until the program ended by itself, and checks that the terminal is as it was.
    pub fn exit_with_the_terminal_as_it_was(&mut self) -> ExitStatus {
        // On some systems the modes cannot be read once the program is gone; on Linux they can.
        let status = self.exit();
        self.terminal_is_as_it_was();
        status
    }

    /// Checks that the terminal is as it was before the program: its modes, the main screen, the cursor shown, no
    /// bracketed paste, no mouse.
    pub fn terminal_is_as_it_was(&self) {
        assert_eq!(modes(self.terminal.as_ref().unwrap().as_ref()), self.before);
        let state = self.state();
        let screen = state.screen.screen();
        let what = framed(&state.screen);
        assert!(!screen.alternate_screen(), "on the alternate screen:\n{what}");
        assert!(!screen.hide_cursor(), "the cursor is hidden:\n{what}");
        assert!(!screen.bracketed_paste(), "pastes are bracketed:\n{what}");
        assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None, "the mouse is taken:\n{what}");
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shown.state.lock().unwrap()
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        // A test that failed leaves no program behind; one that ended is no longer there.
        if self.exited.try_recv().is_err() && self.reader.is_some() {
            let _ = kill_process(self.pid, Signal::KILL);
        }
    }
}

fn size(rows: u16, columns: u16) -> PtySize {
    PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }
}

fn modes(terminal: &dyn MasterPty) -> String {
    format!("{:?}", terminal.get_termios())
}

fn read_on(mut from: Box<dyn Read + Send>, shown: Arc<Shown>) -> JoinHandle<()> {
    std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        loop {
            let count = from.read(&mut buffer).unwrap_or(0);
            let mut state = shown.state.lock().unwrap();
            state.bytes.extend_from_slice(&buffer[..count]);
            state.ended = count == 0;
            state.take_in();
            shown.changed.notify_all();
            if state.ended || state.let_go {
                return;
            }
        }
    })
}

fn framed(screen: &vt100::Parser) -> String {
    screen.screen().contents().lines().flat_map(|line| ["  | ", line, "\n"]).collect()
}

/// What a terminal sends for a key.
fn bytes_of(press: KeyPress) -> Vec<u8> {
    let mut bytes = match press.code {
        KeyCode::Char(c) if press.ctrl => vec![u8::try_from(c).unwrap() & 0x1f],
        KeyCode::Char(c) => c.to_string().into_bytes(),
        KeyCode::Enter => b"\r".to_vec(),
        KeyCode::Esc => b"\x1b".to_vec(),
        KeyCode::Tab => b"\t".to_vec(),
        KeyCode::BackTab => b"\x1b[Z".to_vec(),
        KeyCode::Backspace => b"\x7f".to_vec(),
        KeyCode::Delete => b"\x1b[3~".to_vec(),
        KeyCode::Insert => b"\x1b[2~".to_vec(),
        KeyCode::Left => b"\x1b[D".to_vec(),
        KeyCode::Right => b"\x1b[C".to_vec(),
        KeyCode::Up => b"\x1b[A".to_vec(),
        KeyCode::Down => b"\x1b[B".to_vec(),
        KeyCode::Home => b"\x1b[H".to_vec(),
        KeyCode::End => b"\x1b[F".to_vec(),
        KeyCode::PageUp => b"\x1b[5~".to_vec(),
        KeyCode::PageDown => b"\x1b[6~".to_vec(),
        KeyCode::F(number) => panic!("F{number} is not sent by any test yet"),
    };
    if press.alt {
        bytes.insert(0, 0x1b);
    }
    bytes
}
