//! What changes the field of a setting, and what Enter comes to.

use super::SettingField;
use crate::tui::action::Action;
use crate::tui::dialogs::Requests;
use crate::tui::facts::Facts;
use crate::tui::request::{Input, Request};

impl SettingField {
    /// Takes an input in, and says what follows.
    pub fn update(&mut self, input: Input, _: &Facts) -> Requests {
        match input {
            Input::Action(Action::Choose) => return self.stage(),
            Input::Action(Action::Down | Action::Next) => self.step(true),
            Input::Action(Action::Up | Action::Previous) => self.step(false),
            Input::Action(_) => return vec![Request::Close],
            Input::Text(c) => {
                self.typed.insert(c);
                self.problem = None;
            }
            Input::Edit(press) => {
                self.typed.press(press);
                self.problem = None;
            }
            Input::Paste(text) => {
                self.typed.paste(text);
            }
            Input::Scroll(_) | Input::Reply(_) | Input::Wake | Input::Conceal | Input::Quit => {}
        }
        Vec::new()
    }

    fn stage(&mut self) -> Requests {
        let mut staged = self.staged.clone();
        match self.setting.read_into(self.typed.text(), &mut staged) {
            Ok(()) => vec![Request::Close, Request::Stage(Some(Box::new(staged)))],
            Err(_) => {
                self.problem = Some(format!("It may be {}", self.setting.wanted()));
                Vec::new()
            }
        }
    }
}
