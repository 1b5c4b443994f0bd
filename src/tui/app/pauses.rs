//! Keys that are disabled for a while: once that is over it is told who tried them.

use std::time::Duration;

use chrono::TimeDelta;

use super::App;
use crate::client::capabilities::Capability;
use crate::domain::key::{Key, Status};
use crate::domain::paused::Paused;
use crate::tui::action::{Action, Context};
use crate::tui::dialogs::Dialog;
use crate::tui::dialogs::pause::PauseReport;
use crate::tui::effect::Effect;
use crate::tui::session::Tone;

/// Refused uses are written in batches: so long after a pause all of it is there.
const SETTLED: TimeDelta = TimeDelta::seconds(3);

impl App {
    /// A key was changed: where it is disabled for a while, the end of that is waited for.
    pub(super) fn watch_pause(&mut self, key: &Key) {
        self.paused_keys.retain(|paused| paused.id != key.id);
        if key.status == Status::Disabled && self.session.capabilities.has(Capability::RefusedUses) {
            self.paused_keys.extend(Paused::of(key, self.utc()));
        }
    }

    /// When the next pause is over, since the program started.
    pub(super) fn next_pause(&self) -> Option<Duration> {
        let next = self.paused_keys.iter().map(|paused| paused.until + SETTLED).min()?;
        Some(self.running() + (next - self.utc()).to_std().unwrap_or_default())
    }

    /// Tells of a pause that is over: in a dialog of its own where none is open, else in the footer.
    pub(super) fn tell_pauses(&mut self) -> Vec<Effect> {
        let now = self.utc();
        let Some(at) = self.paused_keys.iter().position(|paused| paused.until + SETTLED <= now) else {
            return Vec::new();
        };
        let paused = self.paused_keys.remove(at);
        if !self.dialogs.is_empty() || self.is_editing_filter() {
            let detail = self.keymap.press(Action::Detail, Context::List);
            self.say(
                Tone::Info,
                format!("{} is enabled again: {detail} on it tells who tried it", paused.name.marked()),
            );
            return Vec::new();
        }
        let (ticket, id) = (self.ticket(), paused.id.clone());
        self.open(Dialog::Pause(Box::new(PauseReport::new(paused, ticket))));
        vec![Effect::Tried(ticket, id)]
    }
}
