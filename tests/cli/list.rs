//! `keydeck list`.

use std::process::Stdio;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::team::Team;

const HOSTILE: &str = "evil\u{1b}[31m\u{202e}\u{200b}\u{9b}name";

fn names(document: &serde_json::Value) -> Vec<String> {
    document["data"].as_array().unwrap().iter().map(|key| key["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn keys_are_a_table_for_people_and_one_document_for_programs() {
    let team = Team::new();
    let user = &team.server.keys.user;
    let made = team.make(user, &["ci-deploy", "nightly"]);
    let ran = team.run(user, &["list"]).ended(0);
    let lines: Vec<&str> = ran.out.lines().collect();
    assert!(lines[0].starts_with("NAME") && lines[0].ends_with("ID"), "{ran:?}");
    let column = |line: &str, text: &str| line.find(text).map(|at| line[..at].chars().count());
    let status = column(lines[0], "STATUS");
    assert!(lines[1..].iter().all(|line| column(line, "enabled") == status), "{}", ran.out);
    assert!(ran.out.contains(made[0].0.as_str()) && ran.out.contains("in 30 d"), "{}", ran.out);

    let document = team.run(user, &["list", "--json"]).ended(0).json();
    assert_eq!(document["meta"]["total"], document["data"].as_array().unwrap().len());
    let key = document["data"].as_array().unwrap().iter().find(|key| key["name"] == "ci-deploy").unwrap();
    assert_eq!(key["id"], made[0].0.as_str());
    for field in ["maskedValue", "secretHash", "ownerEmail", "createdAt", "expiresAt", "lastUsedAt", "revokedBy"] {
        assert!(key.get(field).is_some(), "{field}");
    }
    for (_, value) in &made {
        assert!(!ran.out.contains(value.expose()) && !document.to_string().contains(value.expose()));
    }
}

#[test]
fn filter_and_sort_are_the_consoles() {
    let team = Team::new();
    let user = &team.server.keys.user;
    team.make(user, &["alpha", "beta", "gamma"]);
    let list = |args: &[&str]| team.run(user, &[&["list", "--json"], args].concat()).ended(0).json();
    assert_eq!(names(&list(&["--filter", "name:BET"])), ["beta"]);
    assert_eq!(names(&list(&["--filter", "-first expires:<31d", "--sort", "-name"])), ["gamma", "beta", "alpha"]);
    let document = list(&["--filter", "nothing-like-this"]);
    assert_eq!((names(&document).len(), &document["meta"]["matched"]), (0, &0.into()));
    team.run(user, &["list", "--filter", "name:zzz"]).ended(0).says("no key matches");
}

#[test]
fn a_key_value_finds_its_key_and_is_told_to_nobody() {
    let team = Team::new();
    let user = &team.server.keys.user;
    let made = team.make(user, &["leaked", "other"]);
    let value = &made[0].1;
    let value = value.expose();
    for text in [
        format!("{value}\n"),
        format!("\u{feff}\n\n  {value}\r\n"),
        format!("GET /x HTTP/1.1\r\nAuthorization: Bearer {value}\r\n"),
        format!("{}\n{}", &value[..20], &value[20..]),
        format!("Authorization: Basic {}", BASE64_STANDARD.encode(format!("user:{value}"))),
    ] {
        let ran = team.run_reading(user, &["list", "--json", "--filter", "-"], &text).ended(0);
        assert_eq!(names(&ran.json()), ["leaked"], "{text}");
        assert!(!ran.out.contains(value) && !ran.err.contains(value));
    }
    let part = &value[..20];
    for ran in [
        team.run(user, &["list", "--filter", value]).ended(2).says("--filter -"),
        team.run(user, &["list", "--filter", part]).ended(2),
        team.run_reading(user, &["list", "--filter", "-"], part).ended(2).says("part of a key's value"),
    ] {
        assert!(!ran.err.contains(&part[4..]), "{ran:?}");
    }
    assert!(!team.home.log().contains(&part[4..]));
}

#[test]
fn hostile_names_are_escapes_in_the_table_and_in_json() {
    let team = Team::new();
    let user = &team.server.keys.user;
    team.make(user, &[HOSTILE]);
    let hostile = ['\u{1b}', '\u{202e}', '\u{200b}', '\u{9b}'];
    let table = team.run(user, &["list"]).ended(0);
    assert!(table.out.contains("evil\\x1b[31m\\u{202e}\\u{200b}\\x9bname"), "{}", table.out);
    let json = team.run(user, &["list", "--json"]).ended(0);
    assert!(json.out.contains("evil\\u001b[31m\\u202e\\u200b\\u009bname"), "{}", json.out);
    assert!(names(&json.json()).iter().any(|name| name == HOSTILE));
    assert!(!table.out.contains(hostile) && !json.out.contains(hostile));
}

#[test]
fn every_kind_of_key_has_one_form_and_the_wires_own_when_asked() {
    let team = Team::new();
    let admin = &team.server.keys.admin;
    let id = team.make_collection_key(admin, "12345-collection");
    team.make(admin, &["ci"]);
    let document = team.run(admin, &["list", "--tab", "all", "--json"]).ended(0).json();
    let rows = document["data"].as_array().unwrap();
    let names = |row: &serde_json::Value| row.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert!(rows.iter().all(|row| names(row) == names(&rows[0])), "{document}");
    let of_kind = |kind: &str| rows.iter().filter(|row| row["kind"] == kind).count();
    assert_eq!((of_kind("collectionAccessKey"), of_kind("apiKey")), (1, rows.len() - 1));
    let collection = rows.iter().find(|row| row["id"] == id.as_str()).unwrap();
    assert_eq!(
        (&collection["status"], &collection["collectionId"], &collection["lastUsedAt"]),
        (&"enabled".into(), &"12345-collection".into(), &serde_json::Value::Null)
    );
    let wire = team.run(admin, &["list", "--tab", "collections", "--json", "--wire"]).ended(0).json();
    assert_eq!((&wire["data"][0]["id"], &wire["data"][0]["status"]), (&id.as_str().into(), &"ACTIVE".into()));
    let shown = team.run(admin, &["show", id.as_str(), "--json", "--wire"]).ended(0).json();
    assert_eq!(shown["data"][0]["status"], "ACTIVE");
    let own = team.run(&team.server.keys.user, &["list", "--tab", "all", "--json"]).ended(0).json();
    assert!(
        own["data"]
            .as_array()
            .unwrap()
            .iter()
            .all(|row| row["kind"] == "collectionAccessKey" || row["ownerEmail"] == "user@test.example"),
        "{own}"
    );
}

/// The lines of a CSV file as fields, by a reader that is not the program's.
fn records(text: &str) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
}

#[test]
fn csv_has_the_fields_of_json_and_nothing_that_a_spreadsheet_runs() {
    let mut team = Team::new();
    let admin = team.server.keys.admin.duplicate();
    team.make(&admin, &["=HYPERLINK(\"https://x.example\")", "two\nlines, \"quoted\"", HOSTILE]);
    let list = ["list", "--tab", "team", "--sort", "name"];
    let ran = team.run(&admin, &[&list[..], &["--csv"]].concat()).ended(0);
    let json = team.run(&admin, &[&list[..], &["--json"]].concat()).ended(0).json();
    let records = |ran: &str| records(ran);
    let lines = records(&ran.out);
    let rows = json["data"].as_array().unwrap();
    assert_eq!(lines.len(), rows.len() + 1);
    assert_eq!(lines[0].len(), rows[0].as_object().unwrap().len());
    for (line, row) in lines[1..].iter().zip(rows) {
        for (field, cell) in lines[0].iter().zip(line) {
            match &row[field] {
                serde_json::Value::Null => assert_eq!(cell, ""),
                serde_json::Value::String(text) if field != "name" => assert_eq!(cell, text),
                _ => {}
            }
        }
    }
    assert!(ran.out.contains("'=HYPERLINK(") && ran.out.contains("two\\nlines, \"\"quoted\"\""), "{}", ran.out);
    assert!(!ran.out.contains(['\u{1b}', '\u{202e}']));

    let some = team.run(&admin, &[&list[..], &["--csv", "--columns", "owner,name,expires"]].concat()).ended(0);
    assert_eq!(records(&some.out)[0], ["owner", "name", "expiresAt"]);
    let some = team.run(&admin, &[&list[..], &["--json", "--columns", "owner,id"]].concat()).ended(0).json();
    assert_eq!(some["data"][0].as_object().unwrap().len(), 2);
    let table = team.run(&admin, &[&list[..], &["--columns", "status,name"]].concat()).ended(0);
    assert!(table.out.starts_with("STATUS"), "{}", table.out);
    team.run(&admin, &["list", "--columns", "nmae"]).ended(2).says("did you mean name?");

    team.server = crate::server::TestServer::seeded_blocking(60, keydeck::domain::team::Role::Admin);
    let admin = team.server.keys.admin.duplicate();
    let lines = records(&team.run(&admin, &["list", "--tab", "exposed", "--csv"]).ended(0).out);
    let json = team.run(&admin, &["list", "--tab", "exposed", "--json"]).ended(0).json();
    let mut names = lines[0].clone();
    names.sort();
    assert_eq!(names, json["data"][0].as_object().unwrap().keys().cloned().collect::<Vec<_>>());
}

#[test]
fn a_script_learns_from_the_exit_code_whether_anything_matches() {
    let team = Team::new();
    let user = &team.server.keys.user;
    team.make(user, &["alpha"]);
    team.run(user, &["list", "--filter", "name:alpha", "--exit-code"]).ended(10);
    team.run(user, &["list", "--filter", "name:nothing", "--exit-code"]).ended(0);
    team.run(user, &["list", "--filter", "expires:soonish", "--exit-code"]).ended(2);
}

#[test]
fn who_may_not_is_denied_and_an_unknown_key_too() {
    let team = Team::new();
    team.run(&team.server.keys.user, &["list", "--tab", "team"]).ended(3).says("hint: ");
    team.run(&team.server.keys.user, &["list", "--tab", "exposed"]).ended(3);
    team.run(&team.server.keys.admin, &["list", "--tab", "team"]).ended(0);
    let unknown = keydeck::domain::secret::Secret::new("made-up-value".to_owned());
    team.run(&unknown, &["list"]).ended(3).says("401");
}

#[test]
fn no_server_is_4() {
    let mut team = Team::new();
    team.server.stop();
    team.run(&team.server.keys.user, &["list"]).ended(4).says("check that").says("running");
}

#[test]
fn a_reader_that_left_is_no_error_and_a_full_disk_is() {
    let team = Team::new();
    let user = &team.server.keys.user;
    let mut list = team.home.command(&["list"]);
    let mut child = list.envs(team.environment(user)).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let ended = child.wait_with_output().unwrap();
    assert!(ended.status.success() && ended.stderr.is_empty(), "{ended:?}");
    #[cfg(target_os = "linux")]
    {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let ended = team.home.command(&["list"]).envs(team.environment(user)).stdout(full).output().unwrap();
        assert_eq!(ended.status.code(), Some(1));
        assert!(String::from_utf8_lossy(&ended.stderr).contains("cannot write the result"));
    }
}
