//! Drawing one key, or one finding, in full.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::{Detail, NAMES, PLACE};
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
    let first = shown.start;
    for ((y, at), (name, value)) in (0..).zip(first..).zip(&lines[shown]) {
        let spans = vec![
            Span::styled(text::fit(name, usize::from(NAMES)), look.theme.label),
            Span::styled(value.clone(), look.theme.text),
        ];
        let area = frame::row(body, y);
        frame.render_widget(Line::from(spans), area);
        let is_place = lines[..=at].iter().rfind(|(name, _)| !name.is_empty()).is_some_and(|(name, _)| *name == PLACE);
        if let Some(target) = detail.link.as_ref().filter(|_| is_place) {
            let width = u16::try_from(text::width(value)).unwrap_or(area.width);
            look.links.add(Rect { x: area.x + NAMES, width, ..area }, target);
        }
    }
    let mut keys = vec![("Esc", "close"), ("y", "copy the id"), ("Y", "copy the masked value")];
    if more {
        keys.insert(0, ("↓", "more"));
    }
    frame::hints(look, frame, inside, &keys);
}
