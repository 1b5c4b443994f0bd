//! What comes next.

use serde::{Deserialize, Serialize};

use super::standing::Standing;
use super::subject::{Act, Answer, Known, Measure, Origin};
use super::{Incident, Trouble};
use crate::domain::time::Time;

/// Something to be done outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "effect", content = "subject")]
pub enum Effect {
    /// Ask the server whose the values are, and what it knows of their keys.
    See,
    /// Try the value of this subject, to see whether it is alive.
    Probe(usize),
    /// Send what was decided.
    Act,
    /// Look what became of what was sent before the program was cut short.
    ReadBack,
    /// Try the value of this subject again, to prove that it is refused.
    Prove(usize),
    /// Resolve the open findings of dead keys.
    Resolve,
    /// Look what else may be in the wrong hands.
    Hunt,
    /// Write the evidence.
    Write,
}

/// What a person is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// What is to be done about these subjects.
    Decide(Vec<usize>),
    /// What is to become of the leads.
    Leads,
    /// The values of these subjects, to prove that they are refused: they went with the process that had them.
    Values(Vec<usize>),
    /// Something did not work: again, or write it down as it stands.
    Trouble(Trouble),
}

/// What comes next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    Do(Effect),
    Ask(Question),
    /// Nothing until then: a value is tried again.
    Wait(Time),
    Over,
}

impl Incident {
    /// What comes next at `now`, by the server's time.
    pub fn next(&self, now: Time) -> Next {
        if self.over {
            return Next::Over;
        }
        if self.as_it_stands {
            return if self.written.is_some() { Next::Over } else { Next::Do(Effect::Write) };
        }
        if let Some(trouble) = &self.trouble {
            return Next::Ask(Question::Trouble(trouble.clone()));
        }
        self.to_find_out().or_else(|| self.to_act()).or_else(|| self.to_prove(now)).unwrap_or_else(|| self.to_end())
    }

    /// What is to be found out first. What was sent already comes before that.
    fn to_find_out(&self) -> Option<Next> {
        if self.subjects.iter().any(|subject| matches!(subject.act, Act::Sent { .. })) {
            return Some(Next::Do(Effect::ReadBack));
        }
        if self.seen.is_none() {
            return Some(Next::Do(Effect::See));
        }
        let unprobed = |subject: &super::Subject| {
            subject.may_be_tried() && subject.first.is_none() && subject.asserted().is_none()
        };
        self.subjects.iter().position(unprobed).map(|at| Next::Do(Effect::Probe(at)))
    }

    fn to_act(&self) -> Option<Next> {
        let undecided: Vec<usize> = self.undecided().collect();
        if !undecided.is_empty() {
            return Some(Next::Ask(Question::Decide(undecided)));
        }
        let to_do = |subject: &super::Subject| {
            subject.act == Act::ToDo && subject.measure.is_some_and(|measure| measure != Measure::Leave)
        };
        self.subjects.iter().any(to_do).then_some(Next::Do(Effect::Act))
    }

    /// The subjects about which a person has to decide: nothing is decided yet, or what was did not work.
    pub fn undecided(&self) -> impl Iterator<Item = usize> {
        self.subjects.iter().enumerate().filter_map(|(at, subject)| {
            let failed = matches!(
                &subject.act,
                Act::Answered { answer: Answer::Denied(_) | Answer::Failed(_) | Answer::Unknown(_), .. }
            );
            let unasked = subject.measure.is_none() && subject.asserted().is_none();
            let open = unasked || (failed && subject.measure != Some(Measure::Leave));
            (open && subject.can_be_acted_on()).then_some(at)
        })
    }

    /// What is tried now, what can be done meanwhile, and else when something is tried.
    fn to_prove(&self, now: Time) -> Option<Next> {
        let due = self.subjects.iter().enumerate().filter_map(|(at, subject)| Some((subject.next_attempt(now)?, at)));
        let first = due.min();
        if let Some((time, at)) = first
            && time <= now
        {
            return Some(Next::Do(Effect::Prove(at)));
        }
        if self.resolved.is_none() && self.subjects.iter().any(super::subject::Subject::is_dead_with_findings) {
            return Some(Next::Do(Effect::Resolve));
        }
        if self.leads.is_none() && self.subjects.iter().any(|subject| subject.facts().is_some()) {
            return Some(Next::Do(Effect::Hunt));
        }
        first.map(|(time, _)| Next::Wait(time))
    }

    fn to_end(&self) -> Next {
        let unproven = |at: &usize| {
            let subject = &self.subjects[*at];
            subject.origin == Origin::Pasted
                && subject.given.own_form
                && !subject.in_hand
                && subject.given_up.is_none()
                && matches!(subject.standing(self.started), Standing::Asserted { .. } | Standing::UnderWay)
        };
        let values: Vec<usize> = (0..self.subjects.len()).filter(unproven).collect();
        if !values.is_empty() {
            return Next::Ask(Question::Values(values));
        }
        let live_leads = self.leads.iter().flatten().any(super::Lead::is_alive);
        if !self.leads_decided && live_leads {
            return Next::Ask(Question::Leads);
        }
        if self.written.is_none() { Next::Do(Effect::Write) } else { Next::Over }
    }
}

impl super::Subject {
    /// Whether its key is dead for good and findings of it are open.
    fn is_dead_with_findings(&self) -> bool {
        // a person's word alone resolves nothing, nor does a key that was found by the ends of its value: that the value is
        // refused does, and which findings are meant is told by its hash
        if let Act::Answered { at, answer } = &self.act
            && (*answer == Answer::RevokedByHand || (self.is_told_by_value() && answer.is_stop()))
        {
            return self.proof_since(*at).is_some();
        }
        let dead = match (&self.act, &self.known) {
            (Act::Answered { answer, .. }, _) => {
                matches!(answer, Answer::Revoked | Answer::AlreadyRevoked | Answer::Deleted | Answer::Gone)
            }
            (Act::ToDo | Act::Sent { .. }, Known::Ours(facts)) => facts.status == crate::domain::key::Status::Revoked,
            (Act::ToDo | Act::Sent { .. }, Known::NotAsked | Known::NotKnown(_) | Known::NoKey | Known::Foreign) => {
                false
            }
        };
        dead && self.facts().is_some_and(|facts| facts.open_spots().next().is_some())
    }
}
