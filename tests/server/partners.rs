//! The two that find secrets elsewhere: GitHub's alerts, signed, and GitLab's token revocation client.

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
    let path = server.database.strip_prefix("sqlite:").unwrap();
    ["", "-wal"].iter().any(|suffix| {
        let bytes = std::fs::read(format!("{path}{suffix}")).unwrap_or_default();
        bytes.windows(value.expose().len()).any(|part| part == value.expose().as_bytes())
    })
}

/// Whose value it is not.
fn nobodys() -> Secret {
    mint(KeyKind::ApiKey, getrandom::fill).unwrap()
}

#[tokio::test]
async fn what_github_found_is_recorded_and_it_is_told_what_is_a_key() {
    let github = GitHub::new().await;
    let server = &github.server;
    let (id, value) = server.make_key(&server.keys.user, "ci").await;
    let (other, noise) = (nobodys(), "AKIAIOSFODNN7EXAMPLE");
    let body = json!([alert(value.expose(), LINK), alert(noise, ""), alert(other.expose(), LINK)]).to_string();
    let told = github.sends(&body).await.expect(200);
    let verdict = |value: &str, label: &str| json!({ "token_hash": key_value::fingerprint(value), "token_type": "keydeck_api_key", "label": label });
    let labels = [(value.expose(), "true_positive"), (noise, "false_positive"), (other.expose(), "false_positive")];
    assert_eq!(told, Value::from(labels.map(|(value, label)| verdict(value, label)).to_vec()));
    let found = findings(server).await;
    assert_eq!(found.len(), 1, "only what is a key's");
    let one = &found[0];
    assert_eq!(
        (&one["apiKeyId"], &one["source"], &one["workspaceId"]),
        (&json!(id), &json!("github"), &json!("github"))
    );
    assert_eq!(
        (&one["url"], &one["secretType"], &one["occurrences"]),
        (&json!(LINK), &json!("keydeck API Key"), &json!(1))
    );
    assert_eq!(key(server, &id).await["status"], "enabled", "the setting does not say so");
    let logs = server.get(&server.keys.admin, "/audit/logs?action=detected_secret.report").await.expect(200);
    assert_eq!(logs["trails"][0]["data"]["actor"]["name"], "GitHub secret scanning");
    assert_eq!(logs["trails"][0]["ip"], "127.0.0.1");
    assert!(!holds(server, &value) && !holds(server, &other));
}

#[tokio::test]
async fn it_is_revoked_where_the_setting_says_so_and_a_superadmins_too_since_the_value_is_in_hand() {
    let github = GitHub::new().await;
    let server = &github.server;
    revoke_exposed(server).await;
    let (user, of_user) = server.make_key(&server.keys.user, "ci").await;
    let (root, of_root) = server.make_key(&server.keys.superadmin, "root's second").await;
    let (shared, of_shared) = collection_key(server).await;
    let body = json!([alert(of_user.expose(), LINK), alert(of_root.expose(), LINK), alert(of_shared.expose(), LINK)]);
    github.sends(&body.to_string()).await.expect(200);
    for id in [&user, &root] {
        let key = key(server, id).await;
        assert_eq!((&key["status"], &key["revocation"]), (&json!("revoked"), &json!("exposed")));
    }
    let found = findings(server).await;
    let of_kind = |kind: &str| found.iter().filter(|found| found["secretType"] == kind).collect::<Vec<_>>();
    assert!(of_kind("keydeck API Key").iter().all(|found| found["resolution"] == "REVOKED"));
    assert_eq!(of_kind("keydeck Collection Access Key")[0]["resolution"], "ACTIVE", "{shared}");
    let logs = server.get(&server.keys.admin, "/audit/logs?action=api_key.revoke").await.expect(200);
    assert_eq!(logs["trails"][0]["data"]["variables"]["reportedBy"]["name"], "GitHub secret scanning");
    // the last one that a superadmin has is spared, and the finding stands there for somebody to see
    let last = server.id_of(&server.keys.superadmin).await;
    github.sends(&json!([alert(server.keys.superadmin.expose(), LINK)]).to_string()).await.expect(200);
    assert_eq!(key(server, &last).await["status"], "enabled");
    assert!(
        findings(server).await.iter().any(|found| found["apiKeyId"] == json!(last) && found["resolution"] == "ACTIVE")
    );
}

