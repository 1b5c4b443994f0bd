//! "The 9 shown or all 12?": asked before acting when some marked keys are hidden.

use crate::domain::ids::KeyId;
use crate::tui::dialogs::Dialog;
use crate::tui::request::Request;

mod update;
pub mod view;

#[derive(Debug)]
pub struct Choice {
    /// The marked keys that are shown, frozen.
    pub shown: Vec<KeyId>,
    pub all: Vec<KeyId>,
    pub then: Then,
}

/// What is to be done to the keys that are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    Revoke,
    Rotate,
    /// Disable them, or enable those that are disabled.
    Toggle,
}

impl Then {
    /// Asks for it.
    pub fn request(self, ids: Vec<KeyId>) -> Request<Dialog> {
        match self {
            Self::Revoke => Request::Review(ids),
            Self::Rotate => Request::Rotate(ids),
            Self::Toggle => Request::Toggle(ids),
        }
    }
}
