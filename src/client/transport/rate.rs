//! What an answer's headers say about the rate limit, in every spelling that servers use.
//!
//! Source: the management API's "Conventions" and the public Postman API's limits: a combined `RateLimit` header, or one
//! header each with or without `X-`; a reset in seconds from now or as an epoch; three spellings of the time to wait.

use std::time::{Duration, SystemTime};

use reqwest::header::HeaderMap;

use crate::client::RateLimit;

/// The longest wait that is told, in seconds: a year. How long is really waited is the caller's to say.
const LONGEST_WAIT: u64 = 365 * 86_400;
/// The window of both APIs, in seconds, for an answer that does not tell.
const WINDOW: u32 = 60;
/// From here on a reset is an epoch in seconds, not a number of seconds from now.
const EPOCH_FROM: u64 = 1_000_000_000;
const EPOCH_MILLIS_FROM: u64 = 100_000_000_000;

/// What is left of the rate limit; none when the answer does not say how many calls are left.
pub(super) fn rate_limit(headers: &HeaderMap, now: SystemTime) -> Option<RateLimit> {
    let combined = text(headers, "ratelimit").unwrap_or_default();
    let policy = text(headers, "ratelimit-policy").unwrap_or_default();
    let own = |name: &str, full: &str| {
        parameter(combined, name)
            .or_else(|| number(headers, full))
            .or_else(|| number(headers, &format!("x-{full}")))
            .map(|value| u32::try_from(value).unwrap_or(u32::MAX))
    };
    let remaining = own("remaining", "ratelimit-remaining")?;
    let window = parameter(policy, "w").and_then(|w| u32::try_from(w).ok()).unwrap_or(WINDOW);
    let quota = policy.split([';', ',']).next().and_then(whole).and_then(|quota| u32::try_from(quota).ok());
    let reset = parameter(combined, "reset")
        .or_else(|| number(headers, "ratelimit-reset"))
        .or_else(|| number(headers, "x-ratelimit-reset"));
    Some(RateLimit {
        limit: own("limit", "ratelimit-limit").or(quota).unwrap_or(remaining).max(remaining),
        remaining,
        reset_seconds: reset.map_or(window, |reset| from_now(reset, now)),
        window_seconds: window,
    })
}

/// Seconds that the answer asks to wait before the next call, as it says; none where it does not. A date is counted from
/// the answer's own, where it came fresh from the server, since this machine's clock may be wrong.
pub(super) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<u64> {
    let stored = headers.contains_key("age");
    let told = text(headers, "date").filter(|_| !stored).and_then(|date| httpdate::parse_http_date(date).ok());
    let now = told.unwrap_or(now);
    ["retry-after", "x-ratelimit-retryafter", "retryafter"]
        .into_iter()
        .filter_map(|name| text(headers, name))
        .find_map(|value| whole(value).or_else(|| until(value, now)))
        .map(|seconds| seconds.min(LONGEST_WAIT))
}

/// Whether the month's allowance is used up, so that waiting a minute does not help.
pub(super) fn month_used_up(headers: &HeaderMap) -> bool {
    ["ratelimit-remaining-month", "x-ratelimit-remaining-month"]
        .into_iter()
        .any(|name| number(headers, name) == Some(0))
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    whole(text(headers, name)?)
}

/// The value of `name=value` in a list set apart by commas or semicolons.
fn parameter(list: &str, name: &str) -> Option<u64> {
    list.split([',', ';'])
        .filter_map(|item| item.split_once('='))
        .find(|(key, _)| key.trim().eq_ignore_ascii_case(name))
        .and_then(|(_, value)| whole(value))
}

/// A number that is not negative, perhaps quoted, perhaps written as a double; rounded up, since a wait that is too
/// short is a wait in vain.
fn whole(text: &str) -> Option<u64> {
    let text = text.trim().trim_matches('"');
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked to be finite and positive; saturates"
    )]
    text.parse().ok().or_else(|| {
        text.parse::<f64>().ok().filter(|value| value.is_finite() && *value >= 0.0).map(|value| value.ceil() as u64)
    })
}

/// Seconds until an HTTP date; 0 when it has passed.
fn until(date: &str, now: SystemTime) -> Option<u64> {
    let at = httpdate::parse_http_date(date).ok()?;
    Some(seconds(at.duration_since(now).unwrap_or_default()))
}

/// Whole seconds, rounded up.
fn seconds(time: Duration) -> u64 {
    time.as_millis().div_ceil(1000).try_into().unwrap_or(u64::MAX)
}

/// A reset as seconds from now, whichever way it was written.
fn from_now(reset: u64, now: SystemTime) -> u32 {
    let seconds = match reset {
        EPOCH_MILLIS_FROM.. => until_epoch(Duration::from_millis(reset), now),
        EPOCH_FROM.. => until_epoch(Duration::from_secs(reset), now),
        delta => delta,
    };
    u32::try_from(seconds).unwrap_or(u32::MAX)
}

