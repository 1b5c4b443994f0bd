//! How much of the engine is in use, and how often it failed, for whoever watches the server.

use std::sync::atomic::{AtomicU64, Ordering};

use super::error::{Error, Result};
use crate::sqlite::Kind;

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

/// The kinds of failure, in a word each.
pub(super) const KINDS: [&str; 7] = ["busy", "full", "gone", "read_only", "broken", "damaged", "other"];

/// Failures, counted.
#[derive(Debug, Default)]
pub(super) struct Failures([AtomicU64; KINDS.len()]);

impl Failures {
    /// Counts one. What is the caller's own, as a row that is not there, is no failure of the database.
    pub(super) fn note(&self, error: &Error) {
        let kind = match error {
            Error::Busy(_) | Error::Failed(Kind::Busy, _) => 0,
            Error::Full | Error::Failed(Kind::Full, _) => 1,
            Error::Gone(_) | Error::Lost(_) | Error::Uncertain => 2,
            Error::Failed(Kind::ReadOnly, _) => 3,
            Error::Failed(Kind::Broken, _) => 4,
            Error::Failed(Kind::NotADatabase, _) => 5,
            Error::Failed(Kind::Other, _) => 6,
            Error::Over
            | Error::Moved
            | Error::Closed
            | Error::NoRow
            | Error::Column { .. }
            | Error::Value(_)
            | Error::Json(_) => {
                return;
            }
        };
        if let Some(count) = self.0.get(kind) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The same of what something came to.
    pub(super) fn counting<T>(&self, done: Result<T>) -> Result<T> {
        if let Err(error) = &done {
            self.note(error);
        }
        done
    }

    pub(super) fn counted(&self) -> [(&'static str, u64); KINDS.len()] {
        let mut counts = self.0.iter().map(|count| count.load(Ordering::Relaxed));
        KINDS.map(|kind| (kind, counts.next().unwrap_or_default()))
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
            Error::Lost(String::new()),
            Error::Uncertain,
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
        assert_eq!(counted, [2, 1, 3, 1, 1, 1, 1]);
    }
}
