//! The kill test: a rotation is killed by SIGKILL at every point before and after a write to the journal, a write to the
//! escrow or a place, and a call of the API, then started again. However it was cut, it goes on to the end or back to
//! the beginning; there is never a moment without a working key that the systems have, never a key that nobody
//! recorded, never a value lost; but for the value that a backend makes and tells once, of which the key is then deleted.
//!
//! Needs a program built with the feature `fault-points`: `cargo test --features fault-points --test rotation_kill`.
//! With `-- --nocapture` it prints the table of all points.

#![expect(clippy::unwrap_used, reason = "helpers of tests; clippy knows only the test functions themselves")]
#![expect(clippy::print_stdout, reason = "the table is what the test shows beside passing")]

#[path = "rotation_kill/by_hand.rs"]
mod by_hand;
#[path = "rotation_kill/gov_sg.rs"]
mod gov_sg;
#[path = "support/gov_sg/mod.rs"]
mod gov_sg_server;
#[path = "support/program.rs"]
mod program;
#[path = "support/server.rs"]
mod server;

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use gov_sg::limits;
use keydeck::client::keydeck::KeydeckService;
use keydeck::client::{KeyService, MintedValue, NewKey, Scope, WritePermit};
use keydeck::domain::key::{Key, Status};
use keydeck::domain::key_value::{KeyKind, fingerprint, hex, mint};
use keydeck::domain::secret::Secret;
use keydeck::server::ServerSettings;
use program::{Home, Ran};
use server::TestServer;
use tokio::runtime::Runtime;

/// A way through a rotation.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Lane {
    Ordinary,
    Emergency,
    /// It stops where both keys work.
    Overlapping,
    /// The backend makes the value, and tells it once.
    MintedThere,
}

/// What is done after the kill.
#[derive(Clone, Copy, Debug, PartialEq)]
enum After {
    Resume,
    RollBack,
}

/// A server with a key `ci`, whose value stands in an env file and in a file of its own.
struct Scene {
    server: TestServer,
    home: Home,
    runtime: Runtime,
    old: Key,
    old_value: Secret,
    env_before: String,
}

