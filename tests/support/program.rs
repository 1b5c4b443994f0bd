//! The built program, in a home of its own: no test sees the files of whoever runs it, nor another test's.

#![allow(dead_code, reason = "each test binary uses its own part")]

use std::fs::Permissions;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};

/// The program.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_keydeck");
/// How long anything may take before a test gives up on it.
const PATIENCE: Duration = Duration::from_mins(1);

/// A home directory with nothing in it.
pub struct Home(tempfile::TempDir);

/// What a finished program left.
#[derive(Debug)]
pub struct Ran {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Ran {
    pub fn of(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Fails unless it ended with this code.
    #[track_caller]
    pub fn ended(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:#?}");
        self
    }

    /// Fails unless standard error says this.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(self.err.contains(text), "{text}\n{self:#?}");
        self
    }

    /// The one JSON document on standard output.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}\n{self:#?}"))
    }
}

impl Home {
    pub fn new() -> Self {
        let home = Self(tempfile::tempdir().unwrap());
        for dir in ["config/keydeck", "state", "data", "tmp"] {
            std::fs::create_dir_all(home.path(dir)).unwrap();
        }
        home
    }

    pub fn path(&self, below: &str) -> PathBuf {
        self.0.path().join(below)
    }

    /// Writes a file that only its owner can read, as those that hold secrets have to be.
    pub fn write_private(&self, below: &str, text: &str) {
        let path = self.path(below);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    }

    /// Variables that keep the program inside.
    pub fn environment(&self) -> Vec<(String, String)> {
        let path = |below: &str| self.path(below).to_string_lossy().into_owned();
        [
            ("PATH", std::env::var("PATH").unwrap()),
            ("HOME", path("")),
            ("XDG_CONFIG_HOME", path("config")),
            ("XDG_STATE_HOME", path("state")),
            ("XDG_DATA_HOME", path("data")),
            ("TMPDIR", path("tmp")),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .to_vec()
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command.env_clear().envs(self.environment()).args(args).stdin(Stdio::null());
        command
    }

    pub fn run(&self, args: &[&str]) -> Ran {
        Ran::of(self.command(args).output().unwrap())
    }

    pub fn run_with(&self, args: &[&str], environment: &[(&str, &str)]) -> Ran {
        Ran::of(self.command(args).envs(environment.iter().copied()).output().unwrap())
    }

    /// Runs with text on standard input.
    pub fn run_reading(&self, args: &[&str], environment: &[(&str, &str)], input: impl AsRef<[u8]>) -> Ran {
        let mut command = self.command(args);
        command.envs(environment.iter().copied()).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_ref()).unwrap();
        Ran::of(child.wait_with_output().unwrap())
    }

    /// Writes config.toml.
    pub fn configure(&self, text: &str) {
        std::fs::write(self.path("config/keydeck/config.toml"), text).unwrap();
    }

    /// What the logs say so far, that of a server's requests after the other.
    pub fn log(&self) -> String {
        let read = |name: &str| std::fs::read_to_string(self.path("state/keydeck").join(name)).unwrap_or_default();
        read("keydeck.log") + &read("requests.log")
    }

    /// The names in a directory.
    pub fn names(&self, below: &str) -> Vec<String> {
        names(&self.path(below))
    }
}

pub fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        std::fs::read_dir(directory).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// A program that goes on running; ended when dropped.
pub struct Running {
    child: Child,
    lines: mpsc::Receiver<String>,
}

impl Running {
    /// Starts it; its lines, of standard output and standard error, are read beside.
    pub fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (send, lines) = mpsc::channel();
        let (out, err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        forward(out, send.clone());
        forward(err, send);
        Self { child, lines }
    }

    /// The next line.
    #[track_caller]
    pub fn line(&self) -> String {
        self.lines.recv_timeout(PATIENCE).unwrap()
    }

    /// The lines that are still to come, once it has ended.
    pub fn rest(&self) -> Vec<String> {
        self.lines.iter().collect()
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits for its end; none when a signal ended it.
    pub fn code(&mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // it may have ended already
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn forward(from: impl Read + Send + 'static, to: mpsc::Sender<String>) {
    std::thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            if to.send(line).is_err() {
                return;
            }
        }
    });
}

/// The program on a terminal.
pub struct Terminal {
    child: Box<dyn portable_pty::Child + Send + Sync>,
    input: Box<dyn Write + Send>,
    output: mpsc::Receiver<Vec<u8>>,
    seen: String,
}

impl Terminal {
    pub fn start(home: &Home, args: &[&str], environment: &[(&str, &str)]) -> Self {
        let pty = native_pty_system().openpty(PtySize { rows: 24, cols: 80, pixel_width: 0, pixel_height: 0 }).unwrap();
        let mut command = CommandBuilder::new(PROGRAM);
        command.env_clear();
        command.args(args);
        command.env("TERM", "xterm-256color");
        for (name, value) in home.environment() {
            command.env(name, value);
        }
        for (name, value) in environment {
            command.env(name, value);
        }
        let child = pty.slave.spawn_command(command).unwrap();
        let mut reader = pty.master.try_clone_reader().unwrap();
        let input = pty.master.take_writer().unwrap();
        let (send, output) = mpsc::channel();
        std::thread::spawn(move || {
            // the master lives as long as it is read
            let _master = pty.master;
            let mut buffer = [0; 4096];
            while let Ok(read @ 1..) = reader.read(&mut buffer) {
                if send.send(buffer[..read].to_vec()).is_err() {
                    return;
                }
            }
        });
        Self { child, input, output, seen: String::new() }
    }

    /// Waits until the terminal was sent this text.
    #[track_caller]
    pub fn shows(&mut self, text: &str) {
        while !self.seen.contains(text) {
            match self.output.recv_timeout(PATIENCE) {
                Ok(bytes) => self.seen += &String::from_utf8_lossy(&bytes),
                Err(error) => {
                    let ended = self.child.try_wait();
                    panic!("{text} never came ({error}, {ended:?}):\n{}", self.seen.escape_debug());
                }
            }
        }
    }

    pub fn types(&mut self, text: &str) {
        self.input.write_all(text.as_bytes()).unwrap();
    }

    pub fn signal(&self, signal: Signal) {
        let pid = self.child.process_id().and_then(|pid| Pid::from_raw(pid.cast_signed())).unwrap();
        kill_process(pid, signal).unwrap();
    }

    /// Waits for the end: the exit code and all that the terminal was sent.
    pub fn end(mut self) -> (u32, String) {
        let code = self.child.wait().unwrap().exit_code();
        while let Ok(bytes) = self.output.recv_timeout(Duration::from_millis(200)) {
            self.seen += &String::from_utf8_lossy(&bytes);
        }
        (code, self.seen)
    }
}
