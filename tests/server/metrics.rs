//! What whoever watches the server is told: `/metrics` on a listener of its own.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use keydeck::domain::team::Role;
use keydeck::server;
use serde_json::json;

use crate::http::client;
use crate::support::TestServer;

impl TestServer {
    /// What is told now.
    async fn metrics(&self) -> String {
        let answer = client().get(format!("{}/metrics", self.metrics)).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-type"], "text/plain; version=0.0.4");
        answer.text().await.unwrap()
    }
}

/// The value of every series.
fn series(text: &str) -> BTreeMap<String, f64> {
    let of = |line: &str| {
        let (name, value) = line.rsplit_once(' ').unwrap();
        (name.to_owned(), value.parse().unwrap())
    };
    text.lines().filter(|line| !line.starts_with('#')).map(of).collect()
}

#[tokio::test]
async fn it_tells_what_was_asked_how_keys_stand_and_what_waits() {
    let server = TestServer::start().await;
    let (admin, user) = (&server.keys.admin, &server.keys.user);
    let (id, value) = server.make_key(user, "told of nowhere").await;
    for _ in 0..3 {
        server.get(user, "/me").await.expect(200);
    }
    server.post(admin, "/api-key-revocations", json!({ "ids": [id] })).await.expect(200);
    server.get(&value, "/me").await.expect(401);
    server.send(client().get(format!("{}/me", server.base_url))).await.expect(401);
    server.get(user, "/users").await.expect(403);
    server.get(user, "/nowhere/told-of-nowhere").await.expect(404);

    let text = server.metrics().await;
    let told = series(&text);
    let is = |name: &str, value: f64| assert_eq!(told.get(name).copied(), Some(value), "{name} in {text}");
    is("keydeck_http_requests_total{method=\"GET\",route=\"/me\",status=\"200\"}", 3.0);
    is("keydeck_http_requests_total{method=\"GET\",route=\"/me\",status=\"401\"}", 2.0);
    is("keydeck_http_requests_total{method=\"GET\",route=\"none\",status=\"404\"}", 1.0);
    is("keydeck_http_request_duration_seconds_count{method=\"GET\",route=\"/me\"}", 5.0);
    is("keydeck_http_refusals_total{reason=\"refused\"}", 1.0);
    is("keydeck_http_refusals_total{reason=\"missing\"}", 1.0);
    is("keydeck_http_refusals_total{reason=\"forbiddenError\"}", 1.0);
    is("keydeck_api_keys{state=\"enabled\"}", 6.0);
    is("keydeck_api_keys{state=\"disabled\"}", 0.0);
    is("keydeck_api_keys{state=\"revoked\"}", 1.0);
    is("keydeck_notices_pending", 1.0);
    is("keydeck_ready", 1.0);
    is("keydeck_database_connections_limit{purpose=\"write\"}", 1.0);
    is("keydeck_database_errors_total{kind=\"gone\"}", 0.0);
    let log = server.get(admin, "/audit/logs?limit=1").await.expect(200);
    // what was refused meanwhile is written later
    let head = log["trails"][0]["seq"].as_f64().unwrap();
    assert!(told["keydeck_audit_head_seq"] >= 7.0 && told["keydeck_audit_head_seq"] <= head);
    for nobodys in ["told", "test.example", "127.0.0.1", &id, value.expose()] {
        assert!(!text.contains(nobodys), "{nobodys} in {text}");
    }
}

#[tokio::test]
async fn it_is_asked_on_its_own_listener_alone_and_answers_nothing_else() {
    let server = TestServer::start().await;
    server.get(&server.keys.superadmin, "/metrics").await.expect(404);
    for path in ["/", "/me", "/healthz", "/metrics/"] {
        let answer = client().get(format!("{}{path}", server.metrics)).send().await.unwrap();
        assert_eq!(answer.status(), 404, "{path}");
    }
    let answer = client().post(format!("{}/metrics", server.metrics)).send().await.unwrap();
    assert_eq!(answer.status(), 405);
}

#[tokio::test]
async fn open_findings_are_counted() {
    let server = TestServer::seeded(400, Role::Superadmin).await;
    let open: i64 = server.number("SELECT COUNT(*) FROM detected_secrets WHERE resolution = 'ACTIVE'").await;
    let open = f64::from(i32::try_from(open).unwrap());
    assert!(open > 0.0);
    assert_eq!(series(&server.metrics().await).get("keydeck_exposed_findings_open"), Some(&open));
}

#[tokio::test]
async fn how_many_series_there_are_does_not_depend_on_how_many_keys_and_people_there_are() {
    let mut server = TestServer::start().await;
    let ask = async |server: &TestServer, keys: usize| {
        for number in 0..keys {
            let (id, _) = server.make_key(&server.keys.user, &format!("key {number}")).await;
            server.get(&server.keys.user, &format!("/api-keys/{id}")).await.expect(200);
        }
        let told = series(&server.metrics().await);
        assert!(told["keydeck_api_keys{state=\"enabled\"}"] > 6.0);
        told.into_keys().collect::<Vec<_>>()
    };
    let few = ask(&server, 1).await;
    server.stop();
    for number in 0..20 {
        let address = format!("person{number}@test.example");
        server::add_user(&server.database, "person", &address, &[Role::User]).await.unwrap();
    }
    server.resume();
    assert_eq!(ask(&server, 40).await, few);
}

#[tokio::test]
async fn without_its_file_the_database_is_not_told_of_and_the_failure_is_counted() {
    let server = TestServer::start().await;
    let path = PathBuf::from(server.database.strip_prefix("sqlite:").unwrap());
    let aside = path.with_extension("aside");
    server.get(&server.keys.user, "/me").await.expect(200);
    std::fs::rename(&path, &aside).unwrap();
    let told = series(&server.metrics().await);
    assert!(told["keydeck_ready"] < 1.0);
    assert!(told["keydeck_database_errors_total{kind=\"gone\"}"] > 0.0);
    assert!(!told.keys().any(|name| name.starts_with("keydeck_api_keys")), "what cannot be read is not made up");
    std::fs::rename(&aside, &path).unwrap();
    while series(&server.metrics().await)["keydeck_ready"] < 1.0 {}
}

/// Whether `promtool`, Prometheus' own program, is there; a test that needs it is left out otherwise.
fn promtool() -> bool {
    let asked = Command::new("promtool").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    let found = asked.is_ok_and(|status| status.success());
    // where nothing may be left out, as in .ci/run, this is a failure
    assert!(found || std::env::var_os("KEYDECK_TEST_ALL").is_none(), "promtool is not installed");
    found
}

#[tokio::test]
async fn prometheus_own_program_finds_nothing_wrong_with_it() {
    if !promtool() {
        eprintln!("left out: promtool is not installed");
        return;
    }
    let server = TestServer::seeded(400, Role::Superadmin).await;
    server.get(&server.keys.user, "/me").await.expect(200);
    server.get(&server.keys.user, "/nowhere").await.expect(404);
    let text = server.metrics().await;
    let mut checker = Command::new("promtool");
    checker.args(["check", "metrics"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut checker = checker.spawn().unwrap();
    checker.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let ended = checker.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success() && said.is_empty(), "{said}");
}
