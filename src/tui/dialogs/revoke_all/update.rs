//! What changes the review before every key of the team is revoked, and what its confirmation comes to.

use super::{RevokeAllDialog, Stage};
use crate::domain::act::RevokedAll;
use crate::domain::listing::Scope;
use crate::tui::action::Action;
use crate::tui::dialogs::{Requests, scroll};
use crate::tui::effect::Write;
use crate::tui::event::Slot;
use crate::tui::facts::Facts;
use crate::tui::request::{Input, Reply, Request};

impl RevokeAllDialog {
    /// Takes an input in, and says what follows.
    pub fn update(&mut self, input: Input, facts: &Facts) -> Requests {
        match input {
            Input::Action(action) => return self.act(action, facts),
            Input::Text(c) if self.stage == Stage::Asking => {
                self.typed.insert(c);
                self.problem = None;
            }
            Input::Edit(press) if self.stage == Stage::Asking => {
                self.typed.press(press);
                self.problem = None;
            }
            Input::Paste(_) => self.problem = Some("A paste does not confirm: type it".to_owned()),
            Input::Scroll(rows) => self.scroll = scroll(self.scroll, rows, self.totals.len()),
            Input::Reply(Reply::RevokedAll(result)) => match *result {
                Ok(RevokedAll::Done { revoked, forbidden }) => return self.over(revoked, forbidden),
                Ok(RevokedAll::UnderWay(act)) => {
                    self.stage = Stage::UnderWay(act);
                    return vec![Request::ContentChanged];
                }
                Err(error) => {
                    self.stage = Stage::Over(format!("{error}; {}", error.hint()));
                    return vec![Request::ContentChanged, Request::Read(Slot::Keys(Scope::Team))];
                }
            },
            Input::Reply(Reply::Act(act)) => {
                let (over, done) = (!act.running, act.done);
                self.stage = Stage::UnderWay(act);
                if over {
                    return self.over(done, 0);
                }
            }
            Input::Text(_) | Input::Edit(_) | Input::Reply(_) | Input::Wake | Input::Conceal | Input::Quit => {}
        }
        Vec::new()
    }

    fn act(&mut self, action: Action, facts: &Facts) -> Requests {
        match action {
            Action::Down => self.scroll = scroll(self.scroll, 1, self.totals.len().saturating_sub(1)),
            Action::Up => self.scroll = scroll(self.scroll, -1, self.totals.len()),
            Action::Next | Action::Previous if self.stage == Stage::Asking => self.include_own = !self.include_own,
            Action::Choose if self.stage == Stage::Asking => return self.confirm(facts),
            Action::Choose if self.stage == Stage::Sending => {}
            Action::Next | Action::Previous => {}
            _ => return vec![Request::Close],
        }
        Vec::new()
    }

    fn confirm(&mut self, facts: &Facts) -> Requests {
        if self.typed.text().trim() != self.team.trim() || self.team.trim().is_empty() {
            self.problem = Some("That is not the team's name".to_owned());
            return Vec::new();
        }
        self.stage = Stage::Sending;
        vec![
            Request::ContentChanged,
            Request::write(facts.session, Write::RevokeAll(self.ticket, Box::new(self.order()))),
        ]
    }

    fn over(&mut self, revoked: u64, forbidden: u64) -> Requests {
        let others =
            if forbidden > 0 { format!("; {forbidden} are only a superadmin's to revoke") } else { String::new() };
        self.stage = Stage::Over(format!("Revoked: {revoked}{others}. The audit log tells of each."));
        vec![Request::ContentChanged, Request::Read(Slot::Keys(Scope::Mine)), Request::Read(Slot::Keys(Scope::Team))]
    }
}
