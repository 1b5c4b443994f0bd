//! The calendar of expiry as a grid: weeks across, days down, then each week's sum, then what is in no week of it.

use super::Chosen;
use crate::domain::picture::{Days, Expiry, WEEKS};

/// The row of the weeks' sums, and the one of what is in no week.
pub const SUMS: usize = 7;
pub const OTHERS: usize = 8;

/// The part of the calendar that a window has room for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    /// How many weeks.
    pub weeks: usize,
    /// What is in none of them, as far as there is any; all comes first.
    pub others: Vec<Days>,
}

impl Calendar {
    /// For a window of this size: half a year, else a quarter.
    pub fn of(expiry: &Expiry, (width, _): (u16, u16)) -> Self {
        let weeks = if width >= 118 { WEEKS } else { WEEKS / 2 };
        let others = [Days::Before, Days::From(weeks), Days::Never, Days::Odd];
        let some = others.into_iter().filter(|days| expiry.count(*days, false) > 0);
        Self { weeks, others: [Days::All].into_iter().chain(some).collect() }
    }

    /// The nearest place that there is.
    pub fn at(&self, (row, column): (usize, usize)) -> (usize, usize) {
        let row = row.min(OTHERS);
        (row, column.min(if row == OTHERS { self.others.len() } else { self.weeks } - 1))
    }

    /// What stands at a place.
    pub fn days(&self, cursor: (usize, usize)) -> Days {
        match self.at(cursor) {
            (OTHERS, column) => self.others[column],
            (SUMS, week) => Days::Week(week),
            (day, week) => Days::Day(week * 7 + day),
        }
    }

    /// The cell at a place.
    pub fn chosen(&self, expiry: &Expiry, cursor: (usize, usize)) -> Chosen {
        let days = self.days(cursor);
        let used = expiry.count(days, true);
        let words = match days {
            Days::All => "all that are enabled".to_owned(),
            Days::Never => "never expire".to_owned(),
            Days::Odd => "expiry unknown".to_owned(),
            Days::Day(_) | Days::Week(_) | Days::Before | Days::From(_) => {
                format!("expire {}", expiry.words_of(days))
            }
        };
        let in_use = format!(", {used} used in the last 24 h");
        Chosen {
            words: format!("{words}{in_use}"),
            terms: Some(expiry.filter(days, false)),
            cell: first_in_use(expiry, days),
        }
    }
}

/// All keys, those that are in use named first.
fn first_in_use(expiry: &Expiry, days: Days) -> crate::domain::picture::Cell {
    let mut all = expiry.cell(days, false);
    let mut some = expiry.cell(days, true).some;
    let rest: Vec<u32> = all.some.iter().filter(|slot| !some.contains(slot)).copied().collect();
    some.extend(rest);
    some.truncate(crate::domain::picture::NAMED);
    all.some = some;
    all
}

/// The next day on which something expires, from today on; else today.
pub fn first(expiry: &Expiry) -> (usize, usize) {
    let today = expiry.today();
    let day = (today..WEEKS * 7).find(|day| expiry.count(Days::Day(*day), false) > 0).unwrap_or(today);
    (day % 7, day / 7)
}
