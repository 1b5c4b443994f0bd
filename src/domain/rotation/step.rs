//! The steps as a person sees them: what is done, what is under way, what is to come.

use super::{Effect, Next, OldState, Phase, Question, Rotation};
use crate::domain::present::Present;

/// A step of a rotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// The plan is being made.
    Draft,
    /// Everything is looked at.
    Preflight,
    /// The new key is made.
    Minted,
    /// The value goes to its places.
    Delivered,
    /// The systems are moved over.
    Cutover,
    /// The new key is proven.
    Verified,
    /// Both keys work.
    Overlap,
    /// The old key is disabled, and could be enabled again.
    OldDisabled,
    /// The old key is revoked.
    OldRevoked,
    /// Everything is done.
    Closed,
    /// What was done is taken back.
    RollingBack,
    /// Something needs a person.
    NeedsAttention,
    /// A person gave it up.
    Abandoned,
}

/// How far a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Done,
    /// It is under way.
    Now,
    ToCome,
}

impl Step {
    /// Its word in the wizard.
    pub fn title(self) -> &'static str {
        match self {
            Self::Draft => "Plan",
            Self::Preflight => "Check",
            Self::Minted => "Make",
            Self::Delivered => "Deliver",
            Self::Cutover => "Cut over",
            Self::Verified => "Verify",
            Self::Overlap => "Overlap",
            Self::OldDisabled => "Disable old",
            Self::OldRevoked => "Revoke old",
            Self::Closed => "Close",
            Self::RollingBack => "Roll back",
            Self::NeedsAttention => "Needs attention",
            Self::Abandoned => "Abandoned",
        }
    }

    /// Its word on the wire, in the journal's listing and in scripts.
    pub fn word(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Preflight => "preflight",
            Self::Minted => "minted",
            Self::Delivered => "delivered",
            Self::Cutover => "cutover",
            Self::Verified => "verified",
            Self::Overlap => "overlap",
            Self::OldDisabled => "old-disabled",
            Self::OldRevoked => "old-revoked",
            Self::Closed => "closed",
            Self::RollingBack => "rolling-back",
            Self::NeedsAttention => "needs-attention",
            Self::Abandoned => "abandoned",
        }
    }
}

impl Effect {
    /// The step it belongs to, on the way forward.
    pub fn step(self) -> Step {
        match self {
            Self::Check => Step::Preflight,
            Self::Mint | Self::Adopt | Self::ListKeys | Self::Register | Self::FindOrphans | Self::DeleteOrphans => {
                Step::Minted
            }
            Self::Deliver(_) => Step::Delivered,
            Self::Hook(_) | Self::Health => Step::Cutover,
            Self::Verify => Step::Verified,
            Self::SetDeadline(_) | Self::LookAtOld | Self::Enable => Step::Overlap,
            Self::Disable => Step::OldDisabled,
            Self::Revoke | Self::ProveOld => Step::OldRevoked,
            Self::Wipe => Step::Closed,
            Self::Restore(_) | Self::RerunHook(_) | Self::RevokeNew => Step::RollingBack,
        }
    }
}

impl Rotation {
    /// The steps of this rotation's lane, in order.
    pub fn lane(&self) -> Vec<Step> {
        let mut lane = vec![Step::Draft, Step::Preflight];
        if self.plan.emergency {
            lane.push(Step::OldRevoked);
        }
        lane.extend([Step::Minted, Step::Delivered, Step::Cutover, Step::Verified]);
        if !self.plan.emergency {
            lane.push(Step::Overlap);
            if self.plan.abilities.disable {
                lane.push(Step::OldDisabled);
            }
            lane.push(Step::OldRevoked);
        }
        lane.push(Step::Closed);
        lane
    }

    /// The step of the lane that is under way at `now`, whether it goes well or not.
    pub fn at_step(&self, now: impl Into<Present>) -> Step {
        match self.next(now) {
            Next::Over => Step::Closed,
            Next::Do(Effect::ProveOld) if self.plan.emergency => Step::Closed,
            Next::Do(effect) => effect.step(),
            Next::Wait(_) => Step::Overlap,
            Next::Ask(question) => match question {
                Question::Plan | Question::Doubt(_) => Step::Draft,
                Question::Checks(_) => Step::Preflight,
                Question::Value | Question::Orphans(_) => Step::Minted,
                Question::Checklist(_) => Step::Cutover,
                Question::StillUsed(_) | Question::Reenabled => Step::Overlap,
                Question::Revoke if self.old_state == OldState::Disabled && self.plan.abilities.disable => {
                    Step::OldDisabled
                }
                Question::Revoke | Question::OldValue => Step::OldRevoked,
                Question::RevokeNew(_) => Step::RollingBack,
                Question::Trouble(trouble) => trouble.effect.step(),
            },
        }
    }

    /// The state by its name: a step, or that it is rolling back, needs attention, or was abandoned.
    pub fn state(&self, now: impl Into<Present>) -> Step {
        match self.phase {
            Phase::Closed => Step::Closed,
            Phase::Abandoned | Phase::Abandoning => Step::Abandoned,
            _ if self.trouble.is_some() || self.doubt.is_some() => Step::NeedsAttention,
            Phase::RollingBack | Phase::RolledBack => Step::RollingBack,
            Phase::Forward => self.at_step(now),
        }
    }

    /// The lane with each step's stage at `now`.
    pub fn stages(&self, now: impl Into<Present>) -> Vec<(Step, Stage)> {
        let lane = self.lane();
        let at = self.at_step(now);
        let present = match self.phase {
            Phase::Closed => lane.len(),
            Phase::Forward => lane.iter().position(|step| *step == at).unwrap_or_default(),
            // on the way back, the furthest step that was reached stays the present one
            _ => self.furthest(&lane),
        };
        let stage = |index: usize| match index.cmp(&present) {
            std::cmp::Ordering::Less => Stage::Done,
            std::cmp::Ordering::Equal => Stage::Now,
            std::cmp::Ordering::Greater => Stage::ToCome,
        };
        lane.iter().enumerate().map(|(index, step)| (*step, stage(index))).collect()
    }

    fn furthest(&self, lane: &[Step]) -> usize {
        let reached = if self.deadline.is_some() {
            Step::Overlap
        } else if self.proof.is_some() {
            Step::Verified
        } else if self.cutover_at.is_some() {
            Step::Cutover
        } else if self.new.is_some() {
            Step::Delivered
        } else if self.minted.is_some() || self.given {
            Step::Minted
        } else {
            Step::Preflight
        };
        lane.iter().position(|step| *step == reached).unwrap_or_default()
    }
}
