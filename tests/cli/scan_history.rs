//! `keydeck scan --git`: keys in all that a history holds.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::git::{commit, git, partial_clone, repository, set_traps};
use crate::inputs;
use crate::program::{Home, Ran, Running};

/// Looks through the history of a repository below the home.
#[track_caller]
fn scan(home: &Home, folder: &Path) -> Ran {
    let ran = home.run(&["scan", "--git", "--json", &folder.to_string_lossy()]);
    for name in ["K0", "K1", "K2", "K3", "PMAK"] {
        let value = inputs::value(name);
        assert!(!ran.out.contains(&value[8..20]) && !ran.err.contains(&value[8..20]), "{name} was told");
    }
    ran
}

/// Each place of a document: file, line, commit.
fn places(document: &Value) -> Vec<(String, u64, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let values = document["data"].as_array().unwrap();
    let places = values.iter().flat_map(|value| value["places"].as_array().unwrap());
    places.map(|place| (text(&place["path"]), place["line"].as_u64().unwrap(), text(&place["commit"]["id"]))).collect()
}

#[test]
fn what_was_deleted_is_found_with_the_commit_that_brought_it() {
    let home = Home::new();
    let folder = home.path("repo");
    repository(&folder);
    commit(&folder, "README", "nothing\n");
    let first = commit(&folder, "deploy/.env", format!("A=1\nKEY={}\n", inputs::value("K0")));
    commit(&folder, "README", "more\n");
    // the same content under another name is looked through once
    commit(&folder, "copy/.env", format!("A=1\nKEY={}\n", inputs::value("K0")));
    std::fs::remove_dir_all(folder.join("deploy")).unwrap();
    std::fs::remove_dir_all(folder.join("copy")).unwrap();
    commit(&folder, "README", "gone\n");
    git(&folder, &["checkout", "-qb", "side"]);
    let side = commit(&folder, "b", inputs::value("K1"));
    git(&folder, &["checkout", "-q", "main"]);
    git(&folder, &["tag", "-am", &format!("see {}", inputs::value("K2")), "v1", "--no-sign"]);
    git(&folder, &["commit", "-q", "--allow-empty", "--no-gpg-sign", "-m", &format!("use\n\n{}", inputs::value("K3"))]);
    let message = git(&folder, &["rev-parse", "HEAD"]);
    let ran = scan(&home, &folder).ended(12);
    let found = places(&ran.json());
    for place in [("deploy/.env", 2, &first), ("b", 1, &side), ("commit message", 3, &message)] {
        let place = (place.0.to_owned(), place.1, place.2.clone());
        assert!(found.contains(&place), "{place:?} {found:?}");
    }
    assert!(found.iter().any(|(file, ..)| file == "v1") && found.len() == 4, "{found:?}");
    let document = ran.json();
    let env = document["data"].as_array().unwrap().iter().flat_map(|value| value["places"].as_array().unwrap());
    let env = env.clone().find(|place| place["path"] == "deploy/.env").unwrap();
    assert_eq!((&env["commit"]["author"], &env["commit"]["email"]), (&json!("Ana Souza"), &json!("ana@acme.example")));
    assert_eq!(env["commit"]["date"], "2026-10-02T08:15:00+02:00");
    assert_eq!(document["meta"]["commits"], 7);
    let text = home.run(&["scan", "--git", &folder.to_string_lossy()]).ended(12);
    let expected =
        format!("deploy/.env:2:5  since commit {} by Ana Souza <ana@acme.example>, 2026-10-02", &first[..12]);
    assert!(text.out.contains(&expected), "{}", text.out);
    let below = folder.join("sub");
    std::fs::create_dir(&below).unwrap();
    assert_eq!(places(&scan(&home, &below).ended(12).json()).len(), 4, "from a folder of the repository");
}

