//! `Idempotency-Key`: the same call twice is done once.

use std::time::Duration;

use chrono::TimeDelta;
use futures_util::future::{Either, select};
use keydeck::domain::secret::Secret;
use keydeck::server::ServerSettings;
use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};

use crate::hands::stopped_clock;
use crate::http::{Answer, minted};
use crate::support::TestServer;
use crate::support::database::Held;

impl TestServer {
    async fn post_once(&self, key: &Secret, path: &str, once: &str, body: &Value) -> Answer {
        self.send(self.request(Method::POST, key, path).header("Idempotency-Key", once).json(body)).await
    }

    async fn recorded(&self) -> i64 {
        self.number("SELECT COUNT(*) FROM recorded_answers").await
    }
}

fn client_minted(name: &str) -> Value {
    let (_, hash, masked) = minted();
    json!({ "name": name, "secretHash": hash, "maskedValue": masked })
}

#[tokio::test]
async fn the_same_call_gets_the_first_answer_again() {
    let server = TestServer::start().await;
    let key = &server.keys.user;
    let asked = client_minted("once");
    let first = server.post_once(key, "/api-keys", "a", &asked).await.expect(201);
    let before = server.changes().await;
    assert_eq!(server.post_once(key, "/api-keys", "a", &asked).await.expect(201), first);
    let id = first["apiKey"]["id"].as_str().unwrap();
    let revoke = json!({ "ids": [id] });
    let done = server.post_once(key, "/api-key-revocations", "a", &revoke).await.expect(200);
    assert_eq!(done["meta"]["revoked"], 1, "another path is another call");
    let again = server.post_once(key, "/api-key-revocations", "a", &revoke).await.expect(200);
    assert_eq!(again, done, "not alreadyRevoked");
    assert_eq!(server.changes().await, before + 1);
}

#[tokio::test]
async fn a_value_is_told_once_and_its_key_is_named() {
    let server = TestServer::start().await;
    let key = &server.keys.user;
    let made = server.post_once(key, "/api-keys", "lost", &json!({ "name": "lost" })).await.expect(201);
    let id = made["apiKey"]["id"].as_str().unwrap();
    let regenerate = format!("/api-keys/{id}/regenerate");
    server.post_once(key, &regenerate, "lost", &json!({})).await.expect(200);
    let share = json!({ "collectionId": "3-a" });
    let shared = server.post_once(key, "/collection-access-keys", "lost", &share).await.expect(201);
    let shared = &shared["collectionAccessKey"]["id"];
    let before = server.changes().await;
    for (path, body, named) in [
        ("/api-keys", json!({ "name": "lost" }), &made["apiKey"]["id"]),
        (regenerate.as_str(), json!({}), &made["apiKey"]["id"]),
        ("/collection-access-keys", share, shared),
    ] {
        let error = server.post_once(key, path, "lost", &body).await.refused(409, "conflictError", None);
        assert_eq!(&error["details"]["keyId"], named, "{path}");
    }
    assert_eq!(server.changes().await, before);
    assert_eq!(server.number("SELECT COUNT(*) FROM recorded_answers WHERE answer LIKE '%kd__%'").await, 0);
    server.delete(key, &format!("/api-keys/{id}")).await.expect(204);
    server.post_once(key, "/api-keys", "found", &json!({ "name": "lost" })).await.expect(201);
}

#[tokio::test]
async fn another_body_is_another_call_that_needs_another_key() {
    let server = TestServer::start().await;
    let key = &server.keys.user;
    server.post_once(key, "/api-keys", "a", &client_minted("one")).await.expect(201);
    let before = server.changes().await;
    let answer = server.post_once(key, "/api-keys", "a", &client_minted("other")).await;
    answer.refused(422, "idempotencyError", Some("Idempotency-Key"));
    assert_eq!(server.changes().await, before);
    server.post_once(key, "/api-keys", "b", &client_minted("other")).await.expect(201);
    // Somebody else's keys are their own.
    let asked = client_minted("theirs");
    server.post_once(&server.keys.colleague, "/api-keys", "a", &asked).await.expect(201);
}

