//! Short menus: the column to sort by, the states that are shown, the theme.

use crate::domain::row::RowState;
use crate::domain::sort::{Column, Sort};
use crate::domain::table::{Counts, States};

pub mod view;

/// The columns to sort by.
#[derive(Debug)]
pub struct SortMenu {
    /// The columns.
    pub columns: &'static [Column],
    /// How the list is sorted.
    pub sort: Sort,
    /// The column under the cursor.
    pub cursor: usize,
}

impl SortMenu {
    /// A menu with the cursor on the present column, so that `s` Enter reverses.
    pub fn new(columns: &'static [Column], sort: Sort) -> Self {
        let cursor = columns.iter().position(|column| *column == sort.column).unwrap_or(0);
        Self { columns, sort, cursor }
    }
}

/// The themes, each tried as the cursor comes to it.
#[derive(Debug)]
pub struct ThemesMenu {
    /// Their names.
    pub names: Vec<String>,
    /// The one under the cursor.
    pub cursor: usize,
    /// The one in use when the menu opened.
    pub before: String,
}

/// The check boxes of states.
#[derive(Debug)]
pub struct StatesMenu {
    /// Which states are shown.
    pub states: States,
    /// How many rows there are of each.
    pub counts: Counts,
    /// The box under the cursor.
    pub cursor: usize,
}

impl StatesMenu {
    /// The boxes.
    pub const BOXES: [RowState; 3] = [RowState::Enabled, RowState::Disabled, RowState::Revoked];
}
