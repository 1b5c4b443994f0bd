//! Key values in the text of a filter: found from their first characters on, hashed when whole, never copied.

use std::ops::Range;

use crate::domain::key_value::{Digest32, digest, is_whole_value};

/// What a value begins with, in any case. Source: [`looks_secret`](crate::domain::key_value::looks_secret).
const PREFIXES: [&str; 4] = ["kdk_", "kdc_", "PMAK-", "PMAT-"];
/// What stands in the middle of a postman.gov.sg key, between its owner's name and the secret part.
const INFIX: &str = "_v1_";

/// The parts of `text` that must not be shown, in bytes: from where a key's value begins, whole or not, to the next
/// space.
///
/// This sees more than words that [look secret](crate::domain::key_value::looks_secret): also a value behind a quote, a
/// field's name or anything else it was pasted onto. A masked value (`kdk_…9fQ2`) is no secret.
pub fn secret_spans(text: &str) -> Vec<Range<usize>> {
    let mut spans = Vec::new();
    let mut at = 0;
    for chunk in text.split_inclusive(char::is_whitespace) {
        let word = chunk.trim_end();
        if let Some(found) = find(word, 0) {
            spans.push(at + found.start..at + word.len());
        }
        at += chunk.len();
    }
    spans
}

/// What a word holds of key values.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// Nothing.
    Text,
    /// Only whole values; the digest of each, once, in the order of the word.
    Values(Vec<Digest32>),
    /// At least one that is not whole, and what gave it away.
    Incomplete(&'static str),
}

/// Looks for key values anywhere in `word`.
pub(super) fn content(word: &str) -> Content {
    let mut values = Vec::new();
    let mut at = 0;
    while let Some(found) = find(word, at) {
        let rest = &word[found.start..];
        let end = rest.find(|c: char| !is_value_char(c)).unwrap_or(rest.len());
        let candidate = &rest[..end];
        if !is_whole_value(candidate) {
            return Content::Incomplete(found.sign);
        }
        let digest = digest(candidate);
        if !values.contains(&digest) {
            values.push(digest);
        }
        at = found.start + end;
    }
    if values.is_empty() { Content::Text } else { Content::Values(values) }
}

/// All that gives a value away.
#[cfg(test)]
pub(super) fn signs() -> impl Iterator<Item = &'static str> {
    PREFIXES.into_iter().chain([INFIX])
}

struct Found {
    start: usize,
    sign: &'static str,
}

/// The first value that begins at `from` or later.
fn find(word: &str, from: usize) -> Option<Found> {
    let rest = word.get(from..)?;
    let prefixed = rest.char_indices().find_map(|(at, _)| {
        let sign = PREFIXES.into_iter().find(|prefix| begins(&rest[at..], prefix))?;
        (!is_masked(&rest[at + sign.len()..])).then_some(Found { start: from + at, sign })
    });
    let infixed = rest.char_indices().find(|(at, _)| begins(&rest[*at..], INFIX)).map(|(at, _)| {
        let opening = |c: char| matches!(c, ':' | '"' | '\'' | '=' | ',' | ';' | '(' | '[' | '{' | '<');
        let start = rest[..at].rfind(opening).map_or(0, |delimiter| delimiter + 1);
        let dash = usize::from(from == 0 && start == 0 && rest.starts_with('-'));
        Found { start: from + start + dash, sign: INFIX }
    });
    prefixed.into_iter().chain(infixed).min_by_key(|found| found.start)
}

fn begins(text: &str, start: &str) -> bool {
    text.get(..start.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(start))
}

/// Whether what stands behind a prefix is `…` and at most four characters: what every table shows.
fn is_masked(rest: &str) -> bool {
    rest.strip_prefix('…').is_some_and(|last| last.chars().take_while(|c| is_value_char(*c)).count() <= 4)
}

fn is_value_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '+' | '/')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::key_value::{KeyKind, mint};

    fn value() -> String {
        let zeros = |buffer: &mut [u8]| {
            buffer.fill(7);
            Ok::<_, std::convert::Infallible>(())
        };
        mint(KeyKind::ApiKey, zeros).unwrap().expose().to_owned()
    }

    #[test]
    fn what_is_hidden_of_the_text() {
        for (text, hidden) in [
            ("ana kdk_", vec!["kdk_"]),
            ("owner:ana KDK_abc ben", vec!["KDK_abc"]),
            ("-pmak-0 \"PMAT-1\" x", vec!["pmak-0", "PMAT-1\""]),
            ("key:kdc_9 ownerkdk_9", vec!["kdc_9", "kdk_9"]),
            ("alice_v1_x -bob_v1_ owner:eve_v1_y a=\"eve_v1_", vec!["alice_v1_x", "bob_v1_", "eve_v1_y", "eve_v1_"]),
            ("é_V1_ü", vec!["é_V1_ü"]),
            ("kdk_…9fQ2 PMAK-…", vec![]),
            ("kdk_…9fQ2a kdk_…x,kdk_y", vec!["kdk_…9fQ2a", "kdk_y"]),
            ("kdk kd PMA v1 ana", vec![]),
            ("", vec![]),
        ] {
            let spans = secret_spans(text);
            assert_eq!(spans.into_iter().map(|span| &text[span]).collect::<Vec<_>>(), hidden, "{text}");
        }
    }

    #[test]
    fn every_word_that_looks_secret_is_hidden() {
        for sign in signs() {
            let word = format!("{sign}x");
            assert!(crate::domain::key_value::looks_secret(&word));
            assert_eq!(secret_spans(&word), vec![0..word.len()]);
        }
    }

    #[test]
    fn whole_values_are_hashed_wherever_they_stand() {
        let value = value();
        for word in [value.clone(), format!("{value},"), format!("x={value}."), format!("\"{value}\"")] {
            assert_eq!(content(&word), Content::Values(vec![digest(&value)]));
        }
        assert_eq!(content(&format!("{value},{value}")), Content::Values(vec![digest(&value)]));
        assert_eq!(content(&value[..39]), Content::Incomplete("kdk_"));
        assert_eq!(content(&format!("{value},pmat-")), Content::Incomplete("PMAT-"));
        assert_eq!(content("kdk_…9fQ2"), Content::Text);
    }
}
