//! `PATCH /api-keys/{id}`.

use keydeck::domain::secret::Secret;
use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};

use crate::http::Answer;
use crate::support::TestServer;

impl TestServer {
    pub async fn patch(&self, key: &Secret, path: &str, body: Value) -> Answer {
        self.send(self.request(Method::PATCH, key, path).json(&body)).await
    }

    /// The variables of the last audit entry but those of refused keys, which has to be of this action.
    pub async fn last_entry(&self, action: &str) -> Value {
        let last = "SELECT body FROM audit_entries WHERE action NOT IN ('auth.failure', 'api_key.refused') ORDER BY seq DESC LIMIT 1";
        let text = self.text(last).await;
        let entry: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(entry["action"], action);
        entry["data"]["variables"].clone()
    }
}

fn path(id: &str) -> String {
    format!("/api-keys/{id}")
}

#[tokio::test]
async fn an_owner_renames_and_names_other_contacts() {
    let server = TestServer::start().await;
    let key = &server.keys.user;
    let (id, value) = server.make_key(key, "old name").await;
    let asked = json!({ "name": "New Name", "contacts": ["ops@test.example"] });
    let changed = server.patch(key, &path(&id), asked.clone()).await.expect(200);
    assert_eq!(changed["name"], "New Name");
    assert_eq!(changed["contacts"], json!(["ops@test.example"]));
    assert_eq!(server.get(key, &path(&id)).await.expect(200), changed);
    let told = server.last_entry("api_key.rename").await;
    assert_eq!(told["apiKeyId"], id.as_str());
    assert_eq!(told["before"], json!({ "name": "old name", "contacts": [] }));
    assert_eq!(told["after"], asked);
    let found = server.get(key, "/api-keys?q=new%20name").await.expect(200);
    assert_eq!(found["meta"]["total"], 1, "found by its new name");
    server.get(&value, "/me").await.expect(200);
}

#[tokio::test]
async fn what_changes_nothing_is_not_told() {
    let server = TestServer::start().await;
    let key = &server.keys.user;
    let (id, _) = server.make_key(key, "same").await;
    let before = server.changes().await;
    for asked in [json!({}), json!({ "name": "same", "contacts": [], "status": "enabled" }), json!({ "name": null })] {
        server.patch(key, &path(&id), asked).await.expect(200);
    }
    assert_eq!(server.changes().await, before);
}

#[tokio::test]
async fn disabled_by_its_owner_and_enabled_again() {
    let server = TestServer::start().await;
    let key = &server.keys.user;
    let (id, value) = server.make_key(key, "paused").await;
    let off = server.patch(key, &path(&id), json!({ "status": "disabled" })).await.expect(200);
    assert_eq!((&off["status"], &off["disabledReason"]), (&json!("disabled"), &json!("owner")));
    server.get(&value, "/me").await.refused(401, "AuthenticationError", None);
    let told = server.last_entry("api_key.disable").await;
    assert_eq!(told["before"], json!({ "status": "enabled", "disabledReason": null }));
    assert_eq!(told["after"], json!({ "status": "disabled", "disabledReason": "owner" }));
    let on = server.patch(key, &path(&id), json!({ "status": "enabled" })).await.expect(200);
    assert_eq!((&on["status"], &on["disabledReason"]), (&json!("enabled"), &Value::Null));
    server.get(&value, "/me").await.expect(200);
    assert_eq!(server.last_entry("api_key.enable").await["before"]["disabledReason"], "owner");
}

#[tokio::test]
async fn what_an_admin_disabled_only_an_admin_enables() {
    let server = TestServer::start().await;
    let (owner, admin) = (&server.keys.user, &server.keys.admin);
    let (id, value) = server.make_key(owner, "suspect").await;
    server.patch(owner, &path(&id), json!({ "status": "disabled" })).await.expect(200);
    let off = server.patch(admin, &path(&id), json!({ "status": "disabled" })).await.expect(200);
    assert_eq!(off["disabledReason"], "admin", "above the owner's word");
    let again = server.patch(owner, &path(&id), json!({ "status": "disabled" })).await.expect(200);
    assert_eq!(again["disabledReason"], "admin", "which does not replace it");
    let asked = json!({ "status": "enabled", "name": "not even this" });
    server.patch(owner, &path(&id), asked).await.refused(403, "forbiddenError", Some("status"));
    assert_eq!(server.get(owner, &path(&id)).await.expect(200)["name"], "suspect");
    server.patch(admin, &path(&id), json!({ "status": "enabled" })).await.expect(200);
    server.get(&value, "/me").await.expect(200);
}

