//! What happens in an incident, and what it changes.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::attempt::Attempt;
use super::facts::Later;
use super::lead::Lead;
use super::subject::{Act, Answer, Given, Known, Leftover, Measure, Origin, Subject};
use super::{Incident, Opened, Request, Resolved, Trouble, Written};
use crate::domain::key_value::KeyKind;
use crate::domain::time::Time;
use crate::domain::untrusted::Untrusted;

/// Something that happened, and when by the server's time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    pub at: Time,
    pub event: Event,
}

/// Something that happened. Subjects are told by their numbers, from 0, in the order in which they came.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "is")]
pub enum Event {
    /// It was begun.
    Opened(Opened),
    /// Values were pasted; what of them is new became subjects.
    Pasted {
        values: Vec<Given>,
        #[serde(default)]
        rest: Vec<Leftover>,
    },
    /// Values that were known already were given again.
    Given { subjects: Vec<usize> },
    /// It was taken up again, by whom on which machine; the values were gone with the process that had them. The evidence
    /// goes to another folder from now on, where one is named.
    TakenUp {
        by: Untrusted,
        #[serde(default)]
        bundle: Option<PathBuf>,
    },
    /// The server was asked whose the values are.
    Seen { known: Vec<(usize, Known)> },
    /// A value was tried before anything was done.
    Probed { subject: usize, attempt: Attempt },
    /// A person decided.
    Decided { subject: usize, measure: Measure },
    /// What was decided is about to be sent; on disk before it is.
    Sending { subjects: Vec<usize> },
    /// What became of what was sent.
    Answered { subject: usize, answer: Answer },
    /// A value was tried after the server said that it is done.
    Attempted { subject: usize, attempt: Attempt },
    /// No more attempts are made, for now.
    GaveUp { subject: usize },
    /// Attempts are made again.
    ProvesAgain { subject: usize },
    /// What the server tells of a key after it died: its last use, and what was refused since.
    Watched { subject: usize, later: Later },
    /// What else may be in the wrong hands.
    Hunted { leads: Vec<Lead> },
    /// What is to become of some leads: they became subjects.
    Followed { leads: Vec<usize>, measure: Measure },
    /// The rest of the leads are left as they are.
    LeadsLeft,
    /// Open findings of dead keys, and whether they could be resolved.
    Resolved { findings: Vec<Resolved> },
    /// Something did not work.
    Troubled(Trouble),
    /// It is tried again.
    Again,
    /// It is to be written down as it stands.
    AsItStands,
    /// A request was sent.
    Called(Request),
    /// The evidence was written.
    Written(Written),
    /// Nothing is left to do.
    Closed,
}

