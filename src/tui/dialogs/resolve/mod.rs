//! Resolving a finding: that it is a false positive, or that its risk is accepted; with the reason, which the audit log
//! keeps.

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

/// The dialog.
#[derive(Debug)]
pub struct Resolve {
    /// The finding, as it was when the form opened.
    pub finding: Finding,
    /// What it is to be called.
    pub resolution: Resolution,
    pub form: Form<Reason>,
    pub ticket: Ticket,
}

impl Resolve {
    /// An empty form.
    pub fn new(finding: Finding, resolution: Resolution, ticket: Ticket) -> Self {
        Self { finding, resolution, form: Form::new(vec![Entry::lines(Reason, "Reason", "")]), ticket }
    }

    /// What is wrong or right about the reason, as it stands. Accepting a risk needs one.
    pub fn check(&self) -> Check {
        let text = self.form.text(Reason);
        let optional = self.resolution == Resolution::FalsePositive;
        match text.chars().count() {
            0 if !optional => Check::Needed,
            _ if !secret_spans(&text).is_empty() => {
                Check::Wrong("that holds a key's value, which others would see: take it out".to_owned())
            }
            length if length > LONGEST => Check::Wrong(format!("at most {LONGEST} characters")),
            _ => Check::Right("the audit log keeps it; alt-Enter begins a new line".to_owned()),
        }
    }

    fn request(&self) -> Resolving {
        let note = self.form.text(Reason);
        Resolving {
            secret: self.finding.secret_id.clone(),
            workspace: self.finding.workspace_id.as_received().to_owned(),
            resolution: self.resolution.clone(),
            note: Some(note).filter(|note| !note.is_empty()),
        }
    }
}
