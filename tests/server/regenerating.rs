//! `POST /api-keys/{id}/regenerate`, with the clock in hand.

use chrono::TimeDelta;
use keydeck::domain::key_value::{fingerprint, mask};
use keydeck::domain::secret::Secret;
use keydeck::server::ServerSettings;
use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};

use crate::hands::{later, shown, stopped_clock};
use crate::http::minted;
use crate::support::TestServer;

impl TestServer {
    /// Asks for a new value and answers it.
    pub async fn regenerate(&self, owner: &Secret, id: &str, overlap: u64) -> Secret {
        let path = format!("/api-keys/{id}/regenerate");
        let made = self.post(owner, &path, json!({ "overlapSeconds": overlap })).await.expect(200);
        Secret::new(made["value"].as_str().unwrap().to_owned())
    }

    async fn accepts(&self, value: &Secret) -> bool {
        self.get(value, "/me").await.status == 200
    }
}

#[tokio::test]
async fn the_old_value_works_until_the_overlap_ends() {
    let (server, hands) = stopped_clock(ServerSettings::default()).await;
    let owner = &server.keys.user;
    let (id, old) = server.make_key(owner, "renewed").await;
    let before = server.get(owner, &format!("/api-keys/{id}")).await.expect(200);
    hands.forward(TimeDelta::days(3));
    let path = format!("/api-keys/{id}/regenerate");
    let made = server.post(owner, &path, json!({ "overlapSeconds": 3600 })).await.expect(200);
    let new = Secret::new(made["value"].as_str().unwrap().to_owned());
    let key = &made["apiKey"];
    assert_eq!(key["id"], id.as_str());
    assert_eq!(key["createdAt"], before["createdAt"]);
    assert_eq!(key["valueCreatedAt"], later(&hands, TimeDelta::zero()));
    assert_eq!(key["secretHash"], fingerprint(new.expose()));
    assert_eq!(key["maskedValue"], mask(new.expose()));
    assert_eq!(server.get(owner, &format!("/api-keys/{id}")).await.expect(200), *key);
    let told = server.last_entry("api_key.regenerate").await;
    assert_eq!(told["before"], json!({ "valueCreatedAt": before["valueCreatedAt"], "expiresAt": null }));
    assert_eq!(told["after"]["overlapEndsAt"], later(&hands, TimeDelta::hours(1)));
    assert_eq!(told["after"]["mintedBy"], "server");
    hands.forward(TimeDelta::milliseconds(3_599_999));
    assert!(server.accepts(&old).await && server.accepts(&new).await);
    assert_eq!(server.id_of(&old).await, id, "either is the same key");
    hands.forward(TimeDelta::milliseconds(1));
    assert!(!server.accepts(&old).await);
    assert!(server.accepts(&new).await);
}

#[tokio::test]
async fn without_an_overlap_the_old_value_stops_at_once() {
    let server = TestServer::start().await;
    let owner = &server.keys.user;
    let (id, old) = server.make_key(owner, "leaked").await;
    let made = server.send(server.request(reqwest::Method::POST, owner, &format!("/api-keys/{id}/regenerate"))).await;
    let new = Secret::new(made.expect(200)["value"].as_str().unwrap().to_owned());
    assert!(!server.accepts(&old).await);
    assert!(server.accepts(&new).await);
}

/// What somebody could do with a value that leaked, and was replaced.
#[tokio::test]
async fn a_value_in_its_overlap_is_used_and_changes_nothing() {
    let server = TestServer::start().await;
    let owner = &server.keys.superadmin;
    let (id, old) = server.make_key(owner, "leaked").await;
    let new = server.regenerate(owner, &id, 604_800).await;
    let before = server.changes().await;
    let (_, hash, mask) = minted();
    for (method, path, body) in [
        (Method::POST, format!("/api-keys/{id}/regenerate"), json!({ "overlapSeconds": 604_800 })),
        (Method::POST, "/api-keys".to_owned(), json!({ "name": "stronger" })),
        (Method::POST, "/api-keys".to_owned(), json!({ "name": "mine", "secretHash": hash, "maskedValue": mask })),
        (Method::PATCH, format!("/api-keys/{id}"), json!({ "name": "renamed" })),
        (Method::DELETE, format!("/api-keys/{id}"), json!({})),
        (Method::POST, "/api-key-revocations".to_owned(), json!({ "ids": ["none"] })),
        (Method::POST, "/users".to_owned(), json!({ "name": "N", "email": "n@test.example", "roles": ["superadmin"] })),
        (Method::PUT, "/api-key-settings".to_owned(), json!({ "version": 1, "inactivityDays": 30 })),
        (Method::DELETE, format!("/api-keys/{}/overlap", server.id_of(owner).await), json!({})),
    ] {
        let answer = server.send(server.request(method, &old, &path).json(&body)).await;
        let error = answer.refused(403, "forbiddenError", None);
        assert!(error["message"].as_str().unwrap().contains("in its overlap"), "{path}: {error}");
    }
    assert_eq!(server.changes().await, before);
    server.get(&old, "/api-keys").await.expect(200);
    server.post(&old, "/api-key-lookups", json!({ "ids": [id] })).await.expect(200);
    server.post(&old, "/api-key-verifications", json!({ "sha256": fingerprint(old.expose()) })).await.expect(200);

    server.delete(&old, &format!("/api-keys/{id}/overlap")).await.expect(204);
    assert!(!server.accepts(&old).await && server.accepts(&new).await);
    let told = server.last_entry("api_key.expire").await;
    assert_eq!(told["apiKeyId"], id.as_str());
    assert!(told["before"]["overlapEndsAt"].as_str() > told["after"]["overlapEndsAt"].as_str());
    let before = server.changes().await;
    server.delete(&new, &format!("/api-keys/{id}/overlap")).await.expect(204);
    assert_eq!(server.changes().await, before, "there is none any more");
    server.patch(&new, &format!("/api-keys/{id}"), json!({ "name": "renamed" })).await.expect(200);
}

