//! What changes a change of many keys under way or over.

use super::Running;
use crate::domain::bulk::Outcome;
use crate::domain::deed::Deed;
use crate::domain::key::Key;
use crate::domain::listing::Scope;
use crate::domain::team::Me;
use crate::tui::action::{Action, Context};
use crate::tui::dialogs::{Dialog, Requests, moved, scroll};
use crate::tui::effect::{Effect, Order, Write};
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
            Input::Reply(Reply::Bulk(progress)) => {
                return self.take(progress, facts.now.running).map(Request::Rows).into_iter().collect();
            }
            Input::Reply(Reply::Saved(saved)) => return self.saved(saved),
            Input::Reply(Reply::BulkEnded) => return self.over(facts),
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
        self.scroll = scroll(self.scroll, rows, self.most(facts.size));
    }

    fn act(&mut self, action: Action, facts: &Facts) -> Requests {
        let page = usize::from(self.arrange(facts.size).list).saturating_sub(1);
        if let Some(rows) = moved(action, page) {
            self.scroll_by(rows, facts);
            return Vec::new();
        }
        match action {
            Action::Stop | Action::Cancel if self.ended.is_none() => self.stop(),
            Action::Stop => Vec::new(),
            Action::Retry => self.again(facts),
            Action::SaveResults => self.save(facts),
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
        vec![Request::Do(Effect::StopSending)]
    }

    /// Sends those that failed again, as a new run.
    fn again(&mut self, facts: &Facts) -> Requests {
        let permission = match facts.session.permission() {
            Ok(permission) => permission,
            Err(why) => return vec![Request::info(why)],
        };
        let keys = self.retry(facts.ticket, facts.now.running);
        if keys.is_empty() {
            return Vec::new();
        }
        vec![Request::ContentChanged, Request::permitted(permission, self.order(keys, facts))]
    }

    /// The write that does it to `keys`, which are some or all of its own.
    pub fn order(&self, keys: Vec<Key>, facts: &Facts) -> Write {
        let order = Order {
            deed: self.deed,
            keys,
            own: facts.own_key().cloned(),
            user: facts.me.map(|me| me.id).unwrap_or_default(),
            resumes: self.change.clone(),
            findings: self.to_resolve(),
        };
        Write::Bulk(facts.ticket, Box::new(order))
    }

    /// Writes down what became of each, once that is known.
    fn save(&self, facts: &Facts) -> Requests {
        if self.ended.is_none() {
            return vec![Request::info("Still at work: what becomes of each is saved once it is over")];
        }
        vec![Request::Do(Effect::SaveResults(self.ticket, Box::new(self.results(facts))))]
    }

    fn saved(&mut self, saved: Result<String, String>) -> Requests {
        let (words, said) = match saved {
            Ok(path) => (format!("saved in {path}"), Request::good(format!("Saved in {path}"))),
            Err(why) => (format!("not saved: {why}"), Request::bad(format!("The results are not saved: {why}"))),
        };
        self.saved = Some(words);
        vec![said]
    }

    /// What still needs a hand is marked, and nothing else.
    fn close(&self, facts: &Facts) -> Requests {
        let said = if self.own_key_is_gone(facts) {
            own_key_is_gone(self.deed)
        } else {
            self.result(self.items.iter().filter(|(_, outcome)| !outcome.is_done()).count(), facts)
        };
        vec![Request::Close, Request::Rows(RowChange::Marked(self.to_mark())), said]
    }

    fn own_key_is_gone(&self, facts: &Facts) -> bool {
        let own = facts.own_key();
        self.deed.stops() && self.items.iter().any(|(key, outcome)| Some(&key.id) == own && outcome.is_done())
    }

    /// What is said of a run that is over.
    fn result(&self, not_done: usize, facts: &Facts) -> Request<Dialog> {
        let word = self.deed.result();
        let done = match self.tally().done {
            1 => format!("1 key {word}"),
            many => format!("{} keys {word}", thousands(many)),
        };
        let open = self.still_open().count();
        match not_done {
            0 if open > 0 => {
                let findings =
                    if open == 1 { "1 finding is".to_owned() } else { format!("{} findings are", thousands(open)) };
                Request::bad(format!("{done}, and {findings} still open: it is tried again"))
            }
            0 => Request::good(done),
            _ if self.any_to_mark(facts) => {
                let only = facts.keymap.press(Action::OnlyMarked, Context::List);
                let not_done = thousands(not_done);
                Request::bad(format!("{done}, {not_done} not: {only} shows only what is marked"))
            }
            _ => Request::bad(format!("{done}, {} not", thousands(not_done))),
        }
    }

    fn over(&mut self, facts: &Facts) -> Requests {
        self.end(facts.now.running);
        if self.own_key_is_gone(facts) {
            return vec![own_key_is_gone(self.deed)];
        }
        let mut requests = Vec::new();
        let mine = |(key, outcome): &(Key, _)| {
            facts.me.is_some_and(|me| me.id == key.owner_id) && outcome == &Outcome::HandedOver
        };
        if self.items.iter().any(mine) || facts.me.is_some_and(|me| self.deed.recipient() == Some(me.id)) {
            requests.push(Request::Read(Slot::Keys(Scope::Mine)));
        }
        // what is still open is known to be, and tried again once the findings are read
        if self.still_open().next().is_some() {
            requests.push(Request::Do(Effect::ListUnresolved));
        }
        // revoking resolves the keys' findings
        if self.deed.is_final() && facts.me.is_some_and(Me::is_admin) {
            requests.push(Request::Read(Slot::Findings));
        }
        let mut gone = self.items.iter().filter(|(_, outcome)| *outcome == Outcome::Revoked).map(|(key, _)| key);
        if let Some(words) = gone.next().and_then(|key| facts.session.capabilities.late_mail(&key.masked)) {
            let more = gone.count();
            requests.push(Request::info(if more == 0 { words } else { format!("{words}, and {more} more") }));
        }
        requests
    }
}

fn own_key_is_gone(deed: Deed) -> Request<Dialog> {
    Request::bad(format!("This console's own key is {} now: nothing more will load with it", deed.result()))
}
