//! Drawing the draft.

use ratatui::Frame;

use super::{About, Draft};
use crate::tui::dialogs::form::view::{Geometry, Notes, draw_fields, notes};
use crate::tui::dialogs::rotate::view::open;
use crate::tui::view::{Look, frame, text};

/// Columns of the labels.
const LABELS: usize = 11;

/// Draws the page; `again` says that the rotation is begun already.
pub fn draw(look: Look, draft: &Draft, again: bool, frame: &mut Frame) {
    let title = match &draft.keys[..] {
        [one] => format!("Rotate {}", one.old.name.marked()),
        keys => format!("Rotate {} keys", keys.len()),
    };
    let note = if again { "nothing is made yet" } else { "nothing is done yet" };
    let inside = open(look, &title, note, false, frame);
    let room = usize::from(inside.width).saturating_sub(LABELS);
    let rows = usize::from(inside.height).saturating_sub(2);
    let (form, now) = (&draft.form, look.facts.now.utc);
    let words = notes(look, form, |about| draft.check(about, now), hint);
    let mut notes: Notes = words.into_iter().map(|(words, style)| (text::wrap(&words, room), style)).collect();
    // what the person is at is said in full, the rest where there is room
    let whole: usize = notes.iter().map(|(lines, _)| lines.len() + 1).sum();
    if whole > rows {
        for (at, (lines, style)) in notes.iter_mut().enumerate() {
            if at != form.focus() && *style != look.theme.field_error {
                lines.clear();
            }
        }
    }
    let heights: Vec<usize> =
        form.entries().iter().zip(&notes).map(|(entry, (lines, _))| entry.rows() + lines.len()).collect();
    let first = first_shown(&heights, form.focus(), rows);
    draw_fields(look, form, &notes, &Geometry { labels: LABELS, indent: LABELS, first, rows }, frame, inside);
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

fn hint(about: About) -> &'static str {
    match about {
        About::Places => {
            "env-file:PATH:NAME, file:PATH, yaml:PATH:KEY, vault:PATH:FIELD, gh:OWNER/REPOSITORY:NAME, command:PROGRAM, \
             clipboard; several: with ; between"
        }
        _ => "",
    }
}
