//! What is said while a server is waited for.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::process::Stdio;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, patch, post};
use axum::{Json, Router};
use keydeck::domain::key_value::{KeyKind, mint};
use serde_json::{Value, json};

use crate::program::{Home, Ran};

/// The first line that `keydeck list` says on standard error while a server answers each request with `answer`, or never.
fn said(answer: Option<&'static str>) -> (String, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let mut open = Vec::new();
        while let Ok((mut stream, _)) = listener.accept() {
            if let Some(answer) = answer {
                let _ = stream.read(&mut [0; 4096]);
                let _ = stream.write_all(answer.as_bytes());
            }
            open.push(stream);
        }
    });
    let home = Home::new();
    let mut command = home.command(&["list"]);
    command.envs([("KEYDECK_URL", url.as_str()), ("KEYDECK_API_KEY", "made-up")]);
    let mut process = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(process.stderr.take().unwrap()).read_line(&mut line).unwrap();
    process.kill().unwrap();
    process.wait().unwrap();
    (line, url)
}

#[test]
fn a_server_that_says_nothing_is_named_and_until_when_it_is_waited_for() {
    let (line, url) = said(None);
    assert!(line.starts_with(&format!("waiting for {url} to answer, until ")), "{line}");
    assert!(line.ends_with(" UTC at the latest\n"), "{line}");
}

#[test]
fn a_rate_limit_that_is_waited_for_is_said_with_what_the_server_asked_for() {
    let answer = "HTTP/1.1 429 Too Many Requests\r\nretry-after: 30\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    let (line, url) = said(Some(answer));
    assert!(line.starts_with(&format!("waiting for the rate limit of {url} until ")), "{line}");
    assert!(line.ends_with(" UTC, as it asks to wait 30 s\n"), "{line}");
}

/// A server over its rate limit: it refuses the first writes, asking to wait for so many seconds; and how many came.
#[derive(Clone)]
struct Limited {
    refusals: u32,
    seconds: u32,
    writes: Arc<AtomicU32>,
}

impl Limited {
    fn answer(&self, done: Value) -> Response {
        if self.writes.fetch_add(1, Ordering::SeqCst) >= self.refusals {
            return Json(done).into_response();
        }
        let refusal = Json(json!({"error": {"name": "rateLimited", "message": "too many"}}));
        (StatusCode::TOO_MANY_REQUESTS, [("retry-after", self.seconds.to_string())], refusal).into_response()
    }
}

/// Runs a command against such a server; what it said, and how many writes came.
fn limited(args: &[&str], refusals: u32, seconds: u32) -> (Ran, u32) {
    let user = |active: bool| json!({"id": 2, "name": "Ben", "email": "ben@acme.example", "roles": ["user"], "active": active});
    let value = mint(KeyKind::CollectionAccessKey, getrandom::fill).unwrap().expose().to_owned();
    let made = json!({"collectionAccessKey": {"id": "new-1", "status": "ACTIVE", "userId": 1, "collectionId": "c"}, "value": value});
    let me = json!({"user": {"id": 1, "fullName": "Ana", "roles": ["superadmin"]}, "apiKey": {"id": "own"}});
    let users = json!({"data": [user(true)]});
    let writes = Arc::<AtomicU32>::default();
    let router = Router::new()
        .route("/me", get(async move || Json(me)))
        .route("/users", get(async move || Json(users)))
        .route("/users/2", patch(async move |State(server): State<Limited>| server.answer(user(false))))
        .route("/collection-access-keys", post(async move |State(server): State<Limited>| server.answer(made)))
        .with_state(Limited { refusals, seconds, writes: Arc::clone(&writes) });
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    runtime.spawn(async { axum::serve(listener, router).await });
    let ran = Home::new().run_with(args, &[("KEYDECK_URL", &url), ("KEYDECK_API_KEY", "made-up")]);
    (ran, writes.load(Ordering::SeqCst))
}

#[test]
fn a_write_that_meets_the_rate_limit_waits_and_one_that_would_wait_too_long_ends_as_not_now() {
    let uid = "7-12ece9e1-2abf-4edc-8e34-de66e74114d2";
    for args in
        [&["users", "deactivate", "ben@acme.example", "--yes"][..], &["create", "--collection", uid, "--print-secret"]]
    {
        let (ran, writes) = limited(args, 1, 1);
        ran.ended(0);
        assert_eq!(writes, 2, "{args:?}");
        let (ran, writes) = limited(args, 9, 3600);
        let ran = ran.ended(6);
        assert!(format!("{ran:?}").contains("429 rateLimited"), "{ran:?}");
        assert_eq!(writes, 1, "{args:?}: an hour is not waited for");
    }
}
