//! Where a subject stands: what is asserted, what is proven, and in which words.

use super::Incident;
use super::attempt::{DOUBTS, PATIENCE_SECONDS, Tried, due};
use super::subject::{Answer, Known, Measure, Subject};
use crate::domain::doubt::Doubt;
use crate::domain::key::Status;
use crate::domain::time::{Time, exact};
use crate::domain::untrusted::Untrusted;

/// Where a subject stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nothing was done, or it did not work.
    Open,
    /// It was sent, and nobody knows what became of it.
    UnderWay,
    /// It ends at this moment by the server's doing, and is accepted until then.
    Dated(Time),
    /// The server said that it is done.
    Asserted {
        at: Time,
        /// When it is tried the next time whether the value is refused; none where no more is tried.
        next: Option<Time>,
        /// What the latest attempt showed, or why none is made.
        so_far: Conclusion,
    },
    /// The value was seen to be refused.
    Proven {
        /// Since when the server says that it is done; none where it was refused before anything was done.
        asserted: Option<Time>,
        at: Time,
    },
    /// A person decided to leave it.
    Left,
    /// Another maker's: nothing can be done about it here.
    Elsewhere,
}

/// What the attempts to prove a value dead came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Conclusion {
    /// None was made yet.
    NotTried,
    /// Its value is not at hand: it was not pasted, or went with the process that had it.
    NoValue,
    /// It is still accepted.
    Accepted,
    /// It could not be found out.
    Doubted(Doubt),
}

impl Conclusion {
    /// In words, of a key to which `answer` was said to be done: `deleted, and still accepted`.
    pub fn words(&self, answer: &Answer) -> String {
        match self {
            Self::NotTried => "asserted, not yet tried".to_owned(),
            Self::NoValue => "asserted; its value is not at hand to prove it with".to_owned(),
            Self::Accepted => format!("{}, and still accepted", stopped(answer)),
            Self::Doubted(doubt) => format!("asserted, and cannot be proven: {}", doubt.short()),
        }
    }
}

/// What a key is called that `answer` was said of.
fn stopped(answer: &Answer) -> &'static str {
    match answer {
        Answer::Disabled | Answer::AlreadyDisabled => "disabled",
        Answer::Gone => "gone",
        Answer::RevokedByHand => "revoked by hand",
        Answer::Deleted
        | Answer::Revoked
        | Answer::AlreadyRevoked
        | Answer::Dated
        | Answer::Denied(_)
        | Answer::Failed(_)
        | Answer::Unknown(_) => "deleted",
    }
}

impl Standing {
    /// Whether the value was seen to be refused.
    pub fn is_proven(&self) -> bool {
        matches!(self, Self::Proven { .. })
    }

    /// Whether only the server's word says that it is done.
    pub fn is_asserted(&self) -> bool {
        matches!(self, Self::Asserted { .. })
    }

    /// Its word for scripts.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::UnderWay => "unknown",
            Self::Dated(_) => "dated",
            Self::Asserted { .. } => "asserted",
            Self::Proven { .. } => "proven",
            Self::Left => "left",
            Self::Elsewhere => "elsewhere",
        }
    }
}

impl Subject {
    /// Where it stands at `now`.
    pub fn standing(&self, now: Time) -> Standing {
        use super::subject::Act;
        if let Some((at, _)) = self.asserted() {
            return match self.proof_since(at) {
                Some(proven) => Standing::Proven { asserted: Some(at), at: proven },
                None => Standing::Asserted { at, next: self.next_attempt(now), so_far: self.concluded(at) },
            };
        }
        match (&self.act, self.measure) {
            (Act::Sent { .. } | Act::Answered { answer: Answer::Unknown(_), .. }, _) => return Standing::UnderWay,
            (Act::Answered { answer: Answer::Dated, .. }, Some(Measure::Replace { by })) => {
                return Standing::Dated(by);
            }
            _ => {}
        }
        if let Some(first) = self.first.as_ref().filter(|first| first.tried == Tried::Refused)
            && self.is_dead_as_it_was()
        {
            return Standing::Proven { asserted: None, at: first.at };
        }
        match (&self.known, self.measure) {
            (Known::Foreign, _) => Standing::Elsewhere,
            (_, Some(Measure::Leave)) => Standing::Left,
            _ => Standing::Open,
        }
    }

    /// Whether a refusal that was seen before anything was done is for good: nobody's value, or a revoked key's. A
    /// disabled one can be enabled again.
    fn is_dead_as_it_was(&self) -> bool {
        match &self.known {
            Known::NoKey => true,
            Known::Ours(facts) => facts.status == Status::Revoked || facts.earlier_value || facts.by_mask,
            Known::NotAsked | Known::NotKnown(_) | Known::Foreign => false,
        }
    }

