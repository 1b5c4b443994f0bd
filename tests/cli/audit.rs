//! `keydeck audit verify`.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::program::Home;

fn team(home: &Home) {
    home.run(&["server", "init", "--team", "Acme", "--email", "ana@acme.example"]).ended(0);
}

#[test]
fn a_whole_log_tells_its_head_which_a_later_run_is_held_to() {
    let home = Home::new();
    team(&home);
    let ran = home.run(&["audit", "verify"]).ended(0).says("whole").says("--expect");
    let head = ran.out.trim_end().to_owned();
    assert!(head.starts_with("2:"), "{head}");
    let again = home.run(&["audit", "verify", "--expect", &head]).ended(0).says("head that was kept");
    assert_eq!(again.out.trim_end(), head);
    let document = home.run(&["audit", "verify", "--json", "--expect", &head]).ended(0).json();
    let told = serde_json::json!([{ "outcome": "whole", "seq": 2, "head": head }]);
    assert_eq!((&document["data"], &document["meta"]["expected"]), (&told, &serde_json::json!(head)));
    let cut = format!("7:{}", "a".repeat(64));
    let document = home.run(&["audit", "verify", "--json", "--expect", &cut]).ended(1).says("removed").json();
    assert_eq!((&document["data"][0]["outcome"], &document["data"][0]["seq"]), (&"missing".into(), &3.into()));
    let beyond = format!("7:{}", "a".repeat(64));
    let ran = home.run(&["audit", "verify", "--expect", &beyond]).ended(1).says("entry 3 was removed");
    assert_eq!(ran.out, "");
    let other = format!("1:{}", "a".repeat(64));
    home.run(&["audit", "verify", "--expect", &other]).ended(1).says("entry 1").says("kept");
}

#[test]
fn what_cannot_be_verified_is_a_matter_of_usage() {
    let home = Home::new();
    home.run(&["audit", "verify"]).ended(2).says("keydeck server init");
    home.run(&["audit", "verify", "--expect", "nonsense"]).ended(2).says("SEQ:HASH");
    home.run(&["--profile", "prod", "audit", "verify"]).ended(2).says("--profile");
}

fn mode(path: &Path, bits: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(bits)).unwrap();
}

/// What stands in a folder, by name and content.
fn inside(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut inside: Vec<_> = paths.map(|path| (path.clone(), std::fs::read(&path).unwrap())).collect();
    inside.sort();
    inside
}

#[test]
fn a_copy_that_nobody_may_write_is_verified_and_left_as_it_is() {
    let home = Home::new();
    team(&home);
    let head = home.run(&["audit", "verify"]).ended(0).out;
    // a name that means something in a URI
    let folder = home.path("of 100%?#");
    std::fs::create_dir(&folder).unwrap();
    let copy = folder.join("a&b.db");
    let database = format!("sqlite:{}", copy.display());
    home.run(&["server", "backup", copy.to_str().unwrap()]).ended(0);
    for (of_file, of_folder) in [(0o400, 0o700), (0o444, 0o555), (0o600, 0o500), (0o640, 0o700)] {
        mode(&copy, of_file);
        mode(&folder, of_folder);
        let before = inside(&folder);
        let ran = home.run(&["audit", "verify", "--database", &database, "--expect", head.trim()]).ended(0);
        assert_eq!(ran.out, head);
        if of_file & 0o200 == 0 || of_folder & 0o200 == 0 {
            assert_eq!(inside(&folder), before, "{of_file:o} {of_folder:o}");
        }
        assert_eq!(std::fs::metadata(&copy).unwrap().permissions().mode() & 0o777, of_file);
        mode(&folder, 0o700);
    }
}

#[test]
fn an_altered_copy_that_nobody_may_write_is_told() {
    let home = Home::new();
    team(&home);
    let copy = home.path("copy.db");
    home.run(&["server", "backup", copy.to_str().unwrap()]).ended(0);
    let database = rusqlite::Connection::open(&copy).unwrap();
    database.execute("UPDATE audit_entries SET action = 'nothing' WHERE seq = 1", []).unwrap();
    drop(database);
    mode(&copy, 0o400);
    let named = format!("sqlite:{}", copy.display());
    home.run(&["audit", "verify", "--database", &named]).ended(1).says("entry 1 was altered");
}

