//! One value in a YAML, JSON or TOML file: where it stands, and the same text with another value there. A parser only says
//! where the value begins and ends; the bytes around it are never written anew, so that comments, order, quotes, blanks and
//! line ends stay as they are.
//!
//! What the parsers copy of the text is not wiped from memory, what is read and written is.

mod json;
mod toml;
mod yaml;

use std::fmt::Write;
use std::ops::Range;

use zeroize::Zeroizing;

use super::line_number;
use crate::domain::rotation::{Format, KeyPath};
use crate::local::program::shown;

const BOM: &str = "\u{feff}";

/// Why one value of a file could not be read or changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It is not text in this form; with the line, where that is known.
    #[error("cannot be read as {form}{}", in_line(*line))]
    Malformed { form: &'static str, line: Option<usize> },
    /// No value of this name is there.
    #[error("has no such value")]
    Missing,
    /// Several are there, in these lines.
    #[error("has it in several places, lines {}", listed(lines))]
    Several { lines: Vec<usize> },
    /// What is there is no text in one line.
    #[error("has {what} there, in line {line}")]
    NotText { what: &'static str, line: usize },
    /// What is there says where the value is.
    #[error("has {what} there, in line {line}")]
    Elsewhere { what: String, line: usize },
    /// It is kept by sops, with a checksum over everything.
    #[error("is kept by sops")]
    Sops,
    /// The value cannot be written there so that it is read as it is, or not without changing something else.
    #[error("cannot hold such a value there")]
    NotFit,
}

fn in_line(line: Option<usize>) -> String {
    line.map(|line| format!(", from line {line} on")).unwrap_or_default()
}

fn listed(lines: &[usize]) -> String {
    lines.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and ")
}

impl Refused {
    /// What to do about it.
    pub fn hint(&self, format: Format) -> &'static str {
        match (self, format) {
            (Self::Malformed { .. }, _) => "mend the file, or name the place by its right form",
            (Self::Missing, Format::Newmanrc) => "put \"postmanApiKey\": \"\" into it first",
            (Self::Missing, Format::PostmanEnvironment) => "make the variable in Postman and export it anew",
            (Self::Missing, _) => "put the key there first, with \"\" as its value",
            (Self::Several { .. }, _) => "leave one of them, or name places that are told apart",
            (Self::NotText { .. }, _) => "write it as one line of text in quotes first, or name another value",
            (Self::Elsewhere { .. }, _) => "name the place that it leads to, or write the value itself there first",
            (Self::Sops, _) => "name a command that writes it with sops set",
            (Self::NotFit, _) => "edit the file yourself, or use a file that holds nothing but the value",
        }
    }
}

/// What stands at the end of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Content {
    /// A text in one line, and its quotes; none: it is bare.
    Text(Zeroizing<String>, Option<u8>),
    /// Something else, in a word or two.
    Other(&'static str),
    /// Something that leads to a value elsewhere.
    Elsewhere(String),
}

/// A value with its path.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Leaf {
    path: Vec<String>,
    /// The bytes of a text, with its quotes.
    span: Range<usize>,
    content: Content,
}

/// A text of a file as others see it.
#[derive(Clone, Debug)]
pub struct Held {
    /// What names it in a place's notation.
    pub key: String,
    pub value: Zeroizing<String>,
    /// From 1.
    pub line: usize,
    /// Whether it is turned off, as Postman's variables can be.
    pub is_off: bool,
}

fn leaves(format: Format, text: &str) -> Result<Vec<Leaf>, Refused> {
    let body = text.strip_prefix(BOM).unwrap_or(text);
    let skipped = text.len() - body.len();
    let mut leaves = match format {
        Format::Yaml => yaml::leaves(body)?,
        Format::Toml => toml::leaves(body)?,
        Format::Json | Format::Newmanrc | Format::PostmanEnvironment => json::leaves(body)?,
    };
    for leaf in &mut leaves {
        leaf.span = leaf.span.start + skipped..leaf.span.end + skipped;
    }
    Ok(leaves)
}

/// The number of the line that the byte `at` is in, from 1.
fn line(text: &str, at: usize) -> usize {
    line_number(text.as_bytes(), at.min(text.len()))
}

/// Every text of a file, in order.
pub fn all(format: Format, text: &[u8]) -> Result<Vec<Held>, Refused> {
    let text = as_text(format, text)?;
    let leaves = leaves(format, text)?;
    let of = |leaf: &Leaf| match &leaf.content {
        Content::Text(value, _) => {
            let (key, is_off) = named(format, &leaves, leaf)?;
            Some(Held { key, value: value.clone(), line: line(text, leaf.span.start), is_off })
        }
        _ => None,
    };
    Ok(leaves.iter().filter_map(of).collect())
}

/// What names a leaf in a place's notation, and whether it is turned off; none where nothing does.
fn named(format: Format, leaves: &[Leaf], leaf: &Leaf) -> Option<(String, bool)> {
    if format != Format::PostmanEnvironment {
        return Some((KeyPath(leaf.path.clone()).to_string(), false));
    }
    let [values, at, value] = &leaf.path[..] else { return None };
    if values != "values" || value != "value" {
        return None;
    }
    let beside = |name: &str| leaves.iter().find(|leaf| leaf.path == ["values", at.as_str(), name]);
    let Content::Text(key, _) = &beside("key")?.content else { return None };
    let is_off = beside("enabled").is_some_and(|leaf| leaf.content == Content::Other("false"));
    Some((key.to_string(), is_off))
}

