//! Where the terminal's own cursor stands: on what is meant, since screen readers read there and magnifiers follow it.

use std::cell::Cell;

use ratatui::layout::Position;

/// Where the cursor of a frame that is being drawn stands.
#[derive(Debug, Default)]
pub struct Pointer(Cell<Option<Position>>);

impl Pointer {
    /// This is meant: the row or the field that a key press is about.
    pub fn put(&self, at: impl Into<Position>) {
        self.0.set(Some(at.into()));
    }

    /// What was drawn so far is not meant any more: something is drawn over it.
    pub fn lift(&self) {
        self.0.set(None);
    }

    /// Where it stands; none where nothing is meant, and the cursor is hidden.
    pub fn position(&self) -> Option<Position> {
        self.0.get()
    }
}
