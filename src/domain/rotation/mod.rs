//! Rotating a key: a new key is made, delivered, put to use and proven before the old one is removed.
//!
//! [`Rotation`] is the whole of it as a value, without a secret in it, so that it can stand on disk between any two steps.
//! It says what comes [`next`](Rotation::next): an [`Effect`] to carry out, a [`Question`] for a person, a moment to
//! wait for, or that it is over. What an effect came to goes back in by [`take`](Rotation::take), what a person decided
//! by [`decide`](Rotation::decide).
//!
//! The law: the old key is neither disabled, given a deadline nor revoked before the new one was delivered to every place
//! and proven to be accepted. Only the emergency lane, for a leaked key, revokes first.

mod back;
mod check;
mod decide;
mod delivery;
mod effect;
mod elsewhere;
mod forward;
mod key_path;
mod markdown;
mod old;
mod place;
mod plan;
mod saved;
mod step;
mod summary;
mod take;
mod tick;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use check::{Check, CheckKind, Verdict};
pub use decide::{Decision, Refused};
pub use delivery::{Before, Delivery, Holds, Place};
pub use effect::{Effect, Next, Outcome, Question};
pub use elsewhere::elsewhere;
pub use key_path::KeyPath;
pub use old::{OldProof, OldState, Proof, Release, Seen};
pub use place::{EnvRules, Format, Hook, ParseSinkError, Recipe, Sink, WayBack};
pub use plan::{Abilities, Cutover, MAX_OVERLAP_SECONDS, Overlap, Plan, PlannedStep, Reason, new_expiry, new_name};
pub use saved::{Defaults, Saved};
pub use step::{Stage, Step};
pub use summary::{Summary, SummaryKey, SummaryPlace, SummaryTick};
pub use tick::Tick;

use super::ids::{KeyId, UserId};
use super::key::Key;
use super::key_value::hex;
use super::present::Present;
use super::time::{Time, When};
use super::untrusted::Untrusted;

/// How long after the last proof that the new key is accepted the old one may still be taken away without another.
pub const PROOF_LASTS_SECONDS: i64 = 600;
/// How exact a key's last use is. Source: management API, "Secrets".
pub const LAST_USE_EXACT_SECONDS: i64 = 60;

/// A rotation's own id: a ULID, so that they sort by when they began.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RotationId(pub String);

impl fmt::Display for RotationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The key that is replaced, as it was when the rotation began.
#[derive(Clone, Debug, PartialEq)]
pub struct OldKey {
    pub id: KeyId,
    pub name: Untrusted,
    pub masked: Untrusted,
    /// SHA-256 of its value in hexadecimal, where the server tells it.
    pub fingerprint: Option<String>,
    pub owner: UserId,
    /// When it expires by itself.
    pub expires: When,
    /// Whether keydeck itself uses it for this profile.
    pub own: bool,
}

impl OldKey {
    /// What a rotation remembers of `key`; `own` is the key that keydeck itself uses.
    pub fn of(key: &Key, own: Option<&KeyId>) -> Self {
        Self {
            id: key.id.clone(),
            name: key.name.clone(),
            masked: key.masked.clone(),
            fingerprint: key.digest.as_ref().map(|digest| hex(digest)),
            owner: key.owner_id,
            expires: key.expires.clone(),
            own: own == Some(&key.id),
        }
    }
}

/// The value that was minted, by what may be told of it. The value itself is in escrow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Minted {
    /// SHA-256 in hexadecimal.
    pub fingerprint: String,
    pub masked: String,
}

/// The new key, once the server knows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Registered {
    pub id: KeyId,
    pub name: Untrusted,
    /// When it expires, as the server decided.
    pub expires: When,
}

/// A key that a backend made although its answer, which told the value, was lost: nobody has its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Orphan {
    pub id: KeyId,
    pub name: Untrusted,
    pub masked: Untrusted,
}

/// How far one line of the cutover is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CutoverLine {
    /// Whether its hook was begun: one that failed may have moved its system over all the same.
    pub begun: bool,
    pub done: bool,
    /// Of a way back: whether its hook was run again.
    pub run_again: bool,
}

/// Where a rotation is going.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Towards the new key.
    Forward,
    /// Back to the old key.
    RollingBack,
    /// A person gave it up; only the escrow is still to be wiped.
    Abandoning,
    /// Done: the new key took the old one's place.
    Closed,
    /// Over: everything is as it was.
    RolledBack,
    /// Over: left as it stood.
    Abandoned,
}

impl Phase {
    /// Its word in listings and summaries.
    pub fn word(self) -> &'static str {
        match self {
            Self::Forward => "forward",
            Self::RollingBack => "rolling-back",
            Self::Abandoning => "abandoning",
            Self::Closed => "closed",
            Self::RolledBack => "rolled-back",
            Self::Abandoned => "abandoned",
        }
    }

    /// Whether nothing is left to do.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Closed | Self::RolledBack | Self::Abandoned)
    }
}