#[tokio::test]
async fn an_expiry_is_only_brought_forward() {
    let server = TestServer::start().await;
    let key = &server.keys.user;
    let (id, _) = server.make_key(key, "dated").await;
    assert_eq!(server.number(&format!("SELECT brought_forward FROM api_keys WHERE id = '{id}'")).await, 0);
    let (near, far) = ("2400-01-01T00:00:00.000Z", "2500-01-01T00:00:00.000Z");
    let dated = server.patch(key, &path(&id), json!({ "expiresAt": far })).await.expect(200);
    assert_eq!(dated["expiresAt"], far, "any date is before never");
    server.patch(key, &path(&id), json!({ "expiresAt": near })).await.expect(200);
    let told = server.last_entry("api_key.expire").await;
    assert_eq!((&told["before"], &told["after"]), (&json!({ "expiresAt": far }), &json!({ "expiresAt": near })));
    for later in [far, "2020-01-01T00:00:00Z"] {
        let asked = json!({ "expiresAt": later });
        server.patch(key, &path(&id), asked).await.refused(400, "malformedRequestError", Some("expiresAt"));
    }
    let before = server.changes().await;
    assert_eq!(server.patch(key, &path(&id), json!({ "expiresAt": near })).await.expect(200)["expiresAt"], near);
    assert_eq!(server.changes().await, before);
    assert_eq!(server.number(&format!("SELECT brought_forward FROM api_keys WHERE id = '{id}'")).await, 1);
}

#[tokio::test]
async fn revoked_and_expired_keys_stay_so() {
    let server = TestServer::start().await;
    let key = &server.keys.user;
    let (gone, _) = server.make_key(key, "gone").await;
    server.delete(key, &path(&gone)).await.expect(204);
    for asked in [json!({ "name": "again" }), json!({ "status": "enabled" }), json!({})] {
        let error = server.patch(key, &path(&gone), asked).await.refused(409, "conflictError", None);
        assert_eq!(error["details"]["reason"], "revoked");
    }
    let (old, _) = server.make_key(key, "old").await;
    server.sql(&format!("UPDATE api_keys SET expires_at = '2020-01-01T00:00:00.000Z' WHERE id = '{old}'")).await;
    let enable = json!({ "status": "enabled" });
    let error = server.patch(&server.keys.admin, &path(&old), enable.clone()).await.refused(409, "conflictError", None);
    assert_eq!(error["details"]["reason"], "expired");
    server.patch(key, &path(&old), json!({ "status": "disabled" })).await.expect(200);
    server.patch(key, &path(&old), enable).await.refused(409, "conflictError", None);
    assert_eq!(server.patch(key, &path(&old), json!({ "name": "kept" })).await.expect(200)["name"], "kept");
}

#[tokio::test]
async fn an_admin_does_not_reach_above() {
    let server = TestServer::start().await;
    let (id, _) = server.make_key(&server.keys.superadmin, "spare").await;
    let before = server.changes().await;
    for asked in [json!({ "status": "disabled" }), json!({ "name": "mine" }), json!({ "contacts": ["a@b.example"] })] {
        server.patch(&server.keys.admin, &path(&id), asked).await.refused(403, "forbiddenError", None);
    }
    server.patch(&server.keys.user, &path(&id), json!({})).await.refused(404, "instanceNotFoundError", None);
    server.patch(&server.keys.admin, &path("none"), json!({})).await.refused(404, "instanceNotFoundError", None);
    assert_eq!(server.changes().await, before);
}

