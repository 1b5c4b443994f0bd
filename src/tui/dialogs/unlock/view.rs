//! Drawing the form.

use ratatui::Frame;

use super::Unlock;
use crate::domain::untrusted::visible;
use crate::tui::dialogs::form::view::{Window, draw as draw_form};
use crate::tui::view::Look;

pub fn draw(look: Look, dialog: &Unlock, frame: &mut Frame) {
    let title = format!("Change something through {}, which is read-only", visible(&dialog.profile));
    let window = Window { title: &title, does: "unlock" };
    draw_form(look, &dialog.form, &window, |about| dialog.check(about), frame);
}
