//! A rotation at postman.gov.sg, which makes the value of a key and tells it once, killed at every point: never a value that is
//! lost without its key being named, never an orphan that nobody recorded, never both keys dead.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::time::Duration;

use chrono::Utc;
use keydeck::client::transport::Limits;

use super::gov_sg_server::{ALICE, GovSg, Stored};
use super::program::{Home, Ran};
use super::{everywhere, files, numbered};

/// Limits of a client in a test.
pub fn limits() -> Limits {
    Limits { total: Duration::from_secs(20), ..Limits::default() }
}

/// The service with a key, whose value stands in an env file.
struct Scene {
    server: GovSg,
    home: Home,
    old: Stored,
    session: String,
    env_before: String,
}

impl Scene {
    fn new() -> Self {
        let server = GovSg::start();
        let old = server.service().make(ALICE, "grants/mail", Some(&["ops@agency.gov.sg"]), Utc::now());
        let session = server.session(ALICE).expose().to_owned();
        let home = Home::new();
        home.configure(&format!(
            "[profiles.gov]\nbackend = \"postman-gov-sg\"\nbase_url = \"{}\"\ncredential = {{ env = \"GOV\" }}\n",
            server.url
        ));
        std::fs::create_dir_all(home.path("app")).unwrap();
        let env_before = format!("# the app\nAPI_KEY=\"{}\"\nPORT=80\n", old.value);
        std::fs::write(home.path("app/.env"), &env_before).unwrap();
        let hook = home.path("app/hook.sh");
        std::fs::write(&hook, "#!/bin/sh\necho ran >> \"$(dirname \"$0\")/hooked\"\n").unwrap();
        std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o700)).unwrap();
        Self { server, home, old, session, env_before }
    }

    fn run(&self, args: &[&str], environment: &[(&str, &str)]) -> (Ran, Option<i32>) {
        let mut command = self.home.command(args);
        command.env("GOV", &self.session).envs(environment.iter().copied());
        let output = command.output().unwrap();
        let signal = output.status.signal();
        let ran = Ran::of(output);
        for key in &self.server.service().keys {
            assert!(!ran.out.contains(&key.value) && !ran.err.contains(&key.value), "a value was printed");
        }
        (ran, signal)
    }

    fn rotate(&self, environment: &[(&str, &str)]) -> (Ran, Option<i32>) {
        let (id, env) = (self.old.id.to_string(), format!("env-file:{}:API_KEY", self.path("app/.env")));
        let hook = self.path("app/hook.sh");
        self.run(&["rotate", &id, "--sink", &env, "--hook", &hook, "--overlap", "none", "--yes"], environment)
    }

    fn path(&self, below: &str) -> String {
        self.home.path(below).to_string_lossy().into_owned()
    }

    fn in_env(&self) -> String {
        let text = std::fs::read_to_string(self.home.path("app/.env")).unwrap();
        let line = text.lines().find(|line| line.starts_with("API_KEY=")).unwrap();
        line.trim_start_matches("API_KEY=").trim_matches('"').to_owned()
    }

    fn made(&self) -> Vec<Stored> {
        self.server.service().keys.iter().filter(|key| key.id != self.old.id).cloned().collect()
    }

    fn open(&self) -> Option<String> {
        let (ran, _) = self.run(&["rotations", "list", "--json"], &[]);
        assert_eq!(ran.code, Some(0), "{ran:#?}");
        ran.json()["data"].as_array().unwrap().first().map(|one| one["id"].as_str().unwrap().to_owned())
    }

    /// What must hold at any moment, whatever was cut.
    fn check(&self, point: &str) {
        let made = self.made();
        assert!(made.len() <= 1, "{point}: {} keys were made", made.len());
        assert!(self.server.accepts(&self.in_env()), "{point}: the systems have no key that works");
        if !made.is_empty() {
            let (ran, _) = self.run(&["rotations", "list", "--json", "--over"], &[]);
            assert!(!ran.json()["data"].as_array().unwrap().is_empty(), "{point}: a key that nobody recorded");
        }
        for file in files(&self.home.path("state")) {
            let bytes = std::fs::read(&file).unwrap();
            for value in [&self.old.value, &self.in_env(), &self.session] {
                let found = bytes.windows(value.len()).any(|window| window == value.as_bytes());
                assert!(!found, "{point}: {} holds a value", file.display());
            }
        }
    }

    fn is_rotated(&self, point: &str) {
        let made = self.made();
        assert_eq!(made.len(), 1, "{point}");
        assert_eq!(self.in_env(), made[0].value, "{point}");
        assert!(self.server.accepts(&made[0].value) && !self.server.accepts(&self.old.value), "{point}");
        assert_eq!(made[0].contacts, Some(vec!["ops@agency.gov.sg".to_owned()]), "{point}");
        assert!(self.home.path("app/hooked").exists(), "{point}: the hook never ran");
        let sealed = |file: &std::path::PathBuf| file.extension().is_some_and(|ending| ending == "sealed");
        assert!(!files(&self.home.path("state")).iter().any(sealed), "{point}: something is left in escrow");
    }
}

