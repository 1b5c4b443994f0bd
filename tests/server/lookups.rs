//! `POST /api-key-lookups`.

use keydeck::domain::key_value::fingerprint;
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::TestServer;

#[tokio::test]
async fn keys_are_found_by_hash_in_the_order_asked() {
    let server = TestServer::start().await;
    let (id, value) = server.make_key(&server.keys.user, "mine").await;
    let made =
        server.post(&server.keys.user, "/collection-access-keys", json!({ "collectionId": "1-a" })).await.expect(201);
    let collection = fingerprint(made["value"].as_str().unwrap());
    let (key, nobodys) = (fingerprint(value.expose()), fingerprint("nobody's"));
    let asked = json!({ "sha256": [nobodys, collection, key, key] });
    for caller in [&server.keys.user, &server.keys.admin] {
        let found = server.post(caller, "/api-key-lookups", asked.clone()).await.expect(200);
        let found = found["data"].as_array().unwrap();
        assert_eq!(found.len(), 4);
        assert_eq!(found[0], json!({ "sha256": nobodys, "apiKey": null, "collectionAccessKey": null }));
        assert_eq!(found[1]["collectionAccessKey"], made["collectionAccessKey"]);
        assert_eq!(found[1]["apiKey"], Value::Null);
        assert_eq!(found[2]["apiKey"]["id"], id);
        assert_eq!(found[3], found[2]);
    }
    let found = server.post(&server.keys.colleague, "/api-key-lookups", asked).await.expect(200);
    for row in found["data"].as_array().unwrap() {
        assert_eq!((&row["apiKey"], &row["collectionAccessKey"]), (&Value::Null, &Value::Null));
    }
}

#[tokio::test]
async fn a_revoked_key_is_still_found() {
    let server = TestServer::start().await;
    let (id, value) = server.make_key(&server.keys.user, "gone").await;
    server.delete(&server.keys.user, &format!("/api-keys/{id}")).await.expect(204);
    let asked = json!({ "sha256": [fingerprint(value.expose())] });
    let found = server.post(&server.keys.user, "/api-key-lookups", asked).await.expect(200);
    assert_eq!(found["data"][0]["apiKey"]["status"], "revoked");
}

#[tokio::test]
async fn keys_are_found_by_id_in_the_order_asked_and_only_by_who_may_see_them() {
    let server = TestServer::start().await;
    let (id, _) = server.make_key(&server.keys.user, "mine").await;
    let made =
        server.post(&server.keys.user, "/collection-access-keys", json!({ "collectionId": "1-a" })).await.expect(201);
    let collection = made["collectionAccessKey"]["id"].as_str().unwrap();
    let odd = ["", "nothing", "🔑", &"x".repeat(64)];
    let asked = json!({ "ids": [odd[0], collection, id, odd[1], id, odd[2], odd[3]] });
    for caller in [&server.keys.user, &server.keys.admin, &server.keys.superadmin] {
        let found = server.post(caller, "/api-key-lookups", asked.clone()).await.expect(200);
        let found = found["data"].as_array().unwrap();
        assert_eq!(found.len(), 7);
        assert_eq!(found[0], json!({ "id": "", "apiKey": null, "collectionAccessKey": null }));
        assert_eq!(
            (&found[1]["id"], &found[1]["collectionAccessKey"]),
            (&json!(collection), &made["collectionAccessKey"])
        );
        assert_eq!(found[1]["apiKey"], Value::Null);
        assert_eq!((&found[2]["apiKey"]["id"], &found[2]["collectionAccessKey"]), (&json!(id), &Value::Null));
        assert_eq!(found[4], found[2]);
        assert!([3, 5, 6].iter().all(|at| found[*at]["apiKey"].is_null() && found[*at]["id"].is_string()));
    }
    for (id, field) in [("no\u{0}thing", "ids"), (&"x".repeat(65), "ids[0]")] {
        let asked = json!({ "ids": [id] });
        let answer = server.post(&server.keys.user, "/api-key-lookups", asked).await;
        answer.refused(400, "malformedRequestError", Some(field));
    }
    let found = server.post(&server.keys.colleague, "/api-key-lookups", asked).await.expect(200);
    for row in found["data"].as_array().unwrap() {
        assert_eq!((&row["apiKey"], &row["collectionAccessKey"]), (&Value::Null, &Value::Null));
    }
}

#[tokio::test]
async fn a_thousand_ids_at_once() {
    let server = TestServer::start().await;
    let (id, _) = server.make_key(&server.keys.user, "mine").await;
    let ids: Vec<String> = (0..999).map(|at| format!("nobody-{at}")).chain([id.clone()]).collect();
    let found = server.post(&server.keys.admin, "/api-key-lookups", json!({ "ids": ids })).await.expect(200);
    assert_eq!((found["data"].as_array().unwrap().len(), &found["data"][999]["apiKey"]["id"]), (1000, &json!(id)));
}

#[tokio::test]
async fn a_use_that_is_not_written_yet_is_told() {
    let server = TestServer::start().await;
    let (id, value) = server.make_key(&server.keys.user, "mine").await;
    let asked = || server.post(&server.keys.admin, "/api-key-lookups", json!({ "ids": [id] }));
    assert_eq!(asked().await.expect(200)["data"][0]["apiKey"]["lastUsedAt"], Value::Null);
    server.get(&value, "/me").await.expect(200);
    let key = &asked().await.expect(200)["data"][0]["apiKey"];
    assert!(key["lastUsedAt"].is_string() && key["lastUsedFrom"].is_string(), "{key}");
}

#[rstest]
#[case(json!({ "ids": [] }), "malformedRequestError", "ids")]
#[case(json!({ "ids": vec!["x"; 1001] }), "malformedRequestError", "ids")]
#[case(json!({ "ids": "x" }), "malformedRequestError", "ids")]
#[case(json!({ "ids": [7] }), "malformedRequestError", "ids[0]")]
#[case(json!({ "ids": ["x"], "sha256": ["0".repeat(64)] }), "malformedRequestError", "ids")]
#[case(json!({}), "paramMissingError", "sha256")]
#[case(json!({ "sha256": [] }), "malformedRequestError", "sha256")]
#[case(json!({ "sha256": vec!["0".repeat(64); 1001] }), "malformedRequestError", "sha256")]
#[case(json!({ "sha256": "0".repeat(64) }), "malformedRequestError", "sha256")]
#[case(json!({ "sha256": ["0".repeat(64), "0".repeat(63)] }), "malformedRequestError", "sha256[1]")]
#[case(json!({ "sha256": ["A".repeat(64)] }), "malformedRequestError", "sha256[0]")]
#[case(json!({ "sha256": [null] }), "malformedRequestError", "sha256[0]")]
#[tokio::test]
async fn a_wrong_hash_is_named(#[case] asked: Value, #[case] name: &str, #[case] field: &str) {
    let server = TestServer::start().await;
    server.post(&server.keys.user, "/api-key-lookups", asked).await.refused(400, name, Some(field));
}

#[tokio::test]
async fn a_thousand_at_once() {
    let server = TestServer::start().await;
    let hashes: Vec<String> = (0..1000).map(|at| fingerprint(&at.to_string())).collect();
    let found = server.post(&server.keys.user, "/api-key-lookups", json!({ "sha256": hashes })).await.expect(200);
    assert_eq!(found["data"].as_array().unwrap().len(), 1000);
}