/// Something that did not work and needs a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// What was tried.
    pub effect: Effect,
    /// Why it did not work.
    pub reason: Untrusted,
    /// Whether it may have been done all the same.
    pub maybe_done: bool,
}

/// One key's rotation. Holds no secret.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own, as the journal keeps it")]
pub struct Rotation {
    pub id: RotationId,
    /// The rotations that were begun together have one batch; a failure keeps the rest of it from starting.
    pub batch: Option<String>,
    /// The profile it runs on.
    pub profile: String,
    pub address: String,
    /// What was agreed.
    pub plan: Plan,
    /// The key that is replaced.
    pub old: OldKey,
    /// When it began.
    pub started: Time,
    /// Where it is going.
    pub phase: Phase,
    /// Whether a person agreed to the plan.
    pub agreed: bool,
    /// Whether the preflight was made, and need not be made again.
    pub checked: bool,
    /// What the preflight showed.
    pub checks: Vec<Check>,
    /// The new value, once in escrow.
    pub minted: Option<Minted>,
    /// Where a person makes the key: whether they gave its value, which is in escrow.
    pub given: bool,
    /// Where a person revokes the key: whether they gave the old value, which is in escrow.
    pub old_given: bool,
    /// Whether the registration was begun, so that the server may know the new key.
    pub registering: bool,
    pub new: Option<Registered>,
    /// Where the backend mints: the caller's keys before it was asked for one.
    pub keys_before: Option<Vec<KeyId>>,
    /// Where the backend mints: whether it was asked for a key, and what came of that is not known.
    pub unsettled: bool,
    /// Where the backend mints: the keys that came of a lost answer.
    pub orphans: Vec<Orphan>,
    /// Whether a person said that the orphans go.
    pub orphans_confirmed: bool,
    /// The places, in the plan's order.
    pub places: Vec<Place>,
    /// How far each line of the plan's cutover is, in the plan's order.
    pub lines: Vec<CutoverLine>,
    /// Whether the health command was content.
    pub healthy: bool,
    /// When the systems were moved over.
    pub cutover_at: Option<Time>,
    /// The latest proof that the new key is accepted.
    pub proof: Option<Proof>,
    /// When the old key expires by this rotation's doing, once the server knows it.
    pub deadline: Option<Time>,
    /// The latest look at the old key.
    pub seen: Option<Seen>,
    /// Whether a look was asked for.
    pub look: bool,
    /// Why the overlap is over; none while it lasts.
    pub released: Option<Release>,
    /// Whether the old key was enabled again on request, and stays until somebody says otherwise.
    pub reenabled: bool,
    /// Whether the old key is to be enabled again.
    pub reenabling: bool,
    /// Whether changing the old key was begun, so that it may be another than is known here.
    pub touching_old: bool,
    /// What became of the old key.
    pub old_state: OldState,
    /// Whether its revocation was confirmed.
    pub revoke_confirmed: bool,
    /// Whether the old value is refused.
    pub old_proof: Option<OldProof>,
    /// Of a way back: whether taking something back was begun.
    pub taking_back: bool,
    /// Of a way back: whether the old key was seen to be enabled before anything was taken back.
    pub way_back_clear: bool,
    /// Of a way back: whether the new key may be revoked although places still hold it.
    pub revoke_new_confirmed: bool,
    /// Of a way back: whether the new key is gone.
    pub new_revoked: bool,
    /// Whether the escrow was wiped.
    pub wiped: bool,
    /// What a person vouched for, in order.
    pub ticks: Vec<Tick>,
    /// What needs a person.
    pub trouble: Option<Trouble>,
    /// Why it is doubted that this plan is the one that was agreed on this machine; nothing is carried out before a person
    /// agrees. Found out whenever the rotation is taken up, and never kept.
    pub doubt: Option<Untrusted>,
}

impl Rotation {
    /// A rotation of which nothing has happened yet.
    pub fn new(id: RotationId, profile: &str, address: &str, plan: Plan, old: OldKey, now: Time) -> Self {
        let places = plan.sinks.iter().map(|_| Place { delivery: Delivery::ToDo, before: None }).collect();
        let lines = vec![CutoverLine::default(); plan.cutover.len()];
        Self {
            id,
            batch: None,
            profile: profile.to_owned(),
            address: address.to_owned(),
            plan,
            old,
            started: now,
            phase: Phase::Forward,
            agreed: false,
            checked: false,
            checks: Vec::new(),
            minted: None,
            given: false,
            old_given: false,
            registering: false,
            new: None,
            keys_before: None,
            unsettled: false,
            orphans: Vec::new(),
            orphans_confirmed: false,
            places,
            lines,
            healthy: false,
            cutover_at: None,
            proof: None,
            deadline: None,
            seen: None,
            look: false,
            released: None,
            reenabled: false,
            reenabling: false,
            touching_old: false,
            old_state: OldState::Live,
            revoke_confirmed: false,
            old_proof: None,
            taking_back: false,
            way_back_clear: false,
            revoke_new_confirmed: false,
            new_revoked: false,
            wiped: false,
            ticks: Vec::new(),
            trouble: None,
            doubt: None,
        }
    }

