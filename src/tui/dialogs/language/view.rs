//! Drawing the page of the filter's language.

use ratatui::Frame;
use ratatui::text::{Line, Span};

use super::{Language, WIDTH, lines};
use crate::tui::action::{Action, Context};
use crate::tui::view::{Look, frame};

/// Draws the dialog.
pub fn draw(look: Look, language: &Language, frame: &mut Frame) {
    let height = frame.area().height.saturating_sub(2).max(10);
    let window = frame::Window { title: "What the filter understands", width: WIDTH, height, danger: false };
    let inside = frame::open(look, &window, frame);
    let lines = lines(usize::from(inside.width));
    let shown = frame::window(lines.len(), usize::from(inside.height.saturating_sub(1)), language.scroll);
    for (y, at) in (0..).zip(shown) {
        let line = &lines[at];
        let spans = [
            Span::styled(line.example.clone(), look.theme.hint_key),
            Span::styled(line.meaning.clone(), look.theme.text),
        ];
        frame.render_widget(Line::from_iter(spans), frame::row(inside, y));
    }
    let words = [(Action::Back, "close"), (Action::Down, "down"), (Action::PageDown, "a page")];
    frame::hints(look, frame, inside, &look.keys(Context::Page, &words));
}
