//! What changes the review, and what its confirmation comes to.

use super::Review;
use crate::domain::bulk::Plan;
use crate::domain::changes::Change;
use crate::domain::deed::Deed;
use crate::domain::key::Key;
use crate::tui::action::Action;
use crate::tui::dialogs::running::Running;
use crate::tui::dialogs::{Dialog, Requests, moved, scroll};
use crate::tui::facts::Facts;
use crate::tui::key::KeyCode;
use crate::tui::request::{Input, Request};

impl Review {
    /// Opens a review of what is left of a change that was cut short, to go on with it.
    pub fn of_rest(change: &Change, left: Vec<Key>, facts: &Facts) -> Requests {
        let plan = Plan::new(left, facts.own_key(), facts.now.utc);
        if plan.count() == 0 && plan.own.is_none() {
            return vec![Request::info("Nothing is left of it")];
        }
        let review = Self { resumes: Some(change.id.clone()), ..Self::new(plan, change.about.deed == Deed::Delete) };
        vec![Request::Open(Dialog::Review(Box::new(review)))]
    }

    /// Takes an input in, and says what follows.
    pub fn update(&mut self, input: Input, facts: &Facts) -> Requests {
        match input {
            Input::Action(action) => return self.act(action, facts),
            Input::Scroll(rows) => self.scroll_by(rows, facts),
            Input::Text(c) => self.type_char(c),
            Input::Edit(press) if press.code == KeyCode::Backspace => self.confirm.erase(),
            Input::Paste(_) => self.confirm.paste(),
            Input::Edit(_) | Input::Reply(_) | Input::Wake | Input::Conceal | Input::Quit => {}
        }
        Vec::new()
    }

    fn scroll_by(&mut self, rows: isize, facts: &Facts) {
        self.scroll = scroll(self.scroll, rows, self.most(facts.size, facts.keymap));
    }

    fn act(&mut self, action: Action, facts: &Facts) -> Requests {
        // a page is what is shown, and a line that was seen before
        let page = usize::from(self.arrange(facts.size, facts.keymap).list).saturating_sub(2);
        if let Some(rows) = moved(action, page) {
            self.scroll_by(rows, facts);
            return Vec::new();
        }
        let confirmed = match action {
            Action::IncludeOwn => {
                self.toggle_own();
                false
            }
            Action::Confirm => self.yes(),
            Action::Choose => self.enter(),
            _ => return vec![Request::Close, Request::info("Nothing was revoked")],
        };
        if confirmed { self.revoke(facts) } else { Vec::new() }
    }

    fn revoke(&self, facts: &Facts) -> Requests {
        let permission = match facts.session.permission() {
            Ok(permission) => permission,
            Err(why) => return vec![Request::info(why)],
        };
        let deed = if self.delete { Deed::Delete } else { Deed::Revoke };
        let mut running = Running::new(facts.ticket, &self.plan, deed, facts.now.running);
        running.change.clone_from(&self.resumes);
        let write = running.order(self.plan.keys().cloned().collect(), facts);
        vec![Request::Close, Request::Open(Dialog::Running(Box::new(running))), Request::permitted(permission, write)]
    }
}
