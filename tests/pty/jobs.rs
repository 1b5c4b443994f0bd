//! Stopping for the shell and coming back, under a shell with job control.

use keydeck::domain::key_value::{KeyKind, mint};
use rustix::process::{Pid, Signal, kill_process};

use crate::pty::Pty;
use crate::{DIALOG_LISTENS, KEYDECK, Server};

/// Runs the console as a job of two processes, says with which code the job stopped or ended, and brings it back at the
/// next line typed.
const SHELL: &str = r#"
set -m
sh -c 'echo $$ >"$HOME/pid"; "$0"; exit $?' "$0"
while echo "job: $?"; do
    read line
    fg
done
"#;

/// The console as a job of a shell, and its process.
fn job_of_a_shell(server: &Server) -> (Pty, Pid) {
    let home = server.home.path();
    let script = SHELL.replace("\"$0\"; exit $?", "exec \"$0\"");
    let console = in_a_shell(server, &script);
    let pid = std::fs::read_to_string(home.join("pid")).unwrap();
    (console, Pid::from_raw(pid.trim().parse().unwrap()).unwrap())
}

fn in_a_shell(server: &Server, script: &str) -> Pty {
    let home = server.home.path().to_str().unwrap();
    let environment =
        vec![("HOME", home), ("TMPDIR", home), ("KEYDECK_URL", &server.url), ("KEYDECK_API_KEY", &server.key)];
    let console = Pty::start("/bin/sh", ["-c", script, KEYDECK], environment, (24, 80));
    console.wait_for("console-olivia");
    console.wait_for("4 Exposed !");
    console
}

/// Waits until the shell has the terminal, as it was.
fn stopped(console: &Pty) {
    console.wait_for(&format!("job: {}", 128 + Signal::STOP.as_raw()));
    console.terminal_is_as_it_was();
}

#[test]
fn ctrl_z_stops_the_whole_job_and_fg_brings_it_back_at_the_present_size() {
    let server = Server::start();
    let mut console = in_a_shell(&server, SHELL);
    console.keys("3");
    // what is typed before the rows are there marks nothing
    console.wait_for("3 Team 60");
    console.keys("<Space>");
    console.wait_for("1 marked");
    console.keys("<ctrl-z>");
    stopped(&console);
    console.resize(30, 100);
    console.send(b"\n");
    console.wait_for("1 marked");
    console.look(|screen| {
        assert!(screen.alternate_screen() && screen.bracketed_paste());
        assert!(screen.rows(0, 100).nth(29).unwrap().contains("Space mark"), "drawn for 30 rows");
    });
    // the keys come through, and it can be done again
    console.keys("<Space>");
    console.wait_for("2 marked");
    console.keys("<ctrl-z>");
    // the shell says it twice now, each time when it has the terminal back
    let job = format!("job: {}", 128 + Signal::STOP.as_raw());
    console.wait_until("to be stopped again", |screen| screen.contents().matches(&job).count() == 2);
    console.terminal_is_as_it_was();
    console.send(b"\n");
    console.wait_for("2 marked");
    console.keys("qq");
    console.wait_for("job: 0");
}

#[test]
fn a_signal_stops_it_too_and_one_to_go_on_draws_anew() {
    let server = Server::start();
    let (mut console, pid) = job_of_a_shell(&server);
    kill_process(pid, Signal::TSTP).unwrap();
    stopped(&console);
    console.send(b"\n");
    console.wait_for("console-olivia");
    let before = console.written();
    kill_process(pid, Signal::CONT).unwrap();
    console.wait_for_bytes_after(before);
    console.settle(DIALOG_LISTENS);
    let anew = String::from_utf8_lossy(&console.bytes_since(before)).into_owned();
    assert!(anew.contains("\u{1b}[?1049h") && anew.contains("console-olivia"), "{anew}");
    // stopped without a word, with the terminal as the console had it
    kill_process(pid, Signal::STOP).unwrap();
    console.wait_for(&format!("job: {}", 128 + Signal::STOP.as_raw()));
    console.send(b"\n");
    console.wait_until("to be back", |screen| !screen.contents().contains("job:"));
    console.keys("q");
    console.wait_for("job: 0");
    console.terminal_is_as_it_was();
}

#[test]
fn a_signal_that_ends_it_while_it_is_stopped_leaves_the_terminal_as_it_was() {
    let server = Server::start();
    let (mut console, pid) = job_of_a_shell(&server);
    console.keys("<ctrl-z>");
    stopped(&console);
    kill_process(pid, Signal::TERM).unwrap();
    console.send(b"\n");
    console.wait_for("job: 143");
    console.terminal_is_as_it_was();
}

#[test]
fn where_no_shell_waits_it_goes_on_and_says_so() {
    let server = Server::start();
    let mut console = server.console(&[]);
    console.keys("<ctrl-z>");
    console.wait_for("No shell waits");
    console.keys("j");
    console.wait_until("to go on", |screen| !screen.contents().contains("No shell waits"));
    console.signal(Signal::TSTP);
    console.wait_for("No shell waits");
    console.keys("q");
    assert_eq!(console.exit_with_the_terminal_as_it_was().exit_code(), 0);
}

#[test]
fn a_value_that_was_shown_is_hidden_before_the_shell_has_the_terminal() {
    let server = Server::start();
    let (mut console, _) = job_of_a_shell(&server);
    console.keys("1n");
    console.wait_for("Name");
    console.keys("made-here<Enter><Enter><Enter><Enter><Enter>");
    console.wait_for("discard");
    console.settle(DIALOG_LISTENS);
    console.keys("<Space>");
    let shown = |screen: &vt100::Screen| screen.contents().split_whitespace().find_map(whole_value);
    console.wait_until("to show the value", |screen| shown(screen).is_some());
    let value = console.look(shown).unwrap();
    let before = console.written();
    console.keys("<ctrl-z>");
    stopped(&console);
    console.send(b"\n");
    console.wait_for("discard");
    assert!(!String::from_utf8_lossy(&console.bytes_since(before)).contains(&value[8..]));
    let left = console.bytes_since(before);
    let cleared = left.windows(4).position(|bytes| bytes == b"\x1b[2J");
    let gone = left.windows(8).position(|bytes| bytes == b"\x1b[?1049l");
    assert!(cleared.is_some() && cleared < gone, "the alternate screen keeps what stood there");
}

/// The word, if it is as long as a key's value.
fn whole_value(word: &str) -> Option<String> {
    let length = mint(KeyKind::ApiKey, getrandom::fill).unwrap().expose().len();
    (word.starts_with("kdk_") && word.len() == length).then(|| word.to_owned())
}
