//! What the answer comes to.

use super::Ask;
use crate::domain::listing::KeyChange;
use crate::tui::action::Action;
use crate::tui::dialogs::Requests;
use crate::tui::effect::{Effect, Write};
use crate::tui::event::{Answer, Slot};
use crate::tui::facts::Facts;
use crate::tui::key::KeyCode;
use crate::tui::request::{Input, Reply, Request};

impl Ask {
    /// Takes an input in, and says what follows.
    pub fn update(&mut self, input: Input, facts: &Facts) -> Requests {
        match input {
            Input::Action(action @ (Action::Confirm | Action::Choose)) => {
                if self.asked.confirms(action) {
                    return self.confirmed(facts);
                }
            }
            Input::Action(_) => return vec![Request::Close, Request::Do(Effect::Cancel(Slot::Again))],
            Input::Reply(Reply::Read(_, answer)) => return self.answered(answer, facts),
            Input::Text(c) => self.asked.type_char(c),
            Input::Edit(press) if press.code == KeyCode::Backspace => self.asked.confirm.erase(),
            Input::Paste(_) => self.asked.confirm.paste(),
            Input::Edit(_) | Input::Scroll(_) | Input::Reply(_) | Input::Wake | Input::Conceal | Input::Quit => {}
        }
        Vec::new()
    }

    /// The key was read again, or could not be.
    fn answered(&mut self, answer: Answer, facts: &Facts) -> Requests {
        match (answer, facts.who()) {
            (Answer::Fresh(fresh), Some(who)) => self.read_again(*fresh, &who, facts.now.utc),
            (Answer::Failed(error), _) => self.not_read(error.reason()),
            _ => return Vec::new(),
        }
        vec![Request::ContentChanged]
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
