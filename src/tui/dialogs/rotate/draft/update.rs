//! What changes the draft, and how it comes to a plan.

use super::Draft;
use crate::domain::rotation::Sink;
use crate::tui::action::Action;
use crate::tui::dialogs::confirm::Asked;
use crate::tui::dialogs::form::FormEvent;
use crate::tui::dialogs::rotate::agree::Agree;
use crate::tui::dialogs::rotate::{Page, Wizard};
use crate::tui::dialogs::{Dialog, Requests};
use crate::tui::effect::Effect;
use crate::tui::event::{Answer, Slot};
use crate::tui::facts::Facts;
use crate::tui::request::{Input, Request};

impl Wizard {
    /// Takes an input in while the draft is in front.
    pub(in crate::tui::dialogs::rotate) fn update_draft(&mut self, input: &Input, facts: &Facts) -> Requests {
        if let (Input::Action(Action::Next), Some(draft)) = (input, &mut self.draft)
            && draft.complete()
        {
            return self.list_folder();
        }
        match self.draft.as_mut().map_or(FormEvent::Cancel, |draft| draft.form.update(input)) {
            FormEvent::Handled | FormEvent::Busy => self.list_folder(),
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
        self.page = Page::Agree(Agree { plans, asked, scroll: 0, looks: Vec::new(), reading: draft.reading() });
        std::iter::once(Request::ContentChanged).chain(self.look()).collect()
    }

    /// Asks what the places of the plan in front show, where it has some that can be looked at.
    pub fn look(&self) -> Option<Request<Dialog>> {
        let Page::Agree(agree) = &self.page else { return None };
        let can_be_seen = |sink: &Sink| !matches!(sink, Sink::Clipboard | Sink::Print);
        let any = agree.plans.iter().flat_map(|(plan, _)| &plan.sinks).any(can_be_seen);
        any.then(|| Request::Do(Effect::LookAtPlaces(self.ticket, agree.plans.clone())))
    }

    /// Asks for the names in the folder of the path that is being typed, if they are not known.
    fn list_folder(&mut self) -> Requests {
        let folder = self.draft.as_mut().and_then(super::Draft::unlisted);
        folder.map(|folder| Request::Do(Effect::ListFolder(self.ticket, folder))).into_iter().collect()
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
