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
        home.command(&["revoke", "--tab", "collections", "--filter", "", "--max", "50", "--yes", "--json"]);
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
