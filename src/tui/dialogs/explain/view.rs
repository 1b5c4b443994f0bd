//! Drawing the explanation of a setting.

use ratatui::Frame;

use super::{Explain, WIDTH, inside};
use crate::tui::action::{Action, Context};
use crate::tui::view::{Look, frame};

/// Draws the dialog.
pub fn draw(look: Look, explain: &Explain, frame: &mut Frame) {
    let lines = explain.lines(inside(frame.area().width));
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(3).min(frame.area().height);
    let window = frame::Window { title: explain.field.title(), width: WIDTH, height, danger: false };
    let inside = frame::open(look, &window, frame);
    let shown = frame::window(lines.len(), usize::from(inside.height.saturating_sub(1)), explain.scroll);
    for (y, line) in (0..).zip(&lines[shown]) {
        frame::put(frame, inside, y, line, look.theme.text);
    }
    frame::hints(look, frame, inside, &look.keys(Context::Page, &[(Action::Back, "close")]));
}
