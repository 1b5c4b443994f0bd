//! What the choice comes to.

use super::Choice;
use crate::tui::action::Action;
use crate::tui::dialogs::Requests;
use crate::tui::facts::Facts;
use crate::tui::request::{Input, Request};

impl Choice {
    /// Takes an input in, and says what follows.
    pub fn update(&mut self, input: Input, _: &Facts) -> Requests {
        let Input::Action(action) = input else { return Vec::new() };
        let ids = match action {
            Action::OnlyShown => std::mem::take(&mut self.shown),
            Action::AllMarked => std::mem::take(&mut self.all),
            _ => return vec![Request::Close],
        };
        let next = if ids.is_empty() {
            Request::info(format!("None of the marked {} is shown", self.then.rows()))
        } else {
            self.then.clone().request(ids)
        };
        vec![Request::Close, next]
    }
}
