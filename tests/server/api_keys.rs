//! `GET /api-keys`, `POST /api-keys`, `GET /api-keys/{id}`, `DELETE /api-keys/{id}`.

use chrono::{DateTime, TimeDelta, Utc};
use keydeck::domain::key_value::{self, KeyKind};
use keydeck::domain::secret::Secret;
use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};

use crate::http::{ids, minted};
use crate::support::TestServer;

#[tokio::test]
async fn the_server_mints_a_value_and_tells_it_once() {
    let server = TestServer::start().await;
    let asked =
        json!({ "name": "ci-deploy ü", "contacts": ["ops@test.example"], "expiresAt": "2999-01-01T02:00:00+02:00" });
    let made = server.post(&server.keys.user, "/api-keys", asked).await.expect(201);
    let (key, value) = (&made["apiKey"], made["value"].as_str().unwrap());
    assert_eq!(key_value::recognise(value), Some(KeyKind::ApiKey));
    assert_eq!(key["secretHash"], key_value::fingerprint(value));
    assert_eq!(key["maskedValue"], key_value::mask(value));
    assert_eq!(key["name"], "ci-deploy ü");
    assert_eq!(key["status"], "enabled");
    assert_eq!(key["ownerId"], 3);
    assert_eq!(key["ownerEmail"], "user@test.example");
    assert_eq!(key["contacts"], json!(["ops@test.example"]));
    assert_eq!(key["expiresAt"], "2999-01-01T00:00:00.000Z");
    assert_eq!(key["createdAt"], key["valueCreatedAt"]);
    for null in ["disabledReason", "lastUsedAt", "lastUsedFrom", "revokedAt", "revokedBy", "revocation", "rotatedFrom"]
    {
        assert_eq!(key.get(null), Some(&Value::Null), "{null}");
    }
    let id = key["id"].as_str().unwrap();
    let secret = Secret::new(value.to_owned());
    assert_eq!(server.id_of(&secret).await, id, "it works");
    let read = server.get(&server.keys.user, &format!("/api-keys/{id}")).await.expect(200);
    assert_eq!(&read, key, "the bare object, and no value");
}

#[tokio::test]
async fn a_client_mints_a_value_the_server_never_sees() {
    let server = TestServer::start().await;
    let (value, hash, mask) = minted();
    let asked = json!({ "name": "laptop", "secretHash": hash, "maskedValue": mask });
    let made = server.post(&server.keys.user, "/api-keys", asked).await.expect(201);
    assert!(made.get("value").is_none());
    assert_eq!(made["apiKey"]["secretHash"], hash);
    assert_eq!(made["apiKey"]["maskedValue"], mask);
    assert_eq!(server.id_of(&value).await, made["apiKey"]["id"]);
}

#[tokio::test]
async fn a_hash_that_is_known_is_refused_and_names_nobody() {
    let server = TestServer::start().await;
    let (_, hash, mask) = minted();
    let asked = json!({ "name": "first", "secretHash": hash, "maskedValue": mask });
    let made = server.post(&server.keys.user, "/api-keys", asked.clone()).await.expect(201);
    server
        .delete(&server.keys.user, &format!("/api-keys/{}", made["apiKey"]["id"].as_str().unwrap()))
        .await
        .expect(204);
    let found = key_value::fingerprint("found on the street");
    server
        .sql(&format!(
            "INSERT INTO detected_secrets (secret_id, workspace_id, workspace_visibility, secret_type, secret_hash, \
             obfuscated_secret, source, url, resolution, occurrences, detected_at) VALUES \
             ('s', 'github', 'public', 'x', '{found}', 'x', 'github', 'x', 'ACTIVE', 1, '2026-01-01T00:00:00.000Z')"
        ))
        .await;
    let before = server.changes().await;
    let own = key_value::fingerprint(server.keys.admin.expose());
    for hash in [hash, found, own] {
        let asked = json!({ "name": "again", "secretHash": hash, "maskedValue": mask });
        let error = server.post(&server.keys.colleague, "/api-keys", asked).await.refused(409, "conflictError", None);
        assert!(!error.to_string().contains("@test.example"));
    }
    assert_eq!(server.changes().await, before);
}

