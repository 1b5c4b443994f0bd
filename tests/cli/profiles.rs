//! Profiles: written, chosen, tested and removed; and the keys that are kept for them.

use std::os::unix::fs::PermissionsExt;

use crate::program::{Home, Terminal};
use crate::team::Team;

/// What keydeck keeps of a key, as its file has it.
fn kept(home: &Home, profile: &str) -> Option<String> {
    std::fs::read_to_string(home.path(&format!("state/keydeck/credentials/{profile}.json"))).ok()
}

fn config(home: &Home) -> String {
    std::fs::read_to_string(home.path("config/keydeck/config.toml")).unwrap()
}

/// A team with the profile `a`, whose key is kept by login, and nothing kept yet.
fn team() -> Team {
    let team = Team::new();
    let url = team.server.base_url.clone();
    team.home.run(&["profile", "add", "a", "--base-url", &url]).ended(0).says("next: keydeck login --profile a");
    team
}

#[test]
fn a_profile_is_added_chosen_tested_and_removed() {
    let team = team();
    let url = &team.server.base_url;
    let path = team.home.path("config/keydeck/config.toml");
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let key = [("KEY", team.server.keys.admin.expose())];
    team.home
        .run(&[
            "profile",
            "add",
            "b",
            "--base-url",
            url,
            "--env",
            "KEY",
            "--production",
            "--read-only",
            "--color",
            "red",
        ])
        .ended(0)
        .says("next: keydeck profile test b");
    team.home.run(&["profile", "add", "b", "--base-url", url]).ended(2).says("there is a profile b");
    let listed = team.home.run(&["profile", "list"]).ended(0).out;
    assert!(listed.contains("a     keydeck  http://127.0.0.1") && listed.contains("none: keydeck login"), "{listed}");
    assert!(listed.contains("variable KEY") && listed.contains("PRODUCTION, read-only"), "{listed}");
    let json = team.home.run(&["profile", "list", "--json"]).ended(0).json();
    assert_eq!(json["data"][0]["default"], true, "{json}");
    assert_eq!((&json["data"][1]["credential"], &json["data"][1]["color"]), (&"env".into(), &"red".into()));
    let tested = team.home.run_with(&["profile", "test", "b"], &key).ended(0).out;
    assert!(
        tested.starts_with("b works: admin · admin · Test Team, at http") && tested.contains("PRODUCTION, read-only")
    );
    let tested = team.home.run_with(&["profile", "test", "b", "--json"], &key).ended(0).json();
    assert_eq!(tested["data"][0]["role"], "admin");
    team.home.run_with(&["profile", "test", "b"], &[("KEY", "made-up")]).ended(3);
    team.home.run(&["profile", "test", "b"]).ended(2).says("KEY is not set");
    team.home.run(&["profile", "test"]).ended(2).says("no key of it is kept here");
    team.home.run(&["profile", "use", "bb"]).ended(2).says("did you mean b?");
    team.home.run(&["profile", "use", "b"]).ended(0);
    team.home.run_with(&["list"], &key).ended(0);
    team.home.run_with(&["list"], &[("KEY", key[0].1), ("KEYDECK_PROFILE", "a")]).ended(2).says("profile a");
    team.home.run(&["profile", "remove", "b"]).ended(0).says("revoke it there");
    let left = config(&team.home);
    assert!(
        !left.contains("profiles.b") && !left.contains("default_profile") && left.contains("[profiles.a]"),
        "{left}"
    );
    team.home.run(&["profile", "remove", "b"]).ended(2).says("there is no profile b");
}

#[test]
fn comments_and_order_survive_and_a_file_that_is_wrong_is_left_alone() {
    let home = Home::new();
    let before = "# mine\nmouse = true # always\n\n[views]\nold = \"idle:>90d\"\n";
    home.configure(before);
    home.run(&["profile", "add", "a", "--base-url", "https://keys.acme.example"]).ended(0);
    home.run(&["profile", "remove", "a"]).ended(0);
    assert_eq!(config(&home), before);
    home.configure("mouse = 3\n");
    home.run(&["profile", "add", "a", "--base-url", "https://keys.acme.example"]).ended(2).says("config.toml:1:9");
    assert_eq!(config(&home), "mouse = 3\n");
}

#[test]
fn a_value_in_the_file_is_refused_with_what_to_do_and_not_shown() {
    let team = Team::new();
    let value = team.server.keys.user.expose();
    team.home.configure(&format!(
        "[profiles.a]\nbackend = \"keydeck\"\nbase_url = \"{}\"\ncredential = \"{value}\"\n",
        team.server.base_url
    ));
    let ran = team.run(&team.server.keys.user, &["list", "--profile", "a"]).ended(2);
    ran.says("config.toml:4:15: a key's value stands here").says("keydeck login");
}

