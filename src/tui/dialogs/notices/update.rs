//! What changes the list of notices.

use super::{Notices, Read};
use crate::tui::action::Action;
use crate::tui::dialogs::{Requests, moved, scroll};
use crate::tui::effect::Effect;
use crate::tui::event::{Answer, Copied, Slot};
use crate::tui::facts::Facts;
use crate::tui::request::{Input, Reply, Request};

/// How many rows are for notices in a window with so many: without the border, the titles, what is said of the one under the
/// cursor, and the hints.
pub(super) fn room(rows: u16) -> usize {
    usize::from(rows.saturating_sub(7)).max(1)
}

impl Notices {
    /// Takes an input in, and says what follows.
    pub fn update(&mut self, input: Input, facts: &Facts) -> Requests {
        match input {
            Input::Action(action) => return self.act(action, facts),
            Input::Scroll(rows) => self.move_by(rows),
            Input::Reply(Reply::Read(Slot::Notices, Answer::Notices(rows, total))) => {
                self.read = Read::Here(rows, total);
            }
            Input::Reply(Reply::Read(Slot::Notices, Answer::Failed(error))) => self.read = Read::Failed(error),
            Input::Reply(_)
            | Input::Text(_)
            | Input::Edit(_)
            | Input::Paste(_)
            | Input::Wake
            | Input::Conceal
            | Input::Quit => {}
        }
        Vec::new()
    }

    fn move_by(&mut self, rows: isize) {
        let last = self.rows().len().saturating_sub(1);
        self.cursor = scroll(self.cursor.min(last), rows, last);
    }

    fn act(&mut self, action: Action, facts: &Facts) -> Requests {
        if let Some(rows) = moved(action, room(facts.size.1).saturating_sub(1)) {
            self.move_by(rows);
            return Vec::new();
        }
        match action {
            Action::Refresh => self.read_again(facts),
            Action::States => {
                self.query.state = self.next_state();
                self.cursor = 0;
                self.read_again(facts)
            }
            Action::CopyId => vec![match self.current() {
                Some(notice) => Request::Do(Effect::Copy(Copied::Id, notice.key_id.to_string())),
                None => Request::info("There is no notice here whose key's id could be copied"),
            }],
            _ => vec![Request::Close, Request::Do(Effect::Cancel(Slot::Notices))],
        }
    }

    fn read_again(&mut self, facts: &Facts) -> Requests {
        self.ticket = facts.ticket;
        self.read = Read::Reading;
        vec![Request::Do(Effect::Notices(facts.ticket, self.query.clone()))]
    }
}
