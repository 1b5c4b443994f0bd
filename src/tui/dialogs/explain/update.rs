//! What changes the explanation of a setting.

use super::{Explain, inside, room};
use crate::tui::dialogs::{Requests, turn};
use crate::tui::facts::Facts;
use crate::tui::request::Input;

impl Explain {
    /// Takes an input in, and says what follows.
    pub fn update(&mut self, input: Input, facts: &Facts) -> Requests {
        let (columns, rows) = facts.size;
        let lines = self.lines(inside(columns)).len();
        turn(&mut self.scroll, input, lines, room(rows))
    }
}
