//! Drawing the plan page.

use ratatui::Frame;
use ratatui::text::{Line as Row, Span};

use super::{Agree, Line};
use crate::tui::dialogs::rotate::view::open;
use crate::tui::view::{Look, frame, text};

/// Draws the page.
pub fn draw(look: Look, plan: &Agree, frame: &mut Frame) {
    let theme = look.theme;
    let size = frame.area().as_size().into();
    let danger = plan.is_emergency();
    let note = if danger { "EMERGENCY: the old key goes first" } else { "nothing is done yet" };
    let inside = open(look, &format!("Rotate {}: the plan", plan.name()), note, danger, frame);
    let (columns, rows) = Agree::room(size);
    let lines = plan.lines(look.app.now.utc, columns);
    let shown = frame::window(lines.len(), rows, plan.scroll);
    let more = lines.len() - shown.end;
    for (y, line) in (0..).zip(&lines[shown]) {
        let style = match line {
            Line::Key(_) => theme.strong,
            Line::Note(_) => theme.dim,
            Line::Step(_, true) => theme.danger,
            Line::Step(_, false) => theme.text,
        };
        frame::put(frame, inside, y, line.text(), style);
    }
    let below = inside.height.saturating_sub(2);
    let legend = if more > 0 { format!("… {more} more lines, scroll") } else { "! cannot be taken back".to_owned() };
    frame::put(frame, inside, below, &legend, theme.dim);
    let area = frame::row(inside, below + 1);
    let confirm = &plan.confirm;
    let mut spans = vec![Span::styled(confirm.words("rotate"), theme.strong)];
    if let Some(problem) = confirm.problem {
        spans.push(Span::styled(format!("   {problem}"), theme.field_error));
    }
    frame.render_widget(Row::from(spans), area);
    if confirm.problem.is_none() && text::width(&confirm.words("rotate")) + 16 <= usize::from(area.width) {
        let back = [Span::styled("Esc", theme.hint_key), Span::styled(" change it", theme.hint_text)];
        frame.render_widget(Row::from(back.to_vec()).right_aligned(), area);
    }
}
