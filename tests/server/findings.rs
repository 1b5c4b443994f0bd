//! `POST /detected-secrets-queries`, `GET /secret-types`, and what revoking does to findings.

use keydeck::domain::team::Role;
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::TestServer;

const PATH: &str = "/detected-secrets-queries";

async fn query(server: &TestServer, parameters: &str, asked: Value) -> Value {
    server.post(&server.keys.admin, &format!("{PATH}?{parameters}"), asked).await.expect(200)
}

fn rows(answer: &Value) -> &Vec<Value> {
    answer["data"].as_array().unwrap()
}

#[tokio::test]
async fn findings_in_postmans_shape() {
    let server = TestServer::seeded(400, Role::Admin).await;
    let none = server.send(server.request(reqwest::Method::POST, &server.keys.admin, PATH)).await.expect(200);
    assert_eq!(rows(&none).len(), 10, "no body is everything, ten at a time");
    assert_eq!(none["meta"]["limit"], 10);
    assert!(none["meta"]["nextCursor"].is_string());
    assert_eq!(none["meta"].get("total"), None, "only when asked for");
    let all = query(&server, "limit=1000&include=meta.total", json!({})).await;
    assert_eq!(all["meta"], json!({ "limit": 1000, "nextCursor": null, "total": 12 }));
    assert_eq!(rows(&all).len(), 12);
    let seen: Vec<&str> = rows(&all).iter().map(|row| row["detectedAt"].as_str().unwrap()).collect();
    assert!(seen.is_sorted_by(|a, b| a >= b), "the latest first");
    for row in rows(&all) {
        for text in
            ["secretId", "secretType", "secretHash", "obfuscatedSecret", "workspaceId", "workspaceVisibility", "url"]
        {
            assert!(row[text].is_string(), "{text}: {row}");
        }
        assert!(row["occurrences"].as_u64().is_some_and(|occurrences| occurrences > 0));
        assert!(row.get("resourceType").is_none(), "only in resource queries");
    }
    let second = query(&server, &format!("cursor={}", none["meta"]["nextCursor"].as_str().unwrap()), json!({})).await;
    assert_eq!(rows(&second)[..], rows(&all)[10..]);
    assert_eq!(second["meta"]["nextCursor"], Value::Null);
}

#[tokio::test]
async fn findings_are_filtered() {
    let server = TestServer::seeded(400, Role::Admin).await;
    let all = query(&server, "limit=100", json!({})).await;
    let types = server.get(&server.keys.admin, "/secret-types").await.expect(200);
    let postman = types["data"].as_array().unwrap().iter().find(|kind| kind["name"] == "Postman API Key").unwrap();
    let workspace = rows(&all).iter().find(|row| row["source"] == "workspace").unwrap()["workspaceId"].clone();
    let is = |field: &'static str, values: Vec<Value>| move |row: &&Value| values.contains(&row[field]);
    let check = async |asked: Value, keep: &dyn Fn(&&Value) -> bool| {
        let found = query(&server, "limit=100", asked.clone()).await;
        let expected: Vec<&Value> = rows(&all).iter().filter(keep).collect();
        assert!(!expected.is_empty() && expected.len() < 12, "{asked} chooses");
        assert_eq!(rows(&found).iter().collect::<Vec<_>>(), expected, "{asked}");
    };
    let active = vec![json!("ACTIVE")];
    check(json!({ "resolved": false }), &is("resolution", active.clone())).await;
    check(json!({ "resolved": true }), &|row| row["resolution"] != "ACTIVE").await;
    check(json!({ "statuses": ["REVOKED"] }), &is("resolution", vec![json!("REVOKED")])).await;
    check(json!({ "statuses": ["ACTIVE"] }), &is("resolution", active.clone())).await;
    check(json!({ "statuses": ["ACTIVE", "REVOKED"] }), &is("resolution", vec![json!("ACTIVE"), json!("REVOKED")]))
        .await;
    check(json!({ "secretTypes": [postman["id"]] }), &is("secretType", vec![json!("Postman API Key")])).await;
    check(
        json!({ "workspaceIds": [workspace, "github"] }),
        &is("workspaceId", vec![workspace.clone(), json!("github")]),
    )
    .await;
    check(json!({ "workspaceVisibilities": ["team"] }), &is("workspaceVisibility", vec![json!("team")])).await;
    check(json!({ "resolved": false, "workspaceIds": ["gitlab"], "statuses": [] }), &|row| {
        row["resolution"] == "ACTIVE" && row["workspaceId"] == "gitlab"
    })
    .await;
    let middle = rows(&all)[5]["detectedAt"].as_str().unwrap();
    let since = query(&server, &format!("limit=100&since={middle}"), json!({})).await;
    assert_eq!(rows(&since)[..], rows(&all)[..6], "since is included");
    let until = query(&server, &format!("limit=100&until={}", middle.replace('Z', "%2B00:00")), json!({})).await;
    assert_eq!(rows(&until)[..], rows(&all)[5..], "until is included");
}

