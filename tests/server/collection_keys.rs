//! `GET /collection-access-keys`, `POST /collection-access-keys`, `DELETE /collection-access-keys/{id}`.

use chrono::{DateTime, TimeDelta};
use keydeck::domain::key_value::{self, KeyKind};
use keydeck::domain::secret::Secret;
use rstest::rstest;
use serde_json::{Value, json};

use crate::http::ids;
use crate::support::TestServer;

const PATH: &str = "/collection-access-keys";

async fn make(server: &TestServer, owner: &Secret, collection: &str) -> Value {
    let asked = json!({ "collectionId": collection, "collectionName": format!("The {collection}") });
    server.post(owner, PATH, asked).await.expect(201)
}

fn id(made: &Value) -> &str {
    made["collectionAccessKey"]["id"].as_str().unwrap()
}

#[tokio::test]
async fn a_key_is_made_in_postmans_shape() {
    let server = TestServer::start().await;
    let made = make(&server, &server.keys.user, "3-shipments").await;
    let (key, value) = (&made["collectionAccessKey"], made["value"].as_str().unwrap());
    assert_eq!(key_value::recognise(value), Some(KeyKind::CollectionAccessKey));
    assert_eq!(key["token"], key_value::mask(value));
    assert_eq!(key["status"], "ACTIVE");
    assert_eq!(key["teamId"], 1);
    assert_eq!(key["userId"], 3);
    assert_eq!(key["collectionId"], "3-shipments");
    assert_eq!(key["lastUsedAt"], "", "never used is the empty string");
    assert_eq!(key.get("deletedAt"), Some(&Value::Null));
    assert_eq!(key["createdAt"], key["updatedAt"]);
    let time = |field: &str| DateTime::parse_from_rfc3339(key[field].as_str().unwrap()).unwrap();
    assert_eq!(time("expiresAfter") - time("createdAt"), TimeDelta::days(60));
    assert_eq!(key["userName"], "user");
    assert_eq!(key["userEmail"], "user@test.example");
    assert_eq!(key["collectionName"], "The 3-shipments");
    assert_eq!(key["secretHash"], key_value::fingerprint(value));
    let listed = server.get(&server.keys.user, PATH).await.expect(200);
    assert_eq!(listed, json!({ "data": [key], "meta": { "nextCursor": null, "prevCursor": null, "total": 1 } }));
    let no_api_key = server.request(reqwest::Method::GET, &Secret::new(value.to_owned()), "/me");
    server.send(no_api_key).await.refused(401, "AuthenticationError", None);
}

#[tokio::test]
async fn a_user_sees_their_own_and_an_admin_the_teams() {
    let server = TestServer::start().await;
    let own = make(&server, &server.keys.user, "1-a").await;
    let theirs = make(&server, &server.keys.colleague, "1-b").await;
    let list = async |key, query: &str| {
        let page = server.get(key, &format!("{PATH}{query}")).await.expect(200);
        ids(page["data"].as_array().unwrap()).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(list(&server.keys.user, "").await, [id(&own)]);
    assert_eq!(list(&server.keys.admin, "").await, [id(&theirs), id(&own)], "newest first");
    assert_eq!(list(&server.keys.admin, "?collectionId=1-a").await, [id(&own)]);
    assert_eq!(list(&server.keys.user, "?collectionId=1-b").await, Vec::<String>::new());
}

#[tokio::test]
async fn a_deleted_key_is_inactive_and_deleted_once() {
    let server = TestServer::start().await;
    let made = make(&server, &server.keys.user, "1-a").await;
    let path = format!("{PATH}/{}", id(&made));
    assert_eq!(server.delete(&server.keys.user, &path).await.expect(204), Value::Null);
    let key = server.get(&server.keys.user, PATH).await.expect(200)["data"][0].clone();
    assert_eq!(key["status"], "INACTIVE");
    assert!(key["deletedAt"].is_string());
    server.delete(&server.keys.user, &path).await.refused(404, "instanceNotFoundError", None);
    server.delete(&server.keys.user, &format!("{PATH}/unknown")).await.refused(404, "instanceNotFoundError", None);
    let others = make(&server, &server.keys.colleague, "1-b").await;
    server.delete(&server.keys.admin, &format!("{PATH}/{}", id(&others))).await.expect(204);
}

#[tokio::test]
async fn a_lapsed_key_is_inactive() {
    let server = TestServer::start().await;
    make(&server, &server.keys.user, "1-a").await;
    server.sql("UPDATE collection_access_keys SET expires_after = '2026-01-01T00:00:00.000Z'").await;
    let key = server.get(&server.keys.user, PATH).await.expect(200)["data"][0].clone();
    assert_eq!((&key["status"], &key["deletedAt"]), (&json!("INACTIVE"), &Value::Null));
}

#[tokio::test]
async fn pages_go_forth_and_back() {
    let server = TestServer::start().await;
    let mut made = Vec::new();
    for at in 0..5 {
        made.insert(0, id(&make(&server, &server.keys.user, &format!("1-{at}")).await).to_owned());
    }
    let page = async |cursor: &Value| {
        let cursor = cursor.as_str().unwrap_or_default();
        let page = server.get(&server.keys.user, &format!("{PATH}?limit=2&cursor={cursor}")).await.expect(200);
        let shown: Vec<String> = ids(page["data"].as_array().unwrap()).into_iter().map(str::to_owned).collect();
        (shown, page["meta"].clone())
    };
    let (first, meta) = page(&Value::Null).await;
    assert_eq!((&first[..], &meta["prevCursor"], &meta["total"]), (&made[..2], &Value::Null, &json!(5)));
    let (second, meta) = page(&meta["nextCursor"]).await;
    assert_eq!((&second[..], meta.get("total")), (&made[2..4], None));
    let (third, end) = page(&meta["nextCursor"]).await;
    assert_eq!((&third[..], &end["nextCursor"]), (&made[4..], &Value::Null));
    let (back, meta) = page(&end["prevCursor"]).await;
    assert_eq!(back, made[2..4]);
    let (back, meta) = page(&meta["prevCursor"]).await;
    assert_eq!((&back[..], &meta["prevCursor"]), (&made[..2], &Value::Null));
}

#[rstest]
#[case("limit=0", "limit")]
#[case("limit=1001", "limit")]
#[case("cursor=nonsense", "cursor")]
#[tokio::test]
async fn a_wrong_parameter_is_named(#[case] query: &str, #[case] field: &str) {
    let server = TestServer::start().await;
    server.get(&server.keys.user, &format!("{PATH}?{query}")).await.refused(400, "malformedRequestError", Some(field));
}

#[rstest]
#[case(json!({}), "paramMissingError", "collectionId")]
#[case(json!({ "collectionId": "" }), "malformedRequestError", "collectionId")]
#[case(json!({ "collectionId": 7 }), "malformedRequestError", "collectionId")]
#[case(json!({ "collectionId": "c".repeat(256) }), "malformedRequestError", "collectionId")]
#[case(json!({ "collectionId": "1-a", "collectionName": "" }), "malformedRequestError", "collectionName")]
#[tokio::test]
async fn a_wrong_new_key_changes_nothing(#[case] asked: Value, #[case] name: &str, #[case] field: &str) {
    let server = TestServer::start().await;
    let before = server.changes().await;
    server.post(&server.keys.user, PATH, asked).await.refused(400, name, Some(field));
    assert_eq!(server.changes().await, before);
}
