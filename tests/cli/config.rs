//! Flag before environment before file, and what happens when one is wrong.

use crate::program::{Home, Terminal};
use crate::team::Team;

const NOWHERE: &str = "http://127.0.0.1:1";

#[test]
fn one_variable_alone_names_the_other() {
    let home = Home::new();
    home.run_with(&["list"], &[("KEYDECK_URL", NOWHERE)]).ended(2).says("KEYDECK_API_KEY");
    let ran = home.run_with(&["list"], &[("KEYDECK_API_KEY", "made-up-value")]).ended(2).says("KEYDECK_URL");
    assert!(!ran.err.contains("made-up-value") && !home.log().contains("made-up-value"));
    for (url, says) in [
        ("nonsense", "error: KEYDECK_URL: it is no address"),
        ("http://keys.example", "error: KEYDECK_URL: http://keys.example: it is plain http"),
    ] {
        let both = [("KEYDECK_URL", url), ("KEYDECK_API_KEY", "made-up-value")];
        home.run_with(&["list"], &both).ended(2).says(says).says("hint: correct KEYDECK_URL");
    }
    home.run_with(&["list"], &[("KEYDECK_URL", ""), ("KEYDECK_API_KEY", "")]).ended(2).says("keydeck demo");
}

#[test]
fn flag_before_environment_before_file() {
    let team = Team::new();
    team.profile(&team.server.keys.user, "[profiles.nowhere]\nbackend = \"keydeck\"\nbase_url = \"http://127.0.0.1:1\"\ncredential = { env = \"OTHER\" }\n");
    let elsewhere = [("KEYDECK_URL", NOWHERE), ("KEYDECK_API_KEY", "made-up"), ("OTHER", "made-up")];
    team.home.run_with(&["list"], &elsewhere).ended(4);
    team.home.run_with(&["list", "--profile", "test"], &elsewhere).ended(0);
    team.home.run_with(&["list", "--profile", "nowhere"], &elsewhere).ended(4);
    team.home.run(&["list"]).ended(2).says("pass --profile").says("nowhere, test");
    team.home.run(&["list", "--profile", "tset"]).ended(2).says("did you mean test?");
    // a credential by variable does not make that variable a half of the pair
    team.home.run_with(&["list", "--profile", "nowhere"], &[("OTHER", "made-up")]).ended(4);
}

#[test]
fn the_default_profile_and_the_only_one_need_no_flag() {
    let team = Team::new();
    team.profile(&team.server.keys.user, "");
    team.home.run(&["list"]).ended(0);
    let file = team.home.path("elsewhere.toml");
    std::fs::write(&file, "default_profile = \"prod\"").unwrap();
    let flag = file.to_string_lossy();
    team.home.run(&["list", "--config", &flag]).ended(2).says("elsewhere.toml:1:19: default_profile");
    team.home.run(&["list", "--config", "/no/such.toml"]).ended(2).says("cannot read /no/such.toml");
}

#[test]
fn a_credential_file_that_others_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let team = Team::new();
    team.profile(&team.server.keys.user, "");
    let path = team.home.path("config/keydeck/key");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    team.home.run(&["list"]).ended(2).says("mode 0644").says(&format!("chmod 600 {}", path.display()));
}

#[test]
fn a_credential_command_is_run_without_a_shell() {
    let team = Team::new();
    let profile = |command: &str| {
        team.home.configure(&format!(
            "[profiles.a]\nbackend = \"keydeck\"\nbase_url = \"{}\"\ncredential = {{ command = {command} }}\n",
            team.server.base_url
        ));
    };
    let file = team.home.path("secret");
    std::fs::write(&file, format!("{}\nsecond line\n", team.server.keys.user.expose())).unwrap();
    profile(&format!("[\"cat\", \"{}\"]", file.display()));
    team.home.run(&["list"]).ended(0);
    profile("[\"echo\", \"$HOME;id\"]");
    team.home.run(&["list"]).ended(3);
    profile("[\"false\"]");
    team.home.run(&["list"]).ended(2).says("the credential command false ended with 1");
}

#[test]
fn a_wrong_file_is_told_by_line_and_key_and_never_by_value() {
    let home = Home::new();
    home.configure("[profiles.a]\nbackend = \"keydeck\"\nbase_ulr = \"made-up-secret\"\n");
    let ran = home
        .run(&["list"])
        .ended(2)
        .says("config.toml:3:1: unknown key profiles.a.base_ulr")
        .says("did you mean base_url?");
    assert!(!ran.err.contains("made-up-secret"));
}

#[test]
fn an_address_that_is_none_is_told_with_file_line_and_profile() {
    let home = Home::new();
    for (url, says) in [
        ("made-up-secret", "it is no address"),
        ("", "it is no address"),
        ("ftp://made-up-secret", "it has to begin https://"),
        ("http://keys.acme.example/made-up-secret", "http://keys.acme.example: it is plain http"),
        ("https://keys.acme.example?made-up-secret", "https://keys.acme.example: it holds a query"),
    ] {
        home.configure(&format!(
            "[profiles.prod]\nbackend = \"keydeck\"\nbase_url = \"{url}\"\ncredential = {{ env = \"OTHER\" }}\n"
        ));
        let ran = home.run_with(&["list"], &[("OTHER", "made-up-value")]).ended(2);
        let ran = ran.says(&format!("config.toml:3:12: profiles.prod.base_url: {says}"));
        let ran = ran.says("hint: correct profiles.prod.base_url");
        assert!(url.is_empty() || url.starts_with("ftp") || !ran.err.contains("made-up-secret"), "{ran:?}");
    }
}

#[test]
fn an_address_that_would_show_the_key_is_refused() {
    let home = Home::new();
    for url in
        ["http://keys.acme.example", "ftp://127.0.0.1", "https://user:made-up-secret@keys.acme.example", "nonsense"]
    {
        let ran = home.run_with(&["list"], &[("KEYDECK_URL", url), ("KEYDECK_API_KEY", "made-up")]).ended(2);
        assert!(ran.err.contains("hint: ") && !ran.err.contains("made-up-secret"), "{ran:?}");
    }
}

#[test]
fn the_console_opens_on_the_chosen_profile_and_an_unknown_theme_is_told() {
    let team = Team::new();
    team.profile(&team.server.keys.user, "");
    let mut terminal = Terminal::start(&team.home, &[], &[]);
    terminal.shows("▌");
    terminal.types("q");
    let (code, seen) = terminal.end();
    assert_eq!(code, 0, "{seen}");
    assert!(seen.contains("test"));
    let config = team.home.path("config/keydeck/config.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    team.home.configure(&format!("theme = \"defualt\"\n{text}"));
    let (code, seen) = Terminal::start(&team.home, &["--profile", "test"], &[]).end();
    assert_eq!(code, 2, "{seen}");
    assert!(seen.contains("error: ") && seen.contains("hint: "), "{seen}");
}
