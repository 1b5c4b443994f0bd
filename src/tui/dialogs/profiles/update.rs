//! What changes the list of profiles.

use super::ProfilesMenu;
use crate::tui::action::Action;
use crate::tui::dialogs::{Requests, moved, scroll};
use crate::tui::facts::Facts;
use crate::tui::request::{Input, Request};

impl ProfilesMenu {
    /// Takes an input in, and says what follows.
    pub fn update(&mut self, input: Input, facts: &Facts) -> Requests {
        let Input::Action(action) = input else { return Vec::new() };
        let last = self.lines.len().saturating_sub(1);
        if let Some(rows) = moved(action, usize::from(facts.size.1).saturating_sub(7)) {
            self.cursor = scroll(self.cursor, rows, last);
            return Vec::new();
        }
        match (action, self.lines.get(self.cursor)) {
            (Action::Choose, Some(line)) if line.name == facts.session.profile => {
                vec![Request::Close, Request::info(format!("The console is on {} already", line.name))]
            }
            (Action::Choose, Some(line)) => vec![Request::Close, Request::SwitchProfile(line.name.clone())],
            _ => vec![Request::Close],
        }
    }
}
