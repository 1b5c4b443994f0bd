//! What changes the board of campaigns.

use super::{Campaigns, Inside};
use crate::tui::action::Action;
use crate::tui::dialogs::{Requests, moved, scroll};
use crate::tui::effect::Effect;
use crate::tui::event::{Answer, Copied, Slot};
use crate::tui::facts::Facts;
use crate::tui::request::{Input, Reply, Request};

/// How many rows are for owners or keys in a window with so many: without the border, what is said above and below, the
/// titles, and the hints.
pub(super) fn room(rows: u16) -> usize {
    usize::from(rows.saturating_sub(if rows < 20 { 7 } else { 12 })).max(1)
}

impl Campaigns {
    /// Takes an input in, and says what follows.
    pub fn update(&mut self, input: Input, facts: &Facts) -> Requests {
        match input {
            Input::Action(action) => return self.act(action, facts),
            Input::Scroll(rows) => self.move_by(rows),
            Input::Reply(Reply::Read(Slot::Campaigns, Answer::Campaigns(read))) => self.read = Some(*read),
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
        let keys = self.keys().len();
        if let Some(inside) = &mut self.inside {
            let last = keys.saturating_sub(1);
            inside.cursor = scroll(inside.cursor.min(last), rows, last);
            return;
        }
        let last = self.current().map_or(0, |campaign| campaign.board().owners.len());
        self.row = scroll(self.row.min(last), rows, last);
    }

    fn act(&mut self, action: Action, facts: &Facts) -> Requests {
        if let Some(rows) = moved(action, room(facts.size.1).saturating_sub(1)) {
            self.move_by(rows);
            return Vec::new();
        }
        match action {
            Action::Refresh => return self.read_again(facts),
            Action::Next => return self.go_to(1, facts),
            Action::Previous => return self.go_to(-1, facts),
            Action::StateBefore => self.turn(-1),
            Action::StateAfter => self.turn(1),
            Action::Choose => self.look_into(),
            Action::CopyId => return vec![self.copy_id()],
            Action::CopyCommand => {
                return vec![match self.command() {
                    Some(command) => Request::Do(Effect::Copy(Copied::Command, command)),
                    None => Request::info("No command helps here"),
                }];
            }
            _ if self.inside.is_some() => self.inside = None,
            _ => return vec![Request::Close, Request::Do(Effect::Cancel(Slot::Campaigns))],
        }
        Vec::new()
    }

    /// To the next state of the board, or back.
    fn turn(&mut self, columns: isize) {
        if self.inside.is_some() {
            return;
        }
        let last = self.current().map_or(0, |campaign| campaign.board().states().count());
        self.column = scroll(self.column.min(last), columns, last);
    }

    fn look_into(&mut self) {
        if self.inside.is_some() {
            return;
        }
        let Some(board) = self.current().map(crate::domain::campaign::Campaign::board) else { return };
        self.inside = Some(Inside { cell: self.cell(&board), cursor: 0 });
    }

    /// To another campaign, which is then held against the server.
    fn go_to(&mut self, by: isize, facts: &Facts) -> Requests {
        let all = self.all().len();
        if all < 2 {
            return Vec::new();
        }
        let at = (self.at().cast_signed() + by).rem_euclid(all.cast_signed()).unsigned_abs();
        self.shown = Some(self.all()[at].id.clone());
        (self.row, self.column, self.inside) = (0, 0, None);
        self.read_again(facts)
    }

    fn read_again(&mut self, facts: &Facts) -> Requests {
        self.shown = self.current().map(|campaign| campaign.id.clone());
        self.ticket = facts.ticket;
        self.effect(facts).map(Request::Do).into_iter().collect()
    }

    fn copy_id<D>(&self) -> Request<D> {
        let id = match (&self.inside, self.current()) {
            (Some(_), _) => self.member().map(|member| member.subject.id.to_string()),
            (None, campaign) => campaign.map(|one| one.id.to_string()),
        };
        match id {
            Some(id) => Request::Do(Effect::Copy(Copied::Id, id)),
            None => Request::info("There is nothing here whose id could be copied"),
        }
    }
}
