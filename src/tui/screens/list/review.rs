//! Opening the review of keys that are to be revoked.

use super::marking::MOST;
use super::{ListScreen, rotate};
use crate::client::capabilities::Capability;
use crate::domain::bulk::Plan;
use crate::domain::deed::Deed;
use crate::domain::ids::KeyId;
use crate::domain::key::{Key, Status};
use crate::domain::listing::Scope;
use crate::tui::action::Action;
use crate::tui::dialogs::choice::Then;
use crate::tui::dialogs::recipient::Recipient;
use crate::tui::dialogs::review::Review;
use crate::tui::dialogs::{Dialog, Requests};
use crate::tui::facts::Facts;
use crate::tui::request::Request;
use crate::tui::text::thousands;

impl ListScreen<Key> {
    pub(super) fn why_no_revoke(&self, facts: &Facts) -> Option<String> {
        let needed = match self.scope() {
            Scope::Mine => Capability::DeleteKeys,
            Scope::Team => Capability::RevokeTeamKeys,
            Scope::Collections => Capability::DeleteCollectionKeys,
        };
        if let Some(why) = facts.unsupported([needed]) {
            return Some(why);
        }
        if facts.me.is_none() {
            // the console's own key could not be told from the others
            return Some(facts.not_yet());
        }
        let nothing = self.table.shown() == 0 && self.table.marks().marked == 0;
        nothing.then(|| "There is no key here to revoke".to_owned())
    }

    pub(super) fn ask_to_revoke(&mut self, facts: &Facts) -> Requests {
        self.ask_to(Then::Revoke, facts)
    }

    pub(super) fn ask_to_toggle(&mut self, facts: &Facts) -> Requests {
        self.ask_to(Then::Toggle, facts)
    }

    /// Why marked keys cannot be disabled or enabled here.
    pub(super) fn why_no_toggle(&self, facts: &Facts) -> Option<String> {
        if self.scope() == Scope::Collections {
            let delete = facts.key_for(Action::Revoke);
            return Some(format!("Collection access keys cannot be disabled: {delete} deletes them"));
        }
        facts.unsupported([Capability::Disable]).or_else(|| facts.me.is_none().then(|| facts.not_yet()))
    }

    /// Why keys cannot be handed over here.
    pub(super) fn why_no_hand_over(&self, facts: &Facts) -> Option<String> {
        if self.scope() == Scope::Collections {
            return Some("Collection access keys are not handed over".to_owned());
        }
        if let Some(why) = facts.unsupported([Capability::HandOver, Capability::Users]) {
            return Some(why);
        }
        let Some(me) = facts.me else { return Some(facts.not_yet()) };
        let denied = || format!("Your role is {}: only an admin hands keys over", me.role());
        (!me.is_admin()).then(denied).or_else(|| self.why_nothing())
    }

    /// Asks whom the keys are to be handed over to, once something is left that can be.
    pub fn choose_recipient(&self, ids: &[KeyId]) -> Requests {
        let keys = self.frozen(ids);
        let going: Vec<&Key> = keys.iter().filter(|key| key.status != Status::Revoked).collect();
        if going.is_empty() {
            return vec![Request::info("A revoked key is nobody's to use: there is nothing to hand over")];
        }
        let from = going.iter().map(|key| key.owner_id).collect();
        vec![Request::Open(Dialog::Recipient(Box::new(Recipient::new(ids.to_vec(), from))))]
    }

    /// Opens the review before those of these keys that are enabled are disabled; where none is, before they are enabled.
    pub fn toggle(&self, ids: &[KeyId], facts: &Facts) -> Requests {
        let is = |id: &KeyId, status: &Status| self.table.get(id).is_some_and(|key| key.status == *status);
        let disabled = ids.iter().filter(|id| is(id, &Status::Disabled)).count();
        if disabled == 0 {
            return self.review_of(Deed::Disable, ids, facts);
        }
        if !ids.iter().any(|id| is(id, &Status::Enabled)) {
            return self.review_of(Deed::Enable, ids, facts);
        }
        // what is disabled already is no part of it: who wants to enable it marks that alone
        let rest: Vec<KeyId> = ids.iter().filter(|id| !is(id, &Status::Disabled)).cloned().collect();
        let mut requests = self.review_of(Deed::Disable, &rest, facts);
        let (count, are) = (thousands(disabled), if disabled == 1 { "is" } else { "are" });
        requests.push(Request::info(format!("{count} of the marked {are} disabled already, and left out")));
        requests
    }

    /// Begins what an action means with these keys, as if they were marked.
    pub fn act_on(&self, action: Action, ids: &[KeyId], facts: &Facts) -> Requests {
        if ids.is_empty() {
            return vec![Request::info("There is no key in it")];
        }
        let most = if action == Action::Rotate { rotate::MOST } else { MOST };
        if ids.len() > most {
            let (count, most) = (thousands(ids.len()), thousands(most));
            return vec![Request::info(format!("These are {count} keys, and {most} at most go at once: choose fewer"))];
        }
        let why = match action {
            Action::Disable => self.why_no_toggle(facts),
            Action::Rotate => self.why_no_rotation(facts),
            _ => self.why_no_revoke(facts),
        };
        match (why, action) {
            (Some(why), _) => vec![Request::info(why)],
            (None, Action::Disable) => self.toggle(ids, facts),
            (None, Action::Rotate) => self.rotate(ids, facts),
            (None, _) => self.review(ids, facts),
        }
    }

    /// Freezes the keys, opens the review before they are revoked, and reads them again for it.
    pub fn review(&self, ids: &[KeyId], facts: &Facts) -> Requests {
        let deed = if self.scope() == Scope::Mine { Deed::Delete } else { Deed::Revoke };
        self.review_of(deed, ids, facts)
    }

    /// The same before something else is done to them.
    pub fn review_of(&self, deed: Deed, ids: &[KeyId], facts: &Facts) -> Requests {
        let Some(who) = facts.who() else { return vec![Request::info(facts.not_yet())] };
        let plan = Plan::unread(deed, self.frozen(ids), &who, facts.now.utc);
        if plan.count() == 0 && plan.own.is_none() {
            return vec![Request::info(nothing_to_do(&plan))];
        }
        let reading = facts.read_again(plan.frozen(), deed == Deed::Enable);
        let review = Review { ticket: facts.ticket, production: facts.session.production, ..Review::new(plan) };
        vec![Request::Open(Dialog::Review(Box::new(review))), Request::Do(reading)]
    }
}

/// Why nothing can be done to any key of a plan.
pub(super) fn nothing_to_do(plan: &Plan) -> String {
    match (plan.already_revoked, &plan.left_out[..]) {
        (0, []) => "These keys are gone".to_owned(),
        (1, []) => "This key is revoked already".to_owned(),
        (many, []) => format!("These {many} keys are revoked already"),
        (0, [(key, barred)]) => format!("{} is {}", key.name, barred.words()),
        (revoked, [(_, barred), ..]) => {
            let (all, words) = (plan.left_out.len(), barred.words());
            let others = plan.left_out.iter().any(|(_, other)| other != barred);
            let more = if others || revoked > 0 { ", or otherwise out of reach" } else { "" };
            format!("There is nothing to {}: {all} keys are {words}{more}", plan.deed.verb())
        }
    }
}
