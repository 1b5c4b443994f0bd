//! Drawing one key in full.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::{Detail, NAMES};
use crate::tui::action::{Action, Context};
use crate::tui::view::{Look, axis, frame, text};

/// Draws the dialog.
pub fn draw(look: Look, detail: &Detail, frame: &mut Frame) {
    let lines = detail.wrapped(frame.area().width);
    let width = Detail::width(frame.area().width);
    let height = u16::try_from(lines.len() + 4).unwrap_or(u16::MAX);
    let place = detail.chain.as_ref().map(super::chain::Chain::place).filter(|place| !place.is_empty());
    let title = place.map_or_else(|| detail.title.clone(), |place| format!("{} · {place}", detail.title));
    let window = frame::Window { title: &title, width, height, danger: false };
    let inside = frame::open(look, &window, frame);
    let body = Rect { height: inside.height.saturating_sub(2), ..inside };
    let shown = frame::window(lines.len(), usize::from(body.height), detail.scroll);
    let more = shown.end < lines.len();
    for (y, line) in (0..).zip(&lines[shown]) {
        let style = if line.dim { look.theme.dim } else { look.theme.text };
        let mut spans = vec![Span::styled(text::fit(&line.name, usize::from(NAMES)), look.theme.label)];
        if line.inks.is_empty() {
            spans.push(Span::styled(line.text.clone(), style));
        } else {
            spans.extend(axis::pieces(&line.inks, look.theme));
        }
        let area = frame::row(body, y);
        frame.render_widget(Line::from(spans), area);
    }
    let words = [
        (Action::Back, "close"),
        (Action::CopyId, "copy the id"),
        (Action::CopyMasked, "copy the masked value"),
        (Action::Help, "all keys"),
    ];
    let mut keys = look.keys(Context::Detail, &words);
    if more {
        keys.insert(0, (look.arrow(Action::Down, Context::Detail), "more"));
    }
    let mut steps = vec![(Action::Older, "older"), (Action::Newer, "newer")];
    steps.retain(|(action, _)| detail.leads(*action == Action::Newer));
    keys.splice(0..0, look.keys(Context::Detail, &steps));
    frame::hints(look, frame, inside, &keys);
}
