//! `GET /me`, `GET /users`, `GET /users/{id}`, `GET /api-key-settings`.

use serde_json::json;

use crate::support::TestServer;

#[tokio::test]
async fn me() {
    let server = TestServer::start().await;
    let me = server.get(&server.keys.admin, "/me").await.expect(200);
    let user = &me["user"];
    assert_eq!(user["id"], 2);
    assert_eq!(user["sub"], "2");
    assert_eq!(user["username"], "admin");
    assert_eq!(user["email"], "admin@test.example");
    assert_eq!(user["teamId"], 1);
    assert_eq!(user["teamName"], "Test Team");
    assert_eq!(user["teamDomain"], "test-team");
    assert_eq!(user["roles"], json!(["admin"]));
    for field in ["avatar", "fullName", "isPublic", "emailVerified"] {
        assert!(user.get(field).is_some(), "{field}");
    }
    assert_eq!(me["operations"], json!([]));
    assert_eq!(me["apiKey"]["expiresAt"], json!(null));
    let key = server.get(&server.keys.admin, "/api-keys").await.expect(200)["data"][0].clone();
    assert_eq!(me["apiKey"]["id"], key["id"]);
}

#[tokio::test]
async fn users() {
    let server = TestServer::start().await;
    for key in [&server.keys.admin, &server.keys.superadmin] {
        let users = server.get(key, "/users").await.expect(200);
        let users = users["data"].as_array().unwrap();
        assert_eq!(users.len(), 6);
        assert_eq!(users[1]["id"], 2);
        assert_eq!(users[1]["name"], "admin");
        assert_eq!(users[1]["roles"], json!(["admin"]));
        assert!(users[1]["joinedAt"].as_str().unwrap().ends_with('Z'));
        assert_eq!(server.get(key, "/users/2").await.expect(200), users[1], "the bare object");
    }
    let key = &server.keys.admin;
    assert_eq!(server.get(key, "/users?groupId=7").await.expect(200), json!({ "data": [] }));
    server.get(key, "/users?groupId=x").await.refused(400, "malformedRequestError", Some("groupId"));
    server.get(key, "/users/99").await.refused(404, "instanceNotFoundError", None);
    server.get(key, "/users/99999999999999999999").await.refused(400, "malformedRequestError", Some("userId"));
    server.get(key, "/users/x").await.refused(400, "malformedRequestError", Some("userId"));
}

#[tokio::test]
async fn a_user_may_see_themselves() {
    let server = TestServer::start().await;
    assert_eq!(server.get(&server.keys.user, "/users/3").await.expect(200)["username"], "user");
}

#[tokio::test]
async fn settings_are_the_bare_object_for_all_who_make_keys() {
    let server = TestServer::start().await;
    for key in [&server.keys.user, &server.keys.admin, &server.keys.superadmin] {
        assert_eq!(
            server.get(key, "/api-key-settings").await.expect(200),
            json!({
                "version": 1, "membersMayGenerate": true, "expiryDays": null, "maxAgeDays": null, "inactivityDays": 30,
                "autoRevokeExposed": false, "notifyBeforeDays": [30, 14, 3, 1], "maxKeysPerUser": null,
                "membersAccess": "full",
            })
        );
    }
}
