//! The console in ASCII. That every picture has nothing else, [`picture`](crate::picture) checks.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use keydeck::tui::event::Event;
use keydeck::tui::text::Signs;
use keydeck::tui::view::ascii::FORMS;

use crate::compare;
use crate::ui::{Ui, session, text};

#[test]
fn the_console_in_ascii() {
    let mut all = String::new();
    for (keys, size) in [("3jvj", (120, 36)), ("3jjjx", (80, 24)), ("3m", (120, 36)), ("1n", (80, 24)), ("4", (80, 24))]
    {
        let mut ui = Ui::loaded(session(), (80, 24));
        ui.app.signs = Signs::Ascii;
        ui.happen(Event::Resize(size.0, size.1)).keys(keys);
        let _ = write!(all, "── {keys} ──\n{}", text(&ui.buffer()));
    }
    compare("in_ascii", &all);
}

/// The Rust files of a folder, those of tests left out.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs")
            && path.file_stem().is_some_and(|stem| stem != "tests" && stem != "fuzz")
        {
            all.push(path);
        }
    }
    all
}

#[test]
fn every_sign_in_the_consoles_sources_and_the_manual_has_a_form() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let manual = std::fs::read_dir(root.join("manual")).unwrap().map(|entry| entry.unwrap().path());
    let chapters = manual.filter(|path| path.extension().is_some_and(|extension| extension == "md"));
    let mut seen = 0;
    for path in sources(&root.join("tui")).into_iter().chain(chapters) {
        let source = std::fs::read_to_string(&path).unwrap();
        // the tests in a file stand at its end
        let code = source.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        for sign in code.chars().filter(|sign| !sign.is_ascii() && !sign.is_alphabetic()) {
            assert!(FORMS.iter().any(|(known, _)| *known == sign), "{}: {sign} has no form in ASCII", path.display());
            seen += 1;
        }
    }
    assert!(seen > 100, "{seen}");
}
