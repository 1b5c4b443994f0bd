//! The kill test of what the server does by itself: it is killed by SIGKILL before and after every batch of an act that
//! revokes all, of one that dates all, and of a pass over the life of keys, and started again. Whatever was cut, what was
//! decided holds at once, the rest follows, and the audit log tells of each key once.
//!
//! Needs a program built with the feature `fault-points`: `cargo test --features fault-points --test life_kill`.

#![expect(clippy::unwrap_used, reason = "helpers of tests; clippy knows only the test functions themselves")]

#[path = "support/program.rs"]
mod program;

use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Stdio};

use keydeck::domain::key_value::{KeyKind, fingerprint, mask, mint};
use keydeck::domain::secret::Secret;
use keydeck::server::store::audit::Chain;
use keydeck::server::{init, verify_audit};
use program::Home;
use rusqlite::Connection;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

/// More than two batches hold.
const KEYS: usize = 1203;

/// A database with many keys of its one superadmin, served by the program.
struct Scene {
    home: Home,
    runtime: Runtime,
    root: Secret,
    /// The value of the last of the many keys.
    last: Secret,
}

/// A running server.
struct Served {
    child: Child,
    url: String,
}

impl Scene {
    fn new() -> Self {
        let home = Home::new();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let database = format!("sqlite:{}", home.path("keydeck.db").display());
        let root = runtime.block_on(init(&database, "Test Team", "root@test.example")).unwrap();
        let last = mint(KeyKind::ApiKey, getrandom::fill).unwrap();
        let scene = Self { home, runtime, root, last };
        let (mut keys, mut values) = (Vec::new(), Vec::new());
        let made = "2026-01-01T00:00:00.000Z";
        for at in 0..KEYS {
            let (hash, masked) = if at + 1 == KEYS {
                (fingerprint(scene.last.expose()), mask(scene.last.expose()))
            } else {
                (format!("{at:064x}"), "kdk_…0000".to_owned())
            };
            keys.push(format!("('key-{at:05}', 'n', 'n', 1, '[]', '{made}')"));
            values.push(format!("('{hash}', 'api', 'key-{at:05}', '{masked}', '{made}', 1)"));
        }
        let (keys, values) = (keys.join(", "), values.join(", "));
        scene.sql(&format!(
            "INSERT INTO api_keys (id, name, name_folded, owner_id, contacts, created_at) VALUES {keys}"
        ));
        let columns = "secret_hash, kind, key_id, masked_value, created_at, present";
        scene.sql(&format!("INSERT INTO key_values ({columns}) VALUES {values}"));
        scene
    }

    fn database(&self) -> Connection {
        Connection::open(self.home.path("keydeck.db")).unwrap()
    }

    fn sql(&self, statement: &str) {
        self.database().execute_batch(statement).unwrap();
    }

    fn number(&self, query: &str) -> i64 {
        self.database().query_row(query, [], |row| row.get(0)).unwrap()
    }

    /// Serves, and is killed at `fault`. None when that was before it served.
    fn serve(&self, fault: Option<&str>) -> Option<Served> {
        let database = format!("sqlite:{}", self.home.path("keydeck.db").display());
        let mut command = self.home.command(&["serve", "--listen", "127.0.0.1:0", "--database", &database]);
        command.envs(self.home.environment()).envs(fault.map(|point| ("KEYDECK_FAULT", point)));
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let told = lines.by_ref().map_while(Result::ok).find(|line| line.contains("keydeck serves on "));
        let Some(told) = told else {
            assert_eq!(child.wait().unwrap().signal(), Some(9));
            return None;
        };
        let url = told.split("serves on ").nth(1).unwrap().split(';').next().unwrap().to_owned();
        std::thread::spawn(move || lines.for_each(drop));
        Some(Served { child, url })
    }

    /// What a call is answered; none when the server was killed meanwhile.
    fn ask(
        &self,
        served: &Served,
        method: &str,
        path: &str,
        key: &Secret,
        body: Option<&Value>,
    ) -> Option<(u16, Value)> {
        let _installed_before = rustls::crypto::ring::default_provider().install_default();
        self.runtime.block_on(async {
            let url = format!("{}{path}", served.url);
            let request =
                reqwest::Client::new().request(method.parse().unwrap(), url).header("X-Api-Key", key.expose());
            let request = match body {
                Some(body) => request.json(body),
                None => request,
            };
            let answer = request.send().await.ok()?;
            let status = answer.status().as_u16();
            Some((status, answer.json().await.ok()?))
        })
    }

    /// Waits until no act is running and nothing is due any more.
    fn settle(&self) {
        while self.number("SELECT COUNT(*) FROM acts WHERE running = 1") > 0 {
            std::thread::yield_now();
        }
    }

    fn chain_is_whole(&self) {
        let database = format!("sqlite:{}", self.home.path("keydeck.db").display());
        let chain = self.runtime.block_on(verify_audit(&database, None)).unwrap();
        assert!(matches!(chain, Chain::Whole { .. }), "{chain:?}");
    }

