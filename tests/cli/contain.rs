//! `keydeck contain`, `incidents` and `drill`: from what was pasted to what is proven and written down.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use keydeck::domain::secret::Secret;
use keydeck::domain::values::Runs;
use serde_json::Value;

use crate::program::{Ran, Terminal};
use crate::team::{Team, last_four};

fn files(folder: &Path) -> Vec<PathBuf> {
    let paths = std::fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path());
    paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// No file of this home, and nothing that was printed, holds a value or a piece of one.
#[track_caller]
fn nothing_tells(team: &Team, value: &Secret, ran: &Ran) {
    let runs = Runs::of(value.expose());
    for file in files(&team.home.path("")) {
        let text = String::from_utf8_lossy(&std::fs::read(&file).unwrap()).into_owned();
        assert!(runs.find(&text).is_empty(), "{}", file.display());
    }
    assert!(runs.find(&ran.out).is_empty() && runs.find(&ran.err).is_empty(), "{ran:?}");
}

fn contain(team: &Team, key: &Secret, more: &[&str], input: impl AsRef<[u8]>) -> Ran {
    let out = team.home.path("evidence");
    std::fs::create_dir_all(&out).unwrap();
    let args = [&["contain", "-", "--out", out.to_str().unwrap()], more].concat();
    team.run_reading(key, &args, input)
}

