//! The whole program, in a pseudo-terminal, on a real server: what a person sees, types and is left with.

#![expect(clippy::unwrap_used, reason = "what cannot be read fails the test")]

#[path = "support/answers.rs"]
mod answers;
#[path = "support/pty.rs"]
mod pty;

#[path = "pty/contain.rs"]
mod contain;
#[path = "pty/demo.rs"]
mod demo;
#[path = "pty/exposed.rs"]
mod exposed;
#[path = "pty/ground.rs"]
mod ground;
#[path = "pty/jobs.rs"]
mod jobs;
#[path = "pty/line.rs"]
mod line;
#[path = "pty/mouse.rs"]
mod mouse;
#[path = "pty/offboard.rs"]
mod offboard;
#[path = "pty/pictures.rs"]
mod pictures;
#[path = "pty/plain.rs"]
mod plain;
#[path = "pty/pointer.rs"]
mod pointer;
#[path = "pty/profiles.rs"]
mod profiles;
#[path = "pty/rotation.rs"]
mod rotation;
#[path = "pty/answers.rs"]
mod said_by_the_terminal;
#[path = "pty/settings.rs"]
mod settings;
#[path = "pty/tmux.rs"]
mod tmux;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use keydeck::domain::key_value::{KeyKind, mint};
use pty::Pty;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

const KEYDECK: &str = env!("CARGO_BIN_EXE_keydeck");

/// A demo's server without its console, ended with the test.
struct Server {
    process: Child,
    url: String,
    key: String,
    home: TempDir,
}

impl Server {
    fn start() -> Self {
        Self::start_as("admin")
    }

    /// The same, where the console's user has this role.
    fn start_as(role: &str) -> Self {
        let home = tempfile::tempdir().unwrap();
        let mut process = command(home.path())
            .args(["demo", "--print-url", "--keys", "60", "--seed", "7", "--role", role])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let access: serde_json::Value = serde_json::from_str(&line).unwrap();
        let text = |name: &str| access[name].as_str().unwrap().to_owned();
        Self { process, url: text("url"), key: text("apiKey"), home }
    }

    /// The console on this server, at 80×24, once it shows the keys.
    fn console(&self, environment: &[(&str, &str)]) -> Pty {
        let home = self.home.path().to_str().unwrap();
        let mut all =
            vec![("HOME", home), ("TMPDIR", home), ("KEYDECK_URL", &self.url), ("KEYDECK_API_KEY", &self.key)];
        all.extend(environment);
        let console = Pty::start(KEYDECK, [], all, (24, 80));
        console.wait_for("console-olivia");
        console.wait_for("4 Exposed !");
        console
    }

    /// What `keydeck list` prints about the team's keys.
    fn listed(&self, filter: &str) -> Vec<String> {
        let output = command(self.home.path())
            .args(["list", "--tab", "team", "--json", "--filter", filter])
            .envs([("KEYDECK_URL", &self.url), ("KEYDECK_API_KEY", &self.key)])
            .output()
            .unwrap();
        let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let rows = document["data"].as_array().unwrap();
        rows.iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let process = Pid::from_child(&self.process);
        let _ = kill_process(process, Signal::TERM);
        // one that a test stopped hears it only then
        let _ = kill_process(process, Signal::CONT);
        let _ = self.process.wait();
    }
}

fn command(home: &Path) -> Command {
    let mut command = Command::new(KEYDECK);
    command.env_clear().env("HOME", home).env("TMPDIR", home);
    command
}

/// Longer than a dialog drops what is typed after it opened.
const DIALOG_LISTENS: Duration = Duration::from_millis(600);

/// Leaves a rotation whose new key works beside the old one, to be gone on with later.
fn keep_for_later(console: &mut Pty) {
    console.wait_for("Both keys work");
    console.settle(DIALOG_LISTENS);
    console.keys("<Esc>");
    console.wait_for("Keep it for later?");
    console.settle(DIALOG_LISTENS);
    console.keys("<Enter>");
    console.wait_for("Kept for later");
}

/// What is marked by [`mark_two`].
const UNUSED: &str = "status:enabled used:never";

/// Shows the team's keys that are enabled and were never used, and marks the first two.
fn mark_two(console: &mut Pty) {
    console.keys("3/status:enabled<Space>used:never");
    console.wait_until("to filter", |screen| !screen.contents().contains("just now"));
    console.keys("<Enter>");
    console.wait_for("Space mark");
    console.keys("<Space><Space>");
    console.wait_for("2 marked");
}

