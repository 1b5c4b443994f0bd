//! Drawing the draft.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::{Draft, Entry};
use crate::tui::dialogs::new_key::Check;
use crate::tui::dialogs::rotate::view::open;
use crate::tui::view::{Look, frame, text, typed};

/// Columns of the labels.
const LABELS: usize = 11;

/// Draws the page; `again` says that the rotation is begun already.
pub fn draw(look: Look, draft: &Draft, again: bool, frame: &mut Frame) {
    let title = match &draft.keys[..] {
        [one] => format!("Rotate {}", one.old.name),
        keys => format!("Rotate {} keys", keys.len()),
    };
    let note = if again { "nothing is made yet" } else { "nothing is done yet" };
    let inside = open(look, &title, note, false, frame);
    let room = usize::from(inside.width).saturating_sub(LABELS);
    let rows = usize::from(inside.height).saturating_sub(2);
    let notes: Vec<(Vec<String>, Style)> = (0..draft.entries.len())
        .map(|at| {
            let (words, style) = note_of(look, draft, at);
            (text::wrap(&words, room), style)
        })
        .collect();
    // what the person is at is said in full, the rest where there is room
    let whole: usize = notes.iter().map(|(lines, _)| lines.len() + 1).sum();
    let short = whole > rows;
    let heights: Vec<usize> = notes
        .iter()
        .enumerate()
        .map(|(at, (lines, style))| match (short, at == draft.focus || *style == look.theme.field_error) {
            (true, false) => 1,
            _ => lines.len() + 1,
        })
        .collect();
    let first = first_shown(&heights, draft.focus, rows);
    let mut y = 0;
    for (at, entry) in draft.entries.iter().enumerate().skip(first) {
        if usize::from(y) + heights[at] > rows {
            break;
        }
        draw_field(look, frame, frame::row(inside, y), entry, at == draft.focus);
        let shift = u16::try_from(LABELS).unwrap_or(0);
        let below = Rect { x: inside.x + shift, width: inside.width.saturating_sub(shift), ..inside };
        for (row, line) in (y + 1..).zip(notes[at].0.iter().take(heights[at] - 1)) {
            frame::put(frame, below, row, line, notes[at].1);
        }
        y += u16::try_from(heights[at]).unwrap_or(1);
    }
    let back = if again { "back to the rotation" } else { "close" };
    frame::hints(look, frame, inside, &[("Enter", "see the plan"), ("Tab", "next field"), ("Esc", back)]);
}

/// The first field shown so that the one with the focus is.
fn first_shown(heights: &[usize], focus: usize, rows: usize) -> usize {
    let mut first = 0;
    while first < focus && heights[first..=focus].iter().sum::<usize>() > rows {
        first += 1;
    }
    first
}

fn note_of(look: Look, draft: &Draft, at: usize) -> (String, Style) {
    let theme = look.theme;
    match draft.check(at, look.facts.now.utc) {
        Check::Right(words) => (words, theme.dim),
        Check::Needed if draft.pressed => ("this cannot be empty".to_owned(), theme.field_error),
        Check::Needed => (hint(&draft.entries[at]).to_owned(), theme.dim),
        Check::Wrong(words) => (words, theme.field_error),
    }
}

fn hint(entry: &Entry) -> &'static str {
    match entry.about {
        super::About::Places => {
            "env-file:PATH:NAME, file:PATH, vault:PATH:FIELD, gh:OWNER/REPOSITORY:NAME, command:PROGRAM, clipboard"
        }
        _ => "",
    }
}

fn draw_field(look: Look, frame: &mut Frame, area: Rect, entry: &Entry, focused: bool) {
    let theme = look.theme;
    let room = usize::from(area.width).saturating_sub(LABELS + 1);
    let style = if focused { theme.field_active } else { theme.field };
    let (typed, cursor) = typed::pieces(&entry.field, room, style, None, theme);
    let used: usize = typed.iter().map(Span::width).sum();
    let mut spans = vec![Span::styled(text::fit(entry.about.label(), LABELS), theme.label)];
    spans.extend(typed);
    spans.push(Span::styled(" ".repeat(room.saturating_sub(used)), style));
    frame.render_widget(Line::from(spans), area);
    if focused {
        frame.set_cursor_position((area.x + u16::try_from(LABELS).unwrap_or(0) + cursor, area.y));
    }
}
