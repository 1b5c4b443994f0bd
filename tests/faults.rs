//! The client against a server that misbehaves: nothing is lost, nothing is sent twice, nothing secret gets out.

#![expect(clippy::unwrap_used, reason = "helpers of tests; clippy knows only the test functions themselves")]

#[path = "support/faults.rs"]
mod faults;

use std::io;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use faults::{Faulty, Reply};
use keydeck::client::error::{ErrorKind, ServiceError};
use keydeck::client::http::{HttpService, Limits, Patience};
use keydeck::client::{KeyService, NewKey, Scope, WritePermit};
use keydeck::domain::bulk::{Outcome, Progress, Target};
use keydeck::domain::ids::{KeyId, UserId};
use keydeck::domain::key_value::{KeyKind, fingerprint, mint};
use keydeck::domain::secret::Secret;
use keydeck::ops::{create, load, revoke};
use rstest::rstest;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

/// Limits that a test can wait for.
fn limits() -> Limits {
    Limits {
        connect: Duration::from_secs(5),
        idle: Duration::from_millis(400),
        total: Duration::from_millis(900),
        body: 64 << 10,
        error_body: 4 << 10,
        patience: Patience {
            repeats: 2,
            first_wait: Duration::from_millis(1),
            longest_wait: Duration::from_millis(5),
            in_all: Duration::from_secs(20),
        },
    }
}

fn key() -> Secret {
    mint(KeyKind::ApiKey, getrandom::fill).unwrap()
}

fn client(server: &Faulty) -> HttpService {
    HttpService::with_limits(&server.url(), key(), limits()).unwrap()
}

fn permit() -> WritePermit {
    WritePermit::unless_read_only(false).unwrap()
}

fn new_key(hash: &str) -> NewKey {
    NewKey {
        name: "ci".into(),
        expires: None,
        contacts: Vec::new(),
        secret_hash: hash.to_owned(),
        masked_value: "kdk_…abcd".into(),
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
        (Reply::json(&json!({"padding": "x".repeat(70 << 10)})), ErrorKind::NotUnderstood),
    ]
}

#[tokio::test]
async fn a_read_that_fails_on_the_way_is_repeated_until_it_succeeds() {
    for (fault, _) in lost() {
        let server = Faulty::in_order(vec![fault.clone(), Reply::json(&me())]).await;
        let me = client(&server).me().await.unwrap_or_else(|error| panic!("{fault:?}: {error}"));
        assert_eq!((me.id.0, server.asked().len()), (7, 2), "{fault:?}");
    }
}

