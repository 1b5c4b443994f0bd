//! A key that an incident is about: what was pasted of it, what is known, what was decided and what came of that.

use serde::{Deserialize, Serialize};

use super::attempt::{Attempt, Tried};
use super::facts::{Facts, Later};
use super::lead::Why;
use crate::domain::key::Status;
use crate::domain::time::Time;
use crate::domain::untrusted::Untrusted;
use crate::domain::values::{Format, Position};

/// A value that was pasted, by what may be told of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Given {
    /// SHA-256 in hexadecimal; none of a key that the hunt brought and whose server does not tell it.
    pub fingerprint: Option<String>,
    pub masked: Untrusted,
    /// The name of the kind of secret, as findings call it.
    pub form: String,
    /// Whether the backend mints values of this form, so that it may be asked with one.
    pub own_form: bool,
    /// Who makes values of this form, where it is not the backend.
    #[serde(default)]
    pub vendor: Option<Vendor>,
    /// How often it stood there.
    #[serde(default)]
    pub times: u64,
    /// Where it stood first: line and column, from 1.
    #[serde(default)]
    pub line: Option<u64>,
}

/// Who makes values of a form, and where a person revokes one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Vendor {
    pub name: String,
    pub revoke_at: String,
    /// The way from there, in words.
    pub how: String,
}

/// What stood in a pasted text and is no whole value: nobody can be asked whose it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Leftover {
    /// What it is, in words, with what may be shown of it.
    pub what: String,
    /// What a person can do.
    pub hint: String,
    /// The line it stands in, from 1, where that is known.
    #[serde(default)]
    pub line: Option<u64>,
    /// Who makes such values, where its form says so.
    #[serde(default)]
    pub vendor: Option<Vendor>,
}

/// How a key came to be a subject.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Origin {
    /// Its value was pasted.
    Pasted,
    /// The hunt brought it, for this reason; nobody here has its value.
    Hunted(Why),
}

/// What the backend says of a value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "known", content = "facts")]
pub enum Known {
    /// Nobody was asked yet.
    NotAsked,
    /// Nobody could be asked; why not. That is another thing than nobody's.
    NotKnown(Untrusted),
    /// No key that this user may see has it.
    NoKey,
    /// It is of another maker's form: the backend was not asked.
    Foreign,
    /// A key has it, or had it.
    Ours(Box<Facts>),
}

/// What is to be done about a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Measure {
    /// Revoke it now: final.
    Revoke,
    /// Disable it, which can be taken back.
    Freeze,
    /// Make another in its place; the server ends this one at that moment, whatever happens here.
    Replace { by: Time },
    /// The key deletes itself, by the value that was pasted.
    SelfDelete,
    /// Nothing.
    Leave,
}

/// What became of what was decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "answer", content = "why")]
pub enum Answer {
    /// Revoked by this call.
    Revoked,
    /// It was revoked before: by somebody else, or by what was cut short.
    AlreadyRevoked,
    /// Disabled by this call.
    Disabled,
    AlreadyDisabled,
    /// It deleted itself.
    Deleted,
    /// It ends at the moment that was agreed.
    Dated,
    /// A person says that they revoked it on its page, since no call does.
    RevokedByHand,
    /// The server has no such key any more.
    Gone,
    /// The role, or the server's rules, do not allow it.
    Denied(Untrusted),
    /// It was not done.
    Failed(Untrusted),
    /// Nobody knows whether it was done.
    Unknown(Untrusted),
}

/// How far what was decided is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Nothing was sent.
    ToDo,
    /// About to be sent, or sent, and no answer is on the record.
    Sent {
        at: Time,
    },
    Answered {
        at: Time,
        answer: Answer,
    },
}

/// A key that an incident is about.
#[derive(Clone, Debug, PartialEq)]
pub struct Subject {
    pub given: Given,
    pub origin: Origin,
    pub known: Known,
    /// Whether it was alive before anything was done: the first attempt, made to see.
    pub first: Option<Attempt>,
    pub measure: Option<Measure>,
    pub act: Act,
    /// What did not work before the present measure.
    pub setbacks: Vec<(Measure, Answer)>,
    /// Attempts to prove that it is refused, made since the server said that it was done.
    pub attempts: Vec<Attempt>,
    /// Since when those count that are being made: what a person waits for.
    pub proving_since: Option<Time>,
    /// When a person, or the program after all patience, gave up proving it.
    pub given_up: Option<Time>,
    /// What the server told of it after it died.
    pub later: Option<Later>,
    /// Whether no call revokes it, so that a person does, on the backend's page.
    pub by_hand: bool,
    /// Whether its value is in this process's memory. Found out as it is pasted, and never kept.
    pub in_hand: bool,
}

impl Measure {
    /// What it does, as a button says it: `revoke now`.
    pub fn words(self) -> &'static str {
        match self {
            Self::Revoke => "revoke now",
            Self::Freeze => "freeze",
            Self::Replace { .. } => "replace, then revoke",
            Self::SelfDelete => "let it delete itself",
            Self::Leave => "leave it",
        }
    }

    /// Whether it cannot be taken back.
    pub fn is_final(self) -> bool {
        match self {
            Self::Revoke | Self::SelfDelete | Self::Replace { .. } => true,
            Self::Freeze | Self::Leave => false,
        }
    }
}

