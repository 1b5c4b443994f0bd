//! Containing a leak: values that others may have read are found out about, made useless, and proven to be refused, and
//! each step is on the record.
//!
//! [`Incident`] is the whole of it as a value without a secret. It is what its [events](Event) come to: each is put on
//! disk as it happens and [taken in](Incident::apply), so that an incident that was cut short is the same again once its
//! events are read. It says what comes [next](Incident::next): an [`Effect`] to carry out, a [`Question`] for a person, a
//! moment to wait for, or that it is over. What an effect came to goes back in as events; what a person
//! [decides](Incident::decide) becomes events too.
//!
//! Two things are never mixed: what is *asserted*, which is the server's word that it did something, and what is *proven*,
//! which is seen with the value in hand: refused twice, while a made-up one is refused and one's own key is accepted.

mod advice;
mod attempt;
mod decide;
pub mod drill;
mod event;
mod facts;
mod intake;
mod lead;
mod next;
mod report;
mod standing;
mod subject;
mod summary;
mod timeline;

use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

pub use advice::Advice;
pub use attempt::{Attempt, PATIENCE_SECONDS, Tried};
pub use decide::{Decision, Refused};
pub use event::{Entry, Event};
pub use facts::{Facts, Later, Relative, Spot};
pub use intake::{CHUNK, Intake, Taken};
pub use lead::{Lead, Why, suspicion};
pub use next::{Effect, Next, Question};
pub use report::Searched;
pub use standing::{Conclusion, Standing};
pub use subject::{Act, Answer, Given, Known, Leftover, Measure, Origin, Subject, Vendor};
pub use summary::{Summary, SummaryKey};

use super::call::Call;
use super::ids::{KeyId, UserId};
use super::time::Time;
use super::untrusted::Untrusted;

/// An incident's own id: a ULID, so that they sort by when they began.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IncidentId(pub String);

impl fmt::Display for IncidentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Where an incident is worked on, by whom, and where its evidence goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Opened {
    pub profile: String,
    /// Whether it is a production profile.
    #[serde(default)]
    pub production: bool,
    pub address: String,
    /// Who asks there.
    pub user: UserId,
    pub user_name: Untrusted,
    /// Whether they may see and revoke the team's keys.
    pub admin: bool,
    /// The key that keydeck itself uses.
    #[serde(default)]
    pub own_key: Option<KeyId>,
    /// Who works on it on which machine.
    pub by: Untrusted,
    /// The folder that the evidence goes to.
    pub bundle: PathBuf,
    /// What asking about a value does: whether it counts as a use of the key.
    #[serde(default)]
    pub asking_is_use: bool,
    /// Where a person revokes a key, since no call does; none where the backend does it.
    #[serde(default)]
    pub page: Option<String>,
}

impl Opened {
    /// One by an admin, whose questions count as uses, to build on.
    pub fn sample() -> Self {
        Self {
            profile: "acme".to_owned(),
            production: false,
            address: "https://keys.acme.example".to_owned(),
            user: UserId(1),
            user_name: "Ada".into(),
            admin: true,
            own_key: None,
            by: "ada (uid 1000) on bastion".into(),
            bundle: PathBuf::from("incident-x"),
            asking_is_use: true,
            page: None,
        }
    }
}

/// Something that did not work and needs a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Trouble {
    pub effect: Effect,
    pub why: Untrusted,
}

/// The evidence as it was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Written {
    pub at: Time,
    pub folder: PathBuf,
    /// For how many values it was searched, of which none stands in it.
    pub searched_for: usize,
    /// The SHA-256 of its list of sums, in hexadecimal.
    pub sums: String,
}

/// One request that was sent, as the evidence tells of it: no body and no query.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    pub at: Time,
    pub method: String,
    pub path: Untrusted,
    pub status: Option<u16>,
    /// What the server calls it, if it said.
    pub request_id: Option<Untrusted>,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
    /// What went wrong, where no whole answer came.
    pub problem: Option<Untrusted>,
}