fn kill(point: &str, back: bool) -> String {
    let scene = Scene::new();
    let (ran, signal) = scene.rotate(&[("KEYDECK_FAULT", point)]);
    assert_eq!(signal, Some(9), "{point}: {ran:#?}");
    scene.check(point);
    let Some(id) = scene.open() else {
        if scene.made().is_empty() {
            assert!(scene.server.accepts(&scene.old.value), "{point}");
            return "nothing begun".to_owned();
        }
        scene.is_rotated(point);
        return "closed already".to_owned();
    };
    let go = |args: &[&str]| {
        let (ran, _) = scene.run(args, &[]);
        if ran.err.contains("is not noted in escrow") { scene.run(&[args, &["--agree"]].concat(), &[]).0 } else { ran }
    };
    if back {
        let mut ran = go(&["rotations", "rollback", &id, "--yes"]);
        if ran.code != Some(0) && !ran.err.contains("the old key is") {
            ran = go(&["rotations", "rollback", &id, "--yes", "--again"]);
        }
        scene.check(point);
        if ran.code == Some(0) {
            assert!(scene.made().is_empty() && scene.server.accepts(&scene.old.value), "{point}: {ran:#?}");
            assert_eq!(std::fs::read_to_string(scene.home.path("app/.env")).unwrap(), scene.env_before, "{point}");
            return "rolled back".to_owned();
        }
    }
    let ran = go(&["rotations", "resume", &id, "--yes"]);
    scene.check(point);
    let mut how = "resumed";
    if ran.code != Some(0) {
        let orphan = ran.err.contains("the answer that told its value was lost");
        assert!(orphan || ran.err.contains("whether it worked is not known") || back, "{point}: {ran:#?}");
        how = if orphan { "lost the value, made another" } else { "needed attention, resumed" };
        if orphan {
            // the orphan is named by its last five characters before it is deleted
            let orphan = &scene.made()[0];
            assert!(ran.err.contains(&orphan.value[orphan.value.len() - 5..]), "{point}: {ran:#?}");
        }
        let again = if back { vec!["--again", "--forward"] } else { vec!["--again"] };
        let ran = go(&[&["rotations", "resume", &id, "--yes"], &again[..]].concat());
        assert_eq!(ran.code, Some(0), "{point}: {ran:#?}");
    }
    scene.is_rotated(point);
    how.to_owned()
}

/// Every point that an undisturbed rotation passes.
fn points() -> Vec<String> {
    let scene = Scene::new();
    let log = scene.path("points");
    let (ran, _) = scene.rotate(&[("KEYDECK_FAULT_LOG", &log)]);
    assert_eq!(ran.code, Some(0), "{ran:#?}");
    scene.check("undisturbed");
    scene.is_rotated("undisturbed");
    // the old value is known by its end, so that it is tried after its key is deleted
    let tried = |asked: &super::gov_sg_server::Asked| {
        asked.header("authorization").is_some_and(|header| header.ends_with(&scene.old.value))
    };
    assert!(scene.server.asked().iter().any(tried), "whether the old value is refused was not tried");
    assert!(ran.err.contains("may still send reminders"), "{ran:#?}");
    numbered(&std::fs::read_to_string(log).unwrap())
}

#[test]
fn killed_anywhere_a_rotation_at_postman_gov_sg_is_resumed_to_the_end() {
    let points = points();
    assert!(points.len() > 40, "{points:?}");
    let table = everywhere("postman.gov.sg, resumed", &points, |point| kill(point, false));
    assert!(table.iter().any(|line| line.contains("lost the value")), "it was never killed with the value in hand");
}

#[test]
fn killed_anywhere_a_rotation_at_postman_gov_sg_is_rolled_back_or_cannot_be_any_more() {
    let table = everywhere("postman.gov.sg, rolled back", &points(), |point| kill(point, true));
    assert!(table.iter().any(|line| line == "rolled back"));
}
