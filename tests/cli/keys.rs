//! `keydeck keys`.

use crate::program::Home;

#[test]
fn it_prints_the_keys_in_effect() {
    let home = Home::new();
    home.configure("[keys]\nrevoke = ['X', 'Delete']\n");
    let ran = home.run(&["keys"]).ended(0);
    assert!(ran.out.starts_with("KEYS"), "{ran:?}");
    assert!(ran.out.lines().any(|line| line.starts_with("X or Delete") && line.contains(" revoke ")), "{ran:?}");
    let document = home.run(&["keys", "--json"]).ended(0).json();
    let revoke = document["data"].as_array().unwrap().iter().find(|row| row["action"] == "revoke").unwrap();
    assert_eq!(revoke["keys"], serde_json::json!(["X", "Delete"]));
    assert_eq!(revoke["contexts"], serde_json::json!(["list", "exposed", "finding", "picture"]));
    assert_eq!(document["meta"]["problems"], serde_json::json!([]));
}

#[test]
fn it_tells_all_that_is_wrong_at_once_with_its_place() {
    let home = Home::new();
    home.configure("theme = 'mono'\n[keys]\n'X' = 'revoek'\nback = []\n");
    let ran = home.run(&["keys"]).ended(2);
    assert!(
        ran.err.contains("config.toml:3:1: there is no action \"revoek\"\nhint: did you mean revoke?\n"),
        "{ran:?}"
    );
    assert!(ran.err.contains("config.toml:4:1: back has no key of one press left"), "{ran:?}");
    assert!(
        ran.out.lines().any(|line| line.starts_with("x ") && line.contains(" revoke ")),
        "the default keys: {ran:?}"
    );
    let problems = home.run(&["keys", "--json"]).ended(2).json();
    assert_eq!(problems["meta"]["problems"].as_array().unwrap().len(), 2);
    // what needs no keys is not held up by them
    home.run(&["list"]).ended(2).says("there is no server to speak to");
    home.run(&["keys", "--profile", "prod"]).ended(2).says("speaks to no profile's server");
}

#[test]
fn keys_that_are_no_table_are_an_error_like_any_other() {
    let home = Home::new();
    home.configure("keys = 3\n");
    home.run(&["keys"]).ended(2).says("config.toml:1:8: keys has the wrong form").says("[keys]");
}
