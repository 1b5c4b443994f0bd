//! The manual, completions and manual pages.

use std::process::Command;

use crate::program::{Home, names};

const COMMANDS: [&str; 18] = [
    "audit",
    "changes",
    "completions",
    "create",
    "delete",
    "demo",
    "disable",
    "edit",
    "enable",
    "help",
    "list",
    "man",
    "regenerate",
    "revoke",
    "serve",
    "server",
    "show",
    "user",
];

#[test]
fn every_shell_is_told_every_command() {
    let home = Home::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ran = home.run(&["completions", shell]).ended(0);
        for command in COMMANDS {
            assert!(ran.out.contains(command), "{shell} {command}");
        }
        assert!(!ran.out.contains("\\x09"), "{shell}: tabs stay tabs");
    }
    home.run(&["completions", "tcsh"]).ended(2).says("possible values");
}

#[test]
fn bash_completes_a_command_and_its_options() {
    let home = Home::new();
    let script = home.path("keydeck.bash");
    std::fs::write(&script, home.run(&["completions", "bash"]).ended(0).out).unwrap();
    let bash = |code: &str| {
        let mut command = Command::new("bash");
        command.args(["--norc", "--noprofile", "-c", code, "bash"]).arg(&script);
        command.env_clear().envs(home.environment()).output()
    };
    // where there is no bash, nobody completes with it
    let Ok(parsed) = bash("bash -n \"$1\"") else { return };
    assert!(parsed.status.success(), "{parsed:?}");
    let complete = |words: &str| {
        let code = format!(
            "source \"$1\"; COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); \
             _keydeck keydeck \"${{COMP_WORDS[COMP_CWORD]}}\" \"${{COMP_WORDS[COMP_CWORD - 1]}}\"; \
             printf '%s\\n' \"${{COMPREPLY[@]}}\""
        );
        String::from_utf8(bash(&code).unwrap().stdout).unwrap()
    };
    assert_eq!(complete("keydeck rev"), "revoke\n");
    assert_eq!(complete("keydeck audit ver"), "verify\n");
    assert!(complete("keydeck create --").contains("--write-secret\n"));
    assert_eq!(complete("keydeck list --columns mask"), "maskedValue\n");
    home.configure(
        "[profiles.acme]\nbackend = \"keydeck\"\nbase_url = \"https://a.example\"\n\
                    credential = { env = \"A\" }\n[profiles.beta]\nbackend = \"keydeck\"\n\
                    base_url = \"https://b.example\"\ncredential = { env = \"B\" }\n",
    );
    assert_eq!(home.run(&["completions", "--words", "profiles"]).ended(0).out, "acme\nbeta\n");
    // as bash breaks the line
    let typed = |line: &str, words: &str| {
        let code = format!(
            "keydeck() {{ {} \"$@\"; }}; source \"$1\"; COMP_LINE='{line}'; COMP_POINT=${{#COMP_LINE}}; \
             COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); _keydeck_whole keydeck; \
             printf '%s\\n' \"${{COMPREPLY[@]}}\"",
            crate::program::PROGRAM
        );
        String::from_utf8(bash(&code).unwrap().stdout).unwrap()
    };
    assert_eq!(typed("keydeck rev", "keydeck rev"), "revoke\n");
    assert_eq!(typed("keydeck list --view=nev", "keydeck list --view = nev"), "never-used\n");
    assert_eq!(typed("keydeck list --tab=te", "keydeck list --tab = te"), "team\n");
    assert_eq!(typed("keydeck --profile=", "keydeck --profile ="), "acme\nbeta\n");
    assert_eq!(typed("keydeck --profile b", "keydeck --profile b"), "beta\n");
    assert_eq!(typed("keydeck list --filter owner:ana --so", "keydeck list --filter owner : ana --so"), "--sort\n");
}

#[test]
fn every_command_has_a_page_that_the_formatter_takes() {
    let home = Home::new();
    let main = home.run(&["man"]).ended(0).out;
    assert!(main.starts_with(".ie") || main.contains(".TH keydeck"), "{main}");
    let folder = home.path("man");
    home.run(&["man", folder.to_str().unwrap()]).ended(0).says("pages in");
    let mut pages = names(&folder.join("man1"));
    for page in COMMANDS.iter().filter(|command| **command != "user") {
        assert!(pages.contains(&format!("keydeck-{page}.1")), "{page}: {pages:?}");
    }
    for page in ["keydeck.1", "keydeck-server-user-add.1", "keydeck-audit-verify.1"] {
        assert!(pages.contains(&page.to_owned()), "{page}: {pages:?}");
    }
    let chapters = names(&folder.join("man7"));
    assert!(chapters.contains(&"keydeck-filter.7".to_owned()), "{chapters:?}");
    for page in &mut pages {
        page.insert_str(0, "man1/");
    }
    pages.extend(chapters.iter().map(|page| format!("man7/{page}")));
    for page in &pages {
        let formatted =
            Command::new("groff").args(["-man", "-ww", "-Tutf8", "-K", "utf8", "-z"]).arg(folder.join(page)).output();
        let Ok(formatted) = formatted else {
            // where nothing may be left out, as in .ci/run, this is a failure
            assert!(std::env::var_os("KEYDECK_TEST_ALL").is_none(), "groff is not installed");
            println!("SKIPPED: groff is not installed, so the manual's form was not tested");
            return;
        };
        assert!(formatted.status.success() && formatted.stderr.is_empty(), "{page}: {formatted:?}");
    }
}

#[test]
fn help_prints_a_chapter_or_what_a_command_takes() {
    let home = Home::new();
    let list = home.run(&["help"]).ended(0).out;
    for chapter in keydeck::manual::CHAPTERS {
        assert!(list.contains(chapter.name) && list.contains(chapter.title), "{list}");
        let text = home.run(&["help", chapter.name]).ended(0).out;
        assert!(text.lines().count() > 5 && !text.contains("<!--"), "{}", chapter.name);
    }
    let command = home.run(&["help", "rotations", "resume"]).ended(0).out;
    assert_eq!(command, home.run(&["rotations", "resume", "--help"]).ended(0).out);
    home.run(&["help", "filtre"]).ended(2).says("did you mean filter?");
    home.run(&["help", "rotations", "resmue"]).ended(2).says("did you mean resume?");
    home.run(&["help", "list", "--profile", "x"]).ended(2).says("leave out --profile");
}
