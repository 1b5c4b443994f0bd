//! What a person decides about rotations that are under way.

use super::effect::Effect;
use super::{App, Tone};
use crate::domain::ids::KeyId;
use crate::domain::rotation::{Decision, Phase};
use crate::domain::time::exact;
use crate::tui::action::Action;
use crate::tui::dialogs::Dialog;
use crate::tui::dialogs::rotate::run::{Asking, Item, LOSE, Now};
use crate::tui::dialogs::scroll;
use crate::tui::field::Field;

impl App {
    pub(super) fn act_in_rotations(&mut self, action: Action) -> Vec<Effect> {
        let (now, opened) = (self.utc(), self.running());
        let (page, most) = self.room_of_page();
        let Some(wizard) = self.wizard() else { return Vec::new() };
        let ticket = wizard.ticket;
        let Some(run) = &mut wizard.run else {
            self.say(Tone::Info, "It is being begun");
            return Vec::new();
        };
        if run.asking.is_some() {
            return self.answer_asked(action);
        }
        match action {
            Action::Down | Action::Up if run.items.len() > 1 => {
                run.cursor = scroll(run.cursor, if action == Action::Down { 1 } else { -1 }, run.items.len() - 1);
                run.turn();
                wizard.opened = opened;
            }
            Action::Down | Action::Up | Action::PageDown | Action::PageUp => {
                let delta = match action {
                    Action::Down => 1,
                    Action::Up => -1,
                    Action::PageDown => page,
                    _ => -page,
                };
                run.scroll = scroll(run.scroll, delta, most);
            }
            Action::Back | Action::Quit | Action::Choose if run.is_over() => return self.close_wizard(),
            Action::Back | Action::Quit => {
                run.asking = Some(Asking::Leave);
                wizard.opened = opened;
            }
            Action::Choose | Action::Confirm => {
                if let Some(sure) = run.sure(now) {
                    run.asking = Some(sure);
                    wizard.opened = opened;
                }
            }
            action if !run.decisions(now).iter().any(|(offered, _)| *offered == action) => {
                self.say(Tone::Info, "That is not for this step");
            }
            Action::GoOn if matches!(run.now(now), Now::Paused(_) | Now::Refused(_)) => {
                run.paused = false;
                run.items.iter_mut().for_each(|item| item.refused = None);
                return vec![Effect::GoOnRotating(ticket)];
            }
            Action::ChangePlan => self.change_plan(),
            Action::RollBack | Action::Abandon | Action::EndOverlap => {
                let lost = run.current().rotation.value_only_in_escrow();
                run.asking = Some(match action {
                    Action::RollBack => run.ask_to_roll_back(),
                    Action::Abandon => Asking::Abandon(lost.then(Field::default)),
                    _ => Asking::Reason(Field::default()),
                });
                wizard.opened = opened;
            }
            action => {
                if let Some(decision) = run.decision(action, now) {
                    return self.decide(decision);
                }
            }
        }
        Vec::new()
    }

    /// How far a page goes in the wizard in front, and how far its page can be scrolled.
    fn room_of_page(&self) -> (isize, usize) {
        let Some(Dialog::Rotate(wizard)) = self.dialogs.last() else { return (1, 0) };
        let Some(run) = &wizard.run else { return (1, 0) };
        let (size, now, keymap) = (self.size, self.utc(), &self.keymap);
        let page = isize::try_from(run.arrange(size, now, keymap).rows).unwrap_or(1);
        (page.saturating_sub(2).max(1), run.most(size, now, keymap))
    }

