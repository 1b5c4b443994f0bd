//! Three processes and one PostgreSQL while everything fails that can: processes are killed, the database is started anew, and
//! meanwhile keys are revoked one by one and then all of them. Nothing that was acknowledged is lost, no process takes a key a
//! second after its revocation was acknowledged, and none is told of twice.
//!
//! `KEYDECK_TEST_CHAOS=KEYS,SECONDS,VERIFICATIONS` says how much of it: how many keys, how long each part goes on at least, and how many
//! verifications are asked for in a second.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::HashMap;
use std::io::Write;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use keydeck::domain::secret::Secret;
use keydeck::domain::team::Role;
use keydeck::server::seed::{self, SeedPlan};
use keydeck::server::store::Store;
use keydeck::server::store::audit::{Chain, verify};
use serde_json::{Value, json};
use support::database::{TestDatabase, one_at, rows_at};

#[path = "support/server.rs"]
mod support;

/// How long after its revocation was acknowledged a key may still be taken.
const GRACE: Duration = Duration::from_secs(1);

struct Plan {
    keys: u64,
    each: Duration,
    verifications: u32,
}

fn plan() -> Plan {
    let said = std::env::var("KEYDECK_TEST_CHAOS").unwrap_or_else(|_| "3000,8,300".to_owned());
    let numbers: Vec<u64> = said.split(',').map(|number| number.parse().unwrap()).collect();
    Plan { keys: numbers[0], each: Duration::from_secs(numbers[1]), verifications: u32::try_from(numbers[2]).unwrap() }
}

/// A process that serves, at a port of its own that stays its own when it is started anew.
struct Process {
    database: String,
    port: u16,
    child: Mutex<Option<Child>>,
}

