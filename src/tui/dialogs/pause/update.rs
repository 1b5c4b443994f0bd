//! What changes the report of a pause.

use super::{PauseReport, inside};
use crate::tui::dialogs::{Requests, turn};
use crate::tui::event::{Answer, Slot};
use crate::tui::facts::Facts;
use crate::tui::request::{Input, Reply, Request};

impl PauseReport {
    /// Takes an input in, and says what follows.
    pub fn update(&mut self, input: Input, facts: &Facts) -> Requests {
        match input {
            Input::Reply(Reply::Read(Slot::Tried, Answer::Tried(tried))) => {
                self.tried = Some(Ok(self.paused.hits(tried)));
                vec![Request::ContentChanged]
            }
            Input::Reply(Reply::Read(Slot::Tried, Answer::Failed(error))) => {
                self.tried = Some(Err(error));
                vec![Request::ContentChanged]
            }
            input => {
                let (columns, rows) = facts.size;
                let lines = self.lines(inside(columns), facts.now.utc).len();
                turn(&mut self.scroll, input, lines, usize::from(rows.saturating_sub(5)).max(1))
            }
        }
    }
}