#[tokio::test]
async fn a_refusal_for_the_calls_own_sake_is_the_answer_and_others_are_not() {
    let server = TestServer::start().await;
    let (user, admin) = (&server.keys.user, &server.keys.admin);
    let known = json!({ "name": "known", "secretHash": keydeck::domain::key_value::fingerprint(admin.expose()),
        "maskedValue": "kdk_…abcd" });
    for _ in 0..2 {
        server.post_once(user, "/api-keys", "known", &known).await.refused(409, "conflictError", None);
        server.post_once(user, "/api-keys", "empty", &json!({})).await.refused(400, "paramMissingError", Some("name"));
    }
    assert_eq!(server.recorded().await, 2);
    let asked = client_minted("later");
    server.sql("UPDATE api_key_settings SET body = replace(body, '\"membersMayGenerate\":true', '\"membersMayGenerate\":false')").await;
    server.post_once(user, "/api-keys", "later", &asked).await.refused(403, "forbiddenError", None);
    server.sql("UPDATE api_key_settings SET body = replace(body, '\"membersMayGenerate\":false', '\"membersMayGenerate\":true')").await;
    server.post_once(user, "/api-keys", "later", &asked).await.expect(201);
    let unknown = minted().0;
    server.post_once(&unknown, "/api-keys", "x", &asked).await.refused(401, "AuthenticationError", None);
    assert_eq!(server.recorded().await, 3);
}

#[tokio::test]
async fn over_the_limit_is_no_answer() {
    let server = TestServer::start_with(ServerSettings { rate_limit: 1, ..ServerSettings::default() }).await;
    server.get(&server.keys.user, "/me").await.expect(200);
    server.post_once(&server.keys.user, "/api-keys", "a", &client_minted("b")).await.refused(429, "rateLimited", None);
    assert_eq!(server.recorded().await, 0);
}

#[tokio::test]
async fn of_two_at_once_one_is_told_that_the_other_is_being_done() {
    let server = TestServer::start().await;
    let (key, asked) = (&server.keys.user, client_minted("twin"));
    let other = Held::at(&server.database);
    let one = Box::pin(server.post_once(key, "/api-keys", "twin", &asked));
    let two = Box::pin(server.post_once(key, "/api-keys", "twin", &asked));
    let (refused, waiting) = match select(one, two).await {
        Either::Left((refused, waiting)) | Either::Right((refused, waiting)) => (refused, waiting),
    };
    assert_eq!(refused.refused(409, "conflictError", None)["details"]["reason"], "running");
    drop(other);
    let first = waiting.await.expect(201);
    assert_eq!(server.post_once(key, "/api-keys", "twin", &asked).await.expect(201), first);
    assert_eq!(server.number("SELECT COUNT(*) FROM api_keys WHERE name = 'twin'").await, 1);
}

#[tokio::test]
async fn after_a_day_the_key_is_free_and_the_answer_gone() {
    let settings = ServerSettings { write_last_uses_every: Duration::from_millis(5), ..ServerSettings::default() };
    let (server, hands) = stopped_clock(settings).await;
    let (key, asked) = (&server.keys.user, json!({ "name": "daily" }));
    server.post_once(key, "/api-keys", "a", &asked).await.expect(201);
    hands.forward(TimeDelta::hours(24) - TimeDelta::milliseconds(1));
    server.post_once(key, "/api-keys", "a", &asked).await.refused(409, "conflictError", None);
    hands.forward(TimeDelta::milliseconds(1));
    while server.recorded().await > 0 {}
    server.post_once(key, "/api-keys", "a", &asked).await.expect(201);
    assert_eq!(server.recorded().await, 1);
}

/// Ids as long as a server's own, of keys that are not there.
fn nobodys(count: usize, length: usize) -> Vec<String> {
    (0..count).map(|number| format!("{number:0length$}")).collect()
}

