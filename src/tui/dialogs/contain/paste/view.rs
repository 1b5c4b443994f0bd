//! Drawing what is pasted: its length as dots, and what was recognised in it.

use ratatui::Frame;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::Paste;
use crate::tui::action::{Action, Context};
use crate::tui::view::{Look, frame, text};

/// Columns of the window, where there are as many.
const WIDTH: u16 = 78;

/// Draws the dialog.
pub fn draw(look: Look, paste: &Paste, frame: &mut Frame) {
    let theme = look.theme;
    let columns = usize::from(WIDTH.min(frame.area().width).saturating_sub(4));
    let mut lines: Vec<(String, Style)> = Vec::new();
    let mut say = |words: &str, style: Style| {
        lines.extend(text::wrap(words, columns).into_iter().map(|line| (line, style)));
    };
    if let Some(recognised) = paste.recognised.as_ref().filter(|_| !paste.is_empty()) {
        say(&recognised.words(), if recognised.is_enough() { theme.strong } else { theme.warning });
        for (what, hint) in &recognised.rest {
            say(&format!("{what}: {hint}"), theme.dim);
        }
    } else {
        say("Paste what leaked: a key, a line of a log, an address, a diff, several at once.", theme.text);
        say(
            "It is not shown. Values in it are found here and looked up by their hash; a value of this server is then \
             tried, whether it still works.",
            theme.dim,
        );
    }
    if let Some(problem) = &paste.problem {
        say(problem, theme.field_error);
    }
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(6).min(frame.area().height);
    let window = frame::Window { title: "Contain a leak", width: WIDTH, height, danger: false };
    let inside = frame::open(look, &window, frame);
    let room = usize::from(inside.width.saturating_sub(2));
    let dots = paste.characters().min(room.saturating_sub(1));
    let field = vec![Span::styled("▏", theme.label), Span::styled("•".repeat(dots), theme.filter_masked)];
    frame.render_widget(Line::from(field), frame::row(inside, 0));
    look.pointer.put((inside.x + 1 + u16::try_from(dots).unwrap_or_default(), inside.y));
    let last = inside.height.saturating_sub(2);
    for (y, (line, style)) in (2..last.max(2)).zip(&lines) {
        frame::put(frame, inside, y, line, *style);
    }
    let words = [(Action::Choose, "whose is it?"), (Action::Back, "close")];
    frame::hints(look, frame, inside, &look.keys(Context::Form, &words));
}
