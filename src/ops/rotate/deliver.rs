//! Bringing the new value to a place, and putting back what was there.

use super::Executor;
use super::carry_out::{before_slot, failed, new_slot, was_slot};
use crate::domain::key_value::fingerprint;
use crate::domain::rotation::{Before, Outcome, Rotation, Sink};
use crate::domain::secret::Secret;
use crate::domain::untrusted::Untrusted;
use crate::fault::point;
use crate::local::escrow::{Escrow, EscrowError};
use crate::local::sinks::{Failure, SinkError, Undone, Verified};

/// How it is noted that a place held nothing.
const NOTHING: &str = "nothing";
/// How the note begins that a place could not be read; the reason follows.
const UNREADABLE: &str = "unreadable: ";
/// How the note begins that a place told no more than the fingerprint of what it held; that follows.
const ONLY_FINGERPRINT: &str = "fingerprint: ";
/// Why what such a place held cannot be put back, unless another place held the same.
const TELLS_ONLY_THAT: &str = "it tells only the hash of what it holds";

fn as_noted(note: &Secret) -> Before {
    if note.expose().starts_with(ONLY_FINGERPRINT) {
        return Before::Unreadable(TELLS_ONLY_THAT.into());
    }
    let why = note.expose().strip_prefix(UNREADABLE);
    why.map_or(Before::Nothing, |why| Before::Unreadable(why.into()))
}

fn escrow(error: &EscrowError) -> Outcome {
    failed(format!("{error}; {}", error.hint()))
}

fn sink(error: &SinkError) -> Outcome {
    Outcome::Failed { reason: format!("{error}; {}", error.hint()).into(), maybe_done: error.maybe_done() }
}

