//! Using the whole rate limit without tripping it.

use std::time::Duration;

use crate::client::error::{ErrorKind, ServiceError};
use crate::client::{KeyService, RateLimit};

/// The longest wait in seconds: a window of either API is a minute.
const LONGEST_WAIT: u64 = 60;

/// Waits. Unit tests do not: they look at what is done, not at how long it takes.
pub(super) async fn sleep(time: Duration) {
    if cfg!(test) {
        tokio::task::yield_now().await;
    } else {
        tokio::time::sleep(time).await;
    }
}

/// Waits for the rate limit, and tells so; `refusal` is what the server said, where it did.
pub(super) async fn rest(service: &dyn KeyService, seconds: u64, refusal: Option<&ServiceError>) {
    let wait = Duration::from_secs(seconds);
    service.tell_pause(wait, refusal.and_then(|refusal| refusal.retry_after));
    sleep(wait).await;
}

/// Whether a refused call is asked again in this run: a server may ask to wait for an hour.
pub(super) fn is_bearable(refusal: &ServiceError) -> bool {
    refusal.kind == ErrorKind::RateLimited && refusal.retry_after.is_none_or(|seconds| seconds <= LONGEST_WAIT)
}

/// Seconds to wait before one more call while `in_flight` calls are on their way, whose cost `limit` may not show yet;
/// none when it can go at once.
pub(super) fn before_next(limit: Option<RateLimit>, in_flight: usize) -> Option<u64> {
    let limit = limit?;
    let left = usize::try_from(limit.remaining).unwrap_or(usize::MAX);
    (left <= in_flight).then(|| u64::from(limit.reset_seconds).clamp(1, LONGEST_WAIT))
}

/// Seconds to wait after the server refused a call as one too many, for the `times`th time in a row.
pub(super) fn after_refusal(refusal: &ServiceError, limit: Option<RateLimit>, times: u32) -> u64 {
    refusal.retry_after.or_else(|| before_next(limit, 0)).unwrap_or(1 << times.min(6)).clamp(1, LONGEST_WAIT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::error::Asked;

    fn limit(remaining: u32, reset_seconds: u32) -> RateLimit {
        RateLimit { limit: 300, remaining, reset_seconds, window_seconds: 60 }
    }

    #[test]
    fn a_call_waits_only_when_none_is_left_for_it() {
        assert_eq!(before_next(None, 8), None);
        assert_eq!(before_next(Some(limit(9, 30)), 8), None);
        assert_eq!(before_next(Some(limit(8, 30)), 8), Some(30));
        assert_eq!(before_next(Some(limit(1, 30)), 0), None);
        assert_eq!(before_next(Some(limit(0, 0)), 0), Some(1));
        assert_eq!(before_next(Some(limit(0, 4000)), 0), Some(60));
    }

    #[test]
    fn what_a_server_asks_for_an_hour_is_not_waited_for() {
        let refusal = ServiceError::new(ErrorKind::RateLimited, Asked::nothing("https://keys.team.example"), "");
        assert!(is_bearable(&refusal));
        for (seconds, bearable) in [(0, true), (60, true), (61, false), (86_400, false)] {
            assert_eq!(is_bearable(&ServiceError { retry_after: Some(seconds), ..refusal.clone() }), bearable);
        }
        assert!(!is_bearable(&ServiceError { kind: ErrorKind::Denied, ..refusal }));
    }

    #[test]
    fn a_refused_call_waits_as_it_was_told_or_longer_each_time() {
        let refusal = ServiceError::new(ErrorKind::RateLimited, Asked::nothing("https://keys.team.example"), "");
        let told = ServiceError { retry_after: Some(7), ..refusal.clone() };
        assert_eq!(after_refusal(&told, None, 1), 7);
        assert_eq!(after_refusal(&refusal, Some(limit(0, 20)), 1), 20);
        assert_eq!(after_refusal(&refusal, Some(limit(5, 20)), 3), 8);
        assert_eq!(after_refusal(&refusal, None, 40), 60);
    }
}
