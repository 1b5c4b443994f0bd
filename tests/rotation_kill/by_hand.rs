//! A rotation in which a person makes the new key and revokes the old one, killed at every point of its three runs: the
//! beginning, the new value given, the old key said to be revoked. A value that was given is never asked for again once it is
//! in escrow, and no key is believed dead that is not refused.

use std::io::Write;
use std::process::Stdio;

use keydeck::client::{KeyService, MintedValue, NewKey, WritePermit};
use keydeck::domain::key_value::{KeyKind, mint};
use keydeck::domain::secret::Secret;

use super::program::Ran;
use super::{KeydeckService, Scene, everywhere, numbered};
use std::os::unix::process::ExitStatusExt;

/// The backend neither makes, lists nor revokes keys.
const BY_HAND: (&str, &str) = ("KEYDECK_FAULT_MINTING", "person");

/// A person at the page, beside keydeck.
struct Bench {
    scene: Scene,
    new: Secret,
    /// The id of the old key, as it is written down.
    id: String,
}

impl Bench {
    fn new() -> Self {
        let scene = Scene::new();
        let new = mint(KeyKind::ApiKey, getrandom::fill).unwrap();
        let bench = Self { scene, new, id: String::new() };
        let old = bench.scene.old_value.duplicate();
        let (ran, _) = bench.run(&["track", "add", "ci", "--value"], Some(&old), &[]);
        assert_eq!(ran.code, Some(0), "{ran:#?}");
        Self { id: ran.out.trim().to_owned(), ..bench }
    }

    fn run(&self, args: &[&str], input: Option<&Secret>, environment: &[(&str, &str)]) -> (Ran, Option<i32>) {
        let mut command = self.scene.home.command(args);
        command.env("KEYDECK_URL", &self.scene.server.base_url);
        command.env("KEYDECK_API_KEY", self.scene.server.keys.user.expose());
        command.envs([BY_HAND]).envs(environment.iter().copied());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // who is killed reads no more
        let _ = stdin.write_all(input.map(Secret::expose).unwrap_or_default().as_bytes());
        drop(stdin);
        let output = child.wait_with_output().unwrap();
        let signal = output.status.signal();
        let ran = Ran::of(output);
        for value in [&self.scene.old_value, &self.new] {
            assert!(!ran.out.contains(value.expose()) && !ran.err.contains(value.expose()), "a value was printed");
        }
        (ran, signal)
    }

    /// The person makes the new key on the page.
    fn make(&self) {
        let new = NewKey { name: "made".to_owned(), value: Some(MintedValue::of(&self.new)), ..NewKey::default() };
        let client = KeydeckService::new(&self.scene.server.base_url, self.scene.server.keys.user.duplicate()).unwrap();
        let permit = WritePermit::unless_read_only(false).unwrap();
        self.scene.runtime.block_on(client.create_api_key(&permit, &new)).unwrap();
    }

    /// The person revokes the old key on the page.
    fn revoke(&self) {
        let client = KeydeckService::new(&self.scene.server.base_url, self.scene.server.keys.user.duplicate()).unwrap();
        let permit = WritePermit::unless_read_only(false).unwrap();
        self.scene.runtime.block_on(client.delete_api_key(&permit, &self.scene.old.id, None)).unwrap();
    }

    fn begin(&self, environment: &[(&str, &str)]) -> (Ran, Option<i32>) {
        let env = format!("env-file:{}:API_KEY", self.scene.path("app/.env"));
        let hook = self.scene.path("app/hook.sh");
        let args = ["rotate", &self.id, "--sink", &env, "--hook", &hook, "--overlap", "none", "--yes"];
        self.run(&args, None, environment)
    }

    fn open(&self) -> Option<String> {
        let (ran, _) = self.run(&["rotations", "list", "--json"], None, &[]);
        assert_eq!(ran.code, Some(0), "{ran:#?}");
        ran.json()["data"].as_array().unwrap().first().map(|one| one["id"].as_str().unwrap().to_owned())
    }

    fn resume(
        &self,
        id: &str,
        more: &[&str],
        input: Option<&Secret>,
        environment: &[(&str, &str)],
    ) -> (Ran, Option<i32>) {
        self.run(&[&["rotations", "resume", id], more].concat(), input, environment)
    }

