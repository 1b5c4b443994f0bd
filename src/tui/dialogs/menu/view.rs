//! Drawing the menus.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::{ColumnsMenu, SortMenu, StatesMenu, ThemesMenu};
use crate::domain::row::RowState;
use crate::domain::untrusted::visible;
use crate::tui::action::{Action, Context};
use crate::tui::text::thousands;
use crate::tui::view::{Look, frame, text};

/// Draws the columns to sort by.
pub fn draw_sort(look: Look, menu: &SortMenu, frame: &mut Frame) {
    let height = u16::try_from(menu.columns.len()).unwrap_or(0) + 4;
    let window = frame::Window { title: "Sort by", width: 44, height, danger: false };
    let inside = frame::open(look, &window, frame);
    let room = usize::from(inside.height.saturating_sub(2));
    let shown = frame::window(menu.columns.len(), room, (menu.cursor + 1).saturating_sub(room));
    for (y, at) in (0..).zip(shown) {
        let column = menu.columns[at];
        let now = match menu.sort.then {
            _ if column == menu.sort.column => {
                let arrow = if menu.sort.descending { "▼" } else { "▲" };
                format!("{arrow} {} turns it round", look.facts.keymap.press(Action::Choose, Context::Sort))
            }
            Some(then) if column == then.column => {
                format!("{} then by it", if then.descending { "▽" } else { "△" })
            }
            _ => String::new(),
        };
        let style = line_style(look, at == menu.cursor, frame::row(inside, y));
        let spans = vec![
            Span::styled(format!("{} ", column.letter()), look.theme.hint_key),
            Span::styled(text::fit(column.title(), 13), style),
            Span::styled(format!(" {now}"), look.theme.dim),
        ];
        frame.render_widget(Line::from(spans), frame::row(inside, y));
    }
    let words = [(Action::Choose, "sort"), (Action::ThenBy, "then by"), (Action::Back, "close")];
    frame::hints(look, frame, inside, &look.keys(Context::Sort, &words));
}

pub fn draw_themes(look: Look, menu: &ThemesMenu, frame: &mut Frame) {
    let height = u16::try_from(menu.names.len()).unwrap_or(u16::MAX).saturating_add(4);
    let window = frame::Window { title: "Theme", width: 40, height, danger: false };
    let inside = frame::open(look, &window, frame);
    let room = usize::from(inside.height.saturating_sub(2));
    let shown = frame::window(menu.names.len(), room, (menu.cursor + 1).saturating_sub(room));
    for (y, at) in (0..).zip(shown) {
        let style = line_style(look, at == menu.cursor, frame::row(inside, y));
        let name = text::cut(&visible(&menu.names[at]), usize::from(inside.width));
        frame.render_widget(Line::from(Span::styled(name, style)), frame::row(inside, y));
    }
    let keys = look.keys(Context::Themes, &[(Action::Choose, "use"), (Action::Back, "as before")]);
    frame::hints(look, frame, inside, &keys);
}

/// Draws the check boxes of columns.
pub fn draw_columns(look: Look, menu: &ColumnsMenu, frame: &mut Frame) {
    let height = u16::try_from(menu.boxes.len()).unwrap_or(0) + 4;
    let window = frame::Window { title: "Columns, from the left", width: 52, height, danger: false };
    let inside = frame::open(look, &window, frame);
    let room = usize::from(inside.height.saturating_sub(2));
    let shown = frame::window(menu.boxes.len(), room, (menu.cursor + 1).saturating_sub(room));
    for (y, at) in (0..).zip(shown) {
        let (column, checked) = menu.boxes[at];
        let check = if checked { "[x]" } else { "[ ]" };
        let style = line_style(look, at == menu.cursor, frame::row(inside, y));
        let words = Span::styled(text::fit(&format!("{check} {}", column.title()), 17), style);
        frame.render_widget(Line::from(words), frame::row(inside, y));
    }
    let keys = look.keys(
        Context::Columns,
        &[
            (Action::Toggle, "check"),
            (Action::Earlier, "left"),
            (Action::Later, "right"),
            (Action::UsualColumns, "reset"),
            (Action::Back, "close"),
        ],
    );
    frame::hints(look, frame, inside, &keys);
}

/// Draws the check boxes of states.
pub fn draw_states(look: Look, menu: &StatesMenu, frame: &mut Frame) {
    let window = frame::Window { title: "Show", width: 40, height: 7, danger: false };
    let inside = frame::open(look, &window, frame);
    for (y, (at, state)) in (0..).zip(StatesMenu::BOXES.into_iter().enumerate()) {
        let (name, count) = match state {
            RowState::Enabled => ("enabled", menu.counts.enabled),
            RowState::Disabled => ("disabled", menu.counts.disabled),
            _ => ("revoked", menu.counts.revoked),
        };
        let check = if menu.states.shows(state) { "[x]" } else { "[ ]" };
        let style = line_style(look, at == menu.cursor, frame::row(inside, y));
        let words = format!("{check} {name:<10} {:>9}", thousands(count));
        frame.render_widget(Line::styled(words, style), frame::row(inside, y));
    }
    let keys = look.keys(Context::States, &[(Action::Toggle, "check"), (Action::Back, "close")]);
    frame::hints(look, frame, inside, &keys);
}

/// How a line of a menu looks; on the chosen one stands the terminal's cursor.
fn line_style(look: Look, chosen: bool, row: Rect) -> Style {
    if !chosen {
        return look.theme.text;
    }
    look.pointer.put(row.as_position());
    look.theme.selected
}
