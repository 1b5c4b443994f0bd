//! Where the key goes, and where it does not.

use std::io;
use std::sync::{Arc, Mutex};

use keydeck::client::error::ErrorKind;
use keydeck::client::keydeck::KeydeckService;
use keydeck::client::{KeyService, Scope};
use rstest::rstest;
use serde_json::json;

use super::faults::{Faulty, Reply};
use super::{client, key, limits, me, write};

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
async fn a_server_without_tls_never_sees_the_key_meant_for_https() {
    let server = Faulty::in_order(vec![Reply::json(&me())]).await;
    let key = key();
    let url = format!("https://127.0.0.1:{}", server.port());
    let client = KeydeckService::with_limits(&url, key.duplicate(), limits()).unwrap();
    let error = client.me().await.unwrap_err();
    assert!(matches!(error.kind, ErrorKind::Unreachable | ErrorKind::LostAnswer), "{error}");
    let seen = server.bytes();
    assert!(!seen.windows(key.expose().len()).any(|window| window == key.expose().as_bytes()));
}

#[tokio::test]
async fn a_request_carries_the_key_in_its_header_and_nowhere_else() {
    let server = Faulty::in_order(vec![Reply::json(&json!({"data": []}))]).await;
    let key = key();
    let client = KeydeckService::with_limits(&server.url(), key.duplicate(), limits()).unwrap();
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
    let client = KeydeckService::with_limits(&server.url(), key.duplicate(), limits()).unwrap();
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

const PROXIED: &str = "KEYDECK_TEST_PROXIED_SERVER";

/// Environment variables can only be set for another process: the test below runs this one in it.
#[tokio::test]
#[ignore = "run by loopback_is_never_proxied"]
async fn ask_a_loopback_server_behind_a_proxy() {
    let url = std::env::var(PROXIED).unwrap();
    for host in ["127.0.0.1", "localhost"] {
        let client = KeydeckService::with_limits(&url.replace("127.0.0.1", host), key(), limits()).unwrap();
        assert_eq!(client.me().await.unwrap().id.0, 7);
    }
}

#[tokio::test]
async fn loopback_is_never_proxied() {
    let proxy = Faulty::in_order(vec![Reply::json(&json!({"user": {"id": 666}}))]).await;
    let server = Faulty::in_order(vec![Reply::json(&me())]).await;
    let mut child = tokio::process::Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "secrets::ask_a_loopback_server_behind_a_proxy", "--ignored"]).env(PROXIED, server.url());
    for name in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] {
        child.env(name, proxy.url());
    }
    child.env_remove("NO_PROXY").env_remove("no_proxy");
    let output = child.output().await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert!(proxy.bytes().is_empty());
    assert_eq!(server.asked().len(), 2);
}
