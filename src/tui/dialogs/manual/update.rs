//! What changes a chapter that is read.

use super::{Manual, room};
use crate::tui::dialogs::{Requests, moved, scroll};
use crate::tui::facts::Facts;
use crate::tui::request::{Input, Request};

impl Manual {
    /// Takes an input in, and says what follows.
    pub fn update(&mut self, input: Input, facts: &Facts) -> Requests {
        let room = room(facts.size.1);
        let rows = match input {
            Input::Action(action) => match moved(action, room) {
                Some(rows) => rows,
                None => return vec![Request::Close],
            },
            Input::Scroll(rows) => rows,
            Input::Text(_)
            | Input::Edit(_)
            | Input::Paste(_)
            | Input::Reply(_)
            | Input::Wake
            | Input::Conceal
            | Input::Quit => return Vec::new(),
        };
        let last = self.lines(facts.size.0).len().saturating_sub(room);
        self.scroll = scroll(self.scroll.min(last), rows, last);
        Vec::new()
    }
}
