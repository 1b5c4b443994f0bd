//! What can be done with keys: marking, and what is begun for the marked ones or the one under the cursor.

use super::ListScreen;
use super::rows::ListRow;
use crate::client::capabilities::Capability;
use crate::domain::bulk::Target;
use crate::domain::deed::{Barred, Deed, Who};
use crate::domain::ids::KeyId;
use crate::domain::key::{DisabledReason, Key, Status};
use crate::domain::key_value::KeyKind;
use crate::domain::listing::Scope;
use crate::domain::picture::{By, Wanted};
use crate::domain::untrusted::Untrusted;
use crate::tui::action::Action;
use crate::tui::dialogs::ask::Ask;
use crate::tui::dialogs::choice::Then;
use crate::tui::dialogs::edit::Edit;
use crate::tui::dialogs::new_key::{Kind, NewKey};
use crate::tui::dialogs::picture::PictureDialog;
use crate::tui::dialogs::regenerate::Regenerate;
use crate::tui::dialogs::track::{Track, why_no_probe};
use crate::tui::dialogs::{Dialog, Requests};
use crate::tui::event::Slot;
use crate::tui::facts::Facts;
use crate::tui::request::Request;

impl ListRow for Key {
    fn why_not(list: &ListScreen<Self>, action: Action, facts: &Facts) -> Option<String> {
        match action {
            Action::Revoke => list.why_no_revoke(facts),
            Action::Rotate => list.why_no_rotation(facts),
            Action::NewKey if list.tracks(facts) => None,
            Action::Edit if list.tracks(facts) => list.why_nothing(),
            Action::StopTracking => list.why_not_tracked(facts),
            Action::Probe => {
                let key = list.table.current();
                list.why_not_tracked(facts).or_else(|| why_no_probe(key.and_then(|key| key.tracked.as_deref())))
            }
            Action::HandOver => list.why_no_hand_over(facts),
            Action::NewKey => list.why_no_new_key(facts),
            Action::Disable if list.any_marks() => list.why_no_toggle(facts),
            Action::Edit | Action::Disable | Action::Regenerate => list.why_no_change(action, facts),
            Action::Mark | Action::Range | Action::MarkAll | Action::InvertMarks | Action::GoToKey => {
                list.why_nothing()
            }
            Action::ClearMarks | Action::OnlyMarked => list.why_no_marks(),
            _ => None,
        }
    }

    fn act(list: &mut ListScreen<Self>, action: Action, facts: &Facts) -> Requests {
        match action {
            Action::NewKey if list.tracks(facts) => {
                vec![Request::Open(Dialog::Track(Box::new(Track::add(facts.ticket))))]
            }
            Action::Edit | Action::StopTracking | Action::Probe if list.tracks(facts) => {
                let Some(key) = list.table.current().cloned() else { return Vec::new() };
                let form = match action {
                    Action::Edit => Track::edit(key, facts.ticket),
                    Action::Probe => Track::probe(key, facts.ticket),
                    _ => Track::remove(key, facts.ticket),
                };
                vec![Request::Open(Dialog::Track(Box::new(form)))]
            }
            Action::NewKey => {
                let kind = if list.scope() == Scope::Collections { Kind::CollectionKey } else { Kind::ApiKey };
                let can = &facts.session.capabilities;
                let form = NewKey::new(kind, facts.settings.cloned(), can, facts.ticket);
                let form = match facts.me {
                    Some(me) => form.asked_by(me, facts.users.users(), can),
                    None => form,
                };
                let form = form.at(facts.now.utc, can);
                vec![Request::Open(Dialog::NewKey(Box::new(form)))]
            }
            Action::Disable if list.any_marks() => list.ask_to_toggle(facts),
            Action::Edit | Action::Regenerate | Action::Disable => {
                let key = list.table.current().cloned();
                key.map(|key| change(action, key, facts)).unwrap_or_default()
            }
            Action::GoToKey => {
                let key = list.table.current();
                key.map(|key| Request::GoToKey(key.id.clone(), key.kind)).into_iter().collect()
            }
            Action::Map => list.picture(Wanted::Map, facts),
            Action::Group => list.picture(Wanted::Groups(By::Owner), facts),
            Action::Expiry => list.picture(Wanted::Expiry, facts),
            Action::Revoke => list.ask_to_revoke(facts),
            Action::Rotate => list.ask_to_rotate(facts),
            Action::HandOver => list.ask_to(Then::HandOver, facts),
            Action::Mark
            | Action::Range
            | Action::MarkAll
            | Action::InvertMarks
            | Action::ClearMarks
            | Action::LastMarks
            | Action::OnlyMarked => list.mark(action, facts),
            _ => Vec::new(),
        }
    }

    fn copied(&self) -> (Option<&KeyId>, &Untrusted) {
        (Some(&self.id), &self.masked)
    }
}

