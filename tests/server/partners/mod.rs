//! The two that find secrets elsewhere: GitHub's alerts, signed, and GitLab's token revocation client.

mod github;
mod gitlab;

use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::http::StatusCode;
use axum::response::IntoResponse;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use keydeck::domain::key_value::{self, KeyKind, mint};
use keydeck::domain::secret::Secret;
use keydeck::domain::web_address::WebAddress;
use keydeck::manual::Chapter;
use keydeck::server::{self, PartnerSettings, Served, ServerSettings};
use rcgen::{KeyPair, SigningKey};
use reqwest::Method;
use serde_json::{Value, json};

use crate::contract;
use crate::http::{Answer, client};
use crate::support::TestServer;

const GITHUB: &str = "/partners/github";
const TYPES: &str = "/partners/gitlab/token-types";
const REVOCATIONS: &str = "/partners/gitlab/revocations";
const LINK: &str = "https://github.example/acme/infra/blob/0a1b2c/.env#L3";
const AGREED: &str = "agreed-with-gitlab-and-nobody-else";

/// Where GitHub's keys stand, and how often they were asked for.
struct KeyList {
    address: WebAddress,
    status: Arc<AtomicU32>,
    keys: Arc<Mutex<Value>>,
    asked: Arc<AtomicUsize>,
}

impl KeyList {
    async fn new(keys: &[(&str, &KeyPair)]) -> Self {
        let list = Arc::new(Mutex::new(Self::list(keys)));
        let (status, asked) = (Arc::new(AtomicU32::new(200)), Arc::new(AtomicUsize::new(0)));
        let told = (Arc::clone(&list), Arc::clone(&status), Arc::clone(&asked));
        let tell = move || {
            let (list, status, asked) = told.clone();
            async move {
                asked.fetch_add(1, Ordering::SeqCst);
                let status = u16::try_from(status.load(Ordering::SeqCst)).unwrap();
                let body = list.lock().unwrap().to_string();
                (StatusCode::from_u16(status).unwrap(), [("location", "/elsewhere")], body).into_response()
            }
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/keys", listener.local_addr().unwrap());
        let router = axum::Router::new().fallback(tell);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address: WebAddress::parse(&address).unwrap(), status, keys: list, asked }
    }

    fn list(keys: &[(&str, &KeyPair)]) -> Value {
        let keys: Vec<Value> = keys
            .iter()
            .map(|(name, pair)| json!({ "key_identifier": name, "key": pair.public_key_pem(), "is_current": true }))
            .collect();
        json!({ "public_keys": keys, "more": 1 })
    }

    fn now(&self, keys: &[(&str, &KeyPair)]) {
        *self.keys.lock().unwrap() = Self::list(keys);
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

/// A server that takes GitHub's alerts, and GitHub's key.
struct GitHub {
    server: TestServer,
    list: KeyList,
    pair: KeyPair,
}

impl GitHub {
    async fn new() -> Self {
        let pair = KeyPair::generate().unwrap();
        let list = KeyList::new(&[("first", &pair)]).await;
        let partners = PartnerSettings { github: Some(list.address.clone()), gitlab: None };
        let server = TestServer::start_with(ServerSettings { partners, ..ServerSettings::default() }).await;
        Self { server, list, pair }
    }

    /// Sends a body as GitHub does.
    async fn sends(&self, body: &str) -> Answer {
        self.signed(body, "first", &self.pair).await
    }

    async fn signed(&self, body: &str, name: &str, pair: &KeyPair) -> Answer {
        let signature = STANDARD.encode(pair.sign(body.as_bytes()).unwrap());
        self.raw(body, &[("Github-Public-Key-Identifier", name), ("Github-Public-Key-Signature", &signature)]).await
    }

    async fn raw(&self, body: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = client().post(format!("{}{GITHUB}", self.server.base_url)).body(body.to_owned());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        send(&self.server, request).await
    }
}

/// Sends a request and holds its answer to the contract that this very server tells.
async fn send(server: &TestServer, request: reqwest::RequestBuilder) -> Answer {
    let told = client().get(format!("{}/openapi.json", server.base_url)).send().await.unwrap();
    let told: Value = told.json().await.unwrap();
    let (client, request) = request.build_split();
    let request = request.unwrap();
    let (method, path) = (request.method().clone(), request.url().path().to_owned());
    let answer = client.execute(request).await.unwrap();
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    let text = answer.text().await.unwrap();
    let body = if text.is_empty() { Value::Null } else { serde_json::from_str(&text).expect("JSON, always") };
    contract::check_with(&told, &method, &path, status, &body);
    Answer { status, headers, body }
}

fn alert(token: &str, url: &str) -> Value {
    json!({ "token": token, "type": "keydeck_api_key", "url": url, "source": "content" })
}

async fn findings(server: &TestServer) -> Vec<Value> {
    let found = server.post(&server.keys.admin, "/detected-secrets-queries", json!({})).await.expect(200);
    found["data"].as_array().unwrap().clone()
}

async fn entries(server: &TestServer) -> i64 {
    server.number("SELECT COUNT(*) FROM audit_entries").await
}

async fn revoke_exposed(server: &TestServer) {
    server
        .sql("UPDATE api_key_settings SET body = REPLACE(body, '\"autoRevokeExposed\":false', '\"autoRevokeExposed\":true')")
        .await;
}

async fn key(server: &TestServer, id: &str) -> Value {
    server.get(&server.keys.admin, &format!("/api-keys/{id}")).await.expect(200)
}

async fn collection_key(server: &TestServer) -> (String, Secret) {
    let made =
        server.post(&server.keys.user, "/collection-access-keys", json!({ "collectionId": "1-a" })).await.expect(201);
    let id = made["collectionAccessKey"]["id"].to_string();
    (id, Secret::new(made["value"].as_str().unwrap().to_owned()))
}

/// Whether the database's files hold a value.
fn holds(server: &TestServer, value: &Secret) -> bool {
    crate::support::database::holds(&server.database, value.expose())
}

/// Whose value it is not.
fn nobodys() -> Secret {
    mint(KeyKind::ApiKey, getrandom::fill).unwrap()
}

#[tokio::test]
async fn who_is_not_configured_is_not_there() {
    let server = TestServer::start().await;
    for (method, path) in [(Method::POST, GITHUB), (Method::GET, TYPES), (Method::POST, REVOCATIONS)] {
        for (request, like) in [
            (client().request(method.clone(), format!("{}{path}", server.base_url)), "/no-such-thing"),
            (server.request(method.clone(), &server.keys.admin, path), "/no-such-thing"),
        ] {
            let (client, request) = request.build_split();
            let mut other = request.unwrap();
            let asked = other.try_clone().unwrap();
            other.url_mut().set_path(like);
            let (there, not) = (client.execute(asked).await.unwrap(), client.execute(other).await.unwrap());
            assert_eq!(there.status(), not.status());
            assert_eq!(there.text().await.unwrap(), not.text().await.unwrap());
        }
    }
    let paths = |served: Served| {
        let told = serde_json::to_value(server::contract(served)).unwrap();
        [GITHUB, TYPES, REVOCATIONS].map(|path| told["paths"].get(path).is_some())
    };
    assert_eq!(paths(Served::default()), [false; 3]);
    assert_eq!(paths(Served { github: true, gitlab: false }), [true, false, false]);
    assert_eq!(paths(Served { github: false, gitlab: true }), [false, true, true]);
}