#[tokio::test]
async fn a_read_is_given_up_after_a_few_repeats() {
    for (fault, kind) in lost() {
        let server = Faulty::in_order(vec![fault.clone()]).await;
        let error = client(&server).me().await.unwrap_err();
        assert_eq!((error.kind, server.asked().len()), (kind, 3), "{fault:?}: {error}");
    }
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
async fn a_wait_that_is_too_long_is_left_to_the_caller() {
    let server = Faulty::in_order(vec![Reply::error(429, "rateLimited").with("retry-after", "3600")]).await;
    let error = client(&server).me().await.unwrap_err();
    assert_eq!((error.kind, error.retry_after, server.asked().len()), (ErrorKind::RateLimited, Some(60), 1));
}

/// Every write, by name.
async fn write(client: &HttpService, name: &str) -> Result<(), ServiceError> {
    let id = KeyId::from("k");
    match name {
        "create" => client.create_api_key(&permit(), &new_key(&fingerprint("x"))).await.map(|_| ()),
        "delete" => client.delete_api_key(&permit(), &id).await,
        "revoke" => client.revoke_api_keys(&permit(), &[id], None, None).await.map(|_| ()),
        "create collection" => client.create_collection_access_key(&permit(), "1-a", None).await.map(|_| ()),
        "delete collection" => client.delete_collection_access_key(&permit(), &id).await,
        other => panic!("{other}"),
    }
}

#[rstest]
#[tokio::test]
async fn a_write_is_sent_once_whatever_happens(
    #[values("create", "delete", "revoke", "create collection", "delete collection")] name: &str,
) {
    for (fault, kind) in lost() {
        let server = Faulty::in_order(vec![fault.clone()]).await;
        let done = write(&client(&server), name).await;
        assert_eq!(server.asked().len(), 1, "{fault:?}");
        let error = done.unwrap_err();
        assert_eq!(error.kind, kind, "{fault:?}");
        assert!(error.outcome_unknown(), "{fault:?}");
    }
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

#[rstest]
#[tokio::test]
async fn a_redirect_is_never_followed(#[values(301, 302, 303, 307, 308)] status: u16) {
    let elsewhere = Faulty::in_order(vec![Reply::json(&me())]).await;
    let location = format!("{}/steal?with=query", elsewhere.url());
    let server = Faulty::in_order(vec![Reply::html(status).with("location", &location)]).await;
    let client = client(&server);
    let error = client.me().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Redirected);
    assert!(error.to_string().contains(&elsewhere.url()), "{error}");
    assert!(!error.to_string().contains("steal") && !error.to_string().contains("query"), "{error}");
    assert_eq!(write(&client, "revoke").await.unwrap_err().kind, ErrorKind::Redirected);
    assert_eq!(server.asked().len(), 2);
    assert!(elsewhere.bytes().is_empty(), "the key travelled along");
}

#[tokio::test]
async fn nobody_listening_is_unreachable() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let client = HttpService::with_limits(&url, key(), limits()).unwrap();
    let error = client.me().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unreachable);
    let error = write(&client, "revoke").await.unwrap_err();
    assert_eq!((error.kind, error.outcome_unknown()), (ErrorKind::Unreachable, false));
}

#[tokio::test]
async fn a_server_without_tls_never_sees_the_key_meant_for_https() {
    let server = Faulty::in_order(vec![Reply::json(&me())]).await;
    let key = key();
    let url = format!("https://127.0.0.1:{}", server.port());
    let client = HttpService::with_limits(&url, key.duplicate(), limits()).unwrap();
    let error = client.me().await.unwrap_err();
    assert!(matches!(error.kind, ErrorKind::Unreachable | ErrorKind::LostAnswer), "{error}");
    let seen = server.bytes();
    assert!(!seen.windows(key.expose().len()).any(|window| window == key.expose().as_bytes()));
}

#[tokio::test]
async fn a_request_carries_the_key_in_its_header_and_nowhere_else() {
    let server = Faulty::in_order(vec![Reply::json(&json!({"data": []}))]).await;
    let key = key();
    let client = HttpService::with_limits(&server.url(), key.duplicate(), limits()).unwrap();
    client.keys(Scope::Team, Some("a+b="), 5000).await.unwrap();
    let asked = &server.asked()[0];
    assert_eq!(asked.header("x-api-key"), Some(key.expose()));
    assert_eq!(asked.target, "/api-keys?scope=team&limit=1000&cursor=a%2Bb%3D");
    let everything = String::from_utf8(server.bytes()).unwrap();
    assert_eq!(everything.matches(key.expose()).count(), 1);
    for name in ["authorization", "cookie", "referer"] {
        assert_eq!(asked.header(name), None);
    }
}

