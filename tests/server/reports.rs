//! `POST /detected-secrets`, `GET /detected-secrets/{secretId}/locations`, `PUT /detected-secrets/{secretId}`.

use keydeck::domain::key_value;
use keydeck::domain::secret::Secret;
use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};

use crate::http::{Answer, minted};
use crate::support::TestServer;

const PATH: &str = "/detected-secrets";

fn about(hash: &str) -> Value {
    json!({
        "secretHash": hash,
        "secretType": "keydeck api key",
        "source": "github",
        "url": "https://github.example/acme/deploy/blob/main/.env#L3",
    })
}

fn with(mut body: Value, field: &str, value: impl Into<Value>) -> Value {
    body[field] = value.into();
    body
}

fn hash(value: &Secret) -> String {
    key_value::fingerprint(value.expose())
}

async fn report(server: &TestServer, body: Value) -> Answer {
    server.post(&server.keys.scanner, PATH, body).await
}

async fn resolve(server: &TestServer, id: &str, body: Value) -> Answer {
    server.send(server.request(Method::PUT, &server.keys.admin, &format!("{PATH}/{id}")).json(&body)).await
}

async fn locations(server: &TestServer, id: &str, parameters: &str) -> Value {
    server.get(&server.keys.admin, &format!("{PATH}/{id}/locations?{parameters}")).await.expect(200)
}

async fn status(server: &TestServer, id: &str) -> Value {
    server.get(&server.keys.admin, &format!("/api-keys/{id}")).await.expect(200)
}

async fn actions(server: &TestServer) -> Vec<Value> {
    let page = server.get(&server.keys.admin, "/audit/logs?limit=1000&orderBy=asc").await.expect(200);
    page["trails"].as_array().unwrap()[12..].to_vec()
}

async fn revoke_exposed(server: &TestServer) {
    server.sql("UPDATE api_key_settings SET body = REPLACE(body, '\"autoRevokeExposed\":false', '\"autoRevokeExposed\":true')").await;
    let settings = server.get(&server.keys.admin, "/api-key-settings").await.expect(200);
    assert_eq!(settings["autoRevokeExposed"], true);
}

#[tokio::test]
async fn a_report_makes_a_finding_and_a_second_one_adds_to_it() {
    let server = TestServer::start().await;
    let (id, value) = server.make_key(&server.keys.user, "leaked").await;
    let first = with(about(&hash(&value)), "detectedAt", "2026-11-02T08:00:00Z");
    let made = server.post(&server.keys.admin, PATH, first.clone()).await.expect(201);
    assert_eq!(made["secretType"], "keydeck API Key", "spelt as it is known");
    assert_eq!(
        (&made["apiKeyId"], &made["apiKeyStatus"], &made["ownerId"]),
        (&json!(id), &json!("enabled"), &json!(3))
    );
    assert_eq!((&made["workspaceId"], &made["workspaceVisibility"]), (&json!("github"), &json!("public")));
    assert_eq!((&made["resolution"], &made["occurrences"]), (&json!("ACTIVE"), &json!(1)));
    assert_eq!(made["detectedAt"], "2026-11-02T08:00:00.000Z");

    let again = server.post(&server.keys.admin, PATH, first.clone()).await.expect(200);
    assert_eq!((&again["secretId"], &again["occurrences"]), (&made["secretId"], &json!(2)));
    let earlier = with(first.clone(), "detectedAt", "2026-11-01T08:00:00Z");
    let elsewhere = with(earlier, "url", "https://github.example/acme/old/blob/main/.env#L9");
    let third = report(&server, elsewhere).await.expect(200);
    assert_eq!((&third["occurrences"], &third["detectedAt"]), (&json!(3), &json!("2026-11-01T08:00:00.000Z")));
    let other = with(first, "source", "gitlab");
    let other = report(&server, other).await.expect(201);
    assert_eq!(other["secretId"], made["secretId"], "the same secret, in another place");

    let secret = made["secretId"].as_str().unwrap();
    let places = locations(&server, secret, "workspaceId=github").await;
    assert_eq!(places["data"].as_array().unwrap().len(), 2);
    assert_eq!((&places["data"][0]["occurrences"], &places["data"][0]["resourceType"]), (&json!(2), &json!("file")));
    assert_eq!(places["meta"]["total"], 2);
    assert_eq!(places["meta"]["secretHash"], hash(&value));
    assert_eq!((&places["meta"]["limit"], &places["meta"]["activityFeed"]), (&json!(10), &json!([])));

    let told = actions(&server).await;
    let told: Vec<&str> = told[1..].iter().map(|entry| entry["action"].as_str().unwrap()).collect();
    assert_eq!(told, ["detected_secret.report"; 4]);
}

