//! Stands between the program and a server, remembers what is asked, and answers some of it only once more was asked: what
//! goes together is seen to, without a clock.

#![allow(dead_code, clippy::unwrap_used, reason = "test support: each test binary uses its own part")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use tokio::sync::watch;

/// How long requests are waited for that should come together; only waited out where they do not.
const PATIENCE: Duration = Duration::from_secs(20);

/// A relay on a free port.
pub struct Relay {
    /// `http://127.0.0.1:PORT`.
    pub url: String,
    shared: Arc<Shared>,
}

struct Shared {
    to: String,
    client: reqwest::Client,
    lines: Mutex<Vec<String>>,
    /// How many requests have come.
    come: watch::Sender<usize>,
    /// The first so many are answered together.
    together: usize,
    /// Whether they came together.
    alone: Mutex<bool>,
}

impl Relay {
    /// To the server at `to`, which hears of none of the first `together` requests before all of them are there.
    pub fn start(to: &str, together: usize) -> Self {
        let _installed_before = rustls::crypto::ring::default_provider().install_default();
        let shared = Arc::new(Shared {
            to: to.to_owned(),
            client: reqwest::Client::builder().no_proxy().build().unwrap(),
            lines: Mutex::default(),
            come: watch::Sender::new(0),
            together,
            alone: Mutex::new(false),
        });
        let (tell, told) = std::sync::mpsc::channel();
        let state = Arc::clone(&shared);
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
                tell.send(listener.local_addr().unwrap()).unwrap();
                axum::serve(listener, Router::new().fallback(relay).with_state(state)).await.unwrap();
            });
        });
        Self { url: format!("http://{}", told.recv().unwrap()), shared }
    }

    /// Method and path of what was asked, in the order in which it came.
    pub fn lines(&self) -> Vec<String> {
        self.shared.lines.lock().unwrap().clone()
    }

    /// Whether one of those that should come together came alone.
    pub fn one_came_alone(&self) -> bool {
        *self.shared.alone.lock().unwrap()
    }
}

async fn relay(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let number = {
        let mut lines = shared.lines.lock().unwrap();
        lines.push(format!("{} {}", parts.method, parts.uri.path()));
        lines.len()
    };
    shared.come.send_modify(|come| *come = (*come).max(number));
    if number <= shared.together {
        let mut come = shared.come.subscribe();
        let all = come.wait_for(|come| *come >= shared.together);
        if tokio::time::timeout(PATIENCE, all).await.is_err() {
            *shared.alone.lock().unwrap() = true;
        }
    }
    let url = format!("{}{}", shared.to, parts.uri);
    let mut asked = shared.client.request(parts.method, url).body(to_bytes(body, 1 << 24).await.unwrap());
    for (name, value) in parts.headers.iter().filter(|(name, _)| !["host", "content-length"].contains(&name.as_str())) {
        asked = asked.header(name, value);
    }
    let answer = asked.send().await.unwrap();
    let mut response = Response::builder().status(answer.status());
    for (name, value) in answer.headers().iter().filter(|(name, _)| *name != "transfer-encoding") {
        response = response.header(name, value);
    }
    response.body(Body::from(answer.bytes().await.unwrap())).unwrap()
}
