//! The rows' moments to the minute, side by side: a condition on a time reads four bytes a row, and looks into a row only
//! where the minute does not decide.

use std::ops::Bound;

use crate::domain::filter::{MomentField, MomentTest};
use crate::domain::picture::Cuts;
use crate::domain::row::Row;
use crate::domain::time::{Time, When};

/// The row has no such moment.
const ABSENT: u32 = 0;
const NEVER: u32 = 1;
/// Only the row itself can tell.
const ODD: u32 = 2;
/// The first and the last minute that is one.
const MINUTES: std::ops::RangeInclusive<i64> = 3..=u32::MAX as i64;
/// The minute of 1970.
const EPOCH: i64 = 1 << 31;

/// The moments of all rows, by field and slot.
#[derive(Debug, Default)]
pub(super) struct Moments {
    columns: [Vec<u32>; MomentField::ALL.len()],
}

impl Moments {
    /// Notes a row's moments.
    pub fn set<R: Row>(&mut self, slot: u32, row: &R) {
        let slot = slot as usize;
        for (column, field) in self.columns.iter_mut().zip(MomentField::ALL) {
            let code = row.moment(field).map_or(ABSENT, code);
            if let Some(place) = column.get_mut(slot) {
                *place = code;
            } else if code != ABSENT {
                column.resize(slot, ABSENT);
                column.push(code);
            }
        }
    }

    /// The test of a field, ready to be asked of slots.
    pub fn ask(&self, field: MomentField, test: &MomentTest, now: Time) -> Asked<'_> {
        let at = MomentField::ALL.iter().position(|other| *other == field).unwrap_or_default();
        let passing = test.passing(field == MomentField::Expires, now).map(|(from, to)| {
            let bound = |bound: Bound<Time>, open: i64| match bound {
                Bound::Included(time) | Bound::Excluded(time) => minute(time),
                Bound::Unbounded => open,
            };
            (bound(from, i64::MIN), bound(to, i64::MAX))
        });
        Asked { column: &self.columns[at], passing }
    }

    /// The spans that slots' moments fall into, ready to be asked.
    pub fn spans<'a>(&'a self, cuts: &'a Cuts) -> Placed<'a> {
        let at = MomentField::ALL.iter().position(|other| *other == cuts.field()).unwrap_or_default();
        let edges = cuts.edges().iter().map(|edge| (minute(*edge), cuts.decides_at_its_minute(*edge))).collect();
        Placed { column: &self.columns[at], cuts, edges }
    }

    /// The moments after the slots were renumbered: the first of `kept` becomes 0.
    pub fn renumbered(&self, kept: &[u32]) -> Self {
        let columns = self.columns.each_ref().map(|column| {
            if column.is_empty() {
                return Vec::new();
            }
            kept.iter().map(|slot| column.get(*slot as usize).copied().unwrap_or(ABSENT)).collect()
        });
        Self { columns }
    }
}

/// A test, ready.
pub(super) struct Asked<'a> {
    column: &'a [u32],
    /// The minutes of the first and the last moment that passes; none: what never is passes.
    passing: Option<(i64, i64)>,
}

impl Asked<'_> {
    /// Whether a slot's moment passes; none where the row has to be asked.
    pub fn passes(&self, slot: u32) -> Option<bool> {
        let code = self.column.get(slot as usize).copied().unwrap_or(ABSENT);
        match (code, self.passing) {
            (ODD, _) => None,
            (NEVER, passing) => Some(passing.is_none()),
            (ABSENT, _) | (_, None) => Some(false),
            (code, Some((from, to))) => {
                let minute = i64::from(code);
                if minute == from || minute == to { None } else { Some(from < minute && minute < to) }
            }
        }
    }
}

/// Spans of time, ready.
pub(super) struct Placed<'a> {
    column: &'a [u32],
    cuts: &'a Cuts,
    /// The minute of each edge, and whether every moment in it comes after the edge.
    edges: Vec<(i64, bool)>,
}