#[tokio::test]
async fn nobody_disables_the_last_superadmins_last_key_unless_meant() {
    let server = TestServer::start().await;
    let key = &server.keys.superadmin;
    let id = server.id_of(key).await;
    let asked = json!({ "status": "disabled" });
    let error = server.patch(key, &path(&id), asked.clone()).await.refused(409, "conflictError", None);
    assert_eq!(error["details"]["reason"], "lockout");
    assert_eq!(server.get(key, &path(&id)).await.expect(200)["status"], "enabled");
    let (spare, value) = server.make_key(key, "spare").await;
    server.patch(key, &path(&id), asked).await.expect(200);
    let meant = json!({ "status": "disabled", "allowLockout": true });
    server.patch(&value, &path(&spare), meant).await.expect(200);
    server.get(&value, "/me").await.refused(401, "AuthenticationError", None);
}

#[rstest]
#[case::empty_name(json!({ "name": " " }), "name")]
#[case::long_name(json!({ "name": "n".repeat(256) }), "name")]
#[case::a_number(json!({ "name": 7 }), "name")]
#[case::no_address(json!({ "contacts": ["a@b.example", "nobody"] }), "contacts[1]")]
#[case::status(json!({ "status": "revoked" }), "status")]
#[case::no_date(json!({ "expiresAt": "soon" }), "expiresAt")]
#[case::lockout_as_text(json!({ "allowLockout": "yes" }), "allowLockout")]
#[tokio::test]
async fn a_wrong_change_is_none(#[case] asked: Value, #[case] field: &str) {
    let server = TestServer::start().await;
    let (id, _) = server.make_key(&server.keys.user, "kept").await;
    let before = server.changes().await;
    let answer = server.patch(&server.keys.user, &path(&id), asked).await;
    answer.refused(400, "malformedRequestError", Some(field));
    assert_eq!(server.changes().await, before);
}

#[tokio::test]
async fn any_change_takes_a_note_and_bounds_it() {
    let server = TestServer::start().await;
    let (user, root) = (&server.keys.user, &server.keys.superadmin);
    let (id, _) = server.make_key(user, "old").await;
    let person = server.number("SELECT id FROM users WHERE email = 'colleague@test.example'").await;
    let collection = server.post(user, "/collection-access-keys", json!({ "collectionId": "12-a" })).await.expect(201);
    let collection = collection["collectionAccessKey"]["id"].as_str().unwrap();
    let new_user = json!({ "name": "N", "email": "n@test.example", "roles": ["user"] });
    for (key, method, path, body, status, action) in [
        (user, Method::POST, "/api-keys".to_owned(), json!({ "name": "new" }), 201, "api_key.create"),
        (user, Method::PATCH, path(&id), json!({ "name": "x" }), 200, "api_key.rename"),
        (user, Method::PATCH, path(&id), json!({ "status": "disabled" }), 200, "api_key.disable"),
        (user, Method::PATCH, path(&id), json!({ "status": "enabled" }), 200, "api_key.enable"),
        (user, Method::POST, format!("{}/regenerate", path(&id)), json!({}), 200, "api_key.regenerate"),
        (user, Method::DELETE, path(&id), json!({}), 204, "api_key.revoke"),
        (
            user,
            Method::POST,
            "/collection-access-keys".to_owned(),
            json!({ "collectionId": "12-b" }),
            201,
            "collection_access_key.create",
        ),
        (
            user,
            Method::DELETE,
            format!("/collection-access-keys/{collection}"),
            json!({}),
            204,
            "collection_access_key.revoke",
        ),
        // its last entry is that of their key
        (root, Method::PATCH, format!("/users/{person}"), json!({ "active": false }), 200, "api_key.disable"),
        // its last entry is that of the first key
        (root, Method::POST, "/users".to_owned(), new_user, 201, "api_key.create"),
    ] {
        let send = async |note: &str| {
            let mut body = body.clone();
            body["note"] = json!(note);
            server.send(server.request(method.clone(), key, &path).json(&body)).await
        };
        for wrong in ["n".repeat(2001), "a\0b".to_owned()] {
            send(&wrong).await.refused(400, "malformedRequestError", Some("note"));
        }
        let answer = send(&format!("why {path}")).await;
        assert_eq!(answer.status, status, "{method} {path}");
        assert_eq!(server.last_entry(action).await["note"], format!("why {path}"), "{method} {path}");
    }
    // without a note nothing is said of one, as in entries of earlier versions
    server.patch(root, &format!("/users/{person}"), json!({ "active": true, "note": "" })).await.expect(200);
    assert!(server.last_entry("api_key.enable").await.get("note").is_none());
}
