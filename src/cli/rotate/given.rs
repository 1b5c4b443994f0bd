//! Values that a rotation asks a person for: the new key's, which they made on its page, and the old one's, to prove that it is
//! dead. They come from a masked paste, or from standard input.

use std::sync::PoisonError;

use super::drive::{Drive, Ended};
use crate::cli::output::Output;
use crate::cli::paste;
use crate::domain::rotation::{Decision, Effect, Question, Rotation};
use crate::domain::secret::Secret;
use crate::domain::values::single;
use crate::ops::rotate::RotateError;

/// Whether the answer to a question is a value.
pub(super) fn wants_value(question: &Question) -> bool {
    match question {
        Question::Value | Question::OldValue => true,
        Question::Trouble(trouble) => trouble.effect == Effect::Adopt,
        Question::Plan
        | Question::Doubt(_)
        | Question::Checks(_)
        | Question::Checklist(_)
        | Question::StillUsed(_)
        | Question::Reenabled
        | Question::Revoke
        | Question::Orphans(_)
        | Question::RevokeNew(_) => false,
    }
}

impl Drive<'_> {
    /// Whether a value was piped that is not given yet.
    pub(super) fn holds_value(&self) -> bool {
        self.given.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Gives the value that is asked for; how the rotation is left, where there is none.
    pub(super) async fn give(&self, rotation: &mut Rotation, question: &Question) -> anyhow::Result<Option<Ended>> {
        let piped = self.given.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(value) = piped {
            self.executor.give(rotation, &value).await?;
            return Ok(None);
        }
        if !Output::can_ask() {
            return Ok(Some(Ended::Needs(needed(rotation, question))));
        }
        loop {
            let Some(value) = self.pasted(&asked(rotation, question))? else {
                let otherwise = match question {
                    Question::OldValue => Decision::ByHand,
                    Question::Trouble(_) => Decision::Retry,
                    _ => return Ok(Some(Ended::Needs(needed(rotation, question)))),
                };
                self.executor.decide(rotation, otherwise).await?;
                return Ok(None);
            };
            match self.executor.give(rotation, &value).await {
                Err(RotateError::NotTaken(why)) => self.printer.say(&format!("{why}.")),
                given => {
                    given?;
                    return Ok(None);
                }
            }
        }
    }

    /// What is pasted, masked; none where nothing is.
    fn pasted(&self, ask: &str) -> anyhow::Result<Option<Secret>> {
        loop {
            let otherwise = "pipe it: keydeck rotations resume ID --value < FILE";
            let text = paste::read(otherwise, || self.printer.say(ask))?;
            let text = String::from_utf8_lossy(&text);
            if text.trim().is_empty() {
                return Ok(None);
            }
            match single(&text) {
                Ok(value) => return Ok(Some(value)),
                Err(why) => self.printer.say(&format!("{why}. Nothing was kept.")),
            }
        }
    }

    /// Whether the old key is revoked on its page: only a person says that, whatever was passed.
    pub(super) fn answer_removal(&self, rotation: &Rotation) -> anyhow::Result<Result<Decision, Ended>> {
        let page = rotation.plan.abilities.by_hand.as_deref().unwrap_or_default();
        let old = &rotation.old;
        if Output::can_ask() {
            self.printer.say(&format!(
                "Revoke {} ({}) at {page}. Its value is tried then, and must be refused.",
                old.name, old.masked
            ));
            if self.confirm_by("Is it revoked there?", &old.masked)? {
                return Ok(Ok(Decision::ConfirmRevoke));
            }
        }
        Ok(Err(Ended::Needs(format!("revoke {} ({}) at {page}, then resume with --done", old.name, old.masked))))
    }
}

fn page(rotation: &Rotation) -> &str {
    rotation.plan.abilities.by_hand.as_deref().unwrap_or_default()
}

/// What is said before the paste.
fn asked(rotation: &Rotation, question: &Question) -> String {
    match question {
        Question::OldValue => {
            "Paste the old key's value, to prove that it is refused. Nothing of it is shown; ^D lets it be unproven."
                .to_owned()
        }
        Question::Trouble(trouble) => {
            format!("{}. Paste another value, or ^D tries the same again. Nothing of it is shown.", trouble.reason)
        }
        _ => format!(
            "Make the new key {} at {}, and paste its value here. Nothing of it is shown; ^D keeps the rotation for later.",
            rotation.plan.name,
            page(rotation)
        ),
    }
}

/// What is said where nobody can be asked.
fn needed(rotation: &Rotation, question: &Question) -> String {
    match question {
        Question::OldValue => {
            "no place told the old value: resume with --value to prove that it is refused, or with --done to let it be \
             unproven"
                .to_owned()
        }
        Question::Trouble(trouble) => {
            format!("{}: resume to try again, or with --value to give another value", trouble.reason)
        }
        _ => format!(
            "make the new key {} at {}, then resume with --value and its value on standard input",
            rotation.plan.name,
            page(rotation)
        ),
    }
}
