//! What must not be drawn of a text that a person types or pastes, from a value's first characters on.

use std::ops::Range;

use super::{Form, Format, find};

/// A word of so many characters behind the beginning of a value may be the rest of it.
const REST: usize = 12;

/// The parts of `text` that must not be shown, in bytes, in order: from where a key's value begins, whole or not, encoded
/// or not, to the next space; and behind one that ends too early also the next word, if it may be the rest. A masked
/// value (`kdk_…9fQ2`) is no secret.
pub fn secret_spans(text: &str) -> Vec<Range<usize>> {
    let mut spans: Vec<Range<usize>> = Vec::new();
    for found in find(text) {
        if matches!(found.form, Form::Masked { .. }) && !found.tells() {
            continue;
        }
        let start = match found.format {
            Format::GovSgApiKey => name_start(text, found.span.start),
            _ => floor(text, found.span.start),
        };
        let mut end = word_end(text, ceiling(text, found.span.end));
        if !matches!(found.form, Form::Whole(_)) {
            let behind = text.len() - text[end..].trim_start().len();
            let rest_end = word_end(text, behind);
            let word = &text[behind..rest_end];
            let as_rest = word.bytes().filter(u8::is_ascii_alphanumeric).count();
            if behind > end && as_rest >= REST && !word.contains(':') {
                end = rest_end;
            }
        }
        match spans.last_mut() {
            Some(last) if last.end >= start => last.end = last.end.max(end),
            _ => spans.push(start..end),
        }
    }
    spans
}

/// What gives a value away that does not stand in `word` whole; none where it holds no value, or only whole ones.
pub fn sign_in(word: &str) -> Option<&'static str> {
    find(word)
        .into_iter()
        .find(|found| match found.form {
            Form::Whole(_) => false,
            Form::Masked { .. } => found.tells(),
            _ => true,
        })
        .map(|found| found.format.sign())
}

/// Where the name before `_v1_` begins: behind what opens a quotation, a field's value or the like.
fn name_start(text: &str, at: usize) -> usize {
    let at = floor(text, at);
    let opening =
        |c: char| c.is_whitespace() || matches!(c, ':' | '"' | '\'' | '=' | ',' | ';' | '(' | '[' | '{' | '<');
    let start = text[..at].char_indices().rev().find(|(_, c)| opening(*c)).map_or(0, |(at, c)| at + c.len_utf8());
    // a word that is left out begins with a dash
    start + usize::from(text[start..at.max(start)].starts_with('-'))
}

fn word_end(text: &str, from: usize) -> usize {
    text[from..].find(char::is_whitespace).map_or(text.len(), |length| from + length)
}

fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

fn ceiling(text: &str, at: usize) -> usize {
    (at..text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len())
}
