//! The incidents that were cut short: each with where it stands, to go on with.

use crate::domain::incident::Incident;

mod update;
pub mod view;

/// The list.
#[derive(Debug)]
pub struct Incidents {
    /// Those that may be gone on with, the oldest first.
    pub list: Vec<Incident>,
    /// What is told of those that cannot be read.
    pub unreadable: Vec<String>,
    pub cursor: usize,
}

impl Incidents {
    pub fn new(list: Vec<Incident>, unreadable: Vec<String>) -> Self {
        Self { list, unreadable, cursor: 0 }
    }

    /// The one under the cursor.
    pub fn current(&self) -> Option<&Incident> {
        self.list.get(self.cursor.min(self.list.len().saturating_sub(1)))
    }
}