#[tokio::test]
async fn what_github_did_not_sign_is_refused_and_does_nothing() {
    let github = GitHub::new().await;
    let server = &github.server;
    revoke_exposed(server).await;
    let (id, value) = server.make_key(&server.keys.user, "ci").await;
    let before = entries(server).await;
    let body = json!([alert(value.expose(), LINK)]).to_string();
    let (sign, other) = (
        |pair: &KeyPair, body: &str| STANDARD.encode(pair.sign(body.as_bytes()).unwrap()),
        KeyPair::generate().unwrap(),
    );
    let good = sign(&github.pair, &body);
    let (name, signature) = ("Github-Public-Key-Identifier", "Github-Public-Key-Signature");
    for headers in [
        vec![],
        vec![(name, "first")],
        vec![(signature, good.as_str())],
        vec![(name, "unknown"), (signature, good.as_str())],
        vec![(name, ""), (signature, good.as_str())],
        vec![(name, "first"), (signature, "")],
        vec![(name, "first"), (signature, "AAAA")],
        vec![(name, "first"), (signature, &sign(&other, &body))],
        vec![(name, "first"), (signature, &sign(&github.pair, "[]"))],
        vec![(name, "first"), (signature, good.as_str()), (signature, good.as_str())],
        vec![(name, "first"), (signature, good.as_str()), (name, "first")],
    ] {
        github.raw(&body, &headers).await.refused(401, "AuthenticationError", None);
    }
    // the bytes that were signed are what counts, not what they mean
    let spaced = body.replace(",", ", ");
    github.raw(&spaced, &[(name, "first"), (signature, &good)]).await.refused(401, "AuthenticationError", None);
    assert_eq!((entries(server).await, findings(server).await.len()), (before, 0));
    assert_eq!(key(server, &id).await["status"], "enabled");
    github.raw(&body, &[(name, "first"), (signature, &good)]).await.expect(200);
    assert_eq!(key(server, &id).await["status"], "revoked");
    for _ in 0..120 {
        let refused = client().post(format!("{}{GITHUB}", server.base_url)).send().await.unwrap().status();
        if refused == 429 {
            return;
        }
        assert_eq!(refused, 401);
    }
    panic!("an address may try as often as it likes");
}

#[tokio::test]
async fn what_is_sent_again_changes_nothing() {
    let github = GitHub::new().await;
    let server = &github.server;
    let (_, value) = server.make_key(&server.keys.user, "ci").await;
    let body = json!([alert(value.expose(), LINK), alert(value.expose(), LINK)]).to_string();
    let first = github.sends(&body).await.expect(200);
    let (before, found) = (entries(server).await, findings(server).await);
    assert_eq!(found[0]["occurrences"], 1);
    assert_eq!(github.sends(&body).await.expect(200), first);
    assert_eq!((entries(server).await, findings(server).await), (before, found));
    let elsewhere = json!([alert(value.expose(), "https://github.example/other")]).to_string();
    github.sends(&elsewhere).await.expect(200);
    assert_eq!(findings(server).await[0]["occurrences"], 2);
    // what was resolved stays so, and what is to be revoked by now is
    let one = findings(server).await[0]["secretId"].as_str().unwrap().to_owned();
    let resolved = json!({ "resolution": "FALSE_POSITIVE", "workspaceId": "github" });
    server
        .send(server.request(Method::PUT, &server.keys.admin, &format!("/detected-secrets/{one}")).json(&resolved))
        .await
        .expect(200);
    github.sends(&body).await.expect(200);
    assert_eq!(findings(server).await[0]["resolution"], "FALSE_POSITIVE");
}

