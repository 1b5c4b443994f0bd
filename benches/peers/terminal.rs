//! In a pseudo-terminal: the first frame, and what a press of Down costs in time, in the processor's time and in bytes.

use std::io::{Read, Write};
use std::process::Command;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use super::{Bound, Failure, KEYDECK, line, median, milliseconds, plain};

/// Nothing more is drawn when nothing came for this long.
const QUIET: Duration = Duration::from_millis(120);
const DOWN: &[u8] = b"\x1b[B";
const PRESSES: usize = 30;

/// A program in a pseudo-terminal.
struct Running {
    child: Box<dyn Child + Send + Sync>,
    _terminal: Box<dyn MasterPty + Send>,
    writer: Box<dyn Write + Send>,
    pieces: Receiver<(Instant, Vec<u8>)>,
    started: Instant,
    _home: tempfile::TempDir,
}

impl Running {
    fn start(program: &[&str], environment: &[(&str, &str)], (cols, rows): (u16, u16)) -> Result<Self, Failure> {
        let home = tempfile::tempdir()?;
        let terminal = native_pty_system().openpty(PtySize { rows, cols, ..PtySize::default() })?;
        let mut command = CommandBuilder::new(program[0]);
        command.args(&program[1..]);
        for name in ["HOME", "TMPDIR", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME"] {
            command.env(name, home.path());
        }
        command.env("TERM", "xterm-256color");
        for (name, value) in environment {
            command.env(name, value);
        }
        let (mut reader, writer) = (terminal.master.try_clone_reader()?, terminal.master.take_writer()?);
        let started = Instant::now();
        let child = terminal.slave.spawn_command(command)?;
        drop(terminal.slave);
        let (sender, pieces) = channel();
        std::thread::spawn(move || {
            let mut bytes = vec![0; 65_536];
            while let Ok(read) = reader.read(&mut bytes)
                && read > 0
                && sender.send((Instant::now(), bytes[..read].to_vec())).is_ok()
            {}
        });
        Ok(Self { child, _terminal: terminal.master, writer, pieces, started, _home: home })
    }

    /// When the first bytes came that hold `word`, since the start.
    fn first(&mut self, word: &str) -> Result<Duration, Failure> {
        let mut seen = Vec::new();
        loop {
            let (at, piece) = self.pieces.recv_timeout(Duration::from_mins(1))?;
            seen.extend(piece);
            if seen.windows(word.len()).any(|window| window == word.as_bytes()) {
                return Ok(at - self.started);
            }
        }
    }

    /// All that comes until nothing does; when the first of it came, and how many bytes.
    fn settle(&mut self) -> (Option<Instant>, usize) {
        let (mut first, mut bytes) = (None, 0);
        loop {
            match self.pieces.recv_timeout(QUIET) {
                Ok((at, piece)) => {
                    first.get_or_insert(at);
                    bytes += piece.len();
                }
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return (first, bytes),
            }
        }
    }

    /// Presses a key: how long until something is drawn, and how many bytes that is.
    fn press(&mut self, key: &[u8]) -> Result<(Duration, usize), Failure> {
        let pressed = Instant::now();
        self.writer.write_all(key)?;
        self.writer.flush()?;
        let (first, bytes) = self.settle();
        Ok((first.map_or(Duration::ZERO, |first| first - pressed), bytes))
    }