#[tokio::test]
async fn places_come_in_pages_and_are_filtered() {
    let server = TestServer::start().await;
    let body = with(with(about(&minted().1), "source", "workspace"), "workspaceId", "w 1");
    let mut id = String::new();
    for at in 1..=5 {
        let seen = with(body.clone(), "detectedAt", format!("2026-11-0{at}T08:00:00Z"));
        let kind = if at == 3 { "environment" } else { "request" };
        let place = with(with(seen, "resourceId", format!("1-{at}")), "resourceType", kind);
        id = report(&server, place).await.body["secretId"].as_str().unwrap().to_owned();
    }
    let of = |page: &Value| -> Vec<String> {
        page["data"].as_array().unwrap().iter().map(|row| row["resourceId"].as_str().unwrap().to_owned()).collect()
    };
    let first = locations(&server, &id, "workspaceId=w%201&limit=3").await;
    assert_eq!(of(&first), ["1-5", "1-4", "1-3"]);
    let cursor = first["meta"]["nextCursor"].as_str().unwrap();
    let second = locations(&server, &id, &format!("workspaceId=w%201&limit=3&cursor={cursor}")).await;
    assert_eq!((of(&second), &second["meta"]["nextCursor"]), (vec!["1-2".to_owned(), "1-1".to_owned()], &Value::Null));
    assert_eq!(second["meta"]["cursor"], cursor);
    let kind = locations(&server, &id, "workspaceId=w%201&resourceType=environment").await;
    assert_eq!(of(&kind), ["1-3"]);
    let span = "workspaceId=w%201&since=2026-11-02T08:00:00Z&until=2026-11-03T08:00:00Z";
    assert_eq!(of(&locations(&server, &id, span).await), ["1-3", "1-2"]);
    let path = format!("{PATH}/{id}/locations");
    server.get(&server.keys.admin, &path).await.refused(400, "paramMissingError", Some("workspaceId"));
    let elsewhere = format!("{path}?workspaceId=elsewhere");
    server.get(&server.keys.admin, &elsewhere).await.refused(404, "instanceNotFoundError", None);
    server.get(&server.keys.admin, &format!("{PATH}/unknown/locations?workspaceId=w")).await.expect(404);
    for (parameter, field) in [("limit=0", "limit"), ("since=2026-11-02", "since"), ("cursor=x", "cursor")] {
        let path = format!("{path}?workspaceId=w%201&{parameter}");
        server.get(&server.keys.admin, &path).await.refused(400, "malformedRequestError", Some(field));
    }
}

