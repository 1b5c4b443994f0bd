//! Drawing the review before every key of the team is revoked.

use ratatui::Frame;
use ratatui::text::{Line, Span};

use super::{RevokeAllDialog, Stage};
use crate::tui::action::{Action, Context};
use crate::tui::view::{Look, frame, text, typed};

const WIDTH: u16 = 72;

/// Draws the dialog.
pub fn draw(look: Look, all: &RevokeAllDialog, frame: &mut Frame) {
    let theme = look.theme;
    let wished = u16::try_from(all.totals.len()).unwrap_or(u16::MAX).saturating_add(9);
    let height = wished.min(22).min(frame.area().height);
    let window = frame::Window { title: "Revoke every key of the team?", width: WIDTH, height, danger: true };
    let inside = frame::open(look, &window, frame);
    let head = format!("{} keys of {}, for ever. This cannot be undone.", all.count(), all.team);
    frame::put(frame, inside, 0, &head, theme.danger);
    let room = usize::from(inside.height.saturating_sub(6));
    let shown = frame::window(all.totals.len(), room, all.scroll);
    let more = all.totals.len().saturating_sub(shown.end);
    for (y, total) in (1..).zip(&all.totals[shown]) {
        let used = if total.used > 0 { format!("{} used in the last 24 h", total.used) } else { String::new() };
        let spans = [
            Span::styled(text::fit(&total.owner, 28), theme.text),
            Span::styled(format!("{:>7}  ", total.keys), theme.strong),
            Span::styled(used, theme.warning),
        ];
        frame.render_widget(Line::from_iter(spans), frame::row(inside, y));
    }
    let at = inside.height.saturating_sub(5);
    if more > 0 {
        frame::put(frame, inside, at, &format!("and {more} more owners"), theme.dim);
    }
    if all.own.is_some() {
        let words = if all.include_own {
            "The key this console uses goes, too: nothing more will load here"
        } else {
            "Left out: the key this console uses"
        };
        frame::put(frame, inside, at + 1, words, if all.include_own { theme.warning } else { theme.dim });
    }
    match &all.stage {
        Stage::Asking => {
            let row = frame::row(inside, at + 3);
            let question = format!("Type {} and Enter: ", all.team);
            let wide = u16::try_from(text::width(&question)).unwrap_or(0);
            let left = usize::from(row.width.saturating_sub(wide + 1));
            let (pieces, cursor) = typed::pieces(&all.typed, left, theme.field_active, None, theme);
            let line = [Span::styled(question, theme.strong)].into_iter().chain(pieces);
            frame.render_widget(line.collect::<Line>(), row);
            look.pointer.put((row.x + wide + cursor, row.y));
            if let Some(problem) = &all.problem {
                frame::put(frame, inside, at + 2, problem, theme.field_error);
            }
            let own = if all.include_own { "leave the own key out" } else { "the own key, too" };
            let keys = [(Action::Next, own), (Action::Back, "back")];
            frame::hints(look, frame, inside, &look.keys(Context::Form, &keys));
        }
        Stage::Sending => frame::put(frame, inside, at + 3, "Sending …", theme.dim),
        Stage::UnderWay(act) => {
            frame::put(frame, inside, at + 2, "No key of them is accepted any more. Their records follow:", theme.text);
            frame::put(frame, inside, at + 3, &format!("{} of {} done", act.done, act.total), theme.strong);
            let close = [(Action::Back, "close: the server goes on")];
            frame::hints(look, frame, inside, &look.keys(Context::Form, &close));
        }
        Stage::Over(words) => {
            for (y, line) in (at + 2..).zip(text::wrap(words, usize::from(inside.width)).iter().take(2)) {
                frame::put(frame, inside, y, line, theme.strong);
            }
            frame::hints(look, frame, inside, &look.keys(Context::Form, &[(Action::Back, "close")]));
        }
    }
}
