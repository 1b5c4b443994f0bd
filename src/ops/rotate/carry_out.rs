//! What each effect does, and what it came to. Each can be done again: what is there already is found, not made twice.

use std::sync::Arc;

use super::Executor;
use crate::client::KeyService;
use crate::client::error::ServiceError;
use crate::client::proof::Verdict;
use crate::domain::ids::UserId;
use crate::domain::rotation::{Cutover, Effect, Hook, Outcome, Rotation};
use crate::domain::secret::Secret;
use crate::domain::untrusted::Untrusted;
use crate::fault::point;

/// Where the new value lies in escrow.
pub(super) fn new_slot(rotation: &Rotation) -> String {
    format!("{}/new", rotation.id)
}

/// Where the value lies that a place held before.
pub(super) fn before_slot(rotation: &Rotation, at: usize) -> String {
    format!("{}/before/{at}", rotation.id)
}

/// Where it stands what a place was before there is a value to keep of it: that it held nothing, or could not be read.
pub(super) fn was_slot(rotation: &Rotation, at: usize) -> String {
    format!("{}/was/{at}", rotation.id)
}

/// It did not work, and changed nothing.
pub(super) fn failed(reason: impl Into<Untrusted>) -> Outcome {
    Outcome::Failed { reason: reason.into(), maybe_done: false }
}

/// What the backend's refusal or silence came to.
pub(super) fn refused(error: &ServiceError) -> Outcome {
    let reason = format!("{}; {}", error.reason(), error.hint());
    Outcome::Failed { reason: reason.into(), maybe_done: error.outcome_unknown() }
}

/// Whether `user` is whose the old key is; of a key that a person wrote down that may not be known.
pub(super) fn is_same_user(rotation: &Rotation, user: UserId) -> bool {
    let unknown = rotation.plan.abilities.by_hand.is_some() && rotation.old.owner == UserId::default();
    unknown || user == rotation.old.owner
}

impl Executor<'_> {
    /// Does what `effect` says. `idempotency_key` is the same for each try of one request.
    pub(super) async fn carry_out(&self, rotation: &Rotation, effect: Effect, idempotency_key: &str) -> Outcome {
        let done = match effect {
            Effect::Check => self.check(rotation).await.map(Outcome::Checked),
            Effect::Mint => self.mint(rotation).await,
            Effect::Adopt => self.adopt(rotation).await,
            Effect::ListKeys => self.list_keys(rotation).await,
            Effect::Register => self.register(rotation, idempotency_key).await,
            Effect::FindOrphans => self.find_orphans(rotation).await,
            Effect::DeleteOrphans => self.delete_orphans(rotation).await,
            Effect::Deliver(at) => self.deliver(rotation, at).await,
            Effect::Hook(at) | Effect::RerunHook(at) => match &rotation.plan.cutover[at] {
                Cutover::Run(hook) => self.run(rotation, hook).await,
                Cutover::ByHand(_) => Ok(Outcome::Done),
            },
            Effect::Health => match &rotation.plan.health {
                Some(hook) => self.run(rotation, hook).await,
                None => Ok(Outcome::Done),
            },
            Effect::Verify => self.verify(rotation).await,
            Effect::SetDeadline(deadline) => self.set_deadline(rotation, deadline).await,
            Effect::LookAtOld => self.look_at_old(rotation).await,
            Effect::Disable => self.disable(rotation).await,
            Effect::Enable => self.enable(rotation).await,
            Effect::Revoke => self.revoke_old(rotation).await,
            Effect::ProveOld => self.prove_old(rotation).await,
            Effect::Restore(at) => self.restore(rotation, at).await,
            Effect::RevokeNew => self.revoke_new(rotation).await,
            Effect::Wipe => match self.escrow.wipe(&rotation.id.0).await {
                Ok(()) => Ok(Outcome::Done),
                Err(error) => Err(failed(format!("{error}; {}", error.hint()))),
            },
        };
        let outcome = done.unwrap_or_else(|outcome| outcome);
        match (effect, outcome) {
            // these change nothing where an answer could be lost
            (
                Effect::Check
                | Effect::Mint
                | Effect::Adopt
                | Effect::ListKeys
                | Effect::FindOrphans
                | Effect::Verify
                | Effect::LookAtOld
                | Effect::ProveOld,
                Outcome::Failed { reason, .. },
            ) => failed(reason),
            (_, outcome) => outcome,
        }
    }

    /// The backend, asked with the new key once it is proven, if the old one is the key that keydeck itself uses: the
    /// old one is about to go.
    pub(super) async fn acting(&self, rotation: &Rotation) -> Result<Arc<dyn KeyService>, Outcome> {
        if !rotation.old.own || rotation.proof.is_none() {
            return Ok(Arc::clone(&self.service));
        }
        let value = self.new_value(rotation).await?;
        self.service.with_key(value).map_err(|error| refused(&error))
    }

    pub(super) async fn new_value(&self, rotation: &Rotation) -> Result<Secret, Outcome> {
        match self.escrow.get(&new_slot(rotation)).await {
            Ok(Some(value)) => Ok(value),
            Ok(None) => Err(failed("the new value is not in escrow any more: roll back, then begin anew")),
            Err(error) => Err(failed(format!("{error}; {}", error.hint()))),
        }
    }

    async fn run(&self, rotation: &Rotation, hook: &Hook) -> Result<Outcome, Outcome> {
        // none of what is under way is told, should the program print it
        let mut values: Vec<Secret> = self.new_value(rotation).await.into_iter().collect();
        for at in 0..rotation.places.len() {
            values.extend(self.escrow.get(&before_slot(rotation, at)).await.ok().flatten());
        }
        let secrets: Vec<&Secret> = values.iter().collect();
        match self.tools.run(hook, None, &secrets).await {
            Ok(ran) if ran.is_ok() => Ok(Outcome::Done),
            Ok(ran) => Err(Outcome::Failed { reason: ran.how().into(), maybe_done: true }),
            Err(error) => Err(Outcome::Failed { reason: error.to_string().into(), maybe_done: error.maybe_done() }),
        }
    }

    /// The new value is accepted, as the new key of the same user.
    async fn verify(&self, rotation: &Rotation) -> Result<Outcome, Outcome> {
        let Some(new) = &rotation.new else { return Err(failed("there is no new key")) };
        let value = self.new_value(rotation).await?;
        point!("api.verify.before");
        let verdict = self.service.verify(&value).await;
        point!("api.verify.after");
        match verdict {
            Verdict::Accepted(Some(me)) if !is_same_user(rotation, me.id) => {
                Err(failed(format!("the new key belongs to {}, another user", me.name)))
            }
            // a key that a person wrote down has an id of this machine's own
            Verdict::Accepted(Some(me))
                if rotation.plan.abilities.by_hand.is_none() && me.own_key.as_ref().is_some_and(|id| *id != new.id) =>
            {
                Err(failed("the server takes the new value for another key"))
            }
            Verdict::Accepted(_) => Ok(Outcome::Done),
            Verdict::Refused => Err(failed("the server refuses the new key: it is not safe to take the old one away")),
            Verdict::CannotTell(doubt) => Err(failed(doubt.to_string())),
        }
    }
}