#[tokio::test]
async fn what_one_user_has_recorded_is_bounded_and_the_oldest_goes_first() {
    let server = TestServer::start().await;
    let (user, colleague) = (&server.keys.user, &server.keys.colleague);
    let first = client_minted("first");
    server.post_once(user, "/api-keys", "first", &first).await.expect(201);
    server.post_once(colleague, "/api-keys", "first", &client_minted("theirs")).await.expect(201);
    let asked = json!({ "ids": nobodys(1000, 26) });
    for number in 0..170 {
        server.post_once(user, "/api-key-revocations", &format!("{number}"), &asked).await.expect(200);
    }
    let of_user =
        async |what: &str| server.number(&format!("SELECT {what} FROM recorded_answers WHERE user_id = 3")).await;
    let bytes = of_user("SUM(length(answer))").await;
    assert!((7_000_000..=8 * 1024 * 1024).contains(&bytes), "{bytes}");
    let kept = of_user("COUNT(*)").await;
    assert!((110..170).contains(&kept), "{kept}");
    // the last is answered from the record, the first is forgotten
    let before = server.recorded().await;
    server.post_once(user, "/api-key-revocations", "169", &asked).await.expect(200);
    assert_eq!(server.recorded().await, before);
    let again = server.post_once(user, "/api-keys", "first", &first).await;
    assert_eq!(again.refused(409, "conflictError", None)["details"]["reason"], "known");
    assert_eq!(server.number("SELECT COUNT(*) FROM recorded_answers WHERE user_id = 4").await, 1, "others keep theirs");
}

#[tokio::test]
async fn an_answer_that_is_too_long_is_not_kept_and_nothing_is_done_again() {
    let server = TestServer::start().await;
    let user = &server.keys.user;
    let (id, _) = server.make_key(user, "one of many").await;
    let mut ids = nobodys(999, 64);
    let nobody = json!({ "ids": ids });
    let done = server.post_once(user, "/api-key-revocations", "nobody", &nobody).await.expect(200);
    assert_eq!(server.post_once(user, "/api-key-revocations", "nobody", &nobody).await.expect(200), done);
    assert_eq!(server.recorded().await, 0, "nothing was changed, so it is answered anew");
    ids.push(id);
    let asked = json!({ "ids": ids });
    server.post_once(user, "/api-key-revocations", "some", &asked).await.expect(200);
    let before = server.changes().await;
    let error =
        server.post_once(user, "/api-key-revocations", "some", &asked).await.refused(409, "conflictError", None);
    assert_eq!(error["details"]["reason"], "answerNotKept");
    assert_eq!(server.changes().await, before);
    assert!(server.number("SELECT MAX(length(answer)) FROM recorded_answers").await <= 64 * 1024);
}

#[tokio::test]
async fn a_restart_forgets_nothing() {
    let mut server = TestServer::start().await;
    let asked = client_minted("kept");
    let first = server.post_once(&server.keys.user, "/api-keys", "a", &asked).await.expect(201);
    server.stop();
    server.resume();
    assert_eq!(server.post_once(&server.keys.user, "/api-keys", "a", &asked).await.expect(201), first);
    let kept = server.text("SELECT scope || body_hash || answer FROM recorded_answers").await;
    assert!(!kept.contains(server.keys.user.expose()));
    assert_eq!(server.text("SELECT value FROM server_keys").await.len(), 64);
}

#[rstest]
#[case::empty("")]
#[case::long(&"k".repeat(256))]
#[tokio::test]
async fn a_wrong_key_is_refused(#[case] once: &str) {
    let server = TestServer::start().await;
    let answer = server.post_once(&server.keys.user, "/api-keys", once, &client_minted("a")).await;
    answer.refused(400, "malformedRequestError", Some("Idempotency-Key"));
    let twice = server.request(Method::POST, &server.keys.user, "/api-keys").json(&client_minted("a"));
    let twice = twice.header("Idempotency-Key", "a").header("Idempotency-Key", "b");
    server.send(twice).await.refused(400, "malformedRequestError", Some("Idempotency-Key"));
}

#[tokio::test]
async fn too_large_a_body_is_refused_all_the_same() {
    let server = TestServer::start().await;
    let request = server.request(Method::POST, &server.keys.user, "/api-keys").header("Idempotency-Key", "a");
    let request = request.header("Content-Type", "application/json").body(vec![b' '; 1024 * 1024 + 1]);
    server.send(request).await.refused(413, "requestTooLargeError", Some("body"));
}
