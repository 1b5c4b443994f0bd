//! The audit log: one chained entry a change, in the change's own transaction.

use keydeck::domain::key_value::hex;
use keydeck::server::store::Store;
use keydeck::server::store::audit::{Break, Chain, GENESIS, Head, verify};
use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::TestServer;
use crate::support::database::rows_at;

async fn chain(server: &TestServer) -> Chain {
    let store = Store::open(&server.database).await.unwrap();
    let chain = verify(&store, None).await.unwrap();
    store.close().await;
    chain
}

fn entries(server: &TestServer) -> Vec<(Value, String)> {
    let entries = rows_at(&server.database, "SELECT body, hash FROM audit_entries ORDER BY seq");
    entries.into_iter().map(|entry| (serde_json::from_str(&entry[0]).unwrap(), entry[1].clone())).collect()
}

#[tokio::test]
async fn every_change_is_told_with_who_and_what() {
    let server = TestServer::start().await;
    let begun = server.changes().await;
    let request = server.request(reqwest::Method::POST, &server.keys.user, "/api-keys").header("User-Agent", "test/1");
    let made = server.send(request.json(&json!({ "name": "deploy" }))).await.expect(201);
    let (id, value) = (made["apiKey"]["id"].as_str().unwrap(), made["value"].as_str().unwrap());
    let collection = server.post(&server.keys.user, "/collection-access-keys", json!({ "collectionId": "1-a" })).await;
    let collection = collection.expect(201);
    let collection_id = collection["collectionAccessKey"]["id"].as_str().unwrap();
    server.delete(&server.keys.admin, &format!("/collection-access-keys/{collection_id}")).await.expect(204);
    let asked = json!({ "ids": [id], "note": "no longer needed" });
    server.post(&server.keys.admin, "/api-key-revocations", asked).await.expect(200);
    // Reads and refusals change nothing.
    server.get(&server.keys.user, "/api-keys").await.expect(200);
    server.post(&server.keys.admin, "/api-key-revocations", json!({ "ids": [id] })).await.expect(200);

    let entries = entries(&server);
    let new: Vec<&Value> = entries.iter().map(|(body, _)| body).skip(usize::try_from(begun).unwrap()).collect();
    let actions: Vec<&str> = new.iter().map(|body| body["action"].as_str().unwrap()).collect();
    assert_eq!(
        actions,
        ["api_key.create", "collection_access_key.create", "collection_access_key.revoke", "api_key.revoke"]
    );
    let created = new[0];
    assert_eq!(created["data"]["actor"]["id"], 3);
    assert_eq!(created["data"]["actor"]["email"], "user@test.example");
    assert_eq!(created["data"]["actor"]["apiKeyId"], server.id_of(&server.keys.user).await);
    assert_eq!(created["data"]["team"], json!({ "id": 1, "name": "Test Team" }));
    assert_eq!(created["ip"], "127.0.0.1");
    assert_eq!(created["userAgent"], "test/1");
    assert_eq!(created["data"]["variables"]["apiKeyId"], id);
    let revoked = &new[3]["data"];
    assert_eq!((&revoked["actor"]["id"], &revoked["user"]["id"]), (&json!(2), &json!(3)));
    assert_eq!(revoked["variables"]["note"], "no longer needed");
    assert_eq!(revoked["variables"]["before"], json!({ "status": "enabled" }));
    assert_eq!(revoked["variables"]["after"], json!({ "status": "revoked", "revocation": "admin" }));
    let all = serde_json::to_string(&entries).unwrap();
    for secret in [value, collection["value"].as_str().unwrap(), server.keys.user.expose()] {
        assert!(!all.contains(secret));
    }
}

#[tokio::test]
async fn each_hash_is_over_the_one_before_and_the_canonical_entry() {
    let server = TestServer::start().await;
    let mut before = GENESIS.to_owned();
    let entries = entries(&server);
    assert!(!entries.is_empty());
    for (at, (body, hash)) in entries.iter().enumerate() {
        assert_eq!(body["seq"], at + 1);
        let canonical = serde_json_canonicalizer::to_string(body).unwrap();
        before = hex(&Sha256::digest(format!("{before}{canonical}")));
        assert_eq!(hash, &before);
    }
    assert_eq!(chain(&server).await, Chain::Whole { seq: i64::try_from(entries.len()).unwrap(), hash: before });
}

#[rstest]
#[case::altered("UPDATE audit_entries SET body = REPLACE(body, 'admin', 'nobody') WHERE seq = 4", 4, Break::Altered)]
#[case::misdated("UPDATE audit_entries SET at = '2026-01-01T00:00:00.000Z' WHERE seq = 4", 4, Break::Altered)]
#[case::renamed("UPDATE audit_entries SET action = 'api_key.expire' WHERE seq = 4", 4, Break::Altered)]
#[case::blamed("UPDATE audit_entries SET actor_id = 5 WHERE seq = 4", 4, Break::Altered)]
#[case::taken_from_its_key("UPDATE audit_entries SET key_id = NULL WHERE seq = 4", 4, Break::Altered)]
#[case::rehashed("UPDATE audit_entries SET hash = REPLACE(hash, 'a', 'b') WHERE seq = 4", 4, Break::Altered)]
#[case::removed("DELETE FROM audit_entries WHERE seq = 4", 4, Break::Missing)]
#[case::first_removed("DELETE FROM audit_entries WHERE seq = 1", 1, Break::Missing)]
#[case::tail_removed("DELETE FROM audit_entries WHERE seq = 12", 12, Break::Missing)]
#[case::all_removed("DELETE FROM audit_entries", 1, Break::Missing)]
#[case::appended(
    "INSERT INTO audit_entries SELECT 13, at, action, actor_id, body, hash, key_id FROM audit_entries WHERE seq = 12",
    13,
    Break::Inserted
)]
#[case::swapped("UPDATE audit_entries SET seq = CASE seq WHEN 4 THEN -5 WHEN 5 THEN 4 ELSE seq END", 4, Break::Altered)]
#[case::inserted_before_the_first(
    "INSERT INTO audit_entries SELECT 0, at, action, actor_id, body, hash, key_id FROM audit_entries WHERE seq = 12",
    0,
    Break::Inserted
)]
#[case::head_replaced("UPDATE audit_head SET hash = 'x'", 12, Break::Altered)]
#[case::head_moved_back("UPDATE audit_head SET seq = 11", 12, Break::Inserted)]
#[tokio::test]
async fn tampering_shows_at_the_first_entry_that_does_not_fit(
    #[case] tampering: &str,
    #[case] seq: i64,
    #[case] why: Break,
) {
    let server = TestServer::start().await;
    assert!(matches!(chain(&server).await, Chain::Whole { seq: 12, .. }));
    server.sql(tampering).await;
    assert_eq!(chain(&server).await, Chain::Broken { seq, why });
}

