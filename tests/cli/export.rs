//! `keydeck audit export`: to standard output, and over TLS to a receiver that is not ours.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Lines, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use keydeck::domain::secret::Secret;
use keydeck::domain::team::Role;
use keydeck::server::ServerSettings;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::program::{Home, Running};
use crate::server::TestServer;

/// A server, and a home from which its admin exports.
struct Scene {
    home: Home,
    server: TestServer,
}

impl Scene {
    fn new() -> Self {
        let settings = ServerSettings { rate_limit: 100_000, ..ServerSettings::default() };
        Self { home: Home::new(), server: TestServer::start_blocking(settings) }
    }

    fn environment(&self) -> [(&str, &str); 2] {
        [("KEYDECK_URL", &self.server.base_url), ("KEYDECK_API_KEY", self.server.keys.admin.expose())]
    }

    fn run(&self, args: &[&str]) -> crate::program::Ran {
        self.home.run_with(&[&["audit", "export"], args].concat(), &self.environment())
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = self.home.command(&[&["audit", "export"], args].concat());
        command.envs(self.environment());
        command
    }

    /// Makes a key of the user's, which the log tells of, and answers its value.
    fn make_key(&self, name: &str) -> Secret {
        let environment =
            [("KEYDECK_URL", self.server.base_url.as_str()), ("KEYDECK_API_KEY", self.server.keys.user.expose())];
        let ran = self.home.run_with(&["create", "--name", name, "--print-secret"], &environment).ended(0);
        Secret::new(ran.out.trim().to_owned())
    }

    fn position(&self) -> String {
        self.home.path("position").display().to_string()
    }
}

/// The numbers of lines of JSON.
fn numbers(text: &str) -> Vec<i64> {
    text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["seq"].as_i64().unwrap()).collect()
}

#[test]
fn the_log_is_handed_on_whole_and_later_what_came_since() {
    let scene = Scene::new();
    let value = scene.make_key("first");
    let (position, whole) = (scene.position(), scene.run(&[]).ended(0).out);
    let head = i64::try_from(whole.lines().count()).unwrap();
    assert_eq!(numbers(&whole), (1..=head).collect::<Vec<_>>());
    assert_eq!(scene.run(&["--position", &position]).ended(0).out, whole);
    assert_eq!(scene.run(&["--position", &position]).ended(0).out, "");
    let second = scene.make_key("second");
    let since = scene.run(&["--position", &position]).ended(0).out;
    let told: Value = serde_json::from_str(since.lines().next().unwrap()).unwrap();
    assert_eq!(
        (&told["seq"], &told["action"], &told["id"]),
        (&json!(head + 1), &json!("api_key.create"), &told["seq"])
    );
    assert!(told["hash"].as_str().unwrap().len() == 64 && told["data"]["actor"]["apiKeyId"].is_string());
    assert_eq!(scene.run(&["--after", &head.to_string()]).ended(0).out, since);
    for value in [value, second] {
        assert!(!(whole.clone() + &since).contains(value.expose()));
    }
}

#[test]
fn syslog_and_ocsf_are_a_line_each_on_standard_output() {
    let scene = Scene::new();
    scene.make_key("Zoë's");
    let json = scene.run(&[]).ended(0).out;
    let syslog = scene.run(&["--format", "syslog"]).ended(0).out;
    let form = regex::Regex::new(
        r#"^<(108|109)>1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z 127\.0\.0\.1 keydeck - [a-z_.]+ \[origin software="keydeck" swVersion="[0-9.]+"\]\[meta sequenceId="(\d+)"\] (\{[ -~]+\})$"#,
    )
    .unwrap();
    for (line, whole) in syslog.lines().zip(json.lines()) {
        let told = form.captures(line).expect(line);
        let [told, whole] = [&told[3], whole].map(|text| serde_json::from_str::<Value>(text).unwrap());
        assert_eq!(told, whole);
    }
    let ocsf = scene.run(&["--format", "ocsf"]).ended(0).out;
    assert_eq!((syslog.lines().count(), ocsf.lines().count()), (json.lines().count(), json.lines().count()));
    let last: Value = serde_json::from_str(ocsf.lines().last().unwrap()).unwrap();
    assert_eq!((&last["class_uid"], &last["activity_name"]), (&json!(3004), &json!("Create")));
    assert_eq!(last["entity"]["name"], "Zoë's");
}

