//! What becomes of rotations under way, and those that are open on disk.

use std::time::Duration;

use super::effect::Effect;
use super::event::{Slot, Ticket};
use super::{App, Tone};
use crate::domain::ids::KeyId;
use crate::domain::listing::Scope;
use crate::domain::rotation::{Effect as Doing, OldState, Rotation, RotationId};
use crate::domain::time::When;
use crate::domain::untrusted::Untrusted;
use crate::tui::action::Action;
use crate::tui::dialogs::Dialog;
use crate::tui::dialogs::rotate::run::{Asking, Item, Now, Run};
use crate::tui::dialogs::rotate::{Page, Wizard};
use crate::tui::dialogs::rotations::{Rotations, needs_a_person};

/// How often a countdown is drawn anew.
const MINUTE: Duration = Duration::from_mins(1);

/// The rotations that are open on this machine, as far as is known.
#[derive(Debug, Default)]
pub struct Open {
    /// Those that can be read.
    pub list: Vec<Rotation>,
    /// What is told of those that cannot.
    pub unreadable: Vec<String>,
    /// Whether they were told of once.
    pub announced: bool,
}

/// The wizards that were left and whose rotations are not let go yet.
#[derive(Debug, Default)]
pub(super) struct Leaving {
    /// Their tickets.
    pub wizards: Vec<Ticket>,
    /// Whether to leave the console once they are.
    pub then_quit: bool,
}

impl App {
    /// The badge of the open rotations, and whether one of them needs a person.
    pub fn rotations_badge(&self) -> Option<(String, bool)> {
        let (open, now) = (self.rotations.list.len() + self.rotations.unreadable.len(), self.utc());
        let alert =
            !self.rotations.unreadable.is_empty() || self.rotations.list.iter().any(|one| needs_a_person(one, now));
        (open > 0).then(|| (format!("{open} rotation{} open", if open == 1 { "" } else { "s" }), alert))
    }

    pub(super) fn open_rotations(&mut self) -> Vec<Effect> {
        self.dialogs.push(Dialog::Rotations(Rotations { cursor: 0, opened: self.running() }));
        vec![Effect::ListRotations]
    }

    /// The journal's answer. The first time, open rotations are told of; nothing is taken up by itself.
    pub(super) fn rotations_listed(&mut self, listed: Result<(Vec<Rotation>, Vec<String>), String>) -> Vec<Effect> {
        let (list, unreadable) = match listed {
            Ok(listed) => listed,
            Err(why) => {
                self.say(Tone::Bad, why);
                return Vec::new();
            }
        };
        self.rotations.list = list;
        self.rotations.unreadable = unreadable;
        if let Some(Dialog::Rotations(open)) = self.dialogs.last_mut() {
            open.cursor = open.cursor.min(self.rotations.list.len().saturating_sub(1));
        }
        let first = !std::mem::replace(&mut self.rotations.announced, true);
        let Some((badge, _)) = self.rotations_badge().filter(|_| first) else { return Vec::new() };
        if self.dialogs.is_empty() && !self.is_editing_filter() {
            self.dialogs.push(Dialog::Rotations(Rotations { cursor: 0, opened: self.running() }));
        }
        self.say(Tone::Info, format!("{badge}: nothing goes on before you say so"));
        Vec::new()
    }

    pub(super) fn act_in_open_rotations(&mut self, action: Action) -> Vec<Effect> {
        let Some(Dialog::Rotations(open)) = self.dialogs.last() else { return Vec::new() };
        let chosen = self.rotations.list.get(open.cursor).cloned();
        match (action, chosen) {
            (Action::Choose, Some(rotation)) => self.take_up(&rotation),
            (Action::Choose, None) => Vec::new(),
            _ => {
                self.dialogs.pop();
                Vec::new()
            }
        }
    }

