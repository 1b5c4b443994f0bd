//! The lines of an environment file, as bytes: which of them give a name its value, and where exactly.
//!
//! Understood is what the loaders agree on: `NAME=value`, `export NAME=value`, values bare or in `'`, `"` or a backtick,
//! quoted ones over several lines, `#` after a space as a comment; and what only a shell reads, where it is clear which
//! word is the value: `export A=1 B=2`, `A=1; export B=2`, `A=1 && …`. A value is the text as it stands between its quotes;
//! escapes and `${…}` in it are not resolved, so that it can be put back as it was.

mod foreign;
mod read;

use std::ops::Range;

use zeroize::Zeroizing;

use super::line_number;
use crate::domain::rotation::EnvRules;
pub use foreign::{Foreign, foreign, is_exported};
use read::{Assignment, BOM, line_end};

/// Why a file's text could not be edited.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It has a zero byte, as UTF-16 and binary files do.
    #[error("is not a text file")]
    NotText,
    /// The value has a form that loaders read in different ways.
    #[error("has a value there that loaders read in different ways")]
    Odd,
    /// The value cannot stand there.
    #[error("cannot hold such a value")]
    NotFit,
    /// Its line cannot be removed without the others'.
    #[error("stands in one line with other settings")]
    Shared,
    /// There is no such line, and the file is not one of such lines.
    #[error("has no line there, {}", not_added(.0))]
    Foreign(Foreign),
}

/// Why a line is not added.
fn not_added(foreign: &Foreign) -> String {
    match foreign {
        Foreign::Json => "and the file is JSON".to_owned(),
        Foreign::Yaml => "and the file is YAML".to_owned(),
        Foreign::Sections { unit: true } => "and the file is a unit of systemd".to_owned(),
        Foreign::Sections { unit: false } => "and the file has [sections]".to_owned(),
        Foreign::OtherShell(shell) => format!("and the file is a script of {shell}"),
        Foreign::Other => "and the file has no lines of the form NAME=value".to_owned(),
        Foreign::OtherForm { line, form } => format!("but line {line} has it in the form {form}"),
        Foreign::OtherCase { line, name } => {
            format!("but line {line} has {}", crate::local::program::shown(name))
        }
    }
}

/// An assignment as others see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    pub name: &'a [u8],
    pub value: &'a [u8],
    /// Whether what reads it replaces `$NAME` and `$(command)` in it.
    pub expands: bool,
    /// From 1.
    pub number: usize,
}

/// Every assignment, in order.
pub fn all(text: &[u8], rules: EnvRules) -> Vec<Line<'_>> {
    let line = |one: Assignment| Line {
        name: &text[one.name.clone()],
        value: &text[one.value],
        expands: rules == EnvRules::Common && one.quote != Some(b'\''),
        number: line_number(text, one.name.start),
    };
    read::lines(text, rules).assignments.into_iter().map(line).collect()
}

/// The assignments of `name`.
fn of(text: &[u8], name: &str, rules: EnvRules) -> Result<Vec<Assignment>, Refused> {
    if text.contains(&0) {
        return Err(Refused::NotText);
    }
    let mut found = read::lines(text, rules).assignments;
    found.retain(|assignment| &text[assignment.name.clone()] == name.as_bytes());
    if found.iter().any(|assignment| assignment.odd) { Err(Refused::Odd) } else { Ok(found) }
}

/// What `name` is in `text`: the last one, as nearly every loader has it; and all there are.
///
/// # Errors
/// When the text is none, or a value is not clear.
pub fn values<'a>(text: &'a [u8], name: &str, rules: EnvRules) -> Result<Vec<&'a [u8]>, Refused> {
    Ok(of(text, name, rules)?.into_iter().map(|assignment| &text[assignment.value]).collect())
}

/// How careful a value is to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Care {
    /// A new value, which every loader must read as it is.
    Literal,
    /// What was read there before, to be put back as it stood.
    AsItStood,
}