#[rstest]
#[case::no_name(json!({}), "paramMissingError", "name")]
#[case::null_name(json!({ "name": null }), "paramMissingError", "name")]
#[case::empty_name(json!({ "name": " " }), "malformedRequestError", "name")]
#[case::long_name(json!({ "name": "ü".repeat(256) }), "malformedRequestError", "name")]
#[case::nul_in_the_name(json!({ "name": "a\0b" }), "malformedRequestError", "name")]
#[case::number_as_name(json!({ "name": 7 }), "malformedRequestError", "name")]
#[case::past_expiry(json!({ "name": "a", "expiresAt": "2020-01-01T00:00:00Z" }), "malformedRequestError", "expiresAt")]
#[case::a_date_alone(json!({ "name": "a", "expiresAt": "2999-01-01" }), "malformedRequestError", "expiresAt")]
#[case::no_date(json!({ "name": "a", "expiresAt": "soon" }), "malformedRequestError", "expiresAt")]
#[case::empty_date(json!({ "name": "a", "expiresAt": "" }), "malformedRequestError", "expiresAt")]
#[case::year_10000(json!({ "name": "a", "expiresAt": "9999-12-31T23:59:59-01:00" }), "malformedRequestError", "expiresAt")]
#[case::a_number(json!({ "name": "a", "expiresAt": 1_700_000_000 }), "malformedRequestError", "expiresAt")]
#[case::no_address(json!({ "name": "a", "contacts": ["a@b.example", "nobody"] }), "malformedRequestError", "contacts[1]")]
#[case::a_header(json!({ "name": "a", "contacts": ["a@b.example\r\nBcc: c"] }), "malformedRequestError", "contacts[0]")]
#[case::many_contacts(json!({ "name": "a", "contacts": vec!["a@b.example"; 51] }), "malformedRequestError", "contacts")]
#[case::contacts_as_text(json!({ "name": "a", "contacts": "a@b.example" }), "malformedRequestError", "contacts")]
#[case::hash_alone(json!({ "name": "a", "secretHash": "0".repeat(64) }), "paramMissingError", "maskedValue")]
#[case::mask_alone(json!({ "name": "a", "maskedValue": "kdk_…abcd" }), "paramMissingError", "secretHash")]
#[case::upper_case_hash(json!({ "name": "a", "secretHash": "A".repeat(64), "maskedValue": "kdk_…abcd" }), "malformedRequestError", "secretHash")]
#[case::a_value_as_mask(json!({ "name": "a", "secretHash": "a".repeat(64), "maskedValue": "kdk_abcdefgh" }), "malformedRequestError", "maskedValue")]
#[case::unknown_rotated_from(json!({ "name": "a", "rotatedFrom": "nothing" }), "instanceNotFoundError", "rotatedFrom")]
#[tokio::test]
async fn a_wrong_new_key_changes_nothing(#[case] asked: Value, #[case] name: &str, #[case] field: &str) {
    let server = TestServer::start().await;
    let before = server.changes().await;
    let status = if name == "instanceNotFoundError" { 404 } else { 400 };
    server.post(&server.keys.user, "/api-keys", asked).await.refused(status, name, Some(field));
    assert_eq!(server.changes().await, before);
    assert_eq!(server.number("SELECT COUNT(*) FROM api_keys").await, 6);
}

#[tokio::test]
async fn names_may_be_as_long_as_the_contract_says() {
    let server = TestServer::start().await;
    let name = "ü".repeat(255);
    let made = server.post(&server.keys.user, "/api-keys", json!({ "name": name })).await.expect(201);
    assert_eq!(made["apiKey"]["name"], name);
}

#[tokio::test]
async fn a_key_may_replace_one_of_its_owners_own_only() {
    let server = TestServer::start().await;
    let (own, _) = server.make_key(&server.keys.user, "old").await;
    let asked = json!({ "name": "new", "rotatedFrom": own });
    let made = server.post(&server.keys.user, "/api-keys", asked.clone()).await.expect(201);
    assert_eq!(made["apiKey"]["rotatedFrom"], own);
    server.post(&server.keys.admin, "/api-keys", asked).await.refused(403, "forbiddenError", Some("rotatedFrom"));
}

#[tokio::test]
async fn the_teams_settings_override_the_wish() {
    let server = TestServer::start().await;
    let wish = (Utc::now() + TimeDelta::days(400)).to_rfc3339();
    for (settings, days) in [
        (json!({ "expiryDays": 30 }), Some(30)),
        (json!({ "maxAgeDays": 90 }), Some(90)),
        (json!({ "expiryDays": 30, "maxAgeDays": 10 }), Some(10)),
        (json!({}), None),
    ] {
        server.sql(&format!("UPDATE api_key_settings SET body = '{settings}'")).await;
        let asked = json!({ "name": "a", "expiresAt": wish });
        let key = server.post(&server.keys.user, "/api-keys", asked).await.expect(201)["apiKey"].clone();
        let time = |field: &str| DateTime::parse_from_rfc3339(key[field].as_str().unwrap()).unwrap();
        match days {
            Some(days) => assert_eq!(time("expiresAt") - time("createdAt"), TimeDelta::days(days)),
            None => assert_eq!(
                time("expiresAt").timestamp_millis(),
                DateTime::parse_from_rfc3339(&wish).unwrap().timestamp_millis()
            ),
        }
    }
}

