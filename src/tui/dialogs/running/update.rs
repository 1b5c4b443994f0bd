//! What changes a revoke under way or over.

use super::Running;
use crate::domain::ids::KeyId;
use crate::domain::team::Me;
use crate::tui::action::{Action, Context};
use crate::tui::dialogs::{Dialog, Requests, moved, scroll};
use crate::tui::effect::{Effect, Write};
use crate::tui::event::Slot;
use crate::tui::facts::Facts;
use crate::tui::request::{Input, Reply, Request, RowChange};
use crate::tui::text::thousands;

impl Running {
    /// Takes an input in, and says what follows.
    pub fn update(&mut self, input: Input, facts: &Facts) -> Requests {
        match input {
            Input::Action(action) => return self.act(action, facts),
            Input::Scroll(rows) => self.scroll_by(rows, facts),
            Input::Reply(Reply::Revoking(progress)) => {
                let revoked = self.take(progress);
                return revoked.map(|id| Request::Rows(RowChange::Revoked(id))).into_iter().collect();
            }
            Input::Reply(Reply::RevokeEnded) => return self.over(facts),
            Input::Text(_)
            | Input::Edit(_)
            | Input::Paste(_)
            | Input::Reply(_)
            | Input::Wake
            | Input::Conceal
            | Input::Quit => {}
        }
        Vec::new()
    }

    fn scroll_by(&mut self, rows: isize, facts: &Facts) {
        self.scroll = scroll(self.scroll, rows, self.most(facts.size, facts.now.running));
    }

    fn act(&mut self, action: Action, facts: &Facts) -> Requests {
        let page = usize::from(self.arrange(facts.size, facts.now.running).list).saturating_sub(1);
        if let Some(rows) = moved(action, page) {
            self.scroll_by(rows, facts);
            return Vec::new();
        }
        match action {
            Action::Stop | Action::Cancel if self.ended.is_none() => self.stop(),
            Action::Stop => Vec::new(),
            Action::Retry => self.again(facts),
            _ if self.ended.is_none() => {
                let [stop, close] =
                    [Action::Stop, Action::Close].map(|action| facts.keymap.press(action, Context::Running));
                vec![Request::info(format!("Still at work: {stop} sends no more, then {close} closes"))]
            }
            _ => self.close(facts),
        }
    }

    fn stop(&mut self) -> Requests {
        if std::mem::replace(&mut self.stopping, true) {
            return Vec::new();
        }
        vec![Request::Do(Effect::StopRevoking)]
    }

    /// Sends those that failed again, as a new run.
    fn again(&mut self, facts: &Facts) -> Requests {
        let permission = match facts.session.permission() {
            Ok(permission) => permission,
            Err(why) => return vec![Request::info(why)],
        };
        let targets = self.retry(facts.ticket, facts.now.running);
        if targets.is_empty() {
            return Vec::new();
        }
        let (own, delete) = (facts.own_key().cloned(), self.delete && targets.len() == 1);
        let write = Write::Revoke { ticket: facts.ticket, targets, own, delete };
        vec![Request::ContentChanged, Request::permitted(permission, write)]
    }

    /// The failed stay marked, everything that was revoked is not.
    fn close(&self, facts: &Facts) -> Requests {
        let done: Vec<KeyId> =
            self.items.iter().filter(|(_, outcome)| outcome.is_revoked()).map(|(key, _)| key.id.clone()).collect();
        let said = if facts.own_key().is_some_and(|own| done.contains(own)) {
            own_key_is_gone()
        } else {
            self.result(self.items.len() - done.len(), facts)
        };
        vec![Request::Close, Request::Rows(RowChange::Unmarked(done)), said]
    }

    /// What is said of a run that is over.
    fn result(&self, not_done: usize, facts: &Facts) -> Request<Dialog> {
        let revoked = match self.tally().revoked {
            1 => "1 key revoked".to_owned(),
            many => format!("{} keys revoked", thousands(many)),
        };
        match not_done {
            0 => Request::good(revoked),
            _ if self.any_marked(facts) => {
                let only = facts.keymap.press(Action::OnlyMarked, Context::List);
                let not_done = thousands(not_done);
                Request::bad(format!("{revoked}, {not_done} not: {only} shows only what is marked"))
            }
            _ => Request::bad(format!("{revoked}, {} not", thousands(not_done))),
        }
    }

    fn over(&mut self, facts: &Facts) -> Requests {
        self.end(facts.now.running);
        let own = facts.own_key();
        if self.items.iter().any(|(key, outcome)| Some(&key.id) == own && outcome.is_revoked()) {
            return vec![own_key_is_gone()];
        }
        // revoking resolves the keys' findings
        if facts.me.is_some_and(Me::is_admin) { vec![Request::Read(Slot::Findings)] } else { Vec::new() }
    }
}

fn own_key_is_gone() -> Request<Dialog> {
    Request::bad("This console's own key is revoked now: nothing more will load with it")
}
