//! The README and the manual say what is true: what is listed is there, and their commands are understood.

#![expect(clippy::unwrap_used, reason = "helpers of tests; clippy knows only the test functions themselves")]

use std::fmt::Write;

use clap::Parser;
use keydeck::cli::Cli;
use keydeck::manual::{CHAPTERS, Chapter};

fn read(file: &str) -> String {
    std::fs::read_to_string(format!("{}/{file}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn readme() -> String {
    read("README.md")
}

/// What stands between `<!-- NAME -->` and `<!-- /NAME -->`.
fn section(name: &str) -> String {
    let text = readme();
    let (_, rest) = text.split_once(&format!("<!-- {name} -->\n")).unwrap();
    rest.split_once(&format!("<!-- /{name} -->")).unwrap().0.to_owned()
}

#[test]
fn the_chapters_are_those_of_the_manual() {
    let mut list = String::new();
    for chapter in CHAPTERS {
        let _ = writeln!(list, "- `keydeck help {}`: {}", chapter.name, chapter.title);
    }
    assert_eq!(section("chapters"), list, "put this into the README:\n{list}");
}

#[test]
fn every_keydeck_command_is_understood() {
    let text = CHAPTERS.iter().flat_map(Chapter::commands).fold(readme(), |text, line| text + "\n" + &line);
    let text = text.replace("\\\n", " ");
    let commands: Vec<&str> = text
        .lines()
        .map(|line| line.split(" # ").next().unwrap_or_default().trim())
        .filter(|line| line.starts_with("keydeck ") || line.starts_with("cargo run -- "))
        .collect();
    assert!(commands.len() > 40, "{commands:?}");
    for command in commands {
        let command = command.replace("cargo run --", "keydeck");
        let words = words(&command);
        if let Err(error) = Cli::try_parse_from(&words) {
            panic!("{command}: {error}");
        }
    }
}

/// Splits a command as a shell does, as far as quotes go, up to where the shell sends its output elsewhere.
fn words(command: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    for c in command.chars() {
        match (c, quote) {
            ('\'' | '"', None) => quote = Some(c),
            (_, Some(open)) if open == c => quote = None,
            (' ', None) => words.push(String::new()),
            (c, _) => words.last_mut().unwrap().push(c),
        }
    }
    words.retain(|word| !word.is_empty());
    let end = words.iter().position(|word| [">", "<", "|", "||", "&"].contains(&word.as_str())).unwrap_or(words.len());
    words.truncate(end);
    words
}

#[test]
fn the_manual_shows_the_unit_and_the_container_as_they_are_tried() {
    let server = read("src/manual/server.md");
    for (kind, file) in [("ini", "src/manual/keydeck.service"), ("dockerfile", "src/manual/Dockerfile")] {
        let block = format!("```{kind}\n{}```\n", read(file));
        assert!(server.contains(&block), "put {file} into the chapter on the server:\n{block}");
    }
}

#[test]
fn the_animation_is_small_and_tells_nothing_of_the_machine_it_was_made_on() {
    let picture = read(".github/console.svg");
    assert!(readme().contains("](.github/console.svg)"));
    assert!(picture.len() < 1 << 20, "{} bytes", picture.len());
    // it moves, and shows what the text says
    assert!(picture.contains("@keyframes"));
    for shown in ["Team Keys", "idle:&gt;90d", "rot: ", "Revoke "] {
        assert!(picture.contains(shown), "{shown}");
    }
    for path in ["/home/", "/root/", "/tmp/", "/work/", env!("CARGO_MANIFEST_DIR")] {
        assert!(!picture.contains(path), "{path}");
    }
}