#[test]
fn what_is_no_repository_or_has_no_history_is_said() {
    let home = Home::new();
    let folder = home.path("repo");
    std::fs::create_dir(&folder).unwrap();
    scan(&home, &folder).ended(1).says("not a git repository");
    scan(&home, &home.path("gone")).ended(1).says("cannot change to");
    repository(&folder);
    scan(&home, &folder).ended(0);
    commit(&folder, "a", "1\n");
    commit(&folder, "b", "2\n");
    let url = format!("file://{}", folder.display());
    git(&home.path(""), &["clone", "-q", "--depth", "1", &url, "shallow"]);
    scan(&home, &home.path("shallow")).ended(0).says("the clone is shallow");
    // one that somebody broke is not called clean
    let blob = git(&folder, &["rev-parse", "HEAD:b"]);
    let object = folder.join(".git/objects").join(&blob[..2]).join(&blob[2..]);
    std::fs::set_permissions(&object, std::fs::Permissions::from_mode(0o600)).unwrap();
    std::fs::write(object, "broken").unwrap();
    scan(&home, &folder).ended(1).says("1 object that the history names");
    assert!(
        home.run_with(&["scan", "--git", "repo"], &[("PATH", "/nowhere")]).ended(1).err.contains("git cannot be run")
    );
}

/// A trap, and where it notes that it ran.
fn trap(home: &Home) -> (String, PathBuf) {
    let (trap, ran) = (home.path("trap"), home.path("ran"));
    std::fs::write(&trap, format!("#!/bin/sh\necho \"$0 $*\" >> '{}'\nexit 1\n", ran.display())).unwrap();
    std::fs::set_permissions(&trap, std::fs::Permissions::from_mode(0o755)).unwrap();
    (trap.to_string_lossy().into_owned(), ran)
}

#[test]
fn nothing_that_a_repository_names_is_run() {
    let home = Home::new();
    let folder = home.path("repo");
    let (trap, ran) = trap(&home);
    repository(&folder);
    let first = commit(&folder, "a", inputs::value("K0"));
    // a commit that is to be read in place of another, and objects that lie elsewhere
    let harmless = git(&folder, &["hash-object", "-w", "--stdin"]);
    let blob = git(&folder, &["rev-parse", "HEAD:a"]);
    git(&folder, &["replace", &blob, &harmless]);
    let elsewhere = home.path("elsewhere");
    repository(&elsewhere);
    commit(&elsewhere, "b", inputs::value("K1"));
    std::fs::write(folder.join(".git/objects/info/alternates"), format!("{}/.git/objects\n", elsewhere.display()))
        .unwrap();
    git(&folder, &["update-ref", "refs/heads/other", &git(&elsewhere, &["rev-parse", "HEAD"])]);
    set_traps(&folder, &trap);
    std::fs::remove_file(&ran).ok();
    let found = places(&scan(&home, &folder).ended(12).json());
    assert!(found.contains(&("a".to_owned(), 1, first)) && found.len() == 2, "{found:?}");
    assert!(!ran.exists(), "git ran: {}", std::fs::read_to_string(&ran).unwrap());
}

#[test]
fn what_a_partial_clone_lacks_is_counted_and_not_fetched() {
    let home = Home::new();
    let (trap, ran) = trap(&home);
    let clone = partial_clone(&home.path(""), &trap);
    std::fs::remove_file(&ran).ok();
    let document = scan(&home, &clone).ended(1).says("this clone, partial or damaged, lacks").json();
    assert!(document["meta"]["missingObjects"].as_u64().unwrap() >= 1, "{document}");
    assert_eq!(document["meta"]["commits"], 2);
    assert!(!ran.exists(), "git ran: {}", std::fs::read_to_string(&ran).unwrap());
    // and one whose contents alone are missing
    let url = format!("file://{}", home.path("origin").display());
    git(&home.path(""), &["clone", "-q", "--no-checkout", "--filter=blob:none", &url, "blobless"]);
    let blobless = home.path("blobless");
    set_traps(&blobless, &trap);
    std::fs::remove_file(&ran).ok();
    let document = scan(&home, &blobless).ended(1).json();
    assert_eq!(document["meta"]["missingObjects"], 2, "{document}");
    assert!(!ran.exists(), "git ran: {}", std::fs::read_to_string(&ran).unwrap());
}

