//! A read-only profile through which something can be changed for a time.

use std::time::Duration;

use chrono::TimeDelta;

use super::App;
use crate::tui::action::Action;
use crate::tui::dialogs::Dialog;
use crate::tui::dialogs::unlock::{USUAL, Unlock};
use crate::tui::effect::Effect;
use crate::tui::request::Reply;
use crate::tui::session::{Tone, Unlocked};
use crate::tui::ticket::Ticket;

impl App {
    /// Asks for how long and why; where something can be changed already, nothing can be any more.
    pub(super) fn unlock_or_lock(&mut self) -> Vec<Effect> {
        if self.session.unlocked.is_some() {
            return self.lock();
        }
        self.open_unlock(USUAL, "");
        Vec::new()
    }

    /// Opens the form with what was said already.
    pub(super) fn open_unlock(&mut self, length: &str, reason: &str) {
        if !self.session.read_only {
            return self.say(Tone::Info, "This profile is not read-only: there is nothing to unlock");
        }
        let ticket = self.ticket();
        self.open(Dialog::Unlock(Box::new(Unlock::new(&self.session, length, reason, ticket))));
    }

    /// It is written down, and something can be changed from now on; or why not.
    pub(super) fn unlocked(&mut self, ticket: Ticket, result: Result<Duration, String>) -> Vec<Effect> {
        let told = match result {
            Ok(length) => {
                let until_utc = self.utc() + TimeDelta::from_std(length).unwrap_or_default();
                self.session.unlocked = Some(Unlocked { until: self.running() + length, until_utc });
                let (profile, key) = (self.session.profile.clone(), self.key_for(Action::Unlock));
                let until = until_utc.format("%H:%M:%S UTC");
                self.say(Tone::Good, format!("{profile} can be changed until {until}; {key} locks it again"));
                Ok(())
            }
            Err(why) => Err(why),
        };
        self.answered(ticket, Reply::Unlocked(told))
    }

    fn lock(&mut self) -> Vec<Effect> {
        self.session.unlocked = None;
        self.say_locked();
        vec![Effect::Lock]
    }

    pub(super) fn say_locked(&mut self) {
        let profile = self.session.profile.clone();
        self.say(Tone::Info, format!("{profile} is read-only again"));
    }

    /// What is over ends by itself, with whatever event comes first after that moment.
    pub(super) fn lock_in_time(&mut self) -> Vec<Effect> {
        let over = self.session.unlocked.as_ref().is_some_and(|unlocked| unlocked.left(self.now).is_none());
        if over { self.lock() } else { Vec::new() }
    }

    /// When what is said of the time that is left changes, or it is over.
    pub(super) fn next_unlock_word(&self) -> Option<Duration> {
        let left = self.session.unlocked.as_ref()?.left(self.now)?;
        Some(self.running() + left.saturating_sub(Unlocked::next_word(left)))
    }
}
