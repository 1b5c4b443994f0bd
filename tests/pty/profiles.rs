//! The first start, going from one server to another, and changing something through a read-only profile for a time.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use crate::pty::Pty;
use crate::{DIALOG_LISTENS, KEYDECK, Server, mark_two};

/// The console at home, with what is configured there.
fn console(home: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Pty {
    let home = home.to_str().unwrap();
    let mut all = vec![("HOME", home), ("TMPDIR", home), ("LANG", "C.UTF-8")];
    all.extend(environment);
    Pty::start(KEYDECK, arguments.iter().copied(), all, (24, 80))
}

/// Writes config.toml with a profile for each server, its key in a private file.
fn configure(home: &Path, profiles: &[(&str, &Server, &str)]) {
    let folder = home.join(".config/keydeck");
    fs::create_dir_all(&folder).unwrap();
    let mut text = String::new();
    for (name, server, more) in profiles {
        let url = &server.url;
        let _ = writeln!(
            text,
            "[profiles.{name}]\nbackend = \"keydeck\"\nbase_url = \"{url}\"\ncredential = {{ file = \"{name}.key\" }}\n{more}"
        );
        let mut options = fs::OpenOptions::new();
        let mut file =
            options.write(true).create_new(true).mode(0o600).open(folder.join(format!("{name}.key"))).unwrap();
        std::io::Write::write_all(&mut file, server.key.as_bytes()).unwrap();
    }
    let mut file = fs::OpenOptions::new();
    let mut file = file.write(true).create_new(true).mode(0o600).open(folder.join("config.toml")).unwrap();
    std::io::Write::write_all(&mut file, text.as_bytes()).unwrap();
}

#[test]
fn the_first_start_makes_a_profile_that_works() {
    let server = Server::start();
    let home = tempfile::tempdir().unwrap();
    let mut console = console(home.path(), &[], &[]);
    console.wait_for("keydeck has no server to speak to yet");
    console.wait_for("Which? [3]");
    console.send(b"9\r");
    console.wait_for("Type 1, 2, 3 or 4.");
    console.send(b"1\r");
    console.wait_for("Its address");
    console.send(format!("{}\r", server.url).as_bytes());
    console.wait_for("to be called? [keydeck]");
    console.send(b"work\r");
    console.wait_for("in production");
    console.send(b"y\r");
    console.wait_for("Which? [1]");
    console.send(b"\r");
    console.wait_for("Key of work at");
    console.send(b"made-up\r");
    console.wait_for("It does not work");
    console.wait_for("Nothing was written");
    assert!(!home.path().join(".config/keydeck/config.toml").exists());
    for (asks, answer) in
        [("Its address", server.url.as_str()), ("to be called?", "work"), ("in production", "y"), ("Which? [1]", "1")]
    {
        console.wait_until("to ask again", |screen| {
            screen.contents().trim_end().lines().last().is_some_and(|line| line.contains(asks))
        });
        console.send(format!("{answer}\r").as_bytes());
    }
    console.wait_until("to ask again", |screen| {
        screen.contents().trim_end().lines().last().is_some_and(|line| line.contains("Key of work"))
    });
    console.send(format!("{}\r", server.key).as_bytes());
    console.wait_for("console-olivia");
    console.wait_for("PRODUCTION");
    console.keys("q");
    console.exit();
    let config = home.path().join(".config/keydeck/config.toml");
    assert_eq!(fs::metadata(&config).unwrap().permissions().mode() & 0o777, 0o600);
    let text = fs::read_to_string(config).unwrap();
    assert!(text.starts_with("default_profile = \"work\"") && !text.contains(&server.key), "{text}");
    // from now on it simply opens
    let mut console = self::console(home.path(), &[], &[]);
    console.wait_for("console-olivia");
    console.keys("q");
    console.exit();
}

#[test]
fn the_first_start_offers_the_demo_and_leaves_nothing() {
    let home = tempfile::tempdir().unwrap();
    let mut console = console(home.path(), &[], &[]);
    console.wait_for("Which? [3]");
    console.send(b"\r");
    console.wait_for("console-olivia");
    console.keys("q");
    console.exit();
    assert!(!home.path().join(".config/keydeck/config.toml").exists());
}

#[test]
fn another_profile_is_gone_to_with_nothing_of_the_old_one_left() {
    let (here, there) = (Server::start(), Server::start());
    let home = tempfile::tempdir().unwrap();
    configure(home.path(), &[("here", &here, ""), ("there", &there, "production = true\ncolor = \"red\"")]);
    let mut console = console(home.path(), &["--profile", "here"], &[]);
    console.wait_for("console-olivia");
    mark_two(&mut console);
    console.keys("<ctrl-p>");
    console.wait_for("Go to a profile");
    console.settle(DIALOG_LISTENS);
    console.keys("j<Enter>");
    console.wait_for("The console is on there, PRODUCTION");
    console.wait_until("to be there", |screen| {
        let shown = screen.contents();
        shown.contains(" PRODUCTION ") && !shown.contains("marked") && !shown.contains("Go to a profile")
    });
    // a dialog alone says where it is, too
    console.keys("?");
    console.wait_until("to mark the dialog", |screen| screen.contents().matches("PRODUCTION").count() >= 2);
    console.keys("<Esc>");
    console.wait_until("to close it", |screen| screen.contents().matches("PRODUCTION").count() == 1);
    console.keys("q");
    console.exit();
}

#[test]
fn a_profile_whose_key_is_nowhere_asks_for_it_and_none_leaves_the_console_where_it_is() {
    let (here, there) = (Server::start(), Server::start());
    let home = tempfile::tempdir().unwrap();
    configure(home.path(), &[("here", &here, "")]);
    let path = home.path().join(".config/keydeck/config.toml");
    let asks = format!("[profiles.there]\nbackend = \"keydeck\"\nbase_url = \"{}\"\n", there.url);
    fs::write(&path, fs::read_to_string(&path).unwrap() + &asks).unwrap();
    let mut console = console(home.path(), &["--profile", "here"], &[]);
    for (key, then) in [("\u{3}", "nothing was entered"), (there.key.as_str(), "The console is on there")] {
        console.wait_for("console-olivia");
        console.keys("<ctrl-p>");
        console.wait_for("Go to a profile");
        console.settle(DIALOG_LISTENS);
        console.keys("j<Enter>");
        console.wait_for("Key of profile there at");
        console.send(format!("{key}\r").as_bytes());
        console.wait_for(then);
    }
    console.wait_for("console-olivia");
    console.keys("q");
    console.exit();
}

#[test]
fn a_read_only_profile_is_unlocked_for_a_time_and_that_is_written_down() {
    let server = Server::start();
    let home = tempfile::tempdir().unwrap();
    configure(home.path(), &[("safe", &server, "read_only = true")]);
    let mut console = console(home.path(), &[], &[]);
    console.wait_for("console-olivia");
    console.keys("x");
    console.wait_for("This profile is read-only");
    console.keys(":");
    console.send(b"unlock 3s ticket 7\r");
    console.wait_for("which is read-only");
    console.keys("<Enter><Enter>");
    console.wait_for("UNLOCKED under 1 min");
    console.wait_for("safe is read-only again");
    console.keys("x");
    console.wait_for("This profile is read-only");
    console.keys("q");
    console.exit();
    let noted = fs::read_to_string(home.path().join(".local/state/keydeck/unlocks.jsonl")).unwrap();
    let lines: Vec<&str> = noted.lines().collect();
    assert_eq!(lines.len(), 2, "{noted}");
    assert!(lines[0].contains("\"seconds\":3,\"reason\":\"ticket 7\"") && lines[1].contains("locked"), "{noted}");
    let log = fs::read_to_string(home.path().join(".local/state/keydeck/keydeck.log")).unwrap();
    assert!(log.contains("a read-only profile is unlocked"), "{log}");
}