#[tokio::test]
async fn a_value_is_hashed_and_kept_nowhere() {
    let server = TestServer::start().await;
    let (id, value) = server.make_key(&server.keys.user, "leaked").await;
    let mut body = about("");
    body.as_object_mut().unwrap().remove("secretHash");
    let body = with(body, "value", value.expose());
    let made = server.post(&server.keys.admin, PATH, body.clone()).await.expect(201);
    assert_eq!((&made["secretHash"], &made["apiKeyId"]), (&json!(hash(&value)), &json!(id)));
    assert_eq!(made["obfuscatedSecret"], key_value::mask(value.expose()));
    let both = with(body.clone(), "secretHash", hash(&value));
    let refused = report(&server, both).await.refused(400, "malformedRequestError", Some("value"));
    assert!(!refused.to_string().contains(value.expose()));
    for field in ["url", "secretType", "obfuscatedSecret", "resourceId"] {
        let repeats = with(body.clone(), field, format!("https://x.example/?key={}", value.expose()));
        let refused = report(&server, repeats).await.refused(400, "malformedRequestError", Some(field));
        assert!(!refused.to_string().contains(value.expose()));
    }
    let number = with(body.clone(), "value", 7_654_321);
    report(&server, number).await.refused(400, "malformedRequestError", Some("value"));
    report(&server, with(body, "value", "short")).await.refused(400, "malformedRequestError", Some("value"));
    assert!(!crate::support::database::holds(&server.database, value.expose()));
}

#[tokio::test]
async fn a_value_is_taken_whatever_it_ends_in() {
    let server = TestServer::start().await;
    let mut body = about("");
    body.as_object_mut().unwrap().remove("secretHash");
    let body = with(body, "value", "a secret of another kind \u{89}\u{202e}");
    let made = server.post(&server.keys.admin, PATH, body).await.expect(201);
    assert!(made["obfuscatedSecret"].as_str().unwrap().ends_with("\\x89\\u{202e}"), "{made}");
}

#[rstest]
#[case("secretHash", json!("ABC"), "malformedRequestError")]
#[case("secretHash", json!(null), "paramMissingError")]
#[case("secretType", json!(null), "paramMissingError")]
#[case("secretType", json!(""), "malformedRequestError")]
#[case("source", json!("usenet"), "malformedRequestError")]
#[case("url", json!(null), "paramMissingError")]
#[case("url", json!("x".repeat(2049)), "malformedRequestError")]
#[case("workspaceId", json!("w1"), "malformedRequestError")]
#[case("workspaceVisibility", json!("everybody"), "malformedRequestError")]
#[case("detectedAt", json!("2999-01-01T00:00:00Z"), "malformedRequestError")]
#[case("detectedAt", json!("yesterday"), "malformedRequestError")]
#[tokio::test]
async fn a_wrong_report_is_named(#[case] field: &str, #[case] value: Value, #[case] name: &str) {
    let server = TestServer::start().await;
    let before = server.changes().await;
    report(&server, with(about(&"0".repeat(64)), field, value)).await.refused(400, name, Some(field));
    assert_eq!(server.changes().await, before);
}

#[tokio::test]
async fn a_link_with_a_whole_key_in_it_is_refused() {
    let server = TestServer::start().await;
    let (value, hash, _) = minted();
    for url in
        [format!("https://x.example/?access_key={}", value.expose()), format!("https://x.example/{}/a", value.expose())]
    {
        let refused = report(&server, with(about(&hash), "url", url)).await;
        let refused = refused.refused(400, "malformedRequestError", Some("url"));
        assert!(!refused.to_string().contains(value.expose()));
    }
}

#[tokio::test]
async fn in_a_workspace_the_workspace_is_named() {
    let server = TestServer::start().await;
    let body = with(about(&minted().1), "source", "workspace");
    report(&server, body.clone()).await.refused(400, "paramMissingError", Some("workspaceId"));
    report(&server, with(body, "workspaceId", "w1")).await.expect(201);
}

