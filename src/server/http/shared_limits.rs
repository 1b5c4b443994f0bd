//! Limits that several servers keep together. A server takes a small part of what is left for somebody, and lets requests through on
//! it without asking again; what it took and does not use is lost for the rest of the window, which is why a part is small. So
//! a limit holds however the requests are spread, and hardly any request waits for more than its own server.

use std::collections::HashMap;
use std::fmt::Display;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::TimeDelta;

use super::limits::{Allowance, WINDOW};
use crate::domain::time::Time;
use crate::server::store::Store;
use crate::server::store::together::{self, Used};

/// A server takes this part of a limit at a time, at most.
const PART: u32 = 50;
/// A part of what is left, where that is less: the less is left, the less may be lost.
const PART_OF_REST: u32 = 16;
/// With more windows than this, those that are over are forgotten.
const MANY: usize = 10_000;
/// How many may ask the database at the same time for more, each for somebody else.
const LANES: usize = 16;

/// What this server may let through.
#[derive(Debug, Default)]
pub struct SharedLimits {
    windows: Mutex<HashMap<Key, Window>>,
    lanes: [tokio::sync::Mutex<()>; LANES],
}

type Key = (&'static str, Box<str>);

/// Somebody's window, as far as this server knows.
#[derive(Clone, Copy, Debug)]
struct Window {
    since: Time,
    /// Taken and not used yet.
    held: u32,
    /// What nobody had taken when this server last asked.
    rest: u32,
}

impl Window {
    fn is_over(&self, now: Time) -> bool {
        // also one that begins later than it may, by a clock that was set back: the database begins another then too
        let age = now - self.since;
        age >= window() || age < -window()
    }

    fn allowance(&self, limit: u32, exceeded: bool, now: Time) -> Allowance {
        let left = (self.since + window() - now).num_milliseconds();
        let reset = u64::try_from(left).unwrap_or_default().div_ceil(1000).clamp(1, WINDOW.as_secs());
        Allowance { limit, remaining: self.held.saturating_add(self.rest).min(limit), reset, exceeded }
    }

    /// Uses what was taken before, if it is enough, or finds that no more is to be had.
    fn spend(&mut self, requests: u32, limit: u32, now: Time) -> Option<Allowance> {
        if self.held >= requests {
            self.held -= requests;
            return Some(self.allowance(limit, false, now));
        }
        (self.held.saturating_add(self.rest) < requests).then(|| self.allowance(limit, true, now))
    }

    /// How much more to take for so many requests.
    fn wanted(&self, requests: u32, limit: u32) -> u32 {
        let part = (limit / PART).min(self.rest / PART_OF_REST).max(1);
        part.max(requests.saturating_sub(self.held))
    }

    /// Notes what was taken.
    fn take(&mut self, taken: u32, found: Used, limit: u32) {
        if found.since != self.since {
            *self = Self { since: found.since, held: 0, rest: limit };
        }
        let before = found.used.saturating_sub(u64::from(taken));
        let to_be_had = u64::from(limit).saturating_sub(before);
        let got = to_be_had.min(u64::from(taken));
        self.held = self.held.saturating_add(u32::try_from(got).unwrap_or(u32::MAX));
        self.rest = u32::try_from(to_be_had - got).unwrap_or(u32::MAX);
    }
}

/// How long a window is.
pub fn window() -> TimeDelta {
    TimeDelta::from_std(WINDOW).unwrap_or(TimeDelta::MAX)
}

/// What somebody asks for.
#[derive(Clone, Copy, Debug)]
pub struct Asked<W> {
    /// Of which limit.
    pub of: &'static str,
    /// For whom it is counted.
    pub who: W,
    /// How many requests it counts as.
    pub requests: u32,
    /// How many may be made in a window.
    pub limit: u32,
}

impl SharedLimits {
    /// Counts requests of somebody: together with the other servers of the database, if it is one that servers share, else, or if it
    /// cannot be asked, `alone`.
    pub async fn spend<W: Display>(
        &self,
        store: &Store,
        asked: Asked<W>,
        now: Time,
        alone: impl FnOnce() -> Allowance,
    ) -> Allowance {
        let Some(on) = store.aside() else { return alone() };
        let Asked { of, who, requests, limit } = asked;
        let key: Key = (of, who.to_string().into());
        if let Some(allowance) = self.spent(&key, requests, limit, now) {
            return allowance;
        }
        let lane = key.1.bytes().fold(0_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into())) % LANES;
        let _turn = self.lanes[lane].lock().await;
        loop {
            // somebody else may have asked for more meanwhile
            if let Some(allowance) = self.spent(&key, requests, limit, now) {
                return allowance;
            }
            let wanted = self.window(&key, limit, now).wanted(requests, limit);
            match together::take(on, of, &key.1, wanted, window(), now).await {
                Ok(found) => self.with(&key, limit, now, |window| window.take(wanted, found, limit)),
                Err(error) => {
                    tracing::warn!(%error, "a limit cannot be kept together with other servers: this one counts alone");
                    return alone();
                }
            }
        }
    }

    fn windows(&self) -> MutexGuard<'_, HashMap<Key, Window>> {
        self.windows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Without asking anybody; none where the database has to be asked.
    fn spent(&self, key: &Key, requests: u32, limit: u32, now: Time) -> Option<Allowance> {
        let mut windows = self.windows();
        let window = windows.get_mut(key).filter(|window| !window.is_over(now))?;
        window.spend(requests, limit, now)
    }

    fn window(&self, key: &Key, limit: u32, now: Time) -> Window {
        let known = self.windows().get(key).copied().filter(|window| !window.is_over(now));
        known.unwrap_or(Window { since: now, held: 0, rest: limit })
    }

    fn with(&self, key: &Key, limit: u32, now: Time, change: impl FnOnce(&mut Window)) {
        let mut windows = self.windows();
        if windows.len() >= MANY {
            windows.retain(|_, window| !window.is_over(now));
        }
        let fresh = Window { since: now, held: 0, rest: limit };
        let window = windows.entry(key.clone()).or_insert(fresh);
        if window.is_over(now) {
            *window = fresh;
        }
        change(window);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::time::When;

    fn at(seconds: i64) -> Time {
        When::from_wire("2026-01-01T00:00:00Z").time().unwrap() + TimeDelta::seconds(seconds)
    }

    /// The database's part: what [`together::take`] does.
    #[derive(Default)]
    struct Counter(Option<Used>);

    impl Counter {
        fn take(&mut self, amount: u32, now: Time) -> Used {
            let before = self.0.filter(|used| now - used.since < window() && used.since - now <= window());
            let before = before.unwrap_or(Used { since: now, used: 0 });
            let after = Used { used: before.used + u64::from(amount), ..before };
            self.0 = Some(after);
            after
        }
    }

    /// A request at one of several servers, and whether the database was asked.
    fn request(server: &mut Option<Window>, counter: &mut Counter, limit: u32, now: Time) -> (bool, bool) {
        let window = server.get_or_insert(Window { since: now, held: 0, rest: limit });
        if window.is_over(now) {
            *window = Window { since: now, held: 0, rest: limit };
        }
        let mut asked = false;
        loop {
            if let Some(allowance) = window.spend(1, limit, now) {
                return (!allowance.exceeded, asked);
            }
            let wanted = window.wanted(1, limit);
            let found = counter.take(wanted, now);
            window.take(wanted, found, limit);
            asked = true;
        }
    }

    proptest! {
        #[test]
        fn a_limit_holds_within_a_tenth_however_requests_are_spread(
            limit in prop_oneof![Just(10_u32), Just(120), Just(300), Just(6000)],
            shares in prop::collection::vec(0_u32..100, 1..=4),
            seed in any::<u64>(),
        ) {
            let mut servers = vec![None; shares.len()];
            let (mut counter, mut random, mut let_through, mut asked) = (Counter::default(), seed | 1, 0_u32, 0_u32);
            let all: u32 = shares.iter().sum::<u32>().max(1);
            let tries = limit * 2;
            for try_number in 0..tries {
                random ^= random << 13;
                random ^= random >> 7;
                random ^= random << 17;
                let mut drawn = u32::try_from(random % u64::from(all)).unwrap();
                let chosen = shares.iter().position(|share| match drawn.checked_sub(*share) {
                    Some(rest) => { drawn = rest; false }
                    None => true,
                });
                let now = at(i64::from(try_number * 50 / tries));
                let (through, it_asked) = request(&mut servers[chosen.unwrap_or(0)], &mut counter, limit, now);
                let_through += u32::from(through);
                asked += u32::from(it_asked);
            }
            prop_assert!(let_through <= limit);
            prop_assert!(let_through * 10 >= limit * 9, "{let_through} of {limit}");
            prop_assert!(limit < 6000 || asked * 20 < tries, "asked {asked} times in {tries}");
            let (through, _) = request(&mut servers[0], &mut counter, limit, at(61));
            prop_assert!(through, "a new window");
        }
    }

    #[test]
    fn a_clock_that_was_set_back_begins_a_window_of_its_own_and_one_that_is_behind_goes_on() {
        let (mut server, mut counter) = (None, Counter::default());
        assert!((0..10).all(|_| request(&mut server, &mut counter, 10, at(300)).0));
        assert!(!request(&mut server, &mut counter, 10, at(300)).0);
        assert!(!request(&mut server, &mut counter, 10, at(290)).0, "the same window, somewhat earlier");
        assert!(!request(&mut None, &mut counter, 10, at(290)).0, "on another server too");
        assert!(request(&mut server, &mut counter, 10, at(0)).0);
        assert_eq!(server.map(|window| window.since), Some(at(0)));
    }

    #[test]
    fn what_counts_as_many_takes_all_or_none() {
        let (mut window, mut counter) = (Window { since: at(0), held: 0, rest: 100 }, Counter::default());
        let mut spend = |requests| loop {
            if let Some(allowance) = window.spend(requests, 100, at(1)) {
                return (allowance.exceeded, allowance.remaining);
            }
            let wanted = window.wanted(requests, 100);
            let found = counter.take(wanted, at(0));
            window.take(wanted, found, 100);
        };
        assert_eq!([spend(70), spend(40), spend(30), spend(1)], [(false, 30), (true, 30), (false, 0), (true, 0)]);
    }
}
