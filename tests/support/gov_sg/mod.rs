//! postman.gov.sg as its notes have it, on a free loopback port, with every trap in them: ids as texts and as numbers, contacts
//! that are null or absent, answers to keys that set a cookie, a session that becomes another with its first use, refusals as
//! JSON, plain text and pages. It remembers each request, and answers any of them otherwise where a test says so. It runs in a
//! thread with a runtime of its own.

#![allow(dead_code, clippy::unwrap_used, reason = "test support: each test binary uses its own part")]

mod answers;
mod keys;
mod sessions;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use chrono::{DateTime, TimeDelta, Utc};
use keydeck::client::postman_gov_sg::GovSgService;
use keydeck::domain::secret::Secret;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

/// Who logs in, in the tests: the name in her keys has six letters, as that of a made-up one has.
pub const ALICE: &str = "ali.ce-1@agency.gov.sg";

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
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Canned {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
}

impl Canned {
    pub fn json(status: u16, body: &Value) -> Self {
        let headers = vec![("content-type", "application/json; charset=utf-8".to_owned())];
        Self { status, headers, body: body.to_string() }
    }

    pub fn text(status: u16, body: &str) -> Self {
        Self { status, headers: vec![("content-type", "text/plain; charset=utf-8".to_owned())], body: body.to_owned() }
    }

    pub fn html(status: u16) -> Self {
        let headers = vec![("content-type", "text/html; charset=utf-8".to_owned())];
        Self { status, headers, body: "<!DOCTYPE html>\n<html><pre>Cannot do that</pre></html>".to_owned() }
    }

