//! Links on the screen: which cells lead where. The [writer of frames](crate::tui::screen) tells the terminal.

use std::cell::RefCell;

use ratatui::layout::Rect;

/// Cells that lead somewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    pub area: Rect,
    /// Where they lead: an address that [`https`](crate::domain::link::https) gave.
    pub target: String,
}

/// The links of a frame that is being drawn.
#[derive(Debug, Default)]
pub struct Links(RefCell<Vec<Link>>);

impl Links {
    /// Makes the cells of an area lead to `target`.
    pub fn add(&self, area: Rect, target: &str) {
        self.0.borrow_mut().push(Link { area, target: target.to_owned() });
    }

    /// Something was drawn over an area: what is left of a link there would lead astray.
    pub fn cover(&self, area: Rect) {
        self.0.borrow_mut().retain(|link| !link.area.intersects(area));
    }

    /// What the frame has.
    pub fn into_inner(self) -> Vec<Link> {
        self.0.into_inner()
    }
}
