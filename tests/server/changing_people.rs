//! `POST /users`, `PATCH /users/{id}`.

use keydeck::domain::secret::Secret;
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::TestServer;

fn ben() -> Value {
    json!({ "name": "Ben Ito", "email": "ben@test.example", "roles": ["user", "scanner", "user"] })
}

#[tokio::test]
async fn a_superadmin_adds_a_user_who_can_begin_at_once() {
    let server = TestServer::start().await;
    let root = &server.keys.superadmin;
    let made = server.post(root, "/users", ben()).await.expect(201);
    assert_eq!((&made["id"], &made["name"]), (&json!(7), &json!("Ben Ito")));
    assert_eq!((&made["username"], &made["email"]), (&json!("ben"), &json!("ben@test.example")));
    assert_eq!((&made["roles"], &made["active"]), (&json!(["user", "scanner"]), &json!(true)));
    assert_eq!((&made["apiKey"]["ownerId"], &made["apiKey"]["status"]), (&json!(7), &json!("enabled")));
    let value = Secret::new(made["value"].as_str().unwrap().to_owned());
    assert_eq!(server.id_of(&value).await, made["apiKey"]["id"].as_str().unwrap());
    assert_eq!(server.get(root, "/users").await.expect(200)["data"].as_array().unwrap().len(), 7);
    assert_eq!(server.last_entry("api_key.create").await["apiKeyId"], made["apiKey"]["id"]);
    assert_eq!(server.number("SELECT COUNT(*) FROM audit_entries WHERE action = 'user.create'").await, 7);
    assert_eq!(server.number("SELECT COUNT(*) FROM audit_entries WHERE body LIKE '%kdk__%'").await, 0);
    let again = json!({ "name": "Other", "email": "BEN@test.example", "roles": ["user"] });
    let error = server.post(root, "/users", again).await.refused(409, "conflictError", None);
    assert_eq!(error["details"]["reason"], "email");
}

#[tokio::test]
async fn nobody_else_adds_or_changes_users() {
    let server = TestServer::start().await;
    let before = server.changes().await;
    let keys = &server.keys;
    for key in [&keys.admin, &keys.user, &keys.scanner, &keys.verifier] {
        server.post(key, "/users", ben()).await.refused(403, "forbiddenError", None);
        for id in [1, 2, 3, 99] {
            let asked = json!({ "roles": ["superadmin"] });
            server.patch(key, &format!("/users/{id}"), asked).await.refused(403, "forbiddenError", None);
        }
    }
    assert_eq!(server.changes().await, before);
}

#[tokio::test]
async fn roles_count_from_the_next_request_on() {
    let server = TestServer::start().await;
    let root = &server.keys.superadmin;
    server.get(&server.keys.user, "/users").await.refused(403, "forbiddenError", None);
    let changed = server.patch(root, "/users/3", json!({ "roles": ["admin"] })).await.expect(200);
    assert_eq!(changed["roles"], json!(["admin"]));
    let told = server.last_entry("user.update").await;
    assert_eq!(told["userId"], 3);
    assert_eq!(told["before"], json!({ "roles": ["user"], "active": true }));
    assert_eq!(told["after"], json!({ "roles": ["admin"], "active": true }));
    server.get(&server.keys.user, "/users").await.expect(200);
    let before = server.changes().await;
    server.patch(root, "/users/3", json!({ "roles": ["admin"], "active": true })).await.expect(200);
    assert_eq!(server.changes().await, before, "nothing changed, nothing told");
    server.patch(root, "/users/99", json!({})).await.refused(404, "instanceNotFoundError", None);
    server.patch(root, "/users/x", json!({})).await.refused(400, "malformedRequestError", Some("userId"));
}

#[tokio::test]
async fn deactivating_stops_all_keys_at_once_and_shows_it() {
    let server = TestServer::start().await;
    let root = &server.keys.superadmin;
    let (id, value) = server.make_key(&server.keys.user, "theirs").await;
    let shared = json!({ "collectionId": "3-a" });
    server.post(&server.keys.user, "/collection-access-keys", shared).await.expect(201);
    let changed = server.patch(root, "/users/3", json!({ "active": false })).await.expect(200);
    assert_eq!(changed["active"], false);
    for key in [&value, &server.keys.user] {
        server.get(key, "/me").await.refused(401, "AuthenticationError", None);
    }
    let key = server.get(root, &format!("/api-keys/{id}")).await.expect(200);
    assert_eq!((&key["status"], &key["disabledReason"]), (&json!("disabled"), &json!("ownerLeft")));
    let told = server.last_entry("api_key.disable").await;
    assert_eq!(told["after"], json!({ "status": "disabled", "disabledReason": "ownerLeft" }));
    for (status, total) in [("enabled", 0), ("disabled", 2)] {
        let path = format!("/api-keys?scope=team&createdBy=3&status={status}");
        assert_eq!(server.get(root, &path).await.expect(200)["meta"]["total"], total, "{status}");
    }
    let shared = server.get(root, "/collection-access-keys").await.expect(200);
    assert_eq!(shared["data"][0]["status"], "INACTIVE");
    let enable = json!({ "status": "enabled" });
    let error = server.patch(root, &format!("/api-keys/{id}"), enable).await.refused(409, "conflictError", None);
    assert_eq!(error["details"]["reason"], "ownerLeft");
    server.patch(root, "/users/3", json!({ "active": true })).await.expect(200);
    server.get(&value, "/me").await.expect(200);
    assert_eq!(server.last_entry("api_key.enable").await["before"]["disabledReason"], "ownerLeft");
    assert_eq!(server.number("SELECT COUNT(*) FROM audit_entries WHERE action = 'api_key.enable'").await, 2);
}