/// `text` with `name` having `value`, in every place where it has one, or else in a new line at the end. Nothing else
/// changes.
///
/// # Errors
/// When the value cannot be written there so that it is read as it is, or the file is not one of such lines.
pub fn set(
    text: &[u8],
    (name, rules): (&str, EnvRules),
    value: &str,
    care: Care,
) -> Result<Zeroizing<Vec<u8>>, Refused> {
    let found = of(text, name, rules)?;
    if found.is_empty() {
        if let Some(foreign) = foreign(text, name, rules) {
            return Err(Refused::Foreign(foreign));
        }
        let edited = added(text, (name, rules), &dressed(value, None, care)?);
        return if is_meant(text, &edited, (name, rules), value, 1)? { Ok(edited) } else { Err(Refused::NotFit) };
    }
    // as it stood where that is possible, else in quotes
    for quote in [None, Some(Some(b'\'')), Some(Some(b'"'))] {
        let mut edited = Zeroizing::new(Vec::with_capacity(text.len() + (value.len() + 2) * found.len()));
        let mut done = 0;
        for assignment in &found {
            let quoted = dressed(value, quote.unwrap_or(assignment.quote), care)?;
            let Range { start, end } = assignment.value;
            let quote = usize::from(assignment.quote.is_some());
            edited.extend_from_slice(&text[done..start - quote]);
            edited.extend_from_slice(&quoted);
            done = end + quote;
        }
        edited.extend_from_slice(&text[done..]);
        if is_meant(text, &edited, (name, rules), value, found.len()).unwrap_or(false) {
            return Ok(edited);
        }
    }
    Err(Refused::NotFit)
}

/// `text` with one more line.
fn added(text: &[u8], (name, rules): (&str, EnvRules), value: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut edited = Zeroizing::new(Vec::with_capacity(text.len() + name.len() + value.len() + 12));
    edited.extend_from_slice(text);
    let ending = ending(text);
    let ends = text.is_empty() || text == BOM || text.ends_with(b"\n") || text.ends_with(b"\r");
    if !ends {
        edited.extend_from_slice(ending);
    }
    if is_exported(text, rules) {
        edited.extend_from_slice(b"export ");
    }
    edited.extend_from_slice(name.as_bytes());
    edited.push(b'=');
    edited.extend_from_slice(value);
    if ends {
        edited.extend_from_slice(ending);
    }
    edited
}

/// The proof that what was edited is read as it was meant: the name has the value so many times, and all others are as they
/// were.
fn is_meant(
    text: &[u8],
    edited: &[u8],
    (name, rules): (&str, EnvRules),
    value: &str,
    times: usize,
) -> Result<bool, Refused> {
    let read = values(edited, name, rules)?;
    let same = read.len() == times && read.iter().all(|read| *read == value.as_bytes());
    Ok(same && others(text, name, rules).eq(others(edited, name, rules)))
}

fn others<'a>(text: &'a [u8], name: &'a str, rules: EnvRules) -> impl Iterator<Item = (&'a [u8], &'a [u8])> {
    let all = read::lines(text, rules).assignments.into_iter().map(|one| (&text[one.name], &text[one.value]));
    all.filter(|(other, _)| *other != name.as_bytes())
}

/// The value in quotes that keep it as it is: those that were there, where they do.
fn dressed(value: &str, quote: Option<u8>, care: Care) -> Result<Zeroizing<Vec<u8>>, Refused> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-+/.:=@%,".contains(&byte);
    let fits = |quote: Option<u8>| match (care, quote) {
        (Care::AsItStood, _) => true,
        (_, None) => value.bytes().all(plain) && !value.is_empty(),
        (_, Some(b'\'')) => !value.contains(['\'', '\n', '\r', '\\']),
        (_, Some(quote)) => !value.contains([char::from(quote), '`', '\\', '$', '\n', '\r']),
    };
    let quote = [quote, Some(b'\''), Some(b'"')].into_iter().find(|quote| fits(*quote)).ok_or(Refused::NotFit)?;
    let mut dressed = Zeroizing::new(Vec::with_capacity(value.len() + 2));
    dressed.extend(quote);
    dressed.extend_from_slice(value.as_bytes());
    dressed.extend(quote);
    Ok(dressed)
}

/// `text` without the lines that give `name` a value.
///
/// # Errors
/// As for [`values`].
pub fn remove(text: &[u8], name: &str, rules: EnvRules) -> Result<Zeroizing<Vec<u8>>, Refused> {
    let mut edited = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut done = 0;
    for assignment in of(text, name, rules)? {
        if !assignment.alone {
            return Err(Refused::Shared);
        }
        let Range { start, end } = assignment.line;
        edited.extend_from_slice(&text[done..start]);
        // the last line has no end of its own, so the one before gives its away
        if end == text.len() && !matches!(text.last(), Some(b'\n' | b'\r')) {
            let kept = edited.len();
            let cut = if edited.ends_with(b"\r\n") {
                2
            } else {
                usize::from(edited.ends_with(b"\n") || edited.ends_with(b"\r"))
            };
            edited.truncate(kept - cut);
        }
        done = end;
    }
    edited.extend_from_slice(&text[done..]);
    Ok(edited)
}

/// How the text's lines end.
fn ending(text: &[u8]) -> &'static [u8] {
    let end = line_end(text, 0);
    match &text[end] {
        b"\r\n" => b"\r\n",
        b"\r" => b"\r",
        _ => b"\n",
    }
}

#[cfg(test)]
mod tests;
