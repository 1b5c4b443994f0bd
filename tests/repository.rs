//! What may lie in the repository, and what must not stand in any of its files.

#![expect(clippy::unwrap_used, reason = "what cannot be read fails the test")]

#[path = "support/source.rs"]
#[expect(dead_code, reason = "the layering test uses the rest")]
mod source;

use std::collections::BTreeSet;
use std::fs;

use keydeck::domain::key_value::mask;
use keydeck::domain::values::find;

use source::{files, root};

/// Beside dot files.
const TOP_LEVEL: &[&str] =
    &["CHANGELOG.md", "Cargo.lock", "Cargo.toml", "LICENSE", "README.md", "benches", "src", "tests", "themes"];

#[test]
fn nothing_strange_lies_at_the_top() {
    let top: BTreeSet<String> =
        files().iter().map(|file| file.split('/').next().unwrap_or_default().to_owned()).collect();
    let strange: Vec<&String> =
        top.iter().filter(|name| !name.starts_with('.') && !TOP_LEVEL.contains(&name.as_str())).collect();
    assert!(strange.is_empty(), "{strange:?}");
}

/// The text of every file that is text, with its name.
fn texts() -> impl Iterator<Item = (String, String)> {
    files().into_iter().filter_map(|file| {
        let text = String::from_utf8(fs::read(root().join(&file)).unwrap()).ok()?;
        Some((file, text))
    })
}

/// The values in `text` that could be somebody's key.
fn values(text: &str) -> Vec<String> {
    find(text).iter().filter_map(|found| Some(found.value()?.expose().to_owned())).collect()
}

#[test]
fn no_file_holds_a_key() {
    // The one value that the contract itself prints, put together here so that this file holds none.
    let example = format!("kdk_{}{}", "0123456789ABCDEFGHIJKLMNOPQRST", "1Ir0du");
    assert_eq!(values(&format!("key=\"{example}\",")), std::slice::from_ref(&example));
    assert_eq!(values(&format!("x-{}", ["PMAK", &"a".repeat(24), &"0".repeat(34)].join("-"))).len(), 1);
    assert_eq!(values("kdk_0123456789ABCDEFGHIJKLMNOPQRST000000"), [""; 0]);
    for (file, text) in texts() {
        for value in values(&text) {
            assert_eq!(value, example, "{file} holds {}", mask(&value));
        }
    }
}

#[test]
fn nothing_is_left_for_later() {
    let marks = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X:"), concat!("to", "do!(")];
    for (file, text) in texts().filter(|(file, _)| file != "Cargo.lock") {
        for (at, line) in text.lines().enumerate() {
            assert!(!marks.iter().any(|mark| line.contains(mark)), "{file}:{}: {line}", at + 1);
        }
    }
}