impl Scene {
    fn new() -> Self {
        let settings = ServerSettings { rate_limit: 100_000, ..ServerSettings::default() };
        let server = TestServer::start_blocking(settings);
        let home = Home::new();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let old_value = mint(KeyKind::ApiKey, getrandom::fill).unwrap();
        let new = NewKey { name: "ci".to_owned(), value: Some(MintedValue::of(&old_value)), ..NewKey::default() };
        let client = KeydeckService::new(&server.base_url, server.keys.user.duplicate()).unwrap();
        let permit = WritePermit::unless_read_only(false).unwrap();
        let (old, _) = runtime.block_on(client.create_api_key(&permit, &new)).unwrap();
        std::fs::create_dir_all(home.path("app")).unwrap();
        let env_before = format!("# the app\nexport API_KEY=\"{}\"\nPORT=80\n", old_value.expose());
        std::fs::write(home.path("app/.env"), &env_before).unwrap();
        let hook = home.path("app/hook.sh");
        std::fs::write(&hook, "#!/bin/sh\necho ran >> \"$(dirname \"$0\")/hooked\"\n").unwrap();
        std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o700)).unwrap();
        Self { server, home, runtime, old, old_value, env_before }
    }

    fn path(&self, below: &str) -> String {
        self.home.path(below).to_string_lossy().into_owned()
    }

    fn run(&self, args: &[&str], environment: &[(&str, &str)]) -> (Ran, Option<i32>) {
        let mut command = self.home.command(args);
        command.env("KEYDECK_URL", &self.server.base_url).env("KEYDECK_API_KEY", self.server.keys.user.expose());
        command.envs(environment.iter().copied());
        let output = command.output().unwrap();
        let signal = output.status.signal();
        let ran = Ran {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        };
        for value in [&self.old_value, &self.server.keys.user] {
            assert!(!ran.out.contains(value.expose()) && !ran.err.contains(value.expose()), "a value was printed");
        }
        (ran, signal)
    }

    fn rotate(&self, lane: Lane, environment: &[(&str, &str)]) -> (Ran, Option<i32>) {
        let env = format!("env-file:{}:API_KEY", self.path("app/.env"));
        let file = format!("file:{}", self.path("app/key"));
        let hook = self.path("app/hook.sh");
        let mut args = vec!["rotate", self.old.id.as_str(), "--sink", &env, "--sink", &file, "--hook", &hook, "--yes"];
        match lane {
            Lane::Ordinary | Lane::MintedThere => args.extend(["--overlap", "none"]),
            Lane::Overlapping => args.extend(["--overlap", "1h"]),
            Lane::Emergency => args.extend(["--emergency", "--reason", "leaked"]),
        }
        let minting = (lane == Lane::MintedThere).then_some(("KEYDECK_FAULT_MINTING", "server"));
        self.run(&args, &environment.iter().copied().chain(minting).collect::<Vec<_>>())
    }

    /// Goes on with a rotation; where it was killed before its plan was sealed, that is asked for first, and nothing is done.
    fn going_on(&self, args: &[&str]) -> (Ran, Option<i32>) {
        let (ran, signal) = self.run(args, &[]);
        if !ran.err.contains("is not noted in escrow") {
            return (ran, signal);
        }
        assert_eq!(ran.code, Some(1), "{ran:#?}");
        assert!(
            self.made().is_empty() && self.works(&self.old_value),
            "something was done with a plan that is in doubt"
        );
        self.run(&[args, &["--agree"]].concat(), &[])
    }

    /// The value in the env file.
    fn in_env(&self) -> Secret {
        let text = std::fs::read_to_string(self.home.path("app/.env")).unwrap();
        let line = text.lines().find(|line| line.starts_with("export API_KEY=")).unwrap();
        Secret::new(line.trim_start_matches("export API_KEY=").trim_matches('"').to_owned())
    }

    fn works(&self, value: &Secret) -> bool {
        let client = KeydeckService::new(&self.server.base_url, value.duplicate()).unwrap();
        self.runtime.block_on(client.me()).is_ok()
    }

    /// The keys that were made by rotations.
    fn made(&self) -> Vec<Key> {
        let client = KeydeckService::new(&self.server.base_url, self.server.keys.user.duplicate()).unwrap();
        let rows = self.runtime.block_on(client.keys(Scope::Mine, None, 1000)).unwrap().rows;
        rows.into_iter().filter(|key| key.rotated_from.as_ref() == Some(&self.old.id)).collect()
    }

    fn rotations(&self, over: bool) -> Vec<serde_json::Value> {
        let args: &[&str] =
            if over { &["rotations", "list", "--json", "--over"] } else { &["rotations", "list", "--json"] };
        let (ran, _) = self.run(args, &[]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        ran.json()["data"].as_array().unwrap().clone()
    }

    /// What must hold at any moment, whatever was cut.
    fn check(&self, lane: Lane, point: &str) {
        let made = self.made();
        assert!(alive(&made).len() <= 1, "{point}: {} keys were made", made.len());
        assert!(lane == Lane::MintedThere || made.len() <= 1, "{point}: {} keys were made", made.len());
        let old_works = self.works(&self.old_value);
        if lane != Lane::Emergency {
            assert!(old_works || self.works(&self.in_env()), "{point}: the systems have no key that works");
            assert!(old_works || made.iter().any(|key| key.status == Status::Enabled), "{point}: both keys are dead");
        }
        if made.iter().any(|key| key.status == Status::Enabled) {
            let known = self.rotations(true);
            assert!(!known.is_empty(), "{point}: a key that nobody recorded");
        }
        for file in files(&self.home.path("state")) {
            let bytes = std::fs::read(&file).unwrap();
            for value in [self.old_value.expose(), self.in_env().expose()] {
                let found = bytes.windows(value.len()).any(|window| window == value.as_bytes());
                assert!(!found, "{point}: {} holds a value", file.display());
            }
        }
    }

    fn escrow_is_empty(&self) -> bool {
        files(&self.home.path("state"))
            .iter()
            .all(|file| !file.to_string_lossy().contains("escrow/") || file.extension().is_none_or(|e| e != "sealed"))
    }

    /// Everything in the new key's place.
    fn is_rotated(&self, point: &str) {
        let made = alive(&self.made());
        assert_eq!(made.len(), 1, "{point}");
        assert_eq!(made[0].status, Status::Enabled, "{point}");
        let value = self.in_env();
        assert_eq!(made[0].digest.map(|digest| hex(&digest)), Some(fingerprint(value.expose())), "{point}");
        let file = std::fs::read_to_string(self.home.path("app/key")).unwrap();
        assert_eq!(file.trim_end(), value.expose(), "{point}");
        let env = std::fs::read_to_string(self.home.path("app/.env")).unwrap();
        assert_eq!(env, self.env_before.replace(self.old_value.expose(), value.expose()), "{point}");
        assert!(self.works(&value) && !self.works(&self.old_value), "{point}");
        assert!(self.home.path("app/hooked").exists(), "{point}: the hook never ran");
        assert!(self.escrow_is_empty(), "{point}: something is left in escrow");
    }

    /// Everything as it was.
    fn is_as_before(&self, point: &str) {
        assert!(self.works(&self.old_value), "{point}");
        assert_eq!(std::fs::read_to_string(self.home.path("app/.env")).unwrap(), self.env_before, "{point}");
        assert!(!self.home.path("app/key").exists(), "{point}: a file is left");
        assert!(self.made().iter().all(|key| key.status == Status::Revoked), "{point}: the new key is left");
        assert!(self.escrow_is_empty(), "{point}: something is left in escrow");
    }
}

