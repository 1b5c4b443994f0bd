//! The kill test of containing a leak: it is killed by SIGKILL at every point before and after a line of the record, a call
//! of the API and a file of the evidence, then taken up again. However it was cut, nothing is revoked twice, nothing is
//! forgotten, what is not proven says so and is proven once the value is given again, and no file ever holds the value.
//!
//! Needs a program built with the feature `fault-points`: `cargo test --features fault-points --test contain_kill`.

#![expect(clippy::unwrap_used, reason = "helpers of tests; clippy knows only the test functions themselves")]

#[path = "support/program.rs"]
mod program;
#[path = "support/server.rs"]
mod server;

use std::collections::BTreeMap;
use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use keydeck::client::keydeck::KeydeckService;
use keydeck::client::{KeyService, MintedValue, NewKey, WritePermit};
use keydeck::domain::ids::KeyId;
use keydeck::domain::key::Status;
use keydeck::domain::key_value::{KeyKind, mint};
use keydeck::domain::secret::Secret;
use keydeck::domain::values::Runs;
use keydeck::server::ServerSettings;
use program::{Home, Ran};
use server::TestServer;
use tokio::runtime::Runtime;

/// A server for many kills.
struct Bench {
    server: TestServer,
    runtime: Runtime,
}

/// What is done to the leaked key.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Lane {
    Revoke,
    Freeze,
    /// A member with somebody else's key in hand.
    DeleteItself,
}

/// A leaked key, and a home in which its containing is killed.
struct Scene<'a> {
    bench: &'a Bench,
    lane: Lane,
    home: Home,
    id: KeyId,
    value: Secret,
}

impl Bench {
    fn new() -> Self {
        let settings = ServerSettings { rate_limit: 1_000_000, ..ServerSettings::default() };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Self { server: TestServer::start_blocking(settings), runtime }
    }

    fn scene(&self, lane: Lane) -> Scene<'_> {
        let owner = KeydeckService::new(&self.server.base_url, self.server.keys.user.duplicate()).unwrap();
        let permit = WritePermit::unless_read_only(false).unwrap();
        let value = mint(KeyKind::ApiKey, getrandom::fill).unwrap();
        let new = NewKey { name: "leaked".to_owned(), value: Some(MintedValue::of(&value)), ..NewKey::default() };
        let id = self.runtime.block_on(owner.create_api_key(&permit, &new)).unwrap().0.id;
        let scene = Scene { bench: self, lane, home: Home::new(), id, value };
        std::fs::create_dir(scene.home.path("evidence")).unwrap();
        scene
    }
}

impl Lane {
    /// What the audit log calls it.
    fn action(self) -> &'static str {
        match self {
            Self::Revoke | Self::DeleteItself => "api_key.revoke",
            Self::Freeze => "api_key.disable",
        }
    }

    fn after(self) -> Status {
        match self {
            Self::Revoke | Self::DeleteItself => Status::Revoked,
            Self::Freeze => Status::Disabled,
        }
    }

    fn flags(self) -> &'static [&'static str] {
        match self {
            Self::Revoke => &["--yes", "--json"],
            Self::Freeze => &["--yes", "--json", "--freeze"],
            Self::DeleteItself => &["--yes", "--json", "--delete-itself"],
        }
    }
}

impl Scene<'_> {
    fn key(&self) -> &Secret {
        let keys = &self.bench.server.keys;
        if self.lane == Lane::DeleteItself { &keys.colleague } else { &keys.admin }
    }

    fn run(&self, args: &[&str], input: &str, fault: Option<(&str, &str)>) -> (Ran, Option<i32>) {
        let mut command = self.home.command(args);
        command.envs([("KEYDECK_URL", self.bench.server.base_url.as_str()), ("KEYDECK_API_KEY", self.key().expose())]);
        command.envs(fault).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // it may be killed before it reads
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let output = child.wait_with_output().unwrap();
        let signal = output.status.signal();
        (Ran { out: text(output.stdout), err: text(output.stderr), code: output.status.code() }, signal)
    }

    fn contain(&self, more: &[&str], fault: Option<(&str, &str)>) -> (Ran, Option<i32>) {
        let out = self.home.path("evidence");
        let args = [&["contain", "-", "--out", out.to_str().unwrap()], self.lane.flags(), more].concat();
        self.run(&args, &format!("leaked: {}", self.value.expose()), fault)
    }

    fn status(&self) -> Status {
        let owner = self.bench.server.keys.user.duplicate();
        let client = KeydeckService::new(&self.bench.server.base_url, owner).unwrap();
        self.bench.runtime.block_on(client.api_key(&self.id)).unwrap().status
    }

    fn open(&self) -> Vec<serde_json::Value> {
        let (ran, _) = self.run(&["incidents", "--json"], "", None);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        ran.json()["data"].as_array().unwrap().clone()
    }

    /// The audit log tells of it once.
    fn told_once(&self, point: &str) {
        let mut command = self.home.command(&["audit", "--key", self.id.as_str(), "--json"]);
        command.env("KEYDECK_URL", &self.bench.server.base_url);
        command.env("KEYDECK_API_KEY", self.bench.server.keys.admin.expose());
        let log: serde_json::Value = serde_json::from_slice(&command.output().unwrap().stdout).unwrap();
        let entries = log["data"].as_array().unwrap();
        let count = entries.iter().filter(|entry| entry["action"] == self.lane.action()).count();
        assert_eq!(count, 1, "{:?} {point}: {entries:#?}", self.lane);
    }

    /// Neither a file of this home nor what was printed holds the value or a piece of it.
    fn nothing_tells(&self, ran: &Ran, point: &str) {
        let runs = Runs::of(self.value.expose());
        for file in files(&self.home.path("")) {
            let held = String::from_utf8_lossy(&std::fs::read(&file).unwrap()).into_owned();
            assert!(runs.find(&held).is_empty(), "{point}: {}", file.display());
        }
        assert!(runs.find(&ran.out).is_empty() && runs.find(&ran.err).is_empty(), "{point}");
    }
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let paths = std::fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path());
    paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// Every point that it passes undisturbed, each as often as it does.
