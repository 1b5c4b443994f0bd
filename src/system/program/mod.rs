//! A program that is run to its end within a time, with all that it starts, or read from as long as it speaks.

mod capture;
mod environment;
mod group;
mod pipe;

use std::io;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::process::{ChildStdin, Command};

pub use capture::Capture;
use capture::read;
pub use environment::withhold;
use group::Group;
pub use pipe::Pipe;

/// How long a program may take to end once it was asked to.
const GRACE: Duration = Duration::from_secs(2);
/// How long the output is waited for once the program itself has ended: what it left running may hold it open.
const LEFT_OPEN: Duration = Duration::from_millis(500);

/// What a program came to that ended by itself.
#[derive(Debug)]
pub struct Ran {
    /// How it ended.
    pub status: ExitStatus,
    /// Its standard output, secrets and all.
    pub out: Capture,
    pub err: Capture,
}

/// Why a program could not be run to its end.
#[derive(Debug)]
pub enum Failed {
    /// It could not be started, or not be talked to.
    Start(io::Error),
    /// It took too long, and was ended with all that it started; with what it had printed.
    TimedOut(Capture, Capture),
}

/// Runs `command` to its end, with `input` on its standard input, or nothing there. It leads a process group of its own and
/// has no terminal: one that asks a person runs into its time limit. It gets this process's environment without keydeck's
/// own secrets, see [`withhold`]. When that is reached, or this future is dropped, the
/// whole group is ended; what a program that ended by itself left running is left alone.
///
/// # Errors
/// When it cannot be started or takes too long; how it ended otherwise is in the answer.
pub async fn run(command: &mut Command, input: Option<&[u8]>, limit: Duration) -> Result<Ran, Failed> {
    environment::clean(command.as_std_mut());
    command
        .stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true);
    let mut child = command.spawn().map_err(Failed::Start)?;
    let mut group = Group::of(&child);
    let (mut out, mut err) = (Capture::default(), Capture::default());
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let limit = tokio::time::sleep(limit);
    tokio::pin!(limit);
    let status = {
        let talk = async {
            let (fed, read_out, read_err) =
                tokio::join!(feed(stdin, input), read(stdout, &mut out), read(stderr, &mut err));
            fed.and(read_out).and(read_err)
        };
        tokio::pin!(talk);
        let mut talked = None;
        let status = loop {
            tokio::select! {
                status = child.wait() => break Some(status),
                told = &mut talk, if talked.is_none() => talked = Some(told),
                () = &mut limit => break None,
            }
        };
        if let Some(status) = status {
            if talked.is_none() {
                talked = tokio::time::timeout(LEFT_OPEN, &mut talk).await.ok();
            }
            group.leave();
            if let Some(Err(error)) = talked {
                return Err(Failed::Start(error));
            }
            Some(status.map_err(Failed::Start)?)
        } else {
            group.ask_to_end();
            let ended = async {
                let _ = child.wait().await;
                if talked.is_none() {
                    let _ = (&mut talk).await;
                }
            };
            let _ = tokio::time::timeout(GRACE, ended).await;
            group.kill();
            let _ = child.wait().await;
            None
        }
    };
    match status {
        Some(status) => Ok(Ran { status, out, err }),
        None => Err(Failed::TimedOut(out, err)),
    }
}

/// Writes all of `input`. A program need not read it.
async fn feed(stdin: Option<ChildStdin>, input: Option<&[u8]>) -> io::Result<()> {
    let (Some(mut stdin), Some(input)) = (stdin, input) else { return Ok(()) };
    match stdin.write_all(input).await {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
        _ => Ok(()),
    }
}
