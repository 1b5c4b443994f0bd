//! Changing the team's settings: staged, foretold by the server, read, confirmed, kept.

use crate::{DIALOG_LISTENS, Server, command};

#[test]
fn an_expiry_is_changed_once_its_preview_is_read() {
    let server = Server::start();
    let mut console = server.console(&[]);
    console.keys("5");
    console.wait_for("Every key expires after");
    console.keys("j<Enter>");
    console.wait_for("Shall be");
    console.keys("<ctrl-u>3650<Enter>");
    console.wait_for("none → 3650 days");
    console.wait_for("staged, not saved");
    console.keys("<ctrl-s>");
    console.wait_for("would expire at another time");
    console.settle(DIALOG_LISTENS);
    console.keys("l");
    console.wait_for("Whom it hits");
    console.keys("<Esc>");
    console.wait_for("Change the settings?");
    console.settle(DIALOG_LISTENS);
    console.keys("y");
    console.wait_for("The settings are changed");
    console.wait_for("version 2");
    let told = command(server.home.path())
        .args(["settings", "get", "expiry-days"])
        .envs([("KEYDECK_URL", &server.url), ("KEYDECK_API_KEY", &server.key)])
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(told.stdout).unwrap(), "3650\n");
    console.keys("q");
    console.exit();
}
