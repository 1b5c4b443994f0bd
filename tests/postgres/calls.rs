//! Plain calls to one of several servers.

use keydeck::domain::secret::Secret;
use reqwest::{Client, Method};
use serde_json::Value;

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub remaining: Option<u32>,
    pub body: Value,
}

impl Answer {
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{:.500}", self.body.to_string());
        self.body
    }
}

pub fn client() -> Client {
    // several tests of one process install it; all install the same
    let _installed_before = rustls::crypto::ring::default_provider().install_default();
    Client::new()
}

/// A call to the server at `url`, with an idempotency key or without.
pub async fn call(
    url: &str,
    key: &Secret,
    method: Method,
    path: &str,
    body: Option<&Value>,
    once: Option<&str>,
) -> Answer {
    let mut request = client().request(method, format!("{url}{path}")).header("X-Api-Key", key.expose());
    if let Some(once) = once {
        request = request.header("Idempotency-Key", once);
    }
    if let Some(body) = body {
        request = request.json(body);
    }
    let answer = request.send().await.unwrap();
    let remaining = answer.headers().get("ratelimit-remaining").and_then(|value| value.to_str().ok()?.parse().ok());
    let status = answer.status().as_u16();
    let text = answer.text().await.unwrap();
    let body = if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap() };
    Answer { status, remaining, body }
}

pub async fn get(url: &str, key: &Secret, path: &str) -> Answer {
    call(url, key, Method::GET, path, None, None).await
}

pub async fn post(url: &str, key: &Secret, path: &str, body: Value) -> Answer {
    call(url, key, Method::POST, path, Some(&body), None).await
}

pub async fn patch(url: &str, key: &Secret, path: &str, body: Value) -> Answer {
    call(url, key, Method::PATCH, path, Some(&body), None).await
}
