//! What changes what is pasted.

use super::Paste;
use crate::domain::secret::Secret;
use crate::tui::action::Action;
use crate::tui::dialogs::Requests;
use crate::tui::facts::Facts;
use crate::tui::key::KeyCode;
use crate::tui::request::{Input, Request};

impl Paste {
    /// Takes an input in, and says what follows; an error is the text that is to be found out about.
    pub fn update(&mut self, input: Input, facts: &Facts) -> Result<Requests, Secret> {
        match input {
            Input::Paste(text) => self.add(text),
            Input::Text(c) => self.add(c.encode_utf8(&mut [0; 4])),
            Input::Edit(press) => match (press.code, press.ctrl) {
                (KeyCode::Backspace, _) => self.erase(),
                (KeyCode::Char('u'), true) => self.clear(),
                _ => {}
            },
            Input::Action(Action::Choose) => return self.chosen(),
            Input::Action(Action::Back | Action::Cancel) => {
                self.clear();
                let list = facts.key_for(Action::Contain);
                return Ok(vec![Request::Close, Request::info(format!("Nothing was sent; {list} begins again"))]);
            }
            Input::Action(_) | Input::Scroll(_) | Input::Reply(_) | Input::Wake | Input::Conceal | Input::Quit => {}
        }
        Ok(Vec::new())
    }

    fn chosen(&mut self) -> Result<Requests, Secret> {
        if self.is_empty() {
            self.problem = Some("Paste it first".to_owned());
            return Ok(Vec::new());
        }
        if self.recognised.as_ref().is_some_and(super::Recognised::is_enough) {
            return Err(Secret::new(std::mem::take(&mut *self.text)));
        }
        self.problem = Some("Nothing in it can be asked about: nothing was sent".to_owned());
        Ok(Vec::new())
    }
}