#[tokio::test]
async fn writers_at_once_make_one_chain() {
    let server = TestServer::start().await;
    let begun = server.changes().await;
    let keys = [&server.keys.user, &server.keys.colleague, &server.keys.admin, &server.keys.superadmin];
    let writes = (0..40).map(|at| server.make_key(keys[at % keys.len()], "at once"));
    futures_util::future::join_all(writes).await;
    assert!(matches!(chain(&server).await, Chain::Whole { seq, .. } if seq == begun + 40));
}

/// Cuts the tail behind `seq` off, head and all, as somebody who knows how would.
async fn cut(server: &TestServer, seq: i64) {
    server.sql(&format!("DELETE FROM audit_entries WHERE seq > {seq}")).await;
    server
        .sql(&format!(
            "UPDATE audit_head SET seq = {seq}, hash = (SELECT hash FROM audit_entries WHERE seq = {seq}) WHERE id = 1"
        ))
        .await;
}

async fn against(server: &TestServer, kept: &Head) -> Chain {
    let store = Store::open(&server.database).await.unwrap();
    let chain = verify(&store, Some(kept)).await.unwrap();
    store.close().await;
    chain
}

async fn head(server: &TestServer) -> Head {
    let logs = server.get(&server.keys.admin, "/audit/logs?limit=1").await.expect(200);
    logs["meta"]["head"].as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_cut_tail_shows_only_against_a_head_that_was_kept() {
    let server = TestServer::start().await;
    let kept = head(&server).await;
    assert_eq!(kept.seq, 12);
    server.make_key(&server.keys.user, "later").await;
    assert!(matches!(against(&server, &kept).await, Chain::Whole { seq: 13, .. }), "the log may have grown");
    cut(&server, 9).await;
    assert!(matches!(chain(&server).await, Chain::Whole { seq: 9, .. }));
    assert_eq!(against(&server, &kept).await, Chain::Broken { seq: 10, why: Break::Missing });
}

#[tokio::test]
async fn a_chain_made_anew_shows_against_a_head_that_was_kept() {
    let server = TestServer::start().await;
    let kept = head(&server).await;
    cut(&server, 9).await;
    for name in ["other", "entries", "instead", "and more"] {
        server.make_key(&server.keys.user, name).await;
    }
    assert!(matches!(chain(&server).await, Chain::Whole { seq: 13, .. }));
    assert_eq!(against(&server, &kept).await, Chain::Broken { seq: 12, why: Break::Rewritten });
}

#[test]
fn heads_are_read_as_they_are_written() {
    let head = Head { seq: 12, hash: GENESIS.replace('0', "a") };
    assert_eq!(head.to_string().parse(), Ok(head.clone()));
    assert_eq!(format!(" {}\n", head.to_string().to_uppercase()).parse(), Ok(head));
    for wrong in ["", "12", "12:", ":a", "-1:0", "12:abc", "x:0"] {
        assert!(wrong.parse::<Head>().is_err(), "{wrong}");
    }
}

#[tokio::test]
async fn no_value_is_kept_in_a_name_a_note_or_an_agent() {
    let server = TestServer::start().await;
    let (key, value) = (&server.keys.admin, server.keys.user.expose());
    let id = server.id_of(&server.keys.colleague).await;
    let before = server.changes().await;
    let said = format!("was \"{value}\"");
    for (path, body, field) in [
        ("/api-keys", json!({ "name": said }), "name"),
        ("/api-keys", json!({ "name": "a", "contacts": [format!("{value}@test.example")] }), "contacts[0]"),
        ("/collection-access-keys", json!({ "collectionId": said }), "collectionId"),
        ("/collection-access-keys", json!({ "collectionId": "c", "collectionName": said }), "collectionName"),
        ("/api-key-revocations", json!({ "ids": [id], "note": said }), "note"),
    ] {
        let error = server.post(key, path, body).await.refused(400, "malformedRequestError", Some(field));
        assert!(!error.to_string().contains(value));
    }
    assert_eq!(server.changes().await, before);
    let asked = server.request(Method::POST, key, "/api-keys").header("User-Agent", format!("curl {value}"));
    server.send(asked.json(&json!({ "name": "a" }))).await.expect(201);
    assert_eq!(server.number(&format!("SELECT COUNT(*) FROM audit_entries WHERE body LIKE '%{value}%'")).await, 0);
}
