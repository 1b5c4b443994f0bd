//! From the map to a confirmed revoke, on a real server.

use crate::{DIALOG_LISTENS, Server, command};

/// The cell of the map with the most keys among those that were never used: how many, and its filter.
fn never_used(server: &Server) -> (u64, String) {
    let output = command(server.home.path())
        .args(["stats", "--tab", "team", "--filter", "used:never", "--json"])
        .envs([("KEYDECK_URL", &server.url), ("KEYDECK_API_KEY", &server.key)])
        .output()
        .unwrap();
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let cells = document["data"].as_array().unwrap().iter();
    let fullest = cells.max_by_key(|cell| cell["keys"].as_u64()).unwrap();
    (fullest["keys"].as_u64().unwrap(), fullest["filter"].as_str().unwrap().to_owned())
}

#[test]
fn the_map_leads_to_a_confirmed_revoke() {
    let server = Server::start_as("superadmin");
    let (count, filter) = never_used(&server);
    assert!(count > 1, "{filter}");
    assert_eq!(server.listed(&filter).len() as u64, count, "the list is what the figure counts: {filter}");
    let mut console = server.console(&[]);
    console.keys("3/used:never");
    console.wait_until("to filter", |screen| !screen.contents().contains("just now"));
    console.keys("<Enter>");
    console.wait_for("Space mark");
    // its cursor begins on the fullest cell of what is rot
    console.keys("m");
    console.wait_for(&format!("{count} keys"));
    console.wait_for("never used");
    console.settle(DIALOG_LISTENS);
    let before = console.written();
    console.stays_quiet(DIALOG_LISTENS);
    assert_eq!(console.written(), before, "a picture that does not change writes nothing");
    console.keys("x");
    console.wait_for(&format!("Revoke {count} keys"));
    console.settle(DIALOG_LISTENS);
    console.keys(&count.to_string());
    console.wait_for(&format!("revoke them: {count}"));
    console.keys("<Enter>");
    console.wait_for(&format!("{count} revoked"));
    console.settle(DIALOG_LISTENS);
    console.keys("<Enter>");
    console.wait_for("rot:");
    console.keys("q");
    console.wait_until("to be closed", |screen| !screen.contents().contains("rot:"));
    console.keys("q");
    assert!(console.exit_with_the_terminal_as_it_was().success());
    assert_eq!(server.listed(&filter), Vec::<String>::new());
}