    /// One run of the three; where it is killed, it is done again, undisturbed.
    fn through(&self, run: impl Fn(&[(&str, &str)]) -> (Ran, Option<i32>), fault: Option<&str>) -> (Ran, bool) {
        let environment: Vec<(&str, &str)> = fault.map(|point| ("KEYDECK_FAULT", point)).into_iter().collect();
        let (ran, signal) = run(&environment);
        if signal == Some(9) {
            assert!(
                self.scene.works(&self.scene.old_value) || self.scene.works(&self.new),
                "{fault:?}: both keys are dead"
            );
            return (run(&[]).0, true);
        }
        (ran, false)
    }

    /// The whole of it, killed once at `fault`.
    fn all(&self, fault: Option<&str>) -> String {
        let begin = |environment: &[(&str, &str)]| match self.open() {
            Some(id) => self.resume(&id, &["--yes", "--agree", "--again"], None, environment),
            None => self.begin(environment),
        };
        let (ran, mut killed) = self.through(begin, fault);
        assert!(ran.err.contains("make the new key"), "{fault:?}: {ran:#?}");
        self.make();
        let id = self.open().unwrap();
        let give =
            |environment: &[(&str, &str)]| self.resume(&id, &["--value", "--again"], Some(&self.new), environment);
        let (ran, now) = self.through(give, fault.filter(|_| !killed));
        killed |= now;
        assert!(ran.err.contains("then resume with --done"), "{fault:?}: {ran:#?}");
        assert!(self.scene.works(&self.scene.old_value), "{fault:?}: the old key went before anybody said so");
        self.revoke();
        let done = |environment: &[(&str, &str)]| match self.open() {
            Some(id) => self.resume(&id, &["--done"], None, environment),
            None => (Ran { code: Some(0), out: String::new(), err: String::new() }, None),
        };
        let (ran, now) = self.through(done, fault.filter(|_| !killed));
        assert_eq!(ran.code, Some(0), "{fault:?}: {ran:#?}");
        assert!(self.open().is_none(), "{fault:?}");
        self.is_rotated(fault.unwrap_or("undisturbed"));
        if killed | now { "killed, gone on".to_owned() } else { "not reached".to_owned() }
    }

    fn is_rotated(&self, point: &str) {
        assert_eq!(self.scene.in_env().expose(), self.new.expose(), "{point}");
        assert!(self.scene.escrow_is_empty(), "{point}: something is left in escrow");
        let (ran, _) = self.run(&["track", "list", "--json"], None, &[]);
        let rows = ran.json()["data"].as_array().unwrap().clone();
        assert_eq!(rows.len(), 2, "{point}: {rows:#?}");
        let state = |id: &str| rows.iter().find(|row| row["id"] == id).unwrap()["state"].as_str().unwrap().to_owned();
        assert_eq!(state(&self.id), "removed", "{point}");
        let new = rows.iter().find(|row| row["rotatedFrom"] == self.id.as_str()).unwrap();
        assert_eq!(new["state"], "live", "{point}: {new:#?}");
    }
}

#[test]
fn killed_anywhere_a_rotation_by_a_persons_hand_goes_on_to_the_end() {
    let bench = Bench::new();
    let log = bench.scene.path("points");
    // the points of all three runs, in one file
    let environment = [("KEYDECK_FAULT_LOG", log.as_str())];
    bench.begin(&environment);
    bench.make();
    let id = bench.open().unwrap();
    bench.resume(&id, &["--value"], Some(&bench.new), &environment);
    bench.revoke();
    let (ran, _) = bench.resume(&id, &["--done"], None, &environment);
    assert_eq!(ran.code, Some(0), "{ran:#?}");
    bench.is_rotated("undisturbed");
    let mut points: Vec<String> = numbered(&std::fs::read_to_string(log).unwrap());
    // a point counts from the beginning of a run
    points.retain(|point| point.ends_with("#1"));
    for named in ["given.escrow.before#1", "given.escrow.after#1", "api.adopt.after#1", "effect.revoke.before#1"] {
        assert!(points.iter().any(|point| point == named), "{named}: {points:?}");
    }
    let told = everywhere("by a person's hand", &points, |point| Bench::new().all(Some(point)));
    assert!(told.iter().all(|line| line == "killed, gone on"), "{told:?}");
}