    /// What comes next at `now`. What cannot be undone waits until its time has come by every clock that is known.
    pub fn next(&self, now: impl Into<Present>) -> Next {
        let next = self.next_of_plan(now.into());
        match &self.doubt {
            // wiping does nothing that a plan says, and takes away what proves that it was agreed
            Some(doubt) if !is_wiping(&next) => Next::Ask(Question::Doubt(doubt.clone())),
            _ => next,
        }
    }

    /// What comes next by the plan, whoever agreed to it.
    fn next_of_plan(&self, now: Present) -> Next {
        if self.phase.is_over() {
            return Next::Over;
        }
        if let Some(trouble) = &self.trouble {
            return Next::Ask(Question::Trouble(trouble.clone()));
        }
        match self.phase {
            Phase::Forward => self.next_forward(now),
            Phase::RollingBack => self.next_back(now),
            _ => Next::Do(Effect::Wipe),
        }
    }

    /// Notes that `effect` is about to be carried out; to be on disk before it is.
    pub fn begin(&mut self, effect: Effect) {
        match effect {
            Effect::Register => {
                self.registering = true;
                self.unsettled = self.plan.abilities.mints;
            }
            Effect::Deliver(at) => self.places[at].delivery = Delivery::Begun,
            Effect::Hook(at) => self.lines[at].begun = true,
            Effect::SetDeadline(_) | Effect::Disable | Effect::Revoke => self.touching_old = true,
            Effect::Restore(at) => {
                self.taking_back = true;
                // should nothing be heard of it, the new value may be gone from there
                self.places[at].delivery = Delivery::Begun;
            }
            Effect::RerunHook(_) | Effect::RevokeNew | Effect::Wipe => self.taking_back = true,
            _ => {}
        }
    }

    /// Resumes a rotation in which `effect` was begun and never ended: keydeck was killed meanwhile. All effects but a
    /// hook can simply be done again.
    pub fn interrupted(&mut self, effect: Effect) {
        if matches!(effect, Effect::Hook(_) | Effect::RerunHook(_)) {
            let reason = Untrusted::from("keydeck ended while it ran: whether it worked is not known");
            self.trouble = Some(Trouble { effect, reason, maybe_done: true });
        }
    }

    /// Whether every place has the new value and the new key is known and proven: what the old key's removal waits for.
    pub fn is_safe_to_remove_old(&self) -> bool {
        self.new.is_some() && self.all_arrived() && self.cutover_at.is_some() && self.proof.is_some()
    }

    /// Whether it went as far as it could by itself and nothing went wrong: the next of several may begin.
    pub fn came_through(&self, now: impl Into<Present>) -> bool {
        self.phase == Phase::Closed || matches!(self.next(now), Next::Wait(_))
    }

    /// Whether the new value would be lost if the escrow were wiped: a key may have it, and no place does.
    pub fn value_only_in_escrow(&self) -> bool {
        (self.registering || self.given)
            && !self.new_revoked
            && !self.wiped
            && !self.places.iter().any(|place| place.delivery.arrived())
    }

    /// What this rotation, as long as it is not over, has to do with the key `id` at `address`, in words; none when nothing.
    pub fn is_about(&self, address: &str, id: &KeyId) -> Option<String> {
        if self.phase.is_over() || self.address != address {
            return None;
        }
        if self.old.id == *id {
            return Some(format!("the rotation {} of this key is under way", self.id));
        }
        let is_new = self.new.as_ref().is_some_and(|new| new.id == *id);
        is_new.then(|| format!("it is the new key of the rotation {}, which is under way", self.id))
    }

    /// Whether `effect` is of a place or a line of the cutover that the plan has.
    pub fn has(&self, effect: Effect) -> bool {
        match effect {
            Effect::Deliver(at) | Effect::Restore(at) => at < self.plan.sinks.len(),
            Effect::Hook(at) | Effect::RerunHook(at) => at < self.plan.cutover.len(),
            _ => true,
        }
    }

    fn all_arrived(&self) -> bool {
        self.places.iter().all(|place| place.delivery.arrived())
    }
}

/// Whether nothing is left but to wipe the escrow.
fn is_wiping(next: &Next) -> bool {
    match next {
        Next::Over | Next::Do(Effect::Wipe) => true,
        Next::Ask(Question::Trouble(trouble)) => trouble.effect == Effect::Wipe,
        _ => false,
    }
}

#[cfg(test)]
mod tests;
