//! What expires when: a calendar of days, summed up by week.

use std::ops::Range;

use chrono::{Datelike, Days as Shift, NaiveDate, NaiveTime};

use super::Cell;
use super::bands::A_DAY;
use super::cuts::Cuts;
use crate::domain::filter::MomentField;
use crate::domain::key::Key;
use crate::domain::table::Table;
use crate::domain::time::Time;

/// Weeks of the calendar.
pub const WEEKS: usize = 26;
/// Its days.
const DAYS: usize = WEEKS * 7;

/// Some days, or what is in none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Days {
    /// Whenever it expires, and whether.
    All,
    /// A day of the calendar, from 0.
    Day(usize),
    /// A week of it, Monday to Sunday, from 0: the first one is the present week.
    Week(usize),
    /// Before the present week.
    Before,
    /// From the beginning of a week of the calendar on, from 0; that after the last one is what comes after the calendar.
    From(usize),
    Never,
    /// What cannot be read.
    Odd,
}

/// The keys that are enabled, by the day on which they expire (UTC).
#[derive(Clone, Debug)]
pub struct Expiry {
    /// As of when.
    pub now: Time,
    first: NaiveDate,
    /// All of them, and those that were used in the last 24 hours, by place.
    cells: [Vec<Cell>; 2],
}

impl Expiry {
    /// A calendar of nothing.
    pub fn new(now: Time) -> Self {
        let today = now.date_naive();
        let first = today.checked_sub_days(Shift::new(today.weekday().num_days_from_monday().into())).unwrap_or(today);
        // the days, what is before and after them, what never is, what cannot be told
        let cells = || vec![Cell::default(); DAYS + 4];
        Self { now, first, cells: [cells(), cells()] }
    }

    /// A day of the calendar, from 0; also one after it.
    pub fn date(&self, day: usize) -> NaiveDate {
        self.first.checked_add_days(Shift::new(u64::try_from(day).unwrap_or_default())).unwrap_or(NaiveDate::MAX)
    }

    /// The place of today, from 0.
    pub fn today(&self) -> usize {
        usize::try_from(self.now.weekday().num_days_from_monday()).unwrap_or_default()
    }

    fn cuts(&self) -> [Cuts; 2] {
        let edges = (0..=DAYS).map(|day| self.date(day).and_time(NaiveTime::MIN).and_utc()).collect();
        let used = Cuts::days_before(MomentField::Used, [A_DAY.num_days()].into_iter(), self.now);
        [Cuts::beginning_at(MomentField::Expires, edges), used]
    }

    /// Counts the rows in these slots.
    pub(super) fn add(&mut self, table: &Table<Key>, slots: Range<usize>) {
        let cuts = self.cuts();
        table.tally(slots, cuts.each_ref(), |slot, [expires, used]| {
            self.cells[0][expires].add(slot);
            // the span after the edge of a day ago
            if used == 1 {
                self.cells[1][expires].add(slot);
            }
        });
    }

    fn places(days: Days) -> Range<usize> {
        match days {
            Days::All => 0..DAYS + 4,
            Days::Before => 0..1,
            Days::Day(day) => day + 1..day + 2,
            Days::Week(week) => week * 7 + 1..week * 7 + 8,
            Days::From(week) => week * 7 + 1..DAYS + 2,
            Days::Never => DAYS + 2..DAYS + 3,
            Days::Odd => DAYS + 3..DAYS + 4,
        }
    }

    /// What expires then; with `used` of that only what was used in the last 24 hours.
    pub fn cell(&self, days: Days, used: bool) -> Cell {
        let mut all = Cell::default();
        for cell in &self.cells[usize::from(used)][Self::places(days)] {
            all.join(cell);
        }
        all
    }

    /// How many keys that are.
    pub fn count(&self, days: Days, used: bool) -> usize {
        self.cells[usize::from(used)][Self::places(days)].iter().map(|cell| cell.count).sum()
    }

    /// How many expire within so many weeks, this one among them.
    pub fn within(&self, weeks: usize, used: bool) -> usize {
        (0..weeks).map(|week| self.count(Days::Week(week), used)).sum()
    }

    /// The days, as a filter.
    pub fn filter(&self, days: Days, used: bool) -> String {
        let expires = match days {
            Days::All => String::new(),
            Days::Day(day) => format!("expires:={}", self.date(day)),
            Days::Week(week) => format!("expires:>={} expires:<={}", self.date(week * 7), self.date(week * 7 + 6)),
            Days::Before => format!("expires:<{}", self.first),
            Days::From(week) => format!("expires:>={}", self.date(week * 7)),
            Days::Never => "expires:never".to_owned(),
            Days::Odd => format!("-expires:never -expires:<{0} -expires:>={0}", self.first),
        };
        let terms = ["status:enabled", expires.as_str(), if used { "used:<24h" } else { "" }];
        terms.into_iter().filter(|term| !term.is_empty()).collect::<Vec<_>>().join(" ")
    }

    /// The days in a few words.
    pub fn words_of(&self, days: Days) -> String {
        match days {
            Days::All => "all".to_owned(),
            Days::Day(day) => self.date(day).format("%a %Y-%m-%d").to_string(),
            Days::Week(week) => format!("week of {}", self.date(week * 7)),
            Days::Before => format!("before {}", self.first),
            Days::From(week) => format!("from {} on", self.date(week * 7)),
            Days::Never => "never".to_owned(),
            Days::Odd => "unknown".to_owned(),
        }
    }

    /// The next quarter in a sentence.
    pub fn words(&self) -> String {
        const QUARTER: usize = 13;
        let (keys, used) = (self.within(QUARTER, false), self.within(QUARTER, true));
        let expire = if keys == 1 { "key expires" } else { "keys expire" };
        let were = if used == 1 { "was" } else { "were" };
        format!("{keys} {expire} within 13 weeks, {used} of them {were} used in the last 24 h")
    }
}
