//! What changes the help.

use super::{Chosen, Help};
use crate::tui::action::Action;
use crate::tui::dialogs::manual::Manual;
use crate::tui::dialogs::{Dialog, Requests, moved};
use crate::tui::facts::Facts;
use crate::tui::request::{Input, Request};

impl Help {
    /// Takes an input in, and says what follows.
    pub fn update(&mut self, input: Input, facts: &Facts) -> Requests {
        match input {
            Input::Action(action) => return self.act(action, facts),
            Input::Scroll(rows) => self.move_by(rows),
            Input::Text(c) => {
                self.cursor = 0;
                self.search.insert(c);
            }
            Input::Edit(press) => {
                self.cursor = 0;
                self.search.press(press);
            }
            Input::Paste(text) => {
                self.cursor = 0;
                self.search.paste(text);
            }
            Input::Reply(_) | Input::Wake | Input::Conceal | Input::Quit => {}
        }
        Vec::new()
    }

    /// Enter does what the line under the cursor says, where the help was opened.
    fn act(&mut self, action: Action, facts: &Facts) -> Requests {
        if let Some(rows) = moved(action, usize::from(facts.size.1).saturating_sub(7)) {
            self.move_by(rows);
            return Vec::new();
        }
        match (action, self.chosen()) {
            (Action::Choose, None) => Vec::new(),
            (Action::Choose, Some(Chosen::Action(chosen))) => vec![Request::Close, Request::Act(self.context, chosen)],
            (Action::Choose, Some(Chosen::Chapter(chapter))) => {
                vec![Request::Open(Dialog::Manual(Manual::new(chapter)))]
            }
            _ => vec![Request::Close],
        }
    }
}
