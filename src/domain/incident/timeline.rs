//! The timeline: each thing that happened, as people read it.

use super::event::{Entry, Event};
use super::subject::Measure;
use super::{Effect, Incident};
use crate::domain::time::exact;

impl Incident {
    /// What `entry` says, in a line; none of what only the record needs.
    pub fn entry_words(&self, entry: &Entry) -> Option<String> {
        let name = |number: usize| match self.subjects.get(number) {
            Some(subject) => format!("{} {}", subject.name(), subject.given.masked).trim().to_owned(),
            None => format!("key {}", number + 1),
        };
        let names = |numbers: &[usize]| numbers.iter().map(|number| name(*number)).collect::<Vec<_>>().join(", ");
        Some(match &entry.event {
            Event::Opened(opened) => {
                format!("begun by {} on profile {} ({})", opened.by, opened.profile, opened.address)
            }
            Event::Pasted { values, rest } => {
                let more =
                    if rest.is_empty() { String::new() } else { format!("; {} things are no whole value", rest.len()) };
                format!("{} values were pasted{more}", values.len())
            }
            Event::Given { subjects } => format!("given again: {}", names(subjects)),
            Event::TakenUp { by, .. } => format!("taken up again by {by}; the values were gone from memory"),
            Event::Seen { .. } => "the server was asked whose the values are".to_owned(),
            Event::Probed { subject, attempt } => {
                let by = if self.opened.asking_is_use {
                    format!("; keydeck used the key for this, from {}", self.opened.by)
                } else {
                    String::new()
                };
                format!("{} was tried: {}{by}", name(*subject), attempt.tried.words())
            }
            Event::Decided { subject, measure } => match measure {
                Measure::Replace { by } => format!("decided: replace {}, which ends {}", name(*subject), exact(*by)),
                Measure::Revoke | Measure::Freeze | Measure::SelfDelete | Measure::Leave => {
                    format!("decided: {}: {}", measure.words(), name(*subject))
                }
            },
            Event::Sending { subjects } => format!("sending it to the server: {}", names(subjects)),
            Event::Answered { subject, answer } => match answer.why() {
                Some(why) => format!("{}: {}: {why}", name(*subject), answer.word()),
                None => format!("{}: {}, the server says", name(*subject), answer.word()),
            },
            Event::Attempted { subject, attempt } => {
                format!("{} was tried again: {}", name(*subject), attempt.tried.words())
            }
            Event::GaveUp { subject } => format!("no more attempts to prove {} dead", name(*subject)),
            Event::ProvesAgain { subject } => format!("attempts again to prove {} dead", name(*subject)),
            Event::Watched { subject, later } => {
                let refused = match later.refused_uses.count {
                    0 => String::new(),
                    count => {
                        let subject = self.subjects.get(*subject).filter(|_| self.opened.asking_is_use);
                        format!(
                            ", {count} uses refused since{}",
                            subject.map(|subject| subject.own_refusals(count)).unwrap_or_default()
                        )
                    }
                };
                format!("{}: last used {}{refused}", name(*subject), later.last_used.exact())
            }
            Event::Hunted { leads } => format!("{} other keys have to do with it", leads.len()),
            Event::Followed { leads, measure } => format!("decided: {}: {} of them", measure.words(), leads.len()),
            Event::LeadsLeft => "the other keys are left as they are".to_owned(),
            Event::Resolved { findings } => {
                let open = findings.iter().filter(|finding| finding.not.is_some()).count();
                format!("{} findings are resolved, {open} are still open", findings.len() - open)
            }
            Event::Troubled(trouble) => format!("{} did not work: {}", trouble.effect.words(), trouble.why),
            Event::Again => "it is tried again".to_owned(),
            Event::AsItStands => "it is written down as it stands".to_owned(),
            Event::Written(written) => format!("the evidence was written to {}", written.folder.display()),
            Event::Closed => "closed".to_owned(),
            Event::Called(_) => return None,
        })
    }

    /// When and what, of everything that people are told, in order.
    pub fn timeline(&self) -> Vec<(crate::domain::time::Time, String)> {
        self.entries.iter().filter_map(|entry| Some((entry.at, self.entry_words(entry)?))).collect()
    }
}

impl Effect {
    /// What it does, in words that follow "while": `asking whose it is`.
    pub fn words(self) -> &'static str {
        match self {
            Self::See => "asking whose it is",
            Self::Probe(_) => "trying the value",
            Self::Act => "sending what was decided",
            Self::ReadBack => "reading back what was sent",
            Self::Prove(_) => "proving that it is refused",
            Self::Resolve => "resolving the findings",
            Self::Hunt => "looking for what else is in the wrong hands",
            Self::Write => "writing the evidence",
        }
    }

    /// Its name at the fault points.
    pub fn name(self) -> &'static str {
        match self {
            Self::See => "see",
            Self::Probe(_) => "probe",
            Self::Act => "act",
            Self::ReadBack => "read-back",
            Self::Prove(_) => "prove",
            Self::Resolve => "resolve",
            Self::Hunt => "hunt",
            Self::Write => "write",
        }
    }
}