/// Those of the keys that are not revoked.
fn alive(keys: &[Key]) -> Vec<Key> {
    keys.iter().filter(|key| key.status != Status::Revoked).cloned().collect()
}

fn files(folder: &std::path::Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

/// Every point that an undisturbed rotation passes, each as often as it does.
fn points(lane: Lane) -> Vec<String> {
    let scene = Scene::new();
    let log = scene.path("points");
    let (ran, _) = scene.rotate(lane, &[("KEYDECK_FAULT_LOG", &log)]);
    assert_eq!(ran.code, Some(0), "{ran:#?}");
    scene.check(lane, "undisturbed");
    scene.is_rotated("undisturbed");
    numbered(&std::fs::read_to_string(log).unwrap())
}

/// The points of a log, each with which time it was passed.
fn numbered(log: &str) -> Vec<String> {
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    let numbered = |name: &str| {
        let time = times.entry(name.to_owned()).or_default();
        *time += 1;
        format!("{name}#{time}")
    };
    log.lines().map(numbered).collect()
}

/// Kills at one point, then goes on; gives a line of the table.
fn kill(lane: Lane, point: &str, after: After) -> String {
    let scene = Scene::new();
    let (ran, signal) = scene.rotate(lane, &[("KEYDECK_FAULT", point)]);
    assert_eq!(signal, Some(9), "{point}: {ran:#?}");
    scene.check(lane, point);
    let open = scene.rotations(false);
    assert!(open.len() <= 1, "{point}: {open:?}");
    let Some(rotation) = open.first() else {
        // it was killed before anything was begun, or after everything was done
        let over = scene.rotations(true);
        if over.is_empty() {
            scene.is_as_before(point);
            return "nothing begun".to_owned();
        }
        scene.is_rotated(point);
        return "closed already".to_owned();
    };
    let id = rotation["id"].as_str().unwrap();
    let state = rotation["state"].as_str().unwrap().to_owned();
    if after == After::RollBack {
        let (ran, _) = scene.going_on(&["rotations", "rollback", id, "--yes"]);
        scene.check(lane, point);
        if ran.code == Some(0) {
            scene.is_as_before(point);
            return format!("{state}, rolled back");
        }
        let no_way_back = ran.err.contains("the old key is revoked");
        if !no_way_back && let Some(line) = back_again(&scene, id, point) {
            return format!("{state}, {line}");
        }
        assert!(no_way_back, "{point}: {ran:#?}");
    }
    let (ran, _) = scene.going_on(&["rotations", "resume", id, "--yes"]);
    scene.check(lane, point);
    let mut how = "resumed";
    if ran.code != Some(0) {
        // a hook that was cut short is not run again unasked, nor is a key deleted whose value was lost
        let orphan = ran.err.contains("the answer that told its value was lost");
        assert!(orphan || ran.err.contains("whether it worked is not known"), "{point}: {ran:#?}");
        assert!(!orphan || lane == Lane::MintedThere, "{point}: {ran:#?}");
        how = if orphan { "lost the value, made another" } else { "needed attention, resumed" };
        let (ran, _) = scene.run(&["rotations", "resume", id, "--yes", "--again"], &[]);
        assert_eq!(ran.code, Some(0), "{point}: {ran:#?}");
        scene.check(lane, point);
    }
    scene.is_rotated(point);
    assert!(scene.rotations(false).is_empty(), "{point}");
    format!("{state}, {how}")
}

/// A way back whose hook was cut short, or that has to run one of which nothing is known, asks; a second try with the
/// answer goes on.
fn back_again(scene: &Scene, id: &str, point: &str) -> Option<String> {
    let open = scene.rotations(false);
    let rolling = open
        .iter()
        .any(|rotation| rotation["id"].as_str() == Some(id) && rotation["course"].as_str() == Some("rolling-back"));
    if !rolling {
        return None;
    }
    let (ran, _) = scene.run(&["rotations", "rollback", id, "--yes", "--again"], &[]);
    assert_eq!(ran.code, Some(0), "{point}: {ran:#?}");
    scene.is_as_before(point);
    Some("rolled back at the second try".to_owned())
}

impl Scene {
    /// A rotation that waits for the end of its overlap; its id.
    fn overlapping() -> (Self, String) {
        let scene = Self::new();
        let (ran, _) = scene.rotate(Lane::Overlapping, &[]);
        assert_eq!(ran.code, Some(0), "{ran:#?}");
        let id = scene.rotations(false)[0]["id"].as_str().unwrap().to_owned();
        (scene, id)
    }

    fn hooked(&self) -> usize {
        std::fs::read_to_string(self.home.path("app/hooked")).unwrap().lines().count()
    }
}

/// Kills a way back at one point, then takes it up again; gives a line of the table.
fn kill_back(point: &str) -> String {
    let (scene, id) = Scene::overlapping();
    let (ran, signal) = scene.run(&["rotations", "rollback", &id, "--yes"], &[("KEYDECK_FAULT", point)]);
    assert_eq!(signal, Some(9), "{point}: {ran:#?}");
    scene.check(Lane::Ordinary, point);
    let open = scene.rotations(false);
    let Some(rotation) = open.first() else {
        scene.is_as_before(point);
        return "over already".to_owned();
    };
    let state = rotation["state"].as_str().unwrap().to_owned();
    let hooked = scene.hooked();
    let (ran, _) = scene.run(&["rotations", "rollback", &id, "--yes"], &[]);
    scene.check(Lane::Ordinary, point);
    let mut how = "rolled back";
    if ran.code != Some(0) {
        assert!(ran.err.contains("whether it worked is not known"), "{point}: {ran:#?}");
        assert_eq!(scene.hooked(), hooked, "{point}: the hook ran again unasked");
        how = "needed attention, rolled back";
        let (ran, _) = scene.run(&["rotations", "rollback", &id, "--yes", "--again"], &[]);
        assert_eq!(ran.code, Some(0), "{point}: {ran:#?}");
    }
    scene.is_as_before(point);
    assert!(scene.hooked() >= 2, "{point}: the systems were not told of the value they have again");
    assert!(scene.rotations(false).is_empty(), "{point}");
    format!("{state}, {how}")
}

#[test]
fn killed_anywhere_on_the_way_back_it_goes_back_all_the_same() {
    let (scene, id) = Scene::overlapping();
    let log = scene.path("points");
    let (ran, _) = scene.run(&["rotations", "rollback", &id, "--yes"], &[("KEYDECK_FAULT_LOG", &log)]);
    assert_eq!(ran.code, Some(0), "{ran:#?}");
    scene.is_as_before("undisturbed");
    let points = numbered(&std::fs::read_to_string(log).unwrap());
    assert!(points.len() > 20, "{points:?}");
    drop(scene);
    everywhere("a way back", &points, kill_back);
}

fn kill_everywhere(lane: Lane, after: After) -> Vec<String> {
    let points = points(lane);
    assert!(points.len() > 40, "{points:?}");
    everywhere(&format!("{lane:?}, {after:?}"), &points, |point| kill(lane, point, after))
}

/// Does `kill` at every point, prints the table, and gives what became of it at each.
fn everywhere(title: &str, points: &[String], kill: impl Fn(&str) -> String + Sync) -> Vec<String> {
    let next = AtomicUsize::new(0);
    let table: Mutex<BTreeMap<usize, String>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::SeqCst);
                    let Some(point) = points.get(at) else { return };
                    let line = kill(point);
                    table.lock().unwrap().insert(at, line);
                }
            });
        }
    });
    let table = table.into_inner().unwrap();
    println!("\n| {title}: killed at | what became of it |\n| --- | --- |");
    for (at, point) in points.iter().enumerate() {
        println!("| {point} | {} |", table[&at]);
    }
    assert_eq!(table.len(), points.len());
    table.into_values().collect()
}

