//! Opening the wizard on keys.

use super::Wizard;
use super::draft::{Draft, Drafted};
use crate::domain::bulk;
use crate::domain::deed::Deed;
use crate::domain::key::{Key, Status};
use crate::domain::rotation::{OldKey, Plan};
use crate::domain::team::Me;
use crate::tui::action::Action;
use crate::tui::dialogs::edit::Edit;
use crate::tui::dialogs::{Dialog, Requests};
use crate::tui::facts::Facts;
use crate::tui::request::Request;

impl Wizard {
    /// Opens the wizard: with the plan, where it is saved where the keys' values go, else with the draft. `change` is made to
    /// each plan first.
    pub fn begin(keys: Vec<Key>, change: &dyn Fn(&mut Plan), facts: &Facts) -> Requests {
        let Some(me) = facts.me else { return Vec::new() };
        if let Some(why) = why_not_these(&keys, me, facts).or_else(|| why_open_already(&keys, facts)) {
            return vec![Request::info(why)];
        }
        if let Some(requests) = contacts_first(&keys, facts) {
            return requests;
        }
        let drafted: Vec<Drafted> = keys.iter().map(|key| drafted(key, change, facts)).collect();
        let all_have_places = drafted.iter().all(|key| !key.plan.sinks.is_empty());
        if keys.len() > 1
            && let Some(why) = why_not_together(&drafted)
        {
            return vec![Request::info(why)];
        }
        let Some(who) = facts.who() else { return vec![Request::info(facts.not_yet())] };
        let mut reviewed = bulk::Plan::unread(Deed::Revoke, keys, &who, facts.now.utc);
        reviewed.include_own = true;
        let reading = facts.read_again(reviewed.frozen(), false);
        let confirmation = reviewed.confirmation_of_reversible(facts.session.production);
        let draft = Draft::new(drafted, confirmation, facts.settings.cloned(), facts.now.utc).reviewed(reviewed);
        let wizard = Self::drafted(draft, all_have_places, facts);
        let look = wizard.look();
        let open = Request::Open(Dialog::Rotate(Box::new(wizard)));
        [open, Request::Do(reading)].into_iter().chain(look).collect()
    }
}

/// The form of the contacts of a key that has none, where the backend makes no new key without; before anything else.
fn contacts_first(keys: &[Key], facts: &Facts) -> Option<Requests> {
    let can = &facts.session.capabilities;
    let otherwise = can.without_contacts()?;
    let key = keys.iter().find(|key| key.contacts.is_empty())?;
    let rotate = facts.key_for(Action::Rotate);
    let words = format!("{} has no contacts: {otherwise}. Set some first, then {rotate} again", key.name);
    let form = Edit::new(key.clone(), can, facts.ticket);
    Some(vec![Request::Open(Dialog::Edit(Box::new(form))), Request::info(words)])
}

fn drafted(key: &Key, change: &dyn Fn(&mut Plan), facts: &Facts) -> Drafted {
    let mut plan = Plan::draft(key, facts.settings, facts.now.utc).within((&facts.session.capabilities).into());
    if let Some(saved) = facts.session.saved.for_key(key.name.as_received()) {
        saved.apply(&mut plan);
    }
    change(&mut plan);
    Drafted { old: OldKey::of(key, facts.own_key()), plan }
}

/// Why these keys cannot be rotated by who asks; none when they can.
fn why_not_these(keys: &[Key], me: &Me, facts: &Facts) -> Option<String> {
    let others: Vec<&Key> = keys.iter().filter(|key| !me.acts_for(key)).collect();
    let revoke = facts.key_for(Action::Revoke);
    let or = |them: &str| if me.is_admin() { format!(", or {revoke} revokes {them}") } else { String::new() };
    match &others[..] {
        [] => {}
        [other] if keys.len() == 1 => {
            let email = if other.owner_email.is_empty() { String::new() } else { format!(" ({})", other.owner_email) };
            let or = or("it");
            return Some(format!("Only its owner can rotate {}: tell {}{email}{or}", other.name, other.owner));
        }
        others => {
            let (count, or) = (others.len(), or("them"));
            return Some(format!(
                "{count} of these keys are others': only their owners can rotate them: tell them{or}"
            ));
        }
    }
    let revoked = keys.iter().find(|key| key.status == Status::Revoked)?;
    let new = facts.key_for(Action::NewKey);
    Some(format!("{} is revoked, which is final: {new} makes a new key", revoked.name))
}

fn why_open_already(keys: &[Key], facts: &Facts) -> Option<String> {
    let of = |key: &&Key| {
        facts.rotations.list.iter().any(|open| facts.session.is_at(&open.address) && open.old.id == key.id)
    };
    let lists = facts.key_for(Action::Rotations);
    keys.iter().find(of).map(|key| format!("A rotation of {} is open: {lists} lists it, and goes on with it", key.name))
}

/// Why several keys cannot be rotated at once; none when they can.
fn why_not_together(keys: &[Drafted]) -> Option<String> {
    if let Some(without) = keys.iter().find(|key| key.plan.sinks.is_empty()) {
        return Some(format!(
            "Nothing is saved of where the value of {} goes: rotate it alone, or save it under [rotation.\"NAME\"] in config.toml",
            without.old.name
        ));
    }
    let mut places = keys.iter().flat_map(|key| key.plan.sinks.iter().map(move |sink| (sink, &key.old.name)));
    let mut seen = Vec::new();
    let twice = places.find_map(|(sink, name)| {
        let before = seen.iter().find(|(other, of)| *other == sink && *of != name).map(|(_, of)| *of);
        seen.push((sink, name));
        before.map(|before| (before, name))
    });
    twice.map(|(one, other)| {
        format!("{one} and {other} would go to the same place, which holds one value: rotate each alone")
    })
}