#[tokio::test]
async fn the_keys_are_fetched_once_and_again_for_a_name_that_is_new() {
    let github = GitHub::new().await;
    assert_eq!(github.list.asked(), 0, "before anything is sent nobody is asked");
    for _ in 0..3 {
        github.sends("[]").await.expect(200);
    }
    assert_eq!(github.list.asked(), 1);
    let second = KeyPair::generate().unwrap();
    github.list.now(&[("first", &github.pair), ("second", &second)]);
    github.signed("[]", "second", &second).await.expect(200);
    github.sends("[]").await.expect(200);
    assert_eq!(github.list.asked(), 2);
    // a key that is not published any more is trusted no longer once that is known
    github.list.now(&[("second", &second)]);
    github.signed("[]", "third", &second).await.refused(401, "AuthenticationError", None);
    github.sends("[]").await.refused(401, "AuthenticationError", None);
    // names that are made up make no flood
    for at in 0..40 {
        github.signed("[]", &format!("made up {at}"), &second).await.refused(401, "AuthenticationError", None);
    }
    assert!(github.list.asked() <= 6, "{}", github.list.asked());
    github.signed("[]", "second", &second).await.expect(200);
}

#[tokio::test]
async fn while_the_keys_cannot_be_had_nothing_is_decided() {
    let github = GitHub::new().await;
    let server = &github.server;
    let (_, value) = server.make_key(&server.keys.user, "ci").await;
    let body = json!([alert(value.expose(), LINK)]).to_string();
    let list = github.list.keys.lock().unwrap().clone();
    // a redirect is followed nowhere
    for (status, told) in
        [(500, list.clone()), (302, list.clone()), (200, json!({})), (200, json!({ "public_keys": [] }))]
    {
        github.list.status.store(status, Ordering::SeqCst);
        *github.list.keys.lock().unwrap() = told;
        let answer = github.sends(&body).await;
        assert_eq!(answer.headers["retry-after"], "60");
        answer.refused(503, "serviceUnavailableError", None);
    }
    assert_eq!((findings(server).await.len(), github.list.asked()), (0, 4));
    github.list.status.store(200, Ordering::SeqCst);
    github.list.now(&[("first", &github.pair)]);
    github.sends(&body).await.expect(200);
    // what is known goes on being good, and of a new name nobody knows
    github.list.status.store(500, Ordering::SeqCst);
    github.sends(&body).await.expect(200);
    github.signed("[]", "second", &github.pair).await.refused(503, "serviceUnavailableError", None);
}

#[tokio::test]
async fn a_body_is_bounded_and_what_is_wrong_with_it_is_told_without_it() {
    let github = GitHub::new().await;
    let value = nobodys();
    for body in
        ["", "{}", "[{}]", "[1]", &format!("[{{\"token\":\"{}\"", value.expose()), "[{\"token\":1,\"type\":\"a\"}]"]
    {
        let refused = github.sends(body).await.refused(400, "malformedRequestError", Some("body"));
        assert!(!refused.to_string().contains(value.expose()));
    }
    github.sends(&" ".repeat(1024 * 1024 + 1)).await.refused(413, "requestTooLargeError", Some("body"));
    let many = |count: usize| Value::from(vec![json!({ "token": "x", "type": "t" }); count]).to_string();
    github.sends(&many(10_001)).await.refused(400, "malformedRequestError", Some("body"));
    assert_eq!(github.sends(&many(10_000)).await.expect(200).as_array().unwrap().len(), 10_000);
}

/// A server for GitLab.
async fn gitlab() -> TestServer {
    let partners = PartnerSettings { github: None, gitlab: Some(Arc::new(Secret::new(AGREED.to_owned()))) };
    TestServer::start_with(ServerSettings { partners, rate_limit: 100, ..ServerSettings::default() }).await
}

async fn asks(server: &TestServer, method: Method, path: &str, secret: Option<&str>, body: Option<Value>) -> Answer {
    let mut request = client().request(method, format!("{}{path}", server.base_url));
    if let Some(secret) = secret {
        request = request.header("Authorization", secret);
    }
    if let Some(body) = body {
        request = request.json(&body);
    }
    send(server, request).await
}

fn token(value: &Secret, location: &str) -> Value {
    json!({
        "type": "gitleaks_rule_id_keydeck-api-key",
        "token": value.expose(),
        "location": location,
        "vulnerability": null,
    })
}

