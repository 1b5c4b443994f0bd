//! Opening the wizard that rotates keys.

use super::App;
use super::lists::frozen;
use crate::client::capabilities::Capability;
use crate::domain::bulk;
use crate::domain::ids::KeyId;
use crate::domain::key::{Key, Status};
use crate::domain::rotation::{OldKey, Plan};
use crate::domain::team::Me;
use crate::tui::action::Action;
use crate::tui::dialogs::Dialog;
use crate::tui::dialogs::rotate::Wizard;
use crate::tui::dialogs::rotate::draft::{Draft, Drafted};
use crate::tui::facts::Facts;
use crate::tui::session::Tone;
use crate::tui::tab::Tab;
use crate::tui::text::thousands;

/// The most keys that are rotated at once.
const MOST: usize = 100;

impl App {
    /// Why nothing can be rotated here, now; none when it can, as far as the console knows.
    pub(super) fn why_no_rotation(&self) -> Option<String> {
        match self.tab {
            Tab::Mine | Tab::Team => {}
            Tab::Collections => {
                let [new, delete] = [Action::NewKey, Action::Revoke].map(|action| self.key_for(action));
                return Some(format!(
                    "Collection access keys are not rotated: {new} makes another, {delete} deletes this one"
                ));
            }
            Tab::Exposed | Tab::Settings => {
                return Some(format!("Keys are rotated in My Keys ({})", self.key_for(Action::MineTab)));
            }
        }
        if let Some(why) = self.session.capabilities.why_not(Capability::CreateKeys) {
            return Some(why.to_owned());
        }
        if self.me.is_none() {
            let again = self.key_for(Action::Refresh);
            return Some(format!("Not yet: the server has not said who you are; {again} asks again"));
        }
        let list = self.keys()?;
        let nothing = list.table.shown() == 0 && list.table.marks().marked == 0;
        nothing.then(|| "There is no key here to rotate".to_owned())
    }

    /// `o`: the marked keys, else the one under the cursor. Hidden marks ask first.
    pub(super) fn ask_to_rotate(&mut self) {
        let Some(list) = self.keys_mut() else { return };
        list.take_range();
        let marked = list.table.marks().marked;
        if marked > MOST {
            let (marked, clear) = (thousands(marked), self.key_for(Action::ClearMarks));
            return self.say(
                Tone::Info,
                format!("{marked} keys are marked, and {MOST} are rotated at once at most: {clear} clears the marks"),
            );
        }
        let Some(list) = self.keys_mut() else { return };
        let (marks, shown, all) = (list.table.marks(), list.table.marked_shown(), list.table.marked_all());
        let current = list.table.current().map(|key| key.id.clone());
        if marks.hidden > 0 {
            self.open_choice(shown, all, true);
        } else if marks.marked > 0 {
            self.open_wizard(&shown);
        } else if marks.gone > 0 {
            let clear = self.key_for(Action::ClearMarks);
            self.say(Tone::Info, format!("The marked keys are gone: {clear} clears the marks"));
        } else if let Some(id) = current {
            self.open_wizard(&[id]);
        }
    }

    /// Freezes the keys and opens the wizard: with the plan, where it is saved where their values go, else with the draft.
    pub(super) fn open_wizard(&mut self, ids: &[KeyId]) {
        let (now, own) = (self.utc(), self.own_key());
        let (Some(list), Some(me)) = (self.keys(), &self.me) else { return };
        let keys = frozen(list, ids);
        if let Some(why) = self.why_not_these(&keys, me).or_else(|| self.why_open_already(&keys)) {
            return self.say(Tone::Info, why);
        }
        let settings = self.settings.settings.clone();
        let drafted: Vec<Drafted> = keys.iter().map(|key| self.drafted(key, settings.as_ref())).collect();
        let all_have_places = drafted.iter().all(|key| !key.plan.sinks.is_empty());
        if keys.len() > 1
            && let Some(why) = why_not_together(&drafted)
        {
            return self.say(Tone::Info, why);
        }
        let mut reviewed = bulk::Plan::new(keys, own.as_ref(), now);
        reviewed.include_own = true;
        let confirmation = reviewed.confirmation_of_reversible(self.session.production);
        let draft = Draft::new(drafted, confirmation, settings, now);
        let ticket = self.ticket();
        let wizard = Wizard::drafted(draft, all_have_places, &Facts { ticket, ..self.facts() });
        self.open(Dialog::Rotate(Box::new(wizard)));
    }

    fn drafted(&self, key: &Key, settings: Option<&crate::domain::settings::Settings>) -> Drafted {
        let mut plan = Plan::draft(key, settings, self.utc());
        if let Some(saved) = self.session.saved.for_key(key.name.as_received()) {
            saved.apply(&mut plan);
        }
        Drafted { old: OldKey::of(key, self.own_key().as_ref()), plan }
    }

    /// Why these keys cannot be rotated by who asks; none when they can.
    fn why_not_these(&self, keys: &[Key], me: &Me) -> Option<String> {
        let others: Vec<&Key> = keys.iter().filter(|key| key.owner_id != me.id).collect();
        let revoke = self.key_for(Action::Revoke);
        let or = |them: &str| if me.is_admin() { format!(", or {revoke} revokes {them}") } else { String::new() };
        match &others[..] {
            [] => {}
            [other] if keys.len() == 1 => {
                let email =
                    if other.owner_email.is_empty() { String::new() } else { format!(" ({})", other.owner_email) };
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
        let new = self.key_for(Action::NewKey);
        Some(format!("{} is revoked, which is final: {new} makes a new key", revoked.name))
    }

    fn why_open_already(&self, keys: &[Key]) -> Option<String> {
        let of = |key: &&Key| {
            self.rotations.list.iter().any(|open| self.session.is_at(&open.address) && open.old.id == key.id)
        };
        let lists = self.key_for(Action::Rotations);
        keys.iter()
            .find(of)
            .map(|key| format!("A rotation of {} is open: {lists} lists it, and goes on with it", key.name))
    }
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
