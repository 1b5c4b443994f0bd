//! What became of many keys, to be kept: as JSON for programs, as text for people.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::Serialize;

use super::bulk::Outcome;
use super::changes::Item;
use super::deed::Deed;
use super::ids::KeyId;
use super::time::{Time, exact};
use super::untrusted::{Untrusted, visible};

/// The results of a run that is over.
#[derive(Clone, Debug, PartialEq)]
pub struct Results {
    pub deed: Deed,
    pub profile: String,
    /// The backend's address.
    pub address: String,
    /// Who asked for it.
    pub by: Untrusted,
    /// When they were saved.
    pub at: Time,
    /// In the order the keys were sent.
    pub items: Vec<Item>,
}

/// One key's line in the JSON document.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ResultRow<'a> {
    id: &'a KeyId,
    name: &'a Untrusted,
    masked_value: &'a Untrusted,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a Untrusted>,
}

/// What is said about the lines.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ResultsMeta<'a> {
    action: &'static str,
    profile: &'a str,
    address: &'a str,
    by: &'a Untrusted,
    saved_at: String,
    keys: usize,
    outcomes: BTreeMap<&'static str, usize>,
}

/// The document: `{"data":[…],"meta":{…}}`.
#[derive(Serialize)]
pub struct ResultsDocument<'a> {
    data: Vec<ResultRow<'a>>,
    meta: ResultsMeta<'a>,
}

/// An outcome's word in JSON: the API's, and words in its style for those that only a client has.
pub fn wire_word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Revoked => "revoked",
        Outcome::AlreadyRevoked => "alreadyRevoked",
        Outcome::Disabled => "disabled",
        Outcome::AlreadyDisabled => "alreadyDisabled",
        Outcome::Enabled => "enabled",
        Outcome::AlreadyEnabled => "alreadyEnabled",
        Outcome::HandedOver => "handedOver",
        Outcome::AlreadyTheirs => "alreadyTheirs",
        Outcome::NotFound => "notFound",
        Outcome::Denied(_) => "forbidden",
        Outcome::Failed(_) => "failed",
        Outcome::Queued | Outcome::NotSent(_) => "notSent",
        Outcome::Sent | Outcome::Unknown(_) => "unknown",
    }
}

impl Results {
    /// The beginning of a file's name, of letters, digits and hyphens: `revoke-2026-11-21-0251`.
    pub fn stem(&self) -> String {
        format!("{}-{}", self.deed.verb().replace(' ', "-"), self.at.format("%Y-%m-%d-%H%M"))
    }

    /// As JSON.
    pub fn document(&self) -> ResultsDocument<'_> {
        let row = |item: &'_ Item| -> (&'static str, usize) { (wire_word(&item.outcome), 1) };
        let mut outcomes = BTreeMap::new();
        for (word, one) in self.items.iter().map(row) {
            *outcomes.entry(word).or_default() += one;
        }
        ResultsDocument {
            data: self
                .items
                .iter()
                .map(|item| ResultRow {
                    id: &item.id,
                    name: &item.name,
                    masked_value: &item.masked,
                    outcome: wire_word(&item.outcome),
                    reason: item.outcome.reason(),
                })
                .collect(),
            meta: ResultsMeta {
                action: self.deed.word(),
                profile: &self.profile,
                address: &self.address,
                by: &self.by,
                saved_at: super::time::wire(self.at),
                keys: self.items.len(),
                outcomes,
            },
        }
    }

    /// As text: what, where, by whom, how many of each, then a line a key.
    pub fn text(&self) -> String {
        let mut counts: Vec<(&'static str, usize)> = Vec::new();
        for item in &self.items {
            let word = item.outcome.word();
            match counts.iter_mut().find(|(known, _)| *known == word) {
                Some((_, count)) => *count += 1,
                None => counts.push((word, 1)),
            }
        }
        let counts: Vec<String> = counts.iter().map(|(word, count)| format!("{count} {word}")).collect();
        let mut text = format!(
            "{} {} at {} (profile {}), by {}\nsaved {}\n{}\n\n",
            self.deed.title(),
            if self.items.len() == 1 { "1 key".to_owned() } else { format!("{} keys", self.items.len()) },
            visible(&self.address),
            visible(&self.profile),
            self.by,
            exact(self.at),
            counts.join(", "),
        );
        for item in &self.items {
            let why = item.outcome.reason().map(|why| format!(": {why}")).unwrap_or_default();
            let id = visible(item.id.as_str());
            // nothing fails that is written to a text
            let _ = writeln!(text, "{id}  {}  {}  {}{why}", item.masked, item.name, item.outcome.word());
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::key::Key;
    use crate::domain::time::When;

    fn results() -> Results {
        let item = |id: &str, outcome| {
            let key = Key { name: format!("{id}\u{202e}\n").into(), masked: "kdk_…9fQ2".into(), ..Key::sample(id) };
            Item { outcome, ..Item::from(&key) }
        };
        Results {
            deed: Deed::Disable,
            profile: "acme".to_owned(),
            address: "https://keys.acme.example".to_owned(),
            by: "Olivia".into(),
            at: When::from_wire("2026-11-21T02:51:00Z").time().unwrap(),
            items: vec![
                item("a", Outcome::Disabled),
                item("b", Outcome::Denied("no\u{1b}[2J".into())),
                item("c", Outcome::Disabled),
            ],
        }
    }

    #[test]
    fn the_text_counts_names_every_key_and_holds_nothing_raw() {
        let text = results().text();
        assert!(text.starts_with("Disable 3 keys at https://keys.acme.example (profile acme), by Olivia\n"), "{text}");
        assert!(text.contains("\n2 disabled, 1 denied\n\n"), "{text}");
        assert_eq!(text.lines().count(), 4 + 3);
        assert!(!text.contains(['\u{202e}', '\u{1b}']), "{text:?}");
    }

    #[test]
    fn files_are_named_by_what_was_done_and_when() {
        assert_eq!(results().stem(), "disable-2026-11-21-0251");
    }
}