#[tokio::test]
async fn its_owner_or_an_admin_ends_an_overlap() {
    let server = TestServer::start().await;
    let (user, admin) = (&server.keys.user, &server.keys.admin);
    for by in [user, admin] {
        let (id, old) = server.make_key(user, "replaced").await;
        server.regenerate(user, &id, 3600).await;
        let path = format!("/api-keys/{id}/overlap");
        server.delete(&server.keys.colleague, &path).await.refused(404, "instanceNotFoundError", None);
        assert!(server.accepts(&old).await);
        let note = json!({ "note": "seen in a log" });
        server.send(server.request(Method::DELETE, by, &path).json(&note)).await.expect(204);
        assert!(!server.accepts(&old).await);
        assert_eq!(server.last_entry("api_key.expire").await["note"], "seen in a log");
        assert_eq!(server.get(user, &format!("/api-keys/{id}")).await.expect(200)["overlapEndsAt"], json!(null));
    }
}

#[tokio::test]
async fn there_are_two_values_at_most() {
    let server = TestServer::start().await;
    let owner = &server.keys.user;
    let (id, first) = server.make_key(owner, "twice").await;
    let second = server.regenerate(owner, &id, 604_800).await;
    let third = server.regenerate(owner, &id, 604_800).await;
    assert!(!server.accepts(&first).await);
    assert!(server.accepts(&second).await && server.accepts(&third).await);
    let hashes: Vec<String> = [&first, &second, &third].iter().map(|value| fingerprint(value.expose())).collect();
    let found = server.post(owner, "/api-key-lookups", json!({ "sha256": hashes })).await.expect(200);
    for (at, hash) in hashes.iter().enumerate() {
        assert_eq!(found["data"][at]["apiKey"]["id"], id.as_str(), "every fingerprint finds it: {hash}");
        assert_eq!(found["data"][at]["apiKey"]["secretHash"], hashes[2].as_str());
    }
    let listed = server.get(owner, "/api-keys").await.expect(200);
    assert_eq!(listed["meta"]["total"], 2, "one key, once");
    assert_eq!(listed["data"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn what_stops_a_key_stops_both_values() {
    let (server, hands) = stopped_clock(ServerSettings::default()).await;
    let (owner, admin) = (&server.keys.user, &server.keys.admin);
    let (id, old) = server.make_key(owner, "stopped").await;
    let new = server.regenerate(owner, &id, 604_800).await;
    let path = format!("/api-keys/{id}");
    server.patch(owner, &path, json!({ "status": "disabled" })).await.expect(200);
    assert!(!server.accepts(&old).await && !server.accepts(&new).await);
    server.patch(owner, &path, json!({ "status": "enabled" })).await.expect(200);
    assert!(server.accepts(&old).await && server.accepts(&new).await);
    server.patch(owner, &path, json!({ "expiresAt": later(&hands, TimeDelta::hours(1)) })).await.expect(200);
    hands.forward(TimeDelta::hours(1));
    assert!(!server.accepts(&old).await && !server.accepts(&new).await);

    let (id, old) = server.make_key(owner, "revoked").await;
    let new = server.regenerate(owner, &id, 604_800).await;
    server.post(admin, "/api-key-revocations", json!({ "ids": [id] })).await.expect(200);
    assert!(!server.accepts(&old).await && !server.accepts(&new).await);
}

#[tokio::test]
async fn an_overlap_never_outlives_the_key() {
    let (server, hands) = stopped_clock(ServerSettings::default()).await;
    let owner = &server.keys.user;
    let expires = later(&hands, TimeDelta::hours(2));
    let made = server.post(owner, "/api-keys", json!({ "name": "short", "expiresAt": expires })).await.expect(201);
    let id = made["apiKey"]["id"].as_str().unwrap().to_owned();
    server.regenerate(owner, &id, 604_800).await;
    assert_eq!(server.last_entry("api_key.regenerate").await["after"]["overlapEndsAt"], expires);
    let key = server.get(owner, &format!("/api-keys/{id}")).await.expect(200);
    assert_eq!(key["expiresAt"], expires, "one's own date stays");
}

#[tokio::test]
async fn the_teams_days_count_anew_unless_the_date_was_brought_forward() {
    let (server, hands) = stopped_clock(ServerSettings::default()).await;
    server.sql("UPDATE api_key_settings SET body = replace(body, '\"expiryDays\":null', '\"expiryDays\":30')").await;
    let owner = &server.keys.user;
    let (plain, _) = server.make_key(owner, "plain").await;
    let (dated, _) = server.make_key(owner, "dated").await;
    let brought = later(&hands, TimeDelta::days(20));
    server.patch(owner, &format!("/api-keys/{dated}"), json!({ "expiresAt": brought })).await.expect(200);
    hands.forward(TimeDelta::days(10));
    server.regenerate(owner, &plain, 0).await;
    server.regenerate(owner, &dated, 0).await;
    let expires = async |id: &str| server.get(owner, &format!("/api-keys/{id}")).await.expect(200)["expiresAt"].clone();
    assert_eq!(expires(&plain).await, later(&hands, TimeDelta::days(30)));
    assert_eq!(expires(&dated).await, brought);
}

#[tokio::test]
async fn a_client_mints_the_new_value_and_no_known_one() {
    let server = TestServer::start().await;
    let owner = &server.keys.user;
    let (id, old) = server.make_key(owner, "own value").await;
    let (value, hash, masked) = minted();
    let path = format!("/api-keys/{id}/regenerate");
    let made = server.post(owner, &path, json!({ "secretHash": hash, "maskedValue": masked })).await.expect(200);
    assert!(made.get("value").is_none());
    assert_eq!(made["apiKey"]["secretHash"], hash);
    assert_eq!(server.last_entry("api_key.regenerate").await["after"]["mintedBy"], "client");
    assert!(server.accepts(&value).await);
    let before = server.changes().await;
    // The present one, one that has stopped, and somebody else's.
    for known in [&value, &old, &server.keys.admin] {
        let asked = json!({ "secretHash": fingerprint(known.expose()), "maskedValue": mask(known.expose()) });
        let error = server.post(owner, &path, asked).await.refused(409, "conflictError", None);
        assert_eq!(error["details"], json!({ "reason": "known" }), "which names nobody");
    }
    assert_eq!(server.changes().await, before);
    assert!(server.accepts(&value).await, "a refused call ends nothing");
}

#[tokio::test]
async fn only_its_owner_and_only_a_living_key() {
    let (server, hands) = stopped_clock(ServerSettings::default()).await;
    let (owner, admin, superadmin) = (&server.keys.user, &server.keys.admin, &server.keys.superadmin);
    let (id, value) = server.make_key(owner, "theirs").await;
    let path = format!("/api-keys/{id}/regenerate");
    for other in [admin, superadmin] {
        server.post(other, &path, json!({})).await.refused(403, "forbiddenError", None);
    }
    server.post(&server.keys.colleague, &path, json!({})).await.refused(404, "instanceNotFoundError", None);
    server.post(owner, "/api-keys/none/regenerate", json!({})).await.refused(404, "instanceNotFoundError", None);
    assert!(server.accepts(&value).await);
    let expires = later(&hands, TimeDelta::hours(1));
    server.patch(owner, &format!("/api-keys/{id}"), json!({ "expiresAt": expires })).await.expect(200);
    hands.forward(TimeDelta::hours(1));
    let error = server.post(owner, &path, json!({})).await.refused(409, "conflictError", None);
    assert_eq!(error["details"]["reason"], "expired");
    server.delete(owner, &format!("/api-keys/{id}")).await.expect(204);
    let error = server.post(owner, &path, json!({})).await.refused(409, "conflictError", None);
    assert_eq!(error["details"]["reason"], "revoked");
    assert!(shown(&hands) > chrono::Utc::now());
}

#[rstest]
#[case::too_long(json!({ "overlapSeconds": 604_801 }), "malformedRequestError", "overlapSeconds")]
#[case::negative(json!({ "overlapSeconds": -1 }), "malformedRequestError", "overlapSeconds")]
#[case::text(json!({ "overlapSeconds": "1" }), "malformedRequestError", "overlapSeconds")]
#[case::no_mask(json!({ "secretHash": "0".repeat(64) }), "paramMissingError", "maskedValue")]
#[case::no_hash(json!({ "maskedValue": "kdk_…abcd" }), "paramMissingError", "secretHash")]
#[case::no_sha256(json!({ "secretHash": "0", "maskedValue": "kdk_…abcd" }), "malformedRequestError", "secretHash")]
#[tokio::test]
async fn a_wrong_call_changes_nothing(#[case] asked: Value, #[case] name: &str, #[case] field: &str) {
    let server = TestServer::start().await;
    let (id, value) = server.make_key(&server.keys.user, "kept").await;
    let path = format!("/api-keys/{id}/regenerate");
    server.post(&server.keys.user, &path, asked).await.refused(400, name, Some(field));
    assert!(server.accepts(&value).await);
}
