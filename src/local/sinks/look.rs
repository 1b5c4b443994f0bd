//! What a look at a place shows before anything is changed: whether it is the place that is meant.

use super::{Found, line_number};
use crate::domain::key_value::fingerprint;
use crate::domain::rotation::{OldKey, elsewhere};
use crate::domain::values;
use crate::local::program::shown;

/// What a place holds, in respect of the old key. The texts hold no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holding {
    OldKey,
    /// Nothing; with what is made of that.
    Nothing(String),
    /// Something else; with what, and what to do about it.
    Other(String),
    /// Nobody knows; with the reason.
    Unknown(String),
}

/// What a look at a place shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    pub holding: Holding,
    /// What a person should know, and what to do about it.
    pub notes: Vec<String>,
}

/// How the old key's value is known without having it.
#[derive(Clone, Copy, Debug)]
pub struct Old<'a> {
    /// SHA-256 in hexadecimal, where the server tells it.
    fingerprint: Option<&'a str>,
    /// The last characters, from its masked form.
    last: &'a str,
}

impl<'a> Old<'a> {
    pub fn of(key: &'a OldKey) -> Self {
        let masked = key.masked.as_received();
        // what stands behind the mask, which of keys in base 64 may be + or / as well
        let is_of_value = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/');
        let start = masked.rfind(|c: char| !is_of_value(c));
        let last = start.map_or("", |at| &masked[at..]).trim_start_matches(|c: char| !is_of_value(c));
        Self { fingerprint: key.fingerprint.as_deref(), last }
    }

    /// Whether `value` is the old key's; none where it may be and nobody can tell.
    pub fn is(self, value: &str) -> Option<bool> {
        match self.fingerprint {
            Some(known) => Some(fingerprint(value) == known),
            None if self.last.is_empty() || value.ends_with(self.last) => None,
            None => Some(false),
        }
    }

    /// In which lines of `text` the old key's value is known to stand, whatever stands around it.
    pub fn lines_in(self, text: &[u8]) -> Vec<usize> {
        let is_old = |value: &str| self.is(value) == Some(true);
        let found = values::find(text);
        let found = found.iter().filter(|found| found.value().is_some_and(|value| is_old(value.expose())));
        let mut lines: Vec<usize> = found.map(|found| line_number(text, found.span.start)).collect();
        // one of a form that is not known stands alone
        let alone = text.split(|byte| *byte == b'\n').zip(1..);
        lines.extend(
            alone
                .filter(|(line, _)| std::str::from_utf8(line).is_ok_and(|line| is_old(line.trim())))
                .map(|(_, number)| number),
        );
        lines.sort_unstable();
        lines.dedup();
        lines
    }

    /// What a place holds, by what it tells; `made` says what is made where it holds nothing, `expands` as in
    /// [`elsewhere`].
    pub fn holding(self, found: &Found, made: &str, expands: bool) -> Holding {
        let text = match found {
            Found::Nothing => return Holding::Nothing(made.to_owned()),
            Found::Untold(why) => return Holding::Unknown(why.clone()),
            Found::Fingerprint(held) => {
                return match self.fingerprint {
                    Some(known) if known == held => Holding::OldKey,
                    Some(_) => Holding::Other(OTHER.to_owned()),
                    None => Holding::Unknown(UNKNOWN.to_owned()),
                };
            }
            Found::Value(value) => value.expose(),
        };
        if text.trim().is_empty() {
            return Holding::Nothing("it holds an empty text".to_owned());
        }
        match self.is(text) {
            Some(true) => Holding::OldKey,
            None => Holding::Unknown(UNKNOWN.to_owned()),
            Some(false) => Holding::Other(match elsewhere(text, expands) {
                Some((what, instead)) => format!("it holds {}, no value of its own: {}", shown(&what), shown(&instead)),
                None if !self.lines_in(text.as_bytes()).is_empty() => {
                    "the old key is only a part of what it holds: all of that would be replaced; name a place that \
                     holds the key and nothing else"
                        .to_owned()
                }
                None => OTHER.to_owned(),
            }),
        }
    }
}

const OTHER: &str = "it holds another value than the old key's: see whether it is the place you mean";
const UNKNOWN: &str = "whether it holds the old key cannot be told: the server tells no fingerprint of it";

/// Numbers as a sentence has them.
pub fn listed(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::key::Key;
    use crate::domain::key_value::digest;
    use crate::domain::secret::Secret;

    fn old(value: Option<&str>) -> OldKey {
        OldKey::of(&Key { digest: value.map(digest), masked: "kdk_…0000".into(), ..Key::sample("a") }, None)
    }

    fn value(text: &str) -> Found {
        Found::Value(Secret::new(text.to_owned()))
    }

    #[test]
    fn the_old_key_is_told_from_everything_else_by_its_fingerprint() {
        let known = old(Some("the old one"));
        let look = |found: &Found| Old::of(&known).holding(found, "made", true);
        assert_eq!(look(&value("the old one")), Holding::OldKey);
        assert_eq!(look(&Found::Fingerprint(fingerprint("the old one"))), Holding::OldKey);
        assert_eq!(look(&value("another")), Holding::Other(OTHER.to_owned()));
        assert_eq!(look(&Found::Fingerprint(fingerprint("another"))), Holding::Other(OTHER.to_owned()));
        assert_eq!(look(&Found::Nothing), Holding::Nothing("made".to_owned()));
        assert!(matches!(look(&value(" ")), Holding::Nothing(_)));
        assert_eq!(look(&Found::Untold("why".to_owned())), Holding::Unknown("why".to_owned()));
        let Holding::Other(why) = look(&value("op://a/b/c")) else { panic!() };
        assert!(why.contains("1Password") && why.contains("op:a/b:c"), "{why}");
    }

    #[test]
    fn the_end_of_a_key_in_base_64_is_all_that_stands_behind_the_mask() {
        let old = OldKey::of(&Key { masked: "…a+/9Z".into(), ..Key::sample("a") }, None);
        assert_eq!(Old::of(&old).is("x_v1_whatevera+/9Z"), None);
        assert_eq!(Old::of(&old).is("x_v1_whatever//9Z"), Some(false));
    }

    #[test]
    fn without_a_fingerprint_only_another_end_tells_that_it_is_another() {
        let unknown = old(None);
        let look = |found: &Found| Old::of(&unknown).holding(found, "made", true);
        assert_eq!(look(&value("kdk_whatever0000")), Holding::Unknown(UNKNOWN.to_owned()));
        assert_eq!(look(&Found::Fingerprint(fingerprint("x"))), Holding::Unknown(UNKNOWN.to_owned()));
        assert_eq!(look(&value("kdk_whatever0001")), Holding::Other(OTHER.to_owned()));
    }
}
