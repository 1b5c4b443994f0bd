//! Drawing the list of notices.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::update::room;
use super::{Notices, Read, about, became, mark};
use crate::domain::notice::{Notice, NoticeState};
use crate::tui::action::{Action, Context};
use crate::tui::text::thousands;
use crate::tui::theme::Theme;
use crate::tui::view::{Look, frame, text};

/// Draws the dialog.
pub fn draw(look: Look, list: &Notices, frame: &mut Frame) {
    let (theme, height) = (look.theme, frame.area().height);
    let window = frame::Window { title: &title(list), width: 116, height, danger: false };
    let inside = frame::open(look, &window, frame);
    let widths = widths(usize::from(inside.width));
    let titles = cells(["", "WHEN", "WHAT", "KEY", "TO"], widths);
    frame.render_widget(Line::styled(titles.concat(), theme.column_title), frame::row(inside, 0));
    let (rows, most) = (list.rows(), room(height));
    let cursor = list.cursor.min(rows.len().saturating_sub(1));
    for (y, at) in (1..).zip(frame::window(rows.len(), most, (cursor + 1).saturating_sub(most))) {
        let mut spans = spans(&rows[at], widths, theme);
        if at == cursor {
            frame::select(theme, &mut spans);
            look.pointer.put(frame::row(inside, y).as_position());
        }
        frame.render_widget(Line::from(spans), frame::row(inside, y));
    }
    let below = Rect { y: inside.bottom().saturating_sub(4), height: 3.min(inside.height), ..inside };
    let (words, style) = match (&list.read, list.current()) {
        (Read::Reading, _) => ("Reading …".to_owned(), theme.dim),
        (Read::Failed(error), _) => (format!("{error}; {}", error.hint()), theme.danger),
        (Read::Here(..), None) if list.query.state.is_some() => ("There is none in this state.".to_owned(), theme.dim),
        (Read::Here(..), None) => ("Nobody was told anything in the last month.".to_owned(), theme.dim),
        (Read::Here(..), Some(notice)) => {
            (format!("{}. {}", became(notice, &look.facts), about(notice)), of_state(&notice.state, theme))
        }
    };
    for (y, line) in (0..3).zip(text::wrap(&words, usize::from(inside.width))) {
        frame::put(frame, below, y, &line, style);
    }
    let next = list.next_state();
    let next = next.as_ref().map_or("all", NoticeState::word);
    let words = [
        (Action::Back, "close"),
        (Action::States, next),
        (Action::Refresh, "read again"),
        (Action::CopyId, "copy the key's id"),
    ];
    frame::hints(look, frame, inside, &look.keys(Context::Notices, &words));
}

fn title(list: &Notices) -> String {
    let whose = if list.query.mine { "Your notices" } else { "Notices" };
    let state = list.query.state.as_ref().map(|state| format!(" · {state}")).unwrap_or_default();
    match &list.read {
        Read::Here(rows, Some(total)) if *total > rows.len() as u64 => {
            let total = usize::try_from(*total).unwrap_or(usize::MAX);
            format!("{whose}{state} · the latest {} of {}", thousands(rows.len()), thousands(total))
        }
        Read::Here(rows, _) => format!("{whose}{state} · {}", thousands(rows.len())),
        Read::Reading | Read::Failed(_) => format!("{whose}{state}"),
    }
}

/// Columns of the mark, when, what, the key and the recipient; the last ones go where there is no room.
fn widths(all: usize) -> [usize; 5] {
    let (when, what) = match all {
        ..60 => (0, 14),
        60..100 => (12, 20),
        _ => (17, 34),
    };
    let rest = all.saturating_sub(2 + when + what);
    if all < 60 { [2, when, what, rest, 0] } else { [2, when, what, rest / 2, rest - rest / 2] }
}

fn cells(line: [&str; 5], widths: [usize; 5]) -> [String; 5] {
    let mut at = 0;
    line.map(|words| {
        let columns = widths[at];
        at += 1;
        if columns == 0 { String::new() } else { format!("{} ", text::fit(words, columns - 1)) }
    })
}

fn spans(notice: &Notice, widths: [usize; 5], theme: &Theme) -> Vec<Span<'static>> {
    let form = if widths[1] > 12 { "%Y-%m-%d %H:%M" } else { "%m-%d %H:%M" };
    let when = notice.due.time().map(|at| at.format(form).to_string()).unwrap_or_default();
    let key =
        if notice.key_name.is_empty() { notice.key_id.to_string() } else { notice.key_name.marked().into_owned() };
    let to = if notice.recipient.is_empty() { "nobody".to_owned() } else { notice.recipient.to_string() };
    let (mark, what) = (mark(&notice.state).to_string(), notice.occasion.in_words());
    let style = of_state(&notice.state, theme);
    let styles = [style, theme.dim, style, theme.text, theme.dim];
    let cells = cells([&mark, &when, &what, &key, &to], widths);
    cells.into_iter().zip(styles).map(|(cell, style)| Span::styled(cell, style)).collect()
}

fn of_state(state: &NoticeState, theme: &Theme) -> Style {
    match state {
        NoticeState::Dead => theme.danger,
        NoticeState::Waiting => theme.warning,
        NoticeState::Sent => theme.text,
        NoticeState::Void | NoticeState::Other(_) => theme.dim,
    }
}
