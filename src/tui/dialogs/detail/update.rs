//! What changes the detail: its trail is read as it opens, and its chain can be walked.

use super::Detail;
use super::chain::{Before, Chain};
use super::trail::Trail;
use super::tried::Tried;
use crate::client::capabilities::Capability;
use crate::client::error::ServiceError;
use crate::domain::ids::UserId;
use crate::domain::key::Key;
use crate::domain::key_value::KeyKind;
use crate::tui::action::Action;
use crate::tui::dialogs::{Dialog, Requests, copy, moved, scroll};
use crate::tui::effect::Effect;
use crate::tui::event::{Answer, Slot};
use crate::tui::facts::Facts;
use crate::tui::request::{Input, Reply, Request};
use crate::tui::ticket::Ticket;

impl Detail {
    /// Opens a key in full.
    pub fn open_key(key: &Key, facts: &Facts) -> Requests {
        let mut detail = Self::of_key(key, facts.users, facts.now.utc);
        let tried = detail.read_tried(key, facts);
        if key.kind == KeyKind::ApiKey {
            detail.chain = Some(Chain::of(key, |id| facts.keys.api_key(id)));
        }
        detail.owner = Some((key.owner_id, key.created.time().map(|made| made.date_naive())));
        let mut requests = detail.open(facts);
        requests.extend(tried);
        requests
    }

    fn open(mut self, facts: &Facts) -> Requests {
        let mut requests = self.read_trail(facts);
        requests.insert(0, Request::Open(Dialog::Detail(Box::new(self))));
        requests
    }