/// What a subscriber writes, kept for looking at.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl io::Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn neither_errors_nor_the_log_hold_a_key_a_query_or_a_body() {
    let key = key();
    let echo = key.expose().to_owned();
    let server = Faulty::start(move |n, _| match n % 3 {
        0 => Reply::json(&json!({"data": [{"id": "k", "name": "a body's word"}]})).with("x-request-id", "r\u{9b}1"),
        1 => Reply::status(400, &json!({"error": {"name": echo, "message": format!("bad key {echo}")}})),
        _ => Reply::Whole(200, Vec::new(), format!("{{\"data\":\"{echo}\"}}")),
    })
    .await;
    let kept = Kept::default();
    let writer = kept.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter("keydeck=trace")
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let _log = tracing::subscriber::set_default(subscriber);
    let client = HttpService::with_limits(&server.url(), key.duplicate(), limits()).unwrap();
    let mut said = String::new();
    for _ in 0..3 {
        let cursor = Some("the-cursor");
        match client.keys(Scope::Mine, cursor, 10).await {
            Ok(_) => {}
            Err(error) => said.extend([error.to_string(), format!("{error:?}"), error.hint()]),
        }
    }
    said.extend([format!("{client:?}")]);
    let log = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("/api-keys") && log.contains("status=400"), "{log}");
    for text in [&said, &log] {
        for hidden in [key.expose(), "the-cursor", "scope=", "a body's word"] {
            assert!(!text.contains(hidden), "{hidden} in {text}");
        }
    }
    assert!(!log.contains('\u{9b}'), "{log}");
}

#[tokio::test]
async fn a_repeated_or_endless_cursor_is_noticed() {
    let circle =
        Faulty::in_order(vec![Reply::json(&json!({"data": [{"id": "k"}], "meta": {"nextCursor": "c"}}))]).await;
    let mut pages = 0;
    let error = load::keys(&client(&circle), Scope::Team, &mut |_| {
        pages += 1;
        ControlFlow::Continue(())
    })
    .await
    .unwrap_err();
    assert_eq!((error.kind, pages, circle.asked().len()), (ErrorKind::NotUnderstood, 2, 2));

    let endless = Faulty::start(|n, _| Reply::json(&json!({"data": [], "meta": {"nextCursor": n.to_string()}}))).await;
    let error = load::findings(&client(&endless), &mut |_| ControlFlow::Continue(())).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotUnderstood);
    assert!(endless.asked().len() < 100);
}

/// Revokes these keys in a task of its own, as the console does.
async fn revoke_all(server: &Faulty, ids: &[&str], kind: KeyKind) -> (Vec<Outcome>, Vec<Progress>) {
    let client = client(server);
    let targets: Vec<Target> = ids.iter().map(|id| Target { id: KeyId::from(*id), kind }).collect();
    let run = tokio::spawn(async move {
        let mut told = Vec::new();
        let mut report = |progress| told.push(progress);
        let outcomes = revoke::revoke(&client, &permit(), &targets, None, &CancellationToken::new(), &mut report).await;
        (outcomes.into_iter().map(|(_, outcome)| outcome).collect(), told)
    });
    run.await.unwrap()
}

#[tokio::test]
async fn a_revocation_whose_answer_is_lost_is_read_back_not_repeated() {
    for (fault, _) in lost() {
        let lost = fault.clone();
        let server = Faulty::start(move |_, asked| {
            let id = asked.target.rsplit('/').next().unwrap();
            let seen = Reply::json(&json!({"id": id, "status": "revoked"}));
            if asked.method == "POST" { lost.clone() } else { seen }
        })
        .await;
        let (outcomes, told) = revoke_all(&server, &["a", "b"], KeyKind::ApiKey).await;
        assert_eq!(outcomes, [Outcome::Revoked, Outcome::Revoked], "{fault:?}");
        assert_eq!(server.count("POST"), 1, "{fault:?}");
        assert!(told.contains(&Progress::ReadingBack(vec!["a".into(), "b".into()])));
    }
}

#[tokio::test]
async fn a_revocation_that_did_not_arrive_is_told_as_failed() {
    let server = Faulty::start(|_, asked| match asked.method.as_str() {
        "POST" => Reply::Reset,
        _ => Reply::json(&json!({"id": "a", "status": "enabled"})),
    })
    .await;
    let (outcomes, _) = revoke_all(&server, &["a"], KeyKind::ApiKey).await;
    assert!(matches!(&outcomes[0], Outcome::Failed(why) if why.to_string().starts_with("not revoked")), "{outcomes:?}");
    assert_eq!(server.count("POST"), 1);
}

