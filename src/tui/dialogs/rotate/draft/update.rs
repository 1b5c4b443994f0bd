//! What changes the draft, and how it comes to a plan.

use super::Draft;
use crate::tui::dialogs::Requests;
use crate::tui::dialogs::confirm::Asked;
use crate::tui::dialogs::form::FormEvent;
use crate::tui::dialogs::rotate::agree::Agree;
use crate::tui::dialogs::rotate::{Page, Wizard};
use crate::tui::effect::Effect;
use crate::tui::event::{Answer, Slot};
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
            FormEvent::Cancel => {
                let stop = Request::Do(Effect::Cancel(Slot::Again));
                vec![Request::Close, stop, Request::info("Nothing was rotated")]
            }
        }
    }

    /// The keys were read again, or could not be.
    pub(in crate::tui::dialogs::rotate) fn looked(&mut self, answer: Answer, facts: &Facts) -> Requests {
        let Some(draft) = self.draft.as_mut().filter(|_| self.run.is_none()) else { return Vec::new() };
        match answer {
            Answer::Fresh(fresh) => {
                if let Err(gone) = draft.read_again(*fresh, facts) {
                    return vec![Request::Close, Request::bad(gone)];
                }
            }
            Answer::Failed(_) => draft.not_read(facts.session.production),
            _ => return Vec::new(),
        }
        let Page::Agree(agree) = &mut self.page else { return Vec::new() };
        for (_, old) in &mut agree.plans {
            if let Some(drafted) = draft.keys.iter().find(|drafted| drafted.old.id == old.id) {
                *old = drafted.old.clone();
            }
        }
        agree.reading = draft.reading();
        agree.asked = Asked::new(draft.confirmation(&agree.plans));
        vec![Request::ContentChanged]
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
        self.page = Page::Agree(Agree { plans, asked, scroll: 0, reading: draft.reading() });
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
