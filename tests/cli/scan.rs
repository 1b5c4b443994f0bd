//! `keydeck scan`: keys in files and in a text.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use serde_json::{Value, json};

use crate::inputs;
use crate::program::{Home, Ran, Terminal};
use crate::team::Team;

/// Fails when anything that was printed tells a value.
#[track_caller]
fn clean(ran: Ran) -> Ran {
    for name in ["K0", "K1", "K2", "K3", "K4", "K5", "K8", "PMAK"] {
        let value = inputs::value(name);
        assert!(!ran.out.contains(&value[8..20]) && !ran.err.contains(&value[8..20]), "{name} was told");
    }
    ran
}

fn write(folder: &Path, file: &str, content: impl AsRef<[u8]>) {
    let path = folder.join(file);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, content).unwrap();
}

/// A home whose `work` folder is where commands run.
fn home() -> Home {
    let home = Home::new();
    std::fs::create_dir_all(home.path("work")).unwrap();
    home
}

#[track_caller]
fn scan(home: &Home, args: &[&str]) -> Ran {
    let args = [&["scan"], args].concat();
    clean(Ran::of(home.command(&args).current_dir(home.path("work")).output().unwrap()))
}

/// The places of a document: path, line, column.
fn places(document: &Value) -> Vec<(String, u64, u64)> {
    let number = |value: &Value| value.as_u64().unwrap();
    let values = document["data"].as_array().unwrap();
    let places = values.iter().flat_map(|value| value["places"].as_array().unwrap());
    let mut places: Vec<_> = places
        .map(|place| (place["path"].as_str().unwrap().to_owned(), number(&place["line"]), number(&place["column"])))
        .collect();
    places.sort();
    places
}

#[test]
fn every_value_of_what_people_have_is_found_where_it_stands() {
    let home = home();
    let work = home.path("work");
    for file in ["deploy.env", "acme.postman_environment.json", "inventory-excel.csv", "leaked-list.txt"] {
        write(&work, file, inputs::input(file));
    }
    let document = scan(&home, &["--json", "."]).ended(12).json();
    let types = |name: &str| {
        let values = document["data"].as_array().unwrap();
        values.iter().filter(|value| value["secretType"] == name).count()
    };
    assert_eq!((types("keydeck API Key"), types("Postman API Key"), types("postman.gov.sg API Key")), (9, 1, 1));
    let first = places(&document).into_iter().filter(|(path, ..)| path == "deploy.env").collect::<Vec<_>>();
    assert_eq!(first.len(), 6, "{document}");
    for (path, line, column) in places(&document) {
        let text = std::fs::read_to_string(work.join(&path)).unwrap();
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        let line: Vec<u16> = text.split('\n').nth(usize::try_from(line - 1).unwrap()).unwrap().encode_utf16().collect();
        let rest = String::from_utf16(&line[usize::try_from(column - 1).unwrap()..]).unwrap();
        assert!(["kdk_", "PMAK-", "anatan1_v1_"].iter().any(|sign| rest.starts_with(sign)), "{path} {rest}");
    }
    assert_eq!((&document["meta"]["files"], &document["meta"]["asked"]), (&json!(4), &Value::Null));
    scan(&home, &["."]).ended(12).says("nobody was asked whose they are").says("11 keys in");
    scan(&home, &["--offline", "deploy.env"]).ended(12).says("6 keys in 6 places: 6 unknown");
}

#[test]
fn notebooks_minified_files_and_other_encodings_are_read() {
    let home = home();
    let (work, key) = (home.path("work"), inputs::value("K1"));
    let cell = json!({"cells": [{"source": [format!("headers = {{\"X-Api-Key\": \"{key}\"}}\n")]}]});
    write(&work, "a.ipynb", serde_json::to_string_pretty(&cell).unwrap());
    write(&work, "b.min.js", format!("{}😀\"{key}\"{}", "a=1;".repeat(500_000), "b();".repeat(500_000)));
    let utf_16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    write(&work, "c.reg", utf_16(&format!("\u{feff}[x]\r\n\"key\"=\"{key}\"\r\n")));
    write(&work, "d.txt", format!("\u{feff}{key}\r\n"));
    write(&work, "e.b64", format!("data: {}\n", base64(&format!("key: {key}"))));
    let document = scan(&home, &["--json", "."]).ended(12).json();
    assert_eq!(document["data"].as_array().unwrap().len(), 1, "{document}");
    let found = places(&document);
    let expected = [("b.min.js", 1, 2_000_004), ("c.reg", 2, 8), ("d.txt", 1, 1)];
    for (path, line, column) in expected {
        assert!(found.contains(&(path.to_owned(), line, column)), "{path} {found:?}");
    }
    assert!(["a.ipynb", "e.b64"].iter().all(|file| found.iter().any(|(path, ..)| path == file)), "{found:?}");
}

