//! What is told of an incident to people and scripts: no secret is in it.

use serde::Serialize;

use super::facts::Facts;
use super::standing::Standing;
use super::subject::{Known, Leftover, Subject, Vendor};
use super::{Incident, Lead, Resolved};
use crate::domain::time::{Time, When};
use crate::domain::untrusted::Untrusted;

/// What is told of an incident. Fields may be added; what is there keeps its meaning.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    pub id: String,
    pub started_at: When,
    pub profile: String,
    pub address: String,
    pub by: Untrusted,
    /// Whether nothing is left to do.
    pub over: bool,
    /// Whether every key is proven dead, or was asserted to be and had no value to prove it with.
    pub contained: bool,
    /// In a line.
    pub says: String,
    pub keys: Vec<SummaryKey>,
    /// What is no whole value: nobody was asked whose it is.
    pub not_recognised: Vec<Leftover>,
    /// Keys that have to do with it.
    pub leads: Vec<Lead>,
    pub findings: Vec<Resolved>,
    /// Where the evidence is; none before it is written.
    pub bundle: Option<String>,
}

/// A key of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SummaryKey {
    pub masked_value: Untrusted,
    pub fingerprint: Option<String>,
    pub form: String,
    pub vendor: Option<Vendor>,
    /// `ours`, `noKey`, `foreign`, `notKnown` or `notAsked`.
    pub known: &'static str,
    pub key: Option<Facts>,
    /// Whether it was accepted before anything was done; none where that is not known.
    pub was_alive: Option<bool>,
    /// What was done, in a word; none where nothing was.
    pub outcome: Option<&'static str>,
    pub reason: Option<Untrusted>,
    /// `open`, `unknown`, `dated`, `asserted`, `proven`, `left` or `elsewhere`.
    pub standing: &'static str,
    /// The same in a line.
    pub says: String,
    pub asserted_at: When,
    pub proven_at: When,
    pub attempts: usize,
}

impl Known {
    /// Its word for scripts.
    pub fn word(&self) -> &'static str {
        match self {
            Self::NotAsked => "notAsked",
            Self::NotKnown(_) => "notKnown",
            Self::NoKey => "noKey",
            Self::Foreign => "foreign",
            Self::Ours(_) => "ours",
        }
    }
}

impl Subject {
    /// What is told of it at `now`.
    pub fn summary(&self, now: Time) -> SummaryKey {
        let standing = self.standing(now);
        let (asserted, proven) = match &standing {
            Standing::Asserted { at, .. } => (Some(*at), None),
            Standing::Proven { asserted, at } => (*asserted, Some(*at)),
            Standing::Open | Standing::UnderWay | Standing::Dated(_) | Standing::Left | Standing::Elsewhere => {
                (None, None)
            }
        };
        let answer = match &self.act {
            super::Act::Answered { answer, .. } => Some(answer),
            super::Act::ToDo | super::Act::Sent { .. } => None,
        };
        SummaryKey {
            masked_value: self.given.masked.clone(),
            fingerprint: self.given.fingerprint.clone(),
            form: self.given.form.clone(),
            vendor: self.given.vendor.clone(),
            known: self.known.word(),
            key: self.facts().cloned(),
            was_alive: self.was_alive(),
            outcome: answer.map(super::Answer::word),
            reason: answer.and_then(super::Answer::why).cloned(),
            standing: standing.word(),
            says: self.standing_in_words(now),
            asserted_at: asserted.into(),
            proven_at: proven.into(),
            attempts: self.attempts.len(),
        }
    }
}

impl Incident {
    /// What is told of it at `now`.
    pub fn summary(&self, now: Time) -> Summary {
        Summary {
            id: self.id.0.clone(),
            started_at: self.started.into(),
            profile: self.opened.profile.clone(),
            address: self.opened.address.clone(),
            by: self.opened.by.clone(),
            over: self.over,
            contained: self.is_contained(now),
            says: self.words(now),
            keys: self.subjects.iter().map(|subject| subject.summary(now)).collect(),
            not_recognised: self.rest.clone(),
            leads: self.leads.clone().unwrap_or_default(),
            findings: self.resolved.clone().unwrap_or_default(),
            bundle: self.written.as_ref().map(|written| written.folder.display().to_string()),
        }
    }
}
