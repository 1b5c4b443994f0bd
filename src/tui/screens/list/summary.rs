//! What the strip above a list sums up: how many rows are in which state, and what expires when.

use chrono::TimeDelta;

use crate::domain::finding::{Finding, Urgency};
use crate::domain::key::{Key, Status};
use crate::domain::time::{Time, When};

/// Days ahead that the strip tells of, as the notices before expiry do.
pub const DAYS: [i64; 4] = [1, 3, 14, 30];

/// Sums over all loaded rows; the table counts the states itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Enabled keys that expire within each of [`DAYS`], the nearer ones among the further.
    pub expiring: [usize; 4],
    /// Enabled keys that were never used; open findings whose key was never used.
    pub never_used: usize,
    /// Open findings on keys that are still accepted.
    pub live: usize,
    /// Of those, on keys that were used since.
    pub in_use: usize,
}

/// A row that can be summed up.
pub trait Summed {
    /// Adds the row.
    fn add_to(&self, summary: &mut Summary, now: Time);
}

impl Summary {
    /// The sums over `rows`.
    pub fn of<'a, R: Summed + 'a>(rows: impl Iterator<Item = &'a R>, now: Time) -> Self {
        let mut summary = Self::default();
        summary.add(rows, now);
        summary
    }

    pub fn add<'a, R: Summed + 'a>(&mut self, rows: impl Iterator<Item = &'a R>, now: Time) {
        for row in rows {
            row.add_to(self, now);
        }
    }
}

impl Summed for Key {
    fn add_to(&self, summary: &mut Summary, now: Time) {
        let expires = self.expires.time();
        if self.status != Status::Enabled || expires.is_some_and(|at| at <= now) {
            return;
        }
        summary.never_used += usize::from(self.last_used == When::Never);
        for (count, days) in summary.expiring.iter_mut().zip(DAYS) {
            *count += usize::from(expires.is_some_and(|at| at - now <= TimeDelta::days(days)));
        }
    }
}

impl Summed for Finding {
    fn add_to(&self, summary: &mut Summary, _now: Time) {
        if self.is_open() {
            summary.live += usize::from(self.is_live());
            summary.in_use += usize::from(self.urgency() == Urgency::InUse);
            summary.never_used += usize::from(self.key_id.is_some() && self.last_used == When::Never);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearer_expiries_are_among_the_further_and_only_what_is_accepted_counts() {
        let now = When::from_wire("2026-11-21T08:30:00Z").time().unwrap();
        let key = |expires: &str, used: &str, status| Key {
            expires: When::from_wire(expires),
            last_used: When::from_wire(used),
            status,
            ..Key::sample("k")
        };
        let keys = [
            key("2026-11-22T00:00:00Z", "", Status::Enabled),
            key("2026-11-30T00:00:00Z", "2026-11-01T00:00:00Z", Status::Enabled),
            key("2026-12-21T08:30:00Z", "", Status::Enabled),
            key("", "", Status::Enabled),
            key("2026-11-21T08:30:00Z", "", Status::Enabled),
            key("2026-11-22T00:00:00Z", "", Status::Revoked),
            key("2026-11-22T00:00:00Z", "", Status::Disabled),
        ];
        let summary = Summary::of(keys.iter(), now);
        assert_eq!(summary, Summary { expiring: [1, 1, 2, 3], never_used: 3, ..Summary::default() });
    }
}
