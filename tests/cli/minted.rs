//! Values that a server minted and that cannot be what it says.

use std::sync::{Arc, Mutex};

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use keydeck::domain::key_value::{KeyKind, mask, mint};
use serde_json::{Value, json};

use crate::program::{Home, Ran};

/// A server that mints these values, with whether it deletes keys again; and what it removed.
#[derive(Clone)]
struct Minter {
    value: String,
    token: String,
    deletes: bool,
    removed: Arc<Mutex<Vec<String>>>,
}

async fn me() -> Json<Value> {
    Json(json!({"user": {"id": 1, "fullName": "Ana", "roles": ["user"]}, "apiKey": {"id": "own"}}))
}

async fn make(State(minter): State<Minter>) -> Json<Value> {
    let key = json!({"id": "new-1", "token": minter.token, "status": "ACTIVE", "userId": 1, "collectionId": "c"});
    Json(json!({"collectionAccessKey": key, "value": minter.value}))
}

async fn remove(State(minter): State<Minter>, Path(id): Path<String>) -> (StatusCode, Json<Value>) {
    if !minter.deletes {
        return (StatusCode::FORBIDDEN, Json(json!({"error": {"name": "forbiddenError", "message": "not you"}})));
    }
    minter.removed.lock().unwrap().push(id.clone());
    (StatusCode::OK, Json(json!({"id": id})))
}

/// `keydeck create --collection`, with its value going to a file: what it said, what was removed, and what the file holds.
fn create(value: &str, token: &str, deletes: bool) -> (Ran, Vec<String>, Option<String>) {
    let removed = Arc::<Mutex<Vec<String>>>::default();
    let minter = Minter { value: value.to_owned(), token: token.to_owned(), deletes, removed: Arc::clone(&removed) };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let router = Router::new()
        .route("/me", get(me))
        .route("/collection-access-keys", post(make))
        .route("/collection-access-keys/{id}", delete(remove))
        .with_state(minter);
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    runtime.spawn(async { axum::serve(listener, router).await });
    let home = Home::new();
    let file = home.path("ci.key");
    let uid = "7-12ece9e1-2abf-4edc-8e34-de66e74114d2";
    let args = ["create", "--collection", uid, "--write-secret", file.to_str().unwrap(), "--print-secret"];
    let ran = home.run_with(&args, &[("KEYDECK_URL", &url), ("KEYDECK_API_KEY", "made-up")]);
    let removed = removed.lock().unwrap().clone();
    (ran, removed, std::fs::read_to_string(&file).ok())
}

#[test]
fn a_wrong_value_reaches_no_file_and_no_terminal_and_its_key_is_revoked() {
    let good = mint(KeyKind::CollectionAccessKey, getrandom::fill).unwrap();
    let good = good.expose();
    let masked = mask(good);
    for (value, token) in [
        ("hunter2", ""),
        (&*format!("{good}\u{1b}]52;c;aGk=\u{7}"), ""),
        (&*good.replace("kdc_", "kdk_"), ""),
        (good, "kdc_…zzzz"),
    ] {
        let (ran, removed, file) = create(value, token, true);
        let ran = ran.ended(1).says("is not used").says("the key is revoked again");
        assert_eq!((&*ran.out, file), ("", None), "{ran:?}");
        assert!(!ran.err.contains("hunter2") && !ran.err.contains(good), "{ran:?}");
        assert_eq!(removed, ["new-1"]);
    }
    let (ran, removed, file) = create(good, &masked, true);
    let ran = ran.ended(0);
    assert_eq!((ran.out.trim(), file.unwrap().trim(), removed.len()), (good, good, 0));
}

#[test]
fn an_orphan_that_cannot_be_revoked_is_named_with_what_to_do() {
    let (ran, removed, file) = create("hunter2", "", false);
    ran.ended(1).says("was not revoked").says("keydeck delete new-1");
    assert_eq!((removed.len(), file), (0, None));
}
