//! The map: how old values are, down; when they were last used, across.

use std::ops::Range;

use super::bands::{AGE, Part, USE};
use super::{Cell, percent};
use crate::domain::key::Key;
use crate::domain::table::Table;
use crate::domain::time::Time;

/// Places of age and of use: the bands, never, and what cannot be told.
const PLACES: [usize; 2] = [AGE.count() + 2, USE.count() + 2];

/// The keys that are enabled, by the age of their value and by when they were last used.
#[derive(Clone, Debug)]
pub struct Map {
    /// As of when.
    pub now: Time,
    cells: Vec<Cell>,
}

impl Map {
    /// A map of nothing.
    pub fn new(now: Time) -> Self {
        Self { now, cells: vec![Cell::default(); PLACES[0] * PLACES[1]] }
    }

    /// Counts the rows in these slots.
    pub(super) fn add(&mut self, table: &Table<Key>, slots: Range<usize>) {
        let (age, used) = (AGE.cuts(self.now), USE.cuts(self.now));
        table.tally(slots, [&age, &used], |slot, [age, used]| self.cells[age * PLACES[1] + used].add(slot));
    }

    /// What is in a cell, or in several.
    pub fn cell(&self, age: Part, used: Part) -> Cell {
        let mut all = Cell::default();
        for (at, cell) in self.cells.iter().enumerate().filter(|(_, cell)| cell.count > 0) {
            if AGE.holds(age, at / PLACES[1]) && USE.holds(used, at % PLACES[1]) {
                all.join(cell);
            }
        }
        all
    }

    /// How many keys are in it.
    pub fn count(&self, age: Part, used: Part) -> usize {
        self.cell(age, used).count
    }

    /// What a cell counts, as a filter.
    pub fn filter(age: Part, used: Part) -> String {
        let terms = ["status:enabled".to_owned(), AGE.filter(age), USE.filter(used)];
        terms.into_iter().filter(|term| !term.is_empty()).collect::<Vec<_>>().join(" ")
    }

    /// The keys that nobody has used for long.
    pub fn rot(&self) -> usize {
        self.count(Part::All, Part::Stale)
    }

    /// The same in per cent of those on the map.
    pub fn rot_percent(&self) -> usize {
        percent(self.rot(), self.count(Part::All, Part::All))
    }

    /// How many are in the fullest cell of these.
    pub fn fullest(&self, ages: &[Part], uses: &[Part]) -> usize {
        let cells = ages.iter().flat_map(|age| uses.iter().map(move |used| self.count(*age, *used)));
        cells.max().unwrap_or_default()
    }

    /// The map in a sentence.
    pub fn words(&self) -> String {
        let all = self.count(Part::All, Part::All);
        if all == 0 {
            return "no key is enabled".to_owned();
        }
        format!("rot: {} not used for 90 d or never, {} %", self.rot(), self.rot_percent())
    }
}
