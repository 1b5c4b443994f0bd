//! Postman's SDK sends a POST, a PATCH and a DELETE again that was answered with 429 or 5xx, and knows no idempotency key. Such
//! an answer of this server means that nothing was done, so that what is sent again is done once.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::TestServer;

/// What is sent, and what is answered once it is done.
struct Call {
    method: Method,
    path: String,
    body: Value,
    done: u16,
}

/// A change of each kind, over things that are made for it.
async fn calls(server: &TestServer) -> Vec<Call> {
    let key = &server.keys.user;
    let (renamed, _) = server.make_key(key, "before").await;
    let (deleted, _) = server.make_key(key, "to be deleted").await;
    let shared = json!({ "collectionId": "3-shipments" });
    let shared = server.post(key, "/collection-access-keys", shared).await.expect(201);
    let shared = shared["collectionAccessKey"]["id"].as_str().unwrap().to_owned();
    let call = |method, path: String, body, done| Call { method, path, body, done };
    vec![
        call(Method::POST, "/api-keys".to_owned(), json!({ "name": "made once" }), 201),
        call(Method::PATCH, format!("/api-keys/{renamed}"), json!({ "name": "after" }), 200),
        call(Method::DELETE, format!("/api-keys/{deleted}"), json!({}), 204),
        call(Method::DELETE, format!("/collection-access-keys/{shared}"), json!({}), 204),
    ]
}

async fn sent(server: &TestServer, call: &Call) -> u16 {
    let request = server.request(call.method.clone(), &server.keys.user, &call.path).json(&call.body);
    server.send(request).await.status
}

/// How many changes the audit log has. A key that was refused is none.
async fn changes(server: &TestServer) -> i64 {
    server.number("SELECT COUNT(*) FROM audit_entries WHERE action <> 'auth.failure'").await
}

/// Sends each call three times, which has to be refused with `status`, and then until it is done.
async fn sent_until_done(
    mut server: TestServer,
    calls: Vec<Call>,
    status: u16,
    mend: impl AsyncFnOnce(&mut TestServer),
) {
    for call in &calls {
        for _ in 0..3 {
            assert_eq!(sent(&server, call).await, status, "{} {}", call.method, call.path);
        }
    }
    mend(&mut server).await;
    let before = changes(&server).await;
    for call in &calls {
        assert_eq!(sent(&server, call).await, call.done, "{} {}", call.method, call.path);
    }
    assert_eq!(changes(&server).await - before, i64::try_from(calls.len()).unwrap());
    assert_eq!(server.number("SELECT COUNT(*) FROM api_keys WHERE name = 'made once'").await, 1);
    // an answer that got lost on its way: what was deleted is told to be gone, and nothing is done again
    for call in calls.iter().filter(|call| call.method == Method::DELETE) {
        assert!([404, 409].contains(&sent(&server, call).await), "{}", call.path);
    }
    assert_eq!(changes(&server).await - before, i64::try_from(calls.len()).unwrap());
}

#[tokio::test]
async fn what_a_limit_refused_was_not_done_and_is_done_once_when_it_is_sent_again() {
    let mut server = TestServer::start().await;
    let calls = calls(&server).await;
    let (key, before) = (server.keys.user.duplicate(), changes(&server).await);
    server.start_again(|settings| settings.rate_limit = 1);
    server.forget_limits().await;
    server.get(&key, "/me").await.expect(200);
    sent_until_done(server, calls, 429, async |server| {
        assert_eq!(changes(server).await, before);
        server.start_again(|settings| settings.rate_limit = 300);
        server.forget_limits().await;
    })
    .await;
}

#[tokio::test]
async fn what_failed_half_way_was_not_done_and_is_done_once_when_it_is_sent_again() {
    let server = TestServer::start().await;
    let calls = calls(&server).await;
    let before = changes(&server).await;
    // the log is what a change writes last
    server.sql("ALTER TABLE audit_entries RENAME TO gone").await;
    sent_until_done(server, calls, 500, async |server| {
        server.sql("ALTER TABLE gone RENAME TO audit_entries").await;
        assert_eq!(changes(server).await, before);
    })
    .await;
}
