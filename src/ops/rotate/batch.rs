//! Rotations that are begun together: one is begun when those before it came through.

use ulid::Ulid;

use super::{Executor, RotateError};
use crate::client::KeyService;
use crate::domain::present::Present;
use crate::domain::rotation::{OldKey, Plan, Rotation, RotationId};
use crate::domain::time::Time;
use crate::local::journal::Lock;
use crate::local::sinks;

/// Rotations that are begun together.
pub struct Batch {
    /// In the order in which they are begun.
    pub members: Vec<Member>,
}

/// A rotation of a batch.
pub struct Member {
    /// The rotation; until it is begun, nothing of it is on disk.
    pub rotation: Rotation,
    /// Whether something stopped it that is not of its own steps.
    pub is_stopped: bool,
    is_begun: bool,
    lock: Option<Lock>,
}

/// `plan` with the paths of its places from the root: it may be resumed from another folder.
pub(super) fn settled(mut plan: Plan) -> Result<Plan, RotateError> {
    plan.sinks = plan.sinks.into_iter().map(sinks::settled).collect::<Result<_, _>>()?;
    Ok(plan)
}

impl Batch {
    /// The rotations of these plans as far as the backend can follow them, none of them begun. Several of them are marked
    /// as one batch.
    ///
    /// # Errors
    /// When it cannot be told where a place is.
    pub fn of(
        plans: Vec<(Plan, OldKey)>,
        profile: &str,
        service: &dyn KeyService,
        now: Time,
    ) -> Result<Self, RotateError> {
        // they sort by when they began, by the one clock that goes for all of them
        let ulid = || Ulid::from_datetime(now.into()).to_string();
        let batch = (plans.len() > 1).then(ulid);
        let member = |(plan, old): (Plan, OldKey)| {
            let id = RotationId(ulid());
            let plan = settled(plan.within(service.capabilities().into()))?;
            let mut rotation = Rotation::new(id, profile, &service.address(), plan, old, now);
            rotation.batch.clone_from(&batch);
            Ok(Member { rotation, is_stopped: false, is_begun: false, lock: None })
        };
        Ok(Self { members: plans.into_iter().map(member).collect::<Result<_, RotateError>>()? })
    }

    /// One rotation that was begun before, with its lock.
    pub fn resumed(rotation: Rotation, lock: Lock) -> Self {
        Self { members: vec![Member { rotation, is_stopped: false, is_begun: true, lock: Some(lock) }] }
    }

    /// The rotations alone.
    pub fn rotations(&self) -> impl Iterator<Item = &Rotation> {
        self.members.iter().map(|member| &member.rotation)
    }

    pub fn begun(&mut self, id: &RotationId) -> Option<&mut Member> {
        self.members.iter_mut().find(|member| member.rotation.id == *id && member.is_begun)
    }

    /// Nothing stops any of them any more.
    pub fn retry(&mut self) {
        self.members.iter_mut().for_each(|member| member.is_stopped = false);
    }

    /// Begins the rotation at a place of the order, unless it is; false when one before it did not come through, which
    /// keeps it from starting.
    ///
    /// # Errors
    /// When it cannot be begun; it is stopped then.
    pub async fn begin(&mut self, at: usize, executor: &Executor<'_>) -> Result<bool, RotateError> {
        let now = executor.present();
        let (before, rest) = self.members.split_at_mut(at);
        let Some(member) = rest.first_mut() else { return Ok(false) };
        if member.is_begun {
            return Ok(true);
        }
        if !before.iter().all(|member| member.came_through(now)) {
            return Ok(false);
        }
        match executor.start(&member.rotation).await {
            Ok(lock) => {
                (member.lock, member.is_begun) = (Some(lock), true);
                Ok(true)
            }
            Err(error) => {
                member.is_stopped = true;
                Err(error)
            }
        }
    }
}

impl Member {
    /// Lets another process go on with it.
    pub fn unlock(&mut self) {
        self.lock = None;
    }

    fn came_through(&self, now: Present) -> bool {
        self.is_begun && !self.is_stopped && self.rotation.came_through(now)
    }
}