    /// When it was first seen to be refused after `asserted`.
    pub(super) fn proof_since(&self, asserted: Time) -> Option<Time> {
        let proves = |attempt: &&super::Attempt| attempt.tried == Tried::Refused && attempt.at >= asserted;
        self.attempts.iter().find(proves).map(|attempt| attempt.at)
    }

    fn concluded(&self, asserted: Time) -> Conclusion {
        let latest = self.attempts.iter().rev().find(|attempt| attempt.at >= asserted);
        match latest.map(|attempt| &attempt.tried) {
            Some(Tried::Accepted { .. }) => Conclusion::Accepted,
            Some(Tried::Doubtful(doubt)) => Conclusion::Doubted(doubt.clone()),
            Some(Tried::Refused) => Conclusion::NotTried,
            None if self.given.own_form && self.in_hand => Conclusion::NotTried,
            None => Conclusion::NoValue,
        }
    }

    /// When it is to be tried the next time whether it is refused; none where no more is to be tried.
    pub fn next_attempt(&self, now: Time) -> Option<Time> {
        let (asserted, _) = self.asserted()?;
        if !self.may_be_tried() || self.given_up.is_some() || self.proof_since(asserted).is_some() {
            return None;
        }
        let since = self.proving_since.unwrap_or(asserted).max(asserted);
        let made: Vec<_> = self.attempts.iter().filter(|attempt| attempt.at >= since).collect();
        let doubted = made
            .iter()
            .rev()
            .take(DOUBTS)
            .filter(|attempt| matches!(&attempt.tried, Tried::Doubtful(doubt) if doubt.is_lasting()));
        if doubted.count() >= DOUBTS {
            return None;
        }
        let next = due(since, made.len(), made.last().map(|attempt| attempt.at));
        let end = since + chrono::TimeDelta::seconds(PATIENCE_SECONDS);
        // a moment that has passed while nobody was at it is still one attempt's
        (next <= end || made.is_empty()).then_some(next.min(now.max(next)))
    }

    /// In a line what is to be told of it: `proven dead 2026-11-27 03:02:21 UTC`.
    pub fn standing_in_words(&self, now: Time) -> String {
        match self.standing(now) {
            Standing::Open => match (&self.act, &self.known) {
                (super::subject::Act::Answered { answer, .. }, _) => match answer.why() {
                    Some(why) => format!("not done: {}: {why}", answer.word()),
                    None => "not done".to_owned(),
                },
                (_, Known::NoKey) => match self.was_alive() {
                    Some(true) => "accepted, and no key that you may see has it".to_owned(),
                    Some(false) | None => "no key that you may see has it".to_owned(),
                },
                (_, Known::NotKnown(why)) => format!("whose it is could not be asked: {why}"),
                _ => "nothing was done".to_owned(),
            },
            Standing::UnderWay => "sent, and what became of it is not known".to_owned(),
            Standing::Dated(by) => format!("accepted until {}, when the server ends it", exact(by)),
            Standing::Asserted { at, so_far, .. } => {
                let answer = self.asserted().map_or(&Answer::Gone, |(_, answer)| answer);
                let words = match so_far {
                    // of an earlier process, whose values went with it
                    Conclusion::Accepted if !self.in_hand => {
                        "asserted; still accepted when it was last tried, and its value is not at hand to prove it with"
                            .to_owned()
                    }
                    so_far => so_far.words(answer),
                };
                format!("{} {}; {words}", answer.word(), exact(at))
            }
            Standing::Proven { asserted: Some(_), at } => format!("proven dead {}", exact(at)),
            Standing::Proven { asserted: None, at } => {
                format!("proven dead {}, before anything was done", exact(at))
            }
            Standing::Left => "left as it is".to_owned(),
            Standing::Elsewhere => match &self.given.vendor {
                Some(vendor) => format!("not this server's: revoke it at {}, {}", vendor.name, vendor.revoke_at),
                None => "not this server's".to_owned(),
            },
        }
    }
}

impl Incident {
    /// Whether all that it is about is contained: proven dead, or asserted of keys whose values nobody had.
    pub fn is_contained(&self, now: Time) -> bool {
        !self.subjects.is_empty()
            && self.subjects.iter().all(|subject| match subject.standing(now) {
                Standing::Proven { .. } => true,
                // nobody here ever had its value
                Standing::Asserted { .. } => subject.origin != super::Origin::Pasted,
                Standing::Open | Standing::UnderWay | Standing::Dated(_) | Standing::Left | Standing::Elsewhere => {
                    false
                }
            })
    }

    /// What was not understood of what the server says of a subject: `denied`, and what to do.
    pub fn why_open(&self, number: usize) -> Option<&Untrusted> {
        match &self.subjects.get(number)?.act {
            super::subject::Act::Answered { answer, .. } => answer.why(),
            super::subject::Act::ToDo | super::subject::Act::Sent { .. } => None,
        }
    }
}
