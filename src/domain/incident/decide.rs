//! What a person decides, and what must be typed for it.

use std::fmt;

use super::event::Event;
use super::facts::Facts;
use super::standing::Standing;
use super::subject::{Known, Measure, Subject};
use super::{Act, Incident};
use crate::domain::bulk::Confirmation;
use crate::domain::present::Present;
use crate::domain::time::Time;

/// What a person decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// What is to be done about some subjects.
    Measures(Vec<(usize, Measure)>),
    /// These leads, by their numbers, are to be treated so; the rest are left as they are.
    Follow(Vec<usize>, Measure),
    /// No more attempts to prove this subject dead.
    GiveUp(usize),
    /// Attempts again to prove it, after they were given up.
    ProveAgain(usize),
    /// What did not work is to be tried again.
    Again,
    /// It is to be written down as it stands; it can be taken up again later.
    WriteDown,
}

/// Why a decision is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// There is no such subject or lead.
    NoSuch,
    /// Nothing can be done about this one here.
    NotHere,
    /// Something of it is under way already.
    UnderWay,
    /// It is done already.
    Done,
    /// One's own keys only are replaced.
    NotYours,
    /// No call freezes such a key, or has it end at a moment.
    OnlyRevocable,
    /// No call does that: a person revokes it on its page.
    ByHand,
    /// Its value is not at hand.
    NoValue,
    /// The moment has passed.
    Past,
    /// Nothing is to be decided of that kind.
    NothingToDecide,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoSuch => "there is no such key in this incident",
            Self::NotHere => "this server does not have it, so that nothing can be done about it here",
            Self::UnderWay => "it is under way already",
            Self::Done => "it is done already",
            Self::NotYours => "only one's own key can be replaced: revoke it, or freeze it and tell its owner",
            Self::OnlyRevocable => "no call freezes such a key, or has it end at a moment: it can only be revoked",
            Self::ByHand => "no call does that here: revoke it on its page",
            Self::NoValue => "its value is not at hand",
            Self::Past => "that moment has passed",
            Self::NothingToDecide => "there is nothing of that kind to decide",
        })
    }
}

impl std::error::Error for Refused {}

impl Incident {
    /// What a decision at `now` comes to.
    ///
    /// # Errors
    /// When it cannot be taken; nothing is changed then.
    pub fn decide(&self, decision: &Decision, now: Present) -> Result<Vec<Event>, Refused> {
        match decision {
            Decision::Measures(measures) => {
                let check = |(number, measure): &(usize, Measure)| {
                    let subject = self.subjects.get(*number).ok_or(Refused::NoSuch)?;
                    subject.may_take(*measure, now)?;
                    Ok(Event::Decided { subject: *number, measure: *measure })
                };
                measures.iter().map(check).collect()
            }
            Decision::Follow(leads, measure) => {
                let found = self.leads.as_ref().ok_or(Refused::NothingToDecide)?;
                for at in leads {
                    let lead = found.get(*at).ok_or(Refused::NoSuch)?;
                    match measure {
                        Measure::Freeze if lead.facts.is_only_revocable() => {
                            return Err(Refused::OnlyRevocable);
                        }
                        Measure::Revoke | Measure::Freeze => {}
                        Measure::SelfDelete => return Err(Refused::NoValue),
                        Measure::Replace { .. } | Measure::Leave => return Err(Refused::NothingToDecide),
                    }
                }
                let leads = leads.clone();
                Ok(vec![if leads.is_empty() { Event::LeadsLeft } else { Event::Followed { leads, measure: *measure } }])
            }
            Decision::GiveUp(number) => match self.subjects.get(*number).ok_or(Refused::NoSuch)?.standing(now.now) {
                Standing::Asserted { .. } | Standing::UnderWay => Ok(vec![Event::GaveUp { subject: *number }]),
                Standing::Open
                | Standing::Dated(_)
                | Standing::Proven { .. }
                | Standing::Left
                | Standing::Elsewhere => Err(Refused::NothingToDecide),
            },
            Decision::ProveAgain(number) => {
                let subject = self.subjects.get(*number).ok_or(Refused::NoSuch)?;
                match (subject.asserted(), subject.may_be_tried()) {
                    (None, _) => Err(Refused::NothingToDecide),
                    (Some(_), false) => Err(Refused::NoValue),
                    (Some(_), true) => Ok(vec![Event::ProvesAgain { subject: *number }]),
                }
            }
            Decision::Again => Ok(vec![Event::Again]),
            Decision::WriteDown => Ok(vec![Event::AsItStands]),
        }
    }

