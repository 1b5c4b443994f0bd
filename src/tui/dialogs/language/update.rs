//! What changes the page of the filter's language.

use super::{Language, inside, lines, room};
use crate::tui::dialogs::{Requests, turn};
use crate::tui::facts::Facts;
use crate::tui::request::Input;

impl Language {
    /// Takes an input in, and says what follows.
    pub fn update(&mut self, input: Input, facts: &Facts) -> Requests {
        let (columns, rows) = facts.size;
        turn(&mut self.scroll, input, lines(inside(columns)).len(), room(rows))
    }
}
