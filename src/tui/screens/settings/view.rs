//! Drawing the Settings tab.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::{Drawn, SettingsScreen, place};
use crate::tui::action::{Action, Context};
use crate::tui::progress::Load;
use crate::tui::view::{Look, frame, text};

/// Draws the tab.
pub fn draw(look: Look, screen: &SettingsScreen, denied: Option<Vec<String>>, frame: &mut Frame, area: Rect) {
    let theme = look.theme;
    let inside = Rect {
        x: area.x + 1,
        y: area.y + 1,
        width: area.width.saturating_sub(2),
        height: area.height.saturating_sub(1),
    };
    let (Some(settings), None) = (&screen.settings, &denied) else {
        let words = match (&screen.load, denied) {
            (_, Some(why)) => why,
            (Load::Failed(error), _) => {
                let again = look.facts.keymap.press(Action::Refresh, Context::Settings);
                vec![error.to_string(), format!("{} · {again} tries again", error.hint())]
            }
            _ => vec!["Loading …".to_owned()],
        };
        let lines = words.iter().flat_map(|line| text::wrap(line, usize::from(inside.width)));
        for (y, line) in (inside.height / 3..inside.height).zip(lines) {
            if look.pointer.position().is_none() {
                let wide = u16::try_from(text::width(&line)).unwrap_or(inside.width).min(inside.width);
                look.pointer.put((inside.x + (inside.width - wide) / 2, inside.y + y));
            }
            frame.render_widget(Line::styled(line, theme.text).centered(), frame::row(inside, y));
        }
        return;
    };
    let room = usize::from(inside.height.saturating_sub(1));
    let all = screen.drawn(usize::from(inside.width), room);
    let at = all.iter().position(|line| place(line) == Some(screen.cursor)).unwrap_or(0);
    // what the cursor is on and what it does are seen, with what comes before as far as there is room
    let from = (at + 3).saturating_sub(room);
    let shown = frame::window(all.len(), room, from.min(at));
    let wide = if inside.width < 60 { 27 } else { 30 };
    for (y, line) in (0..).zip(&all[shown.clone()]) {
        let chosen = place(line) == Some(screen.cursor);
        let mark = if chosen { "▸ " } else { "  " };
        let mut spans = match line {
            Drawn::Setting(_, field, value, staged) => {
                let mut spans = vec![
                    Span::styled(format!("{mark}{}", text::fit(field.title(), wide)), theme.text),
                    Span::styled(value.clone(), if staged.is_some() { theme.dim } else { theme.strong }),
                ];
                if let Some(staged) = staged {
                    spans.push(Span::styled(format!(" → {staged}"), theme.warning));
                }
                spans
            }
            Drawn::RevokeAll(_) => vec![Span::styled(format!("{mark}Revoke every key …"), theme.danger)],
            Drawn::Note(words) => vec![Span::styled(format!("    {words}"), theme.dim)],
            Drawn::Blank => continue,
        };
        if chosen {
            frame::select(theme, &mut spans);
            look.pointer.put(frame::row(inside, y).as_position());
        }
        frame.render_widget(Line::from(spans), frame::row(inside, y));
    }
    let more = if shown.end < all.len() {
        format!("{} more · ", look.arrow(Action::Down, Context::Settings))
    } else {
        String::new()
    };
    let review = look.facts.keymap.press(Action::ReviewSettings, Context::Settings);
    let staged = match &screen.staged {
        Some(_) => format!(" · staged, not saved: {review} reviews"),
        None => String::new(),
    };
    let words = format!("{more}version {}{staged}", settings.version);
    let style = if screen.staged.is_some() { theme.warning } else { theme.dim };
    frame::put(frame, inside, inside.height.saturating_sub(1), &words, style);
}
