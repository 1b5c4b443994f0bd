//! Carrying a rotation out: each effect of the machine in [`domain::rotation`](crate::domain::rotation) is written to the
//! journal before it is begun and after it ended, so that whoever starts next knows what was under way.

mod agreed;
pub mod batch;
pub mod by_hand;
mod carry_out;
pub mod check;
pub mod deliver;
mod making;
mod old_key;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;

use crate::client::{KeyService, WritePermit};
use crate::domain::failure::{Ending, Failure};
use crate::domain::markdown::plain;
use crate::domain::present::Present;
use crate::domain::rotation::{Decision, Effect, Next, OldState, Outcome, Plan, Refused, Rotation, Sink, Summary};
use crate::domain::secret::Secret;
use crate::domain::time::Time;
use crate::domain::untrusted::escaped_json;
use crate::fault::point;
use crate::local::escrow::{Escrow, EscrowError};
use crate::local::journal::{self, AttemptRow, Journal, JournalError, Lock, LockError};
use crate::local::program::Tools;
use crate::local::sinks::{SinkError, Sinks};
use crate::system::file::{Replacement, make_private_folder};
use crate::system::user;
use batch::settled;
use by_hand::NotTaken;

/// What only a face can do: hand a value to the clipboard or to standard output.
#[async_trait]
pub trait HandOver: Send + Sync {
    /// Hands `value` to `sink`, which is [`Sink::Clipboard`] or [`Sink::Print`].
    ///
    /// # Errors
    /// Why it could not be handed over, in words.
    async fn hand_over(&self, sink: &Sink, value: &Secret) -> Result<(), String>;
}

/// Carries rotations out, one step a call.
pub struct Executor<'a> {
    pub service: Arc<dyn KeyService>,
    /// The permission to change something there.
    pub permit: Arc<WritePermit>,
    /// What was begun and what came of it.
    pub journal: Journal,
    /// The values that are under way.
    pub escrow: Escrow,
    /// The programs that are run.
    pub tools: Tools,
    pub sinks: Sinks,
    /// What only the face can do.
    pub hand_over: &'a dyn HandOver,
}

/// What was carried out, and what it came to.
pub type Done = (Effect, Result<(), String>);

