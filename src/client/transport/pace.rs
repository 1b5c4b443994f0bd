//! How many calls go out in a window where a server counts each user's calls and does not always say so: all that one process
//! sends to it counts together, whoever's key it carries.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::client::RateLimit;

/// How many calls are let through in how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    pub calls: usize,
    pub window: Duration,
}

/// So long a month that was said to be used up is not asked again: a plan may be changed meanwhile.
const USED_UP_FOR: Duration = Duration::from_mins(5);

/// The calls of this process to one server.
#[derive(Debug)]
pub(super) struct Pacer {
    quota: Quota,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// When the calls of the last window went out, the earliest first.
    sent: VecDeque<Instant>,
    /// Until when nothing goes out, since the server said that nothing is left.
    shut: Option<Instant>,
    /// When the server said that the month is used up.
    month: Option<Instant>,
}

/// What becomes of a call that wants to go out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// It goes, and is counted.
    Go,
    /// It waits so long, and asks again.
    Wait(Duration),
    /// It does not go: the month's allowance is used up.
    MonthUsedUp,
}

impl Pacer {
    pub(super) fn new(quota: Quota) -> Self {
        Self { quota, state: Mutex::default() }
    }

    /// The one of the server at `address`, for everybody in this process.
    pub(super) fn shared(address: &str, quota: Quota) -> Arc<Self> {
        static ALL: LazyLock<Mutex<HashMap<String, Arc<Pacer>>>> = LazyLock::new(Mutex::default);
        let mut all = ALL.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(all.entry(address.to_owned()).or_insert_with(|| Arc::new(Self::new(quota))))
    }

    /// Asks for a turn at `now`.
    pub(super) fn turn(&self, now: Instant) -> Turn {
        let mut state = self.state();
        if state.month.is_some_and(|said| now.saturating_duration_since(said) < USED_UP_FOR) {
            return Turn::MonthUsedUp;
        }
        if let Some(shut) = state.shut.filter(|shut| *shut > now) {
            return Turn::Wait(shut.saturating_duration_since(now));
        }
        let window = self.quota.window;
        while state.sent.front().is_some_and(|sent| now.saturating_duration_since(*sent) >= window) {
            state.sent.pop_front();
        }
        match state.sent.front() {
            Some(first) if state.sent.len() >= self.quota.calls => {
                Turn::Wait(window.saturating_sub(now.saturating_duration_since(*first)))
            }
            _ => {
                state.sent.push_back(now);
                Turn::Go
            }
        }
    }

    /// Takes what an answer said at `now`: what is left, how long to wait, and whether the month is used up. A limit of another window than a
    /// minute is one endpoint's own, and says nothing of the others.
    pub(super) fn hear(&self, left: Option<RateLimit>, wait: Option<Duration>, month_used_up: bool, now: Instant) {
        let mut state = self.state();
        state.month = month_used_up.then_some(now);
        let longest = self.quota.window;
        let whole = |left: &RateLimit| Duration::from_secs(u64::from(left.window_seconds)) == longest;
        if let Some(left) = left.filter(whole) {
            let reset = Duration::from_secs(u64::from(left.reset_seconds)).min(longest);
            state.shut = (left.remaining == 0).then(|| now + reset);
        }
        if let Some(wait) = wait {
            state.shut = Some(now + wait.min(longest));
        }
    }

    /// What is left by this count at `now`.
    pub(super) fn left(&self, now: Instant) -> RateLimit {
        let state = self.state();
        let in_window = |sent: &&Instant| now.saturating_duration_since(**sent) < self.quota.window;
        let sent: Vec<&Instant> = state.sent.iter().filter(in_window).collect();
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let until = sent
            .first()
            .map_or(Duration::ZERO, |first| self.quota.window.saturating_sub(now.saturating_duration_since(**first)));
        RateLimit {
            limit: number(self.quota.calls),
            remaining: number(self.quota.calls.saturating_sub(sent.len())),
            reset_seconds: u32::try_from(until.as_millis().div_ceil(1000)).unwrap_or(u32::MAX),
            window_seconds: u32::try_from(self.quota.window.as_secs()).unwrap_or(u32::MAX),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUOTA: Quota = Quota { calls: 3, window: Duration::from_mins(1) };

    fn limit(remaining: u32, reset_seconds: u32, window_seconds: u32) -> RateLimit {
        RateLimit { limit: 3, remaining, reset_seconds, window_seconds }
    }

    #[test]
    fn without_a_word_from_the_server_no_more_go_than_the_window_allows() {
        let (pacer, start) = (Pacer::new(QUOTA), Instant::now());
        let at = |seconds| pacer.turn(start + Duration::from_secs(seconds));
        assert_eq!([at(0), at(10), at(20)], [Turn::Go; 3]);
        assert_eq!(pacer.left(start + Duration::from_secs(20)).remaining, 0);
        assert_eq!(at(25), Turn::Wait(Duration::from_secs(35)));
        assert_eq!(at(60), Turn::Go, "the first has left the window");
        assert_eq!(at(61), Turn::Wait(Duration::from_secs(9)));
        let left = pacer.left(start + Duration::from_secs(75));
        assert_eq!((left.remaining, left.reset_seconds, left.window_seconds), (1, 5, 60));
    }

    #[test]
    fn what_the_server_says_shuts_the_way_until_its_window_ends() {
        let (pacer, start) = (Pacer::new(QUOTA), Instant::now());
        let at = |seconds| pacer.turn(start + Duration::from_secs(seconds));
        pacer.hear(Some(limit(0, 20, 60)), None, false, start);
        assert_eq!(at(5), Turn::Wait(Duration::from_secs(15)));
        assert_eq!(at(20), Turn::Go);
        pacer.hear(Some(limit(0, 4000, 60)), None, false, start);
        assert_eq!(at(0), Turn::Wait(Duration::from_mins(1)), "no longer than a window");
        pacer.hear(Some(limit(2, 4000, 60)), None, false, start);
        assert_eq!(at(21), Turn::Go, "a later answer knows better");
        pacer.hear(Some(limit(0, 10, 10)), None, false, start);
        assert_eq!(at(22), Turn::Go, "one endpoint's own limit is not the others'");
        let later = start + Duration::from_secs(90);
        pacer.hear(None, Some(Duration::from_secs(7)), false, later);
        assert_eq!(pacer.turn(later), Turn::Wait(Duration::from_secs(7)));
    }

    #[test]
    fn a_month_that_is_used_up_is_not_asked_again_at_once() {
        let (pacer, start) = (Pacer::new(QUOTA), Instant::now());
        pacer.hear(None, None, true, start);
        assert_eq!(pacer.turn(start + Duration::from_secs(299)), Turn::MonthUsedUp);
        assert_eq!(pacer.turn(start + Duration::from_mins(5)), Turn::Go);
        pacer.hear(None, None, false, start);
        assert_eq!(pacer.turn(start), Turn::Go);
    }

    #[test]
    fn all_that_one_process_asks_of_a_server_counts_together() {
        let (one, other) = (Pacer::shared("https://one.example", QUOTA), Pacer::shared("https://one.example", QUOTA));
        let elsewhere = Pacer::shared("https://other.example", QUOTA);
        assert!(Arc::ptr_eq(&one, &other) && !Arc::ptr_eq(&one, &elsewhere));
    }
}
