//! A team with keys of every kind, and servers that run beside a test.

use std::thread::JoinHandle;

use chrono::{DateTime, Utc};
use keydeck::domain::secret::Secret;
use keydeck::domain::team::Role;
use keydeck::server::seed::{self, SeedPlan};
use keydeck::server::store::audit::{Chain, Head};
use keydeck::server::{self, Clock, Progress, ServerError, ServerSettings};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

use crate::database::{TestDatabase, at, rows_at};

pub fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// The present of every server here, so that nothing is another only since it was asked later.
pub fn present() -> DateTime<Utc> {
    "2026-11-01T12:00:00Z".parse().unwrap()
}

/// A superadmin's key of a seeded team at `database`.
pub fn seeded(database: &TestDatabase) -> Secret {
    let plan = SeedPlan { keys: 300, seed: 7, role: Role::Superadmin, now: present() };
    runtime().block_on(seed::fill(&database.url, &plan)).unwrap().api_key
}

pub fn moved(from: &TestDatabase, to: &TestDatabase) -> Result<Head, ServerError> {
    moved_telling(from, to, |_| ())
}

pub fn moved_telling(from: &TestDatabase, to: &TestDatabase, told: impl FnMut(Progress)) -> Result<Head, ServerError> {
    runtime().block_on(server::move_to(&from.url, &to.url, told))
}

pub fn reopened(from: &TestDatabase, to: &TestDatabase) -> Result<Head, ServerError> {
    runtime().block_on(server::reopen(&from.url, &to.url))
}

/// The head of a log that is whole, and holds this one where one is given.
#[track_caller]
pub fn head(database: &TestDatabase, kept: Option<&Head>) -> Head {
    match runtime().block_on(server::verify_audit(&database.url, kept)).unwrap() {
        Chain::Whole { seq, hash } => Head { seq, hash },
        broken @ Chain::Broken { .. } => panic!("{broken:?}"),
    }
}

/// Why nobody serves this database, or changes it by a command.
#[track_caller]
pub fn refused(database: &TestDatabase) -> ServerError {
    runtime().block_on(server::users(&database.url)).unwrap_err()
}

/// Runs a statement behind everybody's back.
pub fn sql(database: &TestDatabase, statement: &str) {
    match database.url.strip_prefix("sqlite:") {
        Some(path) => rusqlite::Connection::open(path).unwrap().execute_batch(statement).unwrap(),
        None => at(&database.url, statement),
    }
}

/// The first value of the first row.
pub fn one(database: &TestDatabase, query: &str) -> String {
    rows_at(&database.url, query).remove(0).remove(0)
}

/// A running server.
pub struct Served {
    url: String,
    stop: CancellationToken,
    thread: Option<JoinHandle<Result<(), ServerError>>>,
    runtime: Runtime,
    client: reqwest::Client,
}

impl Served {
    pub fn of(database: &TestDatabase) -> Self {
        let (url, stop) = (database.url.clone(), CancellationToken::new());
        let (ready, listening) = std::sync::mpsc::channel();
        let stopped = stop.clone();
        let thread = std::thread::spawn(move || {
            runtime().block_on(async move {
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                let settings = ServerSettings {
                    database: url.as_str().into(),
                    clock: Clock::new(present),
                    rate_limit: 100_000,
                    ..ServerSettings::default()
                };
                let prepared = server::prepare(settings).await?;
                ready.send(format!("http://{}", listener.local_addr().unwrap())).unwrap();
                prepared.serve(listener, stopped).await
            })
        });
        let url = listening.recv().unwrap();
        let _installed_before = rustls::crypto::ring::default_provider().install_default();
        Self { url, stop, thread: Some(thread), runtime: runtime(), client: reqwest::Client::new() }
    }

    pub fn ask(&self, method: &str, path: &str, key: &Secret, body: Option<&Value>) -> (u16, Value) {
        self.runtime.block_on(async {
            let request = self.client.request(method.parse().unwrap(), format!("{}{path}", self.url));
            let request = request.header("X-Api-Key", key.expose());
            let request = match body {
                Some(body) => request.json(body),
                None => request,
            };
            let answer = request.send().await.unwrap();
            (answer.status().as_u16(), answer.json().await.unwrap_or_default())
        })
    }

    pub fn get(&self, path: &str, key: &Secret) -> (u16, Value) {
        self.ask("GET", path, key, None)
    }

    /// Makes a key; what came back.
    pub fn make(&self, key: &Secret, name: &str) -> (u16, Value) {
        self.ask("POST", "/api-keys", key, Some(&json!({ "name": name })))
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.stop.cancel();
        let served = self.thread.take().unwrap().join();
        if !std::thread::panicking() {
            served.unwrap().unwrap();
        }
    }
}
