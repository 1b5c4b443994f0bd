//! Drawing the map.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::map::{Grid, is_stale};
use super::view::{SHADES, afresh, draw_chosen};
use super::{PictureDialog, map};
use crate::domain::picture::{AGE, Map, Part, USE, shade};
use crate::tui::text::thousands;
use crate::tui::view::{Look, frame, text};

/// Columns for the words of a row.
const HEAD: u16 = 11;

/// Draws the map, and what is chosen below it.
pub fn draw(look: Look, dialog: &PictureDialog, map: &Map, frame: &mut Frame, area: Rect) {
    let (theme, size) = (look.theme, look.facts.size);
    let grid = Grid::of(map, Some(size));
    let cursor = grid.at(dialog.cursor);
    let columns = u16::try_from(grid.uses.len()).unwrap_or(1);
    let rows = u16::try_from(grid.ages.len()).unwrap_or(1);
    let wide = ((area.width.saturating_sub(HEAD)) / columns).min(14);
    // as tall as leaves room for some names; a blank line between two rows where there is room for it
    let tall = (1..=3).rev().find(|tall| rows * tall + 9 <= area.height).unwrap_or(1);
    let (whole, parts) = (grid.uses.len() - 1, grid.ages.len() - 1);
    let fullest = map.fullest(&grid.ages[..parts], &grid.uses[..whole]);
    frame::put(frame, Rect { width: HEAD, ..area }, 0, "AGE ↓ USED→", theme.column_title);
    for (x, used) in (0..columns).zip(&grid.uses) {
        let words = if *used == Part::All { "Σ".to_owned() } else { USE.words(*used) };
        let style = if is_stale(*used) { theme.warning } else { theme.column_title };
        centred(frame, Rect { x: area.x + HEAD + x * wide, y: area.y, width: wide, height: 1 }, &words, style);
    }
    for (row, age) in grid.ages.iter().enumerate() {
        let y = area.y + 1 + u16::try_from(row).unwrap_or(0) * tall;
        let words = if *age == Part::All { "Σ".to_owned() } else { AGE.words(*age) };
        let head = Rect { y, width: HEAD - 1, height: 1, ..area };
        frame.buffer_mut().set_string(head.x, head.y, text::cut(&words, usize::from(head.width)), theme.label);
        for (x, (column, used)) in (0..columns).zip(grid.uses.iter().enumerate()) {
            let cell = Rect { x: area.x + HEAD + x * wide, y, width: wide, height: tall.min(2) };
            let sum = *age == Part::All || *used == Part::All;
            let look_of = Cell {
                count: map.count(*age, *used),
                dark: if sum { 0 } else { shade(map.count(*age, *used), fullest) },
                stale: is_stale(*used),
                sum,
                chosen: cursor == (row, column),
            };
            draw_cell(look, &look_of, frame, cell);
        }
    }
    let used = 1 + rows * tall + 1;
    let below = Rect { y: area.y + used, height: area.height.saturating_sub(used), ..area };
    draw_chosen(look, dialog, &map::Grid::chosen(&grid, map, dialog.cursor), frame, below);
}

/// How a cell looks.
struct Cell {
    count: usize,
    dark: usize,
    stale: bool,
    sum: bool,
    chosen: bool,
}

/// A cell: its shade, and its number in the middle. The chosen one stands in brackets as well.
fn draw_cell(look: Look, cell: &Cell, frame: &mut Frame, area: Rect) {
    let theme = look.theme;
    let width = usize::from(area.width);
    let ground = if cell.stale { theme.warning } else { theme.dim };
    let number = match cell.count {
        0 => "·".to_owned(),
        count => thousands(count),
    };
    let number = if cell.chosen { format!("[{number}]") } else { format!(" {number} ") };
    let number = text::cut(&number, width);
    let style = match (cell.count, cell.chosen) {
        (_, true) => theme.selected,
        (0, _) => theme.dim,
        (_, false) if cell.stale && !cell.sum => theme.warning,
        (_, false) if cell.sum => theme.label,
        (_, false) => theme.strong,
    };
    // one column is left between two cells
    let block = SHADES[cell.dark].repeat(width.saturating_sub(1));
    for y in area.top()..area.bottom() {
        frame.buffer_mut().set_string(area.x, y, &block, ground);
    }
    if cell.chosen {
        look.pointer.put(area.as_position());
    }
    let middle = Rect { height: 1, width: area.width.saturating_sub(1), ..area };
    centred(frame, middle, &number, afresh(look, style));
}

fn centred(frame: &mut Frame, area: Rect, words: &str, style: Style) {
    let words = text::cut(words, usize::from(area.width));
    let wide = u16::try_from(text::width(&words)).unwrap_or(area.width);
    let x = area.x + area.width.saturating_sub(wide).div_ceil(2);
    frame.buffer_mut().set_string(x, area.y, words, style);
}