#[tokio::test]
async fn coming_back_brings_back_only_what_leaving_stopped() {
    let server = TestServer::start().await;
    let (root, user) = (&server.keys.superadmin, &server.keys.user);
    let (paused, _) = server.make_key(user, "paused").await;
    let (gone, _) = server.make_key(user, "gone").await;
    server.patch(user, &format!("/api-keys/{paused}"), json!({ "status": "disabled" })).await.expect(200);
    server.delete(user, &format!("/api-keys/{gone}")).await;
    server.patch(root, "/users/3", json!({ "active": false })).await.expect(200);
    let key = server.get(root, &format!("/api-keys/{paused}")).await.expect(200);
    assert_eq!(key["disabledReason"], "owner", "it was stopped before");
    server.patch(root, "/users/3", json!({ "active": true })).await.expect(200);
    for (id, status) in [(&paused, "disabled"), (&gone, "revoked")] {
        assert_eq!(server.get(root, &format!("/api-keys/{id}")).await.expect(200)["status"], status);
    }
    server.get(user, "/me").await.expect(200);
}

#[tokio::test]
async fn the_last_superadmin_stays_one_and_keeps_a_way_in() {
    let server = TestServer::start().await;
    let root = &server.keys.superadmin;
    let before = server.changes().await;
    for asked in [json!({ "active": false }), json!({ "roles": ["admin"], "allowLockout": true })] {
        let error = server.patch(root, "/users/1", asked).await.refused(409, "conflictError", None);
        assert_eq!(error["details"]["reason"], "lastSuperadmin");
    }
    assert_eq!(server.changes().await, before);
    server.patch(root, "/users/2", json!({ "roles": ["superadmin"] })).await.expect(200);
    let second = &server.keys.admin;
    let id = server.id_of(second).await;
    server.patch(second, &format!("/api-keys/{id}"), json!({ "status": "disabled" })).await.expect(200);
    let error = server.patch(root, "/users/1", json!({ "active": false })).await.refused(409, "conflictError", None);
    assert_eq!(error["details"]["reason"], "lockout", "the other one has no key that works");
    server.patch(root, "/users/1", json!({ "active": false, "allowLockout": true })).await.expect(200);
    server.get(root, "/me").await.refused(401, "AuthenticationError", None);
}

#[rstest]
#[case::no_name(json!({ "email": "a@b.example", "roles": ["user"] }), "paramMissingError", "name")]
#[case::no_email(json!({ "name": "a", "roles": ["user"] }), "paramMissingError", "email")]
#[case::no_roles(json!({ "name": "a", "email": "a@b.example" }), "paramMissingError", "roles")]
#[case::empty(json!({ "name": " ", "email": "a@b.example", "roles": ["user"] }), "malformedRequestError", "name")]
#[case::address(json!({ "name": "a", "email": "nobody", "roles": ["user"] }), "malformedRequestError", "email")]
#[case::none(json!({ "name": "a", "email": "a@b.example", "roles": [] }), "malformedRequestError", "roles")]
#[case::unknown(json!({ "name": "a", "email": "a@b.example", "roles": ["king"] }), "malformedRequestError", "roles")]
#[tokio::test]
async fn a_wrong_call_adds_nobody(#[case] asked: Value, #[case] name: &str, #[case] field: &str) {
    let server = TestServer::start().await;
    let root = &server.keys.superadmin;
    server.post(root, "/users", asked.clone()).await.refused(400, name, Some(field));
    if field == "roles" && asked.get("roles").is_some() {
        let roles = json!({ "roles": asked["roles"] });
        server.patch(root, "/users/3", roles).await.refused(400, name, Some(field));
    }
    assert_eq!(server.number("SELECT COUNT(*) FROM users").await, 6);
}
