//! A leak contained in the console against the real server: from the paste to the evidence, and taken up again after a kill.

use std::path::{Path, PathBuf};

use keydeck::domain::values::Runs;
use rustix::process::Signal;

use super::{DIALOG_LISTENS, Pty, Server};

/// The line of the demo's log into which a key leaked, and the key.
fn leaked(server: &Server) -> (String, String) {
    let folders = std::fs::read_dir(server.home.path()).unwrap().map(|entry| entry.unwrap().path());
    let log = folders.map(|folder| folder.join("leaked.log")).find(|log| log.is_file()).unwrap();
    let text = std::fs::read_to_string(log).unwrap();
    let line = text.lines().find(|line| line.contains("kdk_")).unwrap().to_owned();
    let value = line.split(['\'', ' ']).find(|word| word.starts_with("kdk_")).unwrap().to_owned();
    (line, value)
}

/// Every file below `folder`, but for the demo's own.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let is_demo = path.file_name().unwrap().to_string_lossy().starts_with("keydeck-demo-");
        if path.is_dir() && !is_demo {
            found.extend(files(&path));
        } else if path.is_file() {
            found.push(path);
        }
    }
    found
}

/// No artefact holds the value, or twelve characters of it in a row, however encoded.
fn is_nowhere(value: &str, server: &Server, console: &Pty) {
    let runs = Runs::of(value);
    for file in files(server.home.path()) {
        let text = String::from_utf8_lossy(&std::fs::read(&file).unwrap()).into_owned();
        assert!(runs.find(&text).is_empty(), "{} holds the value", file.display());
    }
    let written = String::from_utf8_lossy(&console.bytes_since(0)).into_owned();
    assert!(runs.find(&written).is_empty(), "the value was drawn");
}

/// The one folder with evidence.
fn evidence(server: &Server) -> PathBuf {
    let folders = std::fs::read_dir(server.home.path()).unwrap().map(|entry| entry.unwrap().path());
    let is_ours = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().starts_with("incident-");
    let found: Vec<PathBuf> = folders.filter(is_ours).collect();
    assert_eq!(found.len(), 1, "{found:?}");
    found.into_iter().next().unwrap()
}

#[test]
fn a_leak_is_contained_from_a_paste_with_one_decision() {
    let server = Server::start();
    let (line, value) = leaked(&server);
    let mut console = server.console(&[]);
    let mut presses = 0;
    let mut press = |console: &mut Pty, keys: &str, count: usize| {
        console.keys(keys);
        presses += count;
    };
    press(&mut console, "!", 1);
    console.wait_for("Contain a leak");
    console.paste(&line);
    console.wait_for("Recognised: kdk_…");
    press(&mut console, "<Enter>", 1);
    console.wait_for("ALIVE: accepted");
    console.wait_for("Recommended");
    console.settle(DIALOG_LISTENS);
    press(&mut console, "x", 1);
    console.wait_for("to revoke it");
    console.settle(DIALOG_LISTENS);
    press(&mut console, &value[value.len() - 4..], 4);
    press(&mut console, "<Enter>", 1);
    console.wait_for("proven dead");
    assert_eq!(presses, 8, "the whole path");

    // what else the owner has is asked about, and left
    console.wait_for("leave the rest");
    console.settle(DIALOG_LISTENS);
    console.keys("<Enter>");
    console.wait_for("written down");
    console.wait_for("Contained: 1 key, 1 proven dead.");
    console.settle(DIALOG_LISTENS);
    console.keys("<Enter>");
    console.wait_for("Written down in");
    console.keys("q");
    assert!(console.exit_with_the_terminal_as_it_was().success());

    let folder = evidence(&server);
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let report = read("report.md");
    assert!(report.contains("Contained: 1 key, 1 proven dead") && report.contains("none was found"), "{report}");
    let timeline: serde_json::Value = serde_json::from_str(&read("timeline.json")).unwrap();
    assert_eq!(timeline["contained"], true);
    assert!(read("requests.jsonl").contains("/api-key-revocations"));
    assert!(read("SHA256SUMS").contains("report.md"));
    is_nowhere(&value, &server, &console);
}

#[test]
fn an_incident_that_was_killed_is_offered_again_and_proven_with_the_value_given_again() {
    let server = Server::start();
    let (line, value) = leaked(&server);
    let mut console = server.console(&[]);
    console.keys("!");
    console.wait_for("Contain a leak");
    console.paste(&line);
    console.wait_for("Recognised");
    console.keys("<Enter>");
    console.wait_for("ALIVE: accepted");
    console.signal(Signal::KILL);
    console.exit();

    let mut again = server.console(&[]);
    again.wait_for("Incidents that were cut short");
    again.settle(DIALOG_LISTENS);
    again.keys("<Enter>");
    again.wait_for("revoke now");
    again.settle(DIALOG_LISTENS);
    again.keys("x");
    again.wait_for("to revoke it");
    again.settle(DIALOG_LISTENS);
    again.keys(&format!("{}<Enter>", &value[value.len() - 4..]));
    again.wait_for("paste the value again here");
    assert!(!again.look(|screen| screen.contents().contains("proven dead")), "only asserted so far");
    again.settle(DIALOG_LISTENS);
    again.paste(&line);
    again.wait_for("proven dead");
    again.wait_for("leave the rest");
    again.settle(DIALOG_LISTENS);
    again.keys("<Enter>");
    again.wait_for("written down");
    again.settle(DIALOG_LISTENS);
    again.keys("<Enter>q");
    assert!(again.exit_with_the_terminal_as_it_was().success());
    assert!(std::fs::read_to_string(evidence(&server).join("report.md")).unwrap().contains("taken up again"));
    is_nowhere(&value, &server, &again);
    is_nowhere(&value, &server, &console);
}