#[test]
fn what_was_not_folded_in_yet_is_verified_too() {
    let home = Home::new();
    team(&home);
    let original = home.path("data/keydeck/keydeck.db");
    let reader = rusqlite::Connection::open(&original).unwrap();
    reader.query_row("SELECT COUNT(*) FROM users", [], |_| Ok(())).unwrap();
    home.run(&["server", "user", "add", "--name", "Ben", "--email", "ben@acme.example", "--role", "user"]).ended(0);
    let head = home.run(&["audit", "verify"]).ended(0).out;
    let (copy, log) = (home.path("copy.db"), home.path("copy.db-wal"));
    std::fs::copy(&original, &copy).unwrap();
    std::fs::copy(home.path("data/keydeck/keydeck.db-wal"), &log).unwrap();
    assert!(std::fs::metadata(&log).unwrap().len() > 0);
    drop(reader);
    mode(&copy, 0o400);
    let database = format!("sqlite:{}", copy.display());
    let ran = home.run(&["audit", "verify", "--database", &database, "--expect", head.trim()]);
    // it is read with its log, or said to be unreadable; never taken for whole without it
    match ran.code {
        Some(0) => assert_eq!(ran.out, head),
        _ => drop(ran.ended(1).says("copy.db-wal").says("copy both files")),
    }
}

#[test]
fn commands_on_a_database_agree_about_what_is_none() {
    let home = Home::new();
    team(&home);
    let original = home.path("data/keydeck/keydeck.db");
    let write = |name: &str, text: &[u8]| std::fs::write(home.path(name), text).unwrap();
    write("notes.db", &b"not a database at all, but a text that is longer than a header ".repeat(20));
    write("short.db", b"x");
    write("empty.db", b"");
    std::fs::create_dir(home.path("folder.db")).unwrap();
    std::os::unix::fs::symlink(home.path("loop.db"), home.path("loop.db")).unwrap();
    rusqlite::Connection::open(home.path("other.db")).unwrap().execute_batch("CREATE TABLE t (x)").unwrap();
    for (name, change) in [
        ("newer.db", "UPDATE _sqlx_migrations SET version = 900 WHERE version = 5"),
        ("changed.db", "UPDATE _sqlx_migrations SET checksum = x'00' WHERE version = 5"),
    ] {
        std::fs::copy(&original, home.path(name)).unwrap();
        rusqlite::Connection::open(home.path(name)).unwrap().execute_batch(change).unwrap();
    }
    let mut damaged = std::fs::read(&original).unwrap();
    damaged[100..].fill(7);
    write("damaged.db", &damaged);
    for (name, code, says, hint) in [
        ("gone.db", 2, "there is no database", "keydeck server init"),
        ("notes.db/x.db", 2, "there is no database", "keydeck server init"),
        ("empty.db", 2, "has no team yet", "keydeck server init"),
        ("other.db", 2, "is another program's", "--database sqlite:PATH"),
        ("notes.db", 2, "is no database", "--database sqlite:PATH"),
        ("short.db", 2, "is no database", "--database sqlite:PATH"),
        ("folder.db", 2, "is no database", "--database sqlite:PATH"),
        ("loop.db", 1, "cannot be read", "run this as the user"),
        ("newer.db", 1, "its step 900 is not known here", "a newer keydeck"),
        ("changed.db", 1, "its step 5 was applied in another form", "a newer keydeck"),
        ("damaged.db", 1, "the database failed", "it is damaged"),
    ] {
        let database = format!("sqlite:{}", home.path(name).display());
        let copy = home.path("never.db");
        for command in [
            &["audit", "verify"][..],
            &["server", "backup", copy.to_str().unwrap()],
            &["server", "user", "list"],
            &["server", "user", "deactivate", "ana@acme.example"],
            &["server", "recover", "--email", "ana@acme.example"],
            &["serve", "--listen", "127.0.0.1:0"],
        ] {
            let ran = home.run(&[command, &["--database", &database]].concat());
            ran.ended(code).says(says).says(hint);
        }
        assert!(!copy.exists());
    }
}