impl Answer {
    /// Whether the server said that the key is as was wished.
    pub fn is_done(&self) -> bool {
        match self {
            Self::Revoked
            | Self::AlreadyRevoked
            | Self::Disabled
            | Self::AlreadyDisabled
            | Self::Deleted
            | Self::Dated
            | Self::RevokedByHand
            | Self::Gone => true,
            Self::Denied(_) | Self::Failed(_) | Self::Unknown(_) => false,
        }
    }

    /// Whether the key is to be refused from now on.
    pub fn is_stop(&self) -> bool {
        self.is_done() && *self != Self::Dated
    }

    /// Its word, for people and scripts.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Revoked => "revoked",
            Self::AlreadyRevoked => "already revoked",
            Self::Disabled => "disabled",
            Self::AlreadyDisabled => "already disabled",
            Self::Deleted => "deleted",
            Self::Dated => "dated",
            Self::RevokedByHand => "revoked by hand",
            Self::Gone => "gone",
            Self::Denied(_) => "denied",
            Self::Failed(_) => "failed",
            Self::Unknown(_) => "unknown",
        }
    }

    /// What the server or the program said, where that is more than the word.
    pub fn why(&self) -> Option<&Untrusted> {
        match self {
            Self::Denied(why) | Self::Failed(why) | Self::Unknown(why) => Some(why),
            Self::Revoked
            | Self::AlreadyRevoked
            | Self::Disabled
            | Self::AlreadyDisabled
            | Self::Deleted
            | Self::Dated
            | Self::RevokedByHand
            | Self::Gone => None,
        }
    }
}

impl Subject {
    /// One of which nothing is known yet.
    pub fn new(given: Given, origin: Origin) -> Self {
        let in_hand = origin == Origin::Pasted;
        Self {
            given,
            origin,
            known: Known::NotAsked,
            first: None,
            measure: None,
            act: Act::ToDo,
            setbacks: Vec::new(),
            attempts: Vec::new(),
            proving_since: None,
            given_up: None,
            later: None,
            by_hand: false,
            in_hand,
        }
    }

    /// What is known of its key.
    pub fn facts(&self) -> Option<&Facts> {
        match &self.known {
            Known::Ours(facts) => Some(facts),
            Known::NotAsked | Known::NotKnown(_) | Known::NoKey | Known::Foreign => None,
        }
    }

    /// The key's name, or where none is known its masked value.
    pub fn name(&self) -> Untrusted {
        self.facts().map_or_else(|| self.given.masked.clone(), |facts| facts.name.clone())
    }

    /// Whether the backend may be asked with the value: it is at hand, and of a form that the backend mints. Another
    /// maker's value goes nowhere.
    pub fn may_be_tried(&self) -> bool {
        self.in_hand && self.given.own_form
    }

    /// Whether the value was accepted when it was first tried; none while that is not known.
    pub fn was_alive(&self) -> Option<bool> {
        match &self.first.as_ref()?.tried {
            Tried::Accepted { .. } => Some(true),
            Tried::Refused => Some(false),
            Tried::Doubtful(_) => None,
        }
    }

    /// Which of `counted` refused uses are keydeck's own, in words behind their number: each attempt that was refused asked
    /// twice, and whoever reads the number must not take those for the attacker's. Empty where there are none. The server
    /// counts in batches, so it may know of fewer than were made.
    pub fn own_refusals(&self, counted: u64) -> String {
        let refused = self.attempts.iter().filter(|attempt| attempt.tried == Tried::Refused).count() as u64;
        match refused * 2 {
            0 => String::new(),
            own if counted <= own => {
                format!("; keydeck asked {own} times to prove it dead, so none of these has to be anybody else's")
            }
            own => format!("; {own} of these are keydeck's own questions to prove it dead"),
        }
    }

    /// Whether only the value itself tells whether the right key is dead: a person revoked it on a page, or its key was found by
    /// the ends of the value.
    pub fn is_told_by_value(&self) -> bool {
        self.by_hand || self.facts().is_some_and(|facts| facts.by_mask)
    }

    /// Whether anything can be done about it at this backend.
    pub fn can_be_acted_on(&self) -> bool {
        match &self.known {
            // an earlier value that is refused already says nothing against the key, nor does one that only ends like the key's
            Known::Ours(facts) => {
                let is_its_own = !facts.earlier_value && !facts.by_mask;
                facts.status != Status::Revoked && (is_its_own || self.was_alive() != Some(false))
            }
            // seen to be alive, so that somebody's it is
            Known::NoKey | Known::NotKnown(_) => self.was_alive() == Some(true) && self.in_hand,
            Known::NotAsked | Known::Foreign => false,
        }
    }

    /// Whether the server said that it is done, and when.
    pub fn asserted(&self) -> Option<(Time, &Answer)> {
        match &self.act {
            Act::Answered { at, answer } if answer.is_stop() => Some((*at, answer)),
            Act::Answered { .. } | Act::ToDo | Act::Sent { .. } => None,
        }
    }
}

impl Given {
    /// What may be told of a value of `format` that stands at `at`.
    pub fn of(fingerprint: String, masked: String, format: Format, own_form: bool, at: Option<Position>) -> Self {
        Self {
            fingerprint: Some(fingerprint),
            masked: masked.into(),
            form: format.name().to_owned(),
            own_form,
            vendor: None,
            times: 1,
            line: at.and_then(|at| u64::try_from(at.line).ok()),
        }
    }
}
