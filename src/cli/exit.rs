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
        if let Some(stop) = error.downcast_ref::<Stop>() {
            stop.exit
        } else if error.is::<ConfigError>() {
            Self::Usage
        } else if let Some(error) = error.downcast_ref::<ServiceError>() {
            Self::of_kind(error.kind)
        } else if let Some(error) = error.downcast_ref::<ServerError>() {
            Self::of_server(error)
        } else if let Some(error) = error.downcast_ref::<ConsoleError>() {
            Self::of_console(error)
        } else if let Some(RotateError::Refused(_)) = error.downcast_ref::<RotateError>() {
            Self::Denied
        } else if let Some(JournalError::NoSuch { .. } | JournalError::Ambiguous { .. }) =
            error.downcast_ref::<JournalError>()
        {
            Self::Usage
        } else {
            Self::Partly
        }
    }

    fn of_console(error: &ConsoleError) -> Self {
        match error {
            ConsoleError::Terminal(_) | ConsoleError::Theme(_) => Self::Usage,
            ConsoleError::Service(error) => Self::of_kind(error.kind),
            ConsoleError::Io(_) => Self::Partly,
        }
    }

    fn of_server(error: &ServerError) -> Self {
        match error {
            ServerError::NotLoopback(_)
            | ServerError::DatabaseAddress { .. }
            | ServerError::NotInitialised { .. }
            | ServerError::AlreadyInitialised { .. }
            | ServerError::Tls { .. }
            | ServerError::Invalid { .. } => Self::Usage,
            ServerError::Backup { source, .. } if source.kind() == std::io::ErrorKind::AlreadyExists => Self::Usage,
            ServerError::Schema { .. }
            | ServerError::File { .. }
            | ServerError::Backup { .. }
            | ServerError::Database(_)
            | ServerError::Random(_)
            | ServerError::Serve(_) => Self::Partly,
        }
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

/// What to do about an error.
pub fn hint(error: &anyhow::Error) -> String {
    if let Some(stop) = error.downcast_ref::<Stop>() {
        stop.hint.clone()
    } else if let Some(error) = error.downcast_ref::<ConfigError>() {
        error.hint().to_owned()
    } else if let Some(error) = error.downcast_ref::<ServiceError>() {
        error.hint()
    } else if let Some(error) = error.downcast_ref::<ServerError>() {
        error.hint()
    } else if let Some(error) = error.downcast_ref::<ConsoleError>() {
        error.hint()
    } else if let Some(error) = error.downcast_ref::<RotateError>() {
        error.hint()
    } else if let Some(error) = error.downcast_ref::<JournalError>() {
        error.hint()
    } else if let Some(error) = error.downcast_ref::<EscrowError>() {
        error.hint()
    } else {
        "this should not happen: the log has more".to_owned()
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
