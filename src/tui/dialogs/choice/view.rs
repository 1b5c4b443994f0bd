//! Drawing the choice between the shown and all marked keys.

use ratatui::Frame;

use super::Choice;
use crate::tui::action::{Action, Context};
use crate::tui::text::thousands;
use crate::tui::view::{Look, frame, text};

/// Draws the dialog.
pub fn draw(look: Look, choice: &Choice, frame: &mut Frame) {
    let (shown, all) = (choice.shown.len(), choice.all.len());
    let title = format!("The {} shown or all {}?", thousands(shown), thousands(all));
    let window = frame::Window { title: &title, width: 60, height: 7, danger: true };
    let inside = frame::open(look, &window, frame);
    let hidden = thousands(all.saturating_sub(shown));
    let words = format!(
        "{hidden} of the marked {} are hidden: the filter or the states shown leave them out.",
        choice.then.rows()
    );
    for (y, line) in (0..).zip(text::wrap(&words, usize::from(inside.width))) {
        frame::put(frame, inside, y, &line, look.theme.text);
    }
    let (some, every) = (format!("the {} shown", thousands(shown)), format!("all {}", thousands(all)));
    let words = [(Action::OnlyShown, some.as_str()), (Action::AllMarked, &every), (Action::Back, "neither")];
    frame::hints(look, frame, inside, &look.keys(Context::Choice, &words));
}