impl Process {
    fn start(database: &str) -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let process = Self { database: database.to_owned(), port, child: Mutex::new(None) };
        process.resume();
        process
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn resume(&self) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_keydeck"));
        command.args(["serve", "--listen", &format!("127.0.0.1:{}", self.port), "--database", &self.database]);
        command.args(["--verification-limit", "100000000", "--rate-limit", "1000000"]);
        command.stdout(Stdio::null()).stderr(Stdio::null()).stdin(Stdio::null());
        *self.child.lock().unwrap() = Some(command.spawn().unwrap());
    }

    /// Killed, and started anew; one that ended by itself, as without a database, too.
    fn kill(&self) {
        if let Some(mut child) = self.child.lock().unwrap().take() {
            let _ended_already = child.kill();
            child.wait().unwrap();
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

struct Scene {
    processes: Vec<Process>,
    client: reqwest::Client,
    key: Secret,
    /// When the revocation of each key was acknowledged.
    acknowledged: Mutex<HashMap<String, Instant>>,
    /// When that of all others was.
    all: Mutex<Option<Instant>>,
    over: AtomicBool,
    verified: AtomicUsize,
    failed: AtomicUsize,
}

impl Scene {
    async fn call(&self, at: usize, path: &str, body: &Value) -> Option<(u16, Value)> {
        let url = format!("{}{path}", self.processes[at % self.processes.len()].url());
        let request = self.client.post(url).header("X-Api-Key", self.key.expose()).json(body);
        let answer = request.send().await.ok()?;
        Some((answer.status().as_u16(), answer.json().await.ok()?))
    }

    /// Asks one process after the other until one has done it.
    async fn until_done(&self, path: &str, body: &Value) -> Value {
        for at in 0.. {
            match self.call(at, path, body).await {
                Some((200 | 202, answer)) => return answer,
                Some((status, answer)) if status < 500 && status != 429 => panic!("{status} {answer}"),
                _ => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
        unreachable!()
    }

    async fn verify(&self, at: usize, id: &str, hash: &str) {
        let begun = Instant::now();
        let Some((200, answer)) = self.call(at, "/api-key-verifications", &json!({ "sha256": hash })).await else {
            self.failed.fetch_add(1, Ordering::Relaxed);
            return;
        };
        self.verified.fetch_add(1, Ordering::Relaxed);
        if answer["valid"] == true {
            let own = self.acknowledged.lock().unwrap().get(id).copied();
            for acknowledged in [own, *self.all.lock().unwrap()].into_iter().flatten() {
                assert!(begun < acknowledged + GRACE, "taken {:?} after it was revoked", begun - acknowledged);
            }
        }
    }
}

/// Starts the database anew, as after a crash.
fn restart_database() {
    let control = std::env::var("KEYDECK_TEST_POSTGRES_CTL").unwrap();
    let status = Command::new("sh").args(["-c", &format!("cd /; {control} --mode=immediate restart")]).status();
    assert!(status.unwrap().success());
}

/// Asks for verifications until it is over, of keys and at processes in turn.
async fn verify_on(asking: Arc<Scene>, all_keys: Arc<Vec<(String, String)>>, a_second: u32) {
    let mut tick = tokio::time::interval(Duration::from_secs(1) / a_second);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    let mut asked = tokio::task::JoinSet::new();
    let mut at = 0_usize;
    while !asking.over.load(Ordering::Relaxed) {
        tick.tick().await;
        at = at.wrapping_add(1);
        let (scene, keys) = (Arc::clone(&asking), Arc::clone(&all_keys));
        asked.spawn(async move {
            let (id, hash) = &keys[at.wrapping_mul(7919) % keys.len()];
            scene.verify(at, id, hash).await;
        });
        while let Some(done) = asked.try_join_next() {
            done.unwrap();
        }
    }
    while let Some(done) = asked.join_next().await {
        done.unwrap();
    }
}

/// Kills a process every second, and starts the database anew every third time, until it is over; how often.
fn fail_on(scene: &Scene) -> usize {
    for at in 0_usize.. {
        std::thread::sleep(Duration::from_secs(1));
        if scene.over.load(Ordering::Relaxed) {
            return at;
        }
        let process = &scene.processes[at % 3];
        process.kill();
        if at % 3 == 2 {
            restart_database();
        }
        process.resume();
    }
    unreachable!()
}

/// The id of the key whose value has this hash, also where the database is just being started.
fn id_of(url: &str, hash: &str) -> String {
    let query = format!("SELECT key_id FROM key_values WHERE secret_hash = '{hash}'");
    loop {
        if let Ok(Some(id)) = std::panic::catch_unwind(|| one_at(url, &query)) {
            return id;
        }
    }
}

/// What was begun is carried on by whoever is there.
fn wait_for_the_act(url: &str) {
    let waiting = Instant::now();
    while one_at(url, "SELECT COUNT(*) FROM api_keys WHERE revoked_at IS NULL").unwrap() != "1" {
        assert!(waiting.elapsed() < Duration::from_mins(5), "the act is not carried on");
        std::thread::sleep(Duration::from_millis(200));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: .ci/postgres/run"]
async fn nothing_acknowledged_is_lost_whatever_fails() {
    let plan = plan();
    let place = tokio::task::spawn_blocking(TestDatabase::shared).await.unwrap();
    let seeded = SeedPlan { keys: plan.keys, seed: 7, role: Role::Superadmin, now: chrono::Utc::now() };
    let key = seed::fill(&place.url, &seeded).await.unwrap().api_key;
    let own = keydeck::domain::key_value::fingerprint(key.expose());
    let query = format!(
        "SELECT k.id, v.secret_hash FROM api_keys k JOIN key_values v ON v.key_id = k.id WHERE v.present = 1 \
         AND k.revoked_at IS NULL AND v.secret_hash <> '{own}' ORDER BY k.id"
    );
    let url = place.url.clone();
    let keys = tokio::task::spawn_blocking(move || rows_at(&url, &query)).await.unwrap();
    let keys: Arc<Vec<(String, String)>> =
        Arc::new(keys.into_iter().map(|row| (row[0].clone(), row[1].clone())).collect());
    let _installed_before = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().timeout(Duration::from_secs(20)).build().unwrap();
    let scene = Arc::new(Scene {
        processes: (0..3).map(|_| Process::start(&place.url)).collect(),
        client,
        key,
        acknowledged: Mutex::default(),
        all: Mutex::default(),
        over: AtomicBool::new(false),
        verified: AtomicUsize::new(0),
        failed: AtomicUsize::new(0),
    });

    let verifying = tokio::spawn(verify_on(Arc::clone(&scene), Arc::clone(&keys), plan.verifications));
    let failing = Arc::clone(&scene);
    let failures = std::thread::spawn(move || fail_on(&failing));

    // one by one
    let begun = Instant::now();
    let mut revoked = 0;
    for (id, _) in keys.iter() {
        if begun.elapsed() > plan.each {
            break;
        }
        scene.until_done("/api-key-revocations", &json!({ "ids": [id] })).await;
        scene.acknowledged.lock().unwrap().insert(id.clone(), Instant::now());
        revoked += 1;
    }
    // and all
    let url = place.url.clone();
    let own_id = tokio::task::spawn_blocking(move || id_of(&url, &own)).await.unwrap();
    let everything = json!({ "all": true, "except": [own_id] });
    scene.until_done("/api-key-revocations", &everything).await;
    *scene.all.lock().unwrap() = Some(Instant::now());
    tokio::time::sleep(plan.each).await;
    scene.over.store(true, Ordering::Relaxed);
    verifying.await.unwrap();
    let failures = tokio::task::spawn_blocking(move || failures.join().unwrap()).await.unwrap();

    let url = place.url.clone();
    tokio::task::spawn_blocking(move || wait_for_the_act(&url)).await.unwrap();
    let (verified, failed) = (scene.verified.load(Ordering::Relaxed), scene.failed.load(Ordering::Relaxed));
    drop(scene);
    let store = Store::open(&place.url).await.unwrap();
    let chain = verify(&store, None).await.unwrap();
    store.close().await;
    assert!(matches!(chain, Chain::Whole { .. }), "{chain:?}");
    tokio::task::spawn_blocking(move || {
        let twice =
            "SELECT key_id FROM audit_entries WHERE action = 'api_key.revoke' GROUP BY key_id HAVING COUNT(*) > 1";
        assert!(rows_at(&place.url, twice).is_empty());
        drop(place);
    })
    .await
    .unwrap();
    assert!(
        revoked > 0 && failures > 5 && verified > 100,
        "{revoked} revoked one by one, {failures} failures, {verified} verified"
    );
    let said = format!(
        "{} keys: {revoked} revoked one by one, then all; {failures} kills; {verified} verifications answered, {failed} not\n",
        keys.len()
    );
    std::io::stderr().write_all(said.as_bytes()).unwrap();
}
