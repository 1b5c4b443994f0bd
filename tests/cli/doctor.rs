//! What the doctor says of a machine and a server, and that each line that is not in order says what to do.

use std::os::unix::fs::PermissionsExt;

use crate::program::{Home, Ran};
use crate::team::Team;

/// What it says of one thing: its state, and what it says.
fn of(ran: &Ran, check: &str) -> (String, String) {
    let document = ran.json();
    let checks = document["data"].as_array().unwrap();
    let found = checks.iter().find(|one| one["check"] == check).unwrap_or_else(|| panic!("{check}: {document}"));
    let text = |name: &str| found[name].as_str().unwrap_or_default().to_owned();
    (text("state"), text("says") + "; " + &text("todo"))
}

#[test]
fn what_is_in_order_ends_with_0() {
    let team = Team::new();
    let key = &team.server.keys.admin;
    let ran = team.run(key, &["doctor", "--json"]).ended(0);
    for check in ["config.toml", "state", "kept keys", "profile", "credential", "proxy", "TLS", "server", "clock"] {
        assert_eq!(of(&ran, check).0, "fine", "{check}: {ran:?}");
    }
    assert_eq!(of(&ran, "terminal").0, "skipped");
    assert_eq!(ran.json()["meta"]["wrong"], 0);
    let ran = team.run(key, &["doctor"]).ended(0);
    assert!(ran.out.contains("✓ server") && ran.out.contains("answers: admin · admin · Test Team"), "{}", ran.out);
}

#[test]
fn what_is_wrong_ends_with_1_and_says_what_to_do() {
    let team = Team::new();
    let ran = team.home.run(&["doctor", "--json"]).ended(1);
    assert!(of(&ran, "profile").1.contains("keydeck demo"));
    team.profile(&team.server.keys.user, "");
    let file = team.home.path("config/keydeck/key");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let ran = team.home.run(&["doctor", "--json"]).ended(1);
    assert!(of(&ran, "credential").1.contains("chmod 600"), "{ran:?}");
    assert_eq!(of(&ran, "server").0, "skipped");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    let folder = team.home.path("state/keydeck/credentials");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o755)).unwrap();
    let ran = team.home.run(&["doctor", "--json"]).ended(1);
    assert!(of(&ran, "kept keys").1.contains("chmod 700"), "{ran:?}");
    assert_eq!(of(&ran, "server").0, "fine", "the rest is looked at all the same");
}

#[test]
fn a_server_that_refuses_or_is_not_there_and_a_file_that_is_wrong_are_told_apart() {
    let team = Team::new();
    let url = &team.server.base_url;
    let ran =
        team.home.run_with(&["doctor", "--json"], &[("KEYDECK_URL", url), ("KEYDECK_API_KEY", "made-up")]).ended(1);
    assert_eq!((of(&ran, "credential").0.as_str(), of(&ran, "server").0.as_str()), ("fine", "wrong"));
    assert_eq!(of(&ran, "clock").0, "fine", "it told its time all the same");
    let gone = [("KEYDECK_URL", "http://127.0.0.1:1"), ("KEYDECK_API_KEY", "made-up")];
    let ran = team.home.run_with(&["doctor", "--json"], &gone).ended(1);
    assert_eq!((of(&ran, "server").0.as_str(), of(&ran, "clock").0.as_str()), ("wrong", "skipped"));
    assert!(!ran.out.contains("made-up"));
    let home = Home::new();
    home.configure("mouse = 3\n");
    let ran = home.run(&["doctor", "--json"]).ended(1);
    assert!(of(&ran, "config.toml").1.contains("config.toml:1:9"), "{ran:?}");
    assert_eq!(of(&ran, "profile").0, "skipped");
}

#[test]
fn without_a_terminal_the_first_start_ends_with_2() {
    let home = Home::new();
    home.run(&[]).ended(2).says("the console needs a terminal");
    home.run(&["list"]).ended(2).says("there is no server to speak to").says("keydeck profile add NAME");
}
