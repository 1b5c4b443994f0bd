//! The HTTP calls of this session.

use std::collections::VecDeque;

use crate::domain::call::Call;

/// The most calls that are kept.
pub const MOST: usize = 1000;

/// The calls of this session, the newest last; only so many are kept.
#[derive(Debug, Default)]
pub struct CallLog {
    kept: VecDeque<Call>,
    dropped: usize,
}

impl CallLog {
    /// Takes a call in; the oldest gives way.
    pub fn add(&mut self, call: Call) {
        if self.kept.len() == MOST {
            self.kept.pop_front();
            self.dropped += 1;
        }
        self.kept.push_back(call);
    }

    /// Those that are kept, the oldest first.
    pub fn kept(&self) -> &VecDeque<Call> {
        &self.kept
    }

    /// How many older ones are not kept.
    pub fn dropped(&self) -> usize {
        self.dropped
    }
}
