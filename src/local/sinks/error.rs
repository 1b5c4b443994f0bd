//! What can go wrong with a place: never with a value in it.

use std::fmt;
use std::io;

use crate::local::program::ProgramError;

/// What a place would not do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It did not work.
    Failed,
    /// What it holds cannot be read, and so not be kept for a way back.
    Unreadable,
    /// What was there cannot be put back.
    CannotUndo,
}

/// Why something did not work at a place, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SinkError {
    failure: Failure,
    what: String,
    hint: String,
    maybe_done: bool,
}

impl SinkError {
    /// `what` went wrong, and why; `hint` is what to do about it. Neither may hold a value; names go through
    /// [`shown`](crate::local::program::shown).
    pub(super) fn new(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { failure: Failure::Failed, what: what.into(), hint: hint.into(), maybe_done: false }
    }

    /// The same for a place that is not looked into, by whoever chooses the places.
    pub fn of_place(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::new(what, hint)
    }

    /// The same, of which it may be done all the same.
    #[must_use]
    pub fn of_lost(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::new(what, hint).maybe(true)
    }

    pub(super) fn unreadable(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { failure: Failure::Unreadable, ..Self::new(what, hint) }
    }

    pub(super) fn cannot_undo(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { failure: Failure::CannotUndo, ..Self::new(what, hint) }
    }

    pub(super) fn io(what: &str, error: &io::Error) -> Self {
        let (why, hint) = match error.kind() {
            io::ErrorKind::NotFound => ("there is no such file or folder", "make the folder, or name another place"),
            io::ErrorKind::PermissionDenied => ("keydeck may not", "change who may write there, or name another place"),
            io::ErrorKind::ReadOnlyFilesystem => ("the file system is read-only", "name another place"),
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => ("the disk is full", "make room there"),
            kind => return Self::new(format!("{what}: {kind}"), "see that the place is all right, then try again"),
        };
        Self::new(format!("{what}: {why}"), hint)
    }

    /// The same, with whether it may have been done all the same.
    #[must_use]
    pub(super) fn maybe(mut self, maybe_done: bool) -> Self {
        self.maybe_done = maybe_done;
        self
    }

    #[must_use]
    pub(super) fn to(mut self, failure: Failure) -> Self {
        self.failure = failure;
        self
    }

    /// What the place would not do.
    pub fn failure(&self) -> Failure {
        self.failure
    }

    /// What to do next.
    pub fn hint(&self) -> &str {
        &self.hint
    }

    /// Whether it may have been done all the same.
    pub fn maybe_done(&self) -> bool {
        self.maybe_done
    }
}

impl fmt::Display for SinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for SinkError {}

impl From<ProgramError> for SinkError {
    fn from(error: ProgramError) -> Self {
        let hint = match &error {
            ProgramError::NotFound(_) => "install it, or name it with its whole path",
            ProgramError::NotExecutable(_) => "make it executable, or name another program",
            ProgramError::Start(..) => "run it yourself and see what it says",
            ProgramError::TimedOut { .. } => "it may wait for a password or the network: see to that, then try again",
        };
        Self::new(error.to_string(), hint).maybe(error.maybe_done())
    }
}
