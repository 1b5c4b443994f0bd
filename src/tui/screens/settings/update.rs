//! What changes the Settings tab: scrolling.

use super::{SettingsScreen, most, room};
use crate::tui::dialogs::{Requests, moved, scroll};
use crate::tui::facts::Facts;
use crate::tui::request::Input;

impl SettingsScreen {
    /// Takes an input in, and says what follows.
    pub fn update(&mut self, input: Input, facts: &Facts) -> Requests {
        let rows = match input {
            Input::Action(action) => moved(action, room(facts.size.1).max(2) - 1),
            Input::Scroll(rows) => Some(rows),
            Input::Text(_)
            | Input::Edit(_)
            | Input::Paste(_)
            | Input::Reply(_)
            | Input::Wake
            | Input::Conceal
            | Input::Quit => None,
        };
        if let Some(rows) = rows {
            let most = facts.settings.map_or(0, |settings| most(settings, facts.size));
            self.scroll = scroll(self.scroll, rows, most);
        }
        Vec::new()
    }
}