fn keys(document: &Value) -> Vec<(&str, &str)> {
    document["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["known"].as_str().unwrap(), row["standing"].as_str().unwrap()))
        .collect()
}

#[test]
fn a_log_line_becomes_a_dead_key_and_evidence_without_a_screen() {
    let team = Team::new();
    let admin = &team.server.keys.admin;
    let made = team.make(&team.server.keys.user, &["leaked"]);
    let value = &made[0].1;
    team.report(value, "https://github.com/acme/site/blob/main/.env#L3");
    let line = format!("02:51:07 GET /orders?k={} 200\n", value.expose().replace('_', "%5F"));
    let ran = contain(&team, admin, &["--yes", "--json"], line).ended(0);
    let document = ran.json();
    assert_eq!(keys(&document), [("ours", "proven")]);
    let row = &document["data"][0];
    assert_eq!((&row["wasAlive"], &row["outcome"]), (&true.into(), &"revoked".into()));
    assert_eq!(row["key"]["name"], "leaked");
    assert_eq!(row["key"]["spots"][0]["url"], "https://github.com/acme/site/blob/main/.env#L3");
    assert!(row["provenAt"].as_str() >= row["assertedAt"].as_str() && row["assertedAt"].is_string());
    assert_eq!(document["meta"]["contained"], true);
    assert_eq!(document["meta"]["findings"][0]["not"], Value::Null);
    assert!(!team.accepts(value));
    let bundle = PathBuf::from(document["meta"]["bundle"].as_str().unwrap());
    assert_eq!(std::fs::metadata(&bundle).unwrap().permissions().mode() & 0o777, 0o700);
    let summed = std::process::Command::new("sha256sum").args(["-c", "SHA256SUMS"]).current_dir(&bundle).output();
    assert!(summed.unwrap().status.success());
    let requests = std::fs::read_to_string(bundle.join("requests.jsonl")).unwrap();
    let requests: Vec<Value> = requests.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let sent = |method: &str, path: &str| {
        requests.iter().filter(|request| request["method"] == method && request["path"] == path).count()
    };
    assert_eq!((sent("POST", "/api-key-revocations"), sent("POST", "/api-key-lookups") >= 1), (1, true));
    assert!(sent("GET", "/me") >= 7, "tried twice, each time three questions and one's own key");
    assert!(requests.iter().all(|request| request["status"].is_u64() && request["requestId"].is_string()));
    let report = std::fs::read_to_string(bundle.join("report.md")).unwrap();
    for said in ["Contained: 1 key, 1 proven dead", "keydeck's own", "user\\@test.example", "github.com/acme/site"] {
        assert!(report.contains(said), "{said}\n{report}");
    }
    nothing_tells(&team, value, &ran);
    let listed = team.run(admin, &["incidents", "--json"]).ended(0).json();
    assert_eq!(listed["data"].as_array().unwrap().len(), 0, "it is over");
    let listed = team.run(admin, &["incidents", "list", "--over", "--json"]).ended(0).json();
    let id = listed["data"][0]["id"].as_str().unwrap();
    assert_eq!((&listed["data"][0]["state"], &listed["data"][0]["contained"]), (&"over".into(), &true.into()));
    let shown = team.run(admin, &["incidents", "show", &id[..8]]).ended(0);
    assert!(shown.out.contains("sending it to the server") && shown.out.contains("refused twice"), "{shown:?}");
    nothing_tells(&team, value, &shown);
}

#[test]
fn several_at_once_each_with_its_own_outcome() {
    let team = Team::new();
    let keys_of = &team.server.keys;
    let made = team.make(&keys_of.user, &["a", "b"]);
    let boss = team.make(&keys_of.superadmin, &["boss"]);
    team.run(&keys_of.admin, &["revoke", made[1].0.as_str(), "--yes"]).ended(0);
    let nobodys =
        keydeck::domain::key_value::mint(keydeck::domain::key_value::KeyKind::ApiKey, getrandom::fill).unwrap();
    let foreign = ["PMAK-", "0123456789abcdef01234567", "-", "0123456789abcdef0123456789abcdef01"].concat();
    let text = format!(
        "{}\n{} {}\n\"{}\"\n{}\n{foreign}\n",
        made[0].1.expose(),
        made[1].1.expose(),
        made[0].1.expose(),
        boss[0].1.expose(),
        nobodys.expose()
    );
    let ran = contain(&team, &keys_of.admin, &["--yes", "--json"], text).ended(1);
    let document = ran.json();
    assert_eq!(
        keys(&document),
        [("ours", "proven"), ("ours", "proven"), ("ours", "left"), ("noKey", "proven"), ("foreign", "elsewhere")]
    );
    assert_eq!(document["data"][1]["outcome"], "already revoked");
    assert_eq!(document["data"][4]["vendor"]["name"], "Postman");
    assert_eq!(document["meta"]["contained"], false);
    assert!(!team.accepts(&made[0].1) && team.accepts(&boss[0].1));
    for value in [&made[0].1, &made[1].1, &boss[0].1, &nobodys] {
        nothing_tells(&team, value, &ran);
    }
    let text = boss[0].1.expose();
    contain(&team, &keys_of.admin, &["--yes"], text).ended(3).says("denied");
}

#[test]
fn without_the_right_the_key_in_hand_deletes_itself_after_consent() {
    let team = Team::new();
    let keys_of = &team.server.keys;
    let made = team.make(&keys_of.colleague, &["theirs"]);
    let value = &made[0].1;
    let document = contain(&team, &keys_of.user, &["--yes", "--json"], value.expose()).ended(1).json();
    assert_eq!(keys(&document), [("noKey", "left")]);
    assert_eq!(document["data"][0]["wasAlive"], true);
    assert!(team.accepts(value), "nobody agreed to it");
    let ran = contain(&team, &keys_of.user, &["--yes", "--json", "--delete-itself"], value.expose()).ended(0);
    assert_eq!(keys(&ran.json()), [("noKey", "proven")]);
    assert_eq!(ran.json()["data"][0]["outcome"], "deleted");
    assert!(!team.accepts(value));
    nothing_tells(&team, value, &ran);
}

#[test]
fn freezing_can_be_taken_back_and_a_collection_access_key_is_revoked_and_proven_as_one() {
    let team = Team::new();
    let keys_of = &team.server.keys;
    let made = team.make(&keys_of.user, &["frozen"]);
    let document = contain(&team, &keys_of.admin, &["--yes", "--json", "--freeze"], made[0].1.expose()).ended(0).json();
    assert_eq!((keys(&document)[0].1, &document["data"][0]["outcome"]), ("proven", &"disabled".into()));
    team.run(&keys_of.admin, &["enable", made[0].0.as_str(), "--yes"]).ended(0);
    assert!(team.accepts(&made[0].1));

    let file = team.home.path("pets.key");
    let path = file.to_str().unwrap();
    team.run(
        &keys_of.user,
        &["create", "--collection", "12345-0a1b2c3d-0000-4000-8000-0123456789ab", "--write-secret", path],
    )
    .ended(0);
    let value = Secret::new(std::fs::read_to_string(&file).unwrap().trim().to_owned());
    std::fs::remove_file(&file).unwrap();
    let ran = contain(&team, &keys_of.admin, &["--yes", "--json"], value.expose()).ended(0);
    let document = ran.json();
    assert_eq!(keys(&document), [("ours", "proven")]);
    assert_eq!(
        (&document["data"][0]["wasAlive"], &document["data"][0]["key"]["collection"]),
        (&true.into(), &true.into())
    );
    nothing_tells(&team, &value, &ran);
}

#[test]
fn what_cannot_be_is_refused_before_anything_is_sent() {
    let team = Team::new();
    let admin = &team.server.keys.admin;
    let made = team.make(&team.server.keys.user, &["leaked"]);
    let value = made[0].1.expose();
    team.run(admin, &["contain", value, "--yes"]).ended(2).says("in this shell's history");
    team.run(admin, &["contain", "ci.log", "--yes"]).ended(2).says("--from-file FILE");
    contain(&team, admin, &[], value).ended(3).says("there is no terminal");
    contain(&team, admin, &["--json"], value).ended(2).says("--json has nobody to ask");
    let garbage = contain(&team, admin, &["--yes"], "nothing of any use\n\0\u{1}\u{2}").ended(2);
    assert!(garbage.err.contains("does not mean that it is nobody's"), "{garbage:?}");
    let part = contain(&team, admin, &["--yes"], &value[..30]).ended(2).says("a part of a keydeck API Key");
    assert!(!part.err.contains(&value[..30]));
    assert!(team.accepts(&made[0].1));
    assert!(!team.home.path("state/keydeck/incidents").exists(), "nothing was begun");
    assert_eq!(std::fs::read_dir(team.home.path("evidence")).unwrap().count(), 0);
}

#[test]
fn a_dry_run_only_looks() {
    let team = Team::new();
    let made = team.make(&team.server.keys.user, &["leaked"]);
    let args = ["contain", "-", "--dry-run"];
    let ran = team.run_reading(&team.server.keys.admin, &args, made[0].1.expose()).ended(1);
    for said in ["leaked", "user@test.example", "accepted; a made-up key is refused", "recommended: revoke now"] {
        assert!(ran.out.contains(said), "{said}\n{ran:#?}");
    }
    assert!(team.accepts(&made[0].1) && !team.home.path("state/keydeck/incidents").exists());
    nothing_tells(&team, &made[0].1, &ran);
}

#[test]
fn at_a_terminal_it_is_pasted_seen_decided_and_dead() {
    let team = Team::new();
    let admin = &team.server.keys.admin;
    let made = team.make(&team.server.keys.user, &["leaked", "sibling"]);
    let value = &made[0].1;
    let out = team.home.path("evidence");
    std::fs::create_dir_all(&out).unwrap();
    let environment = team.environment(admin);
    let mut terminal = Terminal::start(&team.home, &["contain", "--out", out.to_str().unwrap()], &environment);
    terminal.shows("Nothing of it is shown");
    terminal.types(&format!("leaked: {}\r", value.expose()));
    terminal.shows("r as recommended: ");
    terminal.types("\r");
    terminal.shows("r as recommended: ");
    terminal.types("x\r");
    terminal.shows("the last characters of the key, and Enter: ");
    terminal.types("0000\r");
    terminal.shows("not confirmed");
    terminal.shows("r as recommended: ");
    assert!(team.accepts(value), "Enter alone, and the wrong characters, do nothing");
    terminal.types("x\r");
    terminal.shows("the last characters of the key, and Enter: ");
    terminal.types(&format!("{}\r", last_four(value)));
    terminal.shows("Numbers to revoke");
    terminal.types("\r");
    let (code, seen) = terminal.end();
    assert_eq!(code, 0, "{seen}");
    assert!(seen.contains("proven dead") && seen.contains("the evidence is in"), "{seen}");
    assert!(Runs::of(value.expose()).find(&seen).is_empty(), "{seen}");
    assert!(!team.accepts(value) && team.accepts(&made[1].1));
}

#[test]
fn a_hundred_megabytes_of_log_take_little_memory() {
    let team = Team::new();
    let made = team.make(&team.server.keys.user, &["first", "last"]);
    let out = team.home.path("evidence");
    std::fs::create_dir_all(&out).unwrap();
    let mut command = team.home.command(&["contain", "-", "--dry-run", "--json"]);
    command.envs(team.environment(&team.server.keys.admin));
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let lines = "2026-11-27T02:51:07Z GET /orders/4711 200 12ms agent=curl id=00f1e2d3\n".repeat(15_000);
    for part in 0..100 {
        input.write_all(lines.as_bytes()).unwrap();
        if part == 7 {
            input.write_all(made[0].1.expose().as_bytes()).unwrap();
            input.write_all(b"\n").unwrap();
        }
    }
    input.write_all(made[1].1.expose().as_bytes()).unwrap();
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    drop(input);
    let output = child.wait_with_output().unwrap();
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let names: Vec<&str> =
        document["data"].as_array().unwrap().iter().map(|row| row["key"]["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["first", "last"]);
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let peak: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
    assert!(peak < 80 << 10, "{peak} kB");
}

#[test]
fn a_drill_is_timed_from_planted_to_written() {
    let team = Team::new();
    let admin = &team.server.keys.admin;
    let (leak, out) = (team.home.path("leak.env"), team.home.path("evidence"));
    std::fs::create_dir_all(&out).unwrap();
    let (leak, out) = (leak.to_str().unwrap(), out.to_str().unwrap());
    let planted = team.run(admin, &["drill", "--plant", leak, "--json"]).ended(0).json();
    assert_eq!(planted["data"][0]["deadSeconds"], Value::Null);
    let text = std::fs::read_to_string(leak).unwrap();
    let value = Secret::new(text.trim().split_once('=').unwrap().1.to_owned());
    assert_eq!(std::fs::metadata(leak).unwrap().permissions().mode() & 0o777, 0o600);
    let id = planted["data"][0]["keyId"].as_str().unwrap();
    let shown = team.run(admin, &["show", id, "--json"]).ended(0).json();
    assert_eq!(shown["data"][0]["access"], "none", "it may do nothing");
    team.run(admin, &["drill", "--plant", leak]).ended(1).says("cannot be written");
    team.run(admin, &["contain", "--from-file", leak, "--out", out, "--yes"]).ended(0);
    std::fs::remove_file(leak).unwrap();
    let ran = team.run(admin, &["drill", "--yes", "--json", "--out", out]).ended(0);
    assert!(ran.json()["data"][0]["deadSeconds"].is_f64());
    let listed = team.run(admin, &["drill", "list", "--json"]).ended(0).json();
    assert_eq!((listed["data"].as_array().unwrap().len(), &listed["meta"]["contained"]), (2, &2.into()));
    for row in listed["data"].as_array().unwrap() {
        let at = |name: &str| row[name].as_f64().unwrap();
        assert!(at("seenSeconds") <= at("decidedSeconds") && at("decidedSeconds") <= at("assertedSeconds"), "{row}");
        assert!(at("assertedSeconds") <= at("deadSeconds") && at("deadSeconds") <= at("writtenSeconds"), "{row}");
    }
    let best = listed["meta"]["bestSeconds"].as_f64().unwrap();
    assert!(best <= listed["meta"]["medianSeconds"].as_f64().unwrap());
    let told = team.run(admin, &["drill", "list"]).ended(0).says("from planted to proven dead, of 2");
    nothing_tells(&team, &value, &told);
}