fn base64(text: &str) -> String {
    use base64::Engine;
    base64::prelude::BASE64_STANDARD.encode(text)
}

#[test]
fn hidden_files_are_read_and_ignored_ones_and_gits_own_are_not() {
    let home = home();
    let (work, key) = (home.path("work"), inputs::value("K1"));
    std::fs::create_dir_all(work.join(".git")).unwrap();
    write(&work, ".gitignore", "build/\n");
    for file in [".env", "build/out.txt", ".git/config", "a/b/c.txt"] {
        write(&work, file, format!("{key}\n"));
    }
    let paths = |args: &[&str]| -> Vec<String> {
        places(&scan(&home, args).ended(12).json()).into_iter().map(|(path, ..)| path).collect()
    };
    assert_eq!(paths(&["--json", "."]), [".env", "a/b/c.txt"]);
    assert_eq!(paths(&["--json", "--no-ignore", "."]), [".env", "a/b/c.txt", "build/out.txt"]);
    assert_eq!(paths(&["--json", "build/out.txt", "a"]), ["a/b/c.txt", "build/out.txt"]);
}

#[test]
fn what_holds_no_text_is_named_and_what_cannot_be_read_is_told() {
    let home = home();
    let work = home.path("work");
    write(&work, "photo.bin", b"\x89PNG\0\0");
    write(&work, "old.zip", b"PK\x03\x04rest");
    write(&work, "fine.txt", "nothing\n");
    scan(&home, &["."])
        .ended(0)
        .says("1 archive: old.zip")
        .says("1 binary file: photo.bin")
        .says("no key of a known format in 1 files");
    std::os::unix::fs::symlink(".", work.join("loop")).unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, work.join("pipe"), rustix::fs::Mode::RWXU).unwrap();
    // links, pipes and devices below a folder are no files of it
    let document = scan(&home, &["--json", "."]).ended(0).json();
    assert_eq!((&document["meta"]["files"], &document["meta"]["unread"]), (&json!(1), &json!([])));
    let skipped = document["meta"]["skipped"].as_array().unwrap();
    assert!(skipped.contains(&json!({"path": "old.zip", "why": "zip archive"})) && skipped.len() == 2, "{skipped:?}");
    for (path, says) in
        [("pipe", "pipe: not a regular file"), ("/dev/zero", "not a regular file"), ("gone", "gone: no such file")]
    {
        scan(&home, &[path]).ended(1).says(says);
    }
    let document = scan(&home, &["--json", "gone", "fine.txt"]).ended(1).json();
    assert_eq!((&document["meta"]["unread"][0]["path"], &document["meta"]["files"]), (&json!("gone"), &json!(1)));
    // what was found goes before what was not read
    write(&work, "key.txt", inputs::value("K1"));
    scan(&home, &["gone", "key.txt"]).ended(12).says("gone: no such file");
}