/// A rotation whose checklist is to be ticked; its id.
fn to_be_ticked() -> (Scene, String) {
    let scene = Scene::new();
    let (env, file, hook) = (scene.path("app/.env"), scene.path("app/key"), scene.path("app/hook.sh"));
    scene.home.configure(&format!(
        "[rotation.ci]\nsinks = [\"env-file:{env}:API_KEY\", \"file:{file}\"]\nhooks = [{hook:?}]\n\
         checklist = [\"tell the partner\"]\noverlap = \"none\"\n"
    ));
    let (ran, _) = scene.run(&["rotate", scene.old.id.as_str(), "--yes"], &[]);
    assert_eq!(ran.code, Some(1), "{ran:#?}");
    assert!(ran.err.contains("to be done by hand, then resume with --done 1"), "{ran:#?}");
    let id = scene.rotations(false)[0]["id"].as_str().unwrap().to_owned();
    (scene, id)
}

/// Kills a ticking at one point, then goes on; gives a line of the table.
fn kill_ticking(point: &str) -> String {
    let (scene, id) = to_be_ticked();
    let (ran, signal) = scene.run(&["rotations", "resume", &id, "--yes", "--done", "1"], &[("KEYDECK_FAULT", point)]);
    assert_eq!(signal, Some(9), "{point}: {ran:#?}");
    scene.check(Lane::Ordinary, point);
    if scene.rotations(false).is_empty() {
        scene.is_rotated(point);
        return "closed already".to_owned();
    }
    // a tick that was not written down is asked for again, and nothing that cannot be taken back was done without it
    let (ran, _) = scene.run(&["rotations", "resume", &id, "--yes"], &[]);
    scene.check(Lane::Ordinary, point);
    let mut how = "resumed";
    if ran.code != Some(0) {
        assert!(ran.err.contains("to be done by hand, then resume with --done 1"), "{point}: {ran:#?}");
        assert!(scene.works(&scene.old_value), "{point}: the old key went before the list was ticked");
        how = "asked again, resumed";
        let (ran, _) = scene.run(&["rotations", "resume", &id, "--yes", "--done", "1"], &[]);
        assert_eq!(ran.code, Some(0), "{point}: {ran:#?}");
    }
    scene.is_rotated(point);
    how.to_owned()
}

