//! What changes the review, and what its confirmation comes to.

use super::Review;
use crate::tui::action::Action;
use crate::tui::dialogs::running::Running;
use crate::tui::dialogs::{Dialog, Requests, moved, scroll};
use crate::tui::effect::Write;
use crate::tui::facts::Facts;
use crate::tui::key::KeyCode;
use crate::tui::request::{Input, Request};

impl Review {
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
        let running = Running::new(facts.ticket, &self.plan, self.delete, facts.now.running);
        let write = Write::Revoke {
            ticket: facts.ticket,
            targets: self.plan.targets(),
            own: facts.own_key().cloned(),
            delete: self.delete && self.plan.count() == 1,
        };
        vec![Request::Close, Request::Open(Dialog::Running(Box::new(running))), Request::permitted(permission, write)]
    }
}