#[tokio::test]
async fn a_search_for_resources_answers_a_row_a_resource() {
    let server = TestServer::seeded(400, Role::Admin).await;
    server.sql("UPDATE detected_secret_locations SET resource_type = 'collection', resource_id = 'c-' || source_row FROM (SELECT id AS of, ROW_NUMBER() OVER (ORDER BY id) AS source_row FROM detected_secret_locations) AS numbered WHERE of = id").await;
    let ids: Vec<String> = (1..=3).map(|at| format!("c-{at}")).collect();
    let asked = json!({ "resources": [{ "type": "collection", "ids": ids }, { "type": "request", "ids": ["c-4"] }] });
    let found = query(&server, "limit=2&include=meta.total", asked.clone()).await;
    assert_eq!(found["meta"]["total"], 3);
    let cursor = found["meta"]["nextCursor"].as_str().unwrap();
    let rest = query(&server, &format!("limit=2&cursor={cursor}"), asked).await;
    let mut seen: Vec<&str> =
        rows(&found).iter().chain(rows(&rest)).map(|row| row["resourceId"].as_str().unwrap()).collect();
    assert_eq!(rows(&found)[0]["resourceType"], "collection");
    seen.sort_unstable();
    assert_eq!(seen, ["c-1", "c-2", "c-3"]);
    // either part may be left out
    let all = server.number("SELECT COUNT(*) FROM detected_secret_locations").await;
    for (resources, total) in [
        (json!([{ "type": "collection" }]), all),
        (json!([{ "type": "collection", "ids": [] }]), all),
        (json!([{ "type": "request" }]), 0),
        (json!([{ "ids": ["c-1", "c-2"] }]), 2),
        (json!([{ "ids": ["c-1"] }, { "type": "collection", "ids": ["c-1", "c-3"] }, { "type": "request" }]), 2),
    ] {
        let found = query(&server, "limit=1&include=meta.total", json!({ "resources": resources })).await;
        assert_eq!(found["meta"]["total"], total, "{resources}");
    }
}

