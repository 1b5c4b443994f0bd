//! Drawing the choice of whom keys go to.

use ratatui::Frame;

use super::Recipient;
use crate::tui::dialogs::person::view::{MOST, draw as draw_person};
use crate::tui::text::thousands;
use crate::tui::view::{Look, frame};

const WIDTH: u16 = 66;

/// Draws the dialog.
pub fn draw(look: Look, recipient: &Recipient, frame: &mut Frame) {
    let title = match recipient.ids.len() {
        1 => "Hand it over to whom?".to_owned(),
        many => format!("Hand {} keys over to whom?", thousands(many)),
    };
    let offered = recipient.offered(&look.facts);
    let rows = u16::try_from(offered.len()).unwrap_or(MOST).clamp(1, MOST);
    let window = frame::Window { title: &title, width: WIDTH, height: rows + 6, danger: false };
    let inside = frame::open(look, &window, frame);
    draw_person(look, &recipient.person, &offered, "review", frame, inside);
}
