//! Off-boarding in the whole program: somebody is found by name, their keys shown, what becomes of them chosen and
//! confirmed, and they are gone.

use crate::{DIALOG_LISTENS, Server, command};

#[test]
fn somebody_leaves_and_their_keys_go_where_they_were_sent() {
    let server = Server::start_as("superadmin");
    let ran = |args: &[&str]| {
        let output = command(server.home.path())
            .args(args)
            .envs([("KEYDECK_URL", &server.url), ("KEYDECK_API_KEY", &server.key)])
            .output()
            .unwrap();
        assert!(output.status.success(), "{args:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    ran(&["users", "add", "--service", "--name", "gateway", "--contact", "ops@test.example"]);
    let add = ["users", "add", "--name", "Ben Ito", "--email", "ben@test.example", "--role", "user", "--print-secret"];
    ran(&add);
    let mut console = server.console(&[]);
    console.keys("3");
    console.wait_for("Team");
    console.keys("B");
    console.wait_for("Who leaves?");
    console.keys("ben@test");
    console.wait_for("ben@test.example");
    console.keys("<Enter>");
    console.wait_for("Ben Ito leaves: what becomes of the keys?");
    console.wait_for("1 key stops with them");
    console.keys("h");
    console.wait_for("Hand it over to whom?");
    console.keys("gateway<Enter>");
    console.wait_for("→ gateway");
    console.wait_for("No key that works stops");
    console.keys("<Enter>");
    console.wait_for("Then Ben Ito is deactivated");
    console.settle(DIALOG_LISTENS);
    console.keys("1<Enter>");
    console.wait_for("Ben Ito is not active any more");
    console.settle(DIALOG_LISTENS);
    console.keys("<Enter>q");
    console.exit();
    let left = ran(&["list", "--tab", "team", "--filter", "owner:gateway status:enabled", "--json"]);
    let left: serde_json::Value = serde_json::from_str(&left).unwrap();
    assert_eq!(left["data"].as_array().unwrap().len(), 1, "{left}");
    let users: serde_json::Value = serde_json::from_str(&ran(&["users", "list", "--json"])).unwrap();
    let ben = users["data"].as_array().unwrap().iter().find(|user| user["name"] == "Ben Ito").unwrap();
    assert_eq!(ben["active"], false);
}
