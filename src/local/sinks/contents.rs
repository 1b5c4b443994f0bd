//! What stands in a place, told by hashes only: for finding where a key lives. Nothing is written.

use super::error::SinkError;
use super::{Found, Reach, Sinks, blocking};
use crate::domain::key_value::{fingerprint, mask};
use crate::domain::rotation::{Sink, elsewhere};
use crate::domain::values;
use crate::local::program::shown;

/// A value that stands somewhere, by what may be told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// SHA-256 in hexadecimal.
    pub fingerprint: String,
    /// None where it has no form that is known, or only its hash is told.
    pub masked: Option<String>,
    /// Whether it has the form of a key's value, so that its hash may be looked up. Of anything else, a password perhaps,
    /// not even the hash leaves this machine.
    pub is_key: bool,
    /// Whether more text stands around it.
    pub is_part: bool,
}

/// What stands in a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Contents {
    Nothing,
    Values(Vec<Held>),
    /// No value of its own, but a reference to one or a ciphertext; with what it is and what to do.
    Elsewhere(String),
    /// It does not tell; with the reason.
    Untold(String),
}

impl Sinks {
    /// What stands in a place.
    ///
    /// # Errors
    /// When it cannot be asked; a file or an entry that is not there holds nothing.
    pub async fn contents(&self, sink: &Sink) -> Result<Contents, SinkError> {
        let found = match self.reach(sink)? {
            Reach::Files(place) => blocking(move || place.read_if_there()).await.map(Found::from)?,
            Reach::Command(_) | Reach::Keyring(..) | Reach::Remote(_) | Reach::Variable(_) => self.held(sink).await?,
        };
        Ok(match found {
            Found::Nothing => Contents::Nothing,
            Found::Untold(why) => Contents::Untold(why),
            Found::Fingerprint(fingerprint) => {
                Contents::Values(vec![Held { fingerprint, masked: None, is_key: true, is_part: false }])
            }
            Found::Value(value) => of_text(value.expose()),
        })
    }
}

fn of_text(text: &str) -> Contents {
    if text.trim().is_empty() {
        return Contents::Nothing;
    }
    let held = held_in(text);
    match elsewhere(text, true) {
        Some((what, instead)) if !held.iter().any(|held| held.is_key) => {
            Contents::Elsewhere(format!("it holds {}: {}", shown(&what), shown(&instead)))
        }
        _ => Contents::Values(held),
    }
}

/// The values in a text: those of a form that is known, and the whole text.
pub(super) fn held_in(text: &str) -> Vec<Held> {
    let text = text.trim();
    let whole = fingerprint(text);
    let found = values::find(text);
    let mut held: Vec<Held> = Vec::new();
    for value in found.iter().filter(|found| !found.is_example()).filter_map(values::Found::value) {
        let fingerprint = fingerprint(value.expose());
        if held.iter().all(|known| known.fingerprint != fingerprint) {
            let (masked, is_part) = (Some(mask(value.expose())), value.expose() != text);
            held.push(Held { fingerprint, masked, is_key: true, is_part });
        }
    }
    if held.iter().all(|held| held.fingerprint != whole) {
        held.push(Held { fingerprint: whole, masked: None, is_key: false, is_part: false });
    }
    held
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local::sinks::tests::NEW;

    #[test]
    fn a_value_within_a_text_is_told_beside_the_whole_of_it() {
        let held = held_in("https://api.example/?access_key=x PASSWORD=hunter2-hunter2");
        assert_eq!(held.len(), 1);
        assert!(!held[0].is_key && held[0].masked.is_none(), "{held:?}");
        let value = "kdk_000000000000000000000000000000".to_owned();
        let value = format!("{value}{}", crate::domain::key_value::checksum(&value));
        let held = held_in(&format!(" Bearer {value}\n"));
        assert_eq!(held[0].fingerprint, fingerprint(&value));
        assert!(held[0].is_key && held[0].is_part && !held[1].is_key);
        let held = held_in(&format!("{value}\n"));
        assert!(held.len() == 1 && !held[0].is_part);
    }

    #[test]
    fn what_leads_elsewhere_and_what_is_empty_are_told_apart_from_values() {
        assert_eq!(of_text(" \n"), Contents::Nothing);
        let Contents::Elsewhere(what) = of_text("op://a/b/c") else { panic!() };
        assert!(what.contains("1Password") && what.contains("op:a/b:c"), "{what}");
        // the value of the documentation is nobody's
        assert!(matches!(of_text(NEW), Contents::Values(held) if !held[0].is_key));
    }
}
