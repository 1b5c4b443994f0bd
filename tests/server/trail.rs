//! `GET /audit/logs`, `GET /audit-actions`, and what refused keys leave in the log.

use keydeck::domain::key_value::{self, hex};
use keydeck::domain::team::Role;
use rstest::rstest;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::http::{client, minted};
use crate::support::TestServer;

async fn logs(server: &TestServer, parameters: &str) -> Value {
    server.get(&server.keys.admin, &format!("/audit/logs?{parameters}")).await.expect(200)
}

fn numbers(page: &Value) -> Vec<i64> {
    page["trails"].as_array().unwrap().iter().map(|entry| entry["id"].as_i64().unwrap()).collect()
}

#[tokio::test]
async fn entries_are_told_in_postmans_shape_and_can_be_followed() {
    let server = TestServer::start().await;
    let page = logs(&server, "order_by=asc&limit=1000").await;
    assert_eq!(numbers(&page), (1..=12).collect::<Vec<_>>());
    assert_eq!(page["nextCursor"], Value::Null);
    let mut hash = "0".repeat(64);
    for entry in page["trails"].as_array().unwrap() {
        assert_eq!(entry["seq"], entry["id"]);
        assert!(
            entry["message"].is_string() && entry["timestamp"].is_string() && entry["data"]["variables"].is_object()
        );
        let mut body = entry.clone();
        body.as_object_mut().unwrap().remove("hash");
        let canonical = serde_json_canonicalizer::to_string(&body).unwrap();
        hash = hex(&Sha256::digest(format!("{hash}{canonical}")));
        assert_eq!(entry["hash"], hash);
    }
    assert_eq!(page["meta"]["head"], format!("12:{hash}"));
}

#[tokio::test]
async fn pages_go_on_where_they_stopped_whatever_is_written_between() {
    let server = TestServer::start().await;
    let first = logs(&server, "limit=5").await;
    assert_eq!(numbers(&first), [12, 11, 10, 9, 8]);
    server.make_key(&server.keys.user, "between").await;
    let second = logs(&server, &format!("limit=5&cursor={}", first["nextCursor"].as_str().unwrap())).await;
    assert_eq!(numbers(&second), [7, 6, 5, 4, 3]);
    assert!(second["meta"]["head"].as_str().unwrap().starts_with("13:"));
    let third = logs(&server, &format!("limit=5&cursor={}", second["nextCursor"].as_str().unwrap())).await;
    assert_eq!(numbers(&third), [2, 1]);
    assert_eq!(third["nextCursor"], Value::Null);
    let up = logs(&server, "limit=7&orderBy=asc").await;
    let rest = logs(&server, &format!("limit=7&orderBy=asc&cursor={}", up["nextCursor"].as_str().unwrap())).await;
    assert_eq!(numbers(&rest), (8..=13).collect::<Vec<_>>());
}

#[tokio::test]
async fn entries_are_filtered() {
    let server = TestServer::seeded(200, Role::Admin).await;
    let all = logs(&server, "limit=1000").await;
    let all = all["trails"].as_array().unwrap();
    let check = async |parameters: &str, keep: &dyn Fn(&&Value) -> bool| {
        let found = logs(&server, &format!("limit=1000&{parameters}")).await;
        let expected: Vec<&Value> = all.iter().filter(keep).collect();
        assert!(!expected.is_empty() && expected.len() < all.len(), "{parameters} chooses");
        assert_eq!(found["trails"].as_array().unwrap().iter().collect::<Vec<_>>(), expected, "{parameters}");
    };
    let middle = &all[all.len() / 2];
    let day = &middle["timestamp"].as_str().unwrap()[..10];
    let someone = all.iter().find_map(|entry| entry["data"]["actor"]["id"].as_i64()).unwrap();
    check("action=api_key.revoke", &|entry| entry["action"] == "api_key.revoke").await;
    check(&format!("userId={someone}"), &|entry| entry["data"]["actor"]["id"] == someone).await;
    let key = all.iter().find_map(|entry| entry["data"]["variables"]["apiKeyId"].as_str()).unwrap();
    check(&format!("keyId={key}"), &|entry| entry["data"]["variables"]["apiKeyId"] == key).await;
    let key = all.iter().find_map(|entry| entry["data"]["variables"]["collectionAccessKeyId"].as_str()).unwrap();
    check(&format!("keyId={key}"), &|entry| entry["data"]["variables"]["collectionAccessKeyId"] == key).await;
    check(&format!("since={day}"), &|entry| &entry["timestamp"].as_str().unwrap()[..10] >= day).await;
    let number = middle["seq"].as_i64().unwrap();
    check(&format!("afterSeq={number}"), &|entry| entry["seq"].as_i64().unwrap() > number).await;
    check(&format!("until={day}"), &|entry| &entry["timestamp"].as_str().unwrap()[..10] <= day).await;
    check(&format!("since={day}&until={day}"), &|entry| &entry["timestamp"].as_str().unwrap()[..10] == day).await;
}