#[test]
fn what_is_not_the_log_that_was_exported_is_refused() {
    let scene = Scene::new();
    let position = scene.position();
    scene.run(&["--position", &position]).ended(0);
    let kept = fs::read_to_string(&position).unwrap();
    let mut told: Value = serde_json::from_str(&kept).unwrap();
    let seq = told["seq"].as_i64().unwrap();
    told["hash"] = json!("0".repeat(64));
    fs::write(&position, told.to_string()).unwrap();
    scene.run(&["--position", &position]).ended(1).says(&format!("entry {seq} is not the one that was exported"));
    told["seq"] = json!(seq + 10);
    fs::write(&position, told.to_string()).unwrap();
    scene.run(&["--position", &position]).ended(1).says(&format!("ends before entry {}", seq + 10));
    fs::write(&position, kept.replace("127.0.0.1", "127.0.0.2")).unwrap();
    scene.run(&["--position", &position]).ended(2).says("it is of http://127.0.0.2");
    scene.run(&["--position", &position, "--after", "1"]).ended(2);
    scene.run(&["--to", "logs.acme.example"]).ended(2).says("HOST:PORT");
    scene.run(&["--trust-close"]).ended(2).says("--to");
    let environment =
        [("KEYDECK_URL", scene.server.base_url.as_str()), ("KEYDECK_API_KEY", scene.server.keys.user.expose())];
    scene.home.run_with(&["audit", "export"], &environment).ended(3);
}

#[test]
fn it_follows_waits_for_a_server_that_is_away_and_ends_when_told_to() {
    let mut scene = Scene::new();
    let address = scene.server.base_url.strip_prefix("http://").unwrap().to_owned();
    let position = scene.position();
    let mut running = Running::start(scene.command(&["--follow", "--every", "1", "--position", &position]));
    let mut seen = vec![running.line()];
    scene.make_key("while it follows");
    while !seen.last().unwrap().contains("while it follows") {
        seen.push(running.line());
    }
    scene.server.stop();
    let waits = |line: &str| line.starts_with("waiting") && line.contains(&address);
    while !waits(seen.last().unwrap()) {
        seen.push(running.line());
    }
    scene.server.resume_at(&address);
    scene.make_key("after it was away");
    while !seen.last().unwrap().contains("after it was away") {
        seen.push(running.line());
    }
    running.signal(Signal::TERM);
    let rest = running.rest();
    assert_eq!(running.code(), Some(0));
    let records: Vec<String> = seen.into_iter().chain(rest).filter(|line| line.starts_with('{')).collect();
    let numbers = numbers(&records.join("\n"));
    assert_eq!(numbers, (1..=numbers.len().try_into().unwrap()).collect::<Vec<i64>>());
}

#[test]
fn a_line_that_a_kill_cut_short_is_ended_before_the_next_one() {
    let scene = Scene::new();
    let path = scene.home.path("log.jsonl");
    fs::write(&path, "{\"seq\":1,\"id\":1,\"ti").unwrap();
    let file = fs::OpenOptions::new().append(true).open(&path).unwrap();
    assert!(scene.command(&[]).stdout(file).status().unwrap().success());
    let text = fs::read_to_string(&path).unwrap();
    let (cut, rest) = text.split_once('\n').unwrap();
    assert_eq!(cut, "{\"seq\":1,\"id\":1,\"ti");
    assert_eq!(numbers(rest)[0], 1);
}

