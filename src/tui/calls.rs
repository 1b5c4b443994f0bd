//! The HTTP calls of this session.

use std::collections::VecDeque;
use std::time::Duration;

use crate::domain::call::Call;

/// The most calls that are kept.
pub const MOST: usize = 1000;

/// The calls of this session, the newest last; only so many are kept.
#[derive(Debug, Default)]
pub struct CallLog {
    kept: VecDeque<Call>,
    dropped: usize,
    under_way: Vec<UnderWay>,
}

/// A call that has no answer yet.
#[derive(Debug)]
pub struct UnderWay {
    pub call: Call,
    /// When it began, since the program started.
    pub since: Duration,
}

impl CallLog {
    /// Takes in that a call is on its way.
    pub fn begin(&mut self, call: Call, since: Duration) {
        self.under_way.push(UnderWay { call, since });
    }

    /// Takes a call in that is over; the oldest gives way.
    pub fn add(&mut self, call: Call) {
        self.under_way.retain(|begun| begun.call.number != call.number);
        if self.kept.len() == MOST {
            self.kept.pop_front();
            self.dropped += 1;
        }
        self.kept.push_back(call);
    }

    /// Those that are over and kept, the oldest first.
    pub fn kept(&self) -> &VecDeque<Call> {
        &self.kept
    }

    /// Those that have no answer yet, the oldest first.
    pub fn under_way(&self) -> &[UnderWay] {
        &self.under_way
    }

    /// How many there are to show.
    pub fn len(&self) -> usize {
        self.kept.len() + self.under_way.len()
    }

    /// Whether nothing was asked yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One of those that are shown, those without an answer after the others; with when it began, if it is one of them.
    pub fn get(&self, at: usize) -> Option<(&Call, Option<Duration>)> {
        let begun = || self.under_way.get(at.checked_sub(self.kept.len())?);
        self.kept.get(at).map(|call| (call, None)).or_else(|| begun().map(|begun| (&begun.call, Some(begun.since))))
    }

    /// How many older ones are not kept.
    pub fn dropped(&self) -> usize {
        self.dropped
    }
}
