//! Key values in the text of a filter: hashed when whole, never copied.

use crate::domain::filter::fields::{Field, FieldHelp, TextField};
use crate::domain::key_value::Digest32;
use crate::domain::secret::Secret;
use crate::domain::values::{self, Form, Found};

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
    if let Some(sign) = values::sign_in(word) {
        return Content::Incomplete(sign);
    }
    let values = values::digests(&values::find(word));
    if values.is_empty() { Content::Text } else { Content::Values(values) }
}

/// The digests of the whole values in `text`, where they are all that it asks for: whoever pastes a line of a log, a header
/// or a leaked list looks for the keys in it. None where there is no whole value, or `text` is a query beside the values: a
/// word counts as one only where it stands in a field, since what a value finds needs no words. `parses` says whether
/// `text` is a query at all.
pub(super) fn asked_for(text: &str, parses: bool) -> Option<Vec<Digest32>> {
    let found = values::find(text);
    let digests = values::digests(&found);
    let is_query = || parses && words(text).all(|(at, word)| is_of_query(at, word, &found));
    (!digests.is_empty() && !is_query()).then_some(digests)
}

/// The whole values in a text that was pasted, each once, where they are [all that it asks for](asked_for): they take its
/// place, so that what stands around them is neither searched nor kept. None where the text is to be taken as it is.
pub fn pasted_values(text: &str) -> Option<Vec<Secret>> {
    asked_for(text, super::parse::parse(text).is_ok())?;
    let mut values: Vec<Secret> = Vec::new();
    for found in values::find(text) {
        if let Form::Whole(value) = found.form
            && !values.contains(&value)
        {
            values.push(value);
        }
    }
    Some(values)
}

/// Whether a word of a text is one that people write in queries beside values.
fn is_of_query(at: usize, word: &str, found: &[Found]) -> bool {
    let begun = word.trim_start_matches(['(', '-', '!']);
    let at = at + word.len() - begun.len();
    let word = begun.trim_end_matches(')');
    if word.is_empty() || ["and", "or", "not"].iter().any(|joins| joins.eq_ignore_ascii_case(word)) {
        return true;
    }
    let field = word.split_once(':').and_then(|(name, rest)| Some((FieldHelp::named(name)?, rest)));
    let (at, value) = match field {
        Some((help, _)) if help.field != Field::Text(TextField::Key) => {
            return found.iter().all(|found| found.span.end <= at || found.span.start >= at + word.len());
        }
        Some((_, rest)) => (at + word.len() - rest.len(), rest),
        None => (at, word),
    };
    let quote = usize::from(value.len() > 1 && value.starts_with('"') && value.ends_with('"'));
    let span = at + quote..at + value.len() - quote;
    found.iter().any(|found| found.value().is_some() && found.span == span)
        || field.is_some_and(|(_, rest)| rest.starts_with("sha256:"))
}

/// The words of a text with where they begin; blanks in double quotes part none.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut quoted = false;
    let mut at = 0;
    text.split(move |c: char| {
        quoted ^= c == '"';
        c.is_whitespace() && !quoted
    })
    .map(move |word| {
        let start = at;
        at += word.len() + text[start + word.len()..].chars().next().map_or(0, char::len_utf8);
        (start, word)
    })
    .filter(|(_, word)| !word.is_empty())
}

/// All that gives a value away.
#[cfg(test)]
pub(super) fn signs() -> impl Iterator<Item = &'static str> {
    values::Format::ALL.into_iter().map(values::Format::sign)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::filter::Query;
    use crate::domain::key_value::{KeyKind, digest, fingerprint, mint};

    fn value(seed: u8) -> String {
        let fill = |buffer: &mut [u8]| {
            buffer.fill(seed);
            Ok::<_, std::convert::Infallible>(())
        };
        mint(KeyKind::ApiKey, fill).unwrap().expose().to_owned()
    }

    #[test]
    fn whole_values_are_hashed_wherever_they_stand() {
        let value = value(7);
        for word in [value.clone(), format!("{value},"), format!("x={value}."), format!("\"{value}\"")] {
            assert_eq!(content(&word), Content::Values(vec![digest(&value)]));
        }
        assert_eq!(content(&format!("{value},{value}")), Content::Values(vec![digest(&value)]));
        assert_eq!(content(&value[..39]), Content::Incomplete("kdk_"));
        assert_eq!(content(&format!("{value},pmat-")), Content::Incomplete("PMAT-"));
        assert_eq!(content("kdk_…9fQ2"), Content::Text);
    }

    #[test]
    fn a_whole_value_anywhere_in_a_paste_is_the_query() {
        let (a, b) = (value(7), value(9));
        for text in [
            format!("2026-11-27T09:00:00Z INFO auth: Bearer {a} GET /x 200"),
            format!("Authorization: Bearer {a}"),
            format!("https://hooks.acme.example/in/{a}/send"),
            format!("export API_KEY=\"{a}\""),
            format!("-API_KEY={a}"),
            format!("token:{a}"),
            format!("owner:{a}"),
            format!("ci {a}"),
            format!("status:200 {a}"),
            format!("{}\n{}", &a[..20], &a[20..]),
            format!("{} {}", &a[..20], &a[20..]),
            format!("{a} and half of another: {}", &b[..20]),
            format!("\"{a}\"b"),
        ] {
            let query = Query::parse(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(query.to_string(), format!("key:sha256:{}", fingerprint(&a)), "{text}");
        }
        let both = Query::parse(&format!("- {a}\n- \"{b}\",\nfound: {a}\n")).unwrap();
        assert_eq!(both.fingerprints(), [fingerprint(&a), fingerprint(&b)]);
    }

    #[test]
    fn a_query_beside_a_value_stays_one() {
        let value = value(7);
        let digest = format!("key:sha256:{}", fingerprint(&value));
        for (text, canonical) in [
            (format!("owner:ana {value}"), format!("owner:ana {digest}")),
            (format!("owner:\"Ana Souza\" -{value}"), format!("owner:\"ana souza\" -{digest}")),
            (format!("key:\"{value}\" status:enabled"), format!("{digest} status:enabled")),
            (format!("{value} {digest}"), digest.clone()),
        ] {
            assert_eq!(Query::parse(&text).unwrap().to_string(), canonical, "{text}");
        }
    }
}
