//! Keeps what the latest answer said about the rate limit, and lets it age: once a window is over, it is full again.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::client::RateLimit;

/// The rate limit as last told, and when.
#[derive(Debug, Default)]
pub(super) struct Meter(Mutex<Option<(RateLimit, Instant)>>);

impl Meter {
    /// Takes what an answer said at `now`.
    pub(super) fn note(&self, told: RateLimit, now: Instant) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((told, now));
    }

    /// What is left at `now`.
    pub(super) fn read(&self, now: Instant) -> Option<RateLimit> {
        let (told, at) = (*self.0.lock().unwrap_or_else(PoisonError::into_inner))?;
        let left = (at + Duration::from_secs(u64::from(told.reset_seconds))).saturating_duration_since(now);
        let reset_seconds = u32::try_from(left.as_millis().div_ceil(1000)).unwrap_or(u32::MAX);
        let remaining = if left.is_zero() { told.limit } else { told.remaining };
        Some(RateLimit { remaining, reset_seconds, ..told })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_that_is_over_is_full_again() {
        let (meter, start) = (Meter::default(), Instant::now());
        assert_eq!(meter.read(start), None);
        meter.note(RateLimit { limit: 300, remaining: 2, reset_seconds: 10, window_seconds: 60 }, start);
        let at = |millis| meter.read(start + Duration::from_millis(millis)).map(|l| (l.remaining, l.reset_seconds));
        assert_eq!(at(0), Some((2, 10)));
        assert_eq!(at(3_500), Some((2, 7)));
        assert_eq!(at(10_000), Some((300, 0)));
    }
}
