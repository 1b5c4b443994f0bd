//! Keeping values out of what a program says.

use std::ops::Range;
use std::path::Path;

use zeroize::Zeroizing;

use crate::domain::key_value::{fingerprint, mask};
use crate::domain::secret::Secret;
use crate::domain::untrusted::visible;
use crate::domain::values::{Found, Runs, find};

/// Shorter texts stand everywhere by chance; and they are no secret that could be kept.
const SHORTEST: usize = 4;

/// `text` with every run of characters of one of the `secrets`, in any usual dress, the fingerprints of them, and
/// everything else that is a key's value or a part of one, masked.
pub fn redacted(text: &str, secrets: &[&Secret]) -> Zeroizing<String> {
    let mut hidden: Vec<(Range<usize>, String)> = Vec::new();
    for secret in secrets {
        let value = secret.expose();
        let fingerprints = [fingerprint(value), fingerprint(&format!("{value}\n"))];
        // one on several lines is told line by line too
        let lines = value.lines().map(str::trim).filter(|line| *line != value);
        let parts = std::iter::once(value).chain(lines).chain(fingerprints.iter().map(String::as_str));
        for part in parts.filter(|part| part.len() >= SHORTEST) {
            hidden.extend(Runs::of(part).find(text).into_iter().map(|span| (span, mask(value))));
        }
    }
    let others = find(text);
    hidden.extend(others.iter().filter(|found| is_hidden(found)).map(|found| (found.span.clone(), found.shown())));
    hidden.sort_by_key(|(span, _)| (span.start, usize::MAX - span.end));
    let mut clean = Zeroizing::new(String::with_capacity(text.len()));
    let mut done = 0;
    for (span, shown) in hidden {
        if span.end <= done {
            continue;
        }
        let start = floor(text, span.start);
        if start >= done {
            clean.push_str(&text[done..start]);
            clean.push_str(&shown);
        }
        done = ceiling(text, span.end);
    }
    clean.push_str(&text[done..]);
    clean
}

/// Whether something that nobody named is kept from being told: a prefix or one letter behind it is no part of a value.
fn is_hidden(found: &Found) -> bool {
    use crate::domain::values::Form;
    match found.form {
        Form::Part { shown } => shown > 1,
        _ => found.tells(),
    }
}

fn floor(text: &str, at: usize) -> usize {
    (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

fn ceiling(text: &str, at: usize) -> usize {
    (at..text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len())
}

/// A name that a person wrote (of a program, a variable, an item) as it may be shown: visible, and masked when a value
/// stands where the name belongs.
pub fn shown(name: &str) -> String {
    visible(&redacted(name, &[])).into_owned()
}

pub fn path_shown(path: &Path) -> String {
    shown(&path.to_string_lossy())
}
