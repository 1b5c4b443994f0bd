//! The client against a server that misbehaves: nothing is lost, nothing is sent twice, nothing secret gets out.

#![expect(clippy::unwrap_used, reason = "helpers of tests; clippy knows only the test functions themselves")]

#[path = "faults/contain.rs"]
mod contain;
#[path = "support/faults.rs"]
mod faults;
#[path = "faults/secrets.rs"]
mod secrets;
#[path = "faults/use_cases.rs"]
mod use_cases;

use std::time::Duration;

use faults::{Faulty, Reply};
use keydeck::client::error::{ErrorKind, ServiceError};
use keydeck::client::keydeck::KeydeckService;
use keydeck::client::transport::{Limits, Patience};
use keydeck::client::{KeyService, MintedValue, NewKey, Scope, WritePermit};
use keydeck::domain::call::CallNews;
use keydeck::domain::ids::KeyId;
use keydeck::domain::key_value::{KeyKind, fingerprint, mint};
use keydeck::domain::secret::Secret;
use rstest::rstest;
use serde_json::{Value, json};

/// Limits that a test can wait for.
fn limits() -> Limits {
    Limits {
        connect: Duration::from_secs(5),
        idle: Duration::from_millis(600),
        total: Duration::from_secs(1),
        body: 64 << 10,
        error_body: 4 << 10,
        patience: Patience {
            repeats: 2,
            first_wait: Duration::from_millis(1),
            longest_wait: Duration::from_millis(5),
            in_all: Duration::from_secs(20),
        },
        quota: None,
    }
}

fn key() -> Secret {
    mint(KeyKind::ApiKey, getrandom::fill).unwrap()
}

fn client(server: &Faulty) -> KeydeckService {
    KeydeckService::with_limits(&server.url(), key(), limits()).unwrap()
}

fn permit() -> WritePermit {
    WritePermit::unless_read_only(false).unwrap()
}

fn new_key(hash: &str) -> NewKey {
    NewKey {
        name: "ci".into(),
        expires: None,
        contacts: Vec::new(),
        value: Some(MintedValue { fingerprint: hash.to_owned(), masked: "kdk_…abcd".to_owned() }),
        ..NewKey::default()
    }
}

fn me() -> Value {
    json!({"user": {"id": 7, "fullName": "Ann", "email": "ann@team.example", "roles": ["admin"]}})
}

/// Faults after which a request may have been carried out although no answer tells.
fn lost() -> Vec<(Reply, ErrorKind)> {
    vec![
        (Reply::Reset, ErrorKind::LostAnswer),
        (Reply::Stall, ErrorKind::LostAnswer),
        (Reply::Drip, ErrorKind::LostAnswer),
        (Reply::Truncated("{\"user\":".into()), ErrorKind::LostAnswer),
        (
            Reply::Whole(200, vec![("content-type", "application/json".into())], "{\"user\":".into()),
            ErrorKind::LostAnswer,
        ),
        (Reply::error(408, "requestTimeout"), ErrorKind::LostAnswer),
        (Reply::error(500, "serverError"), ErrorKind::Server),
        (Reply::html(502), ErrorKind::Server),
        (Reply::error(503, "serviceUnavailableError").with("retry-after", "0"), ErrorKind::Server),
    ]
}

/// Runs `check` on each fault, all at once: some take a second.
async fn for_each(faults: Vec<(Reply, ErrorKind)>, check: impl AsyncFn(Reply, ErrorKind)) {
    futures_util::future::join_all(faults.into_iter().map(|(fault, kind)| check(fault, kind))).await;
}

/// Answers that will be the same the next time.
fn settled() -> Vec<(Reply, ErrorKind)> {
    vec![
        (Reply::error(400, "malformedRequestError"), ErrorKind::Invalid),
        (Reply::error(401, "AuthenticationError"), ErrorKind::Unauthenticated),
        (Reply::html(401), ErrorKind::Unauthenticated),
        (Reply::error(403, "forbiddenError"), ErrorKind::Denied),
        (Reply::error(404, "instanceNotFoundError"), ErrorKind::NotFound),
        (Reply::html(404), ErrorKind::NotUnderstood),
        (Reply::error(409, "conflictError"), ErrorKind::Conflict),
        (Reply::error(413, "requestTooLargeError"), ErrorKind::Invalid),
        (Reply::error(429, "serviceLimitExhausted"), ErrorKind::QuotaUsedUp),
        (Reply::error(429, "rateLimited").with("ratelimit-remaining-month", "0"), ErrorKind::QuotaUsedUp),
        (Reply::html(200), ErrorKind::NotUnderstood),
        (Reply::json(&json!([1, 2])), ErrorKind::NotUnderstood),
        (Reply::json(&json!({"ok": true})), ErrorKind::NotUnderstood),
        (Reply::Endless, ErrorKind::NotUnderstood),
        (Reply::Bomb, ErrorKind::NotUnderstood),
        (Reply::json(&json!({"padding": "x".repeat(70 << 10)})), ErrorKind::NotUnderstood),
    ]
}

