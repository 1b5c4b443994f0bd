//! Who may ask what.

use keydeck::domain::key_value;
use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::http::{client, minted};
use crate::support::TestServer;

#[tokio::test]
async fn a_key_is_taken_from_either_header() {
    let server = TestServer::start().await;
    let me = format!("{}/me", server.base_url);
    let key = server.keys.user.expose();
    for request in [
        client().get(&me).header("x-api-key", key),
        client().get(&me).header("Authorization", format!("Bearer {key}")),
        client().get(&me).header("Authorization", format!("bEARER  {key}")),
        client().get(&me).header("X-API-KEY", key).bearer_auth(key),
    ] {
        assert_eq!(server.send(request).await.expect(200)["user"]["username"], "user");
    }
}

#[tokio::test]
async fn two_different_keys_are_a_mistake() {
    let server = TestServer::start().await;
    let (one, other) = (server.keys.user.expose(), server.keys.admin.expose());
    let me = format!("{}/me", server.base_url);
    for request in [
        client().get(&me).header("x-api-key", one).bearer_auth(other),
        client().get(&me).header("x-api-key", one).header("x-api-key", other),
    ] {
        server.send(request).await.refused(400, "malformedRequestError", Some("X-Api-Key"));
    }
}

#[tokio::test]
async fn what_is_no_good_key_is_refused() {
    let server = TestServer::start().await;
    let unknown = minted().0;
    let mut wrong_checksum = unknown.expose().to_owned();
    let last = if wrong_checksum.ends_with('0') { "1" } else { "0" };
    wrong_checksum.replace_range(wrong_checksum.len() - 1.., last);
    let collection = server.post(&server.keys.user, "/collection-access-keys", json!({ "collectionId": "1-a" })).await;
    let collection = collection.expect(201)["value"].as_str().unwrap().to_owned();
    let me = format!("{}/me", server.base_url);
    for (reason, request) in [
        ("missing", client().get(&me)),
        ("missing", client().get(&me).header("x-api-key", "")),
        ("missing", client().get(&me).basic_auth("user", Some("password"))),
        ("malformed", client().get(&me).header("x-api-key", "hunter2")),
        ("malformed", client().get(&me).header("x-api-key", &b"kdk_\xff"[..])),
        ("malformed", client().get(&me).header("x-api-key", wrong_checksum.as_str())),
        ("malformed", client().get(&me).header("x-api-key", collection.as_str())),
        ("refused", client().get(&me).header("x-api-key", unknown.expose())),
    ] {
        let answer = server.send(request).await;
        assert_eq!(answer.headers["www-authenticate"], "Bearer");
        assert!(!answer.headers.contains_key("ratelimit-limit"), "only for those who are known");
        assert_eq!(answer.refused(401, "AuthenticationError", None)["details"]["reason"], reason);
    }
}

#[rstest]
#[case::expired("UPDATE api_keys SET expires_at = '2020-01-01T00:00:00.000Z'")]
#[case::disabled_by_its_owner("UPDATE api_keys SET disabled_reason = 'owner'")]
#[case::disabled_by_an_admin("UPDATE api_keys SET disabled_reason = 'admin'")]
#[case::revoked("UPDATE api_keys SET revoked_at = '2026-01-01T00:00:00.000Z', revocation = 'inactivity'")]
#[case::its_owner_left("UPDATE users SET active = 0")]
#[case::its_overlap_is_over("UPDATE key_values SET present = 0, overlap_ends_at = '2026-01-01T00:00:00.000Z'")]
#[tokio::test]
async fn a_stopped_key_is_refused_at_once(#[case] stop: &str) {
    let server = TestServer::start().await;
    server.get(&server.keys.user, "/me").await.expect(200);
    server.sql(stop).await;
    let error = server.get(&server.keys.user, "/me").await.refused(401, "AuthenticationError", None);
    assert_eq!(error["details"]["reason"], "refused", "why is nobody's business but its owner's");
}

#[tokio::test]
async fn an_earlier_value_works_until_its_overlap_ends() {
    let server = TestServer::start().await;
    let (new, hash, mask) = minted();
    let old = &server.keys.user;
    let id = server.id_of(old).await;
    server
        .sql(&format!(
            "UPDATE key_values SET present = 0, overlap_ends_at = '2999-01-01T00:00:00.000Z' WHERE key_id = '{id}'"
        ))
        .await;
    server
        .sql(&format!(
            "INSERT INTO key_values (secret_hash, kind, key_id, masked_value, created_at, present) \
             VALUES ('{hash}', 'api', '{id}', '{mask}', '2026-01-01T00:00:00.000Z', 1)"
        ))
        .await;
    assert_eq!(server.id_of(old).await, id);
    assert_eq!(server.id_of(&new).await, id);
    let listed = server.get(&new, "/api-keys").await.expect(200);
    assert_eq!(listed["data"].as_array().unwrap().len(), 1);
    assert_eq!(listed["data"][0]["secretHash"], hash);
    let old_hash = key_value::fingerprint(old.expose());
    let found = server.post(&new, "/api-key-lookups", json!({ "sha256": [old_hash, hash] })).await.expect(200);
    assert_eq!(found["data"][0]["apiKey"]["id"], id);
    assert_eq!(found["data"][1]["apiKey"]["id"], id);
}