    fn take_up(&mut self, rotation: &Rotation) -> Vec<Effect> {
        if !self.is_of_here(rotation) {
            let (profile, address) = (&rotation.profile, &rotation.address);
            self.say(Tone::Info, format!("It is of the profile {profile}, at {address}: open the console there"));
            return Vec::new();
        }
        if self.session.read_only {
            self.say(Tone::Info, "This profile is read-only");
            return Vec::new();
        }
        let (ticket, opened) = (self.ticket(), self.running());
        let id = rotation.id.clone();
        let item = Item::new(rotation.clone(), self.used(&rotation.old.id));
        let run = Run::new(vec![item], true);
        let wizard = Wizard { ticket, draft: None, run: Some(run), page: Page::Run, changing: None, opened };
        self.dialogs.pop();
        self.dialogs.push(Dialog::Rotate(Box::new(wizard)));
        vec![Effect::ResumeRotation(ticket, id)]
    }

    /// When and from where a key was last used, as the lists have it.
    fn used(&self, id: &KeyId) -> Option<(When, Option<Untrusted>)> {
        let key = self.mine.table.get(id).or_else(|| self.team.table.get(id))?;
        Some((key.last_used.clone(), key.last_used_from.clone()))
    }

    fn wizard_of(&mut self, ticket: Ticket) -> Option<&mut Wizard> {
        self.dialogs.iter_mut().find_map(|dialog| match dialog {
            Dialog::Rotate(wizard) if wizard.ticket == ticket => Some(wizard.as_mut()),
            _ => None,
        })
    }

    /// The rotations have their ids; none is begun.
    pub(super) fn rotations_planned(&mut self, ticket: Ticket, rotations: Vec<Rotation>) -> Vec<Effect> {
        let items: Vec<Item> = rotations
            .into_iter()
            .map(|rotation| {
                let used = self.used(&rotation.old.id);
                Item::new(rotation, used)
            })
            .collect();
        if let Some(wizard) = self.wizard_of(ticket)
            && !items.is_empty()
        {
            wizard.run = Some(Run::new(items, false));
        }
        Vec::new()
    }

    /// A rotation as it is now, and what is being done.
    pub(super) fn rotating(&mut self, ticket: Ticket, rotation: Rotation, doing: Option<Doing>) -> Vec<Effect> {
        let (now, opened) = (self.utc(), self.running());
        self.rotations.list.retain(|open| open.id != rotation.id);
        if !rotation.phase.is_over() {
            self.rotations.list.push(rotation.clone());
            self.rotations.list.sort_by(|one, other| one.id.cmp(&other.id));
        }
        if rotation.old_state == OldState::Revoked && self.is_of_here(&rotation) {
            self.mark_revoked(&rotation.old.id);
        }
        let Some(wizard) = self.wizard_of(ticket) else { return Vec::new() };
        let Some(run) = &mut wizard.run else { return Vec::new() };
        let (before, id) = (run.now(now), rotation.id.clone());
        if let Some(item) = run.item(&id) {
            (item.rotation, item.begun, item.doing, item.refused) = (rotation, true, doing, None);
        }
        let at = run.items.iter().position(|item| item.rotation.id == id);
        let idle = matches!(run.now(now), Now::Over | Now::Waits(_) | Now::NotBegun);
        if let Some(at) = at.filter(|at| *at != run.cursor && idle && run.asking.is_none())
            && matches!(run.now_of(&run.items[at], now), Now::Doing(_) | Now::Asks(_))
        {
            run.cursor = at;
        }
        if run.now(now) != before {
            run.turn();
            if !matches!(run.now(now), Now::Doing(_)) {
                wizard.opened = opened;
            }
            // what is typed for one question does not answer another
            if run.is_over() || matches!(run.asking, Some(Asking::Sure(_))) {
                run.asking = None;
            }
        }
        self.wake_for_rotations()
    }

