//! Drawing one key, or one finding, in full.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::{Detail, NAMES};
use crate::tui::action::{Action, Context};
use crate::tui::view::{Look, frame, text};

/// Draws the dialog.
pub fn draw(look: Look, detail: &Detail, frame: &mut Frame) {
    let lines = detail.wrapped(frame.area().width);
    let width = Detail::width(frame.area().width);
    let height = u16::try_from(lines.len() + 4).unwrap_or(u16::MAX);
    let window = frame::Window { title: &detail.title, width, height, danger: false };
    let inside = frame::open(look, &window, frame);
    let body = Rect { height: inside.height.saturating_sub(2), ..inside };
    let shown = frame::window(lines.len(), usize::from(body.height), detail.scroll);
    let more = shown.end < lines.len();
    for (y, (name, value)) in (0..).zip(&lines[shown]) {
        let spans = vec![
            Span::styled(text::fit(name, usize::from(NAMES)), look.theme.label),
            Span::styled(value.clone(), look.theme.text),
        ];
        frame.render_widget(Line::from(spans), frame::row(body, y));
    }
    let words =
        [(Action::Back, "close"), (Action::CopyId, "copy the id"), (Action::CopyMasked, "copy the masked value")];
    let mut keys = look.keys(Context::Detail, &words);
    if more {
        keys.insert(0, (look.arrow(Action::Down, Context::Detail), "more"));
    }
    frame::hints(look, frame, inside, &keys);
}
