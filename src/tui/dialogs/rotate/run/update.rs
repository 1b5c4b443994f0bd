//! What a person decides about rotations that are under way.

use super::{Asking, Item, LOSE, Now};
use crate::domain::ids::KeyId;
use crate::domain::rotation::{Decision, Phase};
use crate::domain::time::exact;
use crate::domain::values::single;
use crate::tui::action::{Action, Context};
use crate::tui::dialogs::rotate::Wizard;
use crate::tui::dialogs::{Dialog, Requests, scroll};
use crate::tui::effect::{Effect, Write};
use crate::tui::facts::Facts;
use crate::tui::field::Field;
use crate::tui::request::{Request, RowChange};
use crate::tui::session::Tone;

impl Wizard {
    /// Takes an action in while the rotations are in front.
    pub(in crate::tui::dialogs::rotate) fn act_in_run(&mut self, action: Action, facts: &Facts) -> Requests {
        let now = facts.now.present();
        let (page, most) = self.room_of_page(facts);
        let Some(run) = &mut self.run else {
            return vec![Request::info("It is being begun")];
        };
        if run.asking.is_some() {
            return self.answer(action, facts);
        }
        match action {
            Action::Down | Action::Up if run.items.len() > 1 => {
                run.cursor = scroll(run.cursor, if action == Action::Down { 1 } else { -1 }, run.items.len() - 1);
                run.turn();
                vec![Request::ContentChanged]
            }
            Action::Down | Action::Up | Action::PageDown | Action::PageUp => {
                let delta = match action {
                    Action::Down => 1,
                    Action::Up => -1,
                    Action::PageDown => page,
                    _ => -page,
                };
                run.scroll = scroll(run.scroll, delta, most);
                Vec::new()
            }
            Action::Back | Action::Quit | Action::Choose if run.is_over() => self.close(),
            Action::Back | Action::Quit => {
                run.asking = Some(Asking::Leave);
                vec![Request::ContentChanged]
            }
            Action::Choose if run.decisions(now).iter().any(|(offered, _)| *offered == Action::GiveValue) => {
                run.asking = Some(Asking::Value(Field::default(), None));
                vec![Request::ContentChanged]
            }
            Action::Choose | Action::Confirm => {
                let Some(sure) = run.sure(now) else { return Vec::new() };
                run.asking = Some(sure);
                vec![Request::ContentChanged]
            }
            action if !run.decisions(now).iter().any(|(offered, _)| *offered == action) => {
                vec![Request::info("That is not for this step")]
            }
            Action::GoOn if matches!(run.now(now), Now::Paused(_) | Now::Refused(_)) => {
                run.paused = false;
                run.items.iter_mut().for_each(|item| item.refused = None);
                vec![Request::write(facts.session, Write::GoOnRotating(self.ticket))]
            }
            Action::ChangePlan => {
                self.change_plan(facts);
                Vec::new()
            }
            Action::GiveValue => {
                run.asking = Some(Asking::Value(Field::default(), None));
                vec![Request::ContentChanged]
            }
            Action::RollBack | Action::Abandon | Action::EndOverlap => {
                let lost = run.current().rotation.value_only_in_escrow();
                run.asking = Some(match action {
                    Action::RollBack => run.ask_to_roll_back(),
                    Action::Abandon => Asking::Abandon(lost.then(Field::default)),
                    _ => Asking::Reason(Field::default()),
                });
                vec![Request::ContentChanged]
            }
            action => match run.decision(action, now) {
                Some(decision) => self.decide(decision, facts),
                None => Vec::new(),
            },
        }
    }

    /// How far a page goes, and how far the page in front can be scrolled.
    fn room_of_page(&self, facts: &Facts) -> (isize, usize) {
        let Some(run) = &self.run else { return (1, 0) };
        let (size, now, keymap) = (facts.size, facts.now.present(), facts.keymap);
        let page = isize::try_from(run.arrange(size, now, keymap).rows).unwrap_or(1);
        (page.saturating_sub(2).max(1), run.most(size, now, keymap))
    }