#[tokio::test]
async fn reporters_learn_nothing_of_the_keys_they_report_about() {
    let server = TestServer::start().await;
    let (_, value) = server.make_key(&server.keys.user, "leaked").await;
    let known = report(&server, about(&hash(&value))).await.expect(201);
    let unknown = report(&server, about(&minted().1)).await.expect(201);
    for field in ["apiKeyId", "apiKeyName", "apiKeyStatus", "ownerId", "lastUsedAt"] {
        assert_eq!((&known[field], &unknown[field]), (&Value::Null, &Value::Null), "{field}");
    }
    for key in [&server.keys.user, &server.keys.verifier] {
        server.post(key, PATH, about(&hash(&value))).await.refused(403, "forbiddenError", None);
    }
    for key in [&server.keys.user, &server.keys.scanner, &server.keys.verifier] {
        let id = known["secretId"].as_str().unwrap();
        server.get(key, &format!("{PATH}/{id}/locations?workspaceId=github")).await.expect(403);
        let body = json!({ "resolution": "REVOKED", "workspaceId": "github" });
        server.send(server.request(Method::PUT, key, &format!("{PATH}/{id}")).json(&body)).await.expect(403);
    }
}

#[tokio::test]
async fn an_exposed_key_is_revoked_in_the_same_transaction_where_the_settings_say_so() {
    let server = TestServer::start().await;
    let (kept, value) = server.make_key(&server.keys.user, "kept").await;
    report(&server, about(&hash(&value))).await.expect(201);
    assert_eq!(status(&server, &kept).await["status"], "enabled", "not unless the settings say so");

    revoke_exposed(&server).await;
    let (id, value) = server.make_key(&server.keys.user, "leaked").await;
    let begun = actions(&server).await.len();
    let made = server.post(&server.keys.admin, PATH, about(&hash(&value))).await.expect(201);
    assert_eq!((&made["resolution"], &made["autoRevoke"]), (&json!("REVOKED"), &json!("revoked")));
    let key = status(&server, &id).await;
    assert_eq!(
        (&key["status"], &key["revocation"], &key["revokedBy"]),
        (&json!("revoked"), &json!("exposed"), &Value::Null)
    );
    server.get(&value, "/me").await.expect(401);
    let told = actions(&server).await;
    let reporter = &told[begun]["data"]["actor"];
    assert_eq!((&reporter["name"], &told[begun + 1]["data"]["variables"]["reportedBy"]), (&json!("admin"), reporter));
    let told: Vec<(&str, bool)> = told[begun..]
        .iter()
        .filter(|entry| entry["action"] != "api_key.refused")
        .map(|entry| (entry["action"].as_str().unwrap(), entry["data"]["actor"].is_null()))
        .collect();
    assert_eq!(
        told,
        [("detected_secret.report", false), ("api_key.revoke", true), ("detected_secret.resolve", true)],
        "the server's own doing has no actor"
    );
    let again = server.post(&server.keys.admin, PATH, with(about(&hash(&value)), "source", "gitlab")).await.expect(201);
    assert_eq!(again["resolution"], "REVOKED", "a key that is revoked already leaves nothing open");
    report(&server, about(&hash(&server.keys.admin.duplicate()))).await.expect(201);
    server.get(&server.keys.admin, "/me").await.expect(401);
}

#[tokio::test]
async fn an_old_value_of_a_key_revokes_nothing() {
    let server = TestServer::start().await;
    revoke_exposed(&server).await;
    let (id, value) = server.make_key(&server.keys.user, "rotated").await;
    server
        .sql(&format!(
            "UPDATE key_values SET present = 0, overlap_ends_at = '2026-01-01T00:00:00.000Z' WHERE key_id = '{id}'"
        ))
        .await;
    let (_, new, mask) = minted();
    server.sql(&format!("INSERT INTO key_values (secret_hash, kind, key_id, masked_value, created_at, present) VALUES ('{new}', 'api', '{id}', '{mask}', '2026-01-01T00:00:00.000Z', 1)")).await;
    let made = server.post(&server.keys.admin, PATH, about(&hash(&value))).await.expect(201);
    assert_eq!((&made["resolution"], &made["apiKeyId"]), (&json!("ACTIVE"), &json!(id)));
    assert_eq!(status(&server, &id).await["status"], "enabled");
    report(&server, about(&new)).await.expect(201);
    assert_eq!(status(&server, &id).await["revocation"], "exposed");
}

