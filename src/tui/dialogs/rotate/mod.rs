//! Rotating keys: the draft, the plan that is agreed to, and the rotations while they run.

use crate::domain::rotation::{Rotation, RotationId};
use crate::tui::action::Context;
use crate::tui::dialogs::confirm::Asked;
use crate::tui::facts::Facts;
use crate::tui::field::Field;
use crate::tui::ticket::Ticket;

pub mod agree;
mod begin;
pub mod draft;
pub mod run;
mod update;
pub mod view;

use agree::Agree;
use draft::Draft;
use run::{Item, Run};

#[derive(Debug)]
pub struct Wizard {
    /// Names the executor behind it.
    pub ticket: Ticket,
    /// What is to be done; none for rotations that were resumed, until their plan is changed.
    pub draft: Option<Draft>,
    /// The rotations, once they are begun.
    pub run: Option<Run>,
    pub page: Page,
    /// The rotation whose plan is being changed, if it is begun already.
    pub changing: Option<RotationId>,
}

#[derive(Debug)]
pub enum Page {
    Draft,
    /// The plan, before anybody agrees.
    Agree(Agree),
    Run,
}

impl Wizard {
    /// A wizard with a draft; with its plan in front where everything is saved that a plan needs.
    pub fn drafted(draft: Draft, planned: bool, facts: &Facts) -> Self {
        let mut wizard =
            Self { ticket: facts.ticket, draft: Some(draft), run: None, page: Page::Draft, changing: None };
        if planned {
            wizard.show_plan(facts);
        }
        wizard
    }

    /// A wizard with a rotation that is on disk.
    pub fn resumed(rotation: Rotation, facts: &Facts) -> Self {
        let item = Item::listed(rotation, facts);
        let run = Some(Run::new(vec![item], true));
        Self { ticket: facts.ticket, draft: None, run, page: Page::Run, changing: None }
    }

    /// Where key presses are heard now.
    pub fn context(&self) -> Context {
        match &self.page {
            Page::Draft => Context::Form,
            Page::Agree(_) => Context::Review,
            Page::Run => self.run.as_ref().map_or(Context::Rotate, Run::context),
        }
    }

    /// The field that is typed into while the rotations run.
    fn field(&mut self) -> Option<&mut Field> {
        match &self.page {
            Page::Draft | Page::Agree(_) => None,
            Page::Run => self.run.as_mut()?.field(),
        }
    }

    /// What must be typed to confirm, if the page in front asks for that.
    pub fn asked(&self) -> Option<&Asked> {
        match &self.page {
            Page::Draft => None,
            Page::Agree(agree) => Some(&agree.asked),
            Page::Run => self.run.as_ref()?.typed(),
        }
    }

    fn asked_mut(&mut self) -> Option<&mut Asked> {
        match &mut self.page {
            Page::Draft => None,
            Page::Agree(agree) => Some(&mut agree.asked),
            Page::Run => self.run.as_mut()?.typed_mut(),
        }
    }

    /// Whether keys must be told from those typed for what stood there before.
    pub fn is_deaf_at_first(&self) -> bool {
        !matches!(self.page, Page::Draft)
    }
}
