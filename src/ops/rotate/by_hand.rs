//! What a person does in a rotation where no call does it: they make the new key and give its value, they revoke the old one.
//! A value that is given goes into escrow before anything else is done with it; that a key is gone is believed once its
//! value is refused.

use super::carry_out::{failed, is_same_user, new_slot};
use super::{Executor, RotateError};
use crate::client::proof::Verdict;
use crate::domain::key_value::{fingerprint, mask};
use crate::domain::rotation::{Decision, Minted, Next, Outcome, Question, Rotation};
use crate::domain::secret::Secret;
use crate::fault::point;

/// Where the old value lies in escrow, where a person gave it.
pub(super) fn old_slot(rotation: &Rotation) -> String {
    format!("{}/old", rotation.id)
}

/// Why a value that was given is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotTaken {
    #[error("that is the old key's value: give the new one's")]
    TheOldOne,
    #[error("that is another value than the old key's")]
    NotTheOldOne,
    #[error("no value is asked for now")]
    NotAsked,
}

impl Executor<'_> {
    /// Takes the value that is asked for: the new key's, or the old one's, which is to be proven dead.
    ///
    /// # Errors
    /// When it is not the one that is asked for, or cannot be kept; nothing is changed then.
    pub async fn give(&self, rotation: &mut Rotation, value: &Secret) -> Result<(), RotateError> {
        let is_old = rotation.old.fingerprint.as_deref() == Some(&fingerprint(value.expose()));
        let (slot, decision) = match rotation.next(self.present()) {
            Next::Ask(Question::OldValue) if !is_old => return Err(NotTaken::NotTheOldOne.into()),
            Next::Ask(Question::OldValue) => (old_slot(rotation), Decision::GivenOld),
            Next::Ask(Question::Value | Question::Trouble(_)) if is_old => return Err(NotTaken::TheOldOne.into()),
            Next::Ask(Question::Value | Question::Trouble(_)) => (new_slot(rotation), Decision::Given),
            Next::Ask(_) | Next::Do(_) | Next::Wait(_) | Next::Over => return Err(NotTaken::NotAsked.into()),
        };
        // whether it fits is tried on a copy, so that nothing is kept that nobody asked for
        rotation.clone().decide(decision.clone(), self.present())?;
        point!("given.escrow.before");
        self.escrow.put(&slot, value).await?;
        point!("given.escrow.after");
        self.decide(rotation, decision).await
    }

    /// A value that was put into escrow before it was noted that it was given: it was shown once, and is not asked for again.
    pub(super) async fn find_given(&self, rotation: &mut Rotation) -> Result<(), RotateError> {
        let (slot, decision) = match rotation.next(self.present()) {
            Next::Ask(Question::Value) => (new_slot(rotation), Decision::Given),
            Next::Ask(Question::OldValue) => (old_slot(rotation), Decision::GivenOld),
            _ => return Ok(()),
        };
        match self.escrow.get(&slot).await {
            Ok(Some(_)) => self.decide(rotation, decision).await,
            // asked for again
            Ok(None) | Err(_) => Ok(()),
        }
    }

    /// Looks at the value that was given: it is accepted, the same user's, and another than the old one.
    pub(super) async fn adopt(&self, rotation: &Rotation) -> Result<Outcome, Outcome> {
        let value = self.new_value(rotation).await?;
        let print = fingerprint(value.expose());
        if rotation.old.fingerprint.as_ref() == Some(&print) {
            return Err(failed(NotTaken::TheOldOne.to_string()));
        }
        point!("api.adopt.before");
        let verdict = self.service.verify(&value).await;
        point!("api.adopt.after");
        match verdict {
            Verdict::Accepted(Some(me)) if !is_same_user(rotation, me.id) => Err(failed(format!(
                "it belongs to {}, another user than the old key: give one of the same user",
                me.name
            ))),
            Verdict::Accepted(_) => Ok(Outcome::Minted(Minted { fingerprint: print, masked: mask(value.expose()) })),
            Verdict::Refused => Err(failed("it is refused: give the value of the key that was just made")),
            Verdict::CannotTell(doubt) => Err(failed(doubt.to_string())),
        }
    }

    /// On the way back: a person says that they revoked the new key, so its value must be refused.
    pub(super) async fn note_new_removed(&self, rotation: &Rotation) -> Result<Outcome, Outcome> {
        let page = rotation.plan.abilities.by_hand.as_deref().unwrap_or_default();
        if let Ok(Some(value)) = self.escrow.get(&new_slot(rotation)).await {
            match self.service.verify(&value).await {
                Verdict::Refused => {}
                Verdict::Accepted(_) => {
                    return Err(failed(format!(
                        "the new value is still accepted: revoke it at {page}, then try again"
                    )));
                }
                Verdict::CannotTell(doubt) => return Err(failed(doubt.to_string())),
            }
        }
        match &rotation.new {
            Some(new) => self.give_up(rotation, &new.id).await,
            None => Ok(Outcome::Done),
        }
    }
}
