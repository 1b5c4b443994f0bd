//! Drawing one key, or one finding, in full.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::Detail;
use crate::tui::view::{Look, frame, text};

/// Columns of the names before the values.
const NAMES: u16 = 16;

/// Draws the dialog.
pub fn draw(look: Look, detail: &Detail, frame: &mut Frame) {
    let width = 92.min(frame.area().width);
    let room = usize::from(width.saturating_sub(NAMES + 4));
    let lines: Vec<(&str, String)> = detail
        .lines
        .iter()
        .flat_map(|(name, value)| {
            text::wrap(value, room)
                .into_iter()
                .enumerate()
                .map(move |(at, line)| (if at == 0 { *name } else { "" }, line))
        })
        .collect();
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
    let mut keys = vec![("Esc", "close"), ("y", "copy the id"), ("Y", "copy the masked value")];
    if more {
        keys.insert(0, ("↓", "more"));
    }
    frame::hints(look, frame, inside, &keys);
}
