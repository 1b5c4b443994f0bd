//! Bringing the new value to a place, and putting back what was there.

use super::Executor;
use super::carry_out::{before_slot, failed, was_slot};
use crate::domain::key_value::fingerprint;
use crate::domain::rotation::{Before, Outcome, Rotation, Sink};
use crate::domain::secret::Secret;
use crate::domain::untrusted::Untrusted;
use crate::fault::point;
use crate::local::escrow::EscrowError;
use crate::local::sinks::{Failure, SinkError, Undone, Verified};

/// How it is noted that a place held nothing.
const NOTHING: &str = "nothing";
/// How the note begins that a place could not be read; the reason follows.
const UNREADABLE: &str = "unreadable: ";

fn as_noted(note: &Secret) -> Before {
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
            Err(error) if error.failure() == Failure::Unreadable => Before::Unreadable(error.to_string().into()),
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
        if kept.is_none() {
            match self
                .escrow
                .get(&was_slot(rotation, at))
                .await
                .map_err(|error| escrow(&error))?
                .map(|was| as_noted(&was))
            {
                // what was there is on disk before anything is written there
                None => return Ok(Outcome::Done),
                Some(Before::Unreadable(why)) => return Ok(Outcome::CannotRestore(why)),
                Some(_) => {}
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
}
