//! Drawing the form of a finding's resolution.

use ratatui::Frame;

use super::Resolve;
use crate::domain::finding::Resolution;
use crate::tui::dialogs::form::view::{Window, draw as draw_form};
use crate::tui::view::Look;

pub fn draw(look: Look, dialog: &Resolve, frame: &mut Frame) {
    let finding = &dialog.finding;
    let what = if finding.key_name.is_empty() { &finding.secret_type } else { &finding.key_name };
    let (title, does) = match dialog.resolution {
        Resolution::FalsePositive => (format!("{what}: a false positive"), "resolve it so"),
        _ => (format!("{what}: accept the risk"), "accept it"),
    };
    draw_form(look, &dialog.form, &Window { title: &title, does }, |_| dialog.check(), frame);
}
