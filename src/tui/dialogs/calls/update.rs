//! What changes the dialog of the calls.

use super::{CallsDialog, room};
use crate::tui::action::Action;
use crate::tui::dialogs::{Requests, moved};
use crate::tui::effect::Effect;
use crate::tui::event::Copied;
use crate::tui::facts::Facts;
use crate::tui::request::{Input, Request};

impl CallsDialog {
    /// Takes an input in, and says what follows.
    pub fn update(&mut self, input: Input, facts: &Facts) -> Requests {
        match input {
            Input::Action(action) => return self.act(action, facts),
            Input::Scroll(rows) => self.move_by(rows, facts.calls),
            Input::Text(_)
            | Input::Edit(_)
            | Input::Paste(_)
            | Input::Reply(_)
            | Input::Wake
            | Input::Conceal
            | Input::Quit => {}
        }
        Vec::new()
    }

    fn act(&mut self, action: Action, facts: &Facts) -> Requests {
        if let Some(rows) = moved(action, room(facts.size.1).saturating_sub(1)) {
            self.move_by(rows, facts.calls);
            return Vec::new();
        }
        vec![match (action, self.request_id(facts.calls)) {
            (Action::CopyId, Some(id)) => Request::Do(Effect::Copy(Copied::Id, id.to_string())),
            (Action::CopyId, None) => Request::info("The server gave this request no id"),
            _ => Request::Close,
        }]
    }
}