#[test]
fn keys_are_found_marked_and_revoked() {
    let server = Server::start();
    let unused = server.listed(UNUSED);
    assert!(unused.len() > 2, "{unused:?}");
    let mut console = server.console(&[]);
    mark_two(&mut console);
    console.wait_for(&format!("{} of 60", unused.len()));
    console.keys("x");
    console.wait_for("Revoke 2 keys");
    console.settle(DIALOG_LISTENS);
    console.keys("2");
    console.wait_for("revoke them: 2");
    console.keys("<Enter>");
    console.wait_for("2 revoked");
    console.settle(DIALOG_LISTENS);
    console.keys("<Enter>");
    console.wait_for("2 keys revoked");
    console.wait_for(&format!("{} of 60", unused.len() - 2));
    console.keys("q");
    assert_eq!(console.exit_with_the_terminal_as_it_was().exit_code(), 0);
    let left = server.listed(UNUSED);
    assert_eq!(left.len(), unused.len() - 2);
    let revoked = server.listed("status:revoked used:never");
    assert!(unused.iter().filter(|name| !left.contains(name)).all(|name| revoked.contains(name)), "{revoked:?}");
}

#[test]
fn neither_the_key_that_opened_it_nor_enter_nor_a_paste_confirms_a_dialog() {
    let server = Server::start();
    let mut console = server.console(&[]);
    let unused = server.listed(UNUSED);
    mark_two(&mut console);
    console.keys("xx2<Enter>");
    console.wait_for("Revoke 2 keys");
    console.settle(DIALOG_LISTENS);
    console.keys("x<Enter>");
    console.paste("2");
    console.keys("<Enter>");
    console.settle(DIALOG_LISTENS);
    console.wait_for("Revoke 2 keys");
    console.keys("<Esc>");
    console.wait_for("Nothing was revoked");
    console.keys("qq");
    assert_eq!(console.exit().exit_code(), 0);
    assert_eq!(server.listed(UNUSED), unused);
}

#[test]
fn a_pasted_key_is_never_written() {
    let server = Server::start();
    let mut console = server.console(&[]);
    let value = mint(KeyKind::ApiKey, getrandom::fill).unwrap();
    console.keys("/");
    console.wait_for("Esc take it back");
    console.paste(value.expose());
    console.wait_for("0 of");
    console.keys("<Enter>q");
    assert_eq!(console.exit().exit_code(), 0);
    let written = String::from_utf8_lossy(&console.bytes_since(0)).into_owned();
    // what is between the mask's two ends
    assert!(!written.contains(&value.expose()[4..10]), "the key was written");
}

#[test]
fn nothing_is_written_when_nothing_happens_and_little_when_the_cursor_moves() {
    let server = Server::start();
    let mut console = server.console(&[]);
    console.keys("3");
    console.wait_for("secrets-rotation");
    console.settle(DIALOG_LISTENS);
    console.stays_quiet(Duration::from_millis(1500));
    let before = console.written();
    console.keys("j");
    console
        .wait_until("to have moved the cursor", |screen| screen.cell(5, 1).is_some_and(|cell| cell.contents() == "▌"));
    console.stays_quiet(Duration::from_millis(300));
    let moved = console.bytes_since(before).len();
    println!("a cursor move writes {moved} bytes");
    assert!(moved < 700, "{moved} bytes");
}

#[test]
fn without_colours_the_cursor_row_stands_out() {
    let server = Server::start();
    let mut console = server.console(&[("NO_COLOR", "1")]);
    console.look(|screen| {
        let cells = (0..24).flat_map(|row| (0..80).filter_map(move |column| screen.cell(row, column)));
        for cell in cells {
            assert_eq!((cell.fgcolor(), cell.bgcolor()), (vt100::Color::Default, vt100::Color::Default));
        }
        assert!(screen.cell(4, 10).unwrap().inverse() && !screen.cell(5, 10).unwrap().inverse());
    });
    console.keys("q");
    assert_eq!(console.exit_with_the_terminal_as_it_was().exit_code(), 0);
}

#[test]
fn any_size_is_lived_through() {
    let server = Server::start();
    let mut console = server.console(&[]);
    for (rows, columns) in [(12, 40), (1, 1), (50, 200), (5, 20), (24, 80)] {
        let before = console.written();
        console.resize(rows, columns);
        console.wait_for_bytes_after(before);
    }
    console.wait_for("console-olivia");
    console.keys("q");
    assert_eq!(console.exit_with_the_terminal_as_it_was().exit_code(), 0);
}