#[test]
fn names_move_no_cursor_and_break_no_document() {
    let home = home();
    let (work, key) = (home.path("work"), inputs::value("K1"));
    for name in [&b"a\x1b[2J\nb"[..], b"z\xfcrich", format!("{}.txt", inputs::value("K2")).as_bytes()] {
        std::fs::write(work.join(std::ffi::OsStr::from_bytes(name)), &key).unwrap();
    }
    let ran = scan(&home, &["."]).ended(12);
    assert!(ran.out.contains("a\\x1b[2J\\nb:1:1") && !ran.out.contains('\u{1b}'), "{}", ran.out);
    let document = scan(&home, &["--json", "."]).ended(12).json();
    let places = document["data"][0]["places"].as_array().unwrap();
    assert_eq!(places.len(), 3);
    assert!(places.iter().any(|place| place["path"] == "z\u{fffd}rich" && place["pathBytes"] == "7afc72696368"));
    assert!(places.iter().any(|place| place["path"] == "a\u{1b}[2J\nb" && place["pathBytes"].is_null()));
    let sarif = scan(&home, &["--sarif", "."]).ended(12).json();
    let uris: Vec<&str> = sarif["runs"][0]["results"].as_array().unwrap().iter().map(uri).collect();
    assert!(uris.contains(&"z%FCrich") && uris.contains(&"a%1B%5B2J%0Ab"), "{uris:?}");
}

fn uri(result: &Value) -> &str {
    result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap()
}

#[test]
fn the_server_says_whose_the_keys_are_and_the_exit_code_whether_one_is_alive() {
    let team = Team::new();
    let (admin, user) = (&team.server.keys.admin, &team.server.keys.user);
    let made = team.make(user, &["ci", "old"]);
    let work = team.home.path("work");
    write(&work, "a.env", format!("A={}\nB={}\n", made[0].1.expose(), made[1].1.expose()));
    let path = work.to_string_lossy().into_owned();
    let scan = |args: &[&str]| {
        let args = [&["scan"], args, &[path.as_str()]].concat();
        let ran = team.run(admin, &args);
        for (_, value) in &made {
            assert!(!ran.out.contains(&value.expose()[4..16]) && !ran.err.contains(&value.expose()[4..16]));
        }
        ran
    };
    team.run(user, &["delete", made[1].0.as_str(), "--yes"]).ended(0);
    let ran = scan(&[]).ended(11).says("2 keys in 2 places: 1 ALIVE, 1 dead");
    assert!(
        ran.out.contains("ALIVE: its key is enabled\n    key ci (") && ran.out.contains("dead: its key is revoked")
    );
    let document = scan(&["--json"]).ended(11).json();
    assert_eq!(document["data"][0]["key"]["ownerEmail"], "user@test.example");
    assert_eq!((&document["data"][0]["alive"], &document["data"][1]["alive"]), (&json!(true), &json!(false)));
    assert_eq!(document["meta"]["asked"], team.server.base_url);
    // without a use of the key, unless that is asked for
    let shown =
        |field: &str| team.run(user, &["show", made[0].0.as_str(), "--json"]).ended(0).json()["data"][0][field].clone();
    assert_eq!(shown("lastUsedAt"), Value::Null);
    scan(&["--probe", "--json"]).ended(11);
    assert!(scan(&["--probe"]).ended(11).out.contains("accepted when keydeck used it at 20"));
    team.run(user, &["disable", made[0].0.as_str(), "--yes"]).ended(0);
    scan(&[]).ended(10).says("2 keys in 2 places: 2 dead");
    assert!(scan(&["--probe"]).ended(10).out.contains("refused, as a made-up one is, when keydeck tried it at 20"));
    // who may not look finds all the same
    team.run(&team.server.keys.colleague, &["scan", &path]).ended(12);
    let scanner = team.run(&team.server.keys.scanner, &["scan", &path]).ended(12);
    assert!(scanner.err.contains("the look-up failed"), "{scanner:?}");
    // and where nothing is found nobody is asked
    write(&work, "a.env", "nothing\n");
    let nobody = [("KEYDECK_URL", "http://127.0.0.1:1"), ("KEYDECK_API_KEY", "made-up")];
    team.home.run_with(&["scan", &path], &nobody).ended(0);
    write(&work, "a.env", inputs::value("K1"));
    team.home.run_with(&["scan", &path], &nobody).ended(12).says("nobody was asked whose they are");
}