#[tokio::test]
async fn reporters_and_verifiers_may_only_ask_who_they_are() {
    let server = TestServer::start().await;
    for key in [&server.keys.scanner, &server.keys.verifier] {
        let id = server.get(key, "/me").await.expect(200)["apiKey"]["id"].as_str().unwrap().to_owned();
        let before = server.changes().await;
        for (method, path, body) in [
            (Method::GET, "/users", None),
            (Method::GET, "/users/1", None),
            (Method::GET, "/api-keys", None),
            (Method::POST, "/api-keys", Some(json!({ "name": "mine" }))),
            (Method::GET, &*format!("/api-keys/{id}"), None),
            (Method::DELETE, &*format!("/api-keys/{id}"), None),
            (Method::POST, "/api-key-revocations", Some(json!({ "ids": [id] }))),
            (Method::POST, "/api-key-lookups", Some(json!({ "sha256": ["0".repeat(64)] }))),
            (Method::GET, "/api-key-settings", None),
            (Method::GET, "/collection-access-keys", None),
            (Method::POST, "/collection-access-keys", Some(json!({ "collectionId": "1-a" }))),
            (Method::DELETE, "/collection-access-keys/x", None),
            (Method::GET, "/secret-types", None),
            (Method::POST, "/detected-secrets-queries", Some(json!({}))),
        ] {
            let mut request = server.request(method, key, path);
            if let Some(body) = body {
                request = request.json(&body);
            }
            server.send(request).await.refused(403, "forbiddenError", None);
        }
        assert_eq!(server.changes().await, before);
    }
}

#[tokio::test]
async fn what_takes_an_admin_is_denied_to_a_user() {
    let server = TestServer::start().await;
    let key = &server.keys.user;
    for path in ["/users", "/users/1", "/api-keys?scope=team", "/secret-types"] {
        server.get(key, path).await.refused(403, "forbiddenError", None);
    }
    server.post(key, "/detected-secrets-queries", json!({})).await.refused(403, "forbiddenError", None);
    server.post(key, "/api-key-revocations", json!({ "all": true })).await.refused(403, "forbiddenError", None);
    let ids = [server.id_of(key).await];
    let claims_admin = json!({ "ids": ids, "revocation": "admin" });
    server.post(key, "/api-key-revocations", claims_admin).await.refused(403, "forbiddenError", Some("revocation"));
}

#[tokio::test]
async fn somebody_elses_key_is_not_there_for_a_user() {
    let server = TestServer::start().await;
    let (others, _) = server.make_key(&server.keys.colleague, "theirs").await;
    let collection =
        server.post(&server.keys.colleague, "/collection-access-keys", json!({ "collectionId": "1-a" })).await;
    let collection = collection.expect(201)["collectionAccessKey"]["id"].as_str().unwrap().to_owned();
    let key = &server.keys.user;
    let before = server.changes().await;
    for path in [format!("/api-keys/{others}"), "/api-keys/unknown".to_owned()] {
        server.get(key, &path).await.refused(404, "instanceNotFoundError", None);
        server.delete(key, &path).await.refused(404, "instanceNotFoundError", None);
    }
    server.delete(key, &format!("/collection-access-keys/{collection}")).await.refused(
        404,
        "instanceNotFoundError",
        None,
    );
    let rotated = json!({ "name": "new", "rotatedFrom": others });
    server.post(key, "/api-keys", rotated).await.refused(404, "instanceNotFoundError", Some("rotatedFrom"));
    let revoked = server.post(key, "/api-key-revocations", json!({ "ids": [others, "unknown"] })).await.expect(200);
    assert_eq!(
        revoked["data"],
        json!([{ "id": others, "outcome": "notFound" }, { "id": "unknown", "outcome": "notFound" }])
    );
    assert_eq!(server.get(key, "/collection-access-keys").await.expect(200)["data"], json!([]));
    assert_eq!(server.changes().await, before);
}

/// The body is asked for once the key was found good; what happens to the key before the body comes is decided then.
#[rstest]
#[case("/api-keys", json!({ "name": "one more" }))]
#[case("/collection-access-keys", json!({ "collectionId": "c" }))]
#[tokio::test]
async fn a_key_revoked_while_its_request_was_under_way_makes_nothing(#[case] path: &str, #[case] body: Value) {
    let server = TestServer::start().await;
    let address = server.base_url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let (key, body) = (server.keys.user.expose(), body.to_string());
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nX-Api-Key: {key}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut asked_on = [0; 25];
    stream.read_exact(&mut asked_on).await.unwrap();
    assert!(asked_on.starts_with(b"HTTP/1.1 100 Continue"), "{}", String::from_utf8_lossy(&asked_on));
    let id = server.id_of(&server.keys.user).await;
    server.post(&server.keys.admin, "/api-key-revocations", json!({ "ids": [id] })).await.expect(200);
    let before = server.changes().await;
    stream.write_all(body.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    assert_eq!(server.changes().await, before);
}
