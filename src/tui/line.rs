//! The line to the backend: since when no answer comes, and when to look again.

use std::time::Duration;

use super::event::Slot;
use crate::client::error::{ErrorKind, ServiceError};
use crate::domain::call::Pause;

/// How long an answer may take before it is said that it is waited for.
pub const PATIENCE: Duration = Duration::from_millis(1500);

/// The first wait before the console looks again by itself, and the longest; each is twice the one before.
const WAITS: (Duration, Duration) = (Duration::from_secs(2), Duration::from_mins(1));

/// The line to the backend. All times are since the program started.
#[derive(Debug, Default)]
pub struct Line {
    /// Since when no answer came, although one is waited for.
    pub silent_since: Option<Duration>,
    /// When the console looks again by itself.
    pub look_again: Option<Duration>,
    /// How often it looked in vain.
    failures: u32,
    /// What could not be read, and is read again once the backend answers.
    lost: Vec<Slot>,
    /// Of that, what is being read again.
    retried: Vec<Slot>,
    /// The latest pause; it is over once its time has come.
    pub pause: Option<Pause>,
}

impl Line {
    /// A read failed: whether it is one that is worth another look, which is arranged.
    pub fn failed(&mut self, slot: Slot, error: &ServiceError, now: Duration) -> bool {
        let passing = matches!(
            error.kind,
            ErrorKind::Unreachable | ErrorKind::LostAnswer | ErrorKind::RateLimited | ErrorKind::Server
        );
        // these belong to a dialog, which says itself that it has nothing, or to the watch, which looks again by itself
        if !passing
            || error.status == Some(501)
            || matches!(
                slot,
                Slot::Lookup
                    | Slot::Trail
                    | Slot::Tried
                    | Slot::Ancestor
                    | Slot::Locations
                    | Slot::Watch
                    | Slot::Impact
                    | Slot::OfUser
                    | Slot::Notices
                    | Slot::Campaigns
            )
        {
            return false;
        }
        self.retried.retain(|retried| *retried != slot);
        if !self.lost.contains(&slot) {
            self.lost.push(slot);
        }
        if self.look_again.is_none() {
            let (first, longest) = WAITS;
            let wait = first.saturating_mul(1 << self.failures.min(10)).min(longest);
            self.failures += 1;
            // a server that says when is not asked before
            let asked = Duration::from_secs(error.retry_after.unwrap_or(0));
            self.look_again = Some(now.saturating_add(wait.max(asked)));
        }
        true
    }

    /// It is time to look again: whether that is now.
    pub fn is_due(&mut self, now: Duration) -> bool {
        self.look_again.take_if(|at| *at <= now).is_some()
    }

    /// Whether anything could not be read.
    pub fn has_lost(&self) -> bool {
        !self.lost.is_empty() || !self.retried.is_empty()
    }

    /// A slot was answered. Says whether with it all is back that could not be read.
    pub fn regained(&mut self, slot: Slot) -> bool {
        let lost = self.has_lost();
        self.lost.retain(|lost| *lost != slot);
        self.retried.retain(|retried| *retried != slot);
        let back = lost && !self.has_lost();
        if back {
            (self.failures, self.look_again) = (0, None);
        }
        back
    }

    /// The backend answers: what could not be read and is to be read again now.
    pub fn answers(&mut self) -> Vec<Slot> {
        self.look_again = None;
        let lost = std::mem::take(&mut self.lost);
        self.retried.extend_from_slice(&lost);
        lost
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::error::Asked;
    use crate::domain::listing::Scope;

    const KEYS: Slot = Slot::Keys(Scope::Mine);

    fn error(kind: ErrorKind) -> ServiceError {
        ServiceError::new(kind, Asked::nothing("https://keys.team.example"), "")
    }

    #[test]
    fn it_looks_again_later_each_time_up_to_a_minute_and_from_the_start_after_an_answer() {
        let mut line = Line::default();
        let lost = error(ErrorKind::LostAnswer);
        let mut now = Duration::ZERO;
        let mut waits = Vec::new();
        for _ in 0..8 {
            assert!(line.failed(Slot::Me, &lost, now) && line.failed(KEYS, &lost, now));
            let at = line.look_again.unwrap();
            waits.push(at.saturating_sub(now).as_secs());
            assert!(!line.is_due(at.saturating_sub(Duration::from_millis(1))) && line.is_due(at) && !line.is_due(at));
            now = at;
        }
        assert_eq!(waits, [2, 4, 8, 16, 32, 60, 60, 60]);
        assert!(!line.regained(Slot::Me));
        assert_eq!(line.answers(), [KEYS]);
        assert!(line.regained(KEYS) && !line.has_lost() && !line.regained(KEYS));
        line.failed(KEYS, &lost, now);
        assert_eq!(line.look_again, Some(now + Duration::from_secs(2)));
    }

    #[test]
    fn what_fails_again_although_the_rest_answers_is_not_asked_for_more_and_more_often() {
        let mut line = Line::default();
        let mut waits = Vec::new();
        for _ in 0..4 {
            line.failed(KEYS, &error(ErrorKind::Server), Duration::ZERO);
            waits.extend(line.look_again.map(|at| at.as_secs()));
            assert!(!line.regained(Slot::Me));
            assert_eq!(line.answers(), [KEYS]);
        }
        assert_eq!(waits, [2, 4, 8, 16]);
    }

    #[test]
    fn a_server_that_says_when_is_not_asked_before() {
        let mut line = Line::default();
        let limited = ServiceError { retry_after: Some(3600), ..error(ErrorKind::RateLimited) };
        line.failed(KEYS, &limited, Duration::ZERO);
        assert_eq!(line.look_again, Some(Duration::from_hours(1)));
    }

    #[test]
    fn what_will_be_the_same_is_not_asked_for_again() {
        let mut line = Line::default();
        for kind in [ErrorKind::Denied, ErrorKind::Unauthenticated, ErrorKind::NotUnderstood, ErrorKind::QuotaUsedUp] {
            assert!(!line.failed(KEYS, &error(kind), Duration::ZERO));
        }
        assert!(!line.failed(Slot::Trail, &error(ErrorKind::LostAnswer), Duration::ZERO));
        assert_eq!((line.has_lost(), line.look_again), (false, None));
    }
}
