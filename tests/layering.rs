//! Who may import whom. The table is the one in the crate's documentation; a broken rule is told with file and line.

#![expect(clippy::unwrap_used, reason = "what cannot be read fails the test")]

#[path = "support/source.rs"]
mod source;

use std::fs;
use std::path::Path;

use source::{Mention, files, mentions, module_of, root, without_comments_text_and_tests};

const SCREEN: &[&str] = &["ratatui", "crossterm", "tui_input"];
const SERVER: &[&str] = &["axum", "rusqlite", "tower", "tower_http"];
const CLIENT: &[&str] = &["reqwest", "rustls"];
const COMMAND_LINE: &[&str] = &["clap", "anyhow"];

/// Which of the crates that others wrote a room may use.
enum Crates {
    /// These and no other.
    Only(&'static [&'static [&'static str]]),
    /// All but these.
    AllBut(&'static [&'static [&'static str]]),
}

/// One row of the table.
struct Room {
    name: &'static str,
    /// What belongs to it: folders end with `/`, everything else is a whole path; `*` stands for any folders between.
    files: &'static [&'static str],
    /// The modules of this crate it may use, by the beginning of their path. `client::^` is what stands in `client`
    /// itself and not in a module below it.
    modules: &'static [&'static [&'static str]],
    crates: Crates,
}

const PURE: &[&str] = &["serde", "chrono", "thiserror", "zeroize", "strsim", "unicode_width", "unicode_segmentation"];
const CORE: &[&str] = &[
    "domain",
    "client::error",
    "client::capabilities",
    "tui::app",
    "tui::screens",
    "tui::dialogs",
    "tui::action",
    "tui::keymap",
    "tui::key",
    "tui::field",
    "tui::text",
];

/// The first room that a file belongs to is its room.
const ROOMS: &[Room] = &[
    Room {
        name: "domain",
        files: &["src/domain/"],
        modules: &[&["domain"]],
        crates: Crates::Only(&[
            PURE,
            &["memchr", "sha2", "crc32fast", "arcstr", "hashbrown", "shell_words", "url", "hex", "email_address"],
        ]),
    },
    Room {
        name: "api",
        files: &["src/api/"],
        modules: &[&["api", "domain"]],
        crates: Crates::Only(&[PURE, &["serde_json", "base64", "utoipa"]]),
    },
    Room {
        name: "the client's door",
        files: &["src/client/open.rs"],
        modules: &[&["client", "config"]],
        crates: Crates::Only(&[]),
    },
    Room {
        name: "client",
        files: &["src/client/"],
        modules: &[&["client", "api", "domain", "fault"]],
        crates: Crates::AllBut(&[SCREEN, SERVER, COMMAND_LINE]),
    },
    Room {
        name: "local",
        files: &["src/local/"],
        modules: &[&["local", "domain", "config", "fault", "sqlite"]],
        crates: Crates::AllBut(&[SCREEN, &["axum", "tower", "tower_http"], CLIENT, COMMAND_LINE]),
    },
    Room { name: "sqlite", files: &["src/sqlite.rs"], modules: &[], crates: Crates::Only(&[&["rusqlite", "tokio"]]) },
    Room { name: "fault", files: &["src/fault.rs"], modules: &[], crates: Crates::AllBut(&[]) },
    Room {
        name: "ops",
        files: &["src/ops/"],
        modules: &[&[
            "ops",
            "local",
            "fault",
            "domain",
            "client::^",
            "client::error",
            "client::capabilities",
            "client::paging",
            "client::proof",
        ]],
        crates: Crates::AllBut(&[SCREEN, SERVER, CLIENT, COMMAND_LINE]),
    },
    Room {
        name: "config",
        files: &["src/config/"],
        modules: &[&["config", "domain"]],
        crates: Crates::AllBut(&[SCREEN, SERVER, CLIENT, COMMAND_LINE]),
    },
    Room {
        name: "server",
        files: &["src/server/"],
        modules: &[&["server", "api", "domain", "config", "sqlite"]],
        crates: Crates::AllBut(&[SCREEN, CLIENT, COMMAND_LINE]),
    },
    Room {
        name: "the console's drawing",
        files: &["src/tui/*/view.rs", "src/tui/view.rs", "src/tui/view/", "src/tui/theme/"],
        modules: &[CORE, &["tui::view", "tui::theme"]],
        crates: Crates::Only(&[PURE, &["tui_input", "ratatui", "toml"]]),
    },
    Room {
        name: "the console's pure core",
        files: &[
            "src/tui/app/",
            "src/tui/screens/",
            "src/tui/dialogs/",
            "src/tui/action.rs",
            "src/tui/keymap.rs",
            "src/tui/key.rs",
            "src/tui/field.rs",
            "src/tui/text.rs",
        ],
        modules: &[CORE],
        crates: Crates::Only(&[PURE, &["tui_input"]]),
    },
    Room {
        name: "the console's runtime",
        files: &["src/tui/"],
        modules: &[&["tui", "ops", "client", "domain", "config", "local"]],
        crates: Crates::AllBut(&[SERVER, CLIENT, COMMAND_LINE]),
    },
    Room {
        name: "cli",
        files: &["src/cli/", "src/main.rs"],
        modules: &[&["cli", "api", "client", "config", "domain", "local", "ops", "server", "tui::^"]],
        crates: Crates::AllBut(&[SCREEN]),
    },
    Room { name: "the crate's root", files: &["src/lib.rs"], modules: &[], crates: Crates::Only(&[]) },
];

fn belongs(file: &str, pattern: &str) -> bool {
    match pattern.split_once('*') {
        Some((start, end)) => file.starts_with(start) && file.ends_with(end),
        None if pattern.ends_with('/') => file.starts_with(pattern),
        None => file == pattern,
    }
}

fn room_of(file: &str) -> Option<&'static Room> {
    ROOMS.iter().find(|room| room.files.iter().any(|pattern| belongs(file, pattern)))
}

/// The crates of `[dependencies]`, as Rust names them.
fn dependencies() -> Vec<String> {
    let manifest: toml::Table = fs::read_to_string(root().join("Cargo.toml")).unwrap().parse().unwrap();
    manifest["dependencies"].as_table().unwrap().keys().map(|name| name.replace('-', "_")).collect()
}

/// Where in this crate a path leads, `super` and `self` resolved; none for a path to another crate or a local name.
fn inside(file: &str, mention: &Mention) -> Option<Vec<String>> {
    let (first, mut rest) = mention.parts.split_first()?;
    let mut at = match first.as_str() {
        "crate" | "keydeck" => Vec::new(),
        "self" => module_of(file),
        "super" => {
            let mut module = module_of(file);
            module.pop();
            module
        }
        _ => return None,
    };
    while let Some((next, after)) = rest.split_first().filter(|(next, _)| *next == "super") {
        debug_assert_eq!(next, "super");
        at.pop();
        rest = after;
    }
    at.extend(rest.iter().cloned());
    Some(at)
}

fn allowed(modules: &[&[&str]], path: &[String], exists: &dyn Fn(&str) -> bool) -> bool {
    modules.iter().copied().flatten().any(|module| {
        let (start, itself) = module.strip_suffix("::^").map_or((*module, false), |start| (start, true));
        let parts: Vec<&str> = start.split("::").collect();
        let below = || path.get(parts.len()).is_some_and(|next| exists(&format!("{}/{next}", parts.join("/"))));
        path.len() >= parts.len() && path.iter().zip(&parts).all(|(a, b)| a == b) && !(itself && below())
    })
}

/// What in `code`, as the content of `file`, breaks a rule.
fn broken(file: &str, code: &str, dependencies: &[String], exists: &dyn Fn(&str) -> bool) -> Vec<String> {
    let Some(room) = room_of(file) else { return vec![format!("{file}: belongs to no room of the table")] };
    let mut wrong = Vec::new();
    for mention in mentions(&without_comments_text_and_tests(code)) {
        let path = mention.parts.join("::");
        let reason = if let Some(target) = inside(file, &mention) {
            (!target.is_empty() && !room.modules.is_empty() && !allowed(room.modules, &target, exists))
                .then(|| format!("may not use crate::{}", target.join("::")))
        } else {
            let name = &mention.parts[0];
            let known = dependencies.iter().any(|dependency| dependency == name);
            let listed = |lists: &[&[&str]]| lists.iter().any(|list| list.contains(&name.as_str()));
            let permitted = match room.crates {
                Crates::Only(lists) => listed(lists),
                Crates::AllBut(lists) => !listed(lists),
            };
            (known && !permitted).then(|| format!("may not use the crate {name} ({path})"))
        };
        wrong.extend(reason.map(|reason| format!("{file}:{}: {} {reason}", mention.line, room.name)));
    }
    wrong
}

/// Test code may use what it likes.
fn is_test_code(file: &str) -> bool {
    file.ends_with("/tests.rs") || file.contains("/tests/")
}

fn is_rust(file: &str) -> bool {
    Path::new(file).extension().is_some_and(|extension| extension == "rs")
}

fn sources() -> impl Iterator<Item = (String, String)> {
    let rust = |file: &String| file.starts_with("src/") && is_rust(file) && !is_test_code(file);
    files().into_iter().filter(rust).map(|file| {
        let code = fs::read_to_string(root().join(&file)).unwrap();
        (file, code)
    })
}

#[test]
fn every_module_keeps_to_its_room() {
    let dependencies = dependencies();
    let exists = |module: &str| {
        root().join(format!("src/{module}.rs")).exists() || root().join(format!("src/{module}/mod.rs")).exists()
    };
    let wrong: Vec<String> = sources().flat_map(|(file, code)| broken(&file, &code, &dependencies, &exists)).collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn only_the_door_asks_which_backend_it_is() {
    let permitted = |file: &str| file.starts_with("src/config/") || file == "src/client/open.rs";
    let wrong: Vec<String> = sources()
        .filter(|(file, _)| !permitted(file))
        .flat_map(|(file, code)| {
            let reads = |mention: &Mention| {
                inside(&file, mention).is_some_and(|path| path.first().is_some_and(|first| first == "config"))
                    && mention.parts.iter().any(|part| part == "Backend")
            };
            let found: Vec<String> = mentions(&without_comments_text_and_tests(&code))
                .iter()
                .filter(|mention| reads(mention))
                .map(|mention| format!("{file}:{}", mention.line))
                .collect();
            found
        })
        .collect();
    assert!(wrong.is_empty(), "these ask which backend it is, and only client/open.rs may:\n{}", wrong.join("\n"));
}

#[test]
fn only_one_place_prints() {
    // The panic message goes out when everything else is gone.
    let exempt = ["src/cli/output.rs", "src/tui/terminal.rs"];
    let printing = ["print!", "println!", "eprint!", "eprintln!", "stdout()", "stderr()", "dbg!"];
    let wrong: Vec<String> = sources()
        .filter(|(file, _)| !exempt.contains(&file.as_str()))
        .flat_map(|(file, code)| {
            // to ask whether there is a terminal is not to print
            let code = without_comments_text_and_tests(&code).replace("stdout().is_terminal()", "");
            let lines: Vec<String> = code
                .lines()
                .enumerate()
                .filter(|(_, line)| printing.iter().any(|word| line.contains(word)))
                .map(|(at, line)| format!("{file}:{}: {}", at + 1, line.trim()))
                .collect();
            lines
        })
        .collect();
    assert!(wrong.is_empty(), "these print, and only cli/output.rs may:\n{}", wrong.join("\n"));
}

#[test]
fn the_check_sees_what_breaks_a_rule() {
    let dependencies: Vec<String> = ["tokio", "ratatui", "serde", "reqwest"].map(str::to_owned).to_vec();
    let exists = |module: &str| matches!(module, "client/transport" | "client/error" | "tui/app");
    for (file, code, wrong) in [
        ("src/domain/key.rs", "use serde::Serialize;\nuse super::ids::KeyId;", None),
        ("src/domain/key.rs", "use crate::api::key;", Some("1: domain may not use crate::api::key")),
        ("src/domain/key.rs", "\nfn f() { tokio::spawn(x) }", Some("2: domain may not use the crate tokio")),
        ("src/domain/key.rs", "// tokio::spawn\nconst A: &str = \"tokio::spawn\";", None),
        ("src/domain/key.rs", "#[cfg(test)]\nmod tests {\n use tokio::spawn;\n}\nfn f() {}", None),
        ("src/domain/key.rs", "#[cfg(test)]\nmod tests;\nuse tokio::x;", Some("3: domain may not use the crate tokio")),
        ("src/domain/key.rs", "#[cfg(test)]\nuse std::{a, b};\nuse tokio::x;", Some("3: domain may not")),
        (
            "src/domain/key/a.rs",
            "use crate::{\n    domain::ids,\n    client::{error, transport::Transport},\n};",
            Some("may not use crate::client::transport::Transport"),
        ),
        ("src/domain/key.rs", "use super::super::server::run;", Some("may not use crate::server::run")),
        ("src/ops/revoke.rs", "use crate::client::{KeyService, error::ServiceError};", None),
        (
            "src/ops/revoke.rs",
            "use crate::client::transport::Transport;",
            Some("ops may not use crate::client::transport::Transport"),
        ),
        ("src/ops/revoke.rs", "let x = reqwest::get(1);", Some("ops may not use the crate reqwest")),
        ("src/tui/app/mod.rs", "use ratatui::Frame;", Some("pure core may not use the crate ratatui")),
        ("src/tui/app/mod.rs", "use crate::tui::theme::Theme;", Some("pure core may not use crate::tui::theme")),
        ("src/tui/app/view.rs", "use ratatui::Frame;\nuse crate::tui::theme::Theme;", None),
        ("src/tui/app/view.rs", "use crate::tui::runtime::Runtime;", Some("drawing may not use crate::tui::runtime")),
        ("src/cli/mod.rs", "crate::tui::run(1)", None),
        ("src/cli/mod.rs", "use crate::tui::app::App;", Some("cli may not use crate::tui::app::App")),
        ("src/new/mod.rs", "", Some("belongs to no room")),
    ] {
        let found = broken(file, code, &dependencies, &exists);
        match wrong {
            None => assert_eq!(found, [""; 0], "{file}: {code}"),
            Some(wrong) => assert!(found.iter().any(|found| found.contains(wrong)), "{file}: {code}: {found:?}"),
        }
    }
}
