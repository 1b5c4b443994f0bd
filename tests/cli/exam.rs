//! `keydeck backend exam` on keydeck's own server.

use std::time::Duration;

use keydeck::server::ServerSettings;
use serde_json::Value;

use crate::program::Home;
use crate::server::TestServer;

#[test]
fn what_a_server_does_is_measured_with_a_key_that_is_revoked_afterwards() {
    let settings = ServerSettings { write_last_uses_every: Duration::from_millis(5), ..ServerSettings::default() };
    let server = TestServer::start_blocking(settings);
    let home = Home::new();
    let url = &server.base_url;
    home.configure(&format!(
        "[profiles.here]\nbackend = \"keydeck\"\nbase_url = \"{url}\"\ncredential = {{ env = \"OTHER\" }}\n"
    ));
    let environment = [("OTHER", server.keys.user.expose())];
    let run = |args: &[&str]| home.run_with(args, &environment);
    run(&["backend", "exam", "here"]).ended(3).says("--yes");
    let seen = run(&["backend", "exam", "here", "--yes", "--json"]).ended(0).json();
    let rows = seen["data"].as_array().unwrap();
    assert!(rows.iter().all(|row| row["outcome"] == "seen" && row["unlikeDeclared"] == false), "{seen}");
    let says = |question: &str| rows.iter().find(|row| row["question"] == question).unwrap()["says"].clone();
    assert_eq!(says("madeUp"), "401 AuthenticationError");
    let keys = run(&["list", "--profile", "here", "--json"]).ended(0).json();
    let left: Vec<&Value> = keys["data"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|key| key["name"].as_str().unwrap().starts_with("keydeck exam") && key["status"] != "revoked")
        .collect();
    assert!(left.is_empty(), "{left:?}");
}
