//! A server that goes on accepting a key after it answered that the key is revoked: what the tests of proving a key dead
//! ask. It needs a program built with the feature `fault-points`.

#![expect(clippy::unwrap_used, reason = "helpers of tests; clippy knows only the test functions themselves")]

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{TimeDelta, Utc};
use keydeck::domain::secret::Secret;
use keydeck::server::{Clock, Lag, ServerSettings};
use serde_json::{Value, json};

#[path = "support/program.rs"]
mod program;
#[path = "support/server.rs"]
mod support;

use support::TestServer;

fn http() -> reqwest::Client {
    // several tests of one process install it
    let _installed_before = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::new()
}

/// A server whose revocations are late, and what moves its clock, in milliseconds.
async fn late(lag: Lag) -> (TestServer, Arc<AtomicI64>) {
    // ahead of the moment at which the team is made by the system's own clock
    let (begun, ahead) = (Utc::now() + TimeDelta::hours(1), Arc::new(AtomicI64::new(0)));
    let hand = Arc::clone(&ahead);
    let clock = Clock::new(move || begun + TimeDelta::milliseconds(hand.load(Ordering::SeqCst)));
    let settings = ServerSettings { clock, lag: Some(lag), ..ServerSettings::default() };
    (TestServer::start_with(settings).await, ahead)
}

async fn ask(key: &Secret, request: reqwest::RequestBuilder) -> (u16, Value) {
    let answer = request.header("x-api-key", key.expose()).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap_or_default())
}

async fn me(server: &TestServer, key: &Secret) -> (u16, Value) {
    ask(key, http().get(format!("{}/me", server.base_url))).await
}

async fn stop(server: &TestServer, how: &str) -> String {
    let (_, told) = me(server, &server.keys.user).await;
    let id = told["apiKey"]["id"].as_str().unwrap().to_owned();
    let path = format!("{}/api-keys/{id}", server.base_url);
    let (status, _) = match how {
        "disabled" => ask(&server.keys.admin, http().patch(path).json(&json!({ "status": "disabled" }))).await,
        _ => ask(&server.keys.user, http().delete(path)).await,
    };
    assert!(status < 300, "{status}");
    id
}

#[tokio::test]
async fn a_stopped_key_is_accepted_until_the_delay_is_over() {
    for how in ["disabled", "revoked"] {
        let (server, ahead) = late(Lag::Seconds(7)).await;
        let id = stop(&server, how).await;
        let path = format!("{}/api-keys/{id}", server.base_url);
        let (_, told) = ask(&server.keys.admin, http().get(path)).await;
        assert_eq!(told["status"], how, "it says that the key is stopped");
        ahead.store(6_999, Ordering::SeqCst);
        assert_eq!(me(&server, &server.keys.user).await.0, 200, "{how}");
        ahead.store(7_000, Ordering::SeqCst);
        assert_eq!(me(&server, &server.keys.user).await.0, 401, "{how}");
        assert_eq!(me(&server, &server.keys.admin).await.0, 200);
    }
}

#[tokio::test]
async fn a_stopped_key_is_accepted_for_ever() {
    for how in ["disabled", "revoked"] {
        let (server, ahead) = late(Lag::Never).await;
        stop(&server, how).await;
        ahead.store(TimeDelta::days(30).num_milliseconds(), Ordering::SeqCst);
        assert_eq!(me(&server, &server.keys.user).await.0, 200, "{how}");
    }
}

/// Contains a leaked key on the command line; what the document says of it.
fn contain(server: &TestServer) -> Value {
    let home = tempfile::tempdir().unwrap();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_keydeck"));
    command.env_clear().env("HOME", home.path()).env("XDG_STATE_HOME", home.path()).current_dir(home.path());
    command.env("KEYDECK_URL", &server.base_url).env("KEYDECK_API_KEY", server.keys.admin.expose());
    command.args(["contain", "-", "--yes", "--json"]).stdin(std::process::Stdio::piped());
    let mut child = command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::null()).spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), server.keys.user.expose().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let bundle = document["meta"]["bundle"].as_str().unwrap();
    let report = std::fs::read_to_string(format!("{bundle}/report.md")).unwrap();
    assert!(report.contains("accepted; a made-up key is refused"), "{report}");
    document["data"][0].clone()
}

#[test]
fn a_late_revocation_is_never_called_proven_early() {
    let settings = ServerSettings { lag: Some(Lag::Seconds(2)), ..ServerSettings::default() };
    let server = TestServer::start_blocking(settings);
    let row = contain(&server);
    assert_eq!((&row["standing"], &row["outcome"]), (&"proven".into(), &"revoked".into()), "{row}");
    assert!(row["attempts"].as_u64().unwrap() > 1, "it was accepted after it was asserted, and that was seen: {row}");
    let time = |name: &str| row[name].as_str().unwrap().parse::<chrono::DateTime<Utc>>().unwrap();
    assert!(time("provenAt") > time("assertedAt"));
}

#[test]
fn the_command_line_has_one_or_the_other() {
    let told = |flags: &[&str]| {
        let mut serve = std::process::Command::new(env!("CARGO_BIN_EXE_keydeck"));
        let ran = serve.args(["serve", "--database", "sqlite:/nowhere/keydeck.db"]).args(flags).output().unwrap();
        String::from_utf8(ran.stderr).unwrap()
    };
    for flags in [&["--revocation-delay", "7"][..], &["--revocation-never"]] {
        assert!(told(flags).contains("/nowhere/keydeck.db"), "{flags:?}: {}", told(flags));
    }
    assert!(told(&["--revocation-delay", "7", "--revocation-never"]).contains("cannot be used with"));
}

/// What an exam of a server with this lag sees, and how it ends.
fn examined(lag: Lag, patience: &str) -> (Option<i32>, Value, String) {
    let server = TestServer::start_blocking(ServerSettings { lag: Some(lag), ..ServerSettings::default() });
    let home = program::Home::new();
    let environment = [("KEYDECK_URL", server.base_url.as_str()), ("KEYDECK_API_KEY", server.keys.user.expose())];
    let args = ["backend", "exam", "--yes", "--json", "--for", patience];
    let ran = home.run_with(&args, &environment);
    (ran.code, ran.json(), ran.err)
}

fn answer_of<'a>(seen: &'a Value, question: &str) -> &'a Value {
    seen["data"].as_array().unwrap().iter().find(|row| row["question"] == question).unwrap()
}

#[test]
fn an_exam_says_that_revoked_keys_keep_working() {
    let (code, seen, said) = examined(Lag::Never, "3");
    assert_eq!(code, Some(1), "{said}");
    assert_eq!(seen["meta"]["revokedKeysKeepWorking"], true);
    assert_eq!(answer_of(&seen, "revoked")["outcome"], "never", "{seen}");
    assert!(said.contains("revoked keys keep working"), "{said}");
}

#[test]
fn an_exam_measures_how_late_a_revocation_bites() {
    let (_, seen, said) = examined(Lag::Seconds(2), "8");
    assert_eq!(seen["meta"]["revokedKeysKeepWorking"], false, "{said}");
    let row = answer_of(&seen, "revoked");
    assert!(row["outcome"] == "seen" && row["seconds"].as_f64().unwrap() > 1.0, "{row}");
}
