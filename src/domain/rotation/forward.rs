//! The way forward: what comes next, from the plan to the end.

use chrono::TimeDelta;

use super::{
    Check, Cutover, Delivery, Effect, LAST_USE_EXACT_SECONDS, Next, OldState, Overlap, PROOF_LASTS_SECONDS, Question,
    Rotation, Seen,
};
use crate::domain::present::Present;
use crate::domain::time::{Time, When};

impl Rotation {
    pub(super) fn next_forward(&self, now: Present) -> Next {
        if !self.agreed {
            return Next::Ask(Question::Plan);
        }
        if !self.checked {
            return Next::Do(Effect::Check);
        }
        let red: Vec<usize> = (0..self.checks.len()).filter(|at| Check::stops(&self.checks[*at])).collect();
        if !red.is_empty() {
            return Next::Ask(Question::Checks(red));
        }
        if self.plan.emergency
            && self.old_state != OldState::Revoked
            && let Some(next) = self.next_removal()
        {
            return next;
        }
        if let Some(next) = self.next_making() {
            return next;
        }
        if self.plan.emergency {
            // by now a place may have told the old value
            return self.next_removal().unwrap_or(Next::Do(Effect::Wipe));
        }
        if let Some(next) = self.next_overlap(now) {
            return next;
        }
        match self.next_removal() {
            Some(Next::Do(Effect::Disable | Effect::Revoke)) if self.is_proof_stale(now.now) => {
                Next::Do(Effect::Verify)
            }
            Some(next) => next,
            None => Next::Do(Effect::Wipe),
        }
    }

    /// Making the new key, delivering it, moving the systems over, proving it.
    fn next_making(&self) -> Option<Next> {
        if self.new.is_none() && self.plan.abilities.mints {
            return Some(self.next_making_there());
        }
        if self.minted.is_none() {
            return Some(match (&self.plan.abilities.by_hand, self.given) {
                (None, _) => Next::Do(Effect::Mint),
                (Some(_), true) => Next::Do(Effect::Adopt),
                (Some(_), false) => Next::Ask(Question::Value),
            });
        }
        if self.new.is_none() {
            return Some(Next::Do(Effect::Register));
        }
        let undelivered = |place: &super::Place| matches!(place.delivery, Delivery::ToDo | Delivery::Begun);
        if let Some(at) = self.places.iter().position(undelivered) {
            return Some(Next::Do(Effect::Deliver(at)));
        }
        if let Some(at) = self.lines.iter().position(|line| !line.done) {
            return Some(match self.plan.cutover[at] {
                Cutover::Run(_) => Next::Do(Effect::Hook(at)),
                Cutover::ByHand(_) => Next::Ask(Question::Checklist(at)),
            });
        }
        if self.plan.health.is_some() && !self.healthy {
            return Some(Next::Do(Effect::Health));
        }
        self.proof.is_none().then_some(Next::Do(Effect::Verify))
    }

    /// Having the backend make a key. After a lost answer nothing is asked for again before it is known what came of it.
    fn next_making_there(&self) -> Next {
        if !self.orphans.is_empty() {
            return if self.orphans_confirmed {
                Next::Do(Effect::DeleteOrphans)
            } else {
                Next::Ask(Question::Orphans(self.orphans.clone()))
            };
        }
        Next::Do(if self.unsettled {
            Effect::FindOrphans
        } else if self.keys_before.is_none() {
            Effect::ListKeys
        } else {
            Effect::Register
        })
    }

    /// The time in which both keys work; none once it is over. The old key is told a date by the server's time, and taken
    /// away once that has come by this machine's clock too.
    fn next_overlap(&self, now: Present) -> Option<Next> {
        if self.reenabling {
            return Some(Next::Do(Effect::Enable));
        }
        if self.old_state != OldState::Live || self.released.is_some() {
            return None;
        }
        let cutover = self.cutover_at.unwrap_or(now.now);
        let ends = self.deadline.unwrap_or_else(|| self.plan.overlap.ends(cutover, self.old.expires.time()));
        // the old key's own expiry may be the end already; and a date that has passed would cut off who still uses it
        let sooner = self.old.expires.time().is_none_or(|expires| ends < expires);
        if self.plan.overlap != Overlap::None
            && self.plan.abilities.expiry
            && self.deadline.is_none()
            && sooner
            && now.now < ends
        {
            return Some(if self.is_proof_stale(now.now) {
                Next::Do(Effect::Verify)
            } else {
                Next::Do(Effect::SetDeadline(ends))
            });
        }
        if self.look {
            return Some(Next::Do(Effect::LookAtOld));
        }
        if self.reenabled {
            return Some(Next::Ask(Question::Reenabled));
        }
        if !self.is_overlap_over(now.sure) {
            return Some(Next::Wait(ends));
        }
        match &self.seen {
            Some(seen) if self.is_overlap_over(seen.at) && self.is_used_after_cutover(seen) => {
                Some(Next::Ask(Question::StillUsed(seen.clone())))
            }
            _ => Some(Next::Do(Effect::LookAtOld)),
        }
    }

    /// Taking the old key away, and proving it; none once that is done.
    fn next_removal(&self) -> Option<Next> {
        if self.old_state == OldState::Live && self.plan.abilities.disable && !self.plan.emergency {
            return Some(Next::Do(Effect::Disable));
        }
        if self.old_state != OldState::Revoked {
            return Some(if self.revoke_confirmed { Next::Do(Effect::Revoke) } else { Next::Ask(Question::Revoke) });
        }
        if self.old_proof.is_some() {
            return None;
        }
        Some(if self.wants_old_value() { Next::Ask(Question::OldValue) } else { Next::Do(Effect::ProveOld) })
    }

    /// Whether a person's word is all there is that the old key is gone, and its value would prove it, and none is at hand.
    fn wants_old_value(&self) -> bool {
        let told = self.places.iter().any(|place| place.before == Some(super::Before::OldValue));
        self.plan.abilities.by_hand.is_some() && self.old.fingerprint.is_some() && !told && !self.old_given
    }

    pub(super) fn is_used_after_cutover(&self, seen: &Seen) -> bool {
        match (&seen.last_used, self.cutover_at) {
            _ if !self.plan.abilities.last_use => false,
            (When::Never, _) => false,
            (When::At(used), Some(cutover)) => *used > cutover + TimeDelta::seconds(LAST_USE_EXACT_SECONDS),
            (When::Unreadable(_), _) | (_, None) => true,
        }
    }

    /// One of a time to come was noted when a clock was wrong, and tells nothing.
    fn is_proof_stale(&self, now: Time) -> bool {
        self.proof.is_none_or(|proof| (now - proof.at).abs() > TimeDelta::seconds(PROOF_LASTS_SECONDS))
    }
}