#[tokio::test]
async fn members_generate_keys_only_where_the_team_lets_them() {
    let server = TestServer::start().await;
    server.sql("UPDATE api_key_settings SET body = '{\"membersMayGenerate\":false}'").await;
    let asked = json!({ "name": "a" });
    server.post(&server.keys.user, "/api-keys", asked.clone()).await.refused(403, "forbiddenError", None);
    server.post(&server.keys.admin, "/api-keys", asked.clone()).await.expect(201);
    server.post(&server.keys.superadmin, "/api-keys", asked).await.expect(201);
}

#[tokio::test]
async fn its_owner_deletes_a_key_for_good() {
    let server = TestServer::start().await;
    let (id, value) = server.make_key(&server.keys.user, "old").await;
    let path = format!("/api-keys/{id}");
    let answer = server.delete(&server.keys.user, &path).await;
    assert_eq!(answer.expect(204), Value::Null);
    server.get(&value, "/me").await.refused(401, "AuthenticationError", None);
    let key = server.get(&server.keys.user, &path).await.expect(200);
    assert_eq!(key["status"], "revoked");
    assert_eq!(key["revocation"], "owner");
    assert_eq!(key["revokedBy"], 3);
    assert!(key["revokedAt"].is_string());
    let error = server.delete(&server.keys.user, &path).await.refused(409, "conflictError", None);
    assert_eq!(error["details"]["reason"], "revoked");
}

#[tokio::test]
async fn a_key_may_delete_itself() {
    let server = TestServer::start().await;
    let (id, value) = server.make_key(&server.keys.user, "old").await;
    server.delete(&value, &format!("/api-keys/{id}")).await.expect(204);
    server.get(&value, "/me").await.refused(401, "AuthenticationError", None);
}

#[tokio::test]
async fn an_admin_revokes_but_does_not_delete_anothers_key() {
    let server = TestServer::start().await;
    let (id, value) = server.make_key(&server.keys.user, "theirs").await;
    server.delete(&server.keys.admin, &format!("/api-keys/{id}")).await.refused(403, "forbiddenError", None);
    server.get(&value, "/me").await.expect(200);
    server.get(&server.keys.admin, &format!("/api-keys/{id}")).await.expect(200);
    server.get(&server.keys.admin, "/api-keys/unknown").await.refused(404, "instanceNotFoundError", None);
}

#[tokio::test]
async fn the_last_key_of_the_last_superadmin_stays_unless_meant() {
    let server = TestServer::start().await;
    let key = &server.keys.superadmin;
    let path = format!("/api-keys/{}", server.id_of(key).await);
    let before = server.changes().await;
    let error = server.delete(key, &path).await.refused(409, "conflictError", None);
    assert_eq!(error["details"]["reason"], "lockout");
    let not_meant = server.request(Method::DELETE, key, &path).json(&json!({ "allowLockout": false }));
    server.send(not_meant).await.refused(409, "conflictError", None);
    let wrong = server.request(Method::DELETE, key, &path).json(&json!({ "allowLockout": "yes" }));
    server.send(wrong).await.refused(400, "malformedRequestError", Some("allowLockout"));
    assert_eq!(server.changes().await, before);
    let meant = server.request(Method::DELETE, key, &path).json(&json!({ "allowLockout": true }));
    server.send(meant).await.expect(204);
    server.get(key, "/me").await.refused(401, "AuthenticationError", None);
}

#[tokio::test]
async fn a_superadmin_with_another_key_may_delete_one() {
    let server = TestServer::start().await;
    server.make_key(&server.keys.superadmin, "spare").await;
    let path = format!("/api-keys/{}", server.id_of(&server.keys.superadmin).await);
    server.delete(&server.keys.superadmin, &path).await.expect(204);
}

