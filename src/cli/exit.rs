//! One table of exit codes, and which error ends in which.

use std::fmt;
use std::process::ExitCode;

use crate::client::error::{ErrorKind, ServiceError};
use crate::config::ConfigError;
use crate::domain::bulk::Outcome;
use crate::local::escrow::EscrowError;
use crate::local::journal::JournalError;
use crate::ops::rotate::RotateError;
use crate::server::ServerError;
use crate::tui::{ConsoleError, EndSignal, Ended};

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// All that was asked is done.
    Done,
    /// Some of it is not done, or not known to be.
    Partly,
    /// The command line or the configuration is wrong.
    Usage,
    /// The server denied it, the profile is read-only, or nobody confirmed.
    Denied,
    /// No usable answer from the server.
    Unreachable,
    /// This backend cannot do it.
    Unsupported,
    /// The console was ended by a signal, or its terminal went away; the code is 128 and the signal's number.
    Signal(u8),
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

impl From<Ended> for Exit {
    fn from(ended: Ended) -> Self {
        match ended {
            Ended::Quit => Self::Done,
            Ended::Signal(signal) => Self::Signal(signal.exit_code()),
            Ended::Vanished => Self::Signal(EndSignal::HangUp.exit_code()),
        }
    }
}

impl Exit {
    /// What the shell is told.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Partly => 1,
            Self::Usage => 2,
            Self::Denied => 3,
            Self::Unreachable => 4,
            Self::Unsupported => 5,
            Self::Signal(code) => code,
        }
    }

    /// How a command ends that failed so.
    pub fn of_error(error: &anyhow::Error) -> Self {
        known(error).map_or(Self::Partly, Failure::exit)
    }

    fn of_kind(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::Denied | ErrorKind::ReadOnly | ErrorKind::Unauthenticated => Self::Denied,
            ErrorKind::Invalid | ErrorKind::Configuration => Self::Usage,
            ErrorKind::Unsupported => Self::Unsupported,
            ErrorKind::NotFound | ErrorKind::Conflict => Self::Partly,
            ErrorKind::Unreachable
            | ErrorKind::LostAnswer
            | ErrorKind::RateLimited
            | ErrorKind::QuotaUsedUp
            | ErrorKind::Server
            | ErrorKind::Redirected
            | ErrorKind::NotUnderstood => Self::Unreachable,
        }
    }

    /// How a revocation ends with these outcomes: all denied is [`Denied`](Self::Denied), a mixture
    /// [`Partly`](Self::Partly).
    pub fn of_outcomes<'a>(outcomes: &(impl Iterator<Item = &'a Outcome> + Clone)) -> Self {
        Self::of_results(&outcomes.clone().map(|outcome| Some(outcome).filter(|outcome| !outcome.is_revoked())))
    }

    /// The same of any change: an outcome for each key that it was not made to.
    pub fn of_results<'a>(undone: &(impl Iterator<Item = Option<&'a Outcome>> + Clone)) -> Self {
        if undone.clone().all(|outcome| outcome.is_none()) {
            Self::Done
        } else if undone.clone().all(|outcome| matches!(outcome, Some(Outcome::Denied(_)))) {
            Self::Denied
        } else {
            Self::Partly
        }
    }
}

/// The end of a command for a reason of the command line's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    exit: Exit,
    what: String,
    hint: String,
}

impl Stop {
    /// The command line asks for something that cannot be.
    pub fn usage(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { exit: Exit::Usage, what: what.into(), hint: hint.into() }
    }

    /// Nobody confirmed, or the profile forbids it; nothing was sent.
    pub fn denied(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { exit: Exit::Denied, what: what.into(), hint: hint.into() }
    }