#[test]
fn killed_anywhere_behind_a_checklist_it_is_resumed_and_never_ticks_by_itself() {
    let (scene, id) = to_be_ticked();
    let log = scene.path("points");
    let (ran, _) = scene.run(&["rotations", "resume", &id, "--yes", "--done", "1"], &[("KEYDECK_FAULT_LOG", &log)]);
    assert_eq!(ran.code, Some(0), "{ran:#?}");
    let points = numbered(&std::fs::read_to_string(log).unwrap());
    drop(scene);
    let table = everywhere("behind a checklist", &points, kill_ticking);
    assert!(table.iter().any(|line| line.starts_with("asked again")), "it was never killed before the tick was kept");
}

/// A rotation whose second place cannot be put back, in its overlap; its id.
fn without_a_way_back() -> (Scene, String) {
    let scene = Scene::new();
    let write = scene.path("app/write.sh");
    std::fs::write(&write, "#!/bin/sh\ncat > \"$(dirname \"$0\")/place\"\n").unwrap();
    std::fs::set_permissions(&write, std::fs::Permissions::from_mode(0o700)).unwrap();
    let (env, hook) = (scene.path("app/.env"), scene.path("app/hook.sh"));
    scene.home.configure(&format!(
        "[rotation.ci]\nsinks = [\"env-file:{env}:API_KEY\", {{ write = [{write:?}] }}]\nhooks = [{hook:?}]\noverlap = \"1h\"\n"
    ));
    let (ran, _) = scene.run(&["rotate", scene.old.id.as_str(), "--yes"], &[]);
    assert_eq!(ran.code, Some(0), "{ran:#?}");
    let id = scene.rotations(false)[0]["id"].as_str().unwrap().to_owned();
    (scene, id)
}

