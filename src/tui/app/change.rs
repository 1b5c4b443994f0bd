//! Changing a key that is there: name and contacts, disabling and enabling, a new value.

use super::effect::Effect;
use super::event::Ticket;
use super::{App, Tone};
use crate::client::capabilities::Capability;
use crate::client::error::ServiceError;
use crate::domain::bulk::{Confirmation, Plan};
use crate::domain::key::{DisabledReason, Key, Status};
use crate::domain::key_value::KeyKind;
use crate::domain::listing::KeyChange;
use crate::tui::action::Action;
use crate::tui::dialogs::Dialog;
use crate::tui::dialogs::ask::Ask;
use crate::tui::dialogs::confirm::Asked;
use crate::tui::dialogs::new_key::{Making, NewKeyDialog, Stage};

impl App {
    /// Why the key under the cursor cannot be changed so; none when it can, as far as the console knows.
    pub(super) fn why_no_change(&self, action: Action) -> Option<String> {
        if let Some(why) = self.read_only() {
            return Some(why);
        }
        let capabilities = &self.session.capabilities;
        let unsupported = match action {
            // either of the two is worth a form
            Action::Edit if capabilities.has(Capability::Rename) => None,
            Action::Edit => self.unsupported([Capability::Contacts]),
            Action::Disable => self.unsupported([Capability::Disable]),
            _ => self.unsupported([Capability::Regenerate]),
        };
        if unsupported.is_some() {
            return unsupported;
        }
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
        let making = if action == Action::Edit { Making::Edit } else { Making::NewValue };
        let ticket = self.ticket();
        let Some(key) = self.keys().and_then(|list| list.table.current()).cloned() else { return };
        let own = self.own_key().is_some_and(|own| own == key.id);
        self.dialogs.push(Dialog::NewKey(Box::new(NewKeyDialog::of(making, key, own, ticket))));
    }

    pub(super) fn ask_to_disable(&mut self) {
        let opened = self.running();
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
        self.dialogs.push(Dialog::Ask(Box::new(Ask { key, enable, own, asked: Asked::new(wanted), opened })));
    }

    pub(super) fn act_in_ask(&mut self, action: Action) -> Vec<Effect> {
        let ticket = self.ticket();
        let Some(Dialog::Ask(ask)) = self.dialogs.last_mut() else { return Vec::new() };
        let confirmed = ask.asked.confirms(action);
        if !confirmed && matches!(action, Action::Confirm | Action::Choose) {
            return Vec::new();
        }
        let Some(Dialog::Ask(ask)) = self.dialogs.pop().filter(|_| confirmed) else { return Vec::new() };
        let doing = if ask.enable { "Enabling" } else { "Disabling" };
        self.say(Tone::Info, format!("{doing} {} …", ask.key.name));
        vec![Effect::Change(ticket, ask.key.id, KeyChange { enabled: Some(ask.enable), ..KeyChange::default() })]
    }

    /// The answer to a change: the key as it is now, in every list; or what the server said against it.
    pub(super) fn changed(&mut self, ticket: Ticket, result: Result<Key, ServiceError>) {
        match result {
            Ok(key) => {
                let is_form = |dialog: &Dialog| matches!(dialog, Dialog::NewKey(form) if form.ticket == ticket);
                self.dialogs.retain(|dialog| !is_form(dialog));
                let disabled = key.status == Status::Disabled;
                let hint = format!(": {} enables it again", self.key_for(Action::Disable));
                let hint = if disabled { &hint } else { "" };
                self.say(Tone::Good, format!("{} is changed, and {}{hint}", key.name, key.status));
                self.put(&key);
            }
            Err(error) => {
                let unsure = format!("; {} shows what it is now", self.key_for(Action::Refresh));
                let unsure = if error.outcome_unknown() { &unsure } else { "" };
                let text = format!("{error}; {}{unsure}", error.hint());
                let form = self.dialogs.iter_mut().find_map(|dialog| match dialog {
                    Dialog::NewKey(form) if form.ticket == ticket => Some(form),
                    _ => None,
                });
                match form {
                    Some(form) => form.stage = Stage::Form(Some(error)),
                    None => self.say(Tone::Bad, text),
                }
            }
        }
    }

    /// The key as it is now, in every list that holds it.
    pub(super) fn put(&mut self, key: &Key) {
        let now = self.utc();
        for list in [&mut self.mine, &mut self.team] {
            list.table.update(&key.id, now, |row| *row = Key { exposed: row.exposed, ..key.clone() });
        }
        self.sum_up();
    }
}
