//! Drawing the form of a new key.

use ratatui::Frame;

use super::{Kind, NewKey};
use crate::tui::dialogs::form::view::{Window, draw as draw_form};
use crate::tui::view::Look;

pub fn draw(look: Look, dialog: &NewKey, frame: &mut Frame) {
    let title = match dialog.kind {
        Kind::ApiKey => "New key",
        Kind::CollectionKey => "New collection access key",
    };
    let check = |name| dialog.check(name, look.facts.now.utc);
    draw_form(look, &dialog.form, &Window { title, does: "make the key" }, check, frame);
}