impl From<&Call> for Request {
    fn from(call: &Call) -> Self {
        Self {
            at: call.at,
            method: call.method.to_owned(),
            path: call.path.clone(),
            status: call.status,
            request_id: call.request_id.clone(),
            took_ms: u64::try_from(call.took.as_millis()).unwrap_or(u64::MAX),
            problem: call.problem.clone(),
        }
    }
}

/// A leak and what is done about it. Holds no secret.
#[derive(Clone, Debug, PartialEq)]
pub struct Incident {
    pub id: IncidentId,
    pub opened: Opened,
    pub started: Time,
    /// The keys it is about: those whose values were pasted, then those that the hunt brought.
    pub subjects: Vec<Subject>,
    /// What stood in the pasted text and is no whole value.
    pub rest: Vec<Leftover>,
    /// When the server was asked whose the values are.
    pub seen: Option<Time>,
    /// What the hunt found; none before it.
    pub leads: Option<Vec<Lead>>,
    /// Whether a person said what is to become of the leads.
    pub leads_decided: bool,
    /// Open findings of dead keys, of which some may still have to be resolved; none before that was looked at.
    pub resolved: Option<Vec<Resolved>>,
    /// What needs a person.
    pub trouble: Option<Trouble>,
    /// Everything that happened, in order.
    pub entries: Vec<Entry>,
    pub requests: Vec<Request>,
    /// The evidence, as it was last written; none once anything happened that it does not tell of.
    pub written: Option<Written>,
    /// Whether a person wants it written down as it stands, whatever is open.
    pub as_it_stands: bool,
    /// Whether nothing is left to do.
    pub over: bool,
}

/// A finding of a dead key, and whether it could be resolved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Resolved {
    pub finding: KeyId,
    /// Where it is, in words.
    pub place: Untrusted,
    /// Why it is still open; none when it is resolved.
    pub not: Option<Untrusted>,
}

impl Incident {
    /// An incident of which nothing is known yet.
    pub fn new(id: IncidentId, opened: Opened, started: Time) -> Self {
        let mut incident = Self {
            id,
            opened: opened.clone(),
            started,
            subjects: Vec::new(),
            rest: Vec::new(),
            seen: None,
            leads: None,
            leads_decided: false,
            resolved: None,
            trouble: None,
            entries: Vec::new(),
            requests: Vec::new(),
            written: None,
            as_it_stands: false,
            over: false,
        };
        incident.apply(Entry { at: started, event: Event::Opened(opened) });
        incident
    }

    /// The incident that `entries` come to; none when the first does not open one.
    pub fn of_entries(id: IncidentId, entries: impl IntoIterator<Item = Entry>) -> Option<Self> {
        let mut entries = entries.into_iter();
        let Entry { at, event: Event::Opened(opened) } = entries.next()? else { return None };
        let mut incident = Self::new(id, opened, at);
        entries.for_each(|entry| incident.apply(entry));
        Some(incident)
    }

    /// Whether it may be offered to who asks as `user` at `address`.
    pub fn is_of(&self, address: &str, user: UserId) -> bool {
        self.opened.address == address && self.opened.user == user
    }

    /// The subject with this fingerprint.
    pub fn position(&self, fingerprint: &str) -> Option<usize> {
        self.subjects.iter().position(|subject| subject.given.fingerprint.as_deref() == Some(fingerprint))
    }

    /// What is to be told of it in one line: `2 keys, 1 proven dead`.
    pub fn words(&self, now: Time) -> String {
        let keys = self.subjects.len();
        let proven = self.subjects.iter().filter(|subject| subject.standing(now).is_proven()).count();
        let asserted = self.subjects.iter().filter(|subject| subject.standing(now).is_asserted()).count();
        let mut words = format!("{keys} {}", if keys == 1 { "key" } else { "keys" });
        for (count, what) in [(proven, "proven dead"), (asserted, "asserted, not proven")] {
            if count > 0 {
                words.extend([", ", &count.to_string(), " ", what]);
            }
        }
        words
    }
}

#[cfg(test)]
mod tests;
