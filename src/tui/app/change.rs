//! Changing a key that is there: name and contacts, disabling and enabling, a new value.

use super::App;
use crate::client::error::ServiceError;
use crate::domain::bulk::{Confirmation, Plan};
use crate::domain::key::{DisabledReason, Key, Status};
use crate::domain::key_value::KeyKind;
use crate::tui::action::Action;
use crate::tui::dialogs::Dialog;
use crate::tui::dialogs::ask::Ask;
use crate::tui::dialogs::confirm::Asked;
use crate::tui::dialogs::edit::{self, Edit};
use crate::tui::dialogs::regenerate::Regenerate;
use crate::tui::effect::Effect;
use crate::tui::request::Reply;
use crate::tui::session::Tone;
use crate::tui::ticket::Ticket;

impl App {
    /// Why the key under the cursor cannot be changed so; none when it can, as far as the console knows.
    pub(super) fn why_no_change(&self, action: Action) -> Option<String> {
        let Some(list) = self.keys() else {
            let [mine, team] = [Action::MineTab, Action::TeamTab].map(|tab| self.key_for(tab));
            return Some(format!("Keys are changed in My Keys ({mine}) and Team Keys ({team})"));
        };
        let Some(key) = list.table.current() else { return Some("Nothing is shown here".to_owned()) };
        let Some(me) = &self.me else {
            return Some(self.not_yet());
        };
        let expired = key.disabled_reason == Some(DisabledReason::Expired)
            || key.expires.time().is_some_and(|expires| expires <= self.utc());
        if key.kind == KeyKind::CollectionAccessKey {
            let [delete, new] = [Action::Revoke, Action::NewKey].map(|action| self.key_for(action));
            Some(format!("A collection access key cannot be changed: {delete} deletes it, {new} makes another"))
        } else if key.status == Status::Revoked {
            Some("It is revoked, which is final".to_owned())
        } else if action == Action::Regenerate && key.owner_id != me.id {
            Some("Only its owner can give it a new value".to_owned())
        } else if action != Action::Edit && expired {
            Some(format!("It expired, which cannot be taken back: {} makes a new key", self.key_for(Action::NewKey)))
        } else if action == Action::Disable && key.disabled_reason == Some(DisabledReason::Admin) && !me.is_admin() {
            Some("An admin disabled it: only an admin can enable it".to_owned())
        } else {
            None
        }
    }

    pub(super) fn open_change(&mut self, action: Action) {
        let ticket = self.ticket();
        let Some(key) = self.keys().and_then(|list| list.table.current()).cloned() else { return };
        let own = self.own_key().is_some_and(|own| own == key.id);
        self.open(match action {
            Action::Edit => Dialog::Edit(Box::new(Edit::new(key, ticket))),
            _ => Dialog::Regenerate(Box::new(Regenerate::new(key, own, ticket))),
        });
    }

    pub(super) fn ask_to_disable(&mut self) {
        let Some(key) = self.keys().and_then(|list| list.table.current()).cloned() else { return };
        let enable = key.status == Status::Disabled;
        let own = self.own_key().is_some_and(|own| own == key.id);
        let wanted = if enable {
            Confirmation::Yes
        } else {
            let mut plan = Plan::new([key.clone()], self.own_key().as_ref(), self.utc());
            plan.include_own = true;
            plan.confirmation_of_reversible(self.session.production)
        };
        self.open(Dialog::Ask(Box::new(Ask { key, enable, own, asked: Asked::new(wanted) })));
    }

    /// The answer to a change: the form that asked for it takes it in. Where none did, since the question is closed by
    /// then, it is said here.
    pub(super) fn changed(&mut self, ticket: Ticket, result: Result<Key, ServiceError>) -> Vec<Effect> {
        if self.dialogs.waiting_for(ticket).is_some() {
            return self.reply(ticket, Reply::Changed(result)).unwrap_or_default();
        }
        match result {
            Ok(key) => {
                let requests = edit::changed(key, &self.facts());
                self.fulfil(requests, None)
            }
            Err(error) => {
                let unsure = format!("; {} shows what it is now", self.key_for(Action::Refresh));
                let unsure = if error.outcome_unknown() { &unsure } else { "" };
                self.say(Tone::Bad, format!("{error}; {}{unsure}", error.hint()));
                Vec::new()
            }
        }
    }
}
