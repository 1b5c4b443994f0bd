//! What a key may do on the API: `access`, on every way it is given and asked for.

use keydeck::domain::key_value::fingerprint;
use keydeck::domain::secret::Secret;
use reqwest::Method;
use serde_json::{Value, json};

use crate::http::minted;
use crate::support::TestServer;

impl TestServer {
    /// A key with this access, made by its owner's key.
    async fn made_with(&self, owner: &Secret, access: &str) -> (String, Secret) {
        let made = self.post(owner, "/api-keys", json!({ "name": access, "access": access })).await.expect(201);
        assert_eq!(made["apiKey"]["access"], access);
        let value = Secret::new(made["value"].as_str().unwrap().to_owned());
        (made["apiKey"]["id"].as_str().unwrap().to_owned(), value)
    }
}

#[tokio::test]
async fn a_key_without_access_says_who_it_is_deletes_itself_and_nothing_else() {
    let server = TestServer::start().await;
    let owner = &server.keys.user;
    let ((id, none), (other, _)) = (server.made_with(owner, "none").await, server.made_with(owner, "none").await);
    let me = server.get(&none, "/me").await.expect(200);
    assert_eq!((&me["apiKey"]["id"], &me["apiKey"]["access"]), (&json!(id), &json!("none")));
    for path in [format!("/api-keys/{id}"), "/api-keys".to_owned(), "/users/3".to_owned()] {
        let error = server.get(&none, &path).await.refused(403, "forbiddenError", None);
        assert_eq!(error["details"]["reason"], "access", "{path}");
        assert!(error["message"].as_str().unwrap().contains("access is none"), "{error}");
    }
    server.delete(&none, &format!("/api-keys/{other}")).await.refused(403, "forbiddenError", None);
    let revoke = server.post(&none, "/api-key-revocations", json!({ "ids": [id] })).await;
    revoke.refused(403, "forbiddenError", None);
    server.delete(&none, &format!("/api-keys/{id}")).await.expect(204);
    // accepted no more is another answer than allowed no more
    server.get(&none, "/me").await.refused(401, "AuthenticationError", None);
    let still = server.get(owner, &format!("/api-keys/{other}")).await.expect(200);
    assert_eq!(still["status"], "enabled");
}

#[tokio::test]
async fn a_key_that_reads_asks_whatever_its_owner_may_ask() {
    let server = TestServer::start().await;
    let (id, read) = server.made_with(&server.keys.admin, "read").await;
    assert_eq!(server.get(&read, "/me").await.expect(200)["apiKey"]["access"], "read");
    server.get(&read, "/api-keys?scope=team").await.expect(200);
    server.post(&read, "/api-key-lookups", json!({ "ids": [id] })).await.expect(200);
    let error = server.post(&read, "/api-keys", json!({ "name": "more" })).await.refused(403, "forbiddenError", None);
    assert!(error["message"].as_str().unwrap().contains("access is read"), "{error}");
    // whoever may do more may do this too
    server.delete(&read, &format!("/api-keys/{id}")).await.expect(204);
}

#[tokio::test]
async fn what_no_access_lets_through_is_not_answered_from_the_record_either() {
    let server = TestServer::start().await;
    let owner = &server.keys.user;
    let (_, read) = server.made_with(owner, "read").await;
    let (_, hash, masked) = minted();
    let body = json!({ "name": "once", "secretHash": hash, "maskedValue": masked });
    let send = async |key: &Secret| {
        let request = server.request(Method::POST, key, "/api-keys").header("Idempotency-Key", "again").json(&body);
        server.send(request).await
    };
    let first = send(owner).await.expect(201);
    assert_eq!(send(owner).await.expect(201), first);
    send(&read).await.refused(403, "forbiddenError", None);
}

