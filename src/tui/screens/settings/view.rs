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
    let room = usize::from(inside.width.saturating_sub(2));
    let notes: Vec<Vec<String>> = all.iter().map(|line| text::wrap(line.note, room)).collect();
    // a blank between two, where there is room
    let last = inside.height.saturating_sub(1);
    let roomy = notes.iter().map(|note| note.len() + 2).sum::<usize>() <= usize::from(last);
    let wide = all.iter().map(|line| text::width(line.title)).max().unwrap_or(0);
    let mut y = 0;
    for (line, note) in all.iter().zip(&notes).skip(screen.scroll) {
        let spans = vec![
            Span::styled(text::fit(line.title, wide + 2), theme.text),
            Span::styled(line.value.clone(), theme.strong),
        ];
        let note = note.iter().map(|words| Line::styled(format!("  {words}"), theme.dim));
        for line in std::iter::once(Line::from(spans)).chain(note) {
            if y < last {
                frame.render_widget(line, frame::row(inside, y));
            }
            y += 1;
        }
        y += u16::from(roomy);
    }
    let more = if y > last { "↓ more · " } else { "" };
    let words = format!("{more}version {} · read-only here", settings.version);
    frame::put(frame, inside, inside.height.saturating_sub(1), &words, theme.dim);
}
