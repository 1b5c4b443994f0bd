//! What the answer comes to.

use super::Ask;
use crate::domain::listing::KeyChange;
use crate::tui::action::Action;
use crate::tui::dialogs::Requests;
use crate::tui::effect::Write;
use crate::tui::facts::Facts;
use crate::tui::key::KeyCode;
use crate::tui::request::{Input, Request};

impl Ask {
    /// Takes an input in, and says what follows.
    pub fn update(&mut self, input: Input, facts: &Facts) -> Requests {
        match input {
            Input::Action(action @ (Action::Confirm | Action::Choose)) => {
                if self.asked.confirms(action) {
                    return self.confirmed(facts);
                }
            }
            Input::Action(_) => return vec![Request::Close],
            Input::Text(c) => self.asked.type_char(c),
            Input::Edit(press) if press.code == KeyCode::Backspace => self.asked.confirm.erase(),
            Input::Paste(_) => self.asked.confirm.paste(),
            Input::Edit(_) | Input::Scroll(_) | Input::Reply(_) | Input::Wake | Input::Conceal | Input::Quit => {}
        }
        Vec::new()
    }

    fn confirmed(&self, facts: &Facts) -> Requests {
        let doing = if self.enable { "Enabling" } else { "Disabling" };
        let change = KeyChange { enabled: Some(self.enable), ..KeyChange::default() };
        let write = Write::Change(facts.ticket, self.key.id.clone(), change);
        vec![
            Request::Close,
            Request::info(format!("{doing} {} …", self.key.name)),
            Request::write(facts.session, write),
        ]
    }
}
