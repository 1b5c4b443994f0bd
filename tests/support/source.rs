//! The repository's own files, and the paths that Rust source mentions.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The repository's top folder.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every file of the repository, by its path from the top: what git tracks or would, else (in an unpacked archive) all
/// there is but `target`.
pub fn files() -> Vec<String> {
    let listed = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .ok()
        .filter(|output| output.status.success());
    let mut files: Vec<String> = match listed {
        Some(output) => String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect(),
        None => walk(&root()),
    };
    files.retain(|file| root().join(file).is_file());
    files.sort();
    files.dedup();
    files
}

fn walk(folder: &Path) -> Vec<String> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            if !matches!(name.as_str(), "target" | ".git") {
                files.extend(walk(&path).into_iter().map(|file| format!("{name}/{file}")));
            }
        } else {
            files.push(name);
        }
    }
    files
}

/// A path that source code mentions: `crate::domain::key::Key` as its parts, with the line it stands on.
#[derive(Debug, PartialEq, Eq)]
pub struct Mention {
    pub line: usize,
    pub parts: Vec<String>,
}

/// `code` without comments, text and what is compiled for tests only; the lines stay where they are.
pub fn without_comments_text_and_tests(code: &str) -> String {
    let bytes = code.as_bytes();
    let mut out = String::with_capacity(code.len());
    let mut at = 0;
    while at < bytes.len() {
        let rest = &code[at..];
        let end = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if let Some(hashes) = raw_text(rest) {
            let close = format!("\"{}", "#".repeat(hashes));
            let open = hashes + 2;
            rest[open..].find(&close).map_or(rest.len(), |end| open + end + close.len())
        } else if rest.starts_with('"') {
            text_end(rest)
        } else if let Some(length) = character(rest) {
            length
        } else if rest.starts_with("#[cfg(test)]") {
            tested_item_end(rest)
        } else {
            let c = rest.chars().next().unwrap();
            out.push(c);
            at += c.len_utf8();
            continue;
        };
        out.extend(rest[..end].matches('\n'));
        out.push(' ');
        at += end;
    }
    out
}

fn raw_text(rest: &str) -> Option<usize> {
    let after = rest.strip_prefix('r')?;
    let hashes = after.len() - after.trim_start_matches('#').len();
    after[hashes..].starts_with('"').then_some(hashes)
}

fn text_end(rest: &str) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// The length of a character literal, which a lifetime is not.
fn character(rest: &str) -> Option<usize> {
    let inner = rest.strip_prefix('\'')?;
    let mut chars = inner.char_indices();
    match chars.next()?.1 {
        '\\' => inner[2..].find('\'').map(|end| end + 4),
        _ => chars.next().filter(|(_, c)| *c == '\'').map(|(at, _)| at + 2),
    }
}

/// The end of an item that is compiled for tests only: its closing brace, or the semicolon of `mod tests;` or `use …;`.
fn tested_item_end(rest: &str) -> usize {
    let mut depth = 0;
    let mut in_use = false;
    let start = "#[cfg(test)]".len();
    for (at, c) in rest.char_indices().skip(start) {
        in_use |= rest[start..at].trim() == "use";
        match c {
            '{' => depth += 1,
            '}' => {
                depth -= 1;
                if depth == 0 && !in_use {
                    return at + 1;
                }
            }
            ';' if depth == 0 => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// Every path of two or more parts that `code` mentions, groups in braces taken apart.
pub fn mentions(code: &str) -> Vec<Mention> {
    let mut found = Vec::new();
    let mut at = 0;
    let word = |c: char| c.is_alphanumeric() || c == '_';
    while let Some(c) = code[at..].chars().next() {
        let before = code[..at].trim_end();
        if word(c) && !c.is_numeric() {
            let line = code[..at].matches('\n').count() + 1;
            let (end, paths) = path(code, at);
            let continues = before.ends_with("::") || before.ends_with('.');
            if !continues {
                let whole = |parts: &Vec<String>| parts.len() > 1;
                found.extend(paths.into_iter().filter(whole).map(|parts| Mention { line, parts }));
            }
            at = end;
        } else {
            at += c.len_utf8();
        }
    }
    found
}

/// The path that begins at `at`: where it ends, and all paths that its groups stand for.
fn path(code: &str, at: usize) -> (usize, Vec<Vec<String>>) {
    let rest = &code[at..];
    let length = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
    let head = rest[..length].to_owned();
    let after = at + length;
    let Some(inner) = code[after..].strip_prefix("::") else { return (after, vec![vec![head]]) };
    let inner_at = after + 2;
    let with_head = |mut tail: Vec<String>| {
        tail.insert(0, head.clone());
        tail
    };
    if inner.starts_with('{') {
        let mut cursor = inner_at + 1;
        let mut all = Vec::new();
        loop {
            cursor += code[cursor..].len() - code[cursor..].trim_start().len();
            match code[cursor..].chars().next() {
                None => return (cursor, all),
                Some('}') => return (cursor + 1, all),
                Some(c) if c.is_alphanumeric() || c == '_' => {
                    let (end, tails) = path(code, cursor);
                    all.extend(tails.into_iter().map(with_head));
                    cursor = end;
                    // `as Name` renames what was found already
                    if let Some(renamed) = code[cursor..].strip_prefix(" as ") {
                        let name = renamed.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(renamed.len());
                        cursor += 4 + name;
                    }
                }
                Some(c) => cursor += c.len_utf8(),
            }
        }
    }
    if inner.starts_with(|c: char| c.is_alphabetic() || c == '_') {
        let (end, tails) = path(code, inner_at);
        return (end, tails.into_iter().map(with_head).collect());
    }
    (inner_at, vec![vec![head, "*".to_owned()]])
}

/// The module that a file under `src` is, as the parts of its path: `src/tui/key.rs` is `tui`, `key`.
pub fn module_of(file: &str) -> Vec<String> {
    let inside = file.trim_start_matches("src/").trim_end_matches(".rs");
    let mut parts: Vec<String> = inside.split('/').map(str::to_owned).collect();
    if matches!(parts.last().map(String::as_str), Some("mod" | "lib" | "main")) {
        parts.pop();
    }
    parts
}
