//! What stands where in the window.

use super::Case;
use super::page::{self, Line};
use crate::tui::facts::Facts;
use crate::tui::text;

/// Columns of the window, where there are as many.
pub const WIDTH: u16 = 100;

/// What stands where.
#[derive(Debug)]
pub struct Arrangement {
    pub steps: Vec<(char, &'static str)>,
    pub lines: Vec<Line>,
    /// Rows of the window, its border too.
    pub height: u16,
    /// Rows that the page has.
    pub rows: usize,
    /// The first line that is shown.
    pub first: usize,
    /// Whether a blank line stands above the page.
    pub roomy: bool,
}

impl Arrangement {
    /// How far the page can be scrolled.
    pub fn most(&self) -> usize {
        self.lines.len().saturating_sub(self.rows)
    }
}

/// What stands where on a screen of this size.
pub fn of(case: &Case, facts: &Facts) -> Arrangement {
    let (columns, rows) = facts.size;
    let now = facts.now.utc;
    let inside = usize::from(columns.min(WIDTH).saturating_sub(4));
    let lines = page::lines(case, now, inside);
    // the border, the steps, the keys, and a blank line around the page where there is room
    let roomy = rows > 16;
    let around = if roomy { 6 } else { 4 };
    let wished = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(around);
    let height = wished.max(12).min(rows);
    let all = usize::from(height.saturating_sub(around));
    // the last row tells how much more there is
    let room = if lines.len() > all && !roomy { all.saturating_sub(1) } else { all };
    // what the cursor is on is seen
    let pointed = lines.iter().position(|line| line.pointed).unwrap_or_default();
    let most = lines.len().saturating_sub(room);
    let follows = case.is_hunting();
    let first = if follows { case.scroll.clamp((pointed + 1).saturating_sub(room), pointed) } else { case.scroll };
    Arrangement { steps: page::steps(case, now), lines, height, rows: room, first: first.min(most), roomy }
}

/// The steps as one line, or the present one alone where there is no room for all.
pub fn steps_line(steps: &[(char, &str)], columns: usize) -> String {
    let all: Vec<String> = steps.iter().map(|(glyph, name)| format!("{glyph} {name}")).collect();
    let whole = all.join("  ");
    if text::width(&whole) <= columns {
        return whole;
    }
    let at = steps.iter().position(|(glyph, _)| *glyph == '▸').unwrap_or(steps.len().saturating_sub(1));
    steps.get(at).map(|(glyph, name)| format!("{glyph} {name}, step {} of {}", at + 1, steps.len())).unwrap_or_default()
}
