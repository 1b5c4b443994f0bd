//! The lines of an environment file, as bytes: which of them give a name its value, and where exactly.
//!
//! Understood is what the loaders agree on: `NAME=value`, `export NAME=value`, values bare or in `'`, `"` or a backtick,
//! quoted ones over several lines, `#` after a space as a comment. A value is the text as it stands between its quotes;
//! escapes and `${…}` in it are not resolved, so that it can be put back as it was.

use std::ops::Range;

use zeroize::Zeroizing;

const BOM: &[u8] = b"\xef\xbb\xbf";

/// Why a file's text could not be edited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
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
}

/// One `NAME=value`.
#[derive(Debug, PartialEq, Eq)]
struct Assignment {
    name: Range<usize>,
    /// The value, without quotes.
    value: Range<usize>,
    quote: Option<u8>,
    /// From the line's first byte up to and with the line's end.
    line: Range<usize>,
    odd: bool,
}

/// Every assignment, in order.
fn assignments(text: &[u8]) -> Vec<Assignment> {
    let mut found = Vec::new();
    let mut at = if text.starts_with(BOM) { BOM.len() } else { 0 };
    while at < text.len() {
        let next = match assignment(text, at) {
            Some(assignment) => {
                let end = assignment.line.end;
                found.push(assignment);
                end
            }
            None => line_end(text, at).end,
        };
        at = next;
    }
    found
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

fn skip_blanks(text: &[u8], from: usize) -> usize {
    from + text[from..].iter().take_while(|byte| is_blank(**byte)).count()
}

/// The end of the line that `from` is in: its `\n`, `\r\n` or `\r`, empty at the end of the text.
fn line_end(text: &[u8], from: usize) -> Range<usize> {
    let Some(start) = text[from..].iter().position(|byte| matches!(byte, b'\n' | b'\r')).map(|at| from + at) else {
        return text.len()..text.len();
    };
    start..start + if text[start..].starts_with(b"\r\n") { 2 } else { 1 }
}

fn assignment(text: &[u8], start: usize) -> Option<Assignment> {
    let mut at = skip_blanks(text, start);
    if let Some(rest) = text[at..].strip_prefix(b"export")
        && rest.first().copied().is_some_and(is_blank)
    {
        at = skip_blanks(text, at + 6);
    }
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    let name = at..at + text[at..].iter().take_while(|byte| is_name(byte)).count();
    at = skip_blanks(text, name.end);
    if name.is_empty() || text.get(at) != Some(&b'=') {
        return None;
    }
    at = skip_blanks(text, at + 1);
    let quote = text.get(at).copied().filter(|byte| matches!(byte, b'"' | b'\'' | b'`'));
    let end = line_end(text, at);
    if let Some(quote) = quote {
        if let Some(close) = closing(text, at + 1, quote) {
            let end = line_end(text, close);
            return Some(Assignment {
                name,
                value: at + 1..close,
                quote: Some(quote),
                line: start..end.end,
                odd: false,
            });
        }
        return Some(Assignment { name, value: at..end.start, quote: None, line: start..end.end, odd: true });
    }
    let bare = &text[at..end.start];
    let comment = (1..bare.len()).find(|i| bare[*i] == b'#' && is_blank(bare[i - 1]));
    let bare = &bare[..comment.unwrap_or(bare.len())];
    let length = bare.iter().rposition(|byte| !is_blank(*byte)).map_or(0, |last| last + 1);
    // a comment to some, a value to others
    let odd = bare.first() == Some(&b'#');
    Some(Assignment { name, value: at..at + length, quote: None, line: start..end.end, odd })
}

/// Where the quote that ends a value is: the first one, with nothing but blanks or a comment behind it in its line.
fn closing(text: &[u8], from: usize, quote: u8) -> Option<usize> {
    let mut escaped = false;
    let close = from
        + text[from..].iter().position(|byte| {
            let here = *byte == quote && !escaped;
            escaped = quote == b'"' && *byte == b'\\' && !escaped;
            here
        })?;
    let behind = skip_blanks(text, close + 1);
    let ends = text.get(behind).is_none_or(|byte| matches!(byte, b'\n' | b'\r' | b'#'));
    ends.then_some(close)
}

/// The assignments of `name`.
fn of(text: &[u8], name: &str) -> Result<Vec<Assignment>, Refused> {
    if text.contains(&0) {
        return Err(Refused::NotText);
    }
    let mut found = assignments(text);
    found.retain(|assignment| &text[assignment.name.clone()] == name.as_bytes());
    if found.iter().any(|assignment| assignment.odd) { Err(Refused::Odd) } else { Ok(found) }
}

/// What `name` is in `text`: the last one, as nearly every loader has it; and all there are.
///
/// # Errors
/// When the text is none, or a value is not clear.
pub fn values<'a>(text: &'a [u8], name: &str) -> Result<Vec<&'a [u8]>, Refused> {
    Ok(of(text, name)?.into_iter().map(|assignment| &text[assignment.value]).collect())
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
/// When the value cannot be written there so that it is read as it is.
pub fn set(text: &[u8], name: &str, value: &str, care: Care) -> Result<Zeroizing<Vec<u8>>, Refused> {
    let found = of(text, name)?;
    let mut edited = Zeroizing::new(Vec::with_capacity(text.len() + name.len() + value.len() * (found.len() + 1) + 8));
    let mut done = 0;
    for assignment in &found {
        let quoted = dressed(value, assignment.quote, care)?;
        let Range { start, end } = assignment.value;
        let quote = usize::from(assignment.quote.is_some());
        edited.extend_from_slice(&text[done..start - quote]);
        edited.extend_from_slice(&quoted);
        done = end + quote;
    }
    edited.extend_from_slice(&text[done..]);
    if found.is_empty() {
        let ending = ending(text);
        let ends = text.is_empty() || text == BOM || text.ends_with(b"\n") || text.ends_with(b"\r");
        if !ends {
            edited.extend_from_slice(ending);
        }
        edited.extend_from_slice(name.as_bytes());
        edited.push(b'=');
        edited.extend_from_slice(&dressed(value, None, care)?);
        if ends {
            edited.extend_from_slice(ending);
        }
    }
    // the proof that it is read as it was meant
    let read = values(&edited, name)?;
    let same = read.iter().all(|read| *read == value.as_bytes()) && read.len() == found.len().max(1);
    if same && others(text, name).eq(others(&edited, name)) { Ok(edited) } else { Err(Refused::NotFit) }
}

fn others<'a>(text: &'a [u8], name: &'a str) -> impl Iterator<Item = (&'a [u8], &'a [u8])> {
    let all = assignments(text).into_iter().map(|one| (&text[one.name], &text[one.value]));
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
pub fn remove(text: &[u8], name: &str) -> Result<Zeroizing<Vec<u8>>, Refused> {
    let mut edited = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut done = 0;
    for assignment in of(text, name)? {
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