    fn refusal(status: u16, code: &str, message: &str) -> Self {
        Self::json(status, &json!({"code": code, "message": message}))
    }

    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// A key that is stored.
#[derive(Clone, Debug)]
pub struct Stored {
    pub id: u64,
    pub owner: String,
    pub label: String,
    /// What the real service does not keep.
    pub value: String,
    pub valid_until: DateTime<Utc>,
    /// None: null.
    pub contacts: Option<Vec<String>>,
}

/// A one-time password that was sent.
#[derive(Clone, Debug)]
pub struct Password {
    pub email: String,
    pub text: String,
    pub wrong: u32,
    pub sent: Instant,
}

/// A session that is open.
#[derive(Clone, Debug)]
pub struct Session {
    /// What stands in the cookie, not yet encoded.
    pub id: String,
    pub email: String,
    /// Whether it was used for something that needs it.
    pub used: bool,
    /// Whether it came with an answer to a key.
    pub of_a_key: bool,
}

/// What there is.
pub struct Service {
    pub asked: Vec<Asked>,
    /// Answers to the next requests whose line begins so, which then do nothing.
    pub canned: VecDeque<(&'static str, Canned)>,
    /// The same of requests that are carried out first: what was answered is lost.
    pub lost: VecDeque<(&'static str, Canned)>,
    pub keys: Vec<Stored>,
    pub passwords: Vec<Password>,
    pub sessions: Vec<Session>,
    /// How long has to pass between two passwords.
    pub pause: Duration,
    /// Whether ids are numbers.
    pub numbers: bool,
    /// Whether the server sees TLS, and gives cookies.
    pub tls: bool,
    /// How far its clock is ahead of this machine's.
    pub ahead: TimeDelta,
    /// Whether a session becomes another with its first use.
    pub changes: bool,
    count: u64,
}

impl Service {
    fn new() -> Self {
        Self {
            asked: Vec::new(),
            canned: VecDeque::new(),
            lost: VecDeque::new(),
            keys: Vec::new(),
            passwords: Vec::new(),
            sessions: Vec::new(),
            pause: Duration::from_secs(30),
            numbers: false,
            tls: true,
            ahead: TimeDelta::zero(),
            changes: true,
            count: 0,
        }
    }

    pub fn now(&self) -> DateTime<Utc> {
        Utc::now() + self.ahead
    }

    /// A text of this length in the letters of base 64, another each time.
    fn random(&mut self, length: usize, letters: &[u8]) -> String {
        self.count += 1;
        let mut state = self.count.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x51ed_270b_4f2d_1a35;
        (0..length)
            .map(|_| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                char::from(letters[usize::try_from(state >> 33).unwrap() % letters.len()])
            })
            .collect()
    }

    /// Makes a key as if its owner had done so at this moment.
    pub fn make(&mut self, owner: &str, label: &str, contacts: Option<&[&str]>, made: DateTime<Utc>) -> Stored {
        const BASE_64: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let name: String = owner.split('@').next().unwrap().chars().filter(char::is_ascii_alphanumeric).collect();
        let value = format!("{name}_v1_{}", self.random(44, BASE_64));
        // beyond what a double holds
        let id = 9_007_199_254_740_993 + self.count;
        let key = Stored {
            id,
            owner: owner.to_owned(),
            label: label.to_owned(),
            value,
            valid_until: made.checked_add_months(chrono::Months::new(6)).unwrap(),
            contacts: contacts.map(|all| all.iter().map(|one| (*one).to_owned()).collect()),
        };
        self.keys.insert(0, key.clone());
        key
    }

    /// The password that was sent last to somebody: their mail.
    pub fn mailed(&self, email: &str) -> String {
        let sent = self.passwords.iter().rev().find(|password| password.email == email);
        sent.unwrap_or_else(|| panic!("nothing was sent to {email}")).text.clone()
    }

    /// Ends every session, as after a day.
    pub fn end_sessions(&mut self) {
        self.sessions.clear();
    }

    pub fn labels(&self) -> Vec<&str> {
        self.keys.iter().map(|key| key.label.as_str()).collect()
    }
}

/// A running server.
pub struct GovSg {
    /// `http://localhost:PORT/v1`.
    pub url: String,
    service: Arc<Mutex<Service>>,
    stop: CancellationToken,
    thread: Option<JoinHandle<()>>,
}

impl GovSg {
    /// A server without a key.
    pub fn start() -> Self {
        let service = Arc::new(Mutex::new(Service::new()));
        let (stop, (tell, told)) = (CancellationToken::new(), mpsc::channel());
        let (state, stopped) = (Arc::clone(&service), stop.clone());
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
                tell.send(listener.local_addr().unwrap()).unwrap();
                let app = Router::new().fallback(answer).with_state(state);
                axum::serve(listener, app).with_graceful_shutdown(stopped.cancelled_owned()).await.unwrap();
            });
        });
        let port = told.recv().unwrap().port();
        Self { url: format!("http://localhost:{port}/v1"), service, stop, thread: Some(thread) }
    }

    /// What there is, to be looked at and changed.
    pub fn service(&self) -> MutexGuard<'_, Service> {
        self.service.lock().unwrap()
    }

    /// Answers the next request whose line begins so in another way, and does nothing.
    pub fn next(&self, line: &'static str, canned: Canned) {
        self.service().canned.push_back((line, canned));
    }

    /// Does what the next request whose line begins so asks, and answers this all the same.
    pub fn lose(&self, line: &'static str, canned: Canned) {
        self.service().lost.push_back((line, canned));
    }

    /// What was asked so far, forgotten by this.
    pub fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut self.service().asked)
    }

    /// The lines of what was asked so far, forgotten by this.
    pub fn lines(&self) -> Vec<String> {
        self.asked().iter().map(Asked::line).collect()
    }

    /// Opens a session of somebody, and gives what stands in its cookie.
    pub fn session(&self, email: &str) -> Secret {
        let mut service = self.service();
        let session = sessions::open(&mut service, email, false);
        service.sessions.last_mut().unwrap().used = true;
        Secret::new(sessions::encoded(&session))
    }

    /// A client in a session of Alice's.
    pub fn client(&self) -> GovSgService {
        self.client_in(self.session(ALICE))
    }

    /// A client in this session; in none, where that is empty.
    pub fn client_in(&self, session: Secret) -> GovSgService {
        GovSgService::trusting(&self.url, session, super::limits(), Vec::new()).unwrap()
    }

    /// Whether a key is accepted.
    pub fn accepts(&self, value: &str) -> bool {
        let service = self.service();
        service.keys.iter().any(|key| key.value == value && key.valid_until > service.now())
    }
}

impl Drop for GovSg {
    fn drop(&mut self) {
        self.stop.cancel();
        // whoever keeps a connection open keeps the thread: it ends with the process
        drop(self.thread.take());
    }
}

async fn answer(State(service): State<Arc<Mutex<Service>>>, request: Request) -> Response {
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
    let mut service = service.lock().unwrap();
    service.asked.push(asked.clone());
    let line = asked.line();
    let canned = service.canned.iter().position(|(begins, _)| line.starts_with(begins));
    let mut canned = match canned.and_then(|at| service.canned.remove(at)) {
        Some((_, canned)) => canned,
        None => answers::answer(&mut service, &asked),
    };
    if let Some(at) = service.lost.iter().position(|(begins, _)| line.starts_with(begins)) {
        canned = service.lost.remove(at).unwrap().1;
    }
    let date = service.now().format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let mut response =
        Response::builder().status(canned.status).header("date", date).header("cache-control", "no-cache");
    for (name, value) in canned.headers.drain(..) {
        response = response.header(name, value);
    }
    response.body(Body::from(canned.body)).unwrap()
}
