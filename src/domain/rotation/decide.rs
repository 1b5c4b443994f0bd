//! What a person decides.

use super::{
    Cutover, CutoverLine, Delivery, Effect, Next, OldProof, OldState, Overlap, Phase, Place, Plan, Question, Release,
    Rotation,
};
use crate::domain::present::Present;
use crate::domain::time::Time;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The plan is right, as it stands: begin, or go on.
    Agree,
    /// This check, by its place in the list, does not matter.
    Waive(usize),
    /// Try again what did not work.
    Retry,
    /// It was done by hand, or worked all the same: the place, hook or line of the checklist that is in question.
    ByHand,
    /// This line, by its place in the cutover, was done by hand, in whatever order.
    Tick(usize),
    /// The new key's value was given, and is in escrow.
    Given,
    /// The old key's value was given, and is in escrow.
    GivenOld,
    /// Look at the old key's last use now.
    Look,
    /// The overlap is over now, or the old key's use does not matter, for this reason.
    EndOverlap(String),
    /// Revoke the old key, for ever; or, on the way back, the new one although places still hold it.
    ConfirmRevoke,
    /// Enable the old key again, and leave it.
    Reenable,
    /// Take everything back.
    RollBack,
    /// Go on to the new key after all, while it is not given up yet; what was taken back is done again.
    GoForward,
    /// Leave everything as it stands; `lose_value` says that the new value may be lost.
    Abandon {
        /// Whether a value that stands nowhere but in escrow may be lost.
        lose_value: bool,
    },
}

/// Why a decision cannot be taken now.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refused(pub &'static str);

impl Rotation {
    /// Takes a decision at `now`.
    ///
    /// # Errors
    /// When it does not fit where the rotation stands; nothing is changed then.
    pub fn decide(&mut self, decision: Decision, now: impl Into<Present>) -> Result<(), Refused> {
        let now = now.into();
        if self.phase.is_over() {
            return Err(Refused("this rotation is over"));
        }
        let next = self.next(now);
        match decision {
            Decision::Agree if matches!(next, Next::Ask(Question::Plan | Question::Doubt(_))) => {
                self.agreed = true;
                self.doubt = None;
            }
            Decision::Agree => return Err(Refused("the plan was agreed already")),
            Decision::Waive(at) => return self.waive(at),
            Decision::Retry => match next {
                Next::Ask(Question::Trouble(_)) => self.trouble = None,
                Next::Ask(Question::Checks(_)) => self.checked = false,
                Next::Ask(Question::StillUsed(_)) => self.look_again(),
                Next::Ask(Question::Orphans(_)) => self.orphans.clear(),
                _ => return Err(Refused("nothing failed")),
            },
            Decision::Given => {
                let again = |trouble: &super::Trouble| trouble.effect == Effect::Adopt;
                match &next {
                    Next::Ask(Question::Value) => {}
                    Next::Ask(Question::Trouble(trouble)) if again(trouble) => self.trouble = None,
                    _ => return Err(Refused("no new value is asked for")),
                }
                self.given = true;
            }
            Decision::GivenOld if next == Next::Ask(Question::OldValue) => self.old_given = true,
            Decision::GivenOld => return Err(Refused("the old value is not asked for")),
            Decision::ByHand => return self.by_hand(&next, now.now),
            Decision::Tick(at) => return self.tick_line(&next, at, now.now),
            Decision::Look if self.cutover_at.is_some() && self.phase == Phase::Forward => self.look_again(),
            Decision::Look => return Err(Refused("there is nothing to see before the systems are moved over")),
            Decision::EndOverlap(reason) => return self.end_overlap(&next, reason),
            Decision::ConfirmRevoke => match next {
                Next::Ask(Question::Revoke) => {
                    self.revoke_confirmed = true;
                    if self.plan.abilities.by_hand.is_some() {
                        self.tick(Effect::Revoke, now.now);
                    }
                }
                Next::Ask(Question::RevokeNew(_)) => self.revoke_new_confirmed = true,
                Next::Ask(Question::Orphans(_)) => self.orphans_confirmed = true,
                _ => return Err(Refused("nothing waits to be revoked")),
            },
            Decision::Reenable => {
                if self.old_state != OldState::Disabled || self.phase != Phase::Forward {
                    return Err(Refused("the old key is not disabled by this rotation"));
                }
                self.trouble = None;
                self.revoke_confirmed = false;
                self.reenabling = true;
            }
            Decision::RollBack => return self.roll_back(),
            Decision::GoForward => return self.go_forward(),
            Decision::Abandon { lose_value } => {
                if self.value_only_in_escrow() && !lose_value {
                    return Err(Refused(
                        "the new value stands nowhere but in escrow: roll back, deliver it, or say that it may be lost",
                    ));
                }
                self.trouble = None;
                self.doubt = None;
                self.phase = Phase::Abandoning;
            }
        }
        Ok(())
    }

    /// Changes the plan, which can be done until the new value is minted.
    ///
    /// # Errors
    /// When it is too late.
    pub fn replan(&mut self, plan: Plan) -> Result<(), Refused> {
        if self.minted.is_some()
            || self.given
            || self.registering
            || self.phase != Phase::Forward
            || self.old_state != OldState::Live
        {
            return Err(Refused("the plan cannot be changed any more: the new value is made"));
        }
        self.places = plan.sinks.iter().map(|_| Place { delivery: Delivery::ToDo, before: None }).collect();
        self.lines = vec![CutoverLine::default(); plan.cutover.len()];
        self.plan = plan;
        self.agreed = false;
        self.checked = false;
        self.checks.clear();
        self.trouble = None;
        self.doubt = None;
        Ok(())
    }

