//! The public Postman API as its notes have it, on a free loopback port: every field that may be missing is missing somewhere,
//! numbers come as 3 and 3.0, moments as empty texts, ids and cursors with `=`. It remembers each request, and answers any of
//! them otherwise where a test says so. It runs in a thread with a runtime of its own; dropping it stops it.

#![allow(dead_code, clippy::unwrap_used, reason = "test support: each test binary uses its own part")]

mod answers;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, mpsc};
use std::thread::JoinHandle;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

/// One request as it arrived.
#[derive(Clone, Debug)]
pub struct Asked {
    pub method: String,
    /// As it was sent, percent-encoding and all.
    pub path: String,
    /// The same of the query; empty where there was none.
    pub query: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Asked {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
    }

    /// Method, path and query in one line.
    pub fn line(&self) -> String {
        let query = if self.query.is_empty() { String::new() } else { format!("?{}", self.query) };
        format!("{} {}{query}", self.method, self.path)
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The value of a parameter of the query, decoded.
    fn parameter(&self, name: &str) -> Option<String> {
        let pairs = self.query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.into_iter().find(|(key, _)| *key == name).map(|(_, value)| decoded(value))
    }
}

/// An answer that a test wants instead of the usual one.
#[derive(Clone, Debug)]
pub struct Canned {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
}

impl Canned {
    pub fn json(status: u16, body: &Value) -> Self {
        let headers = vec![("content-type", "application/json".to_owned())];
        Self { status, headers, body: body.to_string() }
    }

    pub fn text(status: u16, body: &str) -> Self {
        Self { status, headers: Vec::new(), body: body.to_owned() }
    }

    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// What there is.
pub struct Team {
    pub asked: Vec<Asked>,
    /// Answers to the next requests whose line begins so.
    pub canned: VecDeque<(&'static str, Canned)>,
    /// Header lines of every usual answer.
    pub headers: Vec<(&'static str, String)>,
    /// API keys that are accepted, each with the answer of `GET /me`.
    pub accepted: Vec<(String, Value)>,
    /// Collection access keys that are accepted.
    pub tokens: Vec<String>,
    /// Rows of `GET /collection-access-keys`.
    pub keys: Vec<Value>,
    /// `GET /users`; none: this user may not.
    pub users: Option<Vec<Value>>,
    pub types: Vec<Value>,
    /// Rows of the search; none: the plan has no such thing.
    pub findings: Option<Vec<Value>>,
    /// Places by secret and workspace.
    pub places: Vec<(String, String, Value)>,
    /// Entries of the audit log; none: the plan has no such thing.
    pub trails: Option<Vec<Value>>,
    /// Environments by their UIDs: the variables of each, in their order.
    pub environments: Vec<(String, Vec<Value>)>,
    /// Rows of a page.
    pub page: usize,
}

/// A running server.
pub struct Postman {
    /// `http://127.0.0.1:PORT`.
    pub url: String,
    /// The API key that it accepts as Ada's.
    pub key: String,
    team: Arc<Mutex<Team>>,
    stop: CancellationToken,
    thread: Option<JoinHandle<()>>,
}

/// An API key in Postman's form, another for each `seed`.
pub fn api_key(seed: u8) -> String {
    format!("{}{:024x}-{:034x}", ["PMA", "K-"].concat(), 0xa11 + u32::from(seed), 0xb22 + u32::from(seed))
}

/// A collection access key in Postman's form.
pub fn token(last: &str) -> String {
    format!("{}{:0<22}{last}", ["PMA", "T-"].concat(), "01JAB")
}

/// The answer of `GET /me` for somebody.
pub fn me(id: u32, name: &str) -> Value {
    json!({
        "user": {"id": f64::from(id), "sub": "s", "username": name.to_lowercase(), "fullName": name, "avatar": null,
                 "email": format!("{}@team.example", name.to_lowercase()), "teamId": 4.0, "teamName": "Pets",
                 "roles": ["user", "flow-editor"]},
        "operations": [{"name": "api_usage", "limit": 10000.0, "usage": 8123, "overage": 0.0},
                       {"name": "mock_usage", "limit": 99_999_999, "usage": 3.0}],
    })
}

impl Postman {
    /// A team of three people with what [`answers::team`] has.
    pub fn start() -> Self {
        let key = api_key(0);
        let team = Arc::new(Mutex::new(answers::team(&key)));
        let (stop, (tell, told)) = (CancellationToken::new(), mpsc::channel());
        let (state, stopped) = (Arc::clone(&team), stop.clone());
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
                tell.send(listener.local_addr().unwrap()).unwrap();
                let app = Router::new().fallback(answer).with_state(state);
                axum::serve(listener, app).with_graceful_shutdown(stopped.cancelled_owned()).await.unwrap();
            });
        });
        let address = told.recv().unwrap();
        Self { url: format!("http://{address}"), key, team, stop, thread: Some(thread) }
    }

    /// What there is, to be looked at and changed.
    pub fn team(&self) -> MutexGuard<'_, Team> {
        self.team.lock().unwrap()
    }

    /// Answers the next request whose line begins so in another way.
    pub fn next(&self, line: &'static str, canned: Canned) {
        self.team().canned.push_back((line, canned));
    }

    /// What was asked so far, forgotten by this.
    pub fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut self.team().asked)
    }

    /// The lines of what was asked so far, forgotten by this.
    pub fn lines(&self) -> Vec<String> {
        self.asked().iter().map(Asked::line).collect()
    }
}

impl Drop for Postman {
    fn drop(&mut self) {
        self.stop.cancel();
        // whoever keeps a connection open keeps the thread: it ends with the process
        drop(self.thread.take());
    }
}

async fn answer(State(team): State<Arc<Mutex<Team>>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let header = |(name, value): (&axum::http::HeaderName, &axum::http::HeaderValue)| {
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    let asked = Asked {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers.iter().map(header).collect(),
        body: String::from_utf8(to_bytes(body, 1 << 20).await.unwrap().to_vec()).unwrap(),
    };
    let mut team = team.lock().unwrap();
    team.asked.push(asked.clone());
    let line = asked.line();
    let canned = team.canned.iter().position(|(begins, _)| line.starts_with(begins));
    let mut canned = if let Some((_, canned)) = canned.and_then(|at| team.canned.remove(at)) {
        canned
    } else {
        let usual = answers::answer(&mut team, &asked);
        team.headers.iter().fold(usual, |usual, (name, value)| usual.with(name, value.clone()))
    };
    let mut response = Response::builder().status(canned.status);
    for (name, value) in canned.headers.drain(..) {
        response = response.header(name, value);
    }
    response.body(Body::from(canned.body)).unwrap()
}

/// Text without its percent-encoding. A plus stays one.
fn decoded(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let Some((first, after)) = rest.split_first() {
        let hex = after.get(..2).filter(|_| *first == b'%').and_then(|hex| std::str::from_utf8(hex).ok());
        if let Some(byte) = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            bytes.push(byte);
            rest = &after[2..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8(bytes).unwrap()
}