#[test]
fn a_signal_leaves_the_terminal_as_it_was() {
    let server = Server::start();
    for (signal, code) in [(Signal::TERM, 143), (Signal::HUP, 129), (Signal::INT, 130), (Signal::QUIT, 131)] {
        let mut console = server.console(&[]);
        console.signal(signal);
        assert_eq!(console.exit_with_the_terminal_as_it_was().exit_code(), code);
    }
}

#[test]
fn a_console_whose_terminal_vanishes_ends() {
    let server = Server::start();
    let mut console = server.console(&[]);
    console.hang_up_upon("3");
    assert_eq!(console.exit().exit_code(), 129);
}

#[test]
fn a_demo_leaves_nothing_behind() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().to_str().unwrap();
    for (how, code) in [("quit", 0), ("signal", 143)] {
        let mut demo =
            Pty::start(KEYDECK, ["demo", "--keys", "60", "--seed", "7"], [("HOME", path), ("TMPDIR", path)], (24, 80));
        demo.wait_for("console-olivia");
        match how {
            "quit" => demo.keys("3q"),
            _ => demo.signal(Signal::TERM),
        }
        assert_eq!(demo.exit_with_the_terminal_as_it_was().exit_code(), code, "{how}");
        let left: Vec<_> = std::fs::read_dir(home.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert!(left.is_empty(), "{how}: {left:?}");
    }
}

#[test]
fn a_large_demo_opens_while_its_team_is_made() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().to_str().unwrap();
    let start = |keys| Pty::start(KEYDECK, ["demo", "--keys", keys], [("HOME", path), ("TMPDIR", path)], (24, 120));
    let mut demo = start("12000");
    demo.wait_for("seeding");
    demo.wait_for("console-olivia");
    demo.keys("3");
    demo.wait_for("3 Team Keys 12,000");
    demo.keys("q");
    demo.exit_with_the_terminal_as_it_was();
    // left while it is made, it leaves nothing behind either
    let mut demo = start("500000");
    demo.wait_for("seeding");
    demo.wait_for("console-olivia");
    demo.keys("q");
    demo.exit_with_the_terminal_as_it_was();
    let left: Vec<_> = std::fs::read_dir(home.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_server_that_never_answers_is_seen_to_be_waited_for() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let home = tempfile::tempdir().unwrap();
    let key = mint(KeyKind::ApiKey, getrandom::fill).unwrap();
    let home = home.path().to_str().unwrap();
    let environment = vec![("HOME", home), ("KEYDECK_URL", &url), ("KEYDECK_API_KEY", key.expose())];
    let mut console = Pty::start(KEYDECK, [], environment, (24, 80));
    console.wait_for("Loading …");
    console.keys("3");
    console.wait_for("what you see depends on your role");
    console.keys("q");
    assert!(console.exit_with_the_terminal_as_it_was().success());
}

#[test]
fn what_was_chosen_is_there_the_next_time_and_a_broken_memory_is_not_missed() {
    let server = Server::start();
    let state = server.home.path().join("state");
    let state_variable = [("XDG_STATE_HOME", state.to_str().unwrap())];
    let mut console = server.console(&state_variable);
    console.keys("3C<Down><Space>qf<Down><Down><Space>q");
    console.wait_for("only enabled, disabled");
    console.keys("q");
    assert_eq!(console.exit().exit_code(), 0);
    let kept = state.join("keydeck/profile-environment.json");
    let text = std::fs::read_to_string(&kept).unwrap();
    assert!(text.contains("team-keys"), "{text}");

    let mut console = server.console(&state_variable);
    console.wait_for("only enabled, disabled");
    console.keys("q");
    assert_eq!(console.exit().exit_code(), 0);
    assert_eq!(std::fs::read_to_string(&kept).unwrap(), text);

    std::fs::write(&kept, &text[..text.len() / 2]).unwrap();
    let mut console = server.console(&state_variable);
    console.keys("q");
    assert_eq!(console.exit().exit_code(), 0);
    let log = std::fs::read_to_string(state.join("keydeck/keydeck.log")).unwrap();
    assert!(log.contains("what is remembered of this profile is not understood"), "{log}");

    // where nothing can be written, everything else works
    std::fs::remove_file(&kept).unwrap();
    std::fs::create_dir(&kept).unwrap();
    let mut console = server.console(&state_variable);
    console.keys("3");
    console.wait_for("are not remembered");
    console.keys("q");
    assert_eq!(console.exit().exit_code(), 0);
}
