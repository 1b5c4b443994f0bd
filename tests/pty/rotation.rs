//! A whole rotation in the console, against the real server, into an environment file.

use std::process::Output;

use super::{DIALOG_LISTENS, Server, command, keep_for_later};

/// Runs keydeck on the server with another key.
fn with_key(server: &Server, key: &str, args: &[&str]) -> Output {
    command(server.home.path())
        .args(args)
        .envs([("KEYDECK_URL", server.url.as_str()), ("KEYDECK_API_KEY", key)])
        .output()
        .unwrap()
}

/// The value in the file's `API_KEY` line.
fn value_in(file: &std::path::Path) -> String {
    let text = std::fs::read_to_string(file).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("export API_KEY=")).unwrap();
    line.trim_matches('"').to_owned()
}

#[test]
fn a_key_in_an_environment_file_is_rotated() {
    let server = Server::start();
    let made = with_key(&server, &server.key, &["create", "--name", "deploy-app", "--print-secret"]);
    let old = String::from_utf8(made.stdout).unwrap().trim().to_owned();
    let file = server.home.path().join("app.env");
    std::fs::write(&file, format!("# the app\nPORT=1\nexport API_KEY=\"{old}\"\n")).unwrap();

    let mut console = server.console(&[]);
    console.keys("/deploy-app<Enter>");
    console.wait_for("1 of");
    console.keys("o");
    console.wait_for("Rotate deploy-app");
    console.paste(&format!("env-file:{}:API_KEY", file.display()));
    console.keys("<Tab><Tab><Tab><Tab><ctrl-u>none<Enter>");
    console.wait_for("the plan");
    console.settle(DIALOG_LISTENS);
    console.keys("y");
    console.wait_for("Revoke deploy-app for ever?");
    assert!(std::fs::read_to_string(&file).unwrap().starts_with("# the app\nPORT=1\nexport API_KEY=\"kdk_"));
    let new = value_in(&file);
    assert_ne!(new, old);
    for key in [&old, &new] {
        // the old one is disabled already, so that its end can be tried out
        let works = with_key(&server, key, &["list", "--json"]).status.success();
        assert_eq!(works, *key == new);
    }
    console.settle(DIALOG_LISTENS);
    console.keys("y");
    console.wait_for("to revoke it");
    console.settle(DIALOG_LISTENS);
    console.keys(&format!("y<Enter>{}<Enter>", &old[old.len() - 4..]));
    console.wait_for("The new key works, and the old one is revoked");
    console.wait_for("The old value was tried, and is refused");
    console.settle(DIALOG_LISTENS);
    console.keys("<Enter>");
    console.wait_for("is rotated; its summary is");
    console.keys("q");
    assert!(console.exit_with_the_terminal_as_it_was().success());

    assert_eq!(value_in(&file), new);
    assert!(with_key(&server, &new, &["list", "--json"]).status.success());
    assert!(!with_key(&server, &old, &["list", "--json"]).status.success());
    let left = with_key(&server, &server.key, &["rotations", "--json"]);
    let left: serde_json::Value = serde_json::from_slice(&left.stdout).unwrap();
    assert_eq!(left["data"].as_array().unwrap().len(), 0, "{left}");
    let written = String::from_utf8_lossy(&console.bytes_since(0)).into_owned();
    assert!(!written.contains(&new[4..14]) && !written.contains(&old[4..14]), "a value was drawn");
}

#[test]
fn a_rotation_is_left_in_its_overlap_and_taken_up_by_another_console() {
    let server = Server::start();
    let made = with_key(&server, &server.key, &["create", "--name", "deploy-app", "--print-secret"]);
    let old = String::from_utf8(made.stdout).unwrap().trim().to_owned();
    let file = server.home.path().join("key");
    let mut console = server.console(&[]);
    console.keys("/deploy-app<Enter>");
    console.wait_for("1 of");
    console.keys("o");
    console.wait_for("Rotate deploy-app");
    console.paste(&format!("file:{}", file.display()));
    console.keys("<Enter>");
    console.wait_for("the plan");
    console.settle(DIALOG_LISTENS);
    console.keys("y");
    console.wait_for("Both keys work");
    let new = std::fs::read_to_string(&file).unwrap().trim().to_owned();
    assert!([&old, &new].iter().all(|key| with_key(&server, key, &["list", "--json"]).status.success()));
    keep_for_later(&mut console);
    console.keys("q");
    console.exit_with_the_terminal_as_it_was();

    let mut console = server.console(&[]);
    console.wait_for("1 rotation open");
    console.wait_for("Open rotations");
    console.settle(DIALOG_LISTENS);
    console.keys("<Enter>");
    console.wait_for("Both keys work");
    console.settle(DIALOG_LISTENS);
    console.keys("b");
    console.wait_for("Roll back?");
    console.settle(DIALOG_LISTENS);
    console.keys(&format!("{}<Enter>", &new[new.len() - 4..]));
    console.wait_for("Everything else is as it was, but the old key expires");
    console.settle(DIALOG_LISTENS);
    console.keys("<Enter>");
    console.wait_for("deploy-app is as it was");
    console.keys("q");
    console.exit_with_the_terminal_as_it_was();
    assert!(with_key(&server, &old, &["list", "--json"]).status.success());
    assert!(!with_key(&server, &new, &["list", "--json"]).status.success());
    assert!(!file.exists());
}
