//! The console against a server whose revocations take effect late, or never: nothing is called proven that was not seen. It
//! needs a program built with the feature `fault-points`.

#![expect(clippy::unwrap_used, reason = "helpers of tests; clippy knows only the test functions themselves")]

#[path = "support/pty.rs"]
mod pty;
#[path = "support/server.rs"]
mod server;

use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, Utc};
use keydeck::client::keydeck::KeydeckService;
use keydeck::client::{KeyService, WritePermit};
use keydeck::domain::key_value::{KeyKind, mint};
use keydeck::domain::listing::{MintedValue, NewKey};
use keydeck::domain::secret::Secret;
use keydeck::domain::values::Runs;
use keydeck::server::{Lag, ServerSettings};
use pty::Pty;
use server::TestServer;

/// Longer than a dialog drops what is typed after it opened.
const DIALOG_LISTENS: Duration = Duration::from_millis(600);
/// For so long the server accepts a key that it called revoked.
const DELAY: u32 = 7;

struct Scene {
    _server: TestServer,
    home: tempfile::TempDir,
    value: Secret,
    console: Pty,
}

/// A console of an admin, in which a key of somebody else was pasted and its revoke confirmed.
fn revoked(lag: Lag) -> Scene {
    let server = TestServer::start_blocking(ServerSettings { lag: Some(lag), ..ServerSettings::default() });
    let value = mint(KeyKind::ApiKey, getrandom::fill).unwrap();
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let service = KeydeckService::new(&server.base_url, server.keys.user.duplicate()).unwrap();
        let permit = WritePermit::unless_read_only(false).unwrap();
        let new = NewKey { name: "deploy".to_owned(), value: Some(MintedValue::of(&value)), ..NewKey::default() };
        service.create_api_key(&permit, &new).await.unwrap();
    });
    let home = tempfile::tempdir().unwrap();
    let path = home.path().to_str().unwrap();
    let environment = [
        ("HOME", path),
        ("TMPDIR", path),
        ("KEYDECK_URL", &server.base_url),
        ("KEYDECK_API_KEY", server.keys.admin.expose()),
    ];
    let mut console = Pty::start(env!("CARGO_BIN_EXE_keydeck"), [], environment, (36, 110));
    console.wait_for("Team Keys");
    console.keys("!");
    console.wait_for("Contain a leak");
    console.paste(value.expose());
    console.wait_for("Recognised");
    console.keys("<Enter>");
    console.wait_for("Recommended");
    console.settle(DIALOG_LISTENS);
    console.keys("x");
    console.wait_for("to revoke it");
    console.settle(DIALOG_LISTENS);
    console.keys(&format!("{}<Enter>", &value.expose()[value.expose().len() - 4..]));
    console.wait_for("asserted");
    console.wait_for("not proven yet");
    Scene { _server: server, home, value, console }
}

/// Goes on to the evidence, and gives its report and its timeline.
fn written(scene: &mut Scene) -> (String, serde_json::Value) {
    let console = &mut scene.console;
    console.wait_for("leave the rest");
    console.settle(DIALOG_LISTENS);
    console.keys("<Enter>");
    console.wait_for("written down");
    console.settle(DIALOG_LISTENS);
    console.keys("<Enter>q");
    assert!(console.exit_with_the_terminal_as_it_was().success());
    let folders = std::fs::read_dir(scene.home.path()).unwrap().map(|entry| entry.unwrap().path());
    let folder = folders.into_iter().find(|path| path.to_string_lossy().contains("incident-")).unwrap();
    let runs = Runs::of(scene.value.expose());
    let read = |path: &Path| {
        let text = std::fs::read_to_string(path).unwrap();
        assert!(runs.find(&text).is_empty(), "{} holds the value", path.display());
        text
    };
    let timeline = serde_json::from_str(&read(&folder.join("timeline.json"))).unwrap();
    read(&folder.join("requests.jsonl"));
    (read(&folder.join("report.md")), timeline)
}

#[test]
fn a_late_revocation_is_never_called_proven_early() {
    let mut scene = revoked(Lag::Seconds(DELAY));
    assert!(!scene.console.look(|screen| screen.contents().contains("proven dead")));
    scene.console.wait_for("proven dead");
    let (report, timeline) = written(&mut scene);
    let key = &timeline["keys"][0];
    let at = |name: &str| key[name].as_str().unwrap().parse::<DateTime<Utc>>().unwrap();
    let took = at("provenAt") - at("assertedAt");
    assert!(took.num_seconds() >= i64::from(DELAY) - 1, "proven after {took}");
    assert!(key["attempts"].as_u64().unwrap() > 1, "{key}");
    assert!(report.contains("proven dead") && report.contains("Contained"), "{report}");
}

#[test]
fn a_server_that_goes_on_accepting_is_told_of_to_the_last_word() {
    let mut scene = revoked(Lag::Never);
    scene.console.settle(DIALOG_LISTENS);
    scene.console.keys("c");
    // where that is not heard, the attempts end by themselves
    scene.console.wait_for_within(Duration::from_mins(3), "still accepted");
    let (report, timeline) = written(&mut scene);
    assert_eq!((&timeline["contained"], &timeline["keys"][0]["standing"]), (&false.into(), &"asserted".into()));
    assert!(report.contains("Not contained") && report.contains("deleted, and still accepted"), "{report}");
    assert!(!report.contains("proven dead"), "{report}");
}
