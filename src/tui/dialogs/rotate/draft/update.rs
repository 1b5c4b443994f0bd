//! What changes the draft, and how it comes to a plan.

use super::Draft;
use crate::tui::dialogs::Requests;
use crate::tui::dialogs::confirm::Asked;
use crate::tui::dialogs::form::FormEvent;
use crate::tui::dialogs::rotate::agree::Agree;
use crate::tui::dialogs::rotate::{Page, Wizard};
use crate::tui::facts::Facts;
use crate::tui::request::{Input, Request};

impl Wizard {
    /// Takes an input in while the draft is in front.
    pub(in crate::tui::dialogs::rotate) fn update_draft(&mut self, input: &Input, facts: &Facts) -> Requests {
        match self.draft.as_mut().map_or(FormEvent::Cancel, |draft| draft.form.update(input)) {
            FormEvent::Handled | FormEvent::Busy => Vec::new(),
            FormEvent::Submit => self.show_plan(facts),
            FormEvent::Cancel if self.changing.take().is_some() => {
                self.page = Page::Run;
                vec![Request::ContentChanged]
            }
            FormEvent::Cancel => vec![Request::Close, Request::info("Nothing was rotated")],
        }
    }

    /// From the draft to the plan page; to the first field that will not do, if there is one.
    pub(in crate::tui::dialogs::rotate) fn show_plan(&mut self, facts: &Facts) -> Requests {
        let now = facts.now.utc;
        let Some(draft) = &mut self.draft else { return Vec::new() };
        let wrong = draft.first_wrong(now);
        if !draft.form.enter(wrong) {
            return Vec::new();
        }
        let Some(plans) = draft.plans(now) else { return Vec::new() };
        let asked = Asked::new(draft.confirmation(&plans));
        self.page = Page::Agree(Agree { plans, asked, scroll: 0 });
        vec![Request::ContentChanged]
    }

    /// Back from a rotation that made nothing yet to its draft.
    pub(in crate::tui::dialogs::rotate) fn change_plan(&mut self, facts: &Facts) {
        let Some(run) = &self.run else { return };
        let known = self.draft.as_ref();
        let (id, draft) = Draft::again(&run.current().rotation, known, facts);
        self.changing = Some(id);
        self.draft = Some(draft);
        self.page = Page::Draft;
    }
}