    /// The processor's time of all of its threads so far.
    fn cpu(&self) -> Result<Duration, Failure> {
        let mut all = 0;
        for task in std::fs::read_dir(format!("/proc/{}/task", self.child.process_id().unwrap_or_default()))? {
            let stat = std::fs::read_to_string(task?.path().join("schedstat")).unwrap_or_default();
            all += stat.split(' ').next().unwrap_or_default().parse::<u64>().unwrap_or(0);
        }
        Ok(Duration::from_nanos(all))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a press of Down costs.
struct Down {
    latency: f64,
    cpu: f64,
    bytes: f64,
    /// One that scrolls.
    scrolls: f64,
}

fn down(mut running: Running, (_, rows): (u16, u16), before: &[u8], key: &[u8]) -> Result<Down, Failure> {
    while running.settle().1 > 0 {}
    if !before.is_empty() {
        running.press(before)?;
        while running.settle().1 > 0 {}
    }
    let some = usize::from(rows / 3);
    running.press(key)?;
    let moves = (0..some).map(|_| running.press(key)).collect::<Result<Vec<_>, _>>()?;
    for _ in 0..rows {
        running.press(key)?;
    }
    let cpu = running.cpu()?;
    let scrolls = (0..PRESSES).map(|_| running.press(key)).collect::<Result<Vec<_>, _>>()?;
    let cpu = running.cpu()?.saturating_sub(cpu);
    let bytes = |all: &[(Duration, usize)]| median(all.iter().map(|(_, bytes)| *bytes).collect()).unwrap_or(0);
    #[expect(clippy::cast_precision_loss, reason = "a few thousand")]
    let [bytes, scrolls_bytes, presses] = [bytes(&moves), bytes(&scrolls), PRESSES].map(|count| count as f64);
    Ok(Down {
        latency: milliseconds(median(moves.iter().map(|(took, _)| *took).collect()).unwrap_or_default()),
        cpu: milliseconds(cpu) / presses,
        bytes,
        scrolls: scrolls_bytes,
    })
}

/// The program fzf, where it is installed.
fn fzf() -> Option<String> {
    if let Ok(named) = std::env::var("FZF") {
        return Some(named);
    }
    if Command::new("fzf").arg("--version").output().is_ok() {
        return Some("fzf".to_owned());
    }
    let ask = "import iterfzf; print(iterfzf.BUNDLED_EXECUTABLE)";
    let said = Command::new("python3").args(["-c", ask]).output().ok().filter(|said| said.status.success())?;
    Some(String::from_utf8_lossy(&said.stdout).trim().to_owned()).filter(|path| !path.is_empty())
}

fn first_frame(program: &[&str], environment: &[(&str, &str)], word: &str) -> Result<f64, Failure> {
    let mut times = Vec::new();
    for _ in 0..7 {
        times.push(Running::start(program, environment, (120, 36))?.first(word)?);
    }
    Ok(milliseconds(median(times).unwrap_or_default()))
}

/// The console's console, the peers', and what each takes.
pub fn measure() -> Result<(), Failure> {
    let this = std::env::current_exe()?.to_string_lossy().into_owned();
    let bare = first_frame(&[&this], &[(plain::ASKED, "1")], "ci-deploy-0")?;
    for keys in ["400", "100000"] {
        let ours = first_frame(&[KEYDECK, "demo", "--keys", keys], &[], "keydeck")?;
        let what = format!("first frame of demo --keys {keys}");
        line(&what, ours, Some(("a bare ratatui list", bare)), Bound::Times(2.0), "ms");
    }
    let rows = tempfile::NamedTempFile::new()?;
    std::fs::write(rows.path(), (0..10_000).map(|at| plain::row(at) + "\n").collect::<String>())?;
    let file = rows.path().to_string_lossy().into_owned();
    let (fzf, less) = (fzf(), Command::new("less").arg("--version").output().is_ok());
    for (size, of_fzf) in [((80, 24), 0.4), ((200, 60), 0.6)] {
        let at = format!("{}×{}", size.0, size.1);
        let demo = Running::start(&[KEYDECK, "demo", "--keys", "400"], &[], size)?;
        let ours = down(demo, size, b"3", DOWN)?;
        let bare = down(Running::start(&[&this], &[(plain::ASKED, "1")], size)?, size, b"", DOWN)?;
        let peer = Some(("a bare ratatui list", bare.latency));
        line(&format!("Down at {at}, until drawn"), ours.latency, peer, Bound::Times(1.5), "ms");
        let peer = Some(("a bare ratatui list", bare.cpu));
        line(&format!("a scroll by a row at {at}, processor"), ours.cpu, peer, Bound::Times(1.5), "ms");
        let theirs = match &fzf {
            Some(fzf) => {
                let command = format!("{fzf} --reverse --no-mouse < {file}");
                let running = Running::start(&["sh", "-c", &command], &[], size)?;
                Some(down(running, size, b"", DOWN)?.bytes)
            }
            None => None,
        };
        line(
            &format!("Down at {at}, bytes"),
            ours.bytes,
            theirs.map(|bytes| ("fzf", bytes)),
            Bound::Times(of_fzf),
            "B",
        );
        let theirs = if less {
            Some(down(Running::start(&["less", &file], &[], size)?, size, b"", b"j")?.scrolls)
        } else {
            None
        };
        let peer = theirs.map(|bytes| ("less", bytes));
        line(&format!("a scroll by a row at {at}, bytes"), ours.scrolls, peer, Bound::Times(3.0), "B");
    }
    Ok(())
}
