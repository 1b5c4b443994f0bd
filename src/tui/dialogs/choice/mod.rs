//! "The 9 shown or all 12?": asked before acting when some marked keys are hidden.

use crate::domain::ids::KeyId;

mod update;
pub mod view;

#[derive(Debug)]
pub struct Choice {
    /// The marked keys that are shown, frozen.
    pub shown: Vec<KeyId>,
    pub all: Vec<KeyId>,
    /// Whether they are to be rotated; else revoked.
    pub rotate: bool,
}
