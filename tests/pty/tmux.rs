//! The console in a real tmux, whose terminal is a pseudo-terminal.

use std::process::{Command, Output};

use base64::prelude::{BASE64_STANDARD, Engine};

use crate::KEYDECK;
use crate::pty::Pty;

/// A tmux server on this socket, ended with the test however that ends.
struct Server<'a>(&'a str);

impl Server<'_> {
    fn run(&self, command: &str) -> Output {
        Command::new("tmux").args(["-S", self.0, command]).env_remove("TMUX").output().unwrap()
    }
}

impl Drop for Server<'_> {
    fn drop(&mut self) {
        self.run("kill-server");
    }
}

#[test]
fn what_is_copied_reaches_the_terminal_around_tmux_and_tmux_keeps_nothing() {
    if Command::new("tmux").arg("-V").output().is_err() {
        // where nothing may be left out, as in .ci/run, this is a failure
        assert!(std::env::var_os("KEYDECK_TEST_ALL").is_none(), "tmux is not installed");
        println!("SKIPPED: tmux is not installed, so copying in tmux was not tested");
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let socket = home.path().join("socket");
    let (home, socket) = (home.path().to_str().unwrap(), socket.to_str().unwrap());
    let server = Server(socket);
    let mut tmux = Pty::start(
        "tmux",
        ["-u", "-f", "/dev/null", "-S", socket, "new-session", KEYDECK, "demo", "--keys", "60", "--seed", "7"],
        [("HOME", home), ("TMPDIR", home)],
        (24, 80),
    );
    tmux.wait_for("console-olivia");
    tmux.keys("y");
    tmux.wait_for("sent to the terminal through tmux");
    let written = String::from_utf8_lossy(&tmux.bytes_since(0)).into_owned();
    let sent: Vec<&str> = written.split("\x1b]52;").skip(1).collect();
    assert_eq!(sent.len(), 1, "{sent:?}");
    let encoded = sent[0].split_once(';').unwrap().1.split(['\x07', '\x1b']).next().unwrap();
    let id = String::from_utf8(BASE64_STANDARD.decode(encoded).unwrap()).unwrap();
    assert!(!id.is_empty());
    tmux.keys("<Enter>");
    tmux.wait_for(&id);
    let kept = server.run("list-buffers");
    assert!(kept.status.success() && kept.stdout.is_empty(), "{kept:?}");
    tmux.keys("qq");
    assert!(tmux.exit_with_the_terminal_as_it_was().success());
}