    /// It did not work here.
    pub fn failed(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { exit: Exit::Partly, what: what.into(), hint: hint.into() }
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for Stop {}

/// An error that ends a command: it says itself how, and what to do about it.
trait Failure {
    fn exit(&self) -> Exit;
    fn hint(&self) -> String;
}

/// What is known of an error, where it is one of the program's own.
fn known(error: &anyhow::Error) -> Option<&dyn Failure> {
    fn is<T: Failure + fmt::Display + fmt::Debug + Send + Sync + 'static>(
        error: &anyhow::Error,
    ) -> Option<&dyn Failure> {
        error.downcast_ref::<T>().map(|error| error as &dyn Failure)
    }
    is::<Stop>(error)
        .or_else(|| is::<ConfigError>(error))
        .or_else(|| is::<ServiceError>(error))
        .or_else(|| is::<ServerError>(error))
        .or_else(|| is::<ConsoleError>(error))
        .or_else(|| is::<RotateError>(error))
        .or_else(|| is::<JournalError>(error))
        .or_else(|| is::<EscrowError>(error))
}

/// What to do about an error.
pub fn hint(error: &anyhow::Error) -> String {
    known(error).map_or_else(|| "this should not happen: the log has more".to_owned(), Failure::hint)
}

impl Failure for Stop {
    fn exit(&self) -> Exit {
        self.exit
    }

    fn hint(&self) -> String {
        self.hint.clone()
    }
}

impl Failure for ConfigError {
    fn exit(&self) -> Exit {
        Exit::Usage
    }

    fn hint(&self) -> String {
        self.hint().to_owned()
    }
}

impl Failure for ServiceError {
    fn exit(&self) -> Exit {
        Exit::of_kind(self.kind)
    }

    fn hint(&self) -> String {
        self.hint()
    }
}

impl Failure for ServerError {
    fn exit(&self) -> Exit {
        match self {
            Self::NotLoopback(_)
            | Self::DatabaseAddress { .. }
            | Self::NotInitialised { .. }
            | Self::AlreadyInitialised { .. }
            | Self::Tls { .. }
            | Self::Invalid { .. } => Exit::Usage,
            Self::Backup { source, .. } if source.kind() == std::io::ErrorKind::AlreadyExists => Exit::Usage,
            Self::Schema { .. }
            | Self::File { .. }
            | Self::Backup { .. }
            | Self::Database(_)
            | Self::Random(_)
            | Self::Serve(_) => Exit::Partly,
        }
    }

    fn hint(&self) -> String {
        self.hint()
    }
}

impl Failure for ConsoleError {
    fn exit(&self) -> Exit {
        match self {
            Self::Terminal(_) | Self::Theme(_) => Exit::Usage,
            Self::Service(error) => error.exit(),
            Self::Io(_) => Exit::Partly,
        }
    }

    fn hint(&self) -> String {
        self.hint()
    }
}

impl Failure for RotateError {
    fn exit(&self) -> Exit {
        match self {
            Self::Refused(_) => Exit::Denied,
            Self::Journal(error) => error.exit(),
            Self::Locked(_) | Self::Escrow(_) | Self::Summary { .. } | Self::Place(_) => Exit::Partly,
        }
    }

    fn hint(&self) -> String {
        self.hint()
    }
}

impl Failure for JournalError {
    fn exit(&self) -> Exit {
        match self {
            Self::NoSuch { .. } | Self::Ambiguous { .. } => Exit::Usage,
            _ => Exit::Partly,
        }
    }

    fn hint(&self) -> String {
        self.hint()
    }
}

impl Failure for EscrowError {
    fn exit(&self) -> Exit {
        Exit::Partly
    }

    fn hint(&self) -> String {
        self.hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::untrusted::Untrusted;

    #[test]
    fn outcomes_end_as_the_table_says() {
        let denied = || Outcome::Denied(Untrusted::from("no"));
        for (outcomes, exit) in [
            (vec![], Exit::Done),
            (vec![Outcome::Revoked, Outcome::AlreadyRevoked], Exit::Done),
            (vec![denied(), denied()], Exit::Denied),
            (vec![Outcome::Revoked, denied()], Exit::Partly),
            (vec![denied(), Outcome::NotFound], Exit::Partly),
            (vec![Outcome::NotSent(Untrusted::default())], Exit::Partly),
            (vec![Outcome::Unknown(Untrusted::default())], Exit::Partly),
        ] {
            assert_eq!(Exit::of_outcomes(&outcomes.iter()), exit, "{outcomes:?}");
        }
    }
}