#[tokio::test]
async fn a_finding_is_resolved_with_a_note_and_again() {
    let server = TestServer::start().await;
    let (key, value) = server.make_key(&server.keys.user, "leaked").await;
    let made = report(&server, about(&hash(&value))).await.expect(201);
    let id = made["secretId"].as_str().unwrap();
    let body = json!({ "resolution": "ACCEPTED_RISK", "workspaceId": "github", "note": "a test team's" });
    let first = resolve(&server, id, body).await.expect(200);
    assert_eq!((&first["secretHash"], &first["workspaceId"]), (&json!(hash(&value)), &json!("github")));
    assert_eq!((&first["resolution"], &first["history"][0]["actor"]), (&json!("ACCEPTED_RISK"), &json!(2)));
    assert_eq!(first["history"][0]["note"], "a test team's");
    let second = resolve(&server, id, json!({ "resolution": "REVOKED", "workspaceId": "github" })).await.expect(200);
    let words: Vec<&Value> = second["history"].as_array().unwrap().iter().map(|entry| &entry["resolution"]).collect();
    assert_eq!(words, ["ACCEPTED_RISK", "REVOKED"]);
    assert_eq!(status(&server, &key).await["status"], "enabled", "a statement, not an action");
    let feed = locations(&server, id, "workspaceId=github").await["meta"]["activityFeed"].clone();
    assert_eq!((&feed[1]["status"], &feed[1]["resolvedBy"]), (&json!("REVOKED"), &json!(2)));
    let told = actions(&server).await;
    let told = &told.last().unwrap()["data"]["variables"];
    assert_eq!(
        (&told["before"]["resolution"], &told["after"]["resolution"]),
        (&json!("ACCEPTED_RISK"), &json!("REVOKED"))
    );
}

#[tokio::test]
async fn what_is_no_resolution_is_refused() {
    let server = TestServer::start().await;
    let made = report(&server, about(&minted().1)).await.expect(201);
    let id = made["secretId"].as_str().unwrap();
    let before = server.changes().await;
    for word in ["ACTIVE", "SOLVED"] {
        let body = json!({ "resolution": word, "workspaceId": "github" });
        resolve(&server, id, body).await.refused(400, "malformedRequestError", Some("resolution"));
    }
    resolve(&server, id, json!({ "resolution": "REVOKED" })).await.refused(
        400,
        "paramMissingError",
        Some("workspaceId"),
    );
    let long = json!({ "resolution": "REVOKED", "workspaceId": "github", "note": "x".repeat(2001) });
    resolve(&server, id, long).await.refused(400, "malformedRequestError", Some("note"));
    for (id, workspace) in [("unknown", "github"), (id, "elsewhere")] {
        let body = json!({ "resolution": "REVOKED", "workspaceId": workspace });
        resolve(&server, id, body).await.refused(404, "instanceNotFoundError", None);
    }
    assert_eq!(server.changes().await, before);
}

#[tokio::test]
async fn revoking_a_collection_key_resolves_its_open_findings() {
    let server = TestServer::start().await;
    let made =
        server.post(&server.keys.user, "/collection-access-keys", json!({ "collectionId": "1-a" })).await.expect(201);
    let value = Secret::new(made["value"].as_str().unwrap().to_owned());
    let found = report(&server, about(&hash(&value))).await.expect(201);
    assert_eq!(found["resolution"], "ACTIVE");
    let path = format!("/collection-access-keys/{}", made["collectionAccessKey"]["id"].as_str().unwrap());
    server.delete(&server.keys.user, &path).await.expect(204);
    let resolved =
        server.post(&server.keys.admin, "/detected-secrets-queries", json!({ "resolved": true })).await.expect(200);
    assert_eq!(resolved["data"][0]["resolution"], "REVOKED");
}
