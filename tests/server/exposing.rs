//! What a report does to the key it is about, whose word counts for it, and what a scanner is told.

use keydeck::domain::key_value;
use keydeck::domain::secret::Secret;
use keydeck::server::ServerSettings;
use rstest::rstest;
use serde_json::{Value, json};

use crate::http::{Answer, minted};
use crate::support::TestServer;

/// A server whose team's setting revokes exposed keys.
async fn revoking() -> TestServer {
    let server = TestServer::start().await;
    server.sql("UPDATE api_key_settings SET body = REPLACE(body, '\"autoRevokeExposed\":false', '\"autoRevokeExposed\":true')").await;
    server
}

fn place(report: Value) -> Value {
    let mut report = report;
    report["secretType"] = json!("keydeck API Key");
    report["source"] = json!("github");
    report["url"] = json!("https://github.example/acme/deploy/blob/main/.env#L3");
    report
}

fn by_hash(value: &Secret) -> Value {
    place(json!({ "secretHash": key_value::fingerprint(value.expose()) }))
}

fn by_value(value: &Secret) -> Value {
    place(json!({ "value": value.expose() }))
}

impl TestServer {
    async fn report(&self, reporter: &Secret, report: Value) -> Answer {
        self.post(reporter, "/detected-secrets", report).await
    }

    async fn last_report(&self) -> Value {
        let page = self.get(&self.keys.admin, "/audit/logs?action=detected_secret.report&limit=1").await.expect(200);
        page["trails"][0].clone()
    }

    /// A second key of the superadmin's, so that their first is not the team's last.
    async fn spare_key(&self) -> Secret {
        self.make_key(&self.keys.superadmin, "in the safe").await.1
    }
}

#[rstest]
#[case::a_scanner(4)]
#[case::an_admin(1)]
#[case::a_superadmin(0)]
#[tokio::test]
async fn a_report_that_would_lock_the_team_out_is_recorded_and_revokes_nothing(#[case] who: usize) {
    let server = revoking().await;
    let keys = &server.keys;
    let reporter = [&keys.superadmin, &keys.admin, &keys.user, &keys.colleague, &keys.scanner][who];
    let told = server.report(reporter, by_value(&keys.superadmin)).await.expect(201);
    server.get(&keys.superadmin, "/me").await.expect(200);
    let entry = server.last_report().await;
    let said = &entry["data"]["variables"];
    assert_eq!((&said["autoRevoke"], &said["autoRevokeReason"]), (&json!("skipped"), &json!("lockout")));
    assert!(entry["message"].as_str().unwrap().contains("no superadmin would have a key that works"), "{entry}");
    assert_eq!(entry["data"]["actor"]["apiKeyId"], server.id_of(reporter).await.as_str(), "it names the reporter");
    let answered = (told["autoRevoke"].clone(), told["autoRevokeReason"].clone());
    let expected = if who == 4 { (Value::Null, Value::Null) } else { (json!("skipped"), json!("lockout")) };
    assert_eq!(answered, expected, "to admins");
    let found = server.post(&keys.admin, "/detected-secrets-queries", json!({ "resolved": false })).await.expect(200);
    assert_eq!(found["data"][0]["secretId"], told["secretId"]);
}

#[tokio::test]
async fn a_superadmins_key_is_revoked_by_its_value_and_never_by_its_hash() {
    let server = revoking().await;
    let spare = server.spare_key().await;
    let key = &server.keys.superadmin;
    for reporter in [&server.keys.scanner, &server.keys.admin, &spare] {
        server.report(reporter, by_hash(key)).await;
        server.get(key, "/me").await.expect(200);
        let said = server.last_report().await["data"]["variables"].clone();
        assert_eq!((&said["autoRevoke"], &said["autoRevokeReason"]), (&json!("skipped"), &json!("hashAlone")));
    }
    server.report(&server.keys.scanner, by_value(key)).await.expect(200);
    server.get(key, "/me").await.expect(401);
    server.get(&spare, "/me").await.expect(200);
    assert_eq!(server.last_report().await["data"]["variables"]["autoRevoke"], Value::Null);
}

#[tokio::test]
async fn anybody_elses_key_is_revoked_by_its_hash() {
    let server = revoking().await;
    server.report(&server.keys.scanner, by_hash(&server.keys.admin)).await.expect(201);
    server.get(&server.keys.admin, "/me").await.expect(401);
}

