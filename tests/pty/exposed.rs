//! Exposed Keys on a real server: two findings of one key are revoked as one, a reason lands in the audit log, and the
//! watch rings once.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use keydeck::domain::key_value::fingerprint;
use keydeck::tui::app::exposed::EVERY;
use serde_json::{Value, json};

use crate::{DIALOG_LISTENS, Server, command};

/// What a command prints as JSON.
fn asked(server: &Server, args: &[&str]) -> Value {
    let output = command(server.home.path())
        .args(args)
        .envs([("KEYDECK_URL", &server.url), ("KEYDECK_API_KEY", &server.key)])
        .output()
        .unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

fn rows(document: &Value) -> Vec<Value> {
    document["data"].as_array().unwrap().clone()
}

/// The findings of the key that was found in more places than one.
fn of_one_key(server: &Server) -> Vec<Value> {
    let found = rows(&asked(server, &["exposed", "list", "--filter", "exposed:yes status:enabled", "--json"]));
    let of = |key: &Value| found.iter().filter(|row| row["apiKeyId"] == *key).cloned().collect::<Vec<_>>();
    found.iter().map(|row| of(&row["apiKeyId"])).find(|rows| rows.len() > 1).unwrap()
}

#[test]
fn two_findings_of_one_key_are_marked_and_revoked_as_one() {
    let server = Server::start();
    let found = of_one_key(&server);
    let id = found[0]["apiKeyId"].as_str().unwrap();
    let masked = found[0]["obfuscatedSecret"].as_str().unwrap();
    let last: String = masked.chars().skip(masked.chars().count() - 4).collect();
    let mut console = server.console(&[]);
    console.keys(&format!("4/id:{id}<Enter>"));
    console.wait_for("Space mark");
    console.keys("a");
    console.wait_for("2 marked");
    console.keys("x");
    console.wait_for("Revoke 1 key");
    console.wait_for("Resolves 2 findings");
    console.settle(DIALOG_LISTENS);
    console.keys(&last);
    console.wait_for(&format!("revoke it: {last}"));
    console.keys("<Enter>");
    console.wait_for("2 findings resolved");
    console.settle(DIALOG_LISTENS);
    console.keys("<Enter>");
    console.wait_for("1 key revoked");
    console.keys("q");
    assert!(console.exit_with_the_terminal_as_it_was().success());
    let now = rows(&asked(&server, &["exposed", "list", "--filter", &format!("id:{id}"), "--json"]));
    assert_eq!(now.len(), 2);
    assert!(now.iter().all(|row| row["resolution"] == "REVOKED" && row["apiKeyStatus"] == "revoked"), "{now:?}");
}

#[test]
fn a_reason_lands_in_the_audit_log() {
    let server = Server::start();
    let found = of_one_key(&server);
    let id = found[0]["apiKeyId"].as_str().unwrap();
    let mut console = server.console(&[]);
    console.keys(&format!("4/id:{id}<Enter>"));
    console.wait_for("Space mark");
    console.keys("ap");
    console.wait_for("2 findings: false positives");
    console.keys("the<Space>example<Space>of<Space>a<Space>talk<Enter>");
    console.wait_for("2 findings are resolved: a false positive");
    console.keys("q");
    assert!(console.exit_with_the_terminal_as_it_was().success());
    let trail = rows(&asked(&server, &["audit", "--key", id, "--json"]));
    let noted = trail.iter().filter(|entry| entry.to_string().contains("the example of a talk")).count();
    assert_eq!(noted, 2, "{trail:?}");
}

/// Somebody's scanner tells the server of a finding.
fn report(server: &Server, finding: &str) {
    let host = server.url.strip_prefix("http://").unwrap();
    let mut line = TcpStream::connect(host).unwrap();
    let (key, length) = (&server.key, finding.len());
    let head = format!("POST /detected-secrets HTTP/1.1\r\nhost: {host}\r\nx-api-key: {key}\r\nconnection: close\r\n");
    let head = format!("{head}content-type: application/json\r\ncontent-length: {length}\r\n\r\n");
    line.write_all(format!("{head}{finding}").as_bytes()).unwrap();
    let mut answer = String::new();
    line.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 2"), "{answer}");
}

#[test]
fn the_watch_rings_once_for_a_new_finding_and_is_silent_before() {
    let server = Server::start();
    let mut console = server.console(&[]);
    console.keys("4");
    console.wait_for("FINDING");
    console.keys("w");
    console.wait_for("watching");
    console.settle(DIALOG_LISTENS);
    let before = console.written();
    // it looks in that time, and finds what was there
    console.stays_quiet(EVERY + Duration::from_secs(5));
    let value = keydeck::domain::key_value::mint(keydeck::domain::key_value::KeyKind::ApiKey, getrandom::fill).unwrap();
    let finding = json!({
        "secretHash": fingerprint(value.expose()), "secretType": "npm access token", "source": "gitlab",
        "url": "https://gitlab.example/brand/new#L1",
    });
    report(&server, &finding.to_string());
    console.wait_for_within(EVERY * 2, "New finding: npm access token");
    console.settle(DIALOG_LISTENS);
    let bells = console.bytes_since(before).split(|byte| *byte == 7).count() - 1;
    assert_eq!(bells, 1);
    console.keys("q");
    assert!(console.exit_with_the_terminal_as_it_was().success());
}
