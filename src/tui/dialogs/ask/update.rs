//! What the answer comes to.

use chrono::TimeDelta;

use super::Ask;
use crate::client::capabilities::Capability;
use crate::domain::deed::Deed;
use crate::domain::listing::KeyChange;
use crate::tui::action::Action;
use crate::tui::dialogs::Requests;
use crate::tui::effect::{Effect, Order, Write};
use crate::tui::event::{Answer, Slot};
use crate::tui::facts::Facts;
use crate::tui::key::KeyCode;
use crate::tui::request::{Input, Reply, Request};

/// How long the reversible test lasts.
const PAUSE: TimeDelta = TimeDelta::minutes(10);

impl Ask {
    /// Takes an input in, and says what follows.
    pub fn update(&mut self, input: Input, facts: &Facts) -> Requests {
        match input {
            Input::Action(action @ (Action::Confirm | Action::Choose)) => {
                if self.asked.confirms(action) {
                    return self.confirmed(facts);
                }
            }
            Input::Action(Action::ForAWhile) => return self.for_a_while(facts),
            Input::Action(_) => return vec![Request::Close, Request::Do(Effect::Cancel(Slot::Again))],
            Input::Reply(Reply::Read(_, answer)) => return self.answered(answer, facts),
            Input::Text(c) => self.asked.type_char(c),
            Input::Edit(press) if press.code == KeyCode::Backspace => self.asked.confirm.erase(),
            Input::Paste(_) => self.asked.confirm.paste(),
            Input::Edit(_) | Input::Scroll(_) | Input::Reply(_) | Input::Wake | Input::Conceal | Input::Quit => {}
        }
        Vec::new()
    }

    /// The key was read again, or could not be.
    fn answered(&mut self, answer: Answer, facts: &Facts) -> Requests {
        match (answer, facts.who()) {
            (Answer::Fresh(fresh), Some(who)) => self.read_again(*fresh, &who, facts.now.utc),
            (Answer::Failed(error), _) => self.not_read(error.reason()),
            _ => return Vec::new(),
        }
        vec![Request::ContentChanged]
    }

    /// Disabled now, and enabled again by itself: does anything break?
    fn for_a_while(&self, facts: &Facts) -> Requests {
        if self.enable || self.over.is_some() {
            return Vec::new();
        }
        if let Some(why) = facts.unsupported([Capability::Disable, Capability::DisableUntil]) {
            return vec![Request::info(why)];
        }
        let until = facts.now.utc + PAUSE;
        let change = KeyChange { enabled: Some(false), disabled_until: Some(until), ..KeyChange::default() };
        let write = Write::Change(facts.ticket, self.key.id.clone(), change);
        vec![
            Request::Close,
            Request::Do(Effect::Cancel(Slot::Again)),
            Request::info(format!("Disabling {} for 10 minutes …", self.key.name)),
            Request::write(facts.session, write),
        ]
    }

    fn confirmed(&self, facts: &Facts) -> Requests {
        let doing = if self.enable { "Enabling" } else { "Disabling" };
        // by the same way as many, so that it stands on disk while it is under way
        let order = Order {
            deed: if self.enable { Deed::Enable } else { Deed::Disable },
            keys: vec![self.key.clone()],
            own: facts.own_key().cloned(),
            user: facts.me.map(|me| me.id).unwrap_or_default(),
            resumes: None,
            findings: Vec::new(),
        };
        let write = Write::Bulk(facts.ticket, Box::new(order));
        vec![
            Request::Close,
            Request::info(format!("{doing} {} …", self.key.name)),
            Request::write(facts.session, write),
        ]
    }
}