impl Executor<'_> {
    pub(super) async fn deliver(&self, rotation: &Rotation, at: usize) -> Result<Outcome, Outcome> {
        let place = &rotation.plan.sinks[at];
        let value = self.new_value(rotation).await?;
        if let Sink::Clipboard | Sink::Print = place {
            self.hand_over.hand_over(place, &value).await.map_err(failed)?;
            let blind = Untrusted::from(place.blind().unwrap_or_default());
            return Ok(Outcome::Delivered(Before::Unreadable(blind.clone()), Some(blind)));
        }
        let before = self.keep_before(rotation, at, &value).await?;
        point!("sink.{}.write.before", at + 1);
        self.sinks.write(place, &value).await.map_err(|error| sink(&error))?;
        point!("sink.{}.write.after", at + 1);
        match self.sinks.verify(place, &value).await.map_err(|error| sink(&error))? {
            Verified::Same => Ok(Outcome::Delivered(before, None)),
            Verified::Blind(why) => Ok(Outcome::Delivered(before, Some(why))),
            Verified::Differs => {
                Err(Outcome::Failed { reason: "what is read back is not what was written".into(), maybe_done: true })
            }
        }
    }

    /// Puts what the place holds into escrow, before it is overwritten. What was kept by an earlier try stays: it is
    /// what was there before any of them.
    async fn keep_before(&self, rotation: &Rotation, at: usize, new: &Secret) -> Result<Before, Outcome> {
        let slot = before_slot(rotation, at);
        let what = |value: &Secret| {
            if rotation.old.fingerprint.as_deref() == Some(&fingerprint(value.expose())) {
                Before::OldValue
            } else {
                Before::OtherValue
            }
        };
        if let Some(kept) = self.escrow.get(&slot).await.map_err(|error| escrow(&error))? {
            return Ok(what(&kept));
        }
        let was = was_slot(rotation, at);
        if let Some(noted) = self.escrow.get(&was).await.map_err(|error| escrow(&error))? {
            return Ok(as_noted(&noted));
        }
        point!("sink.{}.read.before", at + 1);
        let before = match self.sinks.read(&rotation.plan.sinks[at]).await {
            // somebody brought it there by hand
            Ok(Some(value)) if value == *new => Before::Nothing,
            Ok(Some(value)) => {
                self.escrow.put(&slot, &value).await.map_err(|error| escrow(&error))?;
                return Ok(what(&value));
            }
            Ok(None) => Before::Nothing,
            Err(error) if error.failure() == Failure::Unreadable => {
                if let Some(held) = self.sinks.only_fingerprint(&rotation.plan.sinks[at]).await {
                    let note = Secret::new(format!("{ONLY_FINGERPRINT}{held}"));
                    self.escrow.put(&was, &note).await.map_err(|error| escrow(&error))?;
                    return Ok(Before::Unreadable(TELLS_ONLY_THAT.into()));
                }
                Before::Unreadable(error.to_string().into())
            }
            // it may be readable another time: nothing is overwritten that could have been kept
            Err(error) => return Err(sink(&error)),
        };
        let note = match &before {
            Before::Unreadable(why) => format!("{UNREADABLE}{why}"),
            _ => NOTHING.to_owned(),
        };
        self.escrow.put(&was, &Secret::new(note)).await.map_err(|error| escrow(&error))?;
        Ok(before)
    }

    pub(super) async fn restore(&self, rotation: &Rotation, at: usize) -> Result<Outcome, Outcome> {
        let place = &rotation.plan.sinks[at];
        if let Sink::Clipboard | Sink::Print = place {
            return Ok(Outcome::CannotRestore("it was handed out, and cannot be taken back".into()));
        }
        let value = self.new_value(rotation).await?;
        let kept = self.escrow.get(&before_slot(rotation, at)).await.map_err(|error| escrow(&error))?;
        let mut kept = kept;
        if kept.is_none() {
            let noted = self.escrow.get(&was_slot(rotation, at)).await.map_err(|error| escrow(&error))?;
            // what was there is on disk before anything is written there
            let Some(noted) = noted else { return Ok(Outcome::Done) };
            if let Before::Unreadable(why) = as_noted(&noted) {
                let earlier = noted.expose().strip_prefix(ONLY_FINGERPRINT);
                if let Some(earlier) = earlier {
                    kept = self.kept_elsewhere(rotation, earlier).await?;
                }
                if kept.is_none() {
                    return self.undo_unknown(rotation, at, earlier, &value, why).await;
                }
            }
        }
        point!("sink.{}.undo.before", at + 1);
        let undone = self.sinks.undo(place, kept.as_ref(), &value).await.map_err(|error| sink(&error))?;
        point!("sink.{}.undo.after", at + 1);
        Ok(match undone {
            Undone::Restored => Outcome::Done,
            Undone::Cannot(why) => Outcome::CannotRestore(why),
        })
    }

    /// The value with this fingerprint, where another place held it.
    async fn kept_elsewhere(&self, rotation: &Rotation, wanted: &str) -> Result<Option<Secret>, Outcome> {
        for at in 0..rotation.places.len() {
            let kept = self.escrow.get(&before_slot(rotation, at)).await.map_err(|error| escrow(&error))?;
            if let Some(kept) = kept.filter(|kept| fingerprint(kept.expose()) == wanted) {
                return Ok(Some(kept));
            }
        }
        Ok(None)
    }

    /// Has the place's own undo command, where it has one, bring back what nobody knows here.
    async fn undo_unknown(
        &self,
        rotation: &Rotation,
        at: usize,
        earlier: Option<&str>,
        new: &Secret,
        why: Untrusted,
    ) -> Result<Outcome, Outcome> {
        let place = &rotation.plan.sinks[at];
        if !matches!(place, Sink::Command { undo: Some(_), .. }) {
            return Ok(Outcome::CannotRestore(why));
        }
        point!("sink.{}.undo.before", at + 1);
        let undone = self.sinks.undo_unknown(place, earlier, new).await.map_err(|error| sink(&error))?;
        point!("sink.{}.undo.after", at + 1);
        Ok(match undone {
            Undone::Restored => Outcome::Done,
            Undone::Cannot(why) => Outcome::CannotRestore(why),
        })
    }
}

/// What is kept of what a place held before the new value came.
#[derive(Debug)]
pub enum Kept {
    Value(Secret),
    /// Nothing was there.
    Nothing,
    /// It could not be read; with the reason.
    Unreadable(Untrusted),
    /// Nothing is kept: nothing was done there yet, or the rotation is over.
    No,
}

/// What is kept in `escrow` of what the place at `at` held before the new value came.
///
/// # Errors
/// When it is kept and cannot be had.
pub async fn kept_before(escrow: &Escrow, rotation: &Rotation, at: usize) -> Result<Kept, EscrowError> {
    if let Some(value) = escrow.get(&before_slot(rotation, at)).await? {
        return Ok(Kept::Value(value));
    }
    Ok(match escrow.get(&was_slot(rotation, at)).await?.map(|noted| as_noted(&noted)) {
        None => Kept::No,
        Some(Before::Unreadable(why)) => Kept::Unreadable(why),
        Some(_) => Kept::Nothing,
    })
}

/// The new value of `rotation`, as long as it is in `escrow`.
///
/// # Errors
/// When it is kept and cannot be had.
pub async fn kept_new(escrow: &Escrow, rotation: &Rotation) -> Result<Option<Secret>, EscrowError> {
    escrow.get(&new_slot(rotation)).await
}
