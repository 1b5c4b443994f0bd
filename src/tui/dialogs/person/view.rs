//! Drawing the choice of a user: what is typed, and who is found by it.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::Person;
use crate::domain::team::User;
use crate::tui::action::{Action, Context};
use crate::tui::view::{Look, frame, text, typed};

/// The most rows of those found.
pub const MOST: u16 = 10;

/// Draws it into `area`, whose last row tells the keys.
pub fn draw(look: Look, person: &Person, among: &[&User], does: &str, frame: &mut Frame, area: Rect) {
    let theme = look.theme;
    let row = frame::row(area, 0);
    let prompt = "Who: ";
    let wide = u16::try_from(text::width(prompt)).unwrap_or(0);
    let room = usize::from(row.width.saturating_sub(wide + 1));
    let (pieces, cursor) = typed::pieces(&person.typed, room, theme.field_active, None, theme);
    let line = [Span::styled(prompt, theme.strong)].into_iter().chain(pieces);
    frame.render_widget(line.collect::<Line>(), row);
    look.pointer.put((row.x + wide + cursor, row.y));
    let found = person.found(among);
    let list = Rect { y: area.y + 2, height: area.height.saturating_sub(4), ..area };
    let rows = usize::from(list.height);
    let at = person.cursor.min(found.len().saturating_sub(1));
    let shown = frame::window(found.len(), rows, (at + 1).saturating_sub(rows));
    let names = (usize::from(list.width) / 2).min(30);
    for (y, (place, user)) in (0..).zip(shown.clone().zip(&found[shown.clone()])) {
        let address = if user.is_service() { "a service".to_owned() } else { user.email.to_string() };
        let mut spans = vec![
            Span::styled(text::fit(&format!(" {}", user.name.marked()), names), theme.text),
            Span::styled(text::cut(&address, usize::from(list.width).saturating_sub(names)), theme.dim),
        ];
        if place == at {
            frame::select(theme, &mut spans);
        }
        frame.render_widget(Line::from(spans), frame::row(list, y));
    }
    if found.is_empty() {
        let words = if among.is_empty() { "Nobody there can be chosen" } else { "Nobody goes by that" };
        frame::put(frame, list, 0, words, theme.dim);
    } else if found.len() > shown.len() {
        let more = format!("{} more: type a part of the name", found.len() - shown.len());
        frame::put(
            frame,
            Rect { height: area.height.saturating_sub(1), ..area },
            area.height.saturating_sub(2),
            &more,
            theme.dim,
        );
    }
    let mut keys = look.keys(Context::Palette, &[(Action::Choose, does)]);
    keys.push((look.arrow(Action::Down, Context::Palette), "next"));
    keys.extend(look.keys(Context::Palette, &[(Action::Back, "back")]));
    frame::hints(look, frame, area, &keys);
}
