//! One key, or one finding, in full: its audit trail is read as it opens, and its chain can be walked.

use super::App;
use crate::client::capabilities::Capability;
use crate::client::error::ServiceError;
use crate::domain::key::Key;
use crate::domain::key_value::KeyKind;
use crate::tui::action::Action;
use crate::tui::dialogs::Dialog;
use crate::tui::dialogs::detail::Detail;
use crate::tui::dialogs::detail::chain::{Before, Chain};
use crate::tui::dialogs::detail::trail::Trail;
use crate::tui::effect::Effect;
use crate::tui::event::Slot;
use crate::tui::facts::LoadedKeys;
use crate::tui::session::Tone;
use crate::tui::tab::Tab;
use crate::tui::ticket::Ticket;

impl App {
    pub(super) fn open_detail(&mut self) -> Vec<Effect> {
        let now = self.utc();
        let detail = match self.tab {
            Tab::Exposed => self.exposed.table.current().map(|finding| Detail::of_finding(finding, now)),
            _ => self.keys().and_then(|list| list.table.current()).map(|key| {
                let mut detail = Detail::of_key(key, &self.users, now);
                if key.kind == KeyKind::ApiKey {
                    detail.chain = Some(Chain::of(key, self.api_keys(), |id| self.api_key(id)));
                }
                detail
            }),
        };
        let Some(detail) = detail else { return Vec::new() };
        self.dialogs.push(Dialog::Detail(detail));
        self.read_trail()
    }

    fn detail_mut(&mut self) -> Option<&mut Detail> {
        self.dialogs.iter_mut().rev().find_map(|dialog| match dialog {
            Dialog::Detail(detail) => Some(detail),
            _ => None,
        })
    }

    /// Asks for the trail of the key in the detail, once it is known which.
    fn read_trail(&mut self) -> Vec<Effect> {
        let ticket = self.ticket();
        let why_not = self.session.capabilities.why_not(Capability::AuditLog).map(str::to_owned);
        let Some(detail) = self.detail_mut() else { return Vec::new() };
        let Some(key) = detail.id.clone() else { return Vec::new() };
        if let Some(why) = why_not {
            detail.set_trail(&Trail::None(format!("not recorded by this backend: {why}")));
            return Vec::new();
        }
        detail.reading_trail = ticket;
        detail.set_trail(&Trail::Loading);
        vec![Effect::Trail(ticket, key)]
    }

    pub(super) fn take_trail(&mut self, trail: &Trail) {
        if let Some(detail) = self.detail_mut() {
            detail.set_trail(trail);
            detail.reading_trail = Ticket::default();
        }
    }

    pub(super) fn act_in_detail(&mut self, action: Action) -> Vec<Effect> {
        match action {
            Action::CopyId | Action::CopyMasked => self.copy(action),
            Action::Older | Action::Newer => self.walk(action == Action::Newer),
            _ => {
                let Some(Dialog::Detail(detail)) = self.dialogs.pop() else { return Vec::new() };
                [(detail.reading_trail, Slot::Trail), (detail.reading_key, Slot::Ancestor)]
                    .into_iter()
                    .filter(|(reading, _)| *reading != Ticket::default())
                    .map(|(_, slot)| Effect::Cancel(slot))
                    .collect()
            }
        }
    }

    /// `[` and `]`: the key before or after in the chain; an ancestor that is not loaded is asked for.
    fn walk(&mut self, newer: bool) -> Vec<Effect> {
        let ticket = self.ticket();
        let Some(detail) = self.detail_mut() else { return Vec::new() };
        let leads = detail.leads(newer);
        let Some(chain) = detail.chain.as_mut().filter(|_| leads) else {
            let why =
                if newer { "No loaded key was rotated from this one" } else { "It was rotated from no other key" };
            self.say(Tone::Info, why);
            return Vec::new();
        };
        if chain.go(newer) {
            return self.show_in_chain();
        }
        let id = match &chain.before {
            Before::NotLoaded(id) | Before::Unreadable(id, _) => id.clone(),
            Before::Asked(_) | Before::Nothing => return Vec::new(),
        };
        chain.before = Before::Asked(id.clone());
        detail.reading_key = ticket;
        vec![Effect::Ancestor(ticket, id)]
    }

    pub(super) fn take_ancestor(&mut self, read: Result<Key, ServiceError>) -> Vec<Effect> {
        let Some(mut chain) = self.detail_mut().and_then(|detail| detail.chain.take()) else { return Vec::new() };
        // having gone on meanwhile, one stays where one is
        let waits = chain.older().is_none();
        let came = match (read, &chain.before) {
            (Ok(key), _) => {
                chain.came(key, waits, |id| self.api_key(id));
                true
            }
            (Err(error), Before::Asked(id)) => {
                chain.before = Before::Unreadable(id.clone(), format!("{}; {}", error.reason(), error.hint()));
                false
            }
            (Err(_), _) => false,
        };
        if let Some(detail) = self.detail_mut() {
            detail.chain = Some(chain);
            detail.reading_key = Ticket::default();
        }
        if came && waits { self.show_in_chain() } else { Vec::new() }
    }

    /// Shows the key that the chain stands at, from its first line, and reads its trail.
    fn show_in_chain(&mut self) -> Vec<Effect> {
        let now = self.utc();
        let Some(chain) = self.detail_mut().and_then(|detail| detail.chain.take()) else { return Vec::new() };
        let shown = chain.key().map(|key| Detail::of_key(key, &self.users, now));
        if let (Some(detail), Some(mut shown)) = (self.detail_mut(), shown) {
            shown.reading_key = detail.reading_key;
            shown.chain = Some(chain);
            *detail = shown;
        }
        self.read_trail()
    }
}
