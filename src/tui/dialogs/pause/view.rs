//! Drawing the report of a pause.

use ratatui::Frame;

use super::{PauseReport, WIDTH, inside};
use crate::tui::action::{Action, Context};
use crate::tui::view::{Look, frame};

/// Draws the dialog.
pub fn draw(look: Look, report: &PauseReport, frame: &mut Frame) {
    let lines = report.lines(inside(frame.area().width), look.facts.now.utc);
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(4).min(frame.area().height);
    let title = format!("{}: did anything break?", report.paused.name.marked());
    let inside = frame::open(look, &frame::Window { title: &title, width: WIDTH, height, danger: false }, frame);
    let shown = frame::window(lines.len(), usize::from(inside.height.saturating_sub(2)), report.scroll);
    let hit = matches!(&report.tried, Some(Ok(hits)) if !hits.is_empty());
    let first = shown.start == 0;
    for (y, line) in (0..).zip(&lines[shown]) {
        let style = if hit && first && y == 0 { look.theme.warning } else { look.theme.text };
        frame::put(frame, inside, y, line, style);
    }
    frame::hints(look, frame, inside, &look.keys(Context::Page, &[(Action::Back, "close")]));
}
