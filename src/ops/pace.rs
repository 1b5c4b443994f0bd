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

/// How often a change that the rate limit kept back is sent again.
const REPEATS: u32 = 3;
/// The most seconds that it is kept waiting in all: as patient as a read, and a whole window fits in.
const IN_ALL: u64 = 90;

/// Sends a change of one thing, and again where the rate limit kept it from being done, once the server allows it. Whoever
/// waits is told. A run over many things paces itself instead, so that it can be stopped between two of them.
pub(super) async fn through_limit<R, F: Future<Output = Result<R, ServiceError>>>(
    service: &dyn KeyService,
    mut send: impl FnMut() -> F,
) -> Result<R, ServiceError> {
    let mut waited = 0;
    for times in 1..=REPEATS {
        let refusal = match send().await {
            Err(error) if is_bearable(&error) => error,
            answer => return answer,
        };
        let wait = after_refusal(&refusal, service.rate_limit(), times);
        waited += wait;
        if waited > IN_ALL {
            return Err(refusal);
        }
        rest(service, wait, Some(&refusal)).await;
    }
    send().await
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

/// The most calls of a window that a long load leaves to whoever uses the program meanwhile; a tenth of a small one.
const KEPT: u32 = 10;

/// The same before the next of the many calls of a long load: some of what is left is kept for what a person does meanwhile.
pub(super) fn before_next_page(limit: Option<RateLimit>) -> Option<u64> {
    let kept = limit.map_or(0, |limit| KEPT.min(limit.limit / 10));
    before_next(limit, usize::try_from(kept).unwrap_or(0))
}

/// Seconds to wait after the server refused a call as one too many, for the `times`th time in a row.
pub(super) fn after_refusal(refusal: &ServiceError, limit: Option<RateLimit>, times: u32) -> u64 {
    refusal.retry_after.or_else(|| before_next(limit, 0)).unwrap_or(1 << times.min(6)).clamp(1, LONGEST_WAIT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::WritePermit;
    use crate::client::error::Asked;
    use crate::client::fake::FakeService;

    fn limit(remaining: u32, reset_seconds: u32) -> RateLimit {
        RateLimit { limit: 300, remaining, reset_seconds, window_seconds: 60 }
    }

    #[tokio::test]
    async fn a_change_that_was_kept_back_is_sent_again_and_nothing_else_is() {
        let key = crate::domain::key::Key::sample("a");
        let refused_then_sent = async |kinds: &[ErrorKind]| {
            let service = FakeService::new(vec![key.clone()]);
            for kind in kinds {
                service.fail("delete_api_key", *kind);
            }
            let permit = WritePermit::unless_read_only(false).unwrap();
            let done = through_limit(&service, || service.delete_api_key(&permit, &key.id, None)).await;
            (done.map_err(|error| error.kind), service.count("delete_api_key"))
        };
        let limited = ErrorKind::RateLimited;
        assert_eq!(refused_then_sent(&[]).await, (Ok(()), 1));
        assert_eq!(refused_then_sent(&[limited]).await, (Ok(()), 2));
        assert_eq!(refused_then_sent(&[limited; 3]).await, (Ok(()), 4));
        assert_eq!(refused_then_sent(&[limited; 4]).await, (Err(limited), 4));
        for kind in [ErrorKind::LostAnswer, ErrorKind::Unreachable, ErrorKind::Denied, ErrorKind::QuotaUsedUp] {
            assert_eq!(refused_then_sent(&[kind]).await, (Err(kind), 1), "{kind:?}");
        }
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
    fn a_long_load_keeps_calls_for_the_person() {
        assert_eq!(before_next_page(None), None);
        assert_eq!(before_next_page(Some(limit(11, 30))), None);
        assert_eq!(before_next_page(Some(limit(10, 30))), Some(30));
        // of a window of ten calls it keeps one, and of a smaller one none
        let small = |limit, remaining| RateLimit { limit, remaining, reset_seconds: 4, window_seconds: 10 };
        assert_eq!(before_next_page(Some(small(10, 2))), None);
        assert_eq!(before_next_page(Some(small(10, 1))), Some(4));
        assert_eq!(before_next_page(Some(small(5, 1))), None);
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