    /// What is asked over the page is answered.
    fn answer(&mut self, action: Action, facts: &Facts) -> Requests {
        let now = facts.now.present();
        let Some(run) = &mut self.run else { return Vec::new() };
        let Some(asking) = run.asking.take() else { return Vec::new() };
        let mut requests = match (asking, action) {
            (Asking::Leave, Action::KeepForLater) => return self.keep_for_later(facts),
            (Asking::Leave, Action::RollBack) => {
                if run.decisions(now).iter().any(|(offered, _)| *offered == Action::RollBack) {
                    run.asking = Some(run.ask_to_roll_back());
                    Vec::new()
                } else {
                    let why = "There is nothing to go back to: it is on its way back, or the old key is revoked";
                    vec![Request::info(why)]
                }
            }
            (Asking::RollBack(mut asked), Action::Confirm | Action::Choose) => {
                if !asked.confirms(action) {
                    run.asking = Some(Asking::RollBack(asked));
                    return Vec::new();
                }
                self.decide(Decision::RollBack, facts)
            }
            (Asking::Sure(mut asked), Action::Confirm | Action::Choose) => {
                let decision = run.wants_confirmation(now).filter(|_| asked.confirms(action));
                let Some((decision, _)) = decision else {
                    run.asking = Some(Asking::Sure(asked));
                    return Vec::new();
                };
                self.decide(decision, facts)
            }
            (Asking::Abandon(None), Action::Confirm) => self.decide(Decision::Abandon { lose_value: false }, facts),
            (Asking::Abandon(Some(field)), Action::Choose) if field.text().trim() == LOSE => {
                self.decide(Decision::Abandon { lose_value: true }, facts)
            }
            (Asking::Reason(field), Action::Choose) if !field.text().trim().is_empty() => {
                let reason = field.text().trim().to_owned();
                if !crate::domain::values::secret_spans(&reason).is_empty() {
                    run.asking = Some(Asking::Reason(field));
                    return vec![Request::bad("That holds a key's value, which would stand in the summary")];
                }
                self.decide(Decision::EndOverlap(reason), facts)
            }
            (Asking::Value(field, _), Action::Choose) => match single(field.text()) {
                Ok(value) => {
                    run.paused = false;
                    let id = run.current().rotation.id.clone();
                    vec![Request::write(facts.session, Write::GiveToRotation(self.ticket, id, value))]
                }
                Err(why) => {
                    run.asking = Some(Asking::Value(Field::default(), Some(why.to_owned())));
                    return Vec::new();
                }
            },
            (_, Action::Back | Action::Quit) => Vec::new(),
            (asking, _) => {
                run.asking = Some(asking);
                return Vec::new();
            }
        };
        requests.insert(0, Request::ContentChanged);
        requests
    }

    /// Sends a decision that fits; says why one does not.
    fn decide(&mut self, decision: Decision, facts: &Facts) -> Requests {
        let Some(run) = &mut self.run else { return Vec::new() };
        let rotation = &run.current().rotation;
        let id = rotation.id.clone();
        // what is under way ends first, so only what stands still can be tried here
        if run.current().doing.is_none()
            && let Err(why) = rotation.clone().decide(decision.clone(), facts.now.present())
        {
            return vec![Request::info(why.to_string())];
        }
        run.paused = false;
        vec![Request::write(facts.session, Write::DecideRotation(self.ticket, id, decision))]
    }

    /// Keeps the rotations for later: the step under way ends, then they are let go.
    fn keep_for_later(&self, facts: &Facts) -> Requests {
        let begun = self.run.as_ref().is_none_or(|run| run.items.iter().any(|item| item.begun));
        let said = if begun {
            let open = facts.keymap.press(Action::Rotations, Context::List);
            Request::info(format!("Kept for later, on disk: {open} lists it, and goes on with it"))
        } else {
            Request::info("Nothing was rotated")
        };
        vec![Request::Close, said, Request::Do(Effect::ReleaseRotations(self.ticket))]
    }

    /// Closes the wizard in which everything is over.
    fn close(&self) -> Requests {
        let items = self.run.as_ref().map(|run| &run.items[..]).unwrap_or_default();
        let closed = items.iter().filter(|item| item.rotation.phase == Phase::Closed);
        let done: Vec<KeyId> = closed.map(|item| item.rotation.old.id.clone()).collect();
        vec![
            Request::Close,
            Request::Rows(RowChange::Unmarked(done)),
            result(items),
            Request::Do(Effect::ReleaseRotations(self.ticket)),
        ]
    }
}

/// What is said of rotations that are over.
fn result(items: &[Item]) -> Request<Dialog> {
    let closed: Vec<&Item> = items.iter().filter(|item| item.rotation.phase == Phase::Closed).collect();
    let summary = |item: &Item| match &item.summary {
        Some(Ok(path)) => format!("; its summary is {path}"),
        Some(Err(why)) => format!("; {why}"),
        None => String::new(),
    };
    let (tone, text) = match (&closed[..], items) {
        ([one], [_]) => (Tone::Good, format!("{} is rotated{}", one.rotation.old.name, summary(one))),
        ([], [one]) if one.rotation.phase == Phase::RolledBack => {
            let but = one.rotation.deadline.map(|at| format!(", but expires {}", exact(at))).unwrap_or_default();
            (Tone::Info, format!("{} is as it was{but}{}", one.rotation.old.name, summary(one)))
        }
        ([], [one]) => (Tone::Info, format!("Given up{}", summary(one))),
        (closed, all) if closed.len() == all.len() => (Tone::Good, format!("{} keys are rotated", all.len())),
        (closed, all) => (Tone::Info, format!("{} of {} keys are rotated", closed.len(), all.len())),
    };
    Request::Say(tone, text)
}
