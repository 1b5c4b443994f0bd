//! Repeating a read that failed on the way: exponential back-off with full jitter, never sooner than the server asks.

use std::time::Duration;

use backon::ExponentialBuilder;

use crate::client::error::{ErrorKind, ServiceError};

/// How patient a read is. Writes are never repeated here.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// How often a read is repeated after its first try.
    pub repeats: usize,
    /// The most that the first repeat waits; each further one may wait twice as long.
    pub first_wait: Duration,
    /// The most that any repeat waits, unless the server asks for longer.
    pub longest_wait: Duration,
    /// No repeat begins later than this after the first try.
    pub in_all: Duration,
}

impl Default for Patience {
    /// Three repeats over a second or two ride out a restart or a dropped line; a person waits no longer for a screen. A
    /// whole rate-limit window (60 s) fits in.
    fn default() -> Self {
        Self {
            repeats: 3,
            first_wait: Duration::from_millis(250),
            longest_wait: Duration::from_secs(5),
            in_all: Duration::from_secs(90),
        }
    }
}

impl Patience {
    /// The ceilings of the waits, in order.
    pub(super) fn ceilings(&self) -> ExponentialBuilder {
        ExponentialBuilder::new()
            .with_min_delay(self.first_wait)
            .with_max_delay(self.longest_wait)
            .with_max_times(self.repeats)
    }
}

/// Whether asking the same again may bring an answer. Source: the Postman API's retry advice (429, 408, 5xx and
/// transport errors), less what will not change: a wrong request, a missing right, a month used up.
pub(super) fn may_pass(error: &ServiceError) -> bool {
    match error.kind {
        ErrorKind::Unreachable | ErrorKind::LostAnswer | ErrorKind::RateLimited => true,
        ErrorKind::Server => error.status != Some(501),
        _ => false,
    }
}

/// How long to wait after `error`: anything up to `ceiling`, as `random` (0…1) has it, and that on top of what the
/// server asked for, so that many clients do not come back in the same moment.
pub(super) fn wait_after(error: &ServiceError, ceiling: Duration, random: f64) -> Duration {
    let jitter = ceiling.mul_f64(random.clamp(0.0, 1.0));
    Duration::from_secs(error.retry_after.unwrap_or(0)) + jitter
}

/// A random number from 0 to 1. Without a random source it is 1: the longest wait is the safe one.
pub(super) fn random() -> f64 {
    getrandom::u32().map_or(1.0, |value| f64::from(value) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use backon::BackoffBuilder;

    use super::*;
    use crate::client::error::Asked;

    fn error(kind: ErrorKind) -> ServiceError {
        ServiceError::new(kind, Asked::nothing("https://keys.team.example"), "")
    }

    #[test]
    fn ceilings_double_up_to_the_longest_and_end() {
        let patience = Patience {
            repeats: 5,
            first_wait: Duration::from_millis(100),
            longest_wait: Duration::from_millis(500),
            ..Patience::default()
        };
        let millis: Vec<_> = patience.ceilings().build().map(|wait| wait.as_millis()).collect();
        assert_eq!(millis, [100, 200, 400, 500, 500]);
    }

    #[test]
    fn jitter_is_full_and_on_top_of_what_the_server_asks() {
        let second = Duration::from_secs(1);
        let lost = error(ErrorKind::LostAnswer);
        assert_eq!(wait_after(&lost, second, 0.0), Duration::ZERO);
        assert_eq!(wait_after(&lost, second, 0.25), Duration::from_millis(250));
        let limited = ServiceError { retry_after: Some(7), ..error(ErrorKind::RateLimited) };
        assert_eq!(wait_after(&limited, second, 0.0), Duration::from_secs(7));
        assert_eq!(wait_after(&limited, second, 1.0), Duration::from_secs(8));
        assert!((0.0..=1.0).contains(&random()));
    }

    #[test]
    fn only_what_may_pass_is_repeated() {
        for kind in [ErrorKind::Unreachable, ErrorKind::LostAnswer, ErrorKind::RateLimited, ErrorKind::Server] {
            assert!(may_pass(&error(kind)), "{kind:?}");
        }
        for kind in [
            ErrorKind::Stranger,
            ErrorKind::Unauthenticated,
            ErrorKind::Denied,
            ErrorKind::NotFound,
            ErrorKind::Conflict,
            ErrorKind::Invalid,
            ErrorKind::QuotaUsedUp,
            ErrorKind::Redirected,
            ErrorKind::UntrustedCertificate,
            ErrorKind::UnfitCertificate,
            ErrorKind::Proxy,
            ErrorKind::NotUnderstood,
            ErrorKind::ReadOnly,
            ErrorKind::Unsupported,
            ErrorKind::Configuration,
        ] {
            assert!(!may_pass(&error(kind)), "{kind:?}");
        }
        assert!(!may_pass(&ServiceError { status: Some(501), ..error(ErrorKind::Server) }));
    }
}
