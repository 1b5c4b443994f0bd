//! A place that programs write, read and put back.

use super::error::{Failure, SinkError};
use super::{Found, told};
use crate::domain::rotation::Hook;
use crate::domain::secret::Secret;
use crate::local::program::{Ran, Tools, shown};

/// The programs of one place.
#[derive(Clone, Copy)]
pub struct Commands<'a> {
    /// How they are found.
    pub tools: &'a Tools,
    /// Takes the value on its standard input.
    pub write: &'a Hook,
    /// Prints the value or its SHA-256.
    pub verify: Option<&'a Hook>,
    /// Takes the earlier value on its standard input, nothing where there was none.
    pub undo: Option<&'a Hook>,
}

impl Commands<'_> {
    /// Whether its programs are there.
    pub fn check(&self) -> Result<(), SinkError> {
        for hook in [Some(self.write), self.verify, self.undo].into_iter().flatten() {
            self.tools.find(hook)?;
        }
        Ok(())
    }

    pub async fn held(&self) -> Result<Found, SinkError> {
        let Some(verify) = self.verify else {
            return Ok(Found::Untold("the command has no verify command beside it".to_owned()));
        };
        let ran = self.tools.ask(verify, None, &[]).await?;
        if !ran.is_ok() {
            return Err(ended(verify, &ran).maybe(false));
        }
        match ran.text() {
            Some(text) => Ok(told(&text)),
            None => Err(SinkError::unreadable(
                format!("{} printed something that is not text, or far too much", name(verify)),
                "it must print the value or its SHA-256 and nothing else",
            )),
        }
    }

    pub async fn write(&self, value: &Secret) -> Result<(), SinkError> {
        self.feed(self.write, value.expose(), &[value]).await
    }

    pub async fn put_back(&self, before: &Secret, new: &Secret) -> Result<(), SinkError> {
        self.feed(self.undo.unwrap_or(self.write), before.expose(), &[before, new]).await
    }

    pub async fn remove(&self, new: &Secret) -> Result<(), SinkError> {
        match self.undo {
            Some(undo) => self.feed(undo, "", &[new]).await.map_err(|error| error.to(Failure::CannotUndo)),
            None => Err(SinkError::cannot_undo(
                "there was nothing before, and no undo command says how to remove the new value",
                "remove it yourself",
            )),
        }
    }

    async fn feed(&self, hook: &Hook, value: &str, secrets: &[&Secret]) -> Result<(), SinkError> {
        let ran = self.tools.run(hook, Some(value.as_bytes()), secrets).await?;
        if ran.is_ok() { Ok(()) } else { Err(ended(hook, &ran)) }
    }
}

fn name(hook: &Hook) -> String {
    hook.argv.first().map(|program| shown(program)).unwrap_or_default()
}

/// How a program ended that should have ended well.
fn ended(hook: &Hook, ran: &Ran) -> SinkError {
    SinkError::new(format!("{} {}", name(hook), ran.how()), "run it yourself and see what it says").maybe(true)
}
