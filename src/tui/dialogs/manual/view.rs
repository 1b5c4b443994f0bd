//! Drawing a chapter of the manual.

use ratatui::Frame;
use ratatui::text::Line;

use super::{Manual, WIDTH};
use crate::manual::Kind;
use crate::tui::action::{Action, Context};
use crate::tui::view::{Look, frame, text};

/// Draws the dialog.
pub fn draw(look: Look, manual: &Manual, frame: &mut Frame) {
    let theme = look.theme;
    let (columns, height) = (frame.area().width, frame.area().height.saturating_sub(2).max(10));
    let title = format!("Manual: {}", manual.chapter.name);
    let window = frame::Window { title: &title, width: WIDTH, height, danger: false };
    let inside = frame::open(look, &window, frame);
    let lines = manual.lines(columns);
    let shown = frame::window(lines.len(), usize::from(inside.height.saturating_sub(1)), manual.scroll);
    for (y, at) in (0..).zip(shown) {
        let line = &lines[at];
        let style = match line.kind {
            Kind::Heading => theme.strong,
            Kind::Titles => theme.column_title,
            Kind::Code => theme.hint_key,
            Kind::Text | Kind::Row => theme.text,
        };
        let words = text::cut(&line.text, usize::from(inside.width));
        frame.render_widget(Line::styled(words, style), frame::row(inside, y));
    }
    let words = [(Action::Back, "close"), (Action::Down, "down"), (Action::PageDown, "a page")];
    frame::hints(look, frame, inside, &look.keys(Context::Page, &words));
}