#[test]
fn what_is_found_is_reported_by_its_hash_and_place() {
    let team = Team::new();
    let (admin, user) = (&team.server.keys.admin, &team.server.keys.user);
    let made = team.make(user, &["ci"]);
    let work = team.home.path("work");
    write(&work, "a b.env", format!("\nA={0}\n{0}\n{1}", made[0].1.expose(), inputs::value("PMAK")));
    let path = work.to_string_lossy().into_owned();
    let ran = team.run(admin, &["scan", "--report", "--json", &path]).ended(11).says("3 of 3 places reported");
    assert_eq!(ran.json()["meta"]["reported"]["filed"], 3);
    let listed = team.run(admin, &["list", "--tab", "exposed", "--json"]).ended(0).json();
    let listed = listed["data"].as_array().unwrap();
    let url = listed.iter().find(|row| row["apiKeyId"] == made[0].0.as_str()).unwrap();
    let place = url["url"].as_str().unwrap();
    assert!(place.starts_with("file://") && place.ends_with("/work/a%20b.env#L2"), "{place}");
    assert_eq!((&url["source"], &url["occurrences"]), (&json!("local"), &json!(2)));
    assert!(listed.iter().any(|row| row["secretType"] == "Postman API Key"));
    // who only reports may do that and learns nothing
    team.run(&team.server.keys.scanner, &["scan", "--report", &path]).ended(12).says("3 of 3 places reported");
    team.run(user, &["scan", "--report", &path]).ended(1).says("a report failed");
    team.profile(admin, "read_only = true\n");
    team.home.run(&["--profile", "test", "scan", "--report", &path]).ended(3).says("read-only");
}

#[test]
fn a_report_that_revokes_is_agreed_to_first() {
    let team = Team::new();
    let (admin, user) = (&team.server.keys.admin, &team.server.keys.user);
    let made = team.make(user, &["ci"]);
    let work = team.home.path("work");
    write(&work, "a.env", made[0].1.expose());
    let path = work.to_string_lossy().into_owned();
    team.revoke_exposed();
    let ran = team.run(admin, &["scan", "--report", &path]).ended(3).says("pass --yes");
    assert!(ran.out.contains("ALIVE"), "what was found is told all the same: {ran:?}");
    team.run(admin, &["scan", "--report", "--yes", &path]).ended(11).says("1 of a revoked key");
    team.run(admin, &["scan", &path]).ended(10);
}

#[test]
fn standard_input_is_looked_through() {
    let home = home();
    let run = |args: &[&str], input: &[u8]| clean(home.run_reading(&[&["scan"], args].concat(), &[], input));
    let text = format!("GET /x?key={} 200\n", inputs::value("K1"));
    let document = run(&["-", "--json"], text.as_bytes()).ended(12).json();
    assert_eq!(places(&document), [("-".to_owned(), 1, 12)]);
    run(&["-"], b"nothing here\n").ended(0);
    run(&["-"], b"").ended(0);
    run(&["-", "x"], b"").ended(2).says("for it alone");
    run(&["-", "--git"], b"").ended(2).says("has no history");
    run(&["--git", "a", "b"], b"").ended(2).says("one repository at a time");
    run(&[], b"").ended(2);
}

#[test]
fn on_a_terminal_it_says_how_far_it_is() {
    let home = home();
    let mut terminal = Terminal::start(&home, &["scan", "-"], &[]);
    terminal.shows("\r\u{1b}[K0 files, 0 bytes");
    terminal.types(&format!("{}\r\u{4}", inputs::value("K1")));
    terminal.shows("1 key in 1 place: 1 unknown");
    assert_eq!(terminal.end().0, 12);
    // elsewhere nothing is drawn
    let ran = home.run_reading(&["scan", "-"], &[], "nothing\n").ended(0);
    assert!(!ran.err.contains('\r') && ran.err.lines().count() == 1, "{ran:?}");
}

#[test]
fn many_values_and_many_places_are_bounded() {
    let home = home();
    let work = home.path("work");
    write(&work, "a", format!("{}\n", inputs::value("K1")).repeat(5000));
    let document = scan(&home, &["--json", "."]).ended(12).json();
    assert_eq!(document["data"][0]["occurrences"], 5000);
    assert_eq!(document["data"][0]["places"].as_array().unwrap().len(), 1000);
    let ran = scan(&home, &["."]).ended(12).says("1 key in 5000 places");
    assert!(ran.out.contains("and 4980 more places") && ran.out.lines().count() == 22, "{}", ran.out);
}
