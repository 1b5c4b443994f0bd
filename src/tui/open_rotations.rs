//! The rotations that are open on this machine, from the journal on its disk.

use crate::domain::rotation::Rotation;

/// The rotations that are open on this machine, as far as is known.
#[derive(Debug, Default)]
pub struct OpenRotations {
    /// Those that can be read.
    pub list: Vec<Rotation>,
    /// What is told of those that cannot.
    pub unreadable: Vec<String>,
    /// Whether they were told of once.
    pub announced: bool,
}