    /// What must be typed before these measures are taken at `now`: the last four characters of one value, the number of
    /// several; for what can be taken back `y`, unless a key was used in the last 24 hours or the profile is production.
    pub fn confirmation(&self, measures: &[(usize, Measure)], now: Time) -> Confirmation {
        let acted: Vec<(&Subject, Measure)> = measures
            .iter()
            .filter(|(_, measure)| *measure != Measure::Leave)
            .filter_map(|(number, measure)| Some((self.subjects.get(*number)?, *measure)))
            .collect();
        let in_use = |subject: &Subject| subject.facts().is_none_or(|facts| facts.is_used_within_a_day(now));
        let gentle =
            !self.opened.production && acted.iter().all(|(subject, measure)| !measure.is_final() && !in_use(subject));
        match acted.as_slice() {
            [] => Confirmation::Nothing,
            _ if gentle => Confirmation::Yes,
            [(subject, _)] => Confirmation::of_one(&subject.given.masked),
            several => Confirmation::Count(several.len()),
        }
    }

    /// The same for leads that are marked.
    pub fn confirmation_of_leads(&self, leads: &[usize], measure: Measure, now: Time) -> Confirmation {
        let found = self.leads.as_deref().unwrap_or_default();
        let marked: Vec<&super::Lead> = leads.iter().filter_map(|at| found.get(*at)).collect();
        let gentle = !measure.is_final()
            && !self.opened.production
            && marked.iter().all(|lead| !lead.facts.is_used_within_a_day(now));
        match marked.as_slice() {
            [] => Confirmation::Nothing,
            _ if gentle => Confirmation::Yes,
            [lead] => Confirmation::of_one(&lead.masked),
            several => Confirmation::Count(several.len()),
        }
    }
}

impl Subject {
    /// Whether this may be decided about it at `now`.
    ///
    /// # Errors
    /// Why not.
    pub fn may_take(&self, measure: Measure, now: Present) -> Result<(), Refused> {
        match &self.act {
            Act::Sent { .. } => return Err(Refused::UnderWay),
            Act::Answered { answer, .. } if answer.is_stop() && measure != Measure::Revoke => {
                return Err(Refused::Done);
            }
            // what is frozen may still be revoked
            Act::Answered { .. } | Act::ToDo => {}
        }
        let facts = self.facts();
        let only_revocable = facts.is_some_and(Facts::is_only_revocable);
        match measure {
            Measure::Revoke if self.by_hand && !is_revoked(self) => return Ok(()),
            Measure::SelfDelete | Measure::Freeze | Measure::Replace { .. } if self.by_hand => {
                return Err(Refused::ByHand);
            }
            _ => {}
        }
        match measure {
            Measure::SelfDelete | Measure::Freeze | Measure::Replace { .. } if only_revocable => {
                Err(Refused::OnlyRevocable)
            }
            Measure::SelfDelete if !self.may_be_tried() => Err(Refused::NoValue),
            Measure::Revoke | Measure::Freeze | Measure::Replace { .. } if facts.is_none() => Err(Refused::NotHere),
            Measure::Replace { .. } if facts.is_some_and(|facts| !facts.mine) => Err(Refused::NotYours),
            Measure::Replace { by } if by <= now.sure => Err(Refused::Past),
            Measure::Revoke if is_revoked(self) => Err(Refused::Done),
            Measure::Leave | Measure::SelfDelete | Measure::Revoke | Measure::Freeze | Measure::Replace { .. } => {
                Ok(())
            }
        }
    }
}

/// Whether it is revoked already, as far as is known.
fn is_revoked(subject: &Subject) -> bool {
    use super::Answer;
    let by_us = matches!(
        &subject.act,
        Act::Answered {
            answer: Answer::Revoked | Answer::AlreadyRevoked | Answer::Deleted | Answer::RevokedByHand | Answer::Gone,
            ..
        }
    );
    let before = match &subject.known {
        Known::Ours(facts) => facts.status == crate::domain::key::Status::Revoked,
        Known::NotAsked | Known::NotKnown(_) | Known::NoKey | Known::Foreign => false,
    };
    by_us || before
}
