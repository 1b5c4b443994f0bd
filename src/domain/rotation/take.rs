//! What an effect came to, taken in.

use super::{Delivery, Effect, OldState, Outcome, Overlap, Phase, Proof, Release, Rotation, Seen, Trouble};
use crate::domain::time::Time;
use crate::domain::untrusted::Untrusted;

impl Rotation {
    /// Takes in what `effect` came to at `now`. An outcome that does not belong to the effect is trouble.
    pub fn take(&mut self, effect: Effect, outcome: Outcome, now: Time) {
        match (effect, outcome) {
            (effect, Outcome::Failed { reason, maybe_done }) => {
                self.look = false;
                if effect == Effect::Register {
                    self.unsettled &= maybe_done;
                }
                self.trouble = Some(Trouble { effect, reason, maybe_done });
            }
            (Effect::Check, Outcome::Checked(mut checks)) => {
                for check in &mut checks {
                    check.waived = self.checks.iter().any(|before| before.waived && before.kind == check.kind);
                }
                self.checks = checks;
                self.checked = true;
            }
            (Effect::Mint | Effect::Adopt, Outcome::Minted(minted)) => self.minted = Some(minted),
            (Effect::ListKeys, Outcome::Listed(keys)) => self.keys_before = Some(keys),
            (Effect::Register, Outcome::Registered(new)) => self.new = Some(new),
            (Effect::Register | Effect::FindOrphans, Outcome::RegisteredThere(new, minted)) => {
                self.new = Some(new);
                self.minted = Some(minted);
                self.unsettled = false;
            }
            (Effect::FindOrphans, Outcome::Orphans(orphans)) => {
                self.unsettled = !orphans.is_empty();
                self.orphans = orphans;
            }
            (Effect::DeleteOrphans, Outcome::Done) => {
                self.orphans.clear();
                self.orphans_confirmed = false;
                self.unsettled = false;
            }
            (Effect::Deliver(at), Outcome::Delivered(before, blind)) => {
                let place = &mut self.places[at];
                place.delivery = blind.map_or(Delivery::Verified, Delivery::Blind);
                place.before = Some(before);
                self.note_cutover(now);
            }
            (Effect::Hook(at), Outcome::Done) => {
                self.lines[at].done = true;
                self.note_cutover(now);
            }
            (Effect::Health, Outcome::Done) => {
                self.healthy = true;
                self.note_cutover(now);
            }
            (Effect::Verify, Outcome::Done) => {
                self.note_cutover(now);
                self.proof = Some(Proof { at: now });
            }
            (Effect::SetDeadline(deadline), Outcome::Done) => self.deadline = Some(deadline),
            (Effect::LookAtOld, Outcome::Old(seen)) => self.looked(seen),
            (Effect::Disable, Outcome::Done) => self.old_state = OldState::Disabled,
            (Effect::Enable, Outcome::Done) => {
                self.old_state = OldState::Live;
                self.reenabling = false;
                self.released = None;
                self.reenabled = true;
                if self.phase == Phase::RollingBack {
                    // enabled, but it may have expired: only a look tells that it works
                    self.way_back_clear = false;
                    self.seen = None;
                }
            }
            (Effect::Revoke, Outcome::Done) => self.old_state = OldState::Revoked,
            (Effect::ProveOld, Outcome::OldProved(proof)) => self.old_proof = Some(proof),
            (Effect::Restore(at), Outcome::Done) => self.places[at].delivery = Delivery::Restored,
            (Effect::Restore(at), Outcome::CannotRestore(why)) => self.places[at].delivery = Delivery::NotRestored(why),
            (Effect::RerunHook(at), Outcome::Done) => self.lines[at].run_again = true,
            (Effect::RevokeNew, Outcome::Done) => self.new_revoked = true,
            (Effect::Wipe, Outcome::Done) => {
                self.wiped = true;
                self.doubt = None;
                self.phase = match self.phase {
                    Phase::Forward => Phase::Closed,
                    Phase::RollingBack => Phase::RolledBack,
                    _ => Phase::Abandoned,
                };
            }
            (effect, _) => {
                let reason = Untrusted::from("its answer made no sense here");
                self.trouble = Some(Trouble { effect, reason, maybe_done: true });
            }
        }
    }

    /// The systems count as moved over once every place, hook and check of their health is done.
    pub(super) fn note_cutover(&mut self, now: Time) {
        let all = self.all_arrived()
            && self.lines.iter().all(|line| line.done)
            && (self.healthy || self.plan.health.is_none());
        if all && self.cutover_at.is_none() {
            self.cutover_at = Some(now);
            // what was seen before tells nothing of who is left behind now
            self.seen = None;
        }
    }

    fn looked(&mut self, seen: Seen) {
        self.look = false;
        if self.phase == Phase::RollingBack {
            self.way_back_clear = false;
            if seen.is_enabled() {
                self.old_state = OldState::Live;
                self.way_back_clear = true;
            } else if seen.is_disabled() {
                self.old_state = OldState::Disabled;
            } else {
                if seen.is_revoked() {
                    self.old_state = OldState::Revoked;
                }
                let reason = format!("the old key is {}: there is no way back, only one forward", seen.status);
                self.trouble = Some(Trouble { effect: Effect::LookAtOld, reason: reason.into(), maybe_done: false });
            }
        } else if seen.is_revoked() {
            self.old_state = OldState::Revoked;
            self.released = Some(Release::Dead);
        } else if seen.is_disabled() {
            self.old_state = OldState::Disabled;
            self.released = Some(Release::Dead);
        } else if !self.reenabled && self.is_overlap_over(seen.at) && !self.is_used_after_cutover(&seen) {
            self.released = Some(if self.plan.abilities.last_use { Release::Unused } else { Release::Unwatched });
        }
        self.seen = Some(seen);
    }

    /// Whether the time in which both keys work is over at `sure`; there is nothing to wait for where none was wanted.
    pub(super) fn is_overlap_over(&self, sure: Time) -> bool {
        let cutover = self.cutover_at.unwrap_or(sure);
        let ends = self.deadline.unwrap_or_else(|| self.plan.overlap.ends(cutover, self.old.expires.time()));
        self.plan.overlap == Overlap::None || sure >= ends
    }
}
