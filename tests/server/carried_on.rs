//! A database that an earlier keydeck made, with keys, findings and users in every state, is opened, read and carried on.
//!
//! `fixtures/five_steps.sql` is such a database as text. Its keys' values are known to nobody; the tests add values of
//! their own, with which they ask. What it answered to each read when it was made is kept beside, as a snapshot.

use std::fmt::Write;
use std::time::Duration;

use keydeck::domain::key_value::{fingerprint, mask};
use keydeck::domain::secret::Secret;
use keydeck::domain::time::{Time, When};
use keydeck::server::store::audit::Chain;
use keydeck::server::{Clock, ServerSettings, verify_audit};
use reqwest::Method;
use serde_json::{Value, json};

use crate::http::{Answer, minted, open};
use crate::support::{Keys, TestServer};

const MADE: &str = include_str!("fixtures/five_steps.sql");

/// The moment at which it was made.
pub fn made_at() -> Time {
    When::from_wire("2026-11-27T09:15:05.619Z").time().unwrap()
}

/// Serves the database at the moment it was made, with a further value for the first key of everybody, as after a
/// regeneration: what is answered stays as it was, and nothing can be changed with it.
pub async fn carried_on() -> TestServer {
    served(|first, hash, masked| {
        format!(
            "INSERT INTO key_values (secret_hash, kind, key_id, masked_value, created_at, present, overlap_ends_at) \
             VALUES ('{hash}', 'api', {first}, '{masked}', '2026-01-01T00:00:00.000Z', 0, '2999-01-01T00:00:00.000Z')"
        )
    })
    .await
}

/// The same with values in place of those that the first keys had, with which everything can be changed.
pub async fn carried_on_with_present_values() -> TestServer {
    served(|first, hash, masked| {
        format!(
            "UPDATE key_values SET secret_hash = '{hash}', masked_value = '{masked}' WHERE key_id = {first} AND present = 1"
        )
    })
    .await
}

/// Serves the database with what `statement` makes of the first key of everybody, of a hash and of a masked value.
async fn served(statement: fn(&str, &str, &str) -> String) -> TestServer {
    let clock = Clock::new(made_at);
    // what the test itself uses is not written meanwhile
    let settings = ServerSettings {
        clock,
        write_last_uses_every: Duration::from_hours(1),
        tell_every: Duration::from_hours(1),
        ..ServerSettings::default()
    };
    let begin = move || {
        TestServer::begin(settings, async move |database| {
            let made = open(database);
            made.execute_batch(MADE).unwrap();
            let mut keys = Vec::new();
            for owner in 1..=6 {
                let (value, ..) = minted();
                let (hash, masked) = (fingerprint(value.expose()), mask(value.expose()));
                let first = format!("(SELECT MIN(id) FROM api_keys WHERE owner_id = {owner} AND name = 'first key')");
                made.execute_batch(&statement(&first, &hash, &masked)).unwrap();
                keys.push(value);
            }
            let [superadmin, admin, user, colleague, scanner, verifier] = keys.try_into().unwrap();
            Keys { superadmin, admin, user, colleague, scanner, verifier }
        })
    };
    tokio::task::spawn_blocking(begin).await.unwrap()
}