#[test]
fn a_repository_of_somebody_else_is_left_alone() {
    let home = Home::new();
    let folder = home.path("repo");
    repository(&folder);
    commit(&folder, "a", inputs::value("K0"));
    if std::os::unix::fs::chown(&folder, Some(12345), None).is_err() {
        println!("SKIPPED: only root gives a folder away");
        return;
    }
    std::os::unix::fs::chown(folder.join(".git"), Some(12345), None).unwrap();
    scan(&home, &folder).ended(1).says("dubious ownership");
}

#[test]
fn a_repository_is_the_one_that_was_named_also_in_a_hook() {
    let home = Home::new();
    let (one, other) = (home.path("one"), home.path("other"));
    repository(&one);
    commit(&one, "a", inputs::value("K0"));
    repository(&other);
    let git_dir = one.join(".git").to_string_lossy().into_owned();
    let ran = home.run_with(&["scan", "--git", &other.to_string_lossy()], &[("GIT_DIR", &git_dir)]);
    ran.ended(0);
}

#[test]
fn a_signal_ends_a_search_and_what_was_found_is_told() {
    let home = Home::new();
    // the search goes on as long as its input is open
    let mut command = home.command(&["scan", "-", "--json"]);
    let (read, mut write) = std::io::pipe().unwrap();
    command.stdin(Stdio::from(read));
    let mut running = Running::start(command);
    writeln!(write, "{}", inputs::value("K1")).unwrap();
    // more than is read at once, so that the value was looked at
    write.write_all(&vec![b'x'; 700_000]).unwrap();
    running.signal(Signal::INT);
    assert_eq!(running.code(), Some(12));
    let rest = running.rest();
    let document: Value = rest.iter().find_map(|line| serde_json::from_str(line).ok()).unwrap();
    assert_eq!((&document["meta"]["interrupted"], &document["meta"]["values"]), (&json!(true), &json!(1)));
    assert!(rest.iter().any(|line| line.starts_with("stopped: ")), "{rest:?}");
    // with nothing found it ends as a signal ends it
    let mut command = home.command(&["scan", "-"]);
    let (read, mut write) = std::io::pipe().unwrap();
    command.stdin(Stdio::from(read));
    let mut running = Running::start(command);
    write.write_all(&vec![b'x'; 700_000]).unwrap();
    running.signal(Signal::TERM);
    assert_eq!(running.code(), Some(130));
    drop(write);
}

/// The hook that the manual shows.
fn hook() -> String {
    let chapter = keydeck::manual::Chapter::named("scan").unwrap().markdown();
    let (_, code) = chapter.split_once("```sh\n#!/bin/sh\n").unwrap();
    format!("#!/bin/sh\n{}", code.split_once("```").unwrap().0)
}

#[test]
fn the_manuals_hook_keeps_a_key_out_of_a_commit() {
    let home = Home::new();
    let folder = home.path("repo");
    repository(&folder);
    let file = folder.join(".git/hooks/pre-commit");
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(&file, hook()).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_keydeck")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    let try_commit = || {
        let output = Command::new("git")
            .current_dir(&folder)
            .args(["-c", "user.name=a", "-c", "user.email=a@acme.example", "commit", "-qm", "x", "--no-gpg-sign"])
            .env_clear()
            .envs(home.environment())
            .env("PATH", &path)
            .output()
            .unwrap();
        (
            output.status.success(),
            String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout),
        )
    };
    std::fs::write(folder.join("a b.env"), format!("KEY={}\n", inputs::value("K0"))).unwrap();
    git(&folder, &["add", "-A"]);
    // what is staged counts, not what lies in the folder
    std::fs::write(folder.join("a b.env"), "KEY=\n").unwrap();
    let (done, said) = try_commit();
    assert!(!done && said.contains("a b.env:1:5"), "{said}");
    git(&folder, &["add", "-A"]);
    let (done, said) = try_commit();
    assert!(done, "{said}");
}
