//! Reviewing and revoking, and what becomes of a revoke meanwhile.

use chrono::TimeDelta;

use super::effect::Effect;
use super::event::{Slot, Ticket};
use super::lists::frozen;
use super::{App, Tab, Tone, thousands};
use crate::domain::bulk::{Plan, Progress};
use crate::domain::ids::KeyId;
use crate::domain::team::Me;
use crate::tui::action::{Action, Context};
use crate::tui::dialogs::Dialog;
use crate::tui::dialogs::review::Review;
use crate::tui::dialogs::running::Running;

/// How old the keys may be before a review says so: what was used since does not stand apart in it.
const STALE: TimeDelta = TimeDelta::minutes(10);

impl App {
    /// Freezes the keys and opens the review.
    pub(super) fn open_review(&mut self, ids: &[KeyId]) {
        let own = self.own_key();
        let now = self.utc();
        let Some(list) = self.keys() else { return };
        let plan = Plan::new(frozen(list, ids), own.as_ref(), now);
        if plan.count() == 0 && plan.own.is_none() {
            let text = match plan.already_revoked {
                0 => "These keys are gone".to_owned(),
                1 => "This key is revoked already".to_owned(),
                many => format!("These {many} keys are revoked already"),
            };
            return self.say(Tone::Info, text);
        }
        let stale_since = list.as_of.filter(|as_of| now - *as_of > STALE);
        let delete = self.tab == Tab::Mine;
        let review = Review::new(plan, delete, self.running());
        let review = Review { stale_since, ..review };
        self.dialogs.push(Dialog::Review(Box::new(review)));
    }

    pub(super) fn act_in_review(&mut self, action: Action) -> Vec<Effect> {
        let Some(Dialog::Review(review)) = self.dialogs.last_mut() else { return Vec::new() };
        let confirmed = match action {
            Action::IncludeOwn => {
                review.toggle_own();
                false
            }
            Action::Confirm => review.yes(),
            Action::Choose => review.enter(),
            _ => {
                self.dialogs.pop();
                self.say(Tone::Info, "Nothing was revoked");
                return Vec::new();
            }
        };
        if confirmed { self.revoke_reviewed() } else { Vec::new() }
    }

    fn revoke_reviewed(&mut self) -> Vec<Effect> {
        let Some(Dialog::Review(review)) = self.dialogs.pop() else { return Vec::new() };
        let ticket = self.ticket();
        let running = Running::new(ticket, &review.plan, review.delete, self.running());
        self.dialogs.push(Dialog::Running(Box::new(running)));
        vec![Effect::Revoke {
            ticket,
            targets: review.plan.targets(),
            own: self.own_key(),
            delete: review.delete && review.plan.count() == 1,
        }]
    }

    pub(super) fn act_in_running(&mut self, action: Action) -> Vec<Effect> {
        let (ticket, now, own) = (self.ticket(), self.running(), self.own_key());
        let Some(Dialog::Running(running)) = self.dialogs.last_mut() else { return Vec::new() };
        match action {
            Action::Stop => self.stop_revoking(),
            Action::Retry => {
                let targets = running.retry(ticket, now);
                let delete = running.delete && targets.len() == 1;
                if targets.is_empty() { Vec::new() } else { vec![Effect::Revoke { ticket, targets, own, delete }] }
            }
            _ if running.ended.is_none() => {
                let [stop, close] =
                    [Action::Stop, Action::Close].map(|action| self.keymap.press(action, Context::Running));
                self.say(Tone::Info, format!("Still at work: {stop} sends no more, then {close} closes"));
                Vec::new()
            }
            _ => {
                self.close_running();
                Vec::new()
            }
        }
    }

    /// The failed stay marked, everything that was revoked is not.
    fn close_running(&mut self) {
        let Some(Dialog::Running(running)) = self.dialogs.pop() else { return };
        let done: Vec<KeyId> =
            running.items.iter().filter(|(_, outcome)| outcome.is_revoked()).map(|(key, _)| key.id.clone()).collect();
        let still_marked = self.any_marked(&running);
        if let Some(list) = self.keys_mut() {
            list.table.unmark(&done);
        }
        if self.own_key().is_some_and(|own| done.contains(&own)) {
            return self.say_own_key_is_gone();
        }
        let (revoked, not_done) = (running.tally().revoked, running.items.len() - done.len());
        let revoked =
            if revoked == 1 { "1 key revoked".to_owned() } else { format!("{} keys revoked", thousands(revoked)) };
        match not_done {
            0 => self.say(Tone::Good, revoked),
            _ if still_marked => {
                let only = self.key_for(Action::OnlyMarked);
                self.say(
                    Tone::Bad,
                    format!("{revoked}, {} not: {only} shows only what is marked", thousands(not_done)),
                );
            }
            _ => self.say(Tone::Bad, format!("{revoked}, {} not", thousands(not_done))),
        }
    }

    /// Whether any key that a run did not revoke is marked.
    pub fn any_marked(&self, running: &Running) -> bool {
        let mut not_done = running.items.iter().filter(|(_, outcome)| !outcome.is_revoked());
        self.keys().is_some_and(|list| not_done.any(|(key, _)| list.table.is_marked(&key.id)))
    }

    fn say_own_key_is_gone(&mut self) {
        self.say(Tone::Bad, "This console's own key is revoked now: nothing more will load with it");
    }

    pub(super) fn stop_revoking(&mut self) -> Vec<Effect> {
        match self.dialogs.last_mut() {
            Some(Dialog::Running(running)) if running.ended.is_none() && !running.stopping => {
                running.stopping = true;
                vec![Effect::StopRevoking]
            }
            _ => Vec::new(),
        }
    }

    fn find_running(&mut self, ticket: Ticket) -> Option<&mut Running> {
        self.dialogs.iter_mut().find_map(|dialog| match dialog {
            Dialog::Running(running) if running.ticket == ticket => Some(running.as_mut()),
            _ => None,
        })
    }

    pub(super) fn revoking(&mut self, ticket: Ticket, progress: Progress) {
        let revoked = self.find_running(ticket).and_then(|running| running.take(progress));
        if let Some(id) = revoked {
            self.mark_revoked(&id);
        }
    }

    pub(super) fn revoke_ended(&mut self, ticket: Ticket) -> Vec<Effect> {
        let now = self.running();
        self.sum_up();
        let own = self.own_key();
        let Some(running) = self.find_running(ticket) else { return Vec::new() };
        running.end(now);
        let own_gone = running.items.iter().any(|(key, outcome)| Some(&key.id) == own.as_ref() && outcome.is_revoked());
        if own_gone {
            self.say_own_key_is_gone();
            return Vec::new();
        }
        // revoking resolves the keys' findings
        if self.me.as_ref().is_some_and(Me::is_admin) {
            return self.load(Slot::Findings).into_iter().collect();
        }
        Vec::new()
    }
}
