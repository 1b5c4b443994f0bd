//! Pictures of a list of keys, each cell of which is a filter: how old values are and when they were last used
//! ([`Map`]), what goes by one owner, state or month ([`Groups`]), what expires when ([`Expiry`]).
//!
//! A picture is of what a list shows, and [counted](Counting) a slice of the rows at a time, so that no key press waits
//! for a million of them. What a cell counts is what the list shows once it is filtered by the cell's filter as well:
//! that is what `tests` hold it to, whatever the rows are. The command line prints the same figures.

mod bands;
mod counting;
mod cuts;
mod expiry;
mod group;
mod groups;
mod map;

pub use bands::{A_DAY, AGE, Bands, Part, USE};
pub use counting::{Counting, Picture, Wanted};
pub use cuts::Cuts;
pub use expiry::{Days, Expiry, WEEKS};
pub use group::By;
pub use groups::{Group, Groups, Tally};
pub use map::Map;

use super::filter::Query;

/// How many rows of a cell are kept to name.
pub const NAMED: usize = 8;

/// Of some rows how many there are, and a few of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    pub count: usize,
    /// The slots of some, the first that came.
    pub some: Vec<u32>,
}

impl Cell {
    fn add(&mut self, slot: u32) {
        self.count += 1;
        if self.some.len() < NAMED {
            self.some.push(slot);
        }
    }

    /// The rows of both.
    fn join(&mut self, other: &Self) {
        self.count += other.count;
        let room = NAMED.saturating_sub(self.some.len());
        self.some.extend(other.some.iter().take(room));
    }
}

/// What is shown where `base` is and `terms` hold besides; none where the terms are no filter.
pub fn within(base: &Query, terms: &str) -> Option<Query> {
    Query::parse(terms).ok().map(|terms| base.clone().and(terms))
}

/// `part` of `all` in per cent, rounded to the nearest; 0 of nothing.
pub fn percent(part: usize, all: usize) -> usize {
    (part * 200 + all).checked_div(all * 2).unwrap_or_default()
}

/// How dark a count is beside the fullest: 0 is nothing, 1 hardly any, 4 the fullest.
pub fn shade(count: usize, fullest: usize) -> usize {
    let fullest = fullest.max(1);
    let quarters = (count * 8 + fullest) / (fullest * 2);
    quarters.clamp(usize::from(count > 0), 4)
}

#[cfg(test)]
mod tests;
