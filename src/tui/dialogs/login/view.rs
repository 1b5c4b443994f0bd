//! Drawing the form.

use ratatui::Frame;

use super::Login;
use crate::tui::dialogs::form::view::{Window, draw as draw_form};
use crate::tui::view::Look;

pub fn draw(look: Look, dialog: &Login, frame: &mut Frame) {
    let now = look.facts.now.running;
    let title = format!("Log in to {}", dialog.address);
    let does = if dialog.sent.is_some() { "log in" } else { "have a password sent" };
    let window = Window { title: &title, does };
    draw_form(look, &dialog.form, &window, |about| dialog.check(about, now), frame);
}