fn until_epoch(at: Duration, now: SystemTime) -> u64 {
    let now = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    seconds(at.saturating_sub(now))
}

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderName, HeaderValue};
    use rstest::rstest;

    use super::*;

    /// 2026-11-21 08:30:00 UTC.
    const NOW: u64 = 1_795_249_800;

    fn now() -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(NOW)
    }

    fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| {
                (HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_str(value).unwrap())
            })
            .collect()
    }

    fn limit(limit: u32, remaining: u32, reset_seconds: u32, window_seconds: u32) -> RateLimit {
        RateLimit { limit, remaining, reset_seconds, window_seconds }
    }

    #[rstest]
    #[case::keydecks_own(
        &[("RateLimit-Limit", "300"), ("RateLimit-Remaining", "12"), ("RateLimit-Reset", "41"), ("RateLimit-Policy", "300;w=60")],
        Some(limit(300, 12, 41, 60))
    )]
    #[case::combined(&[("RateLimit", "limit=300, remaining=7, reset=3")], Some(limit(300, 7, 3, 60)))]
    #[case::combined_with_policy(
        &[("RateLimit", "remaining=7;reset=3"), ("RateLimit-Policy", "10;w=10")],
        Some(limit(10, 7, 3, 10))
    )]
    #[case::epoch(&[("X-RateLimit-Limit", "300"), ("X-RateLimit-Remaining", "0"), ("X-RateLimit-Reset", "1795249830")],
        Some(limit(300, 0, 30, 60)))]
    #[case::epoch_in_milliseconds(&[("X-RateLimit-Remaining", "5"), ("X-RateLimit-Reset", "1795249830001")],
        Some(limit(5, 5, 31, 60)))]
    #[case::epoch_passed(&[("RateLimit-Remaining", "5"), ("RateLimit-Reset", "1795249000")], Some(limit(5, 5, 0, 60)))]
    #[case::double(&[("RateLimit-Remaining", "5.0"), ("RateLimit-Reset", "1.2")], Some(limit(5, 5, 2, 60)))]
    #[case::only_remaining(&[("RateLimit-Remaining", "5")], Some(limit(5, 5, 60, 60)))]
    #[case::garbage(&[("RateLimit-Remaining", "many"), ("RateLimit", "remaining=-1")], None)]
    #[case::nothing(&[("RateLimit-Limit", "300")], None)]
    fn the_rate_limit_is_read_in_every_form(#[case] pairs: &[(&str, &str)], #[case] read: Option<RateLimit>) {
        assert_eq!(rate_limit(&headers(pairs), now()), read);
    }

    #[rstest]
    #[case("Retry-After", "7", Some(7))]
    #[case("Retry-After", "0", Some(0))]
    #[case("Retry-After", "1.5", Some(2))]
    #[case("Retry-After", "Sat, 21 Nov 2026 08:30:09 GMT", Some(9))]
    #[case("Retry-After", "Sat, 21 Nov 2026 08:29:00 GMT", Some(0))]
    #[case("Retry-After", "86400", Some(86_400))]
    #[case("Retry-After", "99999999999999999999", Some(365 * 86_400))]
    #[case("Retry-After", "-3", None)]
    #[case("Retry-After", "soon", None)]
    #[case("X-RateLimit-RetryAfter", "4", Some(4))]
    #[case("RetryAfter", "3", Some(3))]
    fn the_wait_is_read_in_every_form(#[case] name: &str, #[case] value: &str, #[case] seconds: Option<u64>) {
        assert_eq!(retry_after(&headers(&[(name, value)]), now()), seconds);
    }

    #[test]
    fn a_date_to_wait_for_is_counted_from_the_answers_own() {
        let wait = |more: &[(&str, &str)]| {
            let asked = [("Retry-After", "Sat, 21 Nov 2026 11:30:20 GMT"), ("Date", "Sat, 21 Nov 2026 11:30:00 GMT")];
            retry_after(&headers(&[&asked, more].concat()), now())
        };
        assert_eq!(wait(&[]), Some(20));
        assert_eq!(wait(&[("Age", "7")]), Some(3 * 3600 + 20), "one that was kept on the way tells no present");
    }

    #[test]
    fn the_month_is_used_up_only_at_nought() {
        assert!(month_used_up(&headers(&[("RateLimit-Remaining-Month", "0")])));
        assert!(month_used_up(&headers(&[("X-RateLimit-Remaining-Month", "0")])));
        assert!(!month_used_up(&headers(&[("X-RateLimit-Remaining-Month", "1")])));
        assert!(!month_used_up(&HeaderMap::new()));
    }
}
