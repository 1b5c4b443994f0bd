//! Drawing the Settings tab.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::lines;
use crate::tui::screens::list::Load;
use crate::tui::view::{Look, frame, text};

/// Draws the tab.
pub fn draw(look: Look, frame: &mut Frame, area: Rect) {
    let (app, theme) = (look.app, look.theme);
    let screen = &app.settings;
    let inside = Rect {
        x: area.x + 2,
        y: area.y + 1,
        width: area.width.saturating_sub(4),
        height: area.height.saturating_sub(1),
    };
    let denied = app.tab_denied(app.tab);
    let (Some(settings), None) = (&screen.settings, &denied) else {
        let words = match (&screen.load, denied) {
            (_, Some(why)) => vec![why],
            (Load::Failed(error), _) => vec![error.to_string(), format!("{} · ctrl-r tries again", error.hint())],
            _ => vec!["Loading …".to_owned()],
        };
        let lines = words.iter().flat_map(|line| text::wrap(line, usize::from(inside.width)));
        for (y, line) in (inside.height / 3..inside.height).zip(lines) {
            frame.render_widget(Line::styled(line, theme.text).centered(), frame::row(inside, y));
        }
        return;
    };
    let all = lines(settings);
    // a line and its note, and a blank between two, where there is room
    let step = if usize::from(inside.height) > all.len() * 3 { 3 } else { 2 };
    let wide = all.iter().map(|line| text::width(line.title)).max().unwrap_or(0);
    let room = usize::from(inside.height.saturating_sub(1)) / step;
    for (row, line) in all.iter().skip(screen.scroll.min(all.len().saturating_sub(room))).enumerate().take(room) {
        let y = u16::try_from(row * step).unwrap_or(0);
        let spans = vec![
            Span::styled(text::fit(line.title, wide + 2), theme.text),
            Span::styled(line.value.clone(), theme.strong),
        ];
        frame.render_widget(Line::from(spans), frame::row(inside, y));
        frame::put(
            frame,
            Rect { x: inside.x + 2, width: inside.width.saturating_sub(2), ..inside },
            y + 1,
            line.note,
            theme.dim,
        );
    }
    let words = format!("version {} · read-only here", settings.version);
    frame::put(frame, inside, inside.height.saturating_sub(1), &words, theme.dim);
}
