//! The README says what is true: its tables are those of the code, its commands are understood.

#![expect(clippy::unwrap_used, reason = "helpers of tests; clippy knows only the test functions themselves")]

use clap::Parser;
use keydeck::cli::Cli;
use keydeck::domain::filter::{FIELDS, GRAMMAR};
use keydeck::tui::action::TABLE;

fn readme() -> String {
    std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap()
}

/// What stands between `<!-- NAME -->` and `<!-- /NAME -->`.
fn section(name: &str) -> String {
    let text = readme();
    let (_, rest) = text.split_once(&format!("<!-- {name} -->\n")).unwrap();
    rest.split_once(&format!("<!-- /{name} -->")).unwrap().0.to_owned()
}

#[test]
fn the_keys_are_those_of_the_table_of_actions() {
    let mut table = "| Key | Does | Where | Name |\n| --- | --- | --- | --- |\n".to_owned();
    for entry in TABLE {
        let keys: Vec<String> = entry.keys.iter().map(|key| format!("`{key}`")).collect();
        let places: Vec<&str> = entry.contexts.iter().map(|context| context.name()).collect();
        let row = format!("| {} | {} | {} | {} |\n", keys.join(" "), entry.help.trim(), places.join(", "), entry.name);
        table.push_str(&row);
    }
    assert_eq!(section("keys"), table, "put this into the README:\n{table}");
}

#[test]
fn the_fields_are_those_of_the_filter() {
    let mut table = "| Field | For example | Meaning |\n| --- | --- | --- |\n".to_owned();
    for field in FIELDS {
        let row = format!("| `{}:` | {} | {} |\n", field.name, field.values, field.meaning);
        table.push_str(&row);
    }
    assert_eq!(section("fields"), table, "put this into the README:\n{table}");
}

#[test]
fn the_grammar_is_that_of_the_filter() {
    let mut table = "| Written | Means |\n| --- | --- |\n".to_owned();
    for help in GRAMMAR {
        let [example, meaning] = [help.example, help.meaning].map(|text| text.replace('|', "\\|"));
        table.push_str(&format!("| `{example}` | {meaning} |\n"));
    }
    assert_eq!(section("grammar"), table, "put this into the README:\n{table}");
}

#[test]
fn every_keydeck_command_is_understood() {
    let text = readme();
    let commands: Vec<&str> = text
        .lines()
        .map(|line| line.split(" # ").next().unwrap_or_default().trim())
        .filter(|line| line.starts_with("keydeck ") || line.starts_with("cargo run -- "))
        .collect();
    assert!(commands.len() > 6, "{commands:?}");
    for command in commands {
        let command = command.replace("cargo run --", "keydeck");
        let words = words(&command);
        if let Err(error) = Cli::try_parse_from(&words) {
            panic!("{command}: {error}");
        }
    }
}

/// Splits a command as a shell does, as far as single quotes go, up to where the shell sends its output elsewhere.
fn words(command: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for c in command.chars() {
        match c {
            '\'' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            c => words.last_mut().unwrap().push(c),
        }
    }
    words.retain(|word| !word.is_empty());
    let end = words.iter().position(|word| [">", "|", "&"].contains(&word.as_str())).unwrap_or(words.len());
    words.truncate(end);
    words
}
