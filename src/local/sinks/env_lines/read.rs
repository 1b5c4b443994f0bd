//! Which bytes of an environment file's text give a name its value.

use std::ops::Range;

use crate::domain::rotation::EnvRules;

pub const BOM: &[u8] = b"\xef\xbb\xbf";

/// One `NAME=value`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    pub name: Range<usize>,
    /// The value, without quotes.
    pub value: Range<usize>,
    pub quote: Option<u8>,
    /// From the line's first byte up to and with the line's end.
    pub line: Range<usize>,
    /// Whether `export` stands before it.
    pub exported: bool,
    /// Whether loaders read the value in different ways.
    pub odd: bool,
    /// Whether nothing else stands in its line but a comment.
    pub alone: bool,
}

/// A text, read.
#[derive(Debug, Default)]
pub struct Lines {
    /// Every assignment, in order.
    pub assignments: Vec<Assignment>,
    /// The lines that are neither assignments nor blank nor comments, without their ends.
    pub others: Vec<Range<usize>>,
}

/// Reads a text by these rules.
pub fn lines(text: &[u8], rules: EnvRules) -> Lines {
    let mut lines = Lines::default();
    let mut at = if text.starts_with(BOM) { BOM.len() } else { 0 };
    while at < text.len() {
        let from = lines.assignments.len();
        let next = match rules {
            EnvRules::Common => statements(text, at, &mut lines.assignments),
            EnvRules::Systemd => setting(text, at).map(|one| {
                let end = one.line.end;
                lines.assignments.push(one);
                end
            }),
        };
        let found = &mut lines.assignments[from..];
        let is_shared = found.len() > 1;
        for one in found {
            one.alone &= !is_shared;
        }
        at = next.unwrap_or_else(|| {
            let end = line_end(text, at);
            let start = skip_blanks(text, at);
            let comment = |byte: &u8| *byte == b'#' || (rules == EnvRules::Systemd && *byte == b';');
            if start < end.start && !text.get(start).is_some_and(comment) {
                lines.others.push(start..end.start);
            }
            end.end
        });
    }
    lines
}

pub fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

fn skip_blanks(text: &[u8], from: usize) -> usize {
    from + text[from..].iter().take_while(|byte| is_blank(**byte)).count()
}

/// The end of the line that `from` is in: its `\n`, `\r\n` or `\r`, empty at the end of the text.
pub fn line_end(text: &[u8], from: usize) -> Range<usize> {
    let Some(start) = text[from..].iter().position(|byte| matches!(byte, b'\n' | b'\r')).map(|at| from + at) else {
        return text.len()..text.len();
    };
    start..start + if text[start..].starts_with(b"\r\n") { 2 } else { 1 }
}

/// Where the value of an assignment is that begins at `at`, what its name is and whether blanks stand around the `=`.
fn begin(text: &[u8], at: usize) -> Option<(Range<usize>, usize, bool)> {
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    let name = at..at + text[at..].iter().take_while(|byte| is_name(byte)).count();
    let equals = skip_blanks(text, name.end);
    if name.is_empty() || text.get(equals) != Some(&b'=') {
        return None;
    }
    let value = skip_blanks(text, equals + 1);
    let spaced = equals > name.end || value > equals + 1;
    Some((name, value, spaced))
}

/// Whether an assignment begins at `at` with nothing between its name and its `=`.
fn begins_tight(text: &[u8], at: usize) -> bool {
    begin(text, at).is_some_and(|(name, ..)| text.get(name.end) == Some(&b'='))
}

/// What stands behind a value in its line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Behind {
    /// Nothing, or a comment.
    Nothing,
    /// Another assignment of the same statement, which begins here.
    Assignment(usize),
    /// The end of the statement, and perhaps another one, which begins here.
    Statement(usize),
    /// What loaders read in different ways.
    Odd,
}

/// What stands at `at`, up to `end`.
fn behind(text: &[u8], at: usize, end: usize) -> Behind {
    let next = skip_blanks(text, at).min(end);
    let rest = &text[next..end];
    match rest {
        [] => Behind::Nothing,
        [b'#', ..] if next > at => Behind::Nothing,
        [b'&', b'&', ..] | [b'|', b'|', ..] => Behind::Statement(skip_blanks(text, next + 2)),
        [b';', b';', ..] => Behind::Odd,
        [b';', ..] => Behind::Statement(skip_blanks(text, next + 1)),
        _ if next > at && begins_tight(text, next) => Behind::Assignment(next),
        _ => Behind::Odd,
    }
}

/// The assignments of the line that begins at `start`, as shells and the dotenv libraries read it, and where the next line
/// begins; none where it does not begin with one.
fn statements(text: &[u8], start: usize, found: &mut Vec<Assignment>) -> Option<usize> {
    let mut at = skip_blanks(text, start);
    let mut exported = export(text, &mut at);
    let mut first = true;
    loop {
        let (name, value, spaced) = begin(text, at).filter(|_| first || begins_tight(text, at))?;
        let quote = text.get(value).copied().filter(|byte| matches!(byte, b'"' | b'\'' | b'`'));
        let end = line_end(text, value);
        let add = |value, quote, end: &Range<usize>, odd, alone| Assignment {
            name: name.clone(),
            value,
            quote,
            line: start..end.end,
            exported,
            odd,
            alone,
        };
        let (value, end, next) = if let Some(quote) = quote {
            let Some(close) = closing(text, value + 1, quote) else {
                found.push(add(value..end.start, None, &end, true, true));
                return Some(end.end);
            };
            let end = line_end(text, close);
            let behind = match text.get(close + 1) {
                // a comment may stand close to a quote
                Some(b'#') => Behind::Nothing,
                _ => behind(text, close + 1, end.start),
            };
            (value + 1..close, end, behind)
        } else {
            let (word, behind) = bare(text, value, end.start, spaced);
            (word, end, behind)
        };
        let alone = match next {
            Behind::Statement(next) => next >= end.start,
            Behind::Assignment(_) => false,
            Behind::Nothing | Behind::Odd => true,
        };
        found.push(add(value, quote, &end, next == Behind::Odd, alone && first));
        match next {
            Behind::Nothing | Behind::Odd => return Some(end.end),
            Behind::Assignment(next) => at = next,
            Behind::Statement(next) => {
                at = next;
                exported = export(text, &mut at);
                if !begins_tight(text, at) {
                    // a command, which is no matter of ours
                    return Some(end.end);
                }
            }
        }
        first = false;
    }
}