#[tokio::test]
async fn a_read_that_fails_on_the_way_is_repeated_until_it_succeeds() {
    for_each(lost(), async |fault, _| {
        let server = Faulty::in_order(vec![fault.clone(), Reply::json(&me())]).await;
        let me = client(&server).me().await.unwrap_or_else(|error| panic!("{fault:?}: {error}"));
        assert_eq!((me.id.0, server.asked().len()), (7, 2), "{fault:?}");
    })
    .await;
}

#[tokio::test]
async fn a_read_is_given_up_after_a_few_repeats() {
    for_each(lost(), async |fault, kind| {
        let server = Faulty::in_order(vec![fault.clone()]).await;
        let error = client(&server).me().await.unwrap_err();
        assert_eq!((error.kind, server.asked().len()), (kind, 3), "{fault:?}: {error}");
    })
    .await;
}

#[tokio::test]
async fn what_will_not_change_is_not_asked_again() {
    for (fault, kind) in settled() {
        let server = Faulty::in_order(vec![fault.clone()]).await;
        let error = client(&server).me().await.unwrap_err();
        assert_eq!((error.kind, server.asked().len()), (kind, 1), "{fault:?}: {error}");
    }
}

#[tokio::test]
async fn a_search_by_post_is_a_read() {
    let server = Faulty::in_order(vec![Reply::Reset, Reply::json(&json!({"data": []}))]).await;
    assert!(client(&server).findings(None, 10).await.unwrap().rows.is_empty());
    assert_eq!(server.count("POST"), 2);
}

#[tokio::test]
async fn the_time_to_wait_is_kept() {
    let server = Faulty::in_order(vec![
        Reply::error(429, "rateLimited").with("retry-after", "1"),
        Reply::json(&me()).with("ratelimit", "limit=300, remaining=12, reset=50"),
    ])
    .await;
    let client = client(&server);
    let start = std::time::Instant::now();
    client.me().await.unwrap();
    assert!(start.elapsed() >= Duration::from_secs(1), "sooner than the server asked");
    assert_eq!(client.rate_limit().map(|limit| (limit.limit, limit.remaining)), Some((300, 12)));
}

#[tokio::test]
async fn the_wait_is_told_as_the_server_says_it_in_every_form_and_to_whom_it_matters() {
    for (name, value, seconds) in [
        ("retry-after", "90", 90),
        ("retry-after", "86400", 86_400),
        ("retry-after", "89.5", 90),
        ("retry-after", "Sat, 21 Nov 2026 09:30:00 GMT", 3600),
        ("x-ratelimit-retryafter", "91", 91),
        ("retryafter", "92", 92),
    ] {
        let reply = Reply::error(429, "rateLimited").with("date", "Sat, 21 Nov 2026 08:30:00 GMT").with(name, value);
        let server = Faulty::in_order(vec![reply]).await;
        let error = client(&server).me().await.unwrap_err();
        assert_eq!((error.retry_after, server.asked().len()), (Some(seconds), 1), "{name}: {value}");
        assert!(error.hint().contains(&keydeck::domain::time::length(seconds)), "{}", error.hint());
    }
}

#[tokio::test]
async fn while_it_waits_those_who_watch_are_told_for_what_and_until_when() {
    let limited = Reply::error(429, "rateLimited").with("retry-after", "1");
    let server = Faulty::in_order(vec![limited, Reply::Reset, Reply::json(&me())]).await;
    let client = client(&server);
    let told = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let sink = std::sync::Arc::clone(&told);
    client.on_call(Box::new(move |news| sink.lock().unwrap().push(news)));
    let calls = client.in_flight();
    client.me().await.unwrap();
    let pauses: Vec<_> = told
        .lock()
        .unwrap()
        .iter()
        .filter_map(|news| match news {
            CallNews::Paused(pause) => Some((pause.limited, pause.asked)),
            _ => None,
        })
        .collect();
    assert_eq!(pauses, [(true, Some(1)), (false, None)]);
    let seen = *calls.borrow();
    assert!(seen.until.is_some() && seen.pause.is_some() && seen.waiting == 0);
}

#[tokio::test]
async fn a_wait_that_is_too_long_is_left_to_the_caller() {
    let server = Faulty::in_order(vec![Reply::error(429, "rateLimited").with("retry-after", "3600")]).await;
    let error = client(&server).me().await.unwrap_err();
    assert_eq!((error.kind, error.retry_after, server.asked().len()), (ErrorKind::RateLimited, Some(3600), 1));
}

/// Every write, by name.
async fn write(client: &KeydeckService, name: &str) -> Result<(), ServiceError> {
    let id = KeyId::from("k");
    match name {
        "create" => client.create_api_key(&permit(), &new_key(&fingerprint("x"))).await.map(|_| ()),
        "delete" => client.delete_api_key(&permit(), &id, None).await,
        "revoke" => client.revoke_api_keys(&permit(), &[id], None, None).await.map(|_| ()),
        "create collection" => client.create_collection_access_key(&permit(), "1-a", None, None).await.map(|_| ()),
        "delete collection" => client.delete_collection_access_key(&permit(), &id, None).await,
        other => panic!("{other}"),
    }
}

