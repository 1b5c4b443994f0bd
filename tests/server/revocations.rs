//! `POST /api-key-revocations`.

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::TestServer;

#[tokio::test]
async fn each_key_has_its_own_outcome() {
    let server = TestServer::start().await;
    let (theirs, value) = server.make_key(&server.keys.user, "theirs").await;
    let (own, _) = server.make_key(&server.keys.admin, "own").await;
    let (gone, _) = server.make_key(&server.keys.user, "gone").await;
    server.delete(&server.keys.user, &format!("/api-keys/{gone}")).await.expect(204);
    let root = server.id_of(&server.keys.superadmin).await;
    let asked = json!({ "ids": [theirs, own, gone, "unknown", root, theirs], "note": "left in March" });
    let done = server.post(&server.keys.admin, "/api-key-revocations", asked).await.expect(200);
    let outcome = |id: &str, outcome: &str| json!({ "id": id, "outcome": outcome });
    assert_eq!(
        done["data"],
        json!([
            outcome(&theirs, "revoked"),
            outcome(&own, "revoked"),
            outcome(&gone, "alreadyRevoked"),
            outcome("unknown", "notFound"),
            outcome(&root, "forbidden"),
            outcome(&theirs, "alreadyRevoked"),
        ])
    );
    assert_eq!(done["meta"], json!({ "revoked": 2, "alreadyRevoked": 2, "notFound": 1, "forbidden": 1 }));
    server.get(&value, "/me").await.refused(401, "AuthenticationError", None);
    let read = async |id: &str| server.get(&server.keys.admin, &format!("/api-keys/{id}")).await.expect(200);
    assert_eq!(read(&theirs).await["revocation"], "admin");
    assert_eq!(read(&theirs).await["revokedBy"], 2);
    assert_eq!(read(&own).await["revocation"], "owner");
    assert_eq!(read(&gone).await["revokedBy"], 3, "revoked once, by whom stays");
    assert_eq!(read(&root).await["status"], "enabled");
}

#[tokio::test]
async fn a_superadmin_revokes_a_superadmins_key() {
    let server = TestServer::start().await;
    let (id, _) = server.make_key(&server.keys.superadmin, "spare").await;
    let done = server.post(&server.keys.superadmin, "/api-key-revocations", json!({ "ids": [id] })).await.expect(200);
    assert_eq!(done["meta"]["revoked"], 1);
}

#[tokio::test]
async fn a_user_revokes_their_own() {
    let server = TestServer::start().await;
    let (id, _) = server.make_key(&server.keys.user, "leaked").await;
    let asked = json!({ "ids": [id], "revocation": "exposed" });
    let done = server.post(&server.keys.user, "/api-key-revocations", asked).await.expect(200);
    assert_eq!(done["data"], json!([{ "id": id, "outcome": "revoked" }]));
    let key = server.get(&server.keys.user, &format!("/api-keys/{id}")).await.expect(200);
    assert_eq!(key["revocation"], "exposed");
}

#[tokio::test]
async fn nobody_else_is_an_owner() {
    let server = TestServer::start().await;
    let (id, _) = server.make_key(&server.keys.user, "theirs").await;
    let asked = json!({ "ids": [id], "revocation": "owner" });
    let done = server.post(&server.keys.admin, "/api-key-revocations", asked).await.expect(200);
    assert_eq!(done["data"][0]["outcome"], "forbidden");
}

#[tokio::test]
async fn the_key_that_asks_goes_last() {
    let server = TestServer::start().await;
    let (first, value) = server.make_key(&server.keys.admin, "asks").await;
    let (second, _) = server.make_key(&server.keys.user, "second").await;
    let done = server.post(&value, "/api-key-revocations", json!({ "ids": [first, second] })).await.expect(200);
    assert_eq!(done["data"][0]["id"], first, "answered in the order asked");
    assert_eq!(done["meta"]["revoked"], 2);
    server.get(&value, "/me").await.refused(401, "AuthenticationError", None);
    let last = format!(
        "SELECT seq FROM audit_entries WHERE action = 'api_key.revoke' AND body LIKE '%\"apiKeyId\":\"{first}\",\"apiKeyName\"%'"
    );
    assert_eq!(server.number(&last).await, server.changes().await);
}

#[tokio::test]
async fn all_but_some() {
    let server = TestServer::start().await;
    let (spared, _) = server.make_key(&server.keys.user, "spared").await;
    let own = server.id_of(&server.keys.admin).await;
    let asked = json!({ "all": true, "except": [spared, own] });
    let done = server.post(&server.keys.admin, "/api-key-revocations", asked.clone()).await.expect(200);
    assert_eq!(done["data"], json!([]), "counts only");
    assert_eq!(done["meta"], json!({ "revoked": 4, "alreadyRevoked": 0, "notFound": 0, "forbidden": 1 }));
    assert_eq!(server.number("SELECT COUNT(*) FROM api_keys WHERE revoked_at IS NULL").await, 3);
    let again = server.post(&server.keys.admin, "/api-key-revocations", asked).await.expect(200);
    assert_eq!(again["meta"]["revoked"], 0);
}

