//! The console on Postman's API, in a pseudo-terminal: look, delete, hear why not.

use std::time::Duration;

use crate::api::{Asked, Postman};
use crate::cli::home;
use crate::program::{Home, PROGRAM};
use crate::pty::Pty;

/// Longer than a dialog drops what is typed after it opened.
pub const DIALOG_LISTENS: Duration = Duration::from_millis(600);

pub fn console(home: &Home, size: (u16, u16)) -> Pty {
    let environment = home.environment();
    let pairs = environment.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let console = Pty::start(PROGRAM, [], pairs, size);
    console.wait_for("Ada");
    console
}

#[test]
fn a_collection_access_key_is_deleted_after_its_last_four_characters() {
    let server = Postman::start();
    let home = home(&server);
    let mut console = console(&home, (24, 80));
    console.keys("2");
    console.wait_for("8-pets");
    console.keys("/8-pets<Enter>");
    console.wait_for("Space mark");
    console.keys("x");
    console.wait_for("Delete 1 key");
    console.settle(DIALOG_LISTENS);
    console.keys("8ZZ8");
    console.settle(DIALOG_LISTENS);
    console.keys("<Enter>");
    console.wait_for("1 revoked");
    let deleted: Vec<String> =
        server.asked().iter().filter(|asked| asked.method == "DELETE").map(Asked::line).collect();
    assert_eq!(deleted, ["DELETE /collection-access-keys/b2%2F%2B%3D"]);
    console.settle(DIALOG_LISTENS);
    console.keys("<Enter>");
    console.wait_for("× revoked");
    console.keys("q");
    assert!(console.exit_with_the_terminal_as_it_was().success());
}

#[test]
fn what_cannot_be_done_says_why_and_where_and_shows_the_plan() {
    let server = Postman::start();
    let home = home(&server);
    let mut console = console(&home, (36, 120));
    console.keys("3");
    console.wait_for("https://go.postman.co/manage-postman-keys");
    console.wait_for("API calls 8123 of 10000, 81 %");
    console.keys("5");
    console.wait_for("tells no settings of API keys");
    console.wait_for("Organization > Postman");
    console.keys("2");
    console.wait_for("8-pets");
    console.wait_for("user 99, left");
    console.keys("n");
    console.wait_for("Share > Via API");
    console.keys("q");
    assert!(console.exit_with_the_terminal_as_it_was().success());
}

#[test]
fn a_finding_shows_its_workspaces_and_places_and_is_resolved_in_each() {
    let server = Postman::start();
    let home = home(&server);
    let mut console = console(&home, (36, 120));
    console.keys("4/id:s1=<Enter>");
    console.wait_for("Space mark");
    console.keys("<Enter>");
    console.wait_for("Also in");
    console.wait_for("https://go.postman.co/1");
    console.settle(DIALOG_LISTENS);
    console.keys("c");
    console.wait_for("accept the risk");
    console.settle(DIALOG_LISTENS);
    console.keys("known");
    console.settle(DIALOG_LISTENS);
    console.keys("<Enter>");
    console.wait_for("resolved 3");
    let put: Vec<String> = server.asked().iter().filter(|asked| asked.method == "PUT").map(Asked::line).collect();
    assert_eq!(put, ["PUT /detected-secrets/s1%3D"; 2], "once for each workspace");
}