impl Placed<'_> {
    /// The [place](Cuts::places) of a slot's moment; `exactly` tells it where the minute does not.
    pub fn of(&self, slot: u32, exactly: impl FnOnce() -> usize) -> usize {
        let code = self.column.get(slot as usize).copied().unwrap_or(ABSENT);
        match code {
            ABSENT => self.cuts.odd(),
            NEVER => self.cuts.never(),
            ODD => exactly(),
            code => {
                let code = i64::from(code);
                let before = self.edges.partition_point(|(minute, _)| *minute < code);
                match self.edges.get(before) {
                    Some((minute, true)) if *minute == code => before + 1,
                    Some((minute, false)) if *minute == code => exactly(),
                    _ => before,
                }
            }
        }
    }
}

fn code(when: &When) -> u32 {
    match when {
        When::Never => NEVER,
        When::Unreadable(_) => ODD,
        When::At(time) => {
            let minute = minute(*time);
            u32::try_from(minute).ok().filter(|_| MINUTES.contains(&minute)).unwrap_or(ODD)
        }
    }
}

/// The minute a moment is in; no other is at `i64::MIN` or `MAX`.
fn minute(time: Time) -> i64 {
    time.timestamp().div_euclid(60) + EPOCH
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};
    use proptest::prelude::*;

    use super::super::Table;
    use crate::domain::filter::Query;
    use crate::domain::key::{Key, Status};
    use crate::domain::row::Row;
    use crate::domain::sort::{Column, Sort};
    use crate::domain::time::{Time, When};

    const FIELDS: [&str; 8] = ["expires", "used", "idle", "created", "revoked", "detected", "age", "rotated"];
    const TESTS: [&str; 13] = [
        "<14d",
        "<=1d",
        ">90d",
        ">=0d",
        "<0d",
        "<=0d",
        ">0d",
        "<1min",
        "never",
        "expired",
        "<2026-11-21",
        "=2026-11",
        ">2026-11-20",
    ];

    fn now() -> Time {
        When::from_wire("2026-11-21T12:00:30.500Z").time().unwrap()
    }

    /// Moments around those that conditions turn on, and odd ones.
    fn when() -> impl Strategy<Value = When> {
        let days = prop::sample::select(&[-31_i64, -1, 0, 1, 14, 90][..]);
        let near = (days, -90_000_i64..90_000).prop_map(|(days, milliseconds)| {
            When::At(now() - TimeDelta::days(days) + TimeDelta::milliseconds(milliseconds))
        });
        prop_oneof![
            4 => near,
            1 => Just(When::Never),
            1 => Just(When::from_wire("soon")),
            1 => prop::sample::select(&[Time::MIN_UTC, Time::MAX_UTC, DateTime::UNIX_EPOCH][..]).prop_map(When::At),
        ]
    }

    proptest! {
        #[test]
        fn decides_as_the_rows_themselves_do(
            moments in prop::collection::vec((when(), when(), when(), any::<bool>()), 1..40),
            field in prop::sample::select(&FIELDS[..]),
            test in prop::sample::select(&TESTS[..]),
        ) {
            let Ok(query) = Query::parse(&format!("{field}:{test}")) else { return Ok(()) };
            let key = |(at, (expires, last_used, created, revoked)): (usize, &(When, When, When, bool))| Key {
                expires: expires.clone(),
                last_used: last_used.clone(),
                created: created.clone(),
                value_created: last_used.clone(),
                revoked: if *revoked { created.clone() } else { When::Never },
                status: if *revoked { Status::Revoked } else { Status::Enabled },
                ..Key::sample(&format!("{at:03}"))
            };
            let keys: Vec<Key> = moments.iter().enumerate().map(key).collect();
            let mut table = Table::new(Sort::of(Column::Masked, false));
            table.add_page(keys.clone(), now());
            table.set_query(query.clone(), now());
            let found: Vec<Key> = table.rows(0..usize::MAX).cloned().collect();
            let expected: Vec<Key> = keys.into_iter().filter(|key| key.matches(&query, now())).collect();
            prop_assert_eq!(found, expected);
        }
    }
}