/// Why a rotation cannot go on, apart from what its own steps come to.
#[derive(Debug, thiserror::Error)]
pub enum RotateError {
    /// What happens cannot be written down, so nothing more is done.
    #[error("{0}")]
    Journal(#[from] JournalError),
    /// Another process is at it.
    #[error("{0}")]
    Locked(#[from] LockError),
    /// The values under way cannot be kept.
    #[error("{0}")]
    Escrow(#[from] EscrowError),
    /// The summary cannot be written; the rotation itself is not touched by that.
    #[error("the summary cannot be written to {}: {source}", .folder.display())]
    Summary { folder: PathBuf, source: std::io::Error },
    /// A place's path cannot be told from the root.
    #[error("{0}")]
    Place(#[from] SinkError),
    /// The decision does not fit.
    #[error("{0}")]
    Refused(#[from] Refused),
    /// A value that was given is not the one that is asked for.
    #[error("{0}")]
    NotTaken(#[from] NotTaken),
}

impl RotateError {
    /// What to do next.
    pub fn hint(&self) -> String {
        match self {
            Self::Journal(error) => error.hint(),
            Self::Locked(error) => error.hint().to_owned(),
            Self::Escrow(error) => error.hint(),
            Self::Summary { .. } => {
                "make room, or let keydeck write there; keydeck rotations show tells the same".to_owned()
            }
            Self::Place(error) => error.hint().to_owned(),
            Self::Refused(_) => "keydeck rotations list shows where it stands".to_owned(),
            Self::NotTaken(_) => "nothing was changed: give the value that is asked for".to_owned(),
        }
    }
}

impl Failure for RotateError {
    fn hint(&self) -> String {
        self.hint()
    }

    fn ending(&self) -> Ending {
        match self {
            Self::Journal(error) => error.ending(),
            Self::Refused(_) => Ending::Denied,
            Self::NotTaken(_) => Ending::Usage,
            Self::Locked(LockError::Taken(..)) => Ending::NotNow,
            Self::Locked(LockError::File { .. }) | Self::Escrow(_) | Self::Summary { .. } | Self::Place(_) => {
                Ending::Partly
            }
        }
    }
}

impl Executor<'_> {
    /// The present, as the backend's answers tell it.
    pub fn present(&self) -> Present {
        self.service.clock().present()
    }

    fn now(&self) -> Time {
        self.present().now
    }

    /// Begins a rotation: from now on it is on disk, and locked by this process.
    pub async fn start(&self, rotation: &Rotation) -> Result<Lock, RotateError> {
        let lock = self.journal.lock(&rotation.id, self.now())?;
        self.journal.insert(rotation).await?;
        if let Err(error) = self.seal_plan(rotation).await {
            // nothing can be kept in escrow, so nothing is begun, and nothing stays open
            let mut given_up = rotation.clone();
            given_up.decide(Decision::Abandon { lose_value: true }, self.present())?;
            given_up.take(Effect::Wipe, Outcome::Done, self.now());
            self.journal.save(&given_up).await?;
            return Err(error.into());
        }
        Ok(lock)
    }

    /// Resumes a rotation, by its id or the beginning of it; what was under way when keydeck ended is accounted for. Where
    /// its plan is not the one that was agreed on this machine, that is [doubted](Rotation::doubt).
    pub async fn resume(&self, id: &str) -> Result<(Rotation, Lock), RotateError> {
        let found = self.journal.load(id).await?;
        let lock = self.journal.lock(&found.id, self.now())?;
        // as it is now that nobody else can change it
        let mut rotation = self.journal.load(&found.id.0).await?;
        if let Some(attempt) = self.journal.unfinished(&rotation).await? {
            rotation.interrupted(attempt.effect);
            let said = "keydeck ended meanwhile";
            self.journal.end(&attempt, journal::Ended::MaybeDone, said, &rotation, self.now()).await?;
        }
        rotation.doubt = self.doubt(&rotation).await;
        self.find_given(&mut rotation).await?;
        Ok((rotation, lock))
    }

    /// Takes a person's decision, and keeps it.
    pub async fn decide(&self, rotation: &mut Rotation, decision: Decision) -> Result<(), RotateError> {
        let mut decided = rotation.clone();
        let agrees = decision == Decision::Agree;
        decided.decide(decision, self.present())?;
        decided.sign(&user());
        if agrees {
            self.seal_plan(&decided).await?;
        }
        self.journal.save(&decided).await?;
        *rotation = decided;
        Ok(())
    }

    /// Takes another plan, agreed already, in place of one of which nothing is minted yet.
    pub async fn replan(&self, rotation: &mut Rotation, plan: Plan) -> Result<(), RotateError> {
        let mut changed = rotation.clone();
        changed.replan(settled(plan.within(self.service.capabilities().into()))?)?;
        changed.decide(Decision::Agree, self.present())?;
        self.seal_plan(&changed).await?;
        self.journal.save(&changed).await?;
        *rotation = changed;
        Ok(())
    }

    /// Carries out what comes next, if that is an effect, and keeps what it came to. Once it is written down that it is
    /// begun, and before it is, `begun` is told. None when there is nothing to carry out before a person is asked, a moment
    /// has come, or ever. A person's decision is taken between two steps.
    ///
    /// # Errors
    /// When it cannot be written down; nothing is carried out that was not noted before.
    pub async fn step(
        &self,
        rotation: &mut Rotation,
        begun: &mut (dyn FnMut(&Rotation, Effect) + Send),
    ) -> Result<Option<Done>, RotateError> {
        let Next::Do(effect) = rotation.next(self.present()) else { return Ok(None) };
        rotation.begin(effect);
        let attempt = self.journal.begin(rotation, effect, self.now()).await?;
        begun(rotation, effect);
        point!("effect.{}.before", name(effect));
        let outcome = self.carry_out(rotation, effect, &attempt.idempotency_key).await;
        point!("effect.{}.after", name(effect));
        let result = match &outcome {
            Outcome::Failed { reason, .. } | Outcome::CannotRestore(reason) => Err(reason.to_string()),
            _ => Ok(()),
        };
        let ended = match &outcome {
            Outcome::Failed { maybe_done: true, .. } => journal::Ended::MaybeDone,
            Outcome::Failed { .. } => journal::Ended::Failed,
            _ => journal::Ended::Done,
        };
        rotation.take(effect, outcome, self.now());
        let summary = result.as_ref().err().map_or("done", String::as_str);
        self.journal.end(&attempt, ended, summary, rotation, self.now()).await?;
        Ok(Some((effect, result)))
    }

    /// Writes the summary of a rotation as Markdown and as JSON into the folder `rotations` in `state`, readable by its
    /// user only, and says where.
    pub async fn summarise(&self, rotation: &Rotation, state: &Path) -> Result<PathBuf, RotateError> {
        let steps = steps(&self.journal.attempts(rotation).await?);
        let now = self.present();
        let gone = rotation.old_state == OldState::Revoked;
        let note = self.service.capabilities().late_mail(&rotation.old.masked).filter(|_| gone);
        let json = SummaryFile { version: SUMMARY_VERSION, summary: rotation.summary(now), note: note.clone() };
        let json = escaped_json(&serde_json::to_string_pretty(&json).unwrap_or_default());
        let folder = state.join("rotations");
        let write = || -> std::io::Result<PathBuf> {
            make_private_folder(&folder)?;
            let file = |ending: &str, text: &str| {
                let path = folder.join(format!("{}.{ending}", rotation.id));
                Replacement::write(&path, ".summary-", text.as_bytes())?.put()?;
                Ok(path)
            };
            file("json", &json)?;
            let note = note.map(|note| format!("\n{}\n", plain(&note))).unwrap_or_default();
            file("md", &format!("{}{note}", rotation.markdown(&steps, now)))
        };
        write().map_err(|source| RotateError::Summary { folder: folder.clone(), source })
    }
}

/// The version of a summary's JSON file. Fields may be added to it; what they mean changes with the number.
const SUMMARY_VERSION: u32 = 1;

/// The summary as it stands in its file.
#[derive(serde::Serialize)]
struct SummaryFile {
    version: u32,
    #[serde(flatten)]
    summary: Summary,
    /// What may still come of the old key, where the backend is known for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

/// The journal's lines as a summary tells them: when, what, and what came of it.
pub fn steps(attempts: &[AttemptRow]) -> Vec<(Time, String, String)> {
    let line = |row: &AttemptRow| {
        let outcome = match &row.ended {
            Some((journal::Ended::Done, ..)) => "done".to_owned(),
            Some((ended, _, said)) => format!("{}: {said}", ended.word()),
            None => "begun".to_owned(),
        };
        (row.begun, words(row.attempt.effect), outcome)
    };
    attempts.iter().map(line).collect()
}

pub fn words(effect: Effect) -> String {
    match effect {
        Effect::Check => "check everything".to_owned(),
        Effect::Mint => "make the value, in escrow".to_owned(),
        Effect::Adopt => "check the value that was given".to_owned(),
        Effect::ListKeys => "see which keys there are".to_owned(),
        Effect::Register => "make the new key".to_owned(),
        Effect::FindOrphans => "see whether a key was made".to_owned(),
        Effect::DeleteOrphans => "delete the key whose value was lost".to_owned(),
        Effect::Deliver(at) => format!("deliver to place {}", at + 1),
        Effect::Hook(at) => format!("run hook {}", at + 1),
        Effect::Health => "ask the health command".to_owned(),
        Effect::Verify => "prove the new key".to_owned(),
        Effect::SetDeadline(_) => "date the old key".to_owned(),
        Effect::LookAtOld => "see when the old key was used".to_owned(),
        Effect::Disable => "disable the old key".to_owned(),
        Effect::Enable => "enable the old key again".to_owned(),
        Effect::Revoke => "revoke the old key".to_owned(),
        Effect::ProveOld => "try the old value".to_owned(),
        Effect::Restore(at) => format!("restore place {}", at + 1),
        Effect::RerunHook(at) => format!("run hook {} again", at + 1),
        Effect::RevokeNew => "revoke the new key".to_owned(),
        Effect::Wipe => "wipe the escrow".to_owned(),
    }
}

/// An effect's name in the journal's listing and at the fault points.
pub fn name(effect: Effect) -> String {
    match effect {
        Effect::Check => "check".to_owned(),
        Effect::Mint => "mint".to_owned(),
        Effect::Adopt => "adopt".to_owned(),
        Effect::ListKeys => "list-keys".to_owned(),
        Effect::Register => "register".to_owned(),
        Effect::FindOrphans => "find-orphans".to_owned(),
        Effect::DeleteOrphans => "delete-orphans".to_owned(),
        Effect::Deliver(at) => format!("deliver-{}", at + 1),
        Effect::Hook(at) => format!("hook-{}", at + 1),
        Effect::Health => "health".to_owned(),
        Effect::Verify => "verify".to_owned(),
        Effect::SetDeadline(_) => "set-deadline".to_owned(),
        Effect::LookAtOld => "look-at-old".to_owned(),
        Effect::Disable => "disable".to_owned(),
        Effect::Enable => "enable".to_owned(),
        Effect::Revoke => "revoke".to_owned(),
        Effect::ProveOld => "prove-old".to_owned(),
        Effect::Restore(at) => format!("restore-{}", at + 1),
        Effect::RerunHook(at) => format!("rerun-hook-{}", at + 1),
        Effect::RevokeNew => "revoke-new".to_owned(),
        Effect::Wipe => "wipe".to_owned(),
    }
}

#[cfg(test)]
mod tests;