#[tokio::test]
async fn an_expired_key_never_shows_as_enabled() {
    let server = TestServer::start().await;
    let (id, _) = server.make_key(&server.keys.user, "old").await;
    server.sql(&format!("UPDATE api_keys SET expires_at = '2026-01-01T00:00:00.000Z' WHERE id = '{id}'")).await;
    let key = server.get(&server.keys.user, &format!("/api-keys/{id}")).await.expect(200);
    assert_eq!((&key["status"], &key["disabledReason"]), (&json!("disabled"), &json!("expired")));
    let listed = server.get(&server.keys.user, "/api-keys?status=enabled").await.expect(200);
    assert!(!ids(listed["data"].as_array().unwrap()).contains(&id.as_str()));
    let listed = server.get(&server.keys.user, "/api-keys?status=disabled").await.expect(200);
    assert_eq!(ids(listed["data"].as_array().unwrap()), [id]);
}

#[tokio::test]
async fn lists_are_chosen_and_ordered() {
    let server = TestServer::start().await;
    let (user, admin) = (&server.keys.user, &server.keys.admin);
    let first = server.id_of(user).await;
    let (alpha, _) = server.make_key(user, "Alpha_100%").await;
    let (beta, _) = server.make_key(user, "beta \\ prod").await;
    server.delete(user, &format!("/api-keys/{beta}")).await.expect(204);
    for (id, created, expires, used) in [
        (&first, "2026-01-01", None, Some("2026-03-01")),
        (&alpha, "2026-01-02", Some("2999-01-01"), Some("2026-04-01")),
        (&beta, "2026-01-03", Some("2998-01-01"), None),
    ] {
        let time = |day: Option<&str>| day.map_or("NULL".to_owned(), |day| format!("'{day}T00:00:00.000Z'"));
        let (created, expires, last) = (time(Some(created)), time(expires), time(used));
        server
            .sql(&format!(
                "UPDATE api_keys SET created_at = {created}, expires_at = {expires}, last_used_at = {last} WHERE id = '{id}'"
            ))
            .await;
    }
    let (first, alpha, beta) = (first.as_str(), alpha.as_str(), beta.as_str());
    for (query, expected) in [
        ("", vec![beta, alpha, first]),
        ("sort=newest", vec![beta, alpha, first]),
        ("sort=oldest", vec![first, alpha, beta]),
        ("sort=recentlyUsed", vec![alpha, first, beta]),
        ("sort=expiring", vec![beta, alpha, first]),
        ("status=enabled", vec![alpha, first]),
        ("status=revoked", vec![beta]),
        ("status=revoked,enabled", vec![beta, alpha, first]),
        ("status=disabled", vec![]),
        ("q=PHA_1", vec![alpha]),
        ("q=100%25", vec![alpha]),
        ("q=%25", vec![alpha]),
        ("q=_", vec![alpha]),
        ("q=%5C", vec![beta]),
        ("q=nothing", vec![]),
        ("createdBy=3", vec![beta, alpha, first]),
        ("createdBy=1", vec![]),
        ("scope=mine&limit=&cursor=", vec![beta, alpha, first]),
    ] {
        let page = server.get(user, &format!("/api-keys?{query}")).await.expect(200);
        assert_eq!(ids(page["data"].as_array().unwrap()), expected, "{query}");
        assert_eq!(page["meta"]["total"], expected.len(), "{query}");
        assert_eq!(page["meta"]["nextCursor"], Value::Null, "{query}");
    }
    let team = server.get(admin, "/api-keys?scope=team").await.expect(200);
    assert_eq!(team["meta"]["total"], 8);
    let theirs = server.get(admin, "/api-keys?scope=team&createdBy=3&sort=oldest").await.expect(200);
    assert_eq!(ids(theirs["data"].as_array().unwrap()), [first, alpha, beta]);
    let own = server.get(admin, "/api-keys").await.expect(200);
    assert_eq!(own["meta"]["total"], 1, "one's own, unless asked otherwise");
}

#[rstest]
#[case("scope=all", "scope")]
#[case("sort=name", "sort")]
#[case("status=alive", "status")]
#[case("status=enabled,", "status")]
#[case("createdBy=me", "createdBy")]
#[case("createdBy=1.5", "createdBy")]
#[case("limit=0", "limit")]
#[case("limit=1001", "limit")]
#[case("limit=-1", "limit")]
#[case("limit=99999999999999999999", "limit")]
#[case("limit=ten", "limit")]
#[case("limit=1&limit=2", "limit")]
#[case("q=%00", "q")]
#[case("cursor=AAAA", "cursor")]
#[case("cursor=%F0%9F%94%91", "cursor")]
#[tokio::test]
async fn a_wrong_parameter_is_named(#[case] query: &str, #[case] field: &str) {
    let server = TestServer::start().await;
    let answer = server.get(&server.keys.admin, &format!("/api-keys?{query}")).await;
    answer.refused(400, "malformedRequestError", Some(field));
}
