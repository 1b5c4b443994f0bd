//! How many requests somebody may make in a while.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Length of a window.
pub const WINDOW: Duration = Duration::from_mins(1);
/// The most windows of one [generation](Windows): with more, those not asked for lately are forgotten early, which only
/// somebody with as many addresses can bring about.
const MOST: usize = 200_000;

/// Counts requests in windows of [`WINDOW`]; somebody's window begins with their first request. What a request costs does
/// not depend on how many others are counted.
pub struct Limiter<K> {
    limit: AtomicU32,
    windows: Mutex<Windows<K>>,
}

/// Windows in two generations: what is used stands in the present one, and what was not used for a whole generation, so
/// that its window is over, goes with the one before, all at once.
struct Windows<K> {
    present: HashMap<K, Counted>,
    before: HashMap<K, Counted>,
    /// When the present generation began.
    since: Option<Instant>,
}

#[derive(Clone, Copy)]
struct Counted {
    since: Instant,
    used: u32,
}

impl<K: Eq + Hash> Windows<K> {
    fn of(&mut self, who: K, now: Instant) -> &mut Counted {
        let age = self.since.map(|since| now.saturating_duration_since(since));
        if age.is_none_or(|age| age >= WINDOW) || self.present.len() >= MOST {
            self.before = std::mem::take(&mut self.present);
            self.since = Some(now);
        }
        let known = if self.before.is_empty() { None } else { self.before.remove(&who) };
        let window = self.present.entry(who).or_insert(known.unwrap_or(Counted { since: now, used: 0 }));
        if now.saturating_duration_since(window.since) >= WINDOW {
            *window = Counted { since: now, used: 0 };
        }
        window
    }
}

/// What is left, for the answer's headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// Requests in a window.
    pub limit: u32,
    /// Requests left.
    pub remaining: u32,
    /// Seconds until the window begins again, at least 1.
    pub reset: u64,
    /// Whether this request is over the limit.
    pub exceeded: bool,
}

impl<K: Eq + Hash> Limiter<K> {
    /// A limiter of `limit` requests a window.
    pub fn new(limit: u32) -> Self {
        let windows = Windows { present: HashMap::new(), before: HashMap::new(), since: None };
        Self { limit: AtomicU32::new(limit), windows: Mutex::new(windows) }
    }

    /// How many requests a window.
    pub fn limit(&self) -> u32 {
        self.limit.load(Ordering::Relaxed)
    }

    /// From now on so many requests a window, also in those that have begun.
    pub fn set(&self, limit: u32) {
        self.limit.store(limit, Ordering::Relaxed);
    }

    /// Counts a request of `who` at `now`.
    pub fn count(&self, who: K, now: Instant) -> Allowance {
        self.spend(who, 1, now)
    }

    /// The same of a request that counts as so many; where they are not all left, none is taken.
    pub fn spend(&self, who: K, requests: u32, now: Instant) -> Allowance {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        let window = windows.of(who, now);
        let limit = self.limit.load(Ordering::Relaxed);
        let exceeded = limit.saturating_sub(window.used) < requests;
        if !exceeded {
            window.used += requests;
        }
        let left = WINDOW.saturating_sub(now.saturating_duration_since(window.since));
        let reset = left.as_secs() + u64::from(left.subsec_nanos() > 0);
        Allowance { limit, remaining: limit.saturating_sub(window.used), reset: reset.max(1), exceeded }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_fills_and_begins_again() {
        let limiter = Limiter::new(2);
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let seen = |allowance: Allowance| (allowance.remaining, allowance.reset, allowance.exceeded);
        assert_eq!(seen(limiter.count(1, at(0))), (1, 60, false));
        assert_eq!(seen(limiter.count(1, at(20))), (0, 40, false));
        assert_eq!(seen(limiter.count(1, at(59))), (0, 1, true));
        assert_eq!(seen(limiter.count(2, at(59))), (1, 60, false), "everybody has their own");
        assert_eq!(seen(limiter.count(1, at(60))), (1, 60, false));
    }

    #[test]
    fn what_counts_as_many_takes_all_or_none() {
        let (limiter, now) = (Limiter::new(10), Instant::now());
        let spend = |requests| {
            let allowance = limiter.spend(1, requests, now);
            (allowance.remaining, allowance.exceeded)
        };
        assert_eq!([spend(7), spend(4), spend(3), spend(1)], [(3, false), (3, true), (0, false), (0, true)]);
    }

    #[test]
    fn another_limit_holds_in_the_window_that_has_begun() {
        let (limiter, now) = (Limiter::new(3), Instant::now());
        limiter.count(1, now);
        limiter.count(1, now);
        limiter.set(1);
        let seen = limiter.count(1, now);
        assert!((seen.limit, seen.remaining, seen.exceeded) == (1, 0, true), "{seen:?}");
        limiter.set(3);
        assert!(!limiter.count(1, now).exceeded);
    }

    /// How many windows are kept.
    fn kept(limiter: &Limiter<usize>) -> usize {
        let windows = limiter.windows.lock().unwrap();
        windows.present.len() + windows.before.len()
    }

    #[test]
    fn windows_that_are_over_are_not_kept_for_ever() {
        let (limiter, start) = (Limiter::new(1), Instant::now());
        for who in 0..5000 {
            limiter.count(who, start);
        }
        limiter.count(5000, start + WINDOW);
        limiter.count(5000, start + WINDOW * 2);
        assert_eq!(kept(&limiter), 1);
    }

    #[test]
    fn a_window_goes_on_from_one_generation_into_the_next() {
        let (limiter, start) = (Limiter::new(3), Instant::now());
        let at = |seconds| start + Duration::from_secs(seconds);
        limiter.count(1, at(0));
        limiter.count(2, at(50));
        limiter.count(2, at(50));
        // the second generation has begun
        limiter.count(3, at(61));
        let seen = limiter.count(2, at(109));
        assert_eq!((seen.remaining, seen.reset, seen.exceeded), (0, 1, false));
        assert!(limiter.count(2, at(109)).exceeded);
        assert_eq!(limiter.count(1, at(109)).remaining, 2);
        assert_eq!(limiter.count(2, at(110)).remaining, 2, "a window of their own, whatever the generation");
    }

    #[test]
    fn however_many_are_counted_so_many_are_kept_at_most() {
        let (limiter, now) = (Limiter::new(1), Instant::now());
        for who in 0..2 * MOST + 10 {
            limiter.count(who, now);
        }
        assert!(kept(&limiter) <= 2 * MOST);
    }
}