    /// It cannot be begun, taken up or gone on with; of one, or of all of a wizard.
    pub(super) fn rotation_refused(&mut self, ticket: Ticket, id: Option<&RotationId>, why: String) -> Vec<Effect> {
        let opened = self.running();
        let Some(wizard) = self.wizard_of(ticket) else {
            self.say(Tone::Bad, why);
            return Vec::new();
        };
        let item = id.and_then(|id| wizard.run.as_mut()?.item(id));
        if let Some(item) = item {
            (item.refused, item.doing) = (Some(why), None);
            wizard.opened = opened;
            return Vec::new();
        }
        if wizard.draft.is_some() && wizard.run.is_none() {
            wizard.page = Page::Draft;
        } else {
            self.dialogs.retain(|dialog| !matches!(dialog, Dialog::Rotate(wizard) if wizard.ticket == ticket));
        }
        self.say(Tone::Bad, why);
        Vec::new()
    }

    pub(super) fn rotation_summarised(
        &mut self,
        ticket: Ticket,
        id: &RotationId,
        summary: Result<String, String>,
    ) -> Vec<Effect> {
        let item = self.wizard_of(ticket).and_then(|wizard| wizard.run.as_mut()?.item(id));
        if let Some(item) = item {
            item.summary = Some(summary);
        }
        Vec::new()
    }

    /// A wizard's rotations are let go.
    pub(super) fn rotations_left(&mut self, ticket: Ticket) -> Vec<Effect> {
        self.leaving.wizards.retain(|leaving| *leaving != ticket);
        if self.leaving.then_quit && self.leaving.wizards.is_empty() {
            return vec![Effect::Quit];
        }
        // what was done so far shows in the lists: new keys, disabled and revoked ones
        let lists = [Scope::Mine, Scope::Team].into_iter().filter(|scope| !self.list(*scope).table.is_empty());
        let slots: Vec<Slot> = lists.map(Slot::Keys).collect();
        let mut effects = vec![Effect::ListRotations];
        effects.extend(slots.into_iter().filter_map(|slot| self.load(slot)));
        effects
    }

    /// Puts leaving off until the step of a rotation that is under way has ended.
    pub(super) fn leave_in_order(&mut self, mut effects: Vec<Effect>) -> Vec<Effect> {
        if !effects.contains(&Effect::Quit) {
            return effects;
        }
        let mut open = Vec::new();
        self.dialogs.retain(|dialog| match dialog {
            Dialog::Rotate(wizard) if matches!(wizard.page, Page::Run) || wizard.changing.is_some() => {
                open.push(wizard.ticket);
                false
            }
            _ => true,
        });
        self.leaving.wizards.extend(&open);
        if self.leaving.wizards.is_empty() {
            return effects;
        }
        self.leaving.then_quit = true;
        self.say(Tone::Info, "The step of the rotation that is under way ends first, then keydeck leaves");
        effects.retain(|effect| *effect != Effect::Quit);
        effects.extend(open.into_iter().map(Effect::LeaveRotations));
        effects
    }

    /// A countdown is drawn anew each minute while its pane is open; what waited for its time goes on.
    pub(super) fn wake_for_rotations(&mut self) -> Vec<Effect> {
        let (now, running) = (self.utc(), self.running());
        let runs = self.dialogs.iter().filter_map(|dialog| match dialog {
            Dialog::Rotate(wizard) => Some((wizard.ticket, wizard.run.as_ref()?)),
            _ => None,
        });
        let soonest = runs.filter_map(|(_, run)| run.soonest(now)).min();
        let wait = soonest.map(|until| (until - now).to_std().unwrap_or_default().min(MINUTE));
        wait.map(|wait| Effect::WakeAt(running + wait)).into_iter().collect()
    }

    /// A moment came that was asked for.
    pub(super) fn go_on_when_due(&mut self) -> Vec<Effect> {
        let now = self.utc();
        let due = self.dialogs.iter().filter_map(|dialog| match dialog {
            Dialog::Rotate(wizard) => {
                let run = wizard.run.as_ref().filter(|run| !run.paused)?;
                let due = |item: &&Item| {
                    let next = item.rotation.next(now);
                    item.begun && item.doing.is_none() && matches!(next, crate::domain::rotation::Next::Do(_))
                };
                run.items.iter().find(due).map(|_| Effect::GoOnRotating(wizard.ticket))
            }
            _ => None,
        });
        let mut effects: Vec<Effect> = due.collect();
        effects.extend(self.wake_for_rotations());
        effects
    }
}
