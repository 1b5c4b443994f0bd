//! Rotating keys: opening the wizard, and what a person does in it.

use super::effect::Effect;
use super::lists::frozen;
use super::{App, Tab, Tone, thousands};
use crate::client::capabilities::Capability;
use crate::domain::bulk::{self, Confirmation};
use crate::domain::ids::KeyId;
use crate::domain::key::{Key, Status};
use crate::domain::rotation::{OldKey, Plan, Rotation};
use crate::domain::team::Me;
use crate::tui::action::Action;
use crate::tui::dialogs::Dialog;
use crate::tui::dialogs::confirm::Asked;
use crate::tui::dialogs::rotate::agree::Agree;
use crate::tui::dialogs::rotate::draft::{Draft, Drafted};
use crate::tui::dialogs::rotate::{Page, Wizard};

/// The most keys that are rotated at once.
const MOST: usize = 100;

impl App {
    /// The wizard in front.
    pub(super) fn wizard(&mut self) -> Option<&mut Wizard> {
        match self.dialogs.last_mut() {
            Some(Dialog::Rotate(wizard)) => Some(wizard),
            _ => None,
        }
    }

    /// Why nothing can be rotated here, now; none when it can, as far as the console knows.
    pub(super) fn why_no_rotation(&self) -> Option<String> {
        if let Some(why) = self.read_only() {
            return Some(why);
        }
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
        if let Some(why) = self.unsupported([Capability::CreateKeys]) {
            return Some(why);
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
        let (now, opened, own) = (self.utc(), self.running(), self.own_key());
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
        let wizard = Wizard { ticket, draft: Some(draft), run: None, page: Page::Draft, changing: None, opened };
        self.dialogs.push(Dialog::Rotate(Box::new(wizard)));
        if all_have_places {
            self.show_plan();
        }
    }

    fn drafted(&self, key: &Key, settings: Option<&crate::domain::settings::Settings>) -> Drafted {
        let mut plan = Plan::draft(key, settings, self.utc()).within((&self.session.capabilities).into());
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
        let of = |key: &&Key| self.rotations.list.iter().any(|open| self.is_of_here(open) && open.old.id == key.id);
        let lists = self.key_for(Action::Rotations);
        keys.iter()
            .find(of)
            .map(|key| format!("A rotation of {} is open: {lists} lists it, and goes on with it", key.name))
    }

    /// Whether a rotation is of the server that this console is on.
    pub fn is_of_here(&self, rotation: &Rotation) -> bool {
        rotation.address == self.session.address
    }

    /// From the draft to the plan page; to the first field that will not do, if there is one.
    fn show_plan(&mut self) {
        let (now, opened) = (self.utc(), self.running());
        let Some(wizard) = self.wizard() else { return };
        let Some(draft) = &mut wizard.draft else { return };
        draft.pressed = true;
        if let Some(wrong) = draft.first_wrong(now) {
            draft.focus = wrong;
            return;
        }
        let Some(plans) = draft.plans(now) else { return };
        let asked = Asked::new(draft.confirmation(&plans));
        wizard.page = Page::Agree(Agree { plans, asked, scroll: 0 });
        wizard.opened = opened;
    }

    pub(super) fn act_in_wizard(&mut self, action: Action) -> Vec<Effect> {
        match self.wizard().map(|wizard| &wizard.page) {
            Some(Page::Draft) => {
                self.act_in_draft(action);
                Vec::new()
            }
            Some(Page::Agree(_)) => self.act_in_plan(action),
            Some(Page::Run) => self.act_in_rotations(action),
            None => Vec::new(),
        }
    }

    fn act_in_draft(&mut self, action: Action) {
        let opened = self.running();
        let Some(wizard) = self.wizard() else { return };
        match (action, &mut wizard.draft) {
            (Action::Next, Some(draft)) => draft.focus_by(1),
            (Action::Previous, Some(draft)) => draft.focus_by(-1),
            (Action::Choose, _) => self.show_plan(),
            _ if wizard.changing.take().is_some() => {
                wizard.page = Page::Run;
                wizard.opened = opened;
            }
            _ => {
                self.dialogs.pop();
                self.say(Tone::Info, "Nothing was rotated");
            }
        }
    }

    fn act_in_plan(&mut self, action: Action) -> Vec<Effect> {
        let opened = self.running();
        let Some(wizard) = self.wizard() else { return Vec::new() };
        let Page::Agree(agree) = &mut wizard.page else { return Vec::new() };
        let agreed = match action {
            Action::Confirm | Action::Choose => agree.asked.confirms(action),
            Action::Back | Action::Quit => {
                wizard.page = Page::Draft;
                return Vec::new();
            }
            _ => false,
        };
        if !agreed {
            return Vec::new();
        }
        let mut plans = std::mem::take(&mut agree.plans);
        wizard.page = Page::Run;
        wizard.opened = opened;
        match wizard.changing.take() {
            Some(id) => {
                let effect = plans.pop().map(|(plan, _)| Effect::ReplanRotation(wizard.ticket, id, plan));
                effect.into_iter().collect()
            }
            None => vec![Effect::StartRotations(wizard.ticket, plans)],
        }
    }

    /// Back from a rotation that made nothing yet to its draft.
    pub(super) fn change_plan(&mut self) {
        let (now, production) = (self.utc(), self.session.production);
        let settings = self.settings.settings.clone();
        let Some(wizard) = self.wizard() else { return };
        let Some(run) = &wizard.run else { return };
        let rotation = &run.current().rotation;
        let key = Drafted { old: rotation.old.clone(), plan: rotation.plan.clone() };
        let same = |draft: &&Draft| matches!(&draft.keys[..], [one] if one.old.id == key.old.id);
        let known = wizard.draft.as_ref().filter(same).map(|draft| draft.confirmation);
        // of one that was taken up again, nobody knows here whether its key is in use
        let confirmation = known.filter(|_| !production).unwrap_or(Confirmation::of_one(&rotation.old.masked));
        wizard.changing = Some(rotation.id.clone());
        wizard.draft = Some(Draft::new(vec![key], confirmation, settings, now));
        wizard.page = Page::Draft;
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