/// Kills at one point a way back that is to leave a place as it is, then goes on without saying so again, and with it; gives
/// a line of the table.
fn kill_leaving(point: &str) -> String {
    let (scene, id) = without_a_way_back();
    let back = ["rotations", "rollback", id.as_str(), "--yes", "--again"];
    let leave = [&back[..], &["--leave-place", "2"]].concat();
    let (ran, signal) = scene.run(&leave, &[("KEYDECK_FAULT", point)]);
    assert_eq!(signal, Some(9), "{point}: {ran:#?}");
    assert!(scene.works(&scene.old_value), "{point}");
    let how = if scene.rotations(false).is_empty() {
        "over already"
    } else {
        let enabled = scene.made().iter().any(|key| key.status == Status::Enabled);
        let (ran, _) = scene.run(&back, &[]);
        if ran.code == Some(0) {
            "it was said before"
        } else {
            assert!(ran.err.contains("--leave-place 2"), "{point}: {ran:#?}");
            assert!(
                enabled && scene.made().iter().any(|key| key.status == Status::Enabled),
                "{point}: it went unasked"
            );
            let (ran, _) = scene.run(&leave, &[]);
            assert_eq!(ran.code, Some(0), "{point}: {ran:#?}");
            "stopped, then told to leave it"
        }
    };
    scene.is_as_before(point);
    how.to_owned()
}

#[test]
fn killed_anywhere_on_a_way_back_that_leaves_a_place_it_stops_until_that_is_said() {
    let (scene, id) = without_a_way_back();
    let log = scene.path("points");
    let leave = ["rotations", "rollback", &id, "--yes", "--leave-place", "2"];
    let (ran, _) = scene.run(&leave, &[("KEYDECK_FAULT_LOG", &log)]);
    assert_eq!(ran.code, Some(0), "{ran:#?}");
    let points = numbered(&std::fs::read_to_string(log).unwrap());
    drop(scene);
    let table = everywhere("a way back that leaves a place", &points, kill_leaving);
    assert!(
        table.iter().any(|line| line.starts_with("stopped"))
            && table.iter().any(|line| line.starts_with("it was said"))
    );
}