#[tokio::test]
async fn access_is_only_narrowed_and_each_time_on_the_record() {
    let server = TestServer::start().await;
    let owner = &server.keys.user;
    let (id, value) = server.make_key(owner, "narrowed").await;
    let path = format!("/api-keys/{id}");
    let narrow = async |access: Value| server.patch(owner, &path, json!({ "access": access })).await;
    narrow(json!("some")).await.refused(400, "malformedRequestError", Some("access"));
    assert_eq!(narrow(json!("read")).await.expect(200)["access"], "read");
    narrow(json!("full")).await.refused(400, "malformedRequestError", Some("access"));
    server.patch(&value, &path, json!({ "access": "none" })).await.refused(403, "forbiddenError", None);
    let before = server.changes().await;
    narrow(json!("read")).await.expect(200);
    assert_eq!(server.changes().await, before, "nothing changed, nothing is told");
    assert_eq!(narrow(json!("none")).await.expect(200)["access"], "none");
    let log =
        server.get(&server.keys.admin, &format!("/audit/logs?keyId={id}&action=api_key.access")).await.expect(200);
    let told: Vec<(&Value, &Value)> = log["trails"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| &entry["data"]["variables"])
        .map(|told| (&told["before"]["access"], &told["after"]["access"]))
        .collect();
    assert_eq!(told, [(&json!("read"), &json!("none")), (&json!("full"), &json!("read"))]);
}

#[tokio::test]
async fn narrowing_the_last_full_key_of_a_superadmin_is_a_lockout() {
    let server = TestServer::start().await;
    let owner = &server.keys.superadmin;
    let path = format!("/api-keys/{}", server.id_of(owner).await);
    // another key that cannot change anything does not keep the team open
    server.made_with(owner, "read").await;
    let answer = server.patch(owner, &path, json!({ "access": "read" })).await;
    assert_eq!(answer.refused(409, "conflictError", None)["details"]["reason"], "lockout");
    server.make_key(owner, "second").await;
    server.patch(owner, &path, json!({ "access": "read" })).await.expect(200);
}

#[tokio::test]
async fn a_successor_may_do_what_its_predecessor_may() {
    let server = TestServer::start().await;
    let owner = &server.keys.user;
    let (old, _) = server.made_with(owner, "none").await;
    let successor = json!({ "name": "successor", "rotatedFrom": old });
    let made = server.post(owner, "/api-keys", successor).await.expect(201);
    assert_eq!(made["apiKey"]["access"], "none");
    let wider = json!({ "name": "wider", "rotatedFrom": old, "access": "read" });
    assert_eq!(server.post(owner, "/api-keys", wider).await.expect(201)["apiKey"]["access"], "read");
    let told = server.get(owner, &format!("/api-keys/{old}")).await.expect(200);
    assert!(told["rotatedTo"].is_string(), "{told}");
    server.post(owner, &format!("/api-keys/{old}/regenerate"), json!({})).await.expect(200);
    assert_eq!(server.get(owner, &format!("/api-keys/{old}")).await.expect(200)["access"], "none");
}

#[tokio::test]
async fn a_verification_tells_the_access_and_minds_none() {
    let server = TestServer::start().await;
    for access in ["full", "read", "none"] {
        let (_, value) = server.made_with(&server.keys.user, access).await;
        let asked = json!({ "sha256": fingerprint(value.expose()) });
        let told = server.post(&server.keys.verifier, "/api-key-verifications", asked).await.expect(200);
        assert_eq!((&told["valid"], &told["access"]), (&json!(true), &json!(access)));
    }
}

#[tokio::test]
async fn a_key_tells_with_which_one_it_was_made() {
    let server = TestServer::start().await;
    let owner = &server.keys.user;
    let (first, with) = server.make_key(owner, "first").await;
    let (second, _) = server.make_key(&with, "second").await;
    let told = server.get(owner, &format!("/api-keys/{second}")).await.expect(200);
    assert_eq!(told["mintedWith"], first.as_str());
    let on_the_machine = server.id_of(owner).await;
    assert_eq!(server.get(owner, &format!("/api-keys/{on_the_machine}")).await.expect(200)["mintedWith"], Value::Null);
}