/// The Python that is there; a test that needs one is left out otherwise.
fn python(module: &str, variable: &str, folder: &str) -> Option<PathBuf> {
    // where `.ci/run` puts it
    let beside = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().join(folder).join("bin/python3");
    let all = [std::env::var_os(variable).map(PathBuf::from), Some(beside), Some(PathBuf::from("python3"))];
    let knows = |python: &PathBuf| {
        let asked = Command::new(python).args(["-c", &format!("import {module}")]).stderr(Stdio::null()).status();
        asked.is_ok_and(|status| status.success())
    };
    let found = all.into_iter().flatten().find(knows);
    if found.is_none() {
        // where nothing may be left out, as in .ci/run, this is a failure
        assert!(std::env::var_os("KEYDECK_TEST_ALL").is_none(), "Python's {module} is not installed");
    }
    found
}

#[test]
fn findings_are_those_of_others_models_too() {
    let Some(python) = python("py_ocsf_models", "KEYDECK_TEST_OCSF", "ocsf") else { return };
    let scene = Scene { home: Home::new(), server: TestServer::seeded_blocking(400, Role::Superadmin) };
    let ocsf = scene.run(&["--format", "ocsf"]).ended(0).out;
    let findings: Vec<&str> = ocsf.lines().filter(|line| line.contains("\"class_uid\":2004")).collect();
    assert!(!findings.is_empty());
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/stand_ins/ocsf_findings.py");
    let mut checker = Command::new(python).arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    checker.stdin.take().unwrap().write_all(findings.join("\n").as_bytes()).unwrap();
    let ended = checker.wait_with_output().unwrap();
    assert!(ended.status.success());
    assert_eq!(String::from_utf8(ended.stdout).unwrap().trim(), findings.len().to_string());
}

/// The receiver, and what it kept.
struct Receiver {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    port: u16,
}

/// Where the receiver keeps what came, and what it shows.
struct Place {
    folder: tempfile::TempDir,
    python: PathBuf,
}

impl Place {
    fn new(python: PathBuf) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let authority_key = KeyPair::generate().unwrap();
        let mut authority = CertificateParams::new([]).unwrap();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = authority.self_signed(&authority_key).unwrap();
        let key = KeyPair::generate().unwrap();
        let issuer = Issuer::new(authority, authority_key);
        let shown = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
        fs::write(folder.path().join("ca.pem"), certificate.pem()).unwrap();
        fs::write(folder.path().join("cert.pem"), shown.pem()).unwrap();
        fs::write(folder.path().join("key.pem"), key.serialize_pem()).unwrap();
        Self { folder, python }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    fn receiver(&self, framing: &str, port: Option<u16>) -> Receiver {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/stand_ins/log_receiver.py");
        let mut command = Command::new(&self.python);
        command.args([script, framing, &self.path("cert.pem"), &self.path("key.pem"), &self.path("kept")]);
        command.args(port.map(|port| port.to_string()));
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let first = lines.next().unwrap().unwrap();
        let port = first.strip_prefix("listening ").unwrap().parse().unwrap();
        Receiver { child, lines, port }
    }

    fn kept(&self) -> String {
        fs::read_to_string(self.path("kept")).unwrap()
    }
}

impl Receiver {
    /// Waits until it says something that begins so.
    fn says(&mut self, beginning: &str) {
        while !self.lines.next().unwrap().unwrap().starts_with(beginning) {}
    }

    fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The number and the text of each syslog message that was kept.
fn messages(kept: &str) -> Vec<(i64, String)> {
    let of = |line: &str| {
        let (_, json) = line.split_once("\"] ")?;
        let told: Value = serde_json::from_str(json).ok()?;
        Some((told["seq"].as_i64()?, line.to_owned()))
    };
    kept.lines().filter_map(of).collect()
}

#[test]
fn a_receiver_over_tls_takes_batches_and_one_that_nobody_vouches_for_gets_nothing() {
    let Some(python) = python("ssl", "KEYDECK_TEST_PYTHON", "none") else { return };
    let (scene, place) = (Scene::new(), Place::new(python));
    scene.make_key("one");
    let receiver = place.receiver("octets", None);
    let (to, ca) = (format!("127.0.0.1:{}", receiver.port), place.path("ca.pem"));
    let position = scene.position();
    let args = ["--format", "syslog", "--to", &to, "--position", &position];
    scene.run(&args).ended(1).says("TLS cannot be agreed on");
    assert!(!Path::new(&position).exists() && place.kept().is_empty());
    let with_ca = [&args[..], &["--ca", &ca]].concat();
    assert_eq!(scene.run(&with_ca).ended(0).out, "");
    let kept = messages(&place.kept());
    let head = i64::try_from(scene.run(&[]).ended(0).out.lines().count()).unwrap();
    assert_eq!(kept.iter().map(|(seq, _)| *seq).collect::<Vec<_>>(), (1..=head).collect::<Vec<_>>());
    scene.run(&with_ca).ended(0);
    assert_eq!(messages(&place.kept()).len(), kept.len(), "nothing is sent twice without need");
    drop(receiver);
    fs::remove_file(place.path("kept")).unwrap();
    let lines = place.receiver("lines", None);
    let to = format!("127.0.0.1:{}", lines.port);
    scene.run(&["--format", "json", "--to", &to, "--ca", &ca]).ended(0);
    assert_eq!(numbers(&place.kept()), (1..=head).collect::<Vec<_>>());
}

#[test]
fn a_receiver_that_gives_no_receipt_is_believed_only_where_that_was_said() {
    let Some(python) = python("ssl", "KEYDECK_TEST_PYTHON", "none") else { return };
    let (scene, place) = (Scene::new(), Place::new(python));
    let receiver = place.receiver("rude", None);
    let (to, ca) = (format!("127.0.0.1:{}", receiver.port), place.path("ca.pem"));
    let position = scene.position();
    let args = ["--format", "syslog", "--to", &to, "--ca", &ca, "--position", &position];
    scene.run(&args).ended(1).says("without closing TLS in order").says("--trust-close");
    assert!(!Path::new(&position).exists());
    scene.run(&[&args[..], &["--trust-close"]].concat()).ended(0);
    assert!(Path::new(&position).exists());
}

#[test]
fn nothing_is_lost_when_receiver_and_exporter_are_killed_again_and_again() {
    const ROUNDS: usize = 50;
    let Some(python) = python("ssl", "KEYDECK_TEST_PYTHON", "none") else { return };
    let (scene, place) = (Scene::new(), Place::new(python));
    let mut receiver = place.receiver("octets", None);
    let (port, to, ca) = (receiver.port, format!("127.0.0.1:{}", receiver.port), place.path("ca.pem"));
    let position = scene.position();
    let args = ["--format", "syslog", "--to", &to, "--ca", &ca, "--position", &position];
    let following = [&args[..], &["--follow", "--every", "1"]].concat();
    let exporter = || Running::start(scene.command(&following));
    let (mut values, mut running) = (Vec::new(), exporter());
    for round in 0..ROUNDS {
        values.push(scene.make_key(&format!("key {round}")));
        // in the middle of a batch, or at its end, which may be noted or not
        receiver.says(if round % 2 == 0 { "begins" } else { "took" });
        if round % 3 != 0 {
            running.signal(Signal::KILL);
            assert_eq!(running.code(), None);
            running = exporter();
        }
        if round % 3 != 1 {
            receiver.kill();
            receiver = place.receiver("octets", Some(port));
        }
    }
    running.signal(Signal::KILL);
    assert_eq!(running.code(), None);
    scene.run(&args).ended(0);
    let kept = place.kept();
    let mut by_number: BTreeMap<i64, String> = BTreeMap::new();
    for (seq, message) in messages(&kept) {
        let before = by_number.insert(seq, message.clone());
        assert!(before.is_none_or(|before| before == message), "a duplicate is the same message: {message}");
    }
    let head = i64::try_from(scene.run(&[]).ended(0).out.lines().count()).unwrap();
    assert!(by_number.keys().copied().eq(1..=head), "{:?} of {head}", by_number.keys());
    let everything = kept + &fs::read_to_string(&position).unwrap() + &scene.home.log();
    for value in values {
        assert!(!everything.contains(value.expose()), "a key's value was handed on");
    }
}