/// What everybody may read, in the order asked.
pub async fn answers(server: &TestServer) -> String {
    let mut told = String::new();
    let mut tell = |who: &str, asked: &str, answer: &Value| {
        writeln!(told, "{who} {asked}\n{answer}\n").unwrap();
    };
    let keys = &server.keys;
    let admin = [
        "/me",
        "/users",
        "/users/7",
        "/api-key-settings",
        "/secret-types",
        "/audit-actions",
        "/api-keys?scope=team&limit=1000",
        "/api-keys?scope=team&sort=oldest&limit=5",
        "/api-keys?scope=team&sort=recentlyUsed&limit=5",
        "/api-keys?scope=team&sort=expiring&limit=5",
        "/api-keys?scope=team&status=disabled",
        "/api-keys?scope=team&status=revoked,enabled&limit=3",
        "/api-keys?scope=team&createdBy=4",
        "/api-keys?scope=team&q=%C3%BCn%C3%AFCODE",
        "/api-keys?scope=team&q=100%25%20%5C%20UNDER_",
        "/collection-access-keys",
        "/collection-access-keys?collectionId=3-shipments",
        "/audit/logs?limit=1000",
        "/audit/logs?limit=3&orderBy=asc",
        "/audit/logs?limit=1000&userId=2",
        "/audit/logs?limit=1000&action=api_key.revoke",
    ];
    for path in admin {
        tell("admin", path, &server.get(&keys.admin, path).await.expect(200));
    }
    for path in ["/me", "/api-keys", "/api-keys?sort=expiring&limit=2", "/collection-access-keys"] {
        tell("user", path, &server.get(&keys.user, path).await.expect(200));
    }
    let every = server.every(&keys.admin, "/api-keys?scope=team&limit=4&sort=expiring").await;
    tell("admin", "every key, four a page", &json!(every));
    for key in every {
        let path = format!("/api-keys/{}", key["id"].as_str().unwrap());
        assert_eq!(server.get(&keys.admin, &path).await.expect(200), key);
        let hash = key["secretHash"].as_str().unwrap();
        let asked = json!({ "sha256": [hash] });
        let found = server.post(&keys.admin, "/api-key-lookups", asked).await.expect(200);
        tell("admin", &format!("look up {path}"), &found);
        let verified =
            server.post(&keys.verifier, "/api-key-verifications", json!({ "sha256": hash })).await.expect(200);
        tell("verifier", &format!("verify {path}"), &verified);
    }
    for (parameters, asked) in [
        ("limit=100&include=meta.total", json!({})),
        ("limit=2", json!({ "resolved": false })),
        ("limit=100", json!({ "statuses": ["FALSE_POSITIVE"] })),
        ("limit=100&include=meta.total", json!({ "resources": [{ "type": "collection", "ids": ["3-shipments"] }] })),
    ] {
        let path = format!("/detected-secrets-queries?{parameters}");
        let page = server.post(&keys.admin, &path, asked.clone()).await.expect(200);
        tell("admin", &format!("{path} {asked}"), &page);
        for row in page["data"].as_array().unwrap() {
            let (secret, workspace) = (row["secretId"].as_str().unwrap(), row["workspaceId"].as_str().unwrap());
            let path = format!("/detected-secrets/{secret}/locations?workspaceId={workspace}&include=meta.total");
            tell("admin", &path, &server.get(&keys.admin, &path).await.expect(200));
        }
    }
    told
}

#[tokio::test]
async fn every_read_answers_what_it_answered() {
    let server = carried_on().await;
    insta::assert_snapshot!("answers", answers(&server).await);
}

#[tokio::test]
async fn what_was_done_once_is_not_done_again() {
    let server = carried_on_with_present_values().await;
    // it serves once it has caught up with what time did to keys
    server.get(&server.keys.user, "/me").await.expect(200);
    let (before, user) = (server.changes().await, &server.keys.user);
    // an answer that an earlier version recorded is given as it was, in the form of that time
    let once = async |once: &str, body: Value| {
        let asked = server.request(Method::POST, user, "/api-keys").header("Idempotency-Key", once).json(&body);
        let answer = asked.send().await.unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        Answer { status, headers, body: answer.json().await.unwrap() }
    };
    let minted = json!({ "name": "once", "secretHash": "cd".repeat(32), "maskedValue": "kdk_…0Nce" });
    let first = once("once-1", minted).await.expect(201);
    assert_eq!(first["apiKey"]["createdAt"], "2026-11-27T09:08:05.619Z", "the answer of that time");
    let told = once("once-2", json!({ "name": "told once" })).await.refused(409, "conflictError", None);
    assert_eq!(told["details"]["keyId"].as_str().map(str::len), Some(26), "{told}");
    once("once-3", json!({ "name": "" })).await.expect(400);
    assert_eq!(server.changes().await, before);
}

#[tokio::test]
async fn it_is_carried_on() {
    let mut server = carried_on_with_present_values().await;
    let entries = server.number("SELECT COUNT(*) FROM audit_entries").await;
    let (id, value) = server.make_key(&server.keys.user, "new in an old database").await;
    assert_eq!(server.id_of(&value).await, id);
    let old = server.get(&server.keys.colleague, "/api-keys").await.expect(200)["data"].clone();
    let renewed = old.as_array().unwrap().iter().find(|key| key["name"] == "renewed").unwrap();
    let path = format!("/api-keys/{}", renewed["id"].as_str().unwrap());
    let value: Secret = {
        let made = server.post(&server.keys.colleague, &format!("{path}/regenerate"), json!({})).await.expect(200);
        Secret::new(made["value"].as_str().unwrap().to_owned())
    };
    server.get(&value, "/me").await.expect(200);
    server.post(&server.keys.admin, "/api-key-revocations", json!({ "ids": [renewed["id"]] })).await.expect(200);
    server.get(&value, "/me").await.expect(401);
    server.stop();
    assert!(matches!(verify_audit(&server.database, None).await.unwrap(), Chain::Whole { seq, .. } if seq > entries));
    let steps = "SELECT COUNT(*) FROM _sqlx_migrations WHERE success";
    assert!(server.number(steps).await >= 5, "the record of the steps stays");
    server.resume();
    assert_eq!(
        server.get(&server.keys.user, &format!("/api-keys/{id}")).await.expect(200)["name"],
        "new in an old database"
    );
}