#[test]
fn a_key_is_kept_once_the_server_has_answered_it_and_forgotten_with_what_else_holds_it() {
    let team = team();
    let key = &team.server.keys.admin;
    team.home.run(&["list"]).ended(2).says("keydeck login --profile a");
    team.home.run_reading(&["login"], &[], "made-up-value\n").ended(3);
    team.home.run_reading(&["login"], &[], "two words\n").ended(2).says("does not hold a key");
    assert_eq!(kept(&team.home, "a"), None, "nothing is kept that does not work");
    let ran = team.home.run_reading(&["login"], &[], format!("{}\n", key.expose())).ended(0).says("a: admin · admin");
    let ran = ran.says("the key is kept in a file that only you can read, since there is no keyring here");
    assert!(!format!("{}{}{}", ran.out, ran.err, team.home.log()).contains(key.expose()));
    let path = team.home.path("state/keydeck/credentials/a.json");
    assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
    team.home.run(&["list"]).ended(0);
    let listed = team.home.run(&["profile", "list"]).ended(0).out;
    assert!(listed.contains("key in a file that only you can read"), "{listed}");
    let url = &team.server.base_url;
    team.home.run(&["profile", "add", "twin", "--base-url", url]).ended(0);
    team.home.run_reading(&["login", "--profile", "twin"], &[], key.expose()).ended(0);
    let ran = team.home.run_with(&["logout", "--profile", "a"], &[("KEYDECK_API_KEY", key.expose())]).ended(0);
    let ran = ran.says("the key of a that was kept in a file").says("the same key is kept for twin");
    ran.says("KEYDECK_API_KEY holds it").says(&format!("the key itself still works at {url}"));
    assert_eq!(kept(&team.home, "a"), None);
    team.home.run(&["logout", "--profile", "a"]).ended(0).says("no key is kept for a");
    team.home.run(&["profile", "remove", "twin"]).ended(0).says("is removed; it still works");
    assert_eq!(kept(&team.home, "twin"), None);
}

#[test]
fn what_is_kept_goes_to_no_other_server() {
    let (team, other) = (team(), Team::new());
    team.home.run_reading(&["login"], &[], team.server.keys.user.expose()).ended(0);
    let moved = config(&team.home).replace(&team.server.base_url, &other.server.base_url);
    team.home.configure(&moved);
    let ran =
        team.home.run(&["list"]).ended(2).says("the key that is kept is for http").says("run keydeck login again");
    assert!(!ran.err.contains(team.server.keys.user.expose()));
}

#[test]
fn login_refuses_where_it_would_not_be_used() {
    let team = Team::new();
    team.profile(&team.server.keys.user, "");
    let path = team.home.path("config/keydeck/key");
    team.home.run_reading(&["login"], &[], "x").ended(2).says("takes its key from the file").says("keyring = true");
    team.home.run(&["logout"]).ended(0).says("no key is kept for test").says(&format!("the file {}", path.display()));
    let home = Home::new();
    home.run_reading(&["login"], &[], "x").ended(2).says("keydeck profile add NAME");
    home.run_with(&["login"], &[("KEYDECK_URL", "http://127.0.0.1:1"), ("KEYDECK_API_KEY", "made-up")])
        .ended(2)
        .says("which are no profile");
    home.run(&["login", "--store", "keyring", "--profile", "x"]).ended(2).says("there is no profile x");
}

#[test]
fn at_a_terminal_the_key_is_asked_for_and_only_dots_are_shown() {
    let team = team();
    let key = team.server.keys.admin.expose();
    let mut terminal = Terminal::start(&team.home, &["login"], &[]);
    terminal.shows("Key of profile a at http");
    terminal.types(&format!("{key}\r"));
    terminal.shows("the key is kept");
    let (code, seen) = terminal.end();
    assert_eq!(code, 0);
    assert!(seen.contains("•••") && !seen.contains(key), "{seen}");
    team.home.run(&["list"]).ended(0);
    let mut terminal = Terminal::start(&team.home, &["login"], &[]);
    terminal.shows("Key of profile a");
    terminal.types("abc\x03");
    assert_eq!(terminal.end().0, 3);
}

#[test]
fn a_profile_without_a_credential_asks_at_the_start_and_never_without_a_terminal() {
    let team = Team::new();
    let url = &team.server.base_url;
    team.home.run(&["profile", "add", "a", "--ask", "--base-url", url]).ended(0);
    assert!(!config(&team.home).contains("credential"));
    team.home.run(&["list"]).ended(2).says("nobody can be asked").says("keydeck login --profile a");
    let mut terminal = Terminal::start(&team.home, &["list"], &[]);
    terminal.shows("Key of profile a");
    terminal.types(&format!("{}\r", team.server.keys.user.expose()));
    let (code, seen) = terminal.end();
    assert_eq!(code, 0, "{seen}");
    assert!(!seen.contains(team.server.keys.user.expose()));
}

#[test]
fn a_profile_of_postman_is_where_its_region_says() {
    let home = Home::new();
    home.run(&["profile", "add", "acme", "--backend", "postman", "--region", "eu"]).ended(0);
    let listed = home.run(&["profile", "list"]).ended(0).out;
    assert!(listed.contains("acme  postman  https://api.eu.postman.com"), "{listed}");
    home.run(&["profile", "add", "x", "--backend", "postman", "--region", "us"]).ended(2).says("global, eu");
    home.run(&["profile", "add", "x", "--region", "eu"]).ended(2).says("only of Postman");
    home.run(&["profile", "add", "x"]).ended(2).says("has no base_url");
    // as Postman itself prints it, which would show the key on the way
    home.run(&[
        "profile",
        "add",
        "x",
        "--backend",
        "postman",
        "--base-url",
        "http://api.eu.postman.com",
        "--env",
        "KEY",
    ])
    .ended(0);
    home.run_with(&["profile", "test", "x"], &[("KEY", "made-up")]).ended(2).says("it is plain http");
}
