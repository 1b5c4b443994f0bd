//! From what stands on the screen to what is to stand there, in few bytes.

use ratatui::buffer::{Cell, CellWidth};
use ratatui::layout::Position;

use super::page::{Page, are_alike, glyph, is_blank};
use super::pen::Pen;
use super::shift;

/// Blanks at the end of a row, from how many on they are erased at once.
const MANY_BLANKS: u16 = 4;

/// A pen that wrote what turns `before` into `after`, which have one size. Where the terminal can, rows are shifted if that
/// takes fewer bytes; `before` is then no longer what it was.
pub(super) fn update(before: &mut Page, after: &Page, scrolls: bool) -> Pen {
    let width = after.size().width;
    let plain = written(Pen::new(width), before, after);
    let Some(shift) = scrolls.then(|| shift::find(before, after)).flatten() else { return plain };
    let mut pen = Pen::new(width);
    pen.shift(shift);
    before.shift(shift);
    let shifted = written(pen, before, after);
    if shifted.length() < plain.length() { shifted } else { plain }
}

/// The same without a shift, by a pen that stands on `before`.
pub(super) fn written(mut pen: Pen, before: &Page, after: &Page) -> Pen {
    for y in 0..after.size().height {
        write_row(&mut pen, before, after, y);
    }
    pen
}

fn write_row(pen: &mut Pen, before: &Page, after: &Page, y: u16) {
    let (row, old) = (after.row(y), before.row(y));
    let linked = before.has_links(y) || after.has_links(y);
    let target = |x| if linked { after.target(x, y) } else { None };
    let leads_alike = |x: u16| !linked || before.target(x, y) == after.target(x, y);
    let width = after.size().width;
    let mut tail = None;
    let mut x = 0;
    // up to where what stood there was half of something that is gone
    let mut broken = 0;
    while let Some((cell, was)) = row.get(usize::from(x)).zip(old.get(usize::from(x))) {
        let (text, columns) = glyph(cell, x, width);
        let here = x..x + columns;
        if x >= broken && are_alike(cell, was) && here.clone().all(leads_alike) {
            x = here.end;
            continue;
        }
        for x in here.clone() {
            broken = old.get(usize::from(x)).map_or(broken, |was| broken.max(x + glyph(was, x, width).1));
        }
        let (blank, changed) = *tail.get_or_insert_with(|| {
            let is_empty = |(x, cell): &(u16, &Cell)| is_blank(cell) && target(*x).is_none();
            let stands = (0..).zip(row).filter(|cell| !is_empty(cell)).last();
            let differs = |x: &u16| {
                let at = usize::from(*x);
                row.get(at).zip(old.get(at)).is_some_and(|(cell, was)| !are_alike(cell, was)) || !leads_alike(*x)
            };
            (
                stands.map_or(0, |(x, cell)| x + glyph(cell, x, width).1),
                (x..width).rev().find(differs).map_or(x, |x| x + 1),
            )
        });
        if x >= blank && changed.max(broken) >= x + MANY_BLANKS {
            pen.blank_from(x, y);
            return;
        }
        bridge(pen, row, Position { x, y }, &target);
        pen.put(Position { x, y }, cell, (text, columns), target(x));
        x = here.end;
    }
}

/// Goes on to a place in the row that is being written: over what stands there unchanged, or by writing it once more where
/// that is shorter.
fn bridge<'a>(pen: &mut Pen, row: &[Cell], to: Position, target: &impl Fn(u16) -> Option<&'a str>) {
    let Some(at) = pen.at().filter(|at| at.y == to.y && at.x < to.x) else { return };
    let between = || (at.x..to.x).zip(&row[usize::from(at.x)..usize::from(to.x)]);
    let bytes: usize = between().map(|(_, cell)| cell.symbol().len()).sum();
    let is_plain = |(x, cell): (u16, &Cell)| {
        let symbol = cell.symbol();
        symbol.chars().count() == 1 && cell.cell_width() == 1 && pen.writes(cell, symbol == " ", target(x))
    };
    if bytes <= Pen::step(to.x - at.x) && between().all(is_plain) {
        for (x, cell) in between() {
            pen.put(Position { x, y: to.y }, cell, (cell.symbol(), 1), target(x));
        }
    }
}
