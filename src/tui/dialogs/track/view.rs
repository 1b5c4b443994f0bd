//! Drawing the form of a tracked key.

use ratatui::Frame;

use super::{Purpose, Track};
use crate::tui::dialogs::form::view::{Window, draw as draw_form};
use crate::tui::view::Look;

pub fn draw(look: Look, dialog: &Track, frame: &mut Frame) {
    let (title, does) = match &dialog.purpose {
        Purpose::Add => ("Write a key down".to_owned(), "write it down"),
        Purpose::Edit(key) => (format!("Edit {}, as it is written down", key.name.marked()), "save"),
        Purpose::Remove(key) => (format!("Forget {}", key.name.marked()), "forget it"),
        Purpose::Probe(key) => (format!("Is {} alive?", key.name.marked()), "ask, which costs one call"),
    };
    let check = |name| dialog.check(name, look.facts.now.utc);
    draw_form(look, &dialog.form, &Window { title: &title, does }, check, frame);
}
