//! The map as a grid: which bands stand in which rows and columns of a window.

use super::Chosen;
use crate::domain::picture::{AGE, Map, Part, USE};

/// Windows with fewer columns or rows than these get fewer cells, with the same sums.
const WHOLE: (u16, u16) = (80, 22);

/// Which parts stand in the rows and in the columns, the sums of all last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grid {
    pub ages: Vec<Part>,
    pub uses: Vec<Part>,
}

impl Grid {
    /// The grid for a window of this size; none: a large one. What is unknown has a place only where there is any.
    pub fn of(map: &Map, size: Option<(u16, u16)>) -> Self {
        let small = size.is_some_and(|(width, height)| width < WHOLE.0 || height < WHOLE.1);
        let (mut ages, mut uses) = if small {
            (
                vec![Part::Bands(0, 1), Part::Bands(2, 3), Part::Bands(4, 5)],
                vec![Part::Bands(0, 1), Part::Bands(2, 3), Part::Bands(4, 4), Part::Never],
            )
        } else {
            let known = |parts: Vec<Part>| parts.into_iter().filter(|part| *part != Part::Odd).collect();
            (known(AGE.parts()), known(USE.parts()))
        };
        ages.extend((map.count(Part::Odd, Part::All) > 0).then_some(Part::Odd));
        uses.extend((map.count(Part::All, Part::Odd) > 0).then_some(Part::Odd));
        ages.push(Part::All);
        uses.push(Part::All);
        Self { ages, uses }
    }

    /// The nearest place that there is.
    pub fn at(&self, (row, column): (usize, usize)) -> (usize, usize) {
        (row.min(self.ages.len() - 1), column.min(self.uses.len() - 1))
    }

    /// The fullest cell of what is rot, else of all.
    pub fn first(&self, map: &Map) -> (usize, usize) {
        let mut best = ((false, 0), (0, 0));
        for (row, age) in self.ages.iter().enumerate().filter(|(_, age)| **age != Part::All) {
            for (column, used) in self.uses.iter().enumerate().filter(|(_, used)| **used != Part::All) {
                let count = map.count(*age, *used);
                let worth = (is_stale(*used) && count > 0, count);
                if worth > best.0 {
                    best = (worth, (row, column));
                }
            }
        }
        best.1
    }

    /// The cell at a place.
    pub fn chosen(&self, map: &Map, cursor: (usize, usize)) -> Chosen {
        let (row, column) = self.at(cursor);
        let (age, used) = (self.ages[row], self.uses[column]);
        let (old, since) = (AGE.words(age), USE.words(used));
        let of_age = match (age, old.strip_prefix("< "), old.strip_suffix(" +")) {
            (Part::All, ..) => "of any age".to_owned(),
            (Part::Odd, ..) => "of unknown age".to_owned(),
            (_, Some(most), _) => format!("value younger than {most}"),
            (_, _, Some(least)) => format!("value older than {least}"),
            (_, None, None) => format!("value {old} old"),
        };
        let of_use = match (used, since.strip_prefix("< "), since.strip_suffix(" +")) {
            (Part::All, ..) => "used or not".to_owned(),
            (Part::Never, ..) => "never used".to_owned(),
            (Part::Odd, ..) => "last use unknown".to_owned(),
            (_, Some(most), _) => format!("used in the last {most}"),
            (_, _, Some(least)) => format!("not used for {least}"),
            (_, None, None) => format!("used {since} ago"),
        };
        Chosen { words: format!("{of_age}, {of_use}"), terms: Some(Map::filter(age, used)), cell: map.cell(age, used) }
    }
}

/// Whether a column is of what nobody used for long.
pub fn is_stale(used: Part) -> bool {
    let last = USE.count() - 1;
    matches!(used, Part::Never | Part::Stale) || used == Part::Bands(last, last)
}
