//! Drawing the field of a setting.

use ratatui::Frame;
use ratatui::text::{Line, Span};

use super::SettingField;
use crate::tui::action::{Action, Context};
use crate::tui::view::{Look, frame, text, typed};

const WIDTH: u16 = 72;

/// Draws the dialog.
pub fn draw(look: Look, field: &SettingField, frame: &mut Frame) {
    let theme = look.theme;
    let columns = usize::from(WIDTH.min(frame.area().width).saturating_sub(4));
    let words = text::wrap(field.setting.line(), columns);
    let usual = format!("Usual: {}", field.setting.usual().join(" · "));
    let height = u16::try_from(words.len()).unwrap_or(1).saturating_add(8).min(frame.area().height);
    let window = frame::Window { title: field.setting.title(), width: WIDTH, height, danger: false };
    let inside = frame::open(look, &window, frame);
    let mut y = 0;
    for line in &words {
        frame::put(frame, inside, y, line, theme.text);
        y += 1;
    }
    let now = format!("Now: {}", field.setting.show(&field.present));
    frame::put(frame, inside, y, &now, theme.dim);
    frame::put(frame, inside, y + 1, &usual, theme.dim);
    let row = frame::row(inside, y + 3);
    let (pieces, cursor) =
        typed::pieces(&field.typed, usize::from(row.width).saturating_sub(12), theme.field_active, None, theme);
    let line = [Span::styled("Shall be: ", theme.strong)].into_iter().chain(pieces);
    frame.render_widget(line.collect::<Line>(), row);
    look.pointer.put((row.x + 10 + cursor, row.y));
    if let Some(problem) = &field.problem {
        frame::put(frame, inside, y + 4, problem, theme.field_error);
    }
    let mut keys = look.keys(Context::Form, &[(Action::Choose, "stage it")]);
    keys.push((look.arrow(Action::Down, Context::Form), "usual values"));
    keys.extend(look.keys(Context::Form, &[(Action::Back, "leave it")]));
    frame::hints(look, frame, inside, &keys);
}
