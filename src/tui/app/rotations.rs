//! What becomes of rotations under way, and those that are open on disk.

use super::App;
use crate::domain::listing::Scope;
use crate::domain::rotation::{Effect as RotationEffect, OldState, Rotation, RotationId};
use crate::tui::dialogs::Dialog;
use crate::tui::dialogs::rotations::{Rotations, needs_a_person};
use crate::tui::effect::Effect;
use crate::tui::event::Slot;
use crate::tui::request::{Input, Reply};
use crate::tui::session::Tone;
use crate::tui::ticket::Ticket;

/// The wizards that were left and whose rotations are not let go yet.
#[derive(Debug, Default)]
pub(super) struct Releasing {
    pub wizards: Vec<Ticket>,
    /// Whether to leave the console once they are.
    pub then_quit: bool,
}

impl App {
    /// The badge of the open rotations, and whether one of them needs a person.
    pub fn rotations_badge(&self) -> Option<(String, bool)> {
        let (open, now) = (self.rotations.list.len() + self.rotations.unreadable.len(), self.now.present());
        let alert =
            !self.rotations.unreadable.is_empty() || self.rotations.list.iter().any(|one| needs_a_person(one, now));
        (open > 0).then(|| (format!("{open} rotation{} open", if open == 1 { "" } else { "s" }), alert))
    }

    pub(super) fn open_rotations(&mut self) -> Vec<Effect> {
        self.open(Dialog::Rotations(Rotations::default()));
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
        let first = !std::mem::replace(&mut self.rotations.announced, true);
        let Some((badge, _)) = self.rotations_badge().filter(|_| first) else { return Vec::new() };
        if self.dialogs.is_empty() && !self.is_editing_filter() {
            self.open(Dialog::Rotations(Rotations::default()));
        }
        self.say(Tone::Info, format!("{badge}: nothing goes on before you say so"));
        Vec::new()
    }

    /// A rotation as it is now, and the step under way.
    pub(super) fn rotating(&mut self, ticket: Ticket, rotation: Rotation, step: Option<RotationEffect>) -> Vec<Effect> {
        self.rotations.list.retain(|open| open.id != rotation.id);
        if !rotation.phase.is_over() {
            self.rotations.list.push(rotation.clone());
            self.rotations.list.sort_by(|one, other| one.id.cmp(&other.id));
        }
        if rotation.old_state == OldState::Revoked && self.session.is_at(&rotation.address) {
            self.mark_revoked(std::slice::from_ref(&rotation.old.id));
        }
        self.reply(ticket, Reply::Rotating(Box::new(rotation), step)).unwrap_or_default()
    }

    /// It cannot be begun, resumed or gone on with; of one, or of all of a wizard.
    pub(super) fn rotation_refused(&mut self, ticket: Ticket, id: Option<RotationId>, why: String) -> Vec<Effect> {
        let told = self.reply(ticket, Reply::Refused(id, why.clone()));
        told.unwrap_or_else(|| {
            self.say(Tone::Bad, why);
            Vec::new()
        })
    }

    /// A wizard's rotations are let go.
    pub(super) fn rotations_released(&mut self, ticket: Ticket) -> Vec<Effect> {
        self.releasing.wizards.retain(|released| *released != ticket);
        if self.releasing.then_quit && self.releasing.wizards.is_empty() {
            return vec![Effect::Quit];
        }
        // what was done so far shows in the lists: new keys, disabled and revoked ones
        let lists = [Scope::Mine, Scope::Team].into_iter().filter(|scope| !self.list(*scope).table.is_empty());
        let slots: Vec<Slot> = lists.map(Slot::Keys).collect();
        let mut effects = vec![Effect::ListRotations];
        effects.extend(slots.into_iter().filter_map(|slot| self.load(slot)));
        effects
    }

    /// Puts quitting off until the step of a rotation that is under way has ended.
    pub(super) fn quit_in_order(&mut self, mut effects: Vec<Effect>) -> Vec<Effect> {
        if !effects.contains(&Effect::Quit) {
            return effects;
        }
        let ordered = self.broadcast(|| Input::Quit);
        if self.releasing.wizards.is_empty() {
            return effects;
        }
        self.releasing.then_quit = true;
        self.say(Tone::Info, "The step of the rotation that is under way ends first, then keydeck leaves");
        effects.retain(|effect| *effect != Effect::Quit);
        effects.extend(ordered);
        effects
    }
}
