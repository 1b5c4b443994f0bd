//! Going back where nobody knows the value that a place held: its own undo command may.

use super::command::Commands;
use super::{Found, Reach, Sinks, Undone};
use crate::domain::key_value::fingerprint;
use crate::domain::rotation::Sink;
use crate::domain::secret::Secret;
use crate::local::sinks::{Failure, SinkError};

impl Found {
    /// Whether it has this fingerprint; none where nobody knows.
    fn has(&self, wanted: &str) -> Option<bool> {
        match self {
            Self::Nothing => Some(false),
            Self::Value(held) => Some(fingerprint(held.expose()) == wanted),
            Self::Fingerprint(held) => Some(held == wanted),
            Self::Untold(_) => None,
        }
    }
}

impl Commands<'_> {
    /// Why it cannot get back what it holds, of which it told this; none where it can.
    pub(super) fn no_way_back(&self, found: &Found) -> Option<&'static str> {
        match found {
            _ if self.undo.is_some() => None,
            Found::Value(_) => None,
            Found::Nothing => {
                Some("cannot be put back: nothing is there, and it has no undo command to remove the new value")
            }
            Found::Fingerprint(_) => {
                Some("cannot be put back: it tells only the hash of what it holds, and has no undo command")
            }
            Found::Untold(_) => Some("cannot be put back: it does not tell what it holds, and has no undo command"),
        }
    }
}

impl Sinks {
    /// The fingerprint of what it holds, where it tells no more than that.
    pub async fn only_fingerprint(&self, sink: &Sink) -> Option<String> {
        match self.held(sink).await {
            Ok(Found::Fingerprint(held)) => Some(held),
            _ => None,
        }
    }

    /// Has its undo command, which is given nothing, bring back what was there before the `new` value; `earlier` is the
    /// fingerprint of that, where it is known. It counts as done when the place says so, or cannot be asked.
    ///
    /// # Errors
    /// When that did not work, and may another time.
    pub async fn undo_unknown(&self, sink: &Sink, earlier: Option<&str>, new: &Secret) -> Result<Undone, SinkError> {
        let Reach::Command(commands) = self.reach(sink)? else {
            return Ok(Undone::Cannot("what it held could not be read".into()));
        };
        if commands.undo.is_none() {
            return Ok(Undone::Cannot("what it held could not be read, and it has no undo command".into()));
        }
        let is_back = |held: &Found| match (earlier, held.is(new)) {
            (Some(earlier), _) => held.has(earlier),
            (None, Some(true)) => Some(false),
            (None, _) => None,
        };
        let held = self.held(sink).await?;
        if is_back(&held) == Some(true) {
            return Ok(Undone::Restored);
        }
        if held.is(new) == Some(false) {
            let why = "somebody changed it meanwhile: it holds neither the new value nor what was there before";
            return Ok(Undone::Cannot(why.into()));
        }
        match commands.remove(new).await {
            Err(error) if error.failure() == Failure::CannotUndo => {
                return Ok(Undone::Cannot(format!("{error}; {}", error.hint()).into()));
            }
            done => done?,
        }
        let held = self.held(sink).await?;
        Ok(match (is_back(&held), held.is(new)) {
            (Some(false), Some(true)) => {
                Undone::Cannot("its undo command ended well, and it still holds the new value".into())
            }
            (Some(false), _) => Undone::Cannot("its undo command ended well, and it holds something else now".into()),
            _ => Undone::Restored,
        })
    }
}
