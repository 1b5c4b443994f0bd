//! Short menus: the column to sort by, the states and the columns that are shown, the theme.

use crate::domain::row::RowState;
use crate::domain::sort::{Column, Sort};
use crate::domain::table::{Counts, States};
use crate::tui::action::Action;

mod update;
pub mod view;

/// The columns to sort by.
#[derive(Debug)]
pub struct SortMenu {
    pub columns: &'static [Column],
    /// How the list is sorted.
    pub sort: Sort,
    /// The column under the cursor.
    pub cursor: usize,
}

impl SortMenu {
    /// The column that a letter chooses.
    pub fn lettered(&self, letter: char) -> Option<Column> {
        self.columns.iter().copied().find(|column| column.letter() == letter.to_ascii_lowercase())
    }

    /// A menu with the cursor on the present column, so that `s` Enter reverses.
    pub fn new(columns: &'static [Column], sort: Sort) -> Self {
        let cursor = columns.iter().position(|column| *column == sort.column).unwrap_or(0);
        Self { columns, sort, cursor }
    }
}

/// The check boxes of columns, in the order in which they are shown.
#[derive(Debug)]
pub struct ColumnsMenu {
    /// Every column, and whether it is shown.
    pub boxes: Vec<(Column, bool)>,
    /// The box under the cursor.
    pub cursor: usize,
    columns: &'static [Column],
    usual: &'static [Column],
}

impl ColumnsMenu {
    /// The boxes of `columns`: those `shown` in their order, then the others.
    pub fn new(shown: &[Column], columns: &'static [Column], usual: &'static [Column]) -> Self {
        Self { boxes: boxes(shown, columns), cursor: 0, columns, usual }
    }

    pub fn checked(&self) -> Vec<Column> {
        self.boxes.iter().filter(|(_, shown)| *shown).map(|(column, _)| *column).collect()
    }

    /// Checks, moves or takes all back; false for the name, which stays checked.
    pub fn act(&mut self, action: Action) -> bool {
        let at = self.cursor;
        match action {
            Action::Toggle if self.boxes[at].0 == Column::Name => return false,
            Action::Toggle => self.boxes[at].1 = !self.boxes[at].1,
            Action::UsualColumns => self.boxes = boxes(self.usual, self.columns),
            _ => {
                let to = if action == Action::Earlier { at.checked_sub(1) } else { Some(at + 1) };
                if let Some(to) = to.filter(|to| *to < self.boxes.len()) {
                    self.boxes.swap(at, to);
                    self.cursor = to;
                }
            }
        }
        true
    }
}

fn boxes(shown: &[Column], columns: &[Column]) -> Vec<(Column, bool)> {
    let others = columns.iter().filter(|column| !shown.contains(column));
    shown.iter().map(|column| (*column, true)).chain(others.map(|column| (*column, false))).collect()
}

/// The themes, each tried as the cursor comes to it.
#[derive(Debug)]
pub struct ThemesMenu {
    pub names: Vec<String>,
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
    pub const BOXES: [RowState; 3] = [RowState::Enabled, RowState::Disabled, RowState::Revoked];
}
