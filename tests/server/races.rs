//! Two clients and one key: whoever comes second finds what the first left, and nothing in between.

use keydeck::domain::secret::Secret;
use reqwest::Method;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::http::minted;
use crate::support::TestServer;

#[tokio::test]
async fn a_change_and_a_revocation() {
    let server = TestServer::start().await;
    let (owner, admin) = (&server.keys.user, &server.keys.admin);
    for round in 0..20 {
        let (id, value) = server.make_key(owner, "contested").await;
        let path = format!("/api-keys/{id}");
        let before = server.changes().await;
        let (changed, revoked) = tokio::join!(
            server.patch(owner, &path, json!({ "name": "renamed" })),
            server.post(admin, "/api-key-revocations", json!({ "ids": [id] })),
        );
        assert_eq!(revoked.expect(200)["meta"]["revoked"], 1);
        let key = server.get(owner, &path).await.expect(200);
        assert_eq!(key["status"], "revoked", "round {round}");
        let (name, entries) = match changed.status {
            200 => ("renamed", 2),
            409 => ("contested", 1),
            other => panic!("{other}"),
        };
        assert_eq!(key["name"], name);
        assert_eq!(server.changes().await, before + entries);
        server.get(&value, "/me").await.refused(401, "AuthenticationError", None);
    }
}

/// A call whose key was found good, and whose body is waited for.
struct Asked {
    stream: TcpStream,
    body: &'static str,
}

async fn asked_on(server: &TestServer, key: &Secret, method: &str, path: &str, body: &'static str) -> Asked {
    let address = server.base_url.strip_prefix("http://").unwrap();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nX-Api-Key: {}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n",
        key.expose(),
        body.len()
    );
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut asked_on = [0; 25];
    stream.read_exact(&mut asked_on).await.unwrap();
    assert_eq!(&asked_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    Asked { stream, body }
}

impl Asked {
    /// Sends the body and gives the whole answer.
    async fn send_the_body(mut self) -> String {
        self.stream.write_all(self.body.as_bytes()).await.unwrap();
        let mut answer = String::new();
        self.stream.read_to_string(&mut answer).await.unwrap();
        answer
    }
}

/// The body is asked for once the role was found good; what the user may by the time it comes is decided then.
#[tokio::test]
async fn a_demotion_and_what_the_role_would_have_allowed() {
    let server = TestServer::start().await;
    let (id, value) = server.make_key(&server.keys.user, "theirs").await;
    let path = format!("/api-keys/{id}");
    let asked = asked_on(&server, &server.keys.admin, "PATCH", &path, r#"{"status":"disabled"}"#).await;
    server.patch(&server.keys.superadmin, "/users/2", json!({ "roles": ["user"] })).await.expect(200);
    let answer = asked.send_the_body().await;
    assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
    server.get(&value, "/me").await.expect(200);
}

#[tokio::test]
async fn two_new_values() {
    let server = TestServer::start().await;
    let owner = &server.keys.user;
    for _ in 0..10 {
        let (id, first) = server.make_key(owner, "contested").await;
        let (one, other) = tokio::join!(server.regenerate(owner, &id, 600), server.regenerate(owner, &id, 600));
        let mut good = 0;
        for value in [&first, &one, &other] {
            good += u32::from(server.get(value, "/me").await.status == 200);
        }
        assert_eq!(good, 2, "two values at most, and both that were told");
        server.get(&first, "/me").await.refused(401, "AuthenticationError", None);
        let present = format!("SELECT COUNT(*) FROM key_values WHERE key_id = '{id}' AND present = 1");
        assert_eq!(server.number(&present).await, 1);
    }
}

#[tokio::test]
async fn two_creations_with_one_idempotency_key() {
    let server = TestServer::start().await;
    let owner: &Secret = &server.keys.user;
    for round in 0..10 {
        let (_, hash, masked) = minted();
        let name = format!("once {round}");
        let asked = json!({ "name": name, "secretHash": hash, "maskedValue": masked });
        let post = || {
            let request = server.request(Method::POST, owner, "/api-keys").json(&asked);
            server.send(request.header("Idempotency-Key", name.as_str()))
        };
        let (one, other) = tokio::join!(post(), post());
        let mut statuses = [one.status, other.status];
        statuses.sort_unstable();
        assert!(matches!(statuses, [201, 201 | 409]), "{statuses:?}");
        if statuses == [201, 201] {
            assert_eq!(one.body, other.body);
        }
        assert_eq!(server.number(&format!("SELECT COUNT(*) FROM api_keys WHERE name = '{name}'")).await, 1);
    }
}

#[tokio::test]
async fn a_key_that_is_narrowed_and_what_it_would_have_been_allowed() {
    let server = TestServer::start().await;
    let (id, value) = server.make_key(&server.keys.user, "narrowed").await;
    let asked = asked_on(&server, &value, "POST", "/api-keys", r#"{"name":"late"}"#).await;
    server.patch(&server.keys.user, &format!("/api-keys/{id}"), json!({ "access": "read" })).await.expect(200);
    let answer = asked.send_the_body().await;
    assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
    assert_eq!(server.number("SELECT COUNT(*) FROM api_keys WHERE name = 'late'").await, 0);
}
