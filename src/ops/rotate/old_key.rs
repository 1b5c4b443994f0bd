//! What is done to the old key, and on the way back to the new one.

use super::Executor;
use super::by_hand::old_slot;
use super::carry_out::{before_slot, failed, refused};
use crate::client::capabilities::Capability;
use crate::client::error::{ErrorKind, ServiceError};
use crate::client::proof::Verdict;
use crate::client::{KeyChange, KeyService, Revoked};
use crate::domain::ids::KeyId;
use crate::domain::key::{Key, Revocation, Status};
use crate::domain::key_value::{fingerprint, mask};
use crate::domain::rotation::{OldProof, Outcome, Reason, Rotation, Seen};
use crate::domain::secret::Secret;
use crate::domain::time::Time;
use crate::ops::{lookup, pace};

impl Executor<'_> {
    pub(super) async fn look_at_old(&self, rotation: &Rotation) -> Result<Outcome, Outcome> {
        let service = self.acting(rotation).await?;
        let key = service.api_key(&rotation.old.id).await.map_err(|error| refused(&error))?;
        Ok(Outcome::Old(Seen::of(&key, self.present().sure)))
    }

    pub(super) async fn set_deadline(&self, rotation: &Rotation, deadline: Time) -> Result<Outcome, Outcome> {
        let change = KeyChange { expires: Some(deadline), ..KeyChange::default() };
        let there = |key: &Key| key.expires.time().is_some_and(|expires| expires <= deadline);
        self.change_old(rotation, &change, there).await
    }

    pub(super) async fn disable(&self, rotation: &Rotation) -> Result<Outcome, Outcome> {
        let change = KeyChange { enabled: Some(false), ..KeyChange::default() };
        self.change_old(rotation, &change, |key| matches!(key.status, Status::Disabled | Status::Revoked)).await
    }

    pub(super) async fn enable(&self, rotation: &Rotation) -> Result<Outcome, Outcome> {
        let change = KeyChange { enabled: Some(true), ..KeyChange::default() };
        self.change_old(rotation, &change, |key| key.status == Status::Enabled).await
    }

    /// Changes the old key. When the answer is lost, or the server says that its state does not allow it, a look at the
    /// key tells whether it is as it should be.
    async fn change_old(
        &self,
        rotation: &Rotation,
        change: &KeyChange,
        there: impl Fn(&Key) -> bool,
    ) -> Result<Outcome, Outcome> {
        let service = self.acting(rotation).await?;
        let send = || service.change_api_key(&self.permit, &rotation.old.id, change);
        let Err(error) = pace::through_limit(&*service, send).await else {
            return Ok(Outcome::Done);
        };
        if !error.outcome_unknown() && error.kind != ErrorKind::Conflict {
            return Err(refused(&error));
        }
        match service.api_key(&rotation.old.id).await {
            Ok(key) if there(&key) => Ok(Outcome::Done),
            Ok(_) => Err(failed(format!("{}; {}", error.reason(), error.hint()))),
            Err(_) => Err(refused(&error)),
        }
    }

    pub(super) async fn revoke_old(&self, rotation: &Rotation) -> Result<Outcome, Outcome> {
        let service = self.acting(rotation).await?;
        let why = if rotation.plan.emergency && rotation.plan.reason == Reason::Leaked {
            Revocation::Exposed
        } else {
            Revocation::Rotated
        };
        self.revoke(&*service, &rotation.old.id, &why, &format!("rotation {}", rotation.id)).await
    }

    /// By its id, or by its value, or, where the backend mints, by what is new there: the answer that told its id may have
    /// been lost.
    pub(super) async fn revoke_new(&self, rotation: &Rotation) -> Result<Outcome, Outcome> {
        if rotation.plan.abilities.by_hand.is_some() {
            return self.note_new_removed(rotation).await;
        }
        if let Some(new) = &rotation.new {
            return self.give_up(rotation, &new.id).await;
        }
        if rotation.plan.abilities.mints {
            for key in self.new_keys(rotation).await? {
                self.give_up(rotation, &key.id).await?;
            }
            return Ok(Outcome::Done);
        }
        let Some(minted) = &rotation.minted else { return Ok(Outcome::Done) };
        let found = lookup::by_fingerprint(&*self.service, &minted.fingerprint).await;
        match found.map_err(|error| refused(&error))? {
            Some(key) => self.give_up(rotation, &key.id).await,
            None => Ok(Outcome::Done),
        }
    }

    /// Revokes a key that this rotation made.
    pub(super) async fn give_up(&self, rotation: &Rotation, id: &KeyId) -> Result<Outcome, Outcome> {
        let note = format!("rotation {} rolled back", rotation.id);
        self.revoke(&*self.service, id, &Revocation::Owner, &note).await
    }

    async fn revoke(
        &self,
        service: &dyn KeyService,
        id: &KeyId,
        why: &Revocation,
        note: &str,
    ) -> Result<Outcome, Outcome> {
        let answer = if service.capabilities().has(Capability::RevokeMany) {
            let send = || service.revoke_api_keys(&self.permit, std::slice::from_ref(id), Some(why), Some(note));
            let answer = pace::through_limit(service, send).await;
            answer.map(|outcomes| outcomes.into_iter().next())
        } else {
            match pace::through_limit(service, || service.delete_api_key(&self.permit, id, None)).await {
                Err(error) if error.kind == ErrorKind::NotFound => Ok(Some(Revoked::Before)),
                answer => answer.map(|()| Some(Revoked::Now)),
            }
        };
        let error = match answer {
            Ok(Some(Revoked::Now | Revoked::Before)) => return Ok(Outcome::Done),
            Ok(Some(Revoked::Denied)) => return Err(failed("the server says that your role may not revoke it")),
            Ok(Some(Revoked::NotFound)) => return Err(failed("the server does not know the key any more")),
            Ok(Some(Revoked::Unclear) | None) => None,
            Err(error) if error.outcome_unknown() => Some(error),
            Err(error) => return Err(refused(&error)),
        };
        let reason = error.as_ref().map_or_else(|| "the answer did not say".to_owned(), ServiceError::reason);
        match service.api_key(id).await {
            Ok(key) if key.status == Status::Revoked => Ok(Outcome::Done),
            Ok(_) => Err(failed(format!("not revoked: {reason}"))),
            // where a key is deleted, nothing is left of it
            Err(error) if error.kind == ErrorKind::NotFound => Ok(Outcome::Done),
            Err(_) => Err(Outcome::Failed { reason: reason.into(), maybe_done: true }),
        }
    }

    /// Tries the old value, where one of the places held it.
    pub(super) async fn prove_old(&self, rotation: &Rotation) -> Result<Outcome, Outcome> {
        let old = &rotation.old;
        let is_old = |value: &Secret| match &old.fingerprint {
            Some(known) => fingerprint(value.expose()) == *known,
            // by its end, where that and its form are all that is known of it: two keys of one owner hardly ever end alike
            None => self.service.kind_of(value.expose()).is_some() && old.masked.as_received() == mask(value.expose()),
        };
        let slots = (0..rotation.places.len()).map(|at| before_slot(rotation, at)).chain([old_slot(rotation)]);
        for slot in slots {
            let Ok(Some(value)) = self.escrow.get(&slot).await else { continue };
            if !is_old(&value) {
                continue;
            }
            return match self.service.verify(&value).await {
                Verdict::Refused => Ok(Outcome::OldProved(OldProof::Refused)),
                Verdict::Accepted(_) => Err(failed(match &rotation.plan.abilities.by_hand {
                    None => "the server still accepts the old value".to_owned(),
                    Some(page) => format!("the old value is still accepted: revoke it at {page}, then try again"),
                })),
                Verdict::CannotTell(doubt) => Err(failed(doubt.to_string())),
            };
        }
        Ok(Outcome::OldProved(OldProof::NotKnown))
    }
}