fn change(action: Action, key: Key, facts: &Facts) -> Requests {
    let own = facts.own_key() == Some(&key.id);
    let target = vec![Target { id: key.id.clone(), kind: key.kind }];
    match action {
        Action::Edit => {
            vec![Request::Open(Dialog::Edit(Box::new(Edit::new(key, &facts.session.capabilities, facts.ticket))))]
        }
        Action::Regenerate => {
            let production = facts.session.production;
            let form = Regenerate::new(key, own, production, facts.ticket, facts.now.utc);
            vec![Request::Open(Dialog::Regenerate(Box::new(form))), Request::Do(facts.read_again(target, false))]
        }
        _ => {
            let Some(who) = facts.who() else { return vec![Request::info(facts.not_yet())] };
            let ask = Ask::new(key, &who, facts.session.production, facts.now.utc, facts.ticket);
            let reading = facts.read_again(target, ask.enable);
            vec![Request::Open(Dialog::Ask(Box::new(ask))), Request::Do(reading)]
        }
    }
}

impl ListScreen<Key> {
    /// Opens a picture of what is shown.
    fn picture(&self, wanted: Wanted, facts: &Facts) -> Requests {
        let picture = PictureDialog::open(wanted, &self.table, facts.now.utc);
        vec![Request::Open(Dialog::Picture(Box::new(picture)))]
    }

    /// Whose keys these are.
    pub(super) fn scope(&self) -> Scope {
        match self.slot {
            Slot::Keys(scope) => scope,
            _ => Scope::Mine,
        }
    }

    pub(super) fn frozen(&self, ids: &[KeyId]) -> Vec<Key> {
        ids.iter().filter_map(|id| self.table.get(id).cloned()).collect()
    }

    /// Whether these keys are written down on this machine.
    pub(super) fn tracks(&self, facts: &Facts) -> bool {
        self.scope() == Scope::Mine && facts.session.capabilities.tracks().is_some()
    }

    /// Why there is no key here that is written down.
    fn why_not_tracked(&self, facts: &Facts) -> Option<String> {
        if self.tracks(facts) {
            return self.why_nothing();
        }
        Some(match facts.session.capabilities.tracks() {
            Some(_) => format!(
                "The keys that are written down stand in My Keys: {} goes there",
                facts.key_for(Action::MineTab)
            ),
            None => "Nothing is written down here: this backend lists its keys".to_owned(),
        })
    }

    fn why_no_new_key(&self, facts: &Facts) -> Option<String> {
        let collections = self.scope() == Scope::Collections;
        let capability = if collections { Capability::CreateCollectionKeys } else { Capability::CreateKeys };
        if let Some(why) = facts.unsupported([capability]) {
            return Some(why);
        }
        let Some(me) = facts.me else { return Some("Not yet: the server has not said who you are".to_owned()) };
        let admins_only = facts.settings.is_some_and(|settings| !settings.members_may_generate);
        (admins_only && !me.is_admin() && !collections)
            .then(|| "Your team lets only admins generate keys: ask one of them".to_owned())
    }

    /// Why the key under the cursor cannot be changed so; none when it can, as far as the console knows.
    fn why_no_change(&self, action: Action, facts: &Facts) -> Option<String> {
        let unsupported = match action {
            // any of these is worth a form
            Action::Edit
                if [Capability::Rename, Capability::Access]
                    .into_iter()
                    .any(|can| facts.session.capabilities.has(can)) =>
            {
                None
            }
            Action::Edit => facts.unsupported([Capability::Contacts]),
            Action::Disable => facts.unsupported([Capability::Disable]),
            _ => facts.unsupported([Capability::Regenerate]),
        };
        if unsupported.is_some() {
            return unsupported;
        }
        let Some(key) = self.table.current() else { return Some("Nothing is shown here".to_owned()) };
        let Some(me) = facts.me else { return Some(facts.not_yet()) };
        let expired = key.disabled_reason == Some(DisabledReason::Expired)
            || key.expires.time().is_some_and(|expires| expires <= facts.now.utc);
        if key.kind == KeyKind::CollectionAccessKey {
            let [delete, new] = [Action::Revoke, Action::NewKey].map(|action| facts.key_for(action));
            Some(format!("A collection access key cannot be changed: {delete} deletes it, {new} makes another"))
        } else if key.status == Status::Revoked {
            Some("It is revoked, which is final".to_owned())
        } else if Deed::Disable.barred(key, &Who { me, names: facts.users }, facts.now.utc) == Some(Barred::Superadmins)
        {
            Some("A superadmin owns it: only a superadmin changes it".to_owned())
        } else if action == Action::Regenerate && !me.acts_for(key) {
            Some("Only its owner can give it a new value".to_owned())
        } else if action != Action::Edit && expired {
            Some(format!("It expired, which cannot be taken back: {} makes a new key", facts.key_for(Action::NewKey)))
        } else if action == Action::Disable && key.disabled_reason == Some(DisabledReason::Admin) && !me.is_admin() {
            Some("An admin disabled it: only an admin can enable it".to_owned())
        } else {
            None
        }
    }
}
