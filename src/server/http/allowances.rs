//! How many requests each user may make in a while. Every request is counted here, so nobody waits for anybody else: a
//! user's window is one number that is changed in place.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicI64, AtomicU32, AtomicU64, Ordering};
use std::time::Instant;

use super::limits::{Allowance, WINDOW};

/// How many users' windows are kept.
const KEPT: usize = 1 << 14;
/// How many places one user's window may stand in.
const PLACES: usize = 64;
/// Parts of a second in which windows are measured.
const PARTS: u64 = 10;

/// Counts requests of users in windows of [`WINDOW`]; a user's window begins with their first request.
pub struct Allowances {
    limit: AtomicU32,
    begun: Instant,
    hasher: RandomState,
    windows: Box<[Window]>,
}

#[derive(Default)]
struct Window {
    /// The user; 0 for nobody.
    who: AtomicI64,
    /// When it began, in parts of a second, and how much of it is used: one number, so that they change together.
    used: AtomicU64,
}

/// A window's two parts.
#[derive(Clone, Copy)]
struct Counted {
    /// 0: never.
    since: u32,
    used: u32,
}

impl Counted {
    fn read(number: u64) -> Self {
        let half = |number: u64| u32::try_from(number & u64::from(u32::MAX)).unwrap_or_default();
        Self { since: half(number >> 32), used: half(number) }
    }

    fn number(self) -> u64 {
        u64::from(self.since) << 32 | u64::from(self.used)
    }

    /// How much of the window is left at `now`, in parts of a second.
    fn left(self, now: u32) -> u64 {
        let age = u64::from(now.saturating_sub(self.since));
        if self.since == 0 { 0 } else { (WINDOW.as_secs() * PARTS).saturating_sub(age) }
    }
}

impl Allowances {
    /// `limit` requests a window for everybody.
    pub fn new(limit: u32) -> Self {
        Self {
            limit: AtomicU32::new(limit),
            begun: Instant::now(),
            hasher: RandomState::new(),
            windows: (0..KEPT).map(|_| Window::default()).collect(),
        }
    }

    /// How many requests a window.
    pub fn limit(&self) -> u32 {
        self.limit.load(Ordering::Relaxed)
    }

    /// From now on so many requests a window, also in those that have begun.
    pub fn set(&self, limit: u32) {
        self.limit.store(limit, Ordering::Relaxed);
    }

    /// Counts a request of `who` at `now`, which counts as so many; where they are not all left, none is taken.
    pub fn spend(&self, who: i64, requests: u32, now: Instant) -> Allowance {
        let now = self.parts(now);
        let window = self.window(who, now);
        let limit = self.limit.load(Ordering::Relaxed);
        let mut before = window.used.load(Ordering::Relaxed);
        loop {
            let found = Counted::read(before);
            let mut counted = if found.left(now) == 0 { Counted { since: now, used: 0 } } else { found };
            let exceeded = limit.saturating_sub(counted.used) < requests;
            if !exceeded {
                counted.used += requests;
            }
            match window.used.compare_exchange_weak(before, counted.number(), Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => {
                    let reset = counted.left(now).div_ceil(PARTS).max(1);
                    return Allowance { limit, remaining: limit.saturating_sub(counted.used), reset, exceeded };
                }
                Err(changed) => before = changed,
            }
        }
    }

    /// A moment in parts of a second since somewhat before the first; never 0.
    fn parts(&self, now: Instant) -> u32 {
        let since = now.saturating_duration_since(self.begun).as_millis() / u128::from(1000 / PARTS);
        u32::try_from(since).unwrap_or(u32::MAX - 1) + 1
    }

    /// The user's window: theirs already, or one that is nobody's, or one that is over. With more users in one window's
    /// time than are kept, the last are counted together with another.
    fn window(&self, who: i64, now: u32) -> &Window {
        let home = usize::try_from(self.hasher.hash_one(who) % KEPT as u64).unwrap_or_default();
        let places = || (home..home + PLACES).map(|place| &self.windows[place % KEPT]);
        for window in places() {
            let whose = window.who.load(Ordering::Acquire);
            let free = whose == 0
                && match window.who.compare_exchange(0, who, Ordering::AcqRel, Ordering::Acquire) {
                    Ok(_) => true,
                    Err(taken) => taken == who,
                };
            if whose == who || free {
                return window;
            }
        }
        for window in places() {
            let (whose, used) = (window.who.load(Ordering::Acquire), window.used.load(Ordering::Relaxed));
            let over = Counted::read(used).left(now) == 0;
            if over && window.who.compare_exchange(whose, who, Ordering::AcqRel, Ordering::Acquire).is_ok() {
                return window;
            }
        }
        &self.windows[home]
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_window_fills_and_begins_again() {
        let allowances = Allowances::new(2);
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let seen = |allowance: Allowance| (allowance.remaining, allowance.reset, allowance.exceeded);
        assert_eq!(seen(allowances.spend(1, 1, at(0))), (1, 60, false));
        assert_eq!(seen(allowances.spend(1, 1, at(20))), (0, 40, false));
        assert_eq!(seen(allowances.spend(1, 1, at(59))), (0, 1, true));
        assert_eq!(seen(allowances.spend(2, 1, at(59))), (1, 60, false), "everybody has their own");
        assert_eq!(seen(allowances.spend(1, 1, at(60))), (1, 60, false));
    }

    #[test]
    fn what_counts_as_many_takes_all_or_none() {
        let (allowances, now) = (Allowances::new(10), Instant::now());
        let spend = |requests| {
            let allowance = allowances.spend(1, requests, now);
            (allowance.remaining, allowance.exceeded)
        };
        assert_eq!([spend(7), spend(4), spend(3), spend(1)], [(3, false), (3, true), (0, false), (0, true)]);
    }

    #[test]
    fn another_limit_holds_in_the_window_that_has_begun() {
        let (allowances, now) = (Allowances::new(3), Instant::now());
        allowances.spend(1, 1, now);
        allowances.spend(1, 1, now);
        allowances.set(1);
        let seen = allowances.spend(1, 1, now);
        assert!((seen.limit, seen.remaining, seen.exceeded) == (1, 0, true), "{seen:?}");
        allowances.set(3);
        assert!(!allowances.spend(1, 1, now).exceeded);
    }

    #[test]
    fn requests_that_come_together_are_all_counted() {
        let (allowances, now) = (Allowances::new(1000), Instant::now());
        let let_through: usize = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4)
                .map(|_| scope.spawn(|| (0..500).filter(|at| !allowances.spend(at % 2 + 1, 1, now).exceeded).count()))
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!(let_through, 2000);
        assert_eq!((allowances.spend(1, 1, now).exceeded, allowances.spend(2, 1, now).exceeded), (true, true));
    }

    #[test]
    fn windows_that_are_over_make_room() {
        let (allowances, start) = (Allowances::new(1), Instant::now());
        let all = i64::try_from(KEPT).unwrap() * 3;
        for minute in 0..3_u32 {
            let now = start + WINDOW * minute;
            // as many as there is plenty of room for, others each time
            let users = (1..=all).filter(|user| user % 6 == i64::from(minute));
            let refused = users.filter(|user| allowances.spend(*user, 1, now).exceeded).count();
            assert_eq!(refused, 0, "minute {minute}");
        }
    }
}
