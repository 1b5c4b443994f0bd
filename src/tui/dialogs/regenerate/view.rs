//! Drawing the form of a new value.

use ratatui::Frame;

use super::Regenerate;
use crate::tui::dialogs::form::view::{Window, draw as draw_form};
use crate::tui::view::Look;

pub fn draw(look: Look, dialog: &Regenerate, frame: &mut Frame) {
    let title = format!("A new value for {}", dialog.key.name.marked());
    let check = |about| dialog.check(about, look.facts.now.utc);
    draw_form(look, &dialog.form, &Window { title: &title, does: "make the value" }, check, frame);
}