/// Whether `export` stands at `at`, which is moved behind it then.
fn export(text: &[u8], at: &mut usize) -> bool {
    let is_there =
        text[*at..].strip_prefix(b"export").and_then(|rest| rest.first()).is_some_and(|byte| is_blank(*byte));
    if is_there {
        *at = skip_blanks(text, *at + 6);
    }
    is_there
}

/// A value without quotes that begins at `at`, in a line up to `end`, and what stands behind it. With blanks around the
/// `=`, no shell reads it, and the value goes up to a comment.
fn bare(text: &[u8], at: usize, end: usize, spaced: bool) -> (Range<usize>, Behind) {
    let (word, is_odd) = word(text, at, end);
    let next = if is_odd { Behind::Odd } else { behind(text, word, end) };
    if spaced || next == Behind::Odd || text.get(at) == Some(&b'#') {
        let whole = &text[at..end];
        let comment = (1..whole.len()).find(|i| whole[*i] == b'#' && is_blank(whole[i - 1]));
        let whole = &whole[..comment.unwrap_or(whole.len())];
        let length = whole.iter().rposition(|byte| !is_blank(*byte)).map_or(0, |last| last + 1);
        let is_odd = whole.first() == Some(&b'#') || whole.ends_with(b"\\") || !spaced;
        return (at..at + length, if is_odd { Behind::Odd } else { Behind::Nothing });
    }
    (at..word, next)
}

/// Where a shell's word without quotes ends that begins at `at`, and whether something in it is read in different ways.
fn word(text: &[u8], mut at: usize, end: usize) -> (usize, bool) {
    while at < end {
        let skipped = match text[at] {
            byte if is_blank(byte) => break,
            b';' => break,
            b'&' | b'|' if text.get(at + 1) == Some(&text[at]) => break,
            b'&' | b'|' | b'<' | b'>' | b'(' | b')' | b'"' | b'\'' | b'\\' | b'`' => return (at, true),
            b'$' if text.get(at + 1) == Some(&b'(') => matching(text, at + 1, end, b'(', b')'),
            b'$' if text.get(at + 1) == Some(&b'{') => matching(text, at + 1, end, b'{', b'}'),
            _ => Some(at),
        };
        let Some(last) = skipped else { return (at, true) };
        at = last + 1;
    }
    (at, false)
}

/// Where what is opened at `at` is closed.
fn matching(text: &[u8], at: usize, end: usize, open: u8, close: u8) -> Option<usize> {
    let mut depth = 0_usize;
    (at..end).find(|i| {
        depth = depth + usize::from(text[*i] == open) - usize::from(text[*i] == close);
        depth == 0
    })
}

/// Where the quote that ends a value is: the first one, if what stands behind it in its line is nothing, a comment, or
/// goes on as a shell's line does.
fn closing(text: &[u8], from: usize, quote: u8) -> Option<usize> {
    let close = first_quote(text, from, quote)?;
    let end = line_end(text, close).start;
    let ends = text.get(close + 1) == Some(&b'#') || behind(text, close + 1, end) != Behind::Odd;
    ends.then_some(close)
}

/// The first quote that no backslash stands before, which counts within `"` only.
fn first_quote(text: &[u8], from: usize, quote: u8) -> Option<usize> {
    let mut escaped = false;
    let here = text[from..].iter().position(|byte| {
        let here = *byte == quote && !escaped;
        escaped = quote == b'"' && *byte == b'\\' && !escaped;
        here
    });
    here.map(|at| from + at)
}

/// The assignment at `start` as systemd reads it. Source: systemd.exec(5), `EnvironmentFile=`.
fn setting(text: &[u8], start: usize) -> Option<Assignment> {
    let (name, value, _) = begin(text, skip_blanks(text, start))?;
    let is_variable = text[name.clone()].iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    if !is_variable || text[name.start].is_ascii_digit() {
        return None;
    }
    let add = |value, quote, end: Range<usize>, odd| Assignment {
        name: name.clone(),
        value,
        quote,
        line: start..end.end,
        exported: false,
        odd,
        alone: true,
    };
    let end = line_end(text, value);
    if let Some(quote) = text.get(value).copied().filter(|byte| matches!(byte, b'"' | b'\'')) {
        if let Some(close) = first_quote(text, value + 1, quote) {
            let end = line_end(text, close);
            if skip_blanks(text, close + 1) >= end.start {
                return Some(add(value + 1..close, Some(quote), end, false));
            }
        }
        return Some(add(value..end.start, None, end, true));
    }
    let bare = &text[value..end.start];
    let length = bare.iter().rposition(|byte| !is_blank(*byte)).map_or(0, |last| last + 1);
    let odd = bare.iter().any(|byte| matches!(byte, b'\\' | b'"' | b'\''));
    Some(add(value..value + length, None, end, odd))
}
