//! Containing a leak: what leaked is pasted, seen, decided on, and followed until it is proven dead and written down.

use crate::domain::incident::{Incident, Next};
use crate::domain::time::Time;
use crate::tui::action::Context;
use crate::tui::dialogs::confirm::Asked;
use crate::tui::ticket::Ticket;

pub mod case;
pub mod paste;
mod update;
pub mod view;

use case::Case;
use paste::Paste;

/// A leak that is being contained.
#[derive(Debug)]
pub struct Contain {
    /// Names the task behind it.
    pub ticket: Ticket,
    pub stage: Stage,
}

/// How far it is.
#[derive(Debug)]
pub enum Stage {
    /// Nothing is known yet: what leaked is being pasted.
    Paste(Paste),
    /// It is on disk, and under way.
    Case(Box<Case>),
}

impl Contain {
    /// A new one, into which something is to be pasted.
    pub fn new(ticket: Ticket) -> Self {
        Self { ticket, stage: Stage::Paste(Paste::default()) }
    }

    /// One that was cut short.
    pub fn taken_up(incident: Incident, ticket: Ticket) -> Self {
        Self { ticket, stage: Stage::Case(Box::new(Case::new(Some(incident)))) }
    }

    /// Where key presses are heard now.
    pub fn context(&self) -> Context {
        match &self.stage {
            Stage::Paste(_) => Context::Form,
            Stage::Case(case) => case.context(),
        }
    }

    /// Whether something would be lost or left half done if it was let go: values in memory, and what is decided.
    pub fn is_open(&self, now: Time) -> bool {
        match &self.stage {
            Stage::Paste(_) => false,
            Stage::Case(case) => {
                let over = |incident: &Incident| matches!(incident.next(now), Next::Over);
                case.refused.is_none() && !case.incident.as_ref().is_some_and(over)
            }
        }
    }

    /// What must be typed to confirm, if that is asked.
    pub fn asked(&self) -> Option<&Asked> {
        match &self.stage {
            Stage::Paste(_) => None,
            Stage::Case(case) => case.asking.as_ref().map(|asking| &asking.asked),
        }
    }

    /// Whether keys must be told from those typed for what stood there before.
    pub fn is_deaf_at_first(&self) -> bool {
        matches!(self.stage, Stage::Case(_))
    }
}