#[tokio::test]
async fn collection_keys_are_deleted_once_each_even_when_refused_or_lost() {
    let server = Faulty::start(|n, asked| match (asked.method.as_str(), asked.target.as_str()) {
        // the first call of all is one too many
        ("DELETE", _) if n == 0 => Reply::error(429, "rateLimited").with("retry-after", "1"),
        ("DELETE", "/collection-access-keys/c3") => Reply::Reset,
        ("DELETE", "/collection-access-keys/c4") => Reply::error(404, "instanceNotFoundError"),
        ("DELETE", "/collection-access-keys/c5") => Reply::error(403, "forbiddenError"),
        ("DELETE", _) => Reply::Whole(204, Vec::new(), String::new()),
        _ => Reply::json(&json!({"data": [
            {"id": "c3", "status": "INACTIVE", "deletedAt": "2026-11-21T08:30:00.000Z"},
            {"id": "c4", "status": "INACTIVE", "deletedAt": "2026-11-20T08:30:00.000Z"},
        ]})),
    })
    .await;
    let ids = ["c1", "c2", "c3", "c4", "c5"];
    let (outcomes, told) = revoke_all(&server, &ids, KeyKind::CollectionAccessKey).await;
    let words: Vec<_> = outcomes.iter().map(Outcome::word).collect();
    assert_eq!(words, ["revoked", "revoked", "revoked", "already revoked", "denied"]);
    assert!(told.contains(&Progress::Waiting(1)), "{told:?}");
    // one each, and one more for the call that was refused as one too many
    assert_eq!(server.count("DELETE"), ids.len() + 1);
}

#[tokio::test]
async fn a_new_key_whose_answer_is_lost_is_found_by_its_hash() {
    let hash = fingerprint("minted at run time");
    let found = hash.clone();
    let server = Faulty::start(move |n, asked| match (asked.line().as_str(), n) {
        ("POST /api-keys", 0) => Reply::Reset,
        ("POST /api-keys", _) => Reply::error(409, "conflictError"),
        ("POST /api-key-lookups", _) => Reply::json(&json!({"data": [
            {"sha256": found, "apiKey": {"id": "k", "name": "ci", "ownerId": 7, "secretHash": found}},
        ]})),
        _ => Reply::error(404, "requestNotFoundError"),
    })
    .await;
    let key = create::create(&client(&server), &permit(), &new_key(&hash), UserId(7)).await.unwrap();
    assert_eq!(key.id.as_str(), "k");
    assert!(server.asked().iter().all(|asked| !asked.body.contains("minted at run time")));
}

const PROXIED: &str = "KEYDECK_TEST_PROXIED_SERVER";

/// Environment variables can only be set for another process: the test below runs this one in it.
#[tokio::test]
#[ignore = "run by loopback_is_never_proxied"]
async fn ask_a_loopback_server_behind_a_proxy() {
    let url = std::env::var(PROXIED).unwrap();
    for host in ["127.0.0.1", "localhost"] {
        let client = HttpService::with_limits(&url.replace("127.0.0.1", host), key(), limits()).unwrap();
        assert_eq!(client.me().await.unwrap().id.0, 7);
    }
}

#[tokio::test]
async fn loopback_is_never_proxied() {
    let proxy = Faulty::in_order(vec![Reply::json(&json!({"user": {"id": 666}}))]).await;
    let server = Faulty::in_order(vec![Reply::json(&me())]).await;
    let mut child = tokio::process::Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "ask_a_loopback_server_behind_a_proxy", "--ignored"]).env(PROXIED, server.url());
    for name in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] {
        child.env(name, proxy.url());
    }
    child.env_remove("NO_PROXY").env_remove("no_proxy");
    let output = child.output().await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert!(proxy.bytes().is_empty());
    assert_eq!(server.asked().len(), 2);
}
