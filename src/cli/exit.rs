//! One table of exit codes. Which error ends in which, the errors say.

use std::fmt;
use std::process::ExitCode;

use crate::client::error::ServiceError;
use crate::config::ConfigError;
use crate::domain::bulk::Outcome;
use crate::domain::failure::{Ending, Failure};
use crate::local::campaigns::CampaignsError;
use crate::local::escrow::EscrowError;
use crate::local::incidents::IncidentsError;
use crate::local::journal::JournalError;
use crate::local::kept_keys::KeptKeyError;
use crate::local::tracked::TrackedError;
use crate::ops::bulk::RecordError;
use crate::ops::campaign::CampaignError;
use crate::ops::contain::ContainError;
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
    /// Not now: the rate limit is used up, or another process holds it. The same call may work later.
    NotNow,
    /// `list --exit-code`: something matches. Of what was searched for key values: some were found, and none is accepted.
    Matched,
    /// Values were found that are still accepted.
    FoundAlive,
    /// Values were found, and whether they are accepted is not known.
    FoundUnknown,
    /// The console was ended by a signal, or its terminal went away; the code is 128 and the signal's number.
    Signal(u8),
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

impl From<Ending> for Exit {
    fn from(ending: Ending) -> Self {
        match ending {
            Ending::Partly => Self::Partly,
            Ending::Usage => Self::Usage,
            Ending::Denied => Self::Denied,
            Ending::Unreachable => Self::Unreachable,
            Ending::Unsupported => Self::Unsupported,
            Ending::NotNow => Self::NotNow,
        }
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
            Self::NotNow => 6,
            Self::Matched => 10,
            Self::FoundAlive => 11,
            Self::FoundUnknown => 12,
            Self::Signal(code) => code,
        }
    }

    /// How a command ends that failed so: the error says it, where it is one of ours.
    pub fn of_error(error: &anyhow::Error) -> Self {
        failure(error).map_or(Self::Partly, |failure| failure.ending().into())
    }

    /// How a command ends that came to this in one part and to `other` in another.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Done, other) => other,
            (this, Self::Done) => this,
            (this, other) if this == other => this,
            _ => Self::Partly,
        }
    }

    /// How a change of many keys ends with these outcomes: all denied is [`Denied`](Self::Denied), a mixture
    /// [`Partly`](Self::Partly).
    pub fn of_outcomes<'a>(outcomes: &(impl Iterator<Item = &'a Outcome> + Clone)) -> Self {
        if outcomes.clone().all(Outcome::is_done) {
            Self::Done
        } else if outcomes.clone().all(|outcome| matches!(outcome, Outcome::Denied(_))) {
            Self::Denied
        } else {
            Self::Partly
        }
    }
}

/// The end of a command for a reason of the command line's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    ending: Ending,
    what: String,
    hint: String,
}

impl Stop {
    /// The command line asks for something that cannot be.
    pub fn usage(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { ending: Ending::Usage, what: what.into(), hint: hint.into() }
    }

    /// This backend cannot do it; nothing was sent.
    pub fn unsupported(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { ending: Ending::Unsupported, what: what.into(), hint: hint.into() }
    }

    /// Nobody confirmed, or the profile forbids it; nothing was sent.
    pub fn denied(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { ending: Ending::Denied, what: what.into(), hint: hint.into() }
    }

    /// It did not work here.
    pub fn failed(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { ending: Ending::Partly, what: what.into(), hint: hint.into() }
    }

    /// The same, and where: in a file.
    #[must_use]
    pub fn within(self, place: impl fmt::Display) -> Self {
        Self { what: format!("{place}: {}", self.what), ..self }
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for Stop {}

impl Failure for Stop {
    fn hint(&self) -> String {
        self.hint.clone()
    }

    fn ending(&self) -> Ending {
        self.ending
    }
}

pub fn hint(error: &anyhow::Error) -> String {
    failure(error).map_or_else(|| "this should not happen: the log has more".to_owned(), Failure::hint)
}

/// The error as one of those that say what to do about them and how they end a command.
fn failure(error: &anyhow::Error) -> Option<&dyn Failure> {
    fn is<T: Failure + Send + Sync + 'static>(error: &anyhow::Error) -> Option<&dyn Failure> {
        error.downcast_ref::<T>().map(|error| error as &dyn Failure)
    }
    [
        is::<Stop>,
        is::<ConfigError>,
        is::<ServiceError>,
        is::<ServerError>,
        is::<ConsoleError>,
        is::<RotateError>,
        is::<JournalError>,
        is::<RecordError>,
        is::<EscrowError>,
        is::<IncidentsError>,
        is::<KeptKeyError>,
        is::<ContainError>,
        is::<CampaignsError>,
        is::<CampaignError>,
        is::<TrackedError>,
    ]
    .into_iter()
    .find_map(|is| is(error))
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

    #[test]
    fn an_unknown_rotation_ends_alike_wherever_it_is_asked_for() {
        let unknown = || JournalError::NoSuch { wanted: "01JQ".to_owned() };
        let (shown, resumed) = (anyhow::Error::from(unknown()), anyhow::Error::from(RotateError::from(unknown())));
        assert_eq!(Exit::of_error(&shown), Exit::Usage);
        assert_eq!((Exit::of_error(&shown), hint(&shown)), (Exit::of_error(&resumed), hint(&resumed)));
    }

    #[test]
    fn an_error_of_nobodys_ends_as_a_failure_and_points_to_the_log() {
        let error = anyhow::anyhow!("odd");
        assert_eq!(Exit::of_error(&error), Exit::Partly);
        assert!(hint(&error).contains("log"));
    }
}
