//! Rotating keys: the draft, the plan that is agreed to, and the rotations while they run.

use std::time::Duration;

use crate::domain::rotation::RotationId;
use crate::domain::time::Time;
use crate::tui::action::Context;
use crate::tui::app::event::Ticket;
use crate::tui::dialogs::confirm::Asked;
use crate::tui::dialogs::scroll;
use crate::tui::field::Field;
use crate::tui::key::{KeyCode, KeyPress};

pub mod agree;
pub mod draft;
pub mod run;
pub mod view;

use agree::Agree;
use draft::Draft;
use run::Run;

/// The wizard.
#[derive(Debug)]
pub struct Wizard {
    /// Names the executor behind it.
    pub ticket: Ticket,
    /// What is to be done; none for rotations that were taken up again, until their plan is changed.
    pub draft: Option<Draft>,
    /// The rotations, once they are begun.
    pub run: Option<Run>,
    /// The page in front.
    pub page: Page,
    /// The rotation whose plan is being changed, if it is begun already.
    pub changing: Option<RotationId>,
    /// When the page opened.
    pub opened: Duration,
}

/// A page of the wizard.
#[derive(Debug)]
pub enum Page {
    /// The draft.
    Draft,
    /// The plan, before anybody agrees.
    Agree(Agree),
    /// The rotations.
    Run,
}

impl Wizard {
    /// Where key presses are heard now.
    pub fn context(&self) -> Context {
        match &self.page {
            Page::Draft => Context::Form,
            Page::Agree(_) => Context::Review,
            Page::Run => self.run.as_ref().map_or(Context::Rotate, Run::context),
        }
    }

    /// Moves the focus or scrolls; false where that is not for the page in front.
    pub fn moved(&mut self, delta: isize, size: (u16, u16), now: Time) -> bool {
        match (&mut self.page, &mut self.draft) {
            (Page::Draft, Some(draft)) => draft.focus_by(delta.signum()),
            (Page::Agree(agree), _) => agree.scroll = scroll(agree.scroll, delta, agree.most(size, now)),
            _ => return false,
        }
        true
    }

    /// The field that is typed into.
    pub fn field(&mut self) -> Option<&mut Field> {
        match &self.page {
            Page::Draft => self.draft.as_mut()?.focused().map(|entry| &mut entry.field),
            Page::Agree(_) => None,
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

    /// A character was typed.
    pub fn type_char(&mut self, c: char) {
        if let Some(field) = self.field() {
            field.insert(c);
        } else if let Some(asked) = self.asked_mut() {
            asked.type_char(c);
        }
    }

    /// An editing key was pressed.
    pub fn press(&mut self, press: KeyPress) {
        if let Some(field) = self.field() {
            field.press(press);
        } else if let Some(asked) = self.asked_mut().filter(|_| press.code == KeyCode::Backspace) {
            asked.confirm.erase();
        }
    }

    /// Text was pasted: it goes into fields, and never confirms.
    pub fn paste(&mut self, text: &str) {
        if let (Page::Draft, Some(draft)) = (&self.page, &mut self.draft) {
            draft.focused().map(|entry| entry.paste(text));
        } else if let Some(field) = self.field() {
            field.paste(text);
        } else if let Some(asked) = self.asked_mut() {
            asked.confirm.paste();
        }
    }

    /// Whether keys must be told from those typed for what stood there before.
    pub fn is_deaf_at_first(&self) -> bool {
        !matches!(self.page, Page::Draft)
    }
}
