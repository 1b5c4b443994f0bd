//! What changes the list of open rotations.

use super::Rotations;
use crate::domain::rotation::Rotation;
use crate::tui::action::Action;
use crate::tui::dialogs::rotate::Wizard;
use crate::tui::dialogs::{Dialog, Requests, moved, scroll};
use crate::tui::effect::Write;
use crate::tui::facts::Facts;
use crate::tui::request::{Input, Request};

impl Rotations {
    /// Takes an input in, and says what follows.
    pub fn update(&mut self, input: Input, facts: &Facts) -> Requests {
        let Input::Action(action) = input else { return Vec::new() };
        let last = facts.rotations.list.len().saturating_sub(1);
        if let Some(rows) = moved(action, usize::from(facts.size.1).saturating_sub(7)) {
            self.cursor = scroll(self.cursor.min(last), rows, last);
            return Vec::new();
        }
        match action {
            Action::Choose => {
                facts.rotations.list.get(self.cursor.min(last)).map_or_else(Vec::new, |chosen| resume(chosen, facts))
            }
            _ => vec![Request::Close],
        }
    }
}

/// Opens a rotation that is on disk; nothing of it is carried on yet.
fn resume(rotation: &Rotation, facts: &Facts) -> Requests {
    if !facts.session.is_at(&rotation.address) {
        let (profile, address) = (&rotation.profile, &rotation.address);
        return vec![Request::info(format!("It is of the profile {profile}, at {address}: open the console there"))];
    }
    match facts.session.permission() {
        Err(why) => vec![Request::info(why)],
        Ok(permission) => vec![
            Request::Close,
            Request::Open(Dialog::Rotate(Box::new(Wizard::resumed(rotation.clone(), facts)))),
            Request::permitted(permission, Write::ResumeRotation(facts.ticket, rotation.id.clone())),
        ],
    }
}