    /// Takes an input in, and says what follows.
    pub fn update(&mut self, input: Input, facts: &Facts) -> Requests {
        match input {
            Input::Action(action) => return self.act(action, facts),
            Input::Scroll(rows) => self.scroll = scroll(self.scroll, rows, self.most(facts.size)),
            Input::Reply(Reply::Read(slot, answer)) => return self.read(slot, answer, facts),
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

    /// Whether a read with this ticket is under way for it.
    pub fn waits_for(&self, ticket: Ticket) -> bool {
        ticket != Ticket::default() && [self.reading_trail, self.reading_tried, self.reading_key].contains(&ticket)
    }

    fn act(&mut self, action: Action, facts: &Facts) -> Requests {
        if let Some(rows) = moved(action, usize::from(facts.size.1).saturating_sub(5)) {
            self.scroll = scroll(self.scroll, rows, self.most(facts.size));
            return Vec::new();
        }
        match action {
            Action::CopyId | Action::CopyMasked => copy(action, self.id.as_ref(), &self.masked),
            Action::Older | Action::Newer => self.walk(action == Action::Newer, facts),
            _ => {
                let reading = [
                    (self.reading_trail, Slot::Trail),
                    (self.reading_tried, Slot::Tried),
                    (self.reading_key, Slot::Ancestor),
                ];
                let still = reading.into_iter().filter(|(reading, _)| *reading != Ticket::default());
                let cancel = still.map(|(_, slot)| Request::Do(Effect::Cancel(slot)));
                std::iter::once(Request::Close).chain(cancel).collect()
            }
        }
    }

    /// Asks for the trail of the key, once it is known which.
    fn read_trail(&mut self, facts: &Facts) -> Requests {
        let Some(key) = self.id.clone() else { return Vec::new() };
        if let Some(why) = facts.session.capabilities.why_not(Capability::AuditLog) {
            self.set_trail(&Trail::None(format!("not recorded by this backend: {why}")));
            return Vec::new();
        }
        let of_owner = facts.unsupported([Capability::AuditByKey]).is_some();
        let effect = match self.owner {
            Some((owner, since)) if of_owner && owner != UserId::default() => {
                Effect::OwnersTrail(facts.ticket, owner, since)
            }
            Some(_) | None if of_owner => {
                self.set_trail(&Trail::None("not told: whose the key is nobody knows".to_owned()));
                return Vec::new();
            }
            Some(_) | None => Effect::Trail(facts.ticket, key),
        };
        self.reading_trail = facts.ticket;
        self.set_trail(&Trail::Loading);
        vec![Request::Do(effect)]
    }

    /// Asks from where the key is tried, if it is at all.
    fn read_tried(&mut self, key: &Key, facts: &Facts) -> Requests {
        if key.kind != KeyKind::ApiKey || key.refused_uses.count == 0 {
            return Vec::new();
        }
        if let Some(why) = facts.session.capabilities.why_not(Capability::RefusedUses) {
            self.set_tried(&Tried::None(format!("not told by this backend: {why}")), facts.now.utc);
            return Vec::new();
        }
        self.reading_tried = facts.ticket;
        self.set_tried(&Tried::Loading, facts.now.utc);
        vec![Request::Do(Effect::Tried(facts.ticket, key.id.clone()))]
    }

    fn take_tried(&mut self, tried: &Tried, facts: &Facts) {
        self.set_tried(tried, facts.now.utc);
        self.reading_tried = Ticket::default();
    }

    fn read(&mut self, slot: Slot, answer: Answer, facts: &Facts) -> Requests {
        match (slot, answer) {
            (Slot::Trail, Answer::Trail(entries, more)) => {
                let of_owner = facts.unsupported([Capability::AuditByKey]).is_some();
                self.take_trail(&Trail::Here { entries, more, of_owner });
            }
            (Slot::Trail, Answer::Failed(error)) => self.take_trail(&Trail::Failed(error)),
            (Slot::Tried, Answer::Tried(addresses)) => self.take_tried(&Tried::Here(addresses), facts),
            (Slot::Tried, Answer::Failed(error)) => self.take_tried(&Tried::Failed(error), facts),
            (Slot::Ancestor, Answer::Key(key)) => return self.take_ancestor(Ok(*key), facts),
            (Slot::Ancestor, Answer::Failed(error)) => return self.take_ancestor(Err(error), facts),
            _ => {}
        }
        Vec::new()
    }

    fn take_trail(&mut self, trail: &Trail) {
        self.set_trail(trail);
        self.reading_trail = Ticket::default();
    }

    /// `[` and `]`: the key before or after in the chain; an ancestor that is not loaded is asked for.
    fn walk(&mut self, newer: bool, facts: &Facts) -> Requests {
        let leads = self.leads(newer);
        let Some(chain) = self.chain.as_mut().filter(|_| leads) else {
            let why =
                if newer { "No loaded key was rotated from this one" } else { "It was rotated from no other key" };
            return vec![Request::info(why)];
        };
        if chain.go(newer) {
            return self.show_in_chain(facts);
        }
        let id = match &chain.before {
            Before::NotLoaded(id) | Before::Unreadable(id, _) => id.clone(),
            Before::Asked(_) | Before::Nothing => return Vec::new(),
        };
        chain.before = Before::Asked(id.clone());
        self.reading_key = facts.ticket;
        vec![Request::Do(Effect::Ancestor(facts.ticket, id))]
    }

    fn take_ancestor(&mut self, read: Result<Key, ServiceError>, facts: &Facts) -> Requests {
        self.reading_key = Ticket::default();
        let Some(chain) = &mut self.chain else { return Vec::new() };
        // whoever went on to another key meanwhile stays there
        let waits = chain.older().is_none();
        match (read, &chain.before) {
            (Ok(key), _) => {
                chain.came(key, waits, |id| facts.keys.api_key(id));
                return if waits { self.show_in_chain(facts) } else { Vec::new() };
            }
            (Err(error), Before::Asked(id)) => {
                chain.before = Before::Unreadable(id.clone(), format!("{}; {}", error.reason(), error.hint()));
            }
            (Err(_), _) => {}
        }
        Vec::new()
    }

    /// Shows the key that the chain stands at, from its first line, and reads its trail.
    fn show_in_chain(&mut self, facts: &Facts) -> Requests {
        let Some(chain) = self.chain.take() else { return Vec::new() };
        let mut requests = Vec::new();
        if let Some(key) = chain.key() {
            let shown = Self::of_key(key, facts.users, facts.now.utc);
            // the addresses of the key before are no longer waited for
            if self.reading_tried != Ticket::default() {
                requests.push(Request::Do(Effect::Cancel(Slot::Tried)));
            }
            *self = Self { reading_key: self.reading_key, ..shown };
            requests.extend(self.read_tried(key, facts));
        }
        self.chain = Some(chain);
        requests.extend(self.read_trail(facts));
        requests
    }
}
