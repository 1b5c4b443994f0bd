//! Drawing the wizard: the whole window, one page at a time.

use ratatui::Frame;
use ratatui::text::{Line, Span};

use super::{Page, Wizard, agree, draft, run};
use crate::tui::view::{Look, frame, text};

/// Draws the dialog.
pub fn draw(look: Look, wizard: &Wizard, frame: &mut Frame) {
    match (&wizard.page, &wizard.draft, &wizard.run) {
        (Page::Draft, Some(draft), _) => draft::view::draw(look, draft, wizard.changing.is_some(), frame),
        (Page::Agree(plan), ..) => agree::view::draw(look, plan, frame),
        (Page::Run, _, Some(run)) => run::view::draw(look, run, frame),
        _ => {
            let inside = open(look, "Rotate", "", false, frame);
            frame::put(frame, inside, 0, "Beginning …", look.theme.dim);
        }
    }
}

/// Draws the border around the whole window, with a title and what stands opposite to it.
pub fn open(look: Look, title: &str, note: &str, danger: bool, frame: &mut Frame) -> ratatui::layout::Rect {
    let area = frame.area();
    let inside = frame::open(look, &frame::Window { title, width: area.width, height: area.height, danger }, frame);
    let badge = match text::width(frame::badge(look)) {
        0 => 0,
        width => width + 1,
    };
    let room = usize::from(area.width).saturating_sub(text::width(title) + 8 + badge);
    if !note.is_empty() && text::width(note) + 2 <= room {
        let style = if danger { look.theme.dialog_danger } else { look.theme.dim };
        let width = u16::try_from(text::width(note) + 2).unwrap_or(0);
        let right = area.right() - u16::try_from(badge).unwrap_or(0);
        let at = ratatui::layout::Rect { x: right - width - 2, y: area.y, width, height: 1 };
        frame.render_widget(Line::from(Span::styled(format!(" {note} "), style)), at);
    }
    inside
}
