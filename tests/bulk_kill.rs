//! The kill test of changes of many keys: a revoke, a deletion, a disabling, an enabling or a hand-over is killed by SIGKILL at every
//! point before and after a record on disk and a call of the API, on the command line and in the console, then taken up
//! again. However it was cut, nothing is done twice, nothing is forgotten, and the audit log tells of each key once.
//!
//! Needs a program built with the feature `fault-points`: `cargo test --features fault-points --test bulk_kill`.

#![expect(clippy::unwrap_used, reason = "helpers of tests; clippy knows only the test functions themselves")]

#[path = "support/program.rs"]
mod program;
#[path = "support/pty.rs"]
mod pty;
#[path = "support/server.rs"]
mod server;

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use keydeck::client::keydeck::KeydeckService;
use keydeck::client::{KeyChange, KeyService, MintedValue, NewKey, WritePermit};
use keydeck::domain::key::{Key, Status};
use keydeck::domain::key_value::{KeyKind, mint};
use keydeck::domain::secret::Secret;
use keydeck::server::ServerSettings;
use program::{Home, PROGRAM, Ran};
use pty::Pty;
use server::TestServer;
use tokio::runtime::Runtime;

/// Keys of a change: more than go in one call.
const KEYS: usize = 3;
/// Longer than a dialog drops what is typed after it opened.
const DIALOG_LISTENS: Duration = Duration::from_millis(600);

/// What is done to the keys.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Lane {
    Revoke,
    Delete,
    Disable,
    Enable,
    HandOver,
}

/// What a key is called here that belongs to another one.
const GIVEN: &str = "given";

impl Lane {
    fn verb(self) -> &'static str {
        match self {
            Self::Revoke => "revoke",
            Self::Delete => "delete",
            Self::Disable => "disable",
            Self::Enable => "enable",
            Self::HandOver => "handover",
        }
    }

    /// What the audit log calls it.
    fn action(self) -> &'static str {
        match self {
            Self::Revoke | Self::Delete => "api_key.revoke",
            Self::Disable => "api_key.disable",
            Self::Enable => "api_key.enable",
            Self::HandOver => "api_key.transfer",
        }
    }

    fn before(self) -> Status {
        if self == Self::Enable { Status::Disabled } else { Status::Enabled }
    }

    fn after(self) -> Status {
        match self {
            Self::Revoke | Self::Delete => Status::Revoked,
            Self::Disable => Status::Disabled,
            Self::Enable => Status::Enabled,
            Self::HandOver => Status::from_word(GIVEN),
        }
    }
}

/// A server for many kills.
struct Bench {
    server: TestServer,
    runtime: Runtime,
}

/// Keys on it, and a home in which a change of them is killed.
struct Scene<'a> {
    bench: &'a Bench,
    /// With which the change is made.
    key: &'a Secret,
    home: Home,
    keys: Vec<Key>,
    values: Vec<Secret>,
}

impl Bench {
    fn new() -> Self {
        let settings = ServerSettings { rate_limit: 1_000_000, ..ServerSettings::default() };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Self { server: TestServer::start_blocking(settings), runtime }
    }

    fn user(&self) -> KeydeckService {
        KeydeckService::new(&self.server.base_url, self.server.keys.user.duplicate()).unwrap()
    }

    fn scene(&self, lane: Lane) -> Scene<'_> {
        let (client, permit) = (self.user(), WritePermit::unless_read_only(false).unwrap());
        let (mut keys, mut values) = (Vec::new(), Vec::new());
        for at in 0..KEYS {
            let value = mint(KeyKind::ApiKey, getrandom::fill).unwrap();
            let new = NewKey { name: format!("ci-{at}"), value: Some(MintedValue::of(&value)), ..NewKey::default() };
            let (mut key, _) = self.runtime.block_on(client.create_api_key(&permit, &new)).unwrap();
            if lane == Lane::Enable {
                let disabled = KeyChange { enabled: Some(false), ..KeyChange::default() };
                key = self.runtime.block_on(client.change_api_key(&permit, &key.id, &disabled)).unwrap();
            }
            keys.push(key);
            values.push(value);
        }
        let key = if lane == Lane::HandOver { &self.server.keys.admin } else { &self.server.keys.user };
        Scene { bench: self, key, home: Home::new(), keys, values }
    }
}

