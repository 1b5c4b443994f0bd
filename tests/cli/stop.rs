//! Stopping a revocation half-way, on a server that answers when the test says so.

use std::sync::{Arc, Mutex};

use axum::extract::{Path, State};
use axum::routing::{delete, get};
use axum::{Json, Router};
use rustix::process::Signal;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::program::{Home, Running};

/// Collection access keys of which each deletion waits for a permit.
#[derive(Clone)]
struct Slow {
    asked: Arc<Semaphore>,
    answer: Arc<Semaphore>,
    deleted: Arc<Mutex<Vec<String>>>,
}

const KEYS: usize = 50;

async fn me() -> Json<Value> {
    Json(json!({"user": {"id": 1, "fullName": "Ana", "roles": ["user"]}, "apiKey": {"id": "own"}}))
}

async fn list() -> Json<Value> {
    let key =
        |n| json!({"id": format!("key-{n}"), "status": "ACTIVE", "userId": 1, "userName": "Ana", "collectionId": "c"});
    Json(json!({"data": (0..KEYS).map(key).collect::<Vec<_>>(), "meta": {"nextCursor": null}}))
}

async fn remove(State(slow): State<Slow>, Path(id): Path<String>) -> Json<Value> {
    slow.asked.add_permits(1);
    slow.answer.acquire().await.unwrap().forget();
    slow.deleted.lock().unwrap().push(id.clone());
    Json(json!({"id": id}))
}

fn start(slow: &Slow) -> (tokio::runtime::Runtime, String) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let router = Router::new()
        .route("/me", get(me))
        .route("/collection-access-keys", get(list))
        .route("/collection-access-keys/{id}", delete(remove))
        .with_state(slow.clone());
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    runtime.spawn(async { axum::serve(listener, router).await });
    (runtime, url)
}

fn revoke(home: &Home, url: &str) -> Running {
    let mut command =
        home.command(&["revoke", "--tab", "collections", "--filter", "", "--all", "--max", "50", "--yes", "--json"]);
    command.envs([("KEYDECK_URL", url), ("KEYDECK_API_KEY", "made-up")]);
    Running::start(command)
}

fn slow() -> Slow {
    Slow { asked: Arc::new(Semaphore::new(0)), answer: Arc::new(Semaphore::new(0)), deleted: Arc::default() }
}

fn document(running: &Running) -> Value {
    running.rest().iter().find_map(|line| serde_json::from_str(line).ok()).unwrap()
}

fn count(document: &Value, outcome: &str) -> usize {
    document["data"].as_array().unwrap().iter().filter(|row| row["outcome"] == outcome).count()
}

#[test]
fn a_signal_stops_sending_and_what_was_sent_is_told() {
    let (home, slow) = (Home::new(), slow());
    let (runtime, url) = start(&slow);
    let mut running = revoke(&home, &url);
    runtime.block_on(slow.asked.acquire()).unwrap().forget();
    running.signal(Signal::INT);
    // it must not end before what is out has come back
    slow.answer.add_permits(KEYS);
    assert_eq!(running.code(), Some(1));
    let document = document(&running);
    let deleted = slow.deleted.lock().unwrap().len();
    assert!((1..KEYS).contains(&deleted), "{deleted}");
    assert_eq!((count(&document, "revoked"), count(&document, "notSent")), (deleted, KEYS - deleted));
    assert_eq!(document["meta"]["notSent"], KEYS - deleted);
}

#[test]
fn a_second_signal_waits_for_nothing_and_calls_it_unknown() {
    let (home, slow) = (Home::new(), slow());
    let (runtime, url) = start(&slow);
    let mut running = revoke(&home, &url);
    runtime.block_on(slow.asked.acquire()).unwrap().forget();
    // signals of one kind that come together count once
    running.signal(Signal::INT);
    running.signal(Signal::TERM);
    assert_eq!(running.code(), Some(1));
    let document = document(&running);
    let unknown = count(&document, "unknown");
    assert!((1..KEYS).contains(&unknown), "{document}");
    assert_eq!(count(&document, "notSent"), KEYS - unknown);
    drop(runtime);
}

#[test]
fn what_is_killed_is_listed_read_back_and_gone_on_with() {
    let (home, slow) = (Home::new(), slow());
    let (runtime, url) = start(&slow);
    let mut running = revoke(&home, &url);
    runtime.block_on(slow.asked.acquire()).unwrap().forget();
    let listed = home.run(&["changes", "--json"]).ended(0).json();
    assert_eq!(listed["data"][0]["state"], "underWay", "{listed}");
    running.signal(Signal::KILL);
    assert_eq!(running.code(), None);
    let listed = home.run(&["changes", "--json"]).ended(0).json();
    let row = &listed["data"][0];
    assert_eq!((&row["state"], &row["keys"], &row["done"]), (&"cutShort".into(), &KEYS.into(), &0.into()), "{row}");
    assert!(row["underWay"].as_u64().unwrap() >= 1, "{row}");
    let told = home.run(&["changes"]).ended(0);
    assert!(told.out.contains("revoke of 50 keys") && told.out.contains("under way"), "{}", told.out);
    // the server of this test answers from now on, and has forgotten what it was asked before
    slow.answer.add_permits(2 * KEYS);
    let environment = [("KEYDECK_URL", url.as_str()), ("KEYDECK_API_KEY", "made-up")];
    let id = row["id"].as_str().unwrap();
    home.run_with(&["changes", "resume", id], &environment).ended(3).says("no terminal");
    let dry = home.run_with(&["changes", "resume", id, "--dry-run", "--json"], &environment).ended(0).json();
    assert_eq!(dry["data"].as_array().unwrap().len(), KEYS);
    let done = home.run_with(&["changes", "resume", id, "--yes", "--json"], &environment).ended(0).json();
    assert_eq!(done["meta"]["revoked"], KEYS, "{done}");
    home.run(&["changes"]).ended(0).says("nothing was cut short");
    assert!(home.run(&["changes", "--over"]).ended(0).out.contains("over: 50 revoked"));
    home.run(&["changes", "forget", "NONE"]).ended(2).says("there is no change NONE");
    home.run_with(&["changes", "resume", "NONE", "--yes"], &environment).ended(2).says("there is no change NONE");
    drop(runtime);
}

#[test]
fn a_change_goes_on_where_the_disk_cannot_be_written_and_says_so() {
    let (home, slow) = (Home::new(), slow());
    let (runtime, url) = start(&slow);
    slow.answer.add_permits(2 * KEYS);
    std::fs::create_dir_all(home.path("state/keydeck/rotations.db")).unwrap();
    let ran = revoke(&home, &url).rest().join("\n");
    assert!(ran.contains("does not stand on disk"), "{ran}");
    assert_eq!(slow.deleted.lock().unwrap().len(), KEYS);
    drop(runtime);
}
