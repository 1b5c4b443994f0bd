//! Drawing a leak that is being contained.

use ratatui::Frame;

use super::{Contain, Stage, case, paste};
use crate::tui::view::Look;

/// Draws the dialog.
pub fn draw(look: Look, contain: &Contain, frame: &mut Frame) {
    match &contain.stage {
        Stage::Paste(paste) => paste::view::draw(look, paste, frame),
        Stage::Case(case) => case::view::draw(look, case, frame),
    }
}