#[tokio::test]
async fn only_a_superadmins_word_makes_the_lockout_good() {
    let server = revoking().await;
    let keys = &server.keys;
    let mut report = by_value(&keys.superadmin);
    for said in [true, false] {
        report["allowLockout"] = json!(said);
        let before = server.changes().await;
        server.report(&keys.scanner, report.clone()).await.refused(403, "forbiddenError", Some("allowLockout"));
        assert_eq!(server.changes().await, before, "not for a scanner to say");
    }
    report["allowLockout"] = json!(true);
    let told = server.report(&keys.admin, report.clone()).await.expect(201);
    assert_eq!(told["autoRevokeReason"], "lockout", "an admin's word is none");
    server.get(&keys.superadmin, "/me").await.expect(200);
    let told = server.report(&keys.superadmin, report).await.expect(200);
    assert_eq!(told["autoRevoke"], "revoked");
    server.get(&keys.superadmin, "/me").await.expect(401);
}

/// Everything of an answer but its body's own words about when and what.
fn shape(answer: &Answer, report: &Value) -> String {
    let headers: Vec<String> = answer
        .headers
        .iter()
        .filter(|(name, _)| {
            !["date", "x-request-id", "ratelimit-remaining", "ratelimit-reset"].contains(&name.as_str())
        })
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    let mut body = answer.body.clone();
    assert_eq!(body["secretHash"], report["secretHash"]);
    for field in ["secretId", "secretHash", "detectedAt"] {
        let length = body[field].as_str().unwrap().len();
        body[field] = json!(length);
    }
    format!("{} {headers:?} {body}", answer.status)
}

#[rstest]
#[case::the_setting_is_off(false)]
#[case::the_setting_is_on(true)]
#[tokio::test]
async fn to_a_scanner_every_answer_looks_the_same(#[case] revokes: bool) {
    let server = if revokes { revoking().await } else { TestServer::start().await };
    let keys = &server.keys;
    let (_, enabled) = server.make_key(&keys.user, "enabled").await;
    let (disabled_id, disabled) = server.make_key(&keys.user, "disabled").await;
    server.patch(&keys.user, &format!("/api-keys/{disabled_id}"), json!({ "status": "disabled" })).await.expect(200);
    let (revoked_id, revoked) = server.make_key(&keys.user, "revoked").await;
    server.delete(&keys.user, &format!("/api-keys/{revoked_id}")).await.expect(204);
    let shared = server.post(&keys.user, "/collection-access-keys", json!({ "collectionId": "1-a" })).await.expect(201);
    let shared = Secret::new(shared["value"].as_str().unwrap().to_owned());
    let unknown = minted().0;
    for again in [false, true] {
        let expected = server.report(&keys.scanner, by_hash(&unknown)).await;
        let expected = shape(&expected, &by_hash(&unknown));
        for key in [&enabled, &disabled, &revoked, &shared, &keys.superadmin] {
            let report = by_hash(key);
            let answer = server.report(&keys.scanner, report.clone()).await;
            assert_eq!(shape(&answer, &report), expected, "again: {again}");
        }
    }
    server.get(&enabled, "/me").await.expect(if revokes { 401 } else { 200 });
}

#[tokio::test]
async fn a_scanner_learns_nothing_that_others_reported() {
    let server = TestServer::start().await;
    let (_, value) = server.make_key(&server.keys.user, "leaked").await;
    let mut report = by_value(&value);
    report["url"] = json!("https://intranet.example/secret-place");
    let known = server.report(&server.keys.admin, report).await.expect(201);
    let body = json!({ "resolution": "ACCEPTED_RISK", "workspaceId": "github" });
    let path = format!("/detected-secrets/{}", known["secretId"].as_str().unwrap());
    server.send(server.request(reqwest::Method::PUT, &server.keys.admin, &path).json(&body)).await.expect(200);
    let told = server.report(&server.keys.scanner, by_hash(&value)).await.expect(200);
    assert_eq!((&told["resolution"], &told["obfuscatedSecret"]), (&json!("ACTIVE"), &json!("…")));
    assert_eq!(told["url"], by_hash(&value)["url"]);
}

#[tokio::test]
async fn a_members_word_on_a_lockout_is_none() {
    let server = TestServer::start_with(ServerSettings::default()).await;
    let keys = &server.keys;
    let own = server.id_of(&keys.superadmin).await;
    let revocation = json!({ "ids": [own], "allowLockout": true });
    let answered = server.post(&keys.admin, "/api-key-revocations", revocation.clone()).await.expect(200);
    assert_eq!(answered["data"][0]["outcome"], "forbidden");
    let refused = server.post(&keys.superadmin, "/api-key-revocations", json!({ "ids": [own] })).await;
    assert_eq!(refused.refused(409, "conflictError", None)["details"]["reason"], "lockout");
    server.post(&keys.superadmin, "/api-key-revocations", revocation).await.expect(200);
}
