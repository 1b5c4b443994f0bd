//! Drawing the palette: the prompt on the last line, what it may mean above it.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Borders, Clear};

use super::{Item, Palette};
use crate::tui::action::{Action, Context};
use crate::tui::view::{Look, frame, text, typed};

/// The most items shown at once.
const MOST: u16 = 10;
/// Columns of an item's name, and of its keys.
const COLUMNS: [usize; 2] = [24, 14];

/// Draws the palette over the last lines of the screen.
pub fn draw(look: Look, palette: &Palette, frame: &mut Frame) {
    let theme = look.theme;
    let all = frame.area();
    let found = palette.found();
    let items = u16::try_from(found.len()).unwrap_or(u16::MAX).clamp(1, MOST).min(all.height / 2);
    let height = items + 3;
    let area = Rect { y: all.height.saturating_sub(height), height: height.min(all.height), ..all };
    frame.render_widget(Clear, area);
    let block = Block::new().borders(Borders::TOP).border_style(theme.dialog_border).style(theme.dialog);
    frame.render_widget(block.title(Span::styled(" What to do ", theme.dialog_title)), area);
    let inside = Rect { x: area.x + 1, y: area.y + 1, width: area.width.saturating_sub(2), height: area.height - 1 };

    let room = usize::from(items);
    let shown = frame::window(found.len(), room, (palette.cursor + 1).saturating_sub(room));
    if found.is_empty() && palette.problem.is_none() {
        let why = if palette.is_secret() { "That looks like a key's value" } else { "Nothing here goes by that name" };
        frame::put(frame, inside, 0, why, theme.dim);
    }
    for (y, (at, item)) in (0..).zip(shown.clone().zip(&found[shown])) {
        let mut spans = spans(look, item, usize::from(inside.width));
        if at == palette.cursor {
            frame::select(theme, &mut spans);
        }
        frame.render_widget(Line::from(spans), frame::row(inside, y));
    }
    let hints = Rect { height: items + 1, ..inside };
    if let Some(problem) = &palette.problem {
        frame::put(frame, hints, items, problem, theme.danger);
    } else {
        let words = [(Action::Choose, "do it"), (Action::Next, "complete, next")];
        let mut keys = look.keys(Context::Palette, &words);
        keys.push((look.arrow(Action::Up, Context::Palette), "earlier"));
        keys.extend(look.keys(Context::Palette, &[(Action::Back, "close")]));
        frame::hints(look, frame, hints, &keys);
    }
    let row = frame::row(inside, items + 1);
    let (typed, cursor) =
        typed::pieces(&palette.line, usize::from(row.width).saturating_sub(3), theme.filter_text, None, theme);
    let line = [Span::styled(": ", theme.filter_prompt)].into_iter().chain(typed);
    frame.render_widget(line.collect::<Line>(), row);
    look.pointer.put((row.x + 2 + cursor, row.y));
}

fn spans(look: Look, item: &Item, width: usize) -> Vec<Span<'static>> {
    let theme = look.theme;
    let (name, words) = if item.why_not.is_some() { (theme.dim, theme.dim) } else { (theme.hint_key, theme.text) };
    let why = item.why_not.as_ref().map(|why| format!("  ({why})")).unwrap_or_default();
    let help = format!("{}{why}", item.help);
    let label = crate::domain::untrusted::visible(item.text.trim_end()).into_owned();
    let [names, keys] = if width < 60 { [COLUMNS[0], 0] } else { COLUMNS };
    vec![
        Span::styled(format!("{} ", text::fit(&label, names)), name),
        Span::styled(text::fit(&item.keys, keys), theme.dim),
        Span::styled(text::cut(&help, width.saturating_sub(names + keys + 1)), words),
    ]
}