impl Scene<'_> {
    fn environment(&self) -> Vec<(String, String)> {
        let mut environment = self.home.environment();
        for (name, value) in [
            ("KEYDECK_URL", self.bench.server.base_url.as_str()),
            ("KEYDECK_API_KEY", self.key.expose()),
            ("KEYDECK_FAULT_BATCH", "2"),
        ] {
            environment.push((name.to_owned(), value.to_owned()));
        }
        environment
    }

    fn run(&self, args: &[&str], fault: Option<(&str, &str)>) -> (Ran, Option<i32>) {
        let mut command = self.home.command(args);
        command.envs(self.environment()).envs(fault);
        let output = command.output().unwrap();
        let signal = output.status.signal();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (Ran { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }, signal)
    }

    fn begin(&self, lane: Lane, fault: Option<(&str, &str)>) -> (Ran, Option<i32>) {
        let mut args = vec![lane.verb()];
        args.extend(self.keys.iter().map(|key| key.id.as_str()));
        args.push("--yes");
        if lane == Lane::HandOver {
            args.extend(["--to", "colleague@test.example"]);
        }
        self.run(&args, fault)
    }

    fn statuses(&self) -> Vec<Status> {
        let server = &self.bench.server;
        let client = KeydeckService::new(&server.base_url, server.keys.admin.duplicate()).unwrap();
        let status = |key: &Key| {
            let now = self.bench.runtime.block_on(client.api_key(&key.id)).unwrap();
            if now.owner_id == key.owner_id { now.status } else { Status::from_word(GIVEN) }
        };
        self.keys.iter().map(status).collect()
    }

    fn changes(&self, extra: &[&str]) -> Vec<serde_json::Value> {
        let (ran, _) = self.run(&[&["changes", "list", "--json"], extra].concat(), None);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        ran.json()["data"].as_array().unwrap().clone()
    }

    /// The audit log tells of each key once.
    fn told_once(&self, lane: Lane, point: &str) {
        for key in &self.keys {
            let mut command = self.home.command(&["audit", "--key", key.id.as_str(), "--json"]);
            command.env("KEYDECK_URL", &self.bench.server.base_url);
            command.env("KEYDECK_API_KEY", self.bench.server.keys.admin.expose());
            let output = command.output().unwrap();
            let log: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
            let entries = log["data"].as_array().unwrap();
            let count = entries.iter().filter(|entry| entry["action"] == lane.action()).count();
            assert_eq!(count, 1, "{lane:?} {point}: {entries:#?}");
        }
    }

    /// No file of this machine holds a key's value.
    fn nothing_secret_is_kept(&self, point: &str) {
        for file in files(&self.home.path("state")) {
            let bytes = std::fs::read(&file).unwrap();
            for value in self.values.iter().chain([self.key]) {
                let value = value.expose().as_bytes();
                assert!(!bytes.windows(value.len()).any(|window| window == value), "{point}: {}", file.display());
            }
        }
    }

    /// Everything is as wished, once, and nothing is open.
    fn is_done(&self, lane: Lane, point: &str) {
        assert_eq!(self.statuses(), vec![lane.after(); KEYS], "{lane:?} {point}");
        assert!(self.changes(&[]).is_empty(), "{lane:?} {point}");
        self.told_once(lane, point);
        self.nothing_secret_is_kept(point);
    }

    /// The keys' ids are on disk whatever was cut, once anything was sent.
    fn is_found(&self, lane: Lane, point: &str) -> bool {
        let changes = self.changes(&["--over"]);
        if changes.is_empty() {
            assert_eq!(self.statuses(), vec![lane.before(); KEYS], "{lane:?} {point}: forgotten");
            return false;
        }
        assert_eq!((changes.len(), &changes[0]["keys"]), (1, &KEYS.into()), "{lane:?} {point}: {changes:?}");
        true
    }

    fn console(&self, fault: Option<&str>) -> Pty {
        let mut environment = self.environment();
        environment.extend(fault.map(|point| ("KEYDECK_FAULT".to_owned(), point.to_owned())));
        let environment = environment.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        Pty::start(PROGRAM, [], environment, (30, 100))
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

/// Every point that an undisturbed change passes, each as often as it does.
fn points(bench: &Bench, lane: Lane) -> Vec<String> {
    let scene = bench.scene(lane);
    let log = scene.home.path("points");
    let (ran, _) = scene.begin(lane, Some(("KEYDECK_FAULT_LOG", log.to_str().unwrap())));
    assert_eq!(ran.code, Some(0), "{ran:#?}");
    scene.is_done(lane, "undisturbed");
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    let numbered = |name: &str| {
        let time = times.entry(name.to_owned()).or_default();
        *time += 1;
        format!("{name}#{time}")
    };
    std::fs::read_to_string(log).unwrap().lines().map(numbered).collect()
}

/// Kills on the command line at one point, then goes on or forgets.
fn kill(bench: &Bench, lane: Lane, point: &str, forget: bool) {
    let scene = bench.scene(lane);
    let (ran, signal) = scene.begin(lane, Some(("KEYDECK_FAULT", point)));
    assert_eq!(signal, Some(9), "{lane:?} {point}: {ran:#?}");
    scene.nothing_secret_is_kept(point);
    if !scene.is_found(lane, point) {
        return;
    }
    let open = scene.changes(&[]);
    let Some(change) = open.first() else {
        return scene.is_done(lane, point);
    };
    assert_eq!(change["state"], "cutShort", "{lane:?} {point}: {change}");
    let id = change["id"].as_str().unwrap();
    if forget {
        let before = scene.statuses();
        assert_eq!(scene.run(&["changes", "forget", id], None).0.code, Some(0));
        assert!(scene.changes(&[]).is_empty(), "{lane:?} {point}");
        assert_eq!(scene.statuses(), before, "{lane:?} {point}: forgetting touches no key");
        return;
    }
    let (ran, _) = scene.run(&["changes", "resume", id, "--yes", "--json"], None);
    assert_eq!(ran.code, Some(0), "{lane:?} {point}: {ran:#?}");
    scene.is_done(lane, point);
}

fn everywhere(lane: Lane) {
    let bench = Bench::new();
    let points = points(&bench, lane);
    for wanted in [
        "changes.begin.before#1",
        "changes.begin.after#1",
        "changes.note.before#1",
        "bulk.call.before#1",
        "bulk.call.after#1",
        "bulk.batch#2",
        "bulk.call.after#2",
        "changes.end.before#1",
        "changes.end.after#1",
    ] {
        assert!(points.iter().any(|point| point == wanted), "{lane:?}: {wanted} in {points:?}");
    }
    for (at, point) in points.iter().enumerate() {
        kill(&bench, lane, point, at % 5 == 4);
    }
}

#[test]
fn a_revoke_that_is_killed_anywhere_goes_on_where_it_stopped() {
    everywhere(Lane::Revoke);
}

#[test]
fn a_deletion_that_is_killed_anywhere_goes_on_where_it_stopped() {
    everywhere(Lane::Delete);
}

#[test]
fn a_disabling_that_is_killed_anywhere_goes_on_where_it_stopped() {
    everywhere(Lane::Disable);
}

#[test]
fn an_enabling_that_is_killed_anywhere_goes_on_where_it_stopped() {
    everywhere(Lane::Enable);
}

#[test]
fn a_hand_over_that_is_killed_anywhere_goes_on_where_it_stopped() {
    everywhere(Lane::HandOver);
}

#[test]
fn an_off_boarding_that_is_killed_shows_what_is_left_and_goes_on() {
    let bench = Bench::new();
    let scene = bench.scene(Lane::HandOver);
    let root = bench.server.keys.superadmin.expose();
    let offboard = |extra: &[&str], fault: Option<(&str, &str)>| {
        let mut args = vec!["offboard", "user@test.example", "--keys", "hand-over:colleague@test.example", "--json"];
        args.extend(extra);
        let mut command = scene.home.command(&args);
        command.envs(scene.environment()).env("KEYDECK_API_KEY", root).envs(fault);
        command.output().unwrap()
    };
    let killed = offboard(&["--yes"], Some(("KEYDECK_FAULT", "bulk.call.after#2")));
    assert_eq!(killed.status.signal(), Some(9), "{killed:?}");
    let left = offboard(&["--dry-run"], None);
    let left: serde_json::Value = serde_json::from_slice(&left.stdout).unwrap();
    let before = left["data"].as_array().unwrap().len();
    assert_eq!((before, &left["meta"]["active"]), (KEYS + 1 - 2, &true.into()), "two went over, nobody left: {left}");
    let done = offboard(&["--yes"], None);
    assert_eq!(done.status.code(), Some(0), "{done:?}");
    let done: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!((done["data"].as_array().unwrap().len(), &done["meta"]["active"]), (before, &false.into()), "{done}");
    assert_eq!(scene.statuses(), vec![Lane::HandOver.after(); KEYS]);
    scene.told_once(Lane::HandOver, "off-boarding");
    scene.nothing_secret_is_kept("off-boarding");
}

#[test]
fn going_on_that_is_killed_goes_on_too() {
    let bench = Bench::new();
    for second in ["bulk.call.before#1", "bulk.call.after#1", "changes.note.after#1", "changes.end.before#1"] {
        let scene = bench.scene(Lane::Disable);
        assert_eq!(scene.begin(Lane::Disable, Some(("KEYDECK_FAULT", "bulk.call.after#1"))).1, Some(9));
        let resume = ["changes", "resume", "--all", "--yes"];
        let (ran, signal) = scene.run(&resume, Some(("KEYDECK_FAULT", second)));
        assert_eq!(signal, Some(9), "{second}: {ran:#?}");
        let (ran, _) = scene.run(&resume, None);
        assert_eq!(ran.code, Some(0), "{second}: {ran:#?}");
        scene.is_done(Lane::Disable, second);
    }
}

/// Marks the keys in the console and begins; it is killed at `point`.
fn console_killed(scene: &Scene, lane: Lane, point: &str) {
    let mut console = scene.console(Some(point));
    console.wait_for("ci-0");
    console.keys("/ci-<Enter>");
    console.wait_for("3 of ");
    console.keys(if lane == Lane::Disable { "ad" } else { "ax" });
    console.wait_for("Type 3 and Enter");
    console.settle(DIALOG_LISTENS);
    console.keys("3<Enter>");
    console.exit();
}

#[test]
fn the_console_offers_what_was_cut_short_reads_it_back_and_goes_on() {
    for (lane, point, told) in [
        (Lane::Delete, "bulk.call.after#1", "2 of 3 were under way"),
        (Lane::Disable, "bulk.call.before#2", "1 of 3 was under way"),
        (Lane::Disable, "changes.begin.after#1", "3 left"),
    ] {
        let bench = Bench::new();
        let scene = bench.scene(lane);
        console_killed(&scene, lane, point);
        assert!(scene.is_found(lane, point));
        let mut console = scene.console(None);
        console.wait_for("Cut short");
        console.wait_for(told);
        console.wait_for("to go on with");
        console.settle(DIALOG_LISTENS);
        console.keys("<Enter>");
        console.wait_for("and Enter");
        console.settle(DIALOG_LISTENS);
        let left = scene.statuses().iter().filter(|status| **status == lane.before()).count();
        let typed = match left {
            1 => {
                let last =
                    scene.keys.iter().zip(scene.statuses()).find(|(_, status)| *status == lane.before()).unwrap().0;
                let masked = last.masked.to_string();
                if lane == Lane::Disable { "y".to_owned() } else { format!("{}<Enter>", &masked[masked.len() - 4..]) }
            }
            many => format!("{many}<Enter>"),
        };
        console.keys(&typed);
        console.wait_for(&format!("{} {left} of {left}", if lane == Lane::Disable { "Disabled" } else { "Revoked" }));
        console.settle(DIALOG_LISTENS);
        console.keys("<Enter>q");
        console.exit();
        scene.is_done(lane, point);
        let mut console = scene.console(None);
        console.wait_for("ci-0");
        console.keys("U");
        console.wait_for("Nothing was cut short");
        console.keys("q");
        console.exit();
    }
}

#[test]
fn a_change_that_is_alive_is_not_taken_over_and_anothers_is_not_offered() {
    let bench = Bench::new();
    let scene = bench.scene(Lane::Disable);
    console_killed(&scene, Lane::Disable, "bulk.call.after#1");
    // another user of the same server
    let mut command = scene.home.command(&["changes", "resume", "--all", "--yes"]);
    command.env("KEYDECK_URL", &bench.server.base_url);
    command.env("KEYDECK_API_KEY", bench.server.keys.admin.expose());
    let output = command.output().unwrap();
    assert!(String::from_utf8_lossy(&output.stderr).contains("nothing was cut short"), "{output:?}");
    let id = scene.changes(&[])[0]["id"].as_str().unwrap().to_owned();
    // a console that looks at it, and one that goes on with it, hold it
    let lock = std::fs::File::create(scene.home.path(&format!("state/keydeck/change-{id}.lock"))).unwrap();
    rustix::fs::flock(&lock, rustix::fs::FlockOperation::NonBlockingLockExclusive).unwrap();
    assert_eq!(scene.changes(&[])[0]["state"], "underWay");
    let (ran, _) = scene.run(&["changes", "resume", &id, "--yes"], None);
    assert!(ran.code == Some(1) && ran.err.contains("another keydeck holds this change open"), "{ran:?}");
    let (ran, _) = scene.run(&["changes", "forget", &id], None);
    assert!(ran.code == Some(1) && ran.err.contains("another keydeck"), "{ran:?}");
    drop(lock);
    assert_eq!(scene.run(&["changes", "resume", &id, "--yes"], None).0.code, Some(0));
    scene.is_done(Lane::Disable, "afterwards");
}
