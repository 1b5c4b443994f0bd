//! Job control: stopping for the shell that the console was started from, and coming back.

use std::io;
use std::process::{Command, Stdio};

use futures_util::FutureExt;
use rustix::process::{Pid, Signal, WaitOptions, kill_current_process_group, kill_process, waitpid};
use tokio::signal::unix::{self, SignalKind};

/// The signals of job control, from [`listen`](Self::listen) on.
pub struct Jobs {
    stop: unix::Signal,
    go_on: unix::Signal,
}

/// What a signal of job control asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Job {
    /// To stop: SIGTSTP from another process. In raw mode ctrl-z is a key.
    Stop,
    /// To go on: SIGCONT, after a stop or without one.
    GoOn,
}

impl Jobs {
    /// Begins to listen, on the current runtime.
    pub fn listen() -> io::Result<Self> {
        Ok(Self {
            stop: unix::signal(SignalKind::from_raw(Signal::TSTP.as_raw()))?,
            go_on: unix::signal(SignalKind::from_raw(Signal::CONT.as_raw()))?,
        })
    }

    /// The next signal. Cancelling it loses none.
    pub async fn next(&mut self) -> Job {
        tokio::select! {
            biased;
            _ = self.stop.recv() => Job::Stop,
            _ = self.go_on.recv() => Job::GoOn,
        }
    }

    /// Stops this process and those started with it, and comes back when a shell lets them go on. The terminal must
    /// have been given back before. Call it only where [`somebody_waits`].
    pub async fn stop(&mut self) -> io::Result<()> {
        // one from before would be taken for the end of this stop
        let _ = self.go_on.recv().now_or_never();
        // SIGTSTP is caught here, and cannot be left to the system again without unsafe code
        kill_current_process_group(Signal::STOP)?;
        self.go_on.recv().await;
        let _ = self.stop.recv().now_or_never();
        Ok(())
    }
}

/// Whether somebody would let a stopped process of this group go on. The system knows: it ignores SIGTSTP in a group
/// whose session has nobody to look after it. So a child, started for this, is asked to stop, and does or ends.
pub fn somebody_waits() -> io::Result<bool> {
    let mut child = Command::new("/bin/sh")
        .args(["-c", "read line"])
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let pid = Pid::from_child(&child);
    let asked = kill_process(pid, Signal::TSTP);
    // with nothing to read it ends, unless it was stopped before
    drop(child.stdin.take());
    asked?;
    let stopped = waitpid(Some(pid), WaitOptions::UNTRACED)?.is_some_and(|(_, status)| status.stopped());
    if stopped {
        child.kill()?;
        child.wait()?;
    }
    Ok(stopped)
}