fn points(bench: &Bench, lane: Lane) -> Vec<String> {
    let scene = bench.scene(lane);
    let log = scene.home.path("points");
    let (ran, _) = scene.contain(&[], Some(("KEYDECK_FAULT_LOG", log.to_str().unwrap())));
    assert_eq!(ran.code, Some(0), "{ran:#?}");
    assert_eq!(scene.status(), lane.after());
    scene.told_once("undisturbed");
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    let numbered = |name: &str| {
        let time = times.entry(name.to_owned()).or_default();
        *time += 1;
        format!("{name}#{time}")
    };
    std::fs::read_to_string(log).unwrap().lines().map(numbered).collect()
}

/// Kills it at one point, then goes on, with the value or, where that is `kept_back`, without it.
fn kill(bench: &Bench, lane: Lane, point: &str, kept_back: bool) {
    let scene = bench.scene(lane);
    let (ran, signal) = scene.contain(&[], Some(("KEYDECK_FAULT", point)));
    assert_eq!(signal, Some(9), "{lane:?} {point}: {ran:#?}");
    scene.nothing_tells(&ran, point);
    let open = scene.open();
    let Some(incident) = open.first() else {
        // not begun, or all done: then it is dead and written down
        let begun = scene.status() != Status::Enabled;
        let written = files(&scene.home.path("evidence")).iter().any(|file| file.ends_with("SHA256SUMS"));
        assert_eq!(begun, written, "{lane:?} {point}: forgotten");
        return;
    };
    let (state, id) = (incident["state"].as_str().unwrap(), incident["id"].as_str().unwrap());
    assert_eq!((open.len(), state), (1, "open"), "{lane:?} {point}");
    let resume = ["--resume", id];
    let (ran, _) = if kept_back {
        let out = scene.home.path("evidence");
        let args = [&["contain", "--out", out.to_str().unwrap()], lane.flags(), &resume].concat();
        scene.run(&args, "", None)
    } else {
        scene.contain(&resume, None)
    };
    scene.nothing_tells(&ran, point);
    let document = ran.json();
    // what was not pasted again before the record told of it cannot be known
    let Some(row) = document["data"].as_array().unwrap().first() else {
        return assert!(kept_back && scene.status() == Status::Enabled, "{lane:?} {point}: {ran:#?}");
    };
    let standing = row["standing"].as_str().unwrap();
    if kept_back {
        assert!(matches!(standing, "asserted" | "proven" | "unknown" | "left" | "open"), "{lane:?} {point}: {ran:#?}");
        let says = row["says"].as_str().unwrap();
        assert!(standing != "asserted" || says.contains("not at hand"), "{lane:?} {point}: {says}");
    } else {
        assert_eq!((ran.code, standing), (Some(0), "proven"), "{lane:?} {point}: {ran:#?}");
        assert_eq!(scene.status(), lane.after(), "{lane:?} {point}");
        assert!(scene.open().is_empty(), "{lane:?} {point}");
    }
    if scene.status() != Status::Enabled {
        scene.told_once(point);
    }
}

fn everywhere(lane: Lane) {
    let bench = Bench::new();
    let points = points(&bench, lane);
    for wanted in [
        "incident.begin.before#1",
        "incident.append.after#1",
        "contain.see.before#1",
        "contain.act.before#1",
        "contain.prove.after#1",
        "contain.bundle.report.md#1",
        "contain.write.after#1",
        "incident.close.before#1",
        "incident.close.after#1",
    ] {
        assert!(points.iter().any(|point| point == wanted), "{lane:?}: {wanted} in {points:?}");
    }
    for (at, point) in points.iter().enumerate() {
        kill(&bench, lane, point, at % 4 == 3);
    }
}

#[test]
fn a_revoke_that_is_killed_anywhere_is_taken_up() {
    everywhere(Lane::Revoke);
}

#[test]
fn a_freeze_that_is_killed_anywhere_is_taken_up() {
    everywhere(Lane::Freeze);
}

#[test]
fn a_key_that_deletes_itself_is_taken_up_wherever_it_was_killed() {
    everywhere(Lane::DeleteItself);
}
