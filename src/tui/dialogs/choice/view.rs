//! Drawing the choice between the shown and all marked keys.

use ratatui::Frame;

use super::Choice;
use crate::tui::app::thousands;
use crate::tui::view::{Look, frame};

/// Draws the dialog.
pub fn draw(look: Look, choice: &Choice, frame: &mut Frame) {
    let (shown, all) = (choice.shown.len(), choice.all.len());
    let title = format!("The {} shown or all {}?", thousands(shown), thousands(all));
    let window = frame::Window { title: &title, width: 60, height: 7, danger: true };
    let inside = frame::open(look, &window, frame);
    let hidden = thousands(all.saturating_sub(shown));
    frame::put(frame, inside, 0, &format!("{hidden} of the marked keys are hidden: the filter or"), look.theme.text);
    frame::put(frame, inside, 1, "the states shown leave them out.", look.theme.text);
    let (some, every) = (format!("the {} shown", thousands(shown)), format!("all {}", thousands(all)));
    frame::hints(look, frame, inside, &[("s", &some), ("a", &every), ("Esc", "neither")]);
}