#[rstest]
#[case("limit=0", json!({}), "limit")]
#[case("limit=1001", json!({}), "limit")]
#[case("limit=1.5", json!({}), "limit")]
#[case("include=everything", json!({}), "include")]
#[case("since=2026-01-01", json!({}), "since")]
#[case("since=2026-01-01T00:00:00", json!({}), "since")]
#[case("until=yesterday", json!({}), "until")]
#[case("since=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z", json!({}), "since")]
#[case("cursor=nonsense", json!({}), "cursor")]
#[case("", json!([]), "body")]
#[case("", json!({ "resolved": "no" }), "resolved")]
#[case("", json!({ "secretTypes": ["unknown"] }), "secretTypes[0]")]
#[case("", json!({ "secretTypes": "x" }), "secretTypes")]
#[case("", json!({ "statuses": ["REVOKED", "OPEN"] }), "statuses[1]")]
#[case("", json!({ "workspaceVisibilities": ["private"] }), "workspaceVisibilities[0]")]
#[case("", json!({ "workspaceIds": ["a"], "resources": [] }), "resources")]
#[case("", json!({ "workspaceIds": vec!["a"; 1001] }), "workspaceIds")]
#[case("", json!({ "resources": [{ "type": "drawer", "ids": [] }] }), "resources[0].type")]
#[case("", json!({ "resources": [{ "type": "request", "ids": vec!["a"; 1001] }] }), "resources[0].ids")]
#[tokio::test]
async fn a_wrong_search_is_named(#[case] parameters: &str, #[case] asked: Value, #[case] field: &str) {
    let server = TestServer::start().await;
    let answer = server.post(&server.keys.admin, &format!("{PATH}?{parameters}"), asked).await;
    answer.refused(400, "malformedRequestError", Some(field));
}

#[tokio::test]
async fn a_missing_part_of_a_resource_is_named() {
    let server = TestServer::start().await;
    let answer = server.post(&server.keys.admin, PATH, json!({ "resources": [{ "ids": [] }] })).await;
    answer.refused(400, "paramMissingError", Some("resources[0].type"));
}

#[tokio::test]
async fn secret_types_are_told() {
    let server = TestServer::start().await;
    let types = server.get(&server.keys.admin, "/secret-types").await.expect(200);
    let names: Vec<&str> =
        types["data"].as_array().unwrap().iter().map(|kind| kind["name"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        [
            "keydeck API Key",
            "keydeck Collection Access Key",
            "Postman API Key",
            "Postman Collection Access Key",
            "postman.gov.sg API Key",
        ]
    );
    assert_eq!(types["data"][0]["type"], "DEFAULT");
    assert_eq!(types["meta"]["total"], 5);
}

#[tokio::test]
async fn revoking_a_key_resolves_its_open_findings() {
    let server = TestServer::seeded(400, Role::Superadmin).await;
    let open = query(&server, "limit=100", json!({ "resolved": false })).await;
    let exposed: Vec<&Value> = rows(&open).iter().filter(|row| row["apiKeyStatus"] == "enabled").collect();
    assert!(exposed.len() >= 3, "something to see in the demo");
    let key = exposed[0]["apiKeyId"].as_str().unwrap();
    let of_key = |answer: &Value| rows(answer).iter().filter(|row| row["apiKeyId"] == key).count();
    let expected = of_key(&open);
    let asked = json!({ "ids": [key], "revocation": "exposed", "note": "pasted in a channel" });
    server.post(&server.keys.admin, "/api-key-revocations", asked).await.expect(200);
    let after = query(&server, "limit=100", json!({ "resolved": false })).await;
    assert_eq!(of_key(&after), 0);
    assert_eq!(rows(&after).len(), rows(&open).len() - expected);
    let resolved = query(&server, "limit=100", json!({ "statuses": ["REVOKED"] })).await;
    let row = rows(&resolved).iter().find(|row| row["apiKeyId"] == key).unwrap();
    assert_eq!(row["apiKeyStatus"], "revoked");
    let history = "SELECT COUNT(*) FROM detected_secret_history WHERE note = 'pasted in a channel' AND actor_id = 1001";
    assert_eq!(usize::try_from(server.number(history).await).unwrap(), expected);
}

#[tokio::test]
async fn a_thousand_resources_can_be_asked_for() {
    let server = TestServer::seeded(50, Role::Admin).await;
    let resources: Vec<Value> = (0..1000).map(|at| json!({ "type": "request", "ids": [format!("r-{at}")] })).collect();
    let found = query(&server, "include=meta.total", json!({ "resources": resources })).await;
    assert_eq!(found["meta"]["total"], 0);
}