    /// The log tells of each of the many keys once by this action.
    fn told_once(&self, action: &str, point: &str) {
        let told = format!("SELECT COUNT(*) FROM audit_entries WHERE action = '{action}' AND key_id LIKE 'key-%'");
        let keys = format!(
            "SELECT COUNT(DISTINCT key_id) FROM audit_entries WHERE action = '{action}' AND key_id LIKE 'key-%'"
        );
        let all = i64::try_from(KEYS).unwrap();
        assert_eq!((self.number(&told), self.number(&keys)), (all, all), "{action} {point}");
        self.chain_is_whole();
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Begins an act by a call while the server is to die at `point`, and starts it again.
fn killed(point: &str, call: impl Fn(&Scene) -> (&'static str, &'static str, Value)) -> (Scene, Option<Served>) {
    let scene = Scene::new();
    let mut served = scene.serve(Some(point)).unwrap();
    let (method, path, body) = call(&scene);
    let _answered = scene.ask(&served, method, path, &scene.root, Some(&body));
    assert_eq!(served.child.wait().unwrap().signal(), Some(9), "{point}");
    drop(served);
    assert_eq!(
        scene.number("SELECT COUNT(*) FROM acts WHERE running = 1"),
        1,
        "{point}: there was something to go on with"
    );
    let served = scene.serve(None);
    (scene, served)
}

const POINTS: [&str; 4] = ["act.batch.before#1", "act.batch.after#1", "act.batch.before#2", "act.batch.before#3"];

#[test]
fn a_revoke_all_that_is_killed_between_its_batches_goes_on() {
    for point in &POINTS[..3] {
        let (scene, served) = killed(point, |scene| {
            let own = scene.number("SELECT COUNT(*) FROM api_keys");
            assert_eq!(usize::try_from(own), Ok(KEYS + 1));
            let first: String = scene
                .database()
                .query_row("SELECT id FROM api_keys WHERE name = 'first key'", [], |row| row.get(0))
                .unwrap();
            ("POST", "/api-key-revocations", json!({ "all": true, "except": [first] }))
        });
        let served = served.unwrap();
        let (status, _) = scene.ask(&served, "GET", "/me", &scene.last, None).unwrap();
        assert_eq!(status, 401, "{point}: covered from the first commit on");
        scene.settle();
        assert_eq!(scene.number("SELECT COUNT(*) FROM api_keys WHERE revoked_at IS NULL"), 1, "{point}");
        assert_eq!(scene.number("SELECT done FROM acts"), i64::try_from(KEYS).unwrap(), "{point}");
        scene.told_once("api_key.revoke", point);
    }
}

#[test]
fn a_change_of_dates_that_is_killed_between_its_batches_goes_on() {
    for point in &POINTS[..2] {
        let (scene, served) =
            killed(point, |_| ("PUT", "/api-key-settings", json!({ "version": 1, "expiryDays": 3650 })));
        let served = served.unwrap();
        let (_, key) = scene.ask(&served, "GET", "/api-keys/key-01202", &scene.root, None).unwrap();
        assert_eq!(key["expiresAt"], "2035-12-30T00:00:00.000Z", "{point}: dated from the first commit on");
        scene.settle();
        let dated = "SELECT COUNT(*) FROM api_keys WHERE expires_at = '2035-12-30T00:00:00.000Z'";
        assert_eq!(scene.number(dated), i64::try_from(KEYS).unwrap(), "{point}");
        scene.told_once("api_key.expire", point);
    }
}

#[test]
fn a_pass_that_is_killed_goes_on_at_the_next_start() {
    for point in ["life.batch.before#1", "life.batch.after#1", "life.batch.before#2", "life.batch.after#3"] {
        let scene = Scene::new();
        // long enough ago to be revoked for it, too
        scene.sql("UPDATE api_keys SET expires_at = '2026-02-01T00:00:00.000Z' WHERE id LIKE 'key-%'");
        if let Some(mut served) = scene.serve(Some(point)) {
            assert_eq!(served.child.wait().unwrap().signal(), Some(9), "{point}");
        }
        // the lease that it held does not hold up who comes next for long: the clock is what ends it
        scene.sql("UPDATE leases SET until = '2026-02-01T00:00:00.000Z'");
        let served = scene.serve(None).unwrap();
        let left = "SELECT COUNT(*) FROM api_keys WHERE revoked_at IS NULL";
        while scene.number(left) > 1 {
            std::thread::yield_now();
        }
        drop(served);
        scene.told_once("api_key.expire", point);
        scene.told_once("api_key.revoke", point);
        assert_eq!(
            scene.number("SELECT COUNT(*) FROM api_keys WHERE revocation = 'inactivity'"),
            i64::try_from(KEYS).unwrap()
        );
    }
}
