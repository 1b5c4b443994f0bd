//! What changes the list of changes that were cut short.

use super::{Changes, Look};
use crate::domain::changes::{ChangeId, ReadBack};
use crate::tui::action::{Action, Context};
use crate::tui::dialogs::review::Review;
use crate::tui::dialogs::{Requests, moved, scroll};
use crate::tui::effect::Effect;
use crate::tui::facts::Facts;
use crate::tui::request::{Input, Reply, Request};
use crate::tui::text::thousands;

impl Changes {
    /// Takes an input in, and says what follows.
    pub fn update(&mut self, input: Input, facts: &Facts) -> Requests {
        match input {
            Input::Action(action) => self.act(action, facts),
            Input::Reply(Reply::ReadBack(id, result)) => {
                self.seen(&id, result);
                Vec::new()
            }
            Input::Scroll(rows) => {
                self.move_by(rows);
                Vec::new()
            }
            Input::Reply(_)
            | Input::Text(_)
            | Input::Edit(_)
            | Input::Paste(_)
            | Input::Wake
            | Input::Conceal
            | Input::Quit => Vec::new(),
        }
    }

    fn seen(&mut self, id: &ChangeId, result: Result<Box<ReadBack>, String>) {
        if let Some(row) = self.rows.iter_mut().find(|row| row.change.id == *id) {
            row.look = match result {
                Ok(read) => {
                    row.before = row.before.take().or_else(|| row.change.under_way_in_words());
                    row.change = read.change.clone();
                    Look::Seen(read)
                }
                Err(why) => Look::Failed(why),
            };
        }
    }

    fn move_by(&mut self, rows: isize) {
        let last = self.rows.len().saturating_sub(1);
        self.cursor = scroll(self.cursor.min(last), rows, last);
        self.sure = None;
    }

    fn act(&mut self, action: Action, facts: &Facts) -> Requests {
        if let Some(rows) = moved(action, 5) {
            self.move_by(rows);
            return Vec::new();
        }
        match action {
            Action::Choose => {
                self.sure = None;
                self.go_on(facts)
            }
            Action::Forget => self.forget(facts),
            _ => {
                let key = facts.key_for(Action::Changes);
                let kept = !self.rows.is_empty();
                let said = kept.then(|| Request::info(format!("Kept for later: {key} shows what was cut short")));
                [Request::Close].into_iter().chain(said).collect()
            }
        }
    }

    /// Reviews what is left of a change, to go on with it; one that could not be looked at is looked at again.
    fn go_on(&mut self, facts: &Facts) -> Requests {
        let last = self.rows.len().saturating_sub(1);
        let Some(row) = self.rows.get_mut(self.cursor.min(last)) else { return vec![Request::Close] };
        let id = row.change.id.clone();
        match &row.look {
            Look::Looking(_) => vec![Request::info("Still looking at its keys")],
            Look::Seen(read) if read.left.is_empty() && read.unseen.is_none() => self.drop_row(&id),
            Look::Seen(read) if read.unseen.is_none() => {
                let review = Review::of_rest(&read.change, read.left.clone(), facts);
                [Request::Close].into_iter().chain(review).collect()
            }
            Look::Seen(_) | Look::Failed(_) => {
                row.look = Look::Looking(facts.ticket);
                vec![Request::Do(Effect::ReadBack(facts.ticket, id, facts.own_key().cloned()))]
            }
        }
    }

    fn forget(&mut self, facts: &Facts) -> Requests {
        let Some(row) = self.current() else { return vec![Request::Close] };
        let (id, open) = (row.change.id.clone(), row.change.to_go_on_with().count());
        if self.sure.as_ref() != Some(&id) {
            self.sure = Some(id);
            let key = facts.keymap.press(Action::Forget, Context::Changes);
            let keys = if open == 1 { "1 key".to_owned() } else { format!("{} keys", thousands(open)) };
            return vec![Request::info(format!("{key} again forgets it: {keys} stay as they are"))];
        }
        let mut requests = vec![Request::Do(Effect::ForgetChange(id.clone()))];
        requests.extend(self.drop_row(&id));
        requests
    }

    /// Takes a change out of the list, which closes once it is empty.
    fn drop_row(&mut self, id: &ChangeId) -> Requests {
        self.rows.retain(|row| row.change.id != *id);
        self.sure = None;
        if self.rows.is_empty() { vec![Request::Close] } else { Vec::new() }
    }
}
