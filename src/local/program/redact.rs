//! Keeping values out of what a program says.

use std::path::Path;

use base64::Engine;
use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};
use zeroize::Zeroizing;

use crate::domain::key_value::{fingerprint, hex, looks_secret, mask, values_in};
use crate::domain::secret::Secret;
use crate::domain::untrusted::visible;

/// Shorter texts stand everywhere by chance; and they are no secret that could be kept.
const SHORTEST: usize = 4;
/// From here on a text is found by chance nowhere, wherever its lines end.
const LONG: usize = 16;
/// What most programs encode in an address; some encode all that is no letter or digit.
const QUERY: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'&')
    .add(b'+')
    .add(b'/')
    .add(b'<')
    .add(b'=')
    .add(b'>')
    .add(b'?')
    .add(b'@');

/// `text` with every one of the `secrets`, in any usual dress, and everything else that is a key's value, masked.
pub fn redacted(text: &str, secrets: &[&Secret]) -> Zeroizing<String> {
    let mut clean = Zeroizing::new(text.to_owned());
    for secret in secrets {
        // one on several lines is told line by line too
        let value = secret.expose();
        let lines = value.lines().map(str::trim).filter(|line| *line != value);
        for part in std::iter::once(value).chain(lines).filter(|part| part.len() >= SHORTEST) {
            let mask = mask(value);
            for form in dresses(part) {
                if form.len() >= SHORTEST && clean.contains(form.as_str()) {
                    clean = Zeroizing::new(clean.replace(form.as_str(), &mask));
                }
            }
        }
    }
    // on several lines, as base64 is wrapped, it is not found to be masked; then nothing is told
    let whole: Zeroizing<String> = Zeroizing::new(clean.split_whitespace().collect());
    let values = secrets.iter().map(|secret| secret.expose()).filter(|value| value.len() >= LONG);
    if values.flat_map(dresses).any(|form| form.len() >= LONG && whole.contains(form.as_str())) {
        return Zeroizing::new("what it said holds a secret value, and is not told".to_owned());
    }
    let foreign: Vec<Zeroizing<String>> = values_in(&clean).map(|value| Zeroizing::new(value.to_owned())).collect();
    for value in foreign {
        clean = Zeroizing::new(clean.replace(value.as_str(), &mask(&value)));
    }
    hide_beginnings(&clean)
}

/// Every word that begins as a key's value does: part of one, or one of a form that is not known.
fn hide_beginnings(text: &str) -> Zeroizing<String> {
    let mut clean = Zeroizing::new(String::with_capacity(text.len()));
    let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    for run in text.split_inclusive(|c: char| !is_word(c)) {
        let word = run.trim_end_matches(|c: char| !is_word(c));
        // a mask is a beginning and nothing more
        if word.len() > 5 && looks_secret(word) {
            clean.push('…');
            clean.push_str(&run[word.len()..]);
        } else {
            clean.push_str(run);
        }
    }
    clean
}

/// A value as it may stand in what a program says, the longest forms first.
fn dresses(value: &str) -> Vec<Zeroizing<String>> {
    let mut forms = vec![
        value.to_owned(),
        fingerprint(value),
        fingerprint(value).to_uppercase(),
        fingerprint(&format!("{value}\n")),
        hex(value.as_bytes()),
        hex(value.as_bytes()).to_uppercase(),
        utf8_percent_encode(value, QUERY).to_string(),
        utf8_percent_encode(value, NON_ALPHANUMERIC).to_string(),
        serde_json::to_string(value).map(|json| json.trim_matches('"').to_owned()).unwrap_or_default(),
    ];
    // in base64 the same bytes look different by where they begin; what depends on neighbours is left away
    for before in 0..3_usize {
        let bytes = Zeroizing::new([&b"\0\0"[..before.min(2)], value.as_bytes()].concat());
        let first = [0, 2, 3][before];
        let whole = bytes.len() / 3 * 4;
        for engine in [&BASE64_STANDARD_NO_PAD, &BASE64_URL_SAFE_NO_PAD] {
            let encoded = Zeroizing::new(engine.encode(bytes.as_slice()));
            // the whole ends in characters that depend on what follows
            forms.push(encoded.get(first..).unwrap_or_default().to_owned());
            forms.push(encoded.get(first..whole).unwrap_or_default().to_owned());
        }
    }
    forms.sort_by_key(|form| std::cmp::Reverse(form.len()));
    forms.dedup();
    forms.into_iter().map(Zeroizing::new).collect()
}

/// A name that a person wrote (of a program, a variable, an item) as it may be shown: visible, and masked when a value
/// stands where the name belongs.
pub fn shown(name: &str) -> String {
    visible(&redacted(name, &[])).into_owned()
}

pub fn path_shown(path: &Path) -> String {
    shown(&path.to_string_lossy())
}
