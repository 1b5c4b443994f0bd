//! Drawing the help.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::Help;
use crate::tui::action::{Action, Context};
use crate::tui::view::{Look, frame, text, typed};

/// Columns of the keys before the words; and in a narrow window, where only the first key is shown.
const KEYS: [u16; 2] = [14, 9];

/// Draws the dialog.
pub fn draw(look: Look, help: &Help, frame: &mut Frame) {
    let theme = look.theme;
    let height = frame.area().height.saturating_sub(2).max(10);
    let window = frame::Window { title: "What can be done here", width: 84, height, danger: false };
    let inside = frame::open(look, &window, frame);
    let room = usize::from(inside.width.saturating_sub(2));
    let (typed, cursor) = typed::pieces(&help.search, room, theme.filter_text, None, theme);
    let search = [Span::styled("/ ", theme.filter_prompt)].into_iter().chain(typed);
    frame.render_widget(search.collect::<Line>(), frame::row(inside, 0));
    look.pointer.put((inside.x + 2 + cursor, inside.y));
    let narrow = inside.width < 60;
    let keys_width = KEYS[usize::from(narrow)];
    let (found, chapters) = (help.found(), help.chapters());
    let list = Rect { y: inside.y + 1, height: inside.height.saturating_sub(2), ..inside };
    let room = usize::from(list.height);
    let total = found.len() + chapters.len();
    let shown = frame::window(total, room, (help.cursor + 1).saturating_sub(room));
    if total == 0 {
        frame::put(frame, list, 0, "Nothing here does that", theme.dim);
    }
    for (y, at) in (0..).zip(shown) {
        let (keys, text, (key_style, style)) = if let Some(line) = found.get(at) {
            let why = line.why_not.as_ref().map(|why| format!("  ({why})")).unwrap_or_default();
            let keys = line.keys.split(" or ").next().filter(|_| narrow).unwrap_or(&line.keys);
            let styles = if line.why_not.is_some() { (theme.dim, theme.dim) } else { (theme.hint_key, theme.text) };
            (keys, format!("{}{why}", line.help), styles)
        } else {
            let chapter = chapters[at - found.len()];
            ("manual", format!("{}: {}", chapter.name, chapter.title), (theme.label, theme.text))
        };
        let mut spans = vec![
            Span::styled(text::fit(keys, usize::from(keys_width)), key_style),
            Span::styled(text::cut(&text, usize::from(list.width.saturating_sub(keys_width))), style),
        ];
        if at == help.cursor {
            frame::select(theme, &mut spans);
        }
        frame.render_widget(Line::from(spans), frame::row(list, y));
    }
    let mut keys = look.keys(Context::Help, &[(Action::Choose, "do it"), (Action::Back, "close")]);
    keys.push(("type".to_owned(), "to search"));
    frame::hints(look, frame, inside, &keys);
}
