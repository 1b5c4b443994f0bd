//! Text that people are shown: what they would not see as what it is, is not taken.

use keydeck::server;
use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};

use crate::http::minted;
use crate::support::TestServer;

/// A terminal's command, a line of its own, C1, what turns the direction, what is not seen, a tag, and no character at all.
const HOSTILE: [&str; 8] = ["\u{1b}[2J", "\n", "\u{9b}1m", "\u{202e}", "\u{200b}", "\u{2066}", "\u{e0041}", "\0"];

/// A call, and the field of its body that gets the text.
fn call(what: &str) -> (Method, &'static str, Value, &'static str) {
    let url = "https://github.example/acme/deploy#1";
    let report = json!({ "secretHash": minted().1, "secretType": "other", "source": "github", "url": url });
    match what {
        "key" => (Method::POST, "/api-keys", json!({}), "name"),
        "note" => (Method::POST, "/api-keys", json!({ "name": "a" }), "note"),
        "collection" => (Method::POST, "/collection-access-keys", json!({ "collectionId": "1-a" }), "collectionName"),
        "collection's id" => (Method::POST, "/collection-access-keys", json!({}), "collectionId"),
        "user" => (Method::POST, "/users", json!({ "email": "n@test.example", "roles": ["user"] }), "name"),
        "service" => (Method::POST, "/users", json!({ "kind": "service", "contacts": ["n@test.example"] }), "name"),
        "place" => (Method::POST, "/detected-secrets", report, "url"),
        "kind" => (Method::POST, "/detected-secrets", report, "secretType"),
        "masked" => (Method::POST, "/detected-secrets", report, "obfuscatedSecret"),
        "resource" => (Method::POST, "/detected-secrets", report, "resourceId"),
        "reason" => (Method::POST, "/api-key-revocations", json!({ "ids": ["none"] }), "note"),
        _ => (Method::POST, "/api-key-lookups", json!({}), "ids"),
    }
}

#[rstest]
#[tokio::test]
async fn what_nobody_sees_is_not_written(
    #[values(
        "key",
        "note",
        "collection",
        "collection's id",
        "user",
        "service",
        "place",
        "kind",
        "masked",
        "resource",
        "reason"
    )]
    what: &str,
) {
    let server = TestServer::start().await;
    let (method, path, body, field) = call(what);
    let send = async |text: String| {
        let mut body = body.clone();
        body[field] = json!(text);
        server.send(server.request(method.clone(), &server.keys.superadmin, path).json(&body)).await
    };
    let before = server.changes().await;
    for hostile in HOSTILE {
        let error = send(format!("a{hostile}b")).await.refused(400, "malformedRequestError", Some(field));
        assert!(!error.to_string().contains("a\\"), "it is not told back: {error}");
    }
    assert_eq!(server.changes().await, before);
    // in any script, with an accent of its own
    let plain = send("Zoë e\u{301} 日本 🔑".to_owned()).await;
    assert!(plain.status < 300, "{plain:?}");
}

#[tokio::test]
async fn an_address_is_no_hiding_place_either() {
    let server = TestServer::start().await;
    for contact in ["a\u{202e}b@test.example", "a\u{200b}@test.example"] {
        let asked = json!({ "name": "a", "contacts": [contact] });
        let answer = server.post(&server.keys.user, "/api-keys", asked).await;
        answer.refused(400, "malformedRequestError", Some("contacts[0]"));
        let asked = json!({ "name": "a", "email": contact, "roles": ["user"] });
        let answer = server.post(&server.keys.superadmin, "/users", asked).await;
        answer.refused(400, "malformedRequestError", Some("email"));
    }
}

#[tokio::test]
async fn ids_are_bounded_and_hold_no_nul() {
    let server = TestServer::start().await;
    let (admin, long) = (&server.keys.admin, "x".repeat(65));
    for id in [long.as_str(), "a\0b", "a\u{200b}"] {
        let nul = id.contains('\0');
        for (path, body, field) in [
            ("/api-key-revocations", json!({ "ids": ["ok", id] }), "ids"),
            ("/api-key-revocations", json!({ "all": true, "except": ["ok", id] }), "except"),
            ("/api-key-lookups", json!({ "ids": ["ok", id] }), "ids"),
        ] {
            let field = if nul { field.to_owned() } else { format!("{field}[1]") };
            server.post(admin, path, body).await.refused(400, "malformedRequestError", Some(&field));
        }
        let asked = json!({ "name": "a", "rotatedFrom": id });
        server.post(admin, "/api-keys", asked).await.refused(400, "malformedRequestError", Some("rotatedFrom"));
    }
    let asked = json!({ "resolution": "REVOKED", "workspaceId": "a\0b" });
    let answer = server.send(server.request(Method::PUT, admin, "/detected-secrets/none").json(&asked)).await;
    answer.refused(400, "malformedRequestError", Some("workspaceId"));
    for (path, field) in [("/api-keys/%00", "id"), ("/api-keys?q=a%00", "q"), ("/audit/logs?keyId=%00", "keyId")] {
        server.get(admin, path).await.refused(400, "malformedRequestError", Some(field));
    }
    let answer = server.get(admin, &format!("/api-keys/{}", "x".repeat(256))).await;
    answer.refused(400, "malformedRequestError", Some("id"));
}

#[tokio::test]
async fn the_same_holds_on_the_servers_own_machine() {
    let server = TestServer::start().await;
    let roles = [keydeck::domain::team::Role::User];
    let refused = server::add_user(&server.database, "a\u{202e}b", "n@test.example", &roles).await.unwrap_err();
    assert!(refused.to_string().starts_with("name: holds a control or an invisible"), "{refused}");
    let refused = server::add_user(&server.database, "a", "n\u{200b}@test.example", &roles).await.unwrap_err();
    assert!(refused.to_string().starts_with("email: "), "{refused}");
}