impl Incident {
    /// Takes in what happened. What names a subject or a lead that is not there changes nothing.
    pub fn apply(&mut self, entry: Entry) {
        let Entry { at, event } = &entry;
        let at = *at;
        // what the evidence does not tell of yet
        if !matches!(event, Event::Called(_) | Event::Written(_) | Event::Closed) {
            self.written = None;
            self.over = false;
        }
        match event {
            Event::Opened(opened) => self.opened = opened.clone(),
            Event::Pasted { values, rest } => self.pasted(at, values, rest),
            Event::Given { subjects } => {
                for at_subject in subjects {
                    self.with(*at_subject, |subject| {
                        subject.in_hand = true;
                        subject.proving_since = Some(at);
                        subject.given_up = None;
                    });
                }
            }
            Event::TakenUp { by, bundle } => {
                self.opened.by = by.clone();
                if let Some(bundle) = bundle {
                    self.opened.bundle.clone_from(bundle);
                }
                self.as_it_stands = false;
                self.trouble = None;
                for subject in &mut self.subjects {
                    subject.in_hand = false;
                }
            }
            Event::Seen { known } => {
                self.seen = Some(at);
                for (number, known) in known {
                    self.known(*number, known);
                }
            }
            Event::Probed { subject, attempt } => {
                self.with(*subject, |subject| subject.first = Some(attempt.clone()));
            }
            Event::Decided { subject, measure } => self.with(*subject, |subject| {
                if let (Some(before), Act::Answered { answer, .. }) = (subject.measure, &subject.act) {
                    subject.setbacks.push((before, answer.clone()));
                }
                subject.measure = Some(*measure);
                subject.act = Act::ToDo;
            }),
            Event::Sending { subjects } => {
                for number in subjects {
                    self.with(*number, |subject| subject.act = Act::Sent { at });
                }
            }
            Event::Answered { subject, answer } => {
                self.with(*subject, |subject| {
                    subject.act = Act::Answered { at, answer: answer.clone() };
                    if answer.is_stop() {
                        subject.proving_since = Some(at);
                    }
                });
                if answer.is_stop() {
                    // findings of keys that died since are looked at again
                    self.resolved = None;
                }
            }
            Event::Attempted { subject, attempt } => {
                self.with(*subject, |subject| subject.attempts.push(attempt.clone()));
            }
            Event::GaveUp { subject } => self.with(*subject, |subject| subject.given_up = Some(at)),
            Event::ProvesAgain { subject } => self.with(*subject, |subject| {
                subject.given_up = None;
                subject.proving_since = Some(at);
            }),
            Event::Watched { subject, later } => self.with(*subject, |subject| subject.later = Some(later.clone())),
            Event::Hunted { leads } => self.leads = Some(leads.clone()),
            Event::Followed { leads, measure } => self.followed(leads, *measure),
            Event::LeadsLeft => self.leads_decided = true,
            Event::Resolved { findings } => self.resolved = Some(findings.clone()),
            Event::Troubled(trouble) => self.trouble = Some(trouble.clone()),
            Event::Again => {
                self.trouble = None;
                self.as_it_stands = false;
            }
            Event::AsItStands => self.as_it_stands = true,
            Event::Called(request) => self.requests.push(request.clone()),
            Event::Written(written) => self.written = Some(written.clone()),
            Event::Closed => self.over = true,
        }
        if !matches!(entry.event, Event::Called(_)) {
            self.entries.push(entry);
        }
    }

    fn with(&mut self, number: usize, change: impl FnOnce(&mut Subject)) {
        if let Some(subject) = self.subjects.get_mut(number) {
            change(subject);
        }
    }

    /// Takes what is known of a value. What a person revokes on a page are API keys: a collection access key that is listed is
    /// revoked by a call.
    fn known(&mut self, number: usize, known: &Known) {
        self.with(number, |subject| {
            subject.known = known.clone();
            subject.by_hand &= subject.facts().is_none_or(|facts| facts.kind() == KeyKind::ApiKey);
        });
    }

    fn pasted(&mut self, at: Time, values: &[Given], rest: &[Leftover]) {
        for given in values {
            let known = given.fingerprint.as_deref().and_then(|fingerprint| self.position(fingerprint));
            if let Some(known) = known {
                self.with(known, |subject| {
                    subject.in_hand = true;
                    subject.proving_since = subject.proving_since.map(|_| at);
                });
            } else {
                let by_hand = self.opened.page.is_some() && given.own_form;
                self.subjects.push(Subject { by_hand, ..Subject::new(given.clone(), Origin::Pasted) });
                // whose the new ones are has to be asked
                self.seen = None;
                self.leads = None;
            }
        }
        self.rest.extend(rest.iter().filter(|rest| !self.rest.contains(rest)).cloned().collect::<Vec<_>>());
    }

    fn followed(&mut self, leads: &[usize], measure: Measure) {
        self.leads_decided = true;
        let Some(found) = &self.leads else { return };
        let followed: Vec<Lead> = leads.iter().filter_map(|at| found.get(*at)).cloned().collect();
        for lead in followed {
            let Lead { facts, why, masked, fingerprint, form } = lead;
            let known = self.subjects.iter().any(|subject| subject.facts().is_some_and(|known| known.id == facts.id));
            if known {
                continue;
            }
            let given = Given { fingerprint, masked, form, own_form: true, vendor: None, times: 0, line: None };
            let mut subject = Subject::new(given, Origin::Hunted(why));
            subject.known = Known::Ours(facts);
            subject.measure = Some(measure);
            self.subjects.push(subject);
        }
    }
}