fn as_text(format: Format, text: &[u8]) -> Result<&str, Refused> {
    let at = |error: std::str::Utf8Error| Refused::Malformed {
        form: form(format),
        line: Some(line_number(text, error.valid_up_to())),
    };
    std::str::from_utf8(text).map_err(at)
}

fn form(format: Format) -> &'static str {
    match format {
        Format::Yaml => "YAML",
        Format::Toml => "TOML",
        Format::Json | Format::Newmanrc => "JSON",
        Format::PostmanEnvironment => "an environment exported from Postman",
    }
}

/// The one text that `key` names.
fn find(format: Format, text: &str, key: &str) -> Result<(Vec<Leaf>, usize), Refused> {
    let leaves = leaves(format, text)?;
    if leaves.iter().any(|leaf| leaf.path == ["sops", "mac"]) {
        return Err(Refused::Sops);
    }
    let path: KeyPath = key.parse().unwrap_or_default();
    let is_meant = |leaf: &Leaf| match format {
        Format::PostmanEnvironment => named(format, &leaves, leaf).is_some_and(|(name, _)| name == key),
        _ => leaf.path == path.0,
    };
    let found: Vec<usize> = (0..leaves.len()).filter(|at| is_meant(&leaves[*at])).collect();
    let at = match found[..] {
        [] if format == Format::PostmanEnvironment && !leaves.iter().any(|leaf| leaf.path == ["values"]) => {
            return Err(Refused::Malformed { form: form(format), line: None });
        }
        [] => return Err(Refused::Missing),
        [at] => at,
        _ => {
            return Err(Refused::Several {
                lines: found.iter().map(|at| line(text, leaves[*at].span.start)).collect(),
            });
        }
    };
    let line = line(text, leaves[at].span.start);
    match &leaves[at].content {
        Content::Text(..) => Ok((leaves, at)),
        Content::Other(what) => Err(Refused::NotText { what, line }),
        Content::Elsewhere(what) => Err(Refused::Elsewhere { what: shown(what), line }),
    }
}

/// What `key` is in `text`.
///
/// # Errors
/// When it is not there once, as a text in one line.
pub fn value(format: Format, text: &[u8], key: &str) -> Result<Zeroizing<String>, Refused> {
    let (mut leaves, at) = find(format, as_text(format, text)?, key)?;
    match leaves.swap_remove(at).content {
        Content::Text(value, _) => Ok(value),
        _ => Err(Refused::Missing),
    }
}

/// `text` with `key` having `value`; nothing else changes, not in its bytes and not in what a parser reads.
///
/// # Errors
/// As for [`value()`], and when the value cannot stand there.
pub fn set(format: Format, text: &[u8], key: &str, value: &str) -> Result<Zeroizing<Vec<u8>>, Refused> {
    let text = as_text(format, text)?;
    let (before, at) = find(format, text, key)?;
    let Leaf { span, content, .. } = &before[at];
    let Content::Text(_, quote) = content else { return Err(Refused::Missing) };
    for quote in [*quote, Some(b'\''), Some(b'"')] {
        let Some(dressed) = dressed(format, value, quote) else { continue };
        let mut edited = Zeroizing::new(String::with_capacity(text.len() + dressed.len()));
        edited.push_str(&text[..span.start]);
        edited.push_str(&dressed);
        edited.push_str(&text[span.end..]);
        // the proof that it is read as it was meant
        let Ok(after) = leaves(format, &edited) else { continue };
        let same = |(i, (was, is)): (usize, (&Leaf, &Leaf))| {
            was.path == is.path
                && match &is.content {
                    Content::Text(read, _) if i == at => **read == *value,
                    content => i != at && *content == was.content,
                }
        };
        if before.len() == after.len() && before.iter().zip(&after).enumerate().all(same) {
            return Ok(Zeroizing::new(std::mem::take(&mut *edited).into_bytes()));
        }
    }
    Err(Refused::NotFit)
}

/// The value in quotes of this kind; none where they cannot hold it.
fn dressed(format: Format, value: &str, quote: Option<u8>) -> Option<Zeroizing<String>> {
    let is_yaml = format == Format::Yaml;
    let mut dressed = Zeroizing::new(String::with_capacity(value.len() * 2 + 2));
    match quote {
        None if is_yaml => {
            let plain = |c: char| c.is_ascii_alphanumeric() || "_-+/.=".contains(c);
            if !value.starts_with(|c: char| c.is_ascii_alphanumeric()) || !value.chars().all(plain) {
                return None;
            }
            dressed.push_str(value);
        }
        Some(b'\'') if is_yaml || format == Format::Toml => {
            if value.contains(|c: char| c.is_control() || c == '\'') {
                return None;
            }
            dressed.push('\'');
            dressed.push_str(value);
            dressed.push('\'');
        }
        Some(b'"') => {
            dressed.push('"');
            for c in value.chars() {
                match c {
                    '"' | '\\' => {
                        dressed.push('\\');
                        dressed.push(c);
                    }
                    c if c.is_control() => write!(dressed, "\\u{:04x}", u32::from(c)).ok()?,
                    c => dressed.push(c),
                }
            }
            dressed.push('"');
        }
        _ => return None,
    }
    Some(dressed)
}

#[cfg(test)]
mod tests;
