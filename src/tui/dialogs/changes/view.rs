//! Drawing the changes that were cut short.

use ratatui::Frame;

use super::{Changes, Look, WIDTH};
use crate::tui::action::{Action, Context};
use crate::tui::view::{Look as Drawing, frame, text};

/// Draws the dialog.
pub fn draw(look: Drawing, list: &Changes, frame: &mut Frame) {
    let theme = look.theme;
    let width = WIDTH.min(frame.area().width);
    let room = usize::from(width.saturating_sub(4));
    let rows: Vec<Vec<String>> = list.rows.iter().map(|row| row.lines(room)).collect();
    let told: Vec<String> = list.unreadable.iter().flat_map(|why| text::wrap(&format!("! {why}"), room)).collect();
    let lines = rows.iter().map(Vec::len).sum::<usize>() + told.len();
    let height = u16::try_from(lines.max(1) + 4).unwrap_or(u16::MAX).min(frame.area().height);
    let window = frame::Window { title: "Cut short", width, height, danger: false };
    let inside = frame::open(look, &window, frame);
    let cursor = list.cursor.min(list.rows.len().saturating_sub(1));
    // the row under the cursor is seen whole where it fits
    let end: usize = rows.iter().take(cursor + 1).map(Vec::len).sum();
    let most = usize::from(inside.height.saturating_sub(2));
    let skipped = end.saturating_sub(most);
    if let Some(row) = rows.get(cursor) {
        let y = (end - row.len()).saturating_sub(skipped);
        look.pointer.put(frame::row(inside, u16::try_from(y).unwrap_or(0)).as_position());
    }
    let styled = rows.iter().zip(&list.rows).enumerate().flat_map(|(at, (lines, row))| {
        let style = match (&row.look, at == cursor) {
            (_, true) => theme.selected,
            (Look::Failed(_), _) => theme.warning,
            _ => theme.text,
        };
        lines.iter().map(move |line| (line, style))
    });
    let styled = styled.chain(told.iter().map(|line| (line, theme.warning)));
    for (y, (line, style)) in (0..).zip(styled.skip(skipped).take(most)) {
        frame::put(frame, inside, y, line, style);
    }
    if rows.is_empty() && told.is_empty() {
        frame::put(frame, inside, 0, "Nothing was cut short.", theme.dim);
    }
    let go_on = match list.current().map(|row| &row.look) {
        Some(Look::Looking(_)) | None => None,
        Some(Look::Failed(_)) => Some("look again"),
        Some(Look::Seen(read)) if read.unseen.is_some() => Some("look again"),
        Some(Look::Seen(read)) if read.left.is_empty() => Some("all right"),
        Some(Look::Seen(_)) => Some("review and go on"),
    };
    let mut words: Vec<(Action, &str)> = go_on.map(|words| (Action::Choose, words)).into_iter().collect();
    if !rows.is_empty() {
        words.push((Action::Forget, if list.sure.is_some() { "again forgets it" } else { "forget" }));
    }
    words.push((Action::Back, if rows.is_empty() { "close" } else { "later" }));
    frame::hints(look, frame, inside, &look.keys(Context::Changes, &words));
}