#[rstest]
#[case("limit=0", "limit")]
#[case("limit=1001", "limit")]
#[case("userId=me", "userId")]
#[case("action=api_key.explode", "action")]
#[case("since=2026-11-21T00:00:00Z", "since")]
#[case("until=2026-02-30", "until")]
#[case("until=2026-2-3", "until")]
#[case("since=2026-02-02&until=2026-02-01", "since")]
#[case("orderBy=up", "orderBy")]
#[case("orderBy=asc&order_by=up", "order_by")]
#[case("cursor=nonsense", "cursor")]
#[case("afterSeq=last", "afterSeq")]
#[tokio::test]
async fn a_wrong_parameter_is_named(#[case] parameters: &str, #[case] field: &str) {
    let server = TestServer::start().await;
    let answer = server.get(&server.keys.admin, &format!("/audit/logs?{parameters}")).await;
    answer.refused(400, "malformedRequestError", Some(field));
}

#[tokio::test]
async fn the_order_by_its_present_name_wins_over_the_old_one() {
    let server = TestServer::start().await;
    let ascending = numbers(&logs(&server, "orderBy=asc&order_by=desc").await);
    assert_eq!(ascending, numbers(&logs(&server, "order_by=asc").await));
    let descending = numbers(&logs(&server, "orderBy=desc&order_by=asc").await);
    assert!(descending.iter().rev().eq(&ascending), "{descending:?}");
}

#[tokio::test]
async fn a_cursor_of_another_list_is_refused() {
    let server = TestServer::start().await;
    let cursor = logs(&server, "limit=2").await["nextCursor"].as_str().unwrap().to_owned();
    let answer = server.get(&server.keys.admin, &format!("/audit/logs?limit=2&orderBy=asc&cursor={cursor}")).await;
    answer.refused(400, "malformedRequestError", Some("cursor"));
}

#[tokio::test]
async fn a_damaged_entry_does_not_hide_the_others() {
    let server = TestServer::start().await;
    server.sql("UPDATE audit_entries SET body = 'nothing' WHERE seq = 4").await;
    let page = logs(&server, "").await;
    assert_eq!(page["trails"].as_array().unwrap().len(), 12);
    assert!(page["trails"][8]["message"].as_str().unwrap().contains("damaged"));
}

#[tokio::test]
async fn the_actions_are_a_bare_array() {
    let server = TestServer::start().await;
    let actions = server.get(&server.keys.admin, "/audit-actions").await.expect(200);
    let actions = actions.as_array().unwrap();
    assert_eq!(actions.len(), keydeck::server::store::audit::Action::ALL.len());
    assert!(actions.contains(&json!({ "name": "auth.failure", "displayName": "Key refused" })));
}

#[tokio::test]
async fn the_log_is_for_admins() {
    let server = TestServer::start().await;
    for key in [&server.keys.user, &server.keys.scanner, &server.keys.verifier] {
        for path in ["/audit/logs", "/audit-actions"] {
            server.get(key, path).await.refused(403, "forbiddenError", None);
        }
    }
    for key in [&server.keys.admin, &server.keys.superadmin] {
        server.get(key, "/audit/logs").await.expect(200);
    }
}

#[tokio::test]
async fn refused_keys_are_told_and_bounded() {
    let mut server = TestServer::start().await;
    let (stopped, value) = server.make_key(&server.keys.user, "stopped").await;
    server.delete(&server.keys.user, &format!("/api-keys/{stopped}")).await.expect(204);
    let begun = server.changes().await;
    let me = format!("{}/me", server.base_url);
    server.send(client().get(&me)).await.expect(401);
    assert_eq!(server.changes().await, begun, "a request without a key is no attempt");
    server.get(&value, "/me").await.expect(401);
    let unknown = minted().0;
    server.get(&unknown, "/me").await.expect(401);
    server.send(client().get(&me).header("X-Api-Key", "hunter2")).await.expect(401);
    // they are written with the next batch
    let told = async || logs(&server, "action=auth.failure").await;
    while told().await["trails"].as_array().unwrap().len() < 2 {}
    let page = told().await;
    let [malformed, refused] = page["trails"].as_array().unwrap().as_slice() else { panic!("{page}") };
    assert_eq!(refused["data"]["variables"]["secretHash"], key_value::fingerprint(unknown.expose()));
    assert_eq!(refused["ip"], "127.0.0.1");
    assert_eq!(malformed["data"]["variables"]["reason"], "malformed");
    let all = page.to_string();
    assert!(!all.contains("hunter2") && !all.contains(unknown.expose()) && !all.contains(value.expose()));
    for _ in 0..20 {
        server.get(&unknown, "/me").await.expect(401);
    }
    server.stop();
    server.resume();
    assert_eq!(logs(&server, "action=auth.failure").await["trails"].as_array().unwrap().len(), 5);
}
