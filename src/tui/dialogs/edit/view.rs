//! Drawing the form of a key's name and contacts.

use ratatui::Frame;

use super::Edit;
use crate::tui::dialogs::form::view::{Window, draw as draw_form};
use crate::tui::view::Look;

pub fn draw(look: Look, dialog: &Edit, frame: &mut Frame) {
    let title = format!("Edit {}", dialog.key.name.marked());
    draw_form(look, &dialog.form, &Window { title: &title, does: "save" }, |name| dialog.check(name), frame);
}
