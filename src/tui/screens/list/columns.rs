//! The columns of the lists, and where each stands in a window: what is drawn, and what a click means.

use crate::domain::finding::Finding;
use crate::domain::key::Key;
use crate::domain::sort::Column;

/// Columns before the first one: cursor marker and mark.
const GUTTER: u16 = 5;
/// Blank columns between two.
const GAP: u16 = 2;
/// The name never gets narrower.
const NAME_AT_LEAST: u16 = 16;

/// A column as it may be drawn.
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    column: Column,
    title: &'static str,
    least: u16,
    most: u16,
    /// The column with the largest number is dropped first when the window is narrow; 0 never.
    patience: u8,
}

/// A column as it is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed {
    /// What it shows.
    pub column: Column,
    pub title: &'static str,
    /// Where it begins in the window.
    pub x: u16,
    /// How wide it is.
    pub width: u16,
}

/// Rows that are shown in columns.
pub trait Columns {
    /// How each column is drawn.
    fn specs() -> &'static [Spec];

    /// The columns of those `chosen`, from the left, that are drawn in a window of so many columns.
    fn placed(chosen: &[Column], width: u16) -> Vec<Placed> {
        let mut x = GUTTER;
        let place = |(Spec { column, title, .. }, width)| {
            let placed = Placed { column, title, x, width };
            x += width + GAP;
            placed
        };
        let specs =
            chosen.iter().filter_map(|column| Self::specs().iter().find(|spec| spec.column == *column).copied());
        fit(specs.collect(), width.saturating_sub(1)).into_iter().map(place).collect()
    }
}

impl Columns for Key {
    fn specs() -> &'static [Spec] {
        KEYS
    }
}

impl Columns for Finding {
    fn specs() -> &'static [Spec] {
        FINDINGS
    }
}

/// The columns that fit, with their widths: columns are dropped, then the room that is left is given out from the left.
fn fit(mut kept: Vec<Spec>, width: u16) -> Vec<(Spec, u16)> {
    let needed = |kept: &[Spec]| GUTTER + kept.iter().map(|spec| spec.least + GAP).sum::<u16>();
    while needed(&kept) > width + GAP {
        let Some(at) = (0..kept.len()).filter(|at| kept[*at].patience > 0).max_by_key(|at| kept[*at].patience) else {
            break;
        };
        kept.remove(at);
    }
    let mut spare = (width + GAP).saturating_sub(needed(&kept));
    kept.into_iter()
        .map(|spec| {
            let more = spare.min(spec.most - spec.least);
            spare -= more;
            (spec, spec.least + more)
        })
        .collect()
}

const fn spec(column: Column, title: &'static str, least: u16, most: u16, patience: u8) -> Spec {
    Spec { column, title, least, most, patience }
}

/// The columns of a table of keys.
const KEYS: &[Spec] = &[
    spec(Column::Name, "NAME", NAME_AT_LEAST, 32, 0),
    spec(Column::Masked, "KEY", 9, 10, 5),
    spec(Column::Owner, "OWNER", 12, 18, 3),
    spec(Column::Status, "STATUS", 10, 11, 1),
    spec(Column::Expires, "EXPIRES", 9, 10, 2),
    spec(Column::LastUsed, "LAST USED", 11, 11, 4),
    spec(Column::Created, "CREATED", 10, 10, 6),
    spec(Column::Access, "ACCESS", 6, 6, 7),
    spec(Column::Tried, "TRIED", 15, 18, 8),
];

/// The columns of a table of findings.
const FINDINGS: &[Spec] = &[
    spec(Column::Name, "KEY", NAME_AT_LEAST, 20, 0),
    spec(Column::Owner, "OWNER", 12, 14, 5),
    spec(Column::Resolution, "FINDING", 14, 14, 1),
    spec(Column::Status, "ITS KEY", 10, 11, 6),
    spec(Column::Source, "SOURCE", 9, 13, 7),
    spec(Column::Where, "WHERE", 20, 44, 2),
    spec(Column::Exposed, "EXPOSED", 9, 9, 3),
    spec(Column::LastUsed, "LAST USED", 11, 11, 4),
    spec(Column::Detected, "DETECTED", 10, 10, 8),
    spec(Column::Occurrences, "TIMES", 7, 7, 9),
    spec(Column::Secret, "SECRET", 10, 20, 10),
];
