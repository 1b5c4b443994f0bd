//! How much of the engine is in use, and how often it failed, for whoever watches the server.

use std::sync::atomic::{AtomicU64, Ordering};

use super::connections::{Connections, Use};
use super::error::Error;
use super::{Engine, Kind};

/// The connections of one purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// What they are for, in a word.
    pub purpose: &'static str,
    /// How many are used now.
    pub in_use: usize,
    /// How many are open and wait to be used.
    pub idle: usize,
    /// How many there are at most.
    pub most: usize,
}

impl Engine {
    /// The connections of each purpose.
    pub fn usage(&self) -> Vec<Usage> {
        [&self.writer, &self.readers, &self.at_once].map(|connections| connections.usage()).into()
    }

    /// How often it failed since the start, by the kind of failure.
    pub fn failures(&self) -> [(&'static str, u64); Failures::KINDS.len()] {
        self.shared.failures.counted()
    }
}

impl Connections {
    fn usage(&self) -> Usage {
        let purpose = match self.purpose() {
            Use::Write => "write",
            Use::Read | Use::ReadAtRest => "read",
            Use::ReadAtOnce => "read_at_once",
            Use::Fold => "fold",
        };
        let (most, free, idle) = self.counted();
        Usage { purpose, in_use: most.saturating_sub(free), idle, most }
    }
}

/// Failures, counted.
#[derive(Debug, Default)]
pub(super) struct Failures([AtomicU64; Self::KINDS.len()]);

impl Failures {
    /// The kinds in a word each.
    const KINDS: [&'static str; 7] = ["busy", "full", "gone", "read_only", "broken", "damaged", "other"];

    /// Counts one. What is the caller's own, as a row that is not there, is no failure of the database.
    pub(super) fn note(&self, error: &Error) {
        let kind = match error {
            Error::Busy(_) | Error::Failed(Kind::Busy, _) => 0,
            Error::Full | Error::Failed(Kind::Full, _) => 1,
            Error::Gone(_) => 2,
            Error::Failed(Kind::ReadOnly, _) => 3,
            Error::Failed(Kind::Broken, _) => 4,
            Error::Failed(Kind::NotADatabase, _) => 5,
            Error::Failed(Kind::Other, _) => 6,
            Error::Over | Error::Closed | Error::NoRow | Error::Column { .. } | Error::Value(_) | Error::Json(_) => {
                return;
            }
        };
        if let Some(count) = self.0.get(kind) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn counted(&self) -> [(&'static str, u64); Self::KINDS.len()] {
        let mut counts = self.0.iter().map(|count| count.load(Ordering::Relaxed));
        Self::KINDS.map(|kind| (kind, counts.next().unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_failure_is_counted_and_nothing_else() {
        let failures = Failures::default();
        let failed = |kind| Error::Failed(kind, String::new());
        for error in [
            Error::Busy(String::new()),
            failed(Kind::Busy),
            Error::Full,
            Error::Gone("removed"),
            failed(Kind::ReadOnly),
            failed(Kind::Broken),
            failed(Kind::NotADatabase),
            failed(Kind::Other),
            Error::NoRow,
            Error::Closed,
        ] {
            failures.note(&error);
        }
        let counted: Vec<u64> = failures.counted().iter().map(|(_, count)| *count).collect();
        assert_eq!(counted, [2, 1, 1, 1, 1, 1, 1]);
    }
}