#[rstest]
#[tokio::test]
async fn a_write_is_sent_once_whatever_happens(
    #[values("create", "delete", "revoke", "create collection", "delete collection")] name: &str,
) {
    for_each(lost(), async |fault, kind| {
        let server = Faulty::in_order(vec![fault.clone()]).await;
        let done = write(&client(&server), name).await;
        assert_eq!(server.asked().len(), 1, "{fault:?}");
        let error = done.unwrap_err();
        assert_eq!(error.kind, kind, "{fault:?}");
        assert!(error.outcome_unknown(), "{fault:?}");
    })
    .await;
    let server = Faulty::in_order(vec![Reply::error(429, "rateLimited").with("retry-after", "0")]).await;
    let error = write(&client(&server), name).await.unwrap_err();
    assert_eq!((error.kind, error.outcome_unknown(), server.asked().len()), (ErrorKind::RateLimited, false, 1));
}

#[rstest]
#[tokio::test]
async fn a_page_for_people_is_no_success(#[values("create", "delete", "revoke", "delete collection")] name: &str) {
    let server = Faulty::in_order(vec![Reply::html(200)]).await;
    let error = write(&client(&server), name).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotUnderstood);
}

#[tokio::test]
async fn an_empty_answer_to_a_deletion_is_success() {
    let server = Faulty::in_order(vec![Reply::Whole(204, Vec::new(), String::new())]).await;
    write(&client(&server), "delete").await.unwrap();
    write(&client(&server), "delete collection").await.unwrap();
    let paths: Vec<_> = server.asked().iter().map(faults::Asked::line).collect();
    assert_eq!(paths, ["DELETE /api-keys/k", "DELETE /collection-access-keys/k"]);
}

#[tokio::test]
async fn a_connection_that_was_closed_meanwhile_costs_no_second_write() {
    let server = Faulty::start(|_, asked| match asked.method.as_str() {
        "GET" => Reply::ClosedAfterwards(me().to_string()),
        _ => Reply::Whole(204, Vec::new(), String::new()),
    })
    .await;
    let client = client(&server);
    for _ in 0..20 {
        client.me().await.unwrap();
        let before = server.count("DELETE");
        let _ = write(&client, "delete").await;
        assert!(server.count("DELETE") <= before + 1);
    }
}

#[tokio::test]
async fn nobody_listening_is_unreachable() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let client = KeydeckService::with_limits(&url, key(), limits()).unwrap();
    let error = client.me().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unreachable);
    let error = write(&client, "revoke").await.unwrap_err();
    assert_eq!((error.kind, error.outcome_unknown()), (ErrorKind::Unreachable, false));
}

#[tokio::test]
async fn a_date_that_a_cache_kept_or_that_jumps_moves_no_clock() {
    let date = |days: i64| {
        let at = chrono::Utc::now() + chrono::TimeDelta::days(days);
        at.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
    };
    let (honest, late) = (date(0), date(4000));
    let now = honest.clone();
    let server = Faulty::start(move |at, _| match at {
        0 => Reply::json(&me()).with("date", &late).with("age", "30"),
        1 => Reply::json(&me()).with("date", &honest),
        2 => Reply::json(&me()).with("date", &late),
        3 => Reply::error(429, "rateLimited").with("date", &late).with("retry-after", &now),
        _ => Reply::json(&me())
            .with("date", &late)
            .with("ratelimit-remaining", "5")
            .with("ratelimit-reset", "9999999999"),
    })
    .await;
    let client = client(&server);
    for _ in 0..4 {
        client.me().await.unwrap();
        let present = client.clock().present();
        let off = present.now - chrono::Utc::now();
        assert!(off.abs() < chrono::TimeDelta::minutes(1) && present.off.is_none(), "{present:?}");
    }
}

#[tokio::test]
async fn a_page_with_more_rows_than_were_asked_for_is_refused() {
    let rows = |count: usize| json!({ "data": vec![json!({ "id": "k", "name": "n" }); count], "meta": {} });
    let server = Faulty::start(move |at, _| Reply::json(&rows([2, 3, 1001][at.min(2)]))).await;
    let client = client(&server);
    assert_eq!(client.keys(Scope::Team, None, 2).await.unwrap().rows.len(), 2);
    for asked in [2, 1000] {
        let error = client.keys(Scope::Team, None, asked).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::NotUnderstood, "{error}");
        assert!(error.to_string().contains("more rows than were asked for"), "{error}");
    }
    let page = client.keys(Scope::Collections, None, 2).await.unwrap();
    assert!(page.rows.len() == 1001 && page.bytes > 1001 * 20, "that list takes no limit, and is told in bytes");
}