    fn waive(&mut self, at: usize) -> Result<(), Refused> {
        let Some(check) = self.checks.get(at).filter(|check| check.stops()) else {
            return Err(Refused("there is no such check that fails"));
        };
        if !self.is_waivable(check.kind) {
            return Err(Refused("this cannot be waived: it would fail or lock keydeck out"));
        }
        self.checks[at].waived = true;
        Ok(())
    }

    fn look_again(&mut self) {
        self.seen = None;
        self.look = true;
    }

    fn by_hand(&mut self, next: &Next, now: Time) -> Result<(), Refused> {
        match next {
            Next::Ask(Question::Checklist(at)) => {
                self.lines[*at].done = true;
                self.tick(Effect::Hook(*at), now);
            }
            // that it is revoked on its page is nobody's to say but who did it
            Next::Ask(Question::Revoke) if self.plan.abilities.by_hand.is_some() => {
                self.revoke_confirmed = true;
                self.tick(Effect::Revoke, now);
            }
            Next::Ask(Question::OldValue) => {
                self.old_proof = Some(OldProof::Unproven);
                self.tick(Effect::ProveOld, now);
            }
            Next::Ask(Question::RevokeNew(left)) if left.is_empty() => {
                self.revoke_new_confirmed = true;
                self.tick(Effect::RevokeNew, now);
            }
            Next::Ask(Question::RevokeNew(left)) => {
                for at in left {
                    self.places[*at].delivery = Delivery::Restored;
                    self.tick(Effect::Restore(*at), now);
                }
            }
            Next::Ask(Question::Trouble(trouble)) => {
                match trouble.effect {
                    Effect::Deliver(at) => self.places[at].delivery = Delivery::ByHand,
                    Effect::Hook(at) => self.lines[at].done = true,
                    Effect::Health => self.healthy = true,
                    Effect::Restore(at) => self.places[at].delivery = Delivery::Restored,
                    Effect::RerunHook(at) => self.lines[at].run_again = true,
                    Effect::ProveOld => self.old_proof = Some(OldProof::Unproven),
                    _ => return Err(Refused("this cannot be done by hand: try again, roll back or abandon")),
                }
                self.trouble = None;
                self.tick(trouble.effect, now);
            }
            _ => return Err(Refused("nothing waits for a person's hand")),
        }
        self.note_cutover(now);
        Ok(())
    }

    fn tick_line(&mut self, next: &Next, at: usize, now: Time) -> Result<(), Refused> {
        if !matches!(next, Next::Ask(Question::Checklist(_))) {
            return Err(Refused("nothing waits for a person's hand"));
        }
        let (Some(Cutover::ByHand(_)), Some(line)) = (self.plan.cutover.get(at), self.lines.get(at)) else {
            return Err(Refused("there is no such line to be done by hand"));
        };
        if line.done {
            return Err(Refused("that line is ticked already"));
        }
        let runs_first = |(line, planned): (&CutoverLine, &Cutover)| matches!(planned, Cutover::Run(_)) && !line.done;
        if self.lines[..at].iter().zip(&self.plan.cutover).any(runs_first) {
            return Err(Refused("a program is to run before that line"));
        }
        self.lines[at].done = true;
        self.tick(Effect::Hook(at), now);
        self.note_cutover(now);
        Ok(())
    }

    fn end_overlap(&mut self, next: &Next, reason: String) -> Result<(), Refused> {
        let waits = matches!(next, Next::Wait(_) | Next::Ask(Question::StillUsed(_) | Question::Reenabled));
        if !waits {
            return Err(Refused("no overlap is under way"));
        }
        if reason.trim().is_empty() {
            return Err(Refused("say why, in a few words: it is kept in the summary"));
        }
        self.reenabled = false;
        self.released = Some(Release::Forced(reason));
        Ok(())
    }

    fn go_forward(&mut self) -> Result<(), Refused> {
        if self.phase != Phase::RollingBack {
            return Err(Refused("it is not on its way back"));
        }
        if self.taking_back && (self.new_revoked || !self.registering) {
            return Err(Refused("the new key is given up already: roll back to the end, then begin anew"));
        }
        if self.taking_back {
            // the places are as they were, so everything after the new key is done again, and proven again
            for place in &mut self.places {
                if matches!(place.delivery, Delivery::Restored | Delivery::NotRestored(_)) {
                    place.delivery = Delivery::ToDo;
                }
            }
            for line in &mut self.lines {
                (line.done, line.run_again) = (false, false);
            }
            self.healthy = false;
            self.cutover_at = None;
            self.proof = None;
            self.taking_back = false;
            self.revoke_new_confirmed = false;
        }
        self.trouble = None;
        self.way_back_clear = false;
        self.phase = Phase::Forward;
        Ok(())
    }

    fn roll_back(&mut self) -> Result<(), Refused> {
        if self.phase != Phase::Forward {
            return Err(Refused("it is on its way back already"));
        }
        if self.old_state == OldState::Revoked {
            return Err(Refused("the old key is revoked: there is nothing to go back to"));
        }
        self.trouble = None;
        self.reenabling = false;
        self.seen = None;
        self.phase = Phase::RollingBack;
        Ok(())
    }

    /// When the overlap ends, once the systems are moved over and there is one.
    pub fn overlap_ends(&self) -> Option<Time> {
        let cutover = self.cutover_at.filter(|_| self.plan.overlap != Overlap::None && !self.plan.emergency)?;
        Some(self.deadline.unwrap_or_else(|| self.plan.overlap.ends(cutover, self.old.expires.time())))
    }
}
