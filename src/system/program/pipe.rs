//! A program whose output is read as it comes, however long it is.

use std::io::{self, Read};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;

use super::environment;
use super::group::Group;

/// The most of what it says on standard error that is kept, in bytes.
const SAID: u64 = 8 * 1024;

/// A running program. It leads a process group of its own, has no terminal, and gets this process's environment without
/// keydeck's own secrets. When this is dropped, it is ended with all that it started.
pub struct Pipe {
    child: Child,
    group: Group,
    said: Option<JoinHandle<Vec<u8>>>,
}

impl Pipe {
    /// Starts `command`; with `input`, its standard input is written to, else nothing is there.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(command: &mut Command, input: bool) -> io::Result<Self> {
        environment::clean(command);
        let mut child = command
            .stdin(if input { Stdio::piped() } else { Stdio::null() })
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()?;
        let group = Group::led_by(Some(child.id()));
        let said = child.stderr.take().map(|mut from| {
            std::thread::spawn(move || {
                let mut said = Vec::new();
                // the rest is read as well, so that the program is not held up
                let _ = (&mut from).take(SAID).read_to_end(&mut said);
                let _ = io::copy(&mut from, &mut io::sink());
                said
            })
        });
        Ok(Self { child, group, said })
    }

    /// Its standard input, once, where it has one.
    pub fn input(&mut self) -> Option<ChildStdin> {
        self.child.stdin.take()
    }

    /// Its standard output, once.
    pub fn output(&mut self) -> Option<ChildStdout> {
        self.child.stdout.take()
    }

    /// Asks it to end at once, with all that it started.
    pub fn kill(&mut self) {
        self.group.kill();
    }

    /// Waits for its end: how it ended, and the beginning of what it said on standard error, secrets and all.
    ///
    /// # Errors
    /// When the system does not tell.
    pub fn end(mut self) -> io::Result<(ExitStatus, Vec<u8>)> {
        let status = self.child.wait()?;
        self.group.leave();
        let said = self.said.take().and_then(|said| said.join().ok()).unwrap_or_default();
        Ok((status, said))
    }
}

impl Drop for Pipe {
    fn drop(&mut self) {
        self.group.kill();
        let _ = self.child.wait();
    }
}
