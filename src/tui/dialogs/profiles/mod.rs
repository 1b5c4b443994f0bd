//! The profiles of the configuration, to go to another one.

use crate::tui::session::ProfileLine;

mod update;
pub mod view;

/// The list.
#[derive(Debug)]
pub struct ProfilesMenu {
    pub lines: Vec<ProfileLine>,
    pub cursor: usize,
}

impl ProfilesMenu {
    /// The list, the cursor on the profile that the console is on.
    pub fn new(lines: Vec<ProfileLine>, here: &str) -> Self {
        let cursor = lines.iter().position(|line| line.name == here).unwrap_or(0);
        Self { lines, cursor }
    }
}
