//! Pictures of the list in front: `m` its map, `b` its owners or other groups, `t` what expires when. Each cell is a
//! filter, so that what is seen is what is shown, marked and acted on.
//!
//! A picture is counted in slices and counted again when the rows are others; what stands there stays meanwhile.

use crate::domain::filter::Query;
use crate::domain::ids::KeyId;
use crate::domain::key::Key;
use crate::domain::picture::{By, Cell, Counting, Picture, Wanted, within};
use crate::domain::table::Table;
use crate::domain::time::Time;
use crate::tui::facts::Facts;

pub mod calendar;
pub mod calendar_view;
pub mod groups;
pub mod groups_view;
pub mod map;
pub mod map_view;
mod update;
pub mod view;

/// For how long figures that depend on the time are good, in seconds: then a key press counts anew.
const GOOD_FOR: i64 = 60;

/// A picture of the list in front.
#[derive(Debug)]
pub struct PictureDialog {
    pub wanted: Wanted,
    /// By what was grouped last.
    by: By,
    /// The row and the column of the cell that is chosen, as far as there are so many.
    pub cursor: (usize, usize),
    /// What was counted last; of the picture that is wanted, unless that was asked for just now.
    pub counted: Option<Counted>,
    counting: Option<Counting>,
}

/// A picture, and of what it is.
#[derive(Debug)]
pub struct Counted {
    pub picture: Picture,
    /// The table's version.
    version: u64,
    /// How many rows it is of.
    pub rows: usize,
}

/// The cell that is chosen.
#[derive(Debug, Default)]
pub struct Chosen {
    /// What it is, in words.
    pub words: String,
    /// What it counts, as a filter; none where only the ids of its keys tell.
    pub terms: Option<String>,
    /// How many keys are in it, and some of them.
    pub cell: Cell,
}

impl PictureDialog {
    /// A picture of what the table shows, as far as one slice goes.
    pub fn open(wanted: Wanted, table: &Table<Key>, now: Time) -> Self {
        let mut picture = Self { wanted, by: By::default(), cursor: (0, 0), counted: None, counting: None };
        picture.want(wanted);
        picture.count(table, now);
        picture
    }

    /// Another picture is wanted.
    fn want(&mut self, wanted: Wanted) {
        if let Wanted::Groups(by) = wanted {
            self.by = by;
        }
        self.wanted = wanted;
        self.counting = None;
        self.counted = None;
        self.cursor = (0, 0);
    }

    /// Whether there are rows to count.
    pub fn is_behind(&self, facts: &Facts) -> bool {
        facts.keys.front().is_some_and(|table| self.counting.is_some() || self.is_old(table))
    }

    /// Whether the rows are others than those that were counted. While pages come, it takes a tenth more of them.
    fn is_old(&self, table: &Table<Key>) -> bool {
        self.counted.as_ref().is_none_or(|counted| {
            let grown = table.shown() > counted.rows + counted.rows / 10;
            counted.version != table.version() && (!table.is_loading() || grown)
        })
    }

    /// Counts another slice.
    pub fn go_on(&mut self, facts: &Facts) {
        if let Some(table) = facts.keys.front()
            && self.is_behind(facts)
        {
            self.count(table, facts.now.utc);
        }
    }

    fn count(&mut self, table: &Table<Key>, now: Time) {
        let mut counting = self.counting.take().unwrap_or_else(|| Counting::begin(self.wanted, table, now));
        match counting.go_on(table) {
            None => self.counting = Some(counting),
            Some(picture) => {
                let first = self.counted.is_none();
                let picture = picture.clone();
                self.counted = Some(Counted { picture, version: counting.version, rows: counting.rows });
                if first {
                    self.cursor = self.first_cell();
                }
            }
        }
    }

    /// Counts anew where the figures are of a while ago.
    fn count_in_time(&mut self, now: Time) {
        if self.counted.as_ref().is_some_and(|counted| (now - counted.as_of()).num_seconds() >= GOOD_FOR)
            && let Some(counted) = &mut self.counted
        {
            counted.version = counted.version.wrapping_sub(1);
        }
    }

    /// The picture that is wanted, once it is counted.
    pub fn picture(&self) -> Option<&Picture> {
        self.counted.as_ref().map(|counted| &counted.picture)
    }

    /// Whether it is of the rows as they are.
    pub fn is_current(&self, facts: &Facts) -> bool {
        let version = facts.keys.front().map(Table::version);
        self.counted.as_ref().is_some_and(|counted| Some(counted.version) == version)
    }

    /// What the cursor begins on: what is worth to be looked at.
    fn first_cell(&self) -> (usize, usize) {
        match self.picture() {
            Some(Picture::Map(map)) => map::Grid::of(map, None).first(map),
            Some(Picture::Expiry(expiry)) => calendar::first(expiry),
            Some(Picture::Groups(_)) | None => (0, 0),
        }
    }

    /// The cell that is chosen, in a window of this size; none before anything is counted.
    pub fn chosen(&self, size: (u16, u16)) -> Option<Chosen> {
        match self.picture()? {
            Picture::Map(map) => Some(map::Grid::of(map, Some(size)).chosen(map, self.cursor)),
            Picture::Expiry(expiry) => Some(calendar::Calendar::of(expiry, size).chosen(expiry, self.cursor)),
            Picture::Groups(groups) => groups::chosen(groups, self.cursor.0),
        }
    }

    /// The keys of the cell that is chosen, as they are now.
    fn ids(&self, chosen: &Chosen, table: &Table<Key>, now: Time) -> Vec<KeyId> {
        match (&chosen.terms, self.picture()) {
            (Some(terms), _) => {
                within(&Query::default(), terms).map(|query| table.matching(&query, now)).unwrap_or_default()
            }
            (None, Some(Picture::Groups(groups))) => groups.members(table, self.cursor.0),
            (None, _) => Vec::new(),
        }
    }
}

impl Counted {
    /// As of when the figures are.
    fn as_of(&self) -> Time {
        match &self.picture {
            Picture::Map(map) => map.now,
            Picture::Groups(groups) => groups.now,
            Picture::Expiry(expiry) => expiry.now,
        }
    }
}

/// Why the pictures need a larger window, where they do.
pub fn too_small((width, height): (u16, u16)) -> Option<String> {
    const LEAST: (u16, u16) = (60, 18);
    let (wide, tall) = LEAST;
    (width < wide || height < tall)
        .then(|| format!("The picture needs a window of {wide}×{tall}; this one is {width}×{height}."))
}
