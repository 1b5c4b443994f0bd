//! What stands on a screen: its cells, and which of them lead somewhere.

use ratatui::buffer::{Buffer, Cell, CellWidth};
use ratatui::layout::{Position, Rect, Size};

use super::ink::Ink;
use super::shift::Shift;
use crate::tui::view::links::Link;

/// A screen full.
#[derive(Clone, Debug)]
pub(super) struct Page {
    pub cells: Buffer,
    pub links: Vec<Link>,
}

impl Page {
    /// One on which nothing stands.
    pub fn blank(size: Size) -> Self {
        Self { cells: Buffer::empty(Rect::from((Position::ORIGIN, size))), links: Vec::new() }
    }

    pub fn size(&self) -> Size {
        self.cells.area.as_size()
    }

    /// The cells of a row; none where there is no such row.
    pub fn row(&self, y: u16) -> &[Cell] {
        let width = usize::from(self.cells.area.width);
        let start = usize::from(y) * width;
        self.cells.content.get(start..start + width).unwrap_or_default()
    }

    /// Where a cell leads.
    pub fn target(&self, x: u16, y: u16) -> Option<&str> {
        let link = self.links.iter().find(|link| link.area.contains(Position { x, y }))?;
        Some(&link.target)
    }

    /// Whether any cell of the row leads somewhere.
    pub fn has_links(&self, y: u16) -> bool {
        self.links.iter().any(|link| (link.area.top()..link.area.bottom()).contains(&y))
    }

    /// Moves rows as the terminal does.
    pub fn shift(&mut self, shift: Shift) {
        let width = usize::from(self.cells.area.width);
        let (top, bottom) = (usize::from(shift.top), usize::from(shift.bottom) + 1);
        let by = usize::from(shift.by.unsigned_abs());
        let Some(rows) = self.cells.content.get_mut(top * width..bottom * width) else { return };
        let cells = by * width;
        let vacated = if shift.by > 0 {
            rows.rotate_left(cells);
            &mut rows[(bottom - top) * width - cells..]
        } else {
            rows.rotate_right(cells);
            &mut rows[..cells]
        };
        vacated.fill(Cell::EMPTY);
        let rows = std::mem::take(&mut self.links).into_iter().flat_map(|link| {
            let Link { area, target } = link;
            area.rows().map(move |row| Link { area: row, target: target.clone() })
        });
        self.links = rows
            .filter_map(|link| shift.moved(link.area.y).map(|y| Link { area: Rect { y, ..link.area }, ..link }))
            .collect();
    }
}

/// The text of a cell that is written at the `x`th of `width` columns, and how many columns it takes. What would reach over
/// the edge is a blank.
pub(super) fn glyph(cell: &Cell, x: u16, width: u16) -> (&str, u16) {
    let symbol = cell.symbol();
    let columns = if symbol.is_empty() { 0 } else { cell.cell_width() };
    if columns == 0 || columns > width.saturating_sub(x) {
        return (" ", 1);
    }
    (symbol, columns)
}

/// Whether two cells look the same.
pub(super) fn are_alike(one: &Cell, other: &Cell) -> bool {
    let (symbol, ink) = (one.symbol(), Ink::of(one));
    symbol == other.symbol()
        && if symbol == " " { ink.is_alike_on_blank(Ink::of(other)) } else { ink == Ink::of(other) }
}

/// Whether a cell looks as one that was never written to.
pub(super) fn is_blank(cell: &Cell) -> bool {
    matches!(cell.symbol(), " " | "") && Ink::of(cell).leaves_blank()
}