    /// What is asked over the page is answered.
    fn answer_asked(&mut self, action: Action) -> Vec<Effect> {
        let (now, opened) = (self.utc(), self.running());
        let Some(wizard) = self.wizard() else { return Vec::new() };
        let Some(run) = &mut wizard.run else { return Vec::new() };
        let Some(asking) = run.asking.take() else { return Vec::new() };
        let before = std::mem::replace(&mut wizard.opened, opened);
        match (asking, action) {
            (Asking::Leave, Action::KeepForLater) => self.leave_wizard(),
            (Asking::Leave, Action::RollBack) => {
                if run.decisions(now).iter().any(|(offered, _)| *offered == Action::RollBack) {
                    run.asking = Some(run.ask_to_roll_back());
                    return Vec::new();
                }
                self.say(
                    Tone::Info,
                    "There is nothing to go back to: it is on its way back, or the old key is revoked",
                );
                Vec::new()
            }
            (Asking::RollBack(mut asked), Action::Confirm | Action::Choose) => {
                if asked.confirms(action) {
                    return self.decide(Decision::RollBack);
                }
                wizard.opened = before;
                run.asking = Some(Asking::RollBack(asked));
                Vec::new()
            }
            (Asking::Sure(mut asked), Action::Confirm | Action::Choose) => {
                if asked.confirms(action)
                    && let Some((decision, _)) = run.wants_confirmation(now)
                {
                    return self.decide(decision);
                }
                wizard.opened = before;
                run.asking = Some(Asking::Sure(asked));
                Vec::new()
            }
            (Asking::Abandon(None), Action::Confirm) => self.decide(Decision::Abandon { lose_value: false }),
            (Asking::Abandon(Some(field)), Action::Choose) if field.text().trim() == LOSE => {
                self.decide(Decision::Abandon { lose_value: true })
            }
            (Asking::Reason(field), Action::Choose) if !field.text().trim().is_empty() => {
                let reason = field.text().trim().to_owned();
                if !crate::domain::filter::secret_spans(&reason).is_empty() {
                    wizard.opened = before;
                    run.asking = Some(Asking::Reason(field));
                    self.say(Tone::Bad, "That holds a key's value, which would stand in the summary");
                    return Vec::new();
                }
                self.decide(Decision::EndOverlap(reason))
            }
            (_, Action::Back | Action::Quit) => Vec::new(),
            (asking, _) => {
                wizard.opened = before;
                run.asking = Some(asking);
                Vec::new()
            }
        }
    }

    /// Sends a decision that fits; says why one does not.
    fn decide(&mut self, decision: Decision) -> Vec<Effect> {
        let now = self.utc();
        let Some(wizard) = self.wizard() else { return Vec::new() };
        let ticket = wizard.ticket;
        let Some(run) = &mut wizard.run else { return Vec::new() };
        let rotation = &run.current().rotation;
        let id = rotation.id.clone();
        // what is under way ends first, so only what stands still can be tried here
        if run.current().doing.is_none()
            && let Err(why) = rotation.clone().decide(decision.clone(), now)
        {
            self.say(Tone::Info, why.to_string());
            return Vec::new();
        }
        run.paused = false;
        vec![Effect::DecideRotation(ticket, id, decision)]
    }

    /// Keeps the rotations for later: the step under way ends, then they are let go.
    pub(super) fn leave_wizard(&mut self) -> Vec<Effect> {
        let Some(Dialog::Rotate(wizard)) = self.dialogs.pop() else { return Vec::new() };
        self.leaving.wizards.push(wizard.ticket);
        if wizard.run.is_some_and(|run| run.items.iter().all(|item| !item.begun)) {
            self.say(Tone::Info, "Nothing was rotated");
            return vec![Effect::LeaveRotations(wizard.ticket)];
        }
        let open = self.key_for(Action::Rotations);
        self.say(Tone::Info, format!("Kept for later, on disk: {open} lists it, and goes on with it"));
        vec![Effect::LeaveRotations(wizard.ticket)]
    }

    /// Closes a wizard in which everything is over.
    fn close_wizard(&mut self) -> Vec<Effect> {
        let Some(Dialog::Rotate(wizard)) = self.dialogs.pop() else { return Vec::new() };
        self.leaving.wizards.push(wizard.ticket);
        let items = wizard.run.map(|run| run.items).unwrap_or_default();
        let closed: Vec<&Item> = items.iter().filter(|item| item.rotation.phase == Phase::Closed).collect();
        let done: Vec<KeyId> = closed.iter().map(|item| item.rotation.old.id.clone()).collect();
        if let Some(list) = self.keys_mut() {
            list.table.unmark(&done);
        }
        let summary = |item: &Item| match &item.summary {
            Some(Ok(path)) => format!("; its summary is {path}"),
            Some(Err(why)) => format!("; {why}"),
            None => String::new(),
        };
        let (tone, text) = match (&closed[..], &items[..]) {
            ([one], [_]) => (Tone::Good, format!("{} is rotated{}", one.rotation.old.name, summary(one))),
            ([], [one]) if one.rotation.phase == Phase::RolledBack => {
                let but = one.rotation.deadline.map(|at| format!(", but expires {}", exact(at))).unwrap_or_default();
                (Tone::Info, format!("{} is as it was{but}{}", one.rotation.old.name, summary(one)))
            }
            ([], [one]) => (Tone::Info, format!("Given up{}", summary(one))),
            (closed, all) if closed.len() == all.len() => (Tone::Good, format!("{} keys are rotated", all.len())),
            (closed, all) => (Tone::Info, format!("{} of {} keys are rotated", closed.len(), all.len())),
        };
        self.say(tone, text);
        vec![Effect::LeaveRotations(wizard.ticket)]
    }
}
