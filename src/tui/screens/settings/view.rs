//! Drawing the Settings tab.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::{Drawn, SettingsScreen, drawn};
use crate::tui::action::{Action, Context};
use crate::tui::progress::Load;
use crate::tui::view::{Look, frame, text};

/// Draws the tab.
pub fn draw(look: Look, screen: &SettingsScreen, denied: Option<String>, frame: &mut Frame, area: Rect) {
    let theme = look.theme;
    let inside = Rect {
        x: area.x + 2,
        y: area.y + 1,
        width: area.width.saturating_sub(4),
        height: area.height.saturating_sub(1),
    };
    let (Some(settings), None) = (&screen.settings, &denied) else {
        let words = match (&screen.load, denied) {
            (_, Some(why)) => vec![why],
            (Load::Failed(error), _) => {
                let again = look.facts.keymap.press(Action::Refresh, Context::Settings);
                vec![error.to_string(), format!("{} · {again} tries again", error.hint())]
            }
            _ => vec!["Loading …".to_owned()],
        };
        let lines = words.iter().flat_map(|line| text::wrap(line, usize::from(inside.width)));
        for (y, line) in (inside.height / 3..inside.height).zip(lines) {
            frame.render_widget(Line::styled(line, theme.text).centered(), frame::row(inside, y));
        }
        return;
    };
    let all = drawn(settings, look.facts.size);
    let titles = all.iter().map(|line| if let Drawn::Setting(title, _) = line { text::width(title) } else { 0 });
    let wide = titles.max().unwrap_or(0) + 2;
    let shown = frame::window(all.len(), usize::from(inside.height.saturating_sub(1)), screen.scroll);
    let more = format!("{} more · ", look.arrow(Action::Down, Context::Settings));
    let more = if shown.end < all.len() { &more } else { "" };
    for (y, line) in (0..).zip(&all[shown]) {
        let line = match line {
            Drawn::Setting(title, value) => Line::from(vec![
                Span::styled(text::fit(title, wide), theme.text),
                Span::styled(value.as_str(), theme.strong),
            ]),
            Drawn::Note(words) => Line::styled(format!("  {words}"), theme.dim),
            Drawn::Blank => continue,
        };
        frame.render_widget(line, frame::row(inside, y));
    }
    let words = format!("{more}version {} · read-only here", settings.version);
    frame::put(frame, inside, inside.height.saturating_sub(1), &words, theme.dim);
}
