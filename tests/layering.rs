//! Who may import whom. The table is the one in the crate's documentation; a broken rule is told with file and line.

#![expect(clippy::unwrap_used, reason = "what cannot be read fails the test")]

#[path = "support/source.rs"]
mod source;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
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

const PURE: &[&str] = &[
    "serde",
    "chrono",
    "thiserror",
    "zeroize",
    "strsim",
    "unicode_script",
    "unicode_security",
    "unicode_width",
    "unicode_segmentation",
];
/// What the console's rooms tell each other in, and what that stands on.
const TERMS: &[&str] = &[
    "domain",
    "client::error",
    "client::capabilities",
    "tui::action",
    "tui::calls",
    "tui::effect",
    "tui::event",
    "tui::facts",
    "tui::field",
    "tui::key",
    "tui::keymap",
    "tui::layout",
    "tui::open_changes",
    "tui::open_incidents",
    "tui::line",
    "tui::open_rotations",
    "tui::progress",
    "tui::remembered",
    "tui::request",
    "tui::session",
    "tui::tab",
    "tui::text",
    "tui::ticket",
];
const TYPED: &[&str] = &["tui_input"];
const DRAWN: &[&str] = &["ratatui"];

/// The first room that a file belongs to is its room.
const ROOMS: &[Room] = &[
    Room {
        name: "domain",
        files: &["src/domain/"],
        modules: &[&["domain"]],
        crates: Crates::Only(&[
            PURE,
            &[
                "aho_corasick",
                "memchr",
                "sha2",
                "crc32fast",
                "arcstr",
                "hashbrown",
                "shell_words",
                "url",
                "hex",
                "email_address",
                "icu_casemap",
                "icu_normalizer",
            ],
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
        modules: &[&["client", "api", "certificates", "domain", "fault", "system::clock", "system::socket"]],
        crates: Crates::AllBut(&[SCREEN, SERVER, COMMAND_LINE]),
    },
    Room {
        name: "local",
        files: &["src/local/"],
        modules: &[&["local", "domain", "config", "fault", "sqlite", "system"]],
        crates: Crates::AllBut(&[SCREEN, &["axum", "tower", "tower_http"], CLIENT, COMMAND_LINE]),
    },
    Room {
        name: "certificates",
        files: &["src/certificates.rs"],
        modules: &[],
        crates: Crates::Only(&[&["rustls", "zeroize"]]),
    },
    Room {
        name: "outbound",
        files: &["src/outbound.rs"],
        modules: &[&["domain", "system"]],
        crates: Crates::Only(&[PURE, &["reqwest", "rustls", "tokio"]]),
    },
    Room { name: "sqlite", files: &["src/sqlite.rs"], modules: &[], crates: Crates::Only(&[&["rusqlite", "tokio"]]) },
    Room {
        name: "system",
        files: &["src/system/"],
        modules: &[&["system"]],
        crates: Crates::Only(&[&["region", "rustix", "tempfile", "tokio", "zeroize"]]),
    },
    Room {
        name: "manual",
        files: &["src/manual/"],
        modules: &[&["manual", "domain", "tui::action"]],
        crates: Crates::Only(&[&["pulldown_cmark", "roff", "unicode_width"]]),
    },
    Room { name: "fault", files: &["src/fault.rs"], modules: &[], crates: Crates::AllBut(&[]) },
    Room {
        name: "ops",
        files: &["src/ops/"],
        modules: &[&[
            "ops",
            "local",
            "fault",
            "system",
            "domain",
            "client::^",
            "client::error",
            "client::capabilities",
            "client::paging",
            "client::proof",
            "client::sign_in",
        ]],
        crates: Crates::AllBut(&[SCREEN, SERVER, CLIENT, COMMAND_LINE]),
    },
    Room {
        name: "config",
        files: &["src/config/"],
        modules: &[&["config", "certificates", "domain", "system"]],
        crates: Crates::AllBut(&[SCREEN, SERVER, CLIENT, COMMAND_LINE]),
    },
    Room {
        name: "server",
        files: &["src/server/"],
        modules: &[&[
            "server",
            "api",
            "certificates",
            "domain",
            "config",
            "fault",
            "outbound",
            "sqlite",
            "system::socket",
        ]],
        crates: Crates::AllBut(&[SCREEN, CLIENT, COMMAND_LINE]),
    },
    Room {
        name: "terms",
        files: &[
            "src/tui/action.rs",
            "src/tui/calls.rs",
            "src/tui/effect.rs",
            "src/tui/event.rs",
            "src/tui/facts.rs",
            "src/tui/field.rs",
            "src/tui/key.rs",
            "src/tui/keymap.rs",
            "src/tui/layout.rs",
            "src/tui/open_changes.rs",
            "src/tui/line.rs",
            "src/tui/open_rotations.rs",
            "src/tui/progress.rs",
            "src/tui/remembered.rs",
            "src/tui/request.rs",
            "src/tui/session.rs",
            "src/tui/tab.rs",
            "src/tui/text.rs",
            "src/tui/ticket.rs",
        ],
        modules: &[TERMS],
        crates: Crates::Only(&[PURE, TYPED]),
    },
    Room {
        name: "toolkit",
        files: &["src/tui/view/", "src/tui/theme/"],
        modules: &[TERMS, &["tui::view", "tui::theme"]],
        crates: Crates::Only(&[PURE, DRAWN, &["toml"]]),
    },
    Room {
        name: "drawing of dialogs",
        files: &["src/tui/dialogs/*view.rs"],
        modules: &[TERMS, &["manual", "tui::dialogs", "tui::view", "tui::theme"]],
        crates: Crates::Only(&[PURE, DRAWN]),
    },
    Room {
        name: "dialogs",
        files: &["src/tui/dialogs/"],
        modules: &[TERMS, &["manual", "tui::dialogs"]],
        crates: Crates::Only(&[PURE]),
    },
    Room {
        name: "drawing of screens",
        files: &["src/tui/screens/*view.rs"],
        modules: &[TERMS, &["tui::screens", "tui::dialogs", "tui::view", "tui::theme"]],
        crates: Crates::Only(&[PURE, DRAWN]),
    },
    Room {
        name: "screens",
        files: &["src/tui/screens/"],
        modules: &[TERMS, &["tui::screens", "tui::dialogs"]],
        crates: Crates::Only(&[PURE]),
    },
    Room {
        name: "app",
        files: &["src/tui/app/"],
        modules: &[TERMS, &["tui::app", "tui::screens", "tui::dialogs"]],
        crates: Crates::Only(&[PURE]),
    },
    Room {
        name: "composition",
        files: &["src/tui/compose/"],
        modules: &[TERMS, &["tui::app", "tui::compose", "tui::dialogs", "tui::screens", "tui::theme", "tui::view"]],
        crates: Crates::Only(&[PURE, DRAWN]),
    },
    Room {
        name: "runtime",
        files: &["src/tui/"],
        modules: &[&["tui", "ops", "client", "domain", "config", "local", "system"]],
        crates: Crates::AllBut(&[SERVER, CLIENT, COMMAND_LINE]),
    },
    Room {
        name: "cli",
        files: &["src/cli/", "src/main.rs"],
        modules: &[&[
            "cli", "api", "client", "config", "domain", "local", "manual", "ops", "outbound", "server", "system",
            "tui::^",
        ]],
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

/// Where a clock may be asked: what the server's time is known by, the server itself, what is noted for this machine alone.
const CLOCKS: &[&str] = &[
    "src/client/clock.rs",
    "src/server/clock.rs",
    // the demo's server is in the program itself
    "src/cli/demo.rs",
    // list what is on this machine, and ask no server
    "src/cli/rotate/list.rs",
    "src/cli/changes.rs",
    "src/cli/campaign/mod.rs",
    "src/cli/incidents.rs",
    "src/cli/drill.rs",
    "src/cli/track/mod.rs",
    "src/cli/track/change.rs",
    // works on the server's database itself, on the server's machine
    "src/cli/people.rs",
];

/// The lines of `code` that ask what time it is.
fn clocks(code: &str) -> Vec<usize> {
    let code = without_comments_text_and_tests(code);
    let asks = |line: &str| ["Utc::now", "Local::now", "SystemTime::now"].iter().any(|clock| line.contains(clock));
    code.lines().enumerate().filter(|(_, line)| asks(line)).map(|(at, _)| at + 1).collect()
}

#[test]
fn every_method_of_a_backend_that_changes_something_asks_its_permit_first() {
    let mut backends = 0;
    for file in files().into_iter().filter(|file| file.starts_with("src/client/") && *file != "src/client/mod.rs") {
        let code = without_comments_text_and_tests(&fs::read_to_string(root().join(&file)).unwrap());
        let mut methods = code.split("permit: &WritePermit").skip(1).peekable();
        backends += usize::from(methods.peek().is_some());
        for method in methods {
            let body = method.split_once("{\n").map_or("", |(_, body)| body.trim_start());
            assert!(
                body.starts_with("permit.check()?;"),
                "{file}: a method takes a permit and does not ask it: {method:.200}"
            );
        }
        assert!(!code.contains("_permit: &WritePermit"), "{file}: a permit is not asked");
    }
    assert!(backends > 1, "the backends are elsewhere by now");
}

#[test]
fn the_present_is_asked_of_the_server() {
    assert_eq!(clocks("fn a() {}\nlet now = Utc::now(); // Utc::now\n"), [2]);
    let wrong: Vec<String> = sources()
        .filter(|(file, _)| !is_test_code(file) && !CLOCKS.contains(&file.as_str()))
        .flat_map(|(file, code)| clocks(&code).into_iter().map(move |line| format!("{file}:{line}: asks a clock")))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
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

/// Which files each file names, by the paths in its code: a path leads to the file of the longest module that it begins
/// with, as `crate::tui::event::Event` leads to `src/tui/event.rs`. Paths may begin with a child module, or with the name
/// of a module that the file imports.
fn named_files(sources: &BTreeMap<String, String>) -> BTreeMap<&str, BTreeSet<&str>> {
    let modules: BTreeMap<Vec<String>, &str> = sources.keys().map(|file| (module_of(file), file.as_str())).collect();
    let named = |file: &str, code: &str| {
        let found = mentions(&without_comments_text_and_tests(code));
        let whole = |mention: &Mention| {
            let mut path = inside(file, mention)?;
            path.pop_if(|last| last == "self");
            Some(path)
        };
        let imported: Vec<Vec<String>> =
            found.iter().filter_map(whole).filter(|path| modules.contains_key(path)).collect();
        let local = |mention: &Mention| {
            let mut child = module_of(file);
            child.push(mention.parts[0].clone());
            let known = imported.iter().find(|path| path.last() == mention.parts.first()).cloned();
            let mut path = known.or_else(|| modules.contains_key(&child).then_some(child))?;
            path.extend(mention.parts[1..].iter().cloned());
            Some(path)
        };
        let target = |mention: &Mention| {
            let path = whole(mention).or_else(|| local(mention))?;
            (1..=path.len()).rev().find_map(|end| modules.get(&path[..end]).copied())
        };
        found.iter().filter_map(target).filter(|other| *other != file).collect()
    };
    sources.iter().map(|(file, code)| (file.as_str(), named(file, code))).collect()
}

/// The shortest way from one file to another along what they name.
fn way<'a>(named: &BTreeMap<&'a str, BTreeSet<&'a str>>, from: &'a str, to: &str) -> Option<Vec<&'a str>> {
    let mut ways = VecDeque::from([vec![from]]);
    let mut seen = BTreeSet::from([from]);
    while let Some(way) = ways.pop_front() {
        let last = way[way.len() - 1];
        if last == to {
            return Some(way);
        }
        for next in named.get(last).into_iter().flatten().filter(|next| seen.insert(next)) {
            ways.push_back(way.iter().chain([next]).copied().collect());
        }
    }
    None
}

/// Each circle that leads through files of different rooms, named once for every step from a room into another.
fn circles(sources: &BTreeMap<String, String>) -> Vec<String> {
    let named = named_files(sources);
    // the door is a room of its own for what it may import; it is opened from within the client
    let room = |file: &str| match room_of(file).map(|room| room.name) {
        Some("the client's door") => Some("client"),
        name => name,
    };
    let mut found = Vec::new();
    for (file, others) in &named {
        for other in others.iter().filter(|other| room(file) != room(other)) {
            if let Some(way) = way(&named, other, file) {
                found.push(format!("{file} -> {}", way.join(" -> ")));
            }
        }
    }
    found
}

#[test]
fn no_circle_leads_through_different_rooms() {
    let circles = circles(&sources().collect());
    assert!(circles.is_empty(), "\n{} circles:\n{}", circles.len(), circles.join("\n"));
}

#[test]
fn the_check_sees_a_circle() {
    let tree =
        |files: &[(&str, &str)]| files.iter().map(|(file, code)| ((*file).to_owned(), (*code).to_owned())).collect();
    let one = ("src/domain/key.rs", "use crate::api::page::Page;\nuse super::ids::KeyId;");
    let ids = ("src/domain/ids.rs", "use super::key::Key;");
    assert_eq!(circles(&tree(&[one, ids, ("src/api/page.rs", "")])), [""; 0], "a room may have circles of its own");
    let back = ("src/api/page.rs", "fn f() { crate::domain::ids::KeyId::new() }");
    let found = circles(&tree(&[one, ids, back]));
    assert_eq!(found.len(), 2);
    assert_eq!(found[1], "src/domain/key.rs -> src/api/page.rs -> src/domain/ids.rs -> src/domain/key.rs");
    let child = ("src/domain/mod.rs", "pub use key::Key;");
    let up = ("src/api/page.rs", "use crate::domain::Key;");
    assert_eq!(circles(&tree(&[one, child, up])).len(), 2, "a path through another file's `use` counts as that file");
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
        ("src/tui/app/mod.rs", "use ratatui::Frame;", Some("app may not use the crate ratatui")),
        ("src/tui/app/mod.rs", "use crate::tui::theme::Theme;", Some("app may not use crate::tui::theme")),
        ("src/tui/dialogs/ask/mod.rs", "use crate::tui::app::App;", Some("dialogs may not use crate::tui::app")),
        ("src/tui/dialogs/ask/view.rs", "use ratatui::Frame;\nuse crate::tui::theme::Theme;", None),
        ("src/tui/dialogs/ask/view.rs", "use crate::tui::app::App;", Some("drawing of dialogs may not use")),
        ("src/tui/screens/list/mod.rs", "use crate::tui::dialogs::Dialog;", None),
        ("src/tui/event.rs", "use crate::tui::dialogs::Dialog;", Some("terms may not use crate::tui::dialogs")),
        ("src/tui/view/frame.rs", "use crate::tui::screens::list;", Some("toolkit may not use")),
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
