//! Resolving findings: that they are false positives, that their risk is accepted, or that their keys were revoked
//! elsewhere; with the reason, which the audit log keeps. What becomes of each is its own.

use crate::client::error::ServiceError;
use crate::domain::finding::{Finding, Resolution, Resolving};
use crate::domain::values::secret_spans;
use crate::tui::dialogs::form::{Check, Entry, Form};
use crate::tui::ticket::Ticket;

mod update;
pub mod view;

/// The most characters of a reason that are sent.
const LONGEST: usize = 1000;

/// The only field: why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reason;

/// How far a finding is.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    /// Not sent, or not answered yet.
    Waiting,
    /// It is called so now.
    Resolved,
    Failed(ServiceError),
}

/// The dialog.
#[derive(Debug)]
pub struct Resolve {
    /// The findings, as they were when the form opened, and how far each is.
    pub findings: Vec<(Finding, Told)>,
    /// What they are to be called.
    pub resolution: Resolution,
    pub form: Form<Reason>,
    pub ticket: Ticket,
    /// Which of the findings were sent last, by their places, and how many of those are answered.
    sent: (Vec<usize>, usize),
}

impl Resolve {
    /// An empty form about these findings, at least one.
    pub fn new(findings: Vec<Finding>, resolution: Resolution, ticket: Ticket) -> Self {
        Self {
            findings: findings.into_iter().map(|finding| (finding, Told::Waiting)).collect(),
            resolution,
            form: Form::new(vec![Entry::lines(Reason, "Reason", "")]),
            ticket,
            sent: (Vec::new(), 0),
        }
    }

    /// What is wrong or right about the reason, as it stands. What is said of a key that is dead needs none.
    pub fn check(&self) -> Check {
        let text = self.form.text(Reason);
        match text.chars().count() {
            0 if self.resolution != Resolution::Revoked => Check::Needed,
            _ if !secret_spans(&text).is_empty() => {
                Check::Wrong("that holds a key's value, which others would see: take it out".to_owned())
            }
            length if length > LONGEST => Check::Wrong(format!("at most {LONGEST} characters")),
            _ => Check::Right("the audit log keeps it; alt-Enter begins a new line".to_owned()),
        }
    }

    /// How many are called so by now.
    pub fn resolved(&self) -> usize {
        self.findings.iter().filter(|(_, told)| *told == Told::Resolved).count()
    }

    /// What is sent next: those that are not called so yet.
    fn request(&mut self) -> Vec<Resolving> {
        let note = Some(self.form.text(Reason)).filter(|note| !note.is_empty());
        let left: Vec<usize> = (0..self.findings.len()).filter(|at| self.findings[*at].1 != Told::Resolved).collect();
        let resolving = |at: &usize| Resolving::of(&self.findings[*at].0, self.resolution.clone(), note.clone());
        let sending = left.iter().map(resolving).collect();
        self.sent = (left, 0);
        sending
    }
}