/// Where the escrow asks a passphrase for, and a rotation in its overlap whose values an earlier stretching sealed.
fn stretched_before() -> (Scene, String) {
    let scene = Scene::new();
    scene.home.configure("[escrow]\nstore = \"file\"\npassphrase = { env = \"KEYDECK_TEST_PASSPHRASE\" }\n");
    let kdf = scene.home.path("state/keydeck/escrow/escrow.kdf");
    std::fs::create_dir_all(kdf.parent().unwrap()).unwrap();
    // what the first stretching wrote; two lines are what is kept while values are sealed anew
    let first = "keydeck escrow kdf 1 argon2id m=47104 t=1 p=1 015f9f77bcd31f5dfe1d3d490b9df843\n";
    std::fs::write(&kdf, first).unwrap();
    let words = [("KEYDECK_TEST_PASSPHRASE", "two words of a test"), ("KEYDECK_FAULT_STRETCH", "first")];
    let (ran, _) = scene.rotate(Lane::Overlapping, &words);
    assert_eq!(ran.code, Some(0), "{ran:#?}");
    assert_eq!(std::fs::read_to_string(&kdf).unwrap(), first, "the values are sealed by the first stretching");
    let id = scene.rotations(false)[0]["id"].as_str().unwrap().to_owned();
    (scene, id)
}

/// Kills a sealing anew at one point, then goes on; gives a line of the table.
fn kill_sealing_anew(point: &str) -> String {
    let (scene, id) = stretched_before();
    let words = [("KEYDECK_TEST_PASSPHRASE", "two words of a test")];
    let end = ["rotations", "resume", id.as_str(), "--yes", "--end-overlap", "moved"];
    let (ran, signal) = scene.run(&end, &[words[0], ("KEYDECK_FAULT", point)]);
    assert_eq!(signal, Some(9), "{point}: {ran:#?}");
    let (ran, _) = scene.run(&end, &words);
    assert_eq!(ran.code, Some(0), "{point}: {ran:#?}");
    scene.is_rotated(point);
    let kdf = std::fs::read_to_string(scene.home.path("state/keydeck/escrow/escrow.kdf")).unwrap();
    assert!(kdf.lines().count() == 1 && kdf.contains("m=65536 t=3 p=4"), "{point}: {kdf}");
    "sealed anew, resumed".to_owned()
}

#[test]
fn killed_anywhere_while_values_are_sealed_anew_none_is_lost() {
    let (scene, id) = stretched_before();
    let log = scene.path("points");
    let words = [("KEYDECK_TEST_PASSPHRASE", "two words of a test"), ("KEYDECK_FAULT_LOG", &log)];
    let (ran, _) = scene.run(&["rotations", "resume", &id, "--yes", "--end-overlap", "moved"], &words);
    assert_eq!(ran.code, Some(0), "{ran:#?}");
    let points = numbered(&std::fs::read_to_string(log).unwrap());
    drop(scene);
    // up to where the last value is sealed anew and the earlier line is gone
    let last = points.iter().position(|point| point.starts_with("escrow.kdf.after")).unwrap();
    assert!(points[..last].iter().filter(|point| point.starts_with("escrow.kdf.sealed")).count() >= 3, "{points:?}");
    everywhere("values sealed anew", &points[..=last], kill_sealing_anew);
}

#[test]
fn killed_anywhere_it_is_resumed_to_the_end() {
    kill_everywhere(Lane::Ordinary, After::Resume);
}

#[test]
fn killed_anywhere_it_is_rolled_back_or_cannot_be_any_more() {
    kill_everywhere(Lane::Ordinary, After::RollBack);
}

#[test]
fn killed_anywhere_the_emergency_lane_is_resumed_to_the_end() {
    kill_everywhere(Lane::Emergency, After::Resume);
}

#[test]
fn killed_anywhere_a_rotation_whose_value_the_backend_makes_is_resumed_to_the_end() {
    let table = kill_everywhere(Lane::MintedThere, After::Resume);
    assert!(table.iter().any(|line| line.contains("lost the value")), "it was never killed with the value in hand");
}

#[test]
fn killed_anywhere_a_rotation_whose_value_the_backend_makes_is_rolled_back_or_cannot_be_any_more() {
    kill_everywhere(Lane::MintedThere, After::RollBack);
}