#[tokio::test]
async fn gitlab_is_told_the_types_and_what_it_sends_is_taken_once() {
    let server = gitlab().await;
    let types = asks(&server, Method::GET, TYPES, Some(AGREED), None).await.expect(200);
    let types = types["types"].as_array().unwrap().clone();
    let chapter = Chapter::named("partners").unwrap().markdown();
    let ids = chapter.lines().filter_map(|line| line.strip_prefix("id = \"")?.strip_suffix('"'));
    let of_rules: Vec<Value> = ids.map(|id| json!(format!("gitleaks_rule_id_{id}"))).collect();
    assert_eq!(types, of_rules, "the rules in the manual and the types that GitLab makes of them");
    let (id, value) = server.make_key(&server.keys.user, "ci").await;
    revoke_exposed(&server).await;
    let location = format!("https://ana:hunter2@gitlab.example/acme/infra?token={}", value.expose());
    let body = json!([token(&value, &location), token(&nobodys(), LINK)]);
    asks(&server, Method::POST, REVOCATIONS, Some(AGREED), Some(body.clone())).await.expect(204);
    assert_eq!(key(&server, &id).await["revocation"], "exposed");
    let (found, before) = (findings(&server).await, entries(&server).await);
    assert_eq!((found.len(), &found[0]["source"]), (1, &json!("gitlab")));
    let url = found[0]["url"].as_str().unwrap();
    assert!(url.starts_with("https://gitlab.example/acme/infra?token=kdk_"), "{url}");
    assert!(!holds(&server, &value));
    asks(&server, Method::POST, REVOCATIONS, Some(&format!("bearer {AGREED}")), Some(body)).await.expect(204);
    assert_eq!((findings(&server).await, entries(&server).await), (found, before));
    let logs = server.get(&server.keys.admin, "/audit/logs?action=detected_secret.report").await.expect(200);
    assert_eq!(logs["trails"][0]["data"]["actor"]["name"], "GitLab secret detection");
}

#[tokio::test]
async fn a_kind_that_is_not_served_is_refused_with_all_that_was_sent() {
    let server = gitlab().await;
    let (_, value) = server.make_key(&server.keys.user, "ci").await;
    let other = json!({ "type": "gitleaks_rule_id_aws", "token": "x", "location": "" });
    let body = json!([token(&value, LINK), other]);
    let refused = asks(&server, Method::POST, REVOCATIONS, Some(AGREED), Some(body)).await;
    refused.refused(400, "malformedRequestError", Some("[1].type"));
    assert_eq!(findings(&server).await.len(), 0);
}

#[tokio::test]
async fn who_has_not_the_secret_is_not_let_in() {
    let server = gitlab().await;
    let (_, value) = server.make_key(&server.keys.user, "ci").await;
    let body = json!([token(&value, LINK)]);
    let before = entries(&server).await;
    for secret in [
        None,
        Some(""),
        Some("Bearer"),
        Some("Bearer "),
        Some(&AGREED[1..]),
        Some("agreed-with-gitlab-and-nobody-elsX"),
        Some(server.keys.admin.expose()),
    ] {
        for (method, path, body) in [(Method::GET, TYPES, None), (Method::POST, REVOCATIONS, Some(body.clone()))] {
            asks(&server, method, path, secret, body).await.refused(401, "AuthenticationError", None);
        }
    }
    // a key of the team's own, however it is sent, is no such secret either
    let request = server.request(Method::GET, &server.keys.admin, TYPES);
    send(&server, request).await.refused(401, "AuthenticationError", None);
    assert_eq!((entries(&server).await, findings(&server).await.len()), (before, 0));
    asks(&server, Method::PUT, TYPES, Some(AGREED), None).await.refused(405, "requestNotFoundError", None);
}

#[tokio::test]
async fn gitlab_may_not_ask_without_end() {
    let server = gitlab().await;
    for _ in 0..100 {
        asks(&server, Method::GET, TYPES, Some(AGREED), None).await.expect(200);
    }
    let limited = asks(&server, Method::GET, TYPES, Some(AGREED), None).await;
    assert!(limited.headers.contains_key("retry-after"));
    limited.refused(429, "rateLimited", None);
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