#[tokio::test]
async fn the_team_is_not_locked_out_unless_meant() {
    let server = TestServer::start().await;
    let key = &server.keys.superadmin;
    let before = server.changes().await;
    let error =
        server.post(key, "/api-key-revocations", json!({ "all": true })).await.refused(409, "conflictError", None);
    assert_eq!(error["details"]["reason"], "lockout");
    let own = json!({ "ids": [server.id_of(key).await] });
    server.post(key, "/api-key-revocations", own).await.refused(409, "conflictError", None);
    assert_eq!(server.changes().await, before);
    assert_eq!(server.number("SELECT COUNT(*) FROM api_keys WHERE revoked_at IS NOT NULL").await, 0);
    let meant = json!({ "all": true, "allowLockout": true });
    assert_eq!(server.post(key, "/api-key-revocations", meant).await.expect(200)["meta"]["revoked"], 6);
}

#[rstest]
#[case::nothing(json!({}), 400, "paramMissingError", "ids")]
#[case::not_all(json!({ "all": false }), 400, "paramMissingError", "ids")]
#[case::both(json!({ "all": true, "ids": ["a"] }), 400, "malformedRequestError", "ids")]
#[case::except_without_all(json!({ "ids": ["a"], "except": ["b"] }), 400, "malformedRequestError", "except")]
#[case::none(json!({ "ids": [] }), 400, "malformedRequestError", "ids")]
#[case::too_many(json!({ "ids": vec!["a"; 1001] }), 400, "malformedRequestError", "ids")]
#[case::a_number(json!({ "ids": ["a", 7] }), 400, "malformedRequestError", "ids[1]")]
#[case::text(json!({ "ids": "a" }), 400, "malformedRequestError", "ids")]
#[case::a_number_for_all(json!({ "all": 1 }), 400, "malformedRequestError", "all")]
#[case::automatic(json!({ "ids": ["a"], "revocation": "inactivity" }), 400, "malformedRequestError", "revocation")]
#[case::unknown_reason(json!({ "ids": ["a"], "revocation": "boredom" }), 400, "malformedRequestError", "revocation")]
#[case::nobody_owns_all(json!({ "all": true, "revocation": "owner" }), 400, "malformedRequestError", "revocation")]
#[case::long_note(json!({ "ids": ["a"], "note": "n".repeat(2001) }), 400, "malformedRequestError", "note")]
#[case::spares_a_typo(json!({ "all": true, "except": ["a"] }), 404, "instanceNotFoundError", "except[0]")]
#[case::lockout_as_text(json!({ "ids": ["a"], "allowLockout": "yes" }), 400, "malformedRequestError", "allowLockout")]
#[tokio::test]
async fn a_wrong_call_revokes_nothing(
    #[case] asked: Value,
    #[case] status: u16,
    #[case] name: &str,
    #[case] field: &str,
) {
    let server = TestServer::start().await;
    let before = server.changes().await;
    server.post(&server.keys.superadmin, "/api-key-revocations", asked).await.refused(status, name, Some(field));
    assert_eq!(server.changes().await, before);
}

#[tokio::test]
async fn a_thousand_at_once() {
    let server = TestServer::start().await;
    let ids: Vec<String> = (0..1000).map(|at| format!("key-{at:04}")).collect();
    let rows: Vec<String> =
        ids.iter().map(|id| format!("('{id}', 'n', 'n', 3, '[]', '2026-01-01T00:00:00.000Z')")).collect();
    let insert = "INSERT INTO api_keys (id, name, name_folded, owner_id, contacts, created_at) VALUES ";
    server.sql(&format!("{insert}{}", rows.join(", "))).await;
    let done = server.post(&server.keys.admin, "/api-key-revocations", json!({ "ids": ids })).await.expect(200);
    assert_eq!(done["meta"]["revoked"], 1000);
    assert_eq!(done["data"][999]["id"], "key-0999");
    assert_eq!(server.number("SELECT COUNT(*) FROM audit_entries WHERE action = 'api_key.revoke'").await, 1000);
}

#[tokio::test]
async fn of_two_that_race_one_revokes() {
    let server = TestServer::start().await;
    let mut ids = Vec::new();
    for at in 0..20 {
        ids.push(server.make_key(&server.keys.user, &format!("key {at}")).await.0);
    }
    let asked = json!({ "ids": ids });
    let (one, other) = tokio::join!(
        server.post(&server.keys.admin, "/api-key-revocations", asked.clone()),
        server.post(&server.keys.user, "/api-key-revocations", asked.clone()),
    );
    let counts = [one.expect(200)["meta"].clone(), other.expect(200)["meta"].clone()];
    let sum = |name: &str| counts.iter().map(|counts| counts[name].as_u64().unwrap()).sum::<u64>();
    assert_eq!((sum("revoked"), sum("alreadyRevoked")), (20, 20));
    assert_eq!(server.number("SELECT COUNT(*) FROM audit_entries WHERE action = 'api_key.revoke'").await, 20);
}
