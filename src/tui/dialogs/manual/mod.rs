//! A chapter of the manual, to be read in the console.

use crate::manual::{Chapter, Line};

mod update;
pub mod view;

/// Columns of the dialog, border included.
const WIDTH: u16 = 104;

/// A chapter, scrolled.
#[derive(Debug)]
pub struct Manual {
    pub chapter: &'static Chapter,
    /// Lines that are above the window.
    pub scroll: usize,
}

impl Manual {
    /// A chapter from its beginning.
    pub fn new(chapter: &'static Chapter) -> Self {
        Self { chapter, scroll: 0 }
    }

    /// The lines of the chapter in a window of so many columns.
    pub fn lines(&self, columns: u16) -> Vec<Line> {
        self.chapter.lines(usize::from(columns.min(WIDTH).saturating_sub(4)).max(1))
    }
}

/// Lines of the chapter that are seen in a window of so many rows.
pub fn room(rows: u16) -> usize {
    usize::from(rows.saturating_sub(5)).max(1)
}
