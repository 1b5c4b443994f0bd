//! What is wrong before anything is asked of anybody.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use keydeck::domain::key_value::{KeyKind, mint};

use crate::program::Home;

#[test]
fn help_and_version_are_results() {
    let home = Home::new();
    for args in [
        vec!["--help"],
        vec!["demo", "--help"],
        vec!["serve", "--help"],
        vec!["server", "init", "--help"],
        vec!["list", "--help"],
        vec!["revoke", "--help"],
        vec!["audit", "--help"],
        vec!["create", "--help"],
        vec!["show", "--help"],
        vec!["completions", "--help"],
    ] {
        let ran = home.run(&args).ended(0);
        assert!(ran.out.contains("Examples:") && ran.err.is_empty(), "{args:?} {ran:?}");
    }
    assert!(home.run(&["--version"]).ended(0).out.starts_with("keydeck "));
    assert!(home.run(&["--help"]).out.contains("Exit codes"));
}

#[test]
fn wrong_command_lines_end_with_2_and_say_why() {
    let home = Home::new();
    for (args, says) in [
        (vec!["lits"], "unrecognized subcommand"),
        (vec!["list", "--tab", "every"], "possible values"),
        (vec!["list", "--sort", "exprs"], "did you mean expires?"),
        (vec!["list", "--filter", "ownr:ana"], "ownr:"),
        (vec!["revoke"], "required"),
        (vec!["revoke", "a", "--filter", "b", "--tab", "team"], "cannot be used with"),
        (vec!["revoke", "a", "--tab", "team"], "cannot be used with"),
        (vec!["revoke", "--filter", "b"], "--tab"),
        (vec!["revoke", "--filter", "", "--tab", "team", "--yes"], "an empty filter means every key"),
        (vec!["revoke", "--filter", "  ", "--tab", "team", "--dry-run"], "--all"),
        (vec!["revoke", "--filter", "", "--tab", "team", "--max", "9", "--yes"], "--all"),
        (vec!["enable", "--filter", "", "--tab", "team", "--max", "9", "--yes"], "--all"),
        (vec!["revoke", "a", "--all"], "cannot be used with"),
        (vec!["revoke", "", "--yes"], "an id is empty"),
        (vec!["demo", "--role", "owner"], "possible values"),
        (vec!["demo", "--profile", "x", "--print-url"], "no profile"),
        (vec!["serve", "--listen", "localhost"], "invalid"),
        (vec!["server", "init", "--team", "Acme"], "--email"),
    ] {
        let ran = home.run(&args).ended(2).says(says);
        assert!(ran.out.is_empty(), "{args:?} {ran:?}");
    }
}

#[test]
fn a_key_in_an_argument_of_any_shape_is_refused_and_not_repeated() {
    let home = Home::new();
    let key = mint(KeyKind::ApiKey, getrandom::fill).unwrap();
    let key = key.expose();
    let wrong = format!("kdk_{}", "0".repeat(36));
    let postman = format!("PMAK-{}-{}", "0".repeat(24), "1".repeat(34));
    for value in [key, &wrong, &postman, &key[..20]] {
        let shapes = [
            vec![value.to_owned()],
            vec!["revoke".to_owned(), value.to_owned()],
            vec!["revoke".to_owned(), format!("x{value}")],
            vec!["list".to_owned(), format!("--{value}")],
            vec!["list".to_owned(), value.to_owned()],
            vec!["list".to_owned(), "--sort".to_owned(), value.to_owned()],
            vec!["list".to_owned(), "--tab".to_owned(), value.to_owned()],
            vec!["list".to_owned(), format!("--tab={value}")],
            vec!["list".to_owned(), "--filter".to_owned(), format!("key:{value}")],
            vec!["--config".to_owned(), format!("/tmp/{value}"), "list".to_owned()],
            vec!["--profile".to_owned(), value.to_owned(), "list".to_owned()],
            vec!["serve".to_owned(), "--database".to_owned(), format!("sqlite:/tmp/{value}")],
            vec!["create".to_owned(), "--name".to_owned(), format!("the {value}")],
            vec!["show".to_owned(), BASE64_STANDARD.encode(format!("user:{value}"))],
            vec!["show".to_owned(), value.replace('_', "%5F").replace('-', "%2d")],
        ];
        for args in shapes {
            let args: Vec<&str> = args.iter().map(String::as_str).collect();
            let ran = home.run(&args).ended(2).says("nothing was sent").says("hint: ").says("argument ");
            assert!(ran.out.is_empty() && !ran.err.contains(&value[5..13]), "{args:?} {ran:?}");
            assert!(!home.log().contains(&value[5..13]));
        }
    }
    // what no value is, though it begins as one does, is not repeated either
    assert!(!home.run(&["list", "--sort", "kdk_1234567"]).ended(2).err.contains("1234567"));
    for args in [["list", "--filter", "kdk_…9fQ2"], ["list", "--filter", "api_v1_configuration"]] {
        assert!(!home.run(&args).err.contains("argument "), "{args:?}");
    }
}

#[test]
fn hostile_arguments_do_not_reach_the_terminal() {
    let home = Home::new();
    for args in
        [["list", "--tab", "\u{1b}[2J"], ["list", "--filter", "x:\u{1b}[2J\u{202e}"], ["--profile", "\u{9b}1m", "list"]]
    {
        let ran = home.run(&args).ended(2);
        assert!(!ran.err.contains(['\u{1b}', '\u{202e}', '\u{9b}']), "{ran:?}");
    }
}

#[test]
fn without_a_terminal_there_is_no_console_and_no_question() {
    let home = Home::new();
    home.run(&[]).ended(2).says("needs a terminal").says("keydeck list");
    home.run(&["demo"]).ended(2).says("needs a terminal");
    home.run(&["revoke", "some-id"]).ended(3).says("--yes");
}

#[test]
fn every_error_comes_with_a_hint() {
    let home = Home::new();
    for args in [vec!["list"], vec!["list", "--profile", "x"], vec!["--config", "/none", "list"], vec!["revoke", "x"]] {
        home.run(&args).says("error: ").says("hint: ");
    }
}
