//! What changes the plan page, and what agreeing comes to.

use crate::tui::action::Action;
use crate::tui::dialogs::rotate::{Page, Wizard};
use crate::tui::dialogs::{Requests, moved, scroll};
use crate::tui::effect::Write;
use crate::tui::facts::Facts;
use crate::tui::request::Request;

impl Wizard {
    /// Takes an action in while the plan is in front.
    pub(in crate::tui::dialogs::rotate) fn act_in_plan(&mut self, action: Action, facts: &Facts) -> Requests {
        let Page::Agree(agree) = &mut self.page else { return Vec::new() };
        if let Some(rows) = moved(action, usize::from(facts.size.1).saturating_sub(7)) {
            agree.scroll = scroll(agree.scroll, rows, agree.most(facts.size, facts.now.utc));
            return Vec::new();
        }
        let agreed = match action {
            Action::Confirm | Action::Choose => agree.asked.confirms(action),
            Action::Back | Action::Quit => {
                self.page = Page::Draft;
                return Vec::new();
            }
            _ => false,
        };
        if !agreed {
            return Vec::new();
        }
        let permission = match facts.session.permission() {
            Ok(permission) => permission,
            Err(why) => return vec![Request::info(why)],
        };
        let mut plans = std::mem::take(&mut agree.plans);
        self.page = Page::Run;
        let write = match self.changing.take() {
            Some(id) => plans.pop().map(|(plan, _)| Write::ReplanRotation(self.ticket, id, Box::new(plan))),
            None => Some(Write::StartRotations(self.ticket, plans)),
        };
        let write = write.map(|write| Request::permitted(permission, write));
        std::iter::once(Request::ContentChanged).chain(write).collect()
    }
}
