//! Counting a picture slice by slice.

use super::expiry::Expiry;
use super::group::By;
use super::groups::Groups;
use super::map::Map;
use crate::domain::key::Key;
use crate::domain::table::Table;
use crate::domain::time::Time;

/// Slots of a slice: a few thousandths of a second.
const SLICE: usize = 65_536;

/// Which picture is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    Map,
    Groups(By),
    Expiry,
}

/// A picture.
#[derive(Clone, Debug)]
pub enum Picture {
    Map(Map),
    Groups(Groups),
    Expiry(Box<Expiry>),
}

/// A picture in the making.
#[derive(Clone, Debug)]
pub struct Counting {
    picture: Picture,
    next: usize,
    /// The table's [version](Table::version) at the beginning.
    pub version: u64,
    /// How many rows the table showed then.
    pub rows: usize,
}

impl Counting {
    /// Begins to count what `table` shows.
    pub fn begin(wanted: Wanted, table: &Table<Key>, now: Time) -> Self {
        let picture = match wanted {
            Wanted::Map => Picture::Map(Map::new(now)),
            Wanted::Groups(by) => Picture::Groups(Groups::new(by, now)),
            Wanted::Expiry => Picture::Expiry(Box::new(Expiry::new(now))),
        };
        Self { picture, next: 0, version: table.version(), rows: table.shown() }
    }

    /// Counts another slice; the picture once all is counted.
    pub fn go_on(&mut self, table: &Table<Key>) -> Option<&mut Picture> {
        let slots = self.next..self.next + SLICE;
        self.next = slots.end;
        let over = self.next >= table.all_slots();
        match &mut self.picture {
            Picture::Map(map) => map.add(table, slots),
            Picture::Expiry(expiry) => expiry.add(table, slots),
            Picture::Groups(groups) => {
                groups.add(table, slots);
                if over {
                    groups.finish();
                }
            }
        }
        over.then_some(&mut self.picture)
    }

    /// The whole picture at once.
    pub fn all(wanted: Wanted, table: &Table<Key>, now: Time) -> Picture {
        let mut counting = Self::begin(wanted, table, now);
        while counting.go_on(table).is_none() {}
        counting.picture
    }
}
