//! "The 9 shown or all 12?": asked before acting when some marked keys are hidden.

use crate::domain::ids::KeyId;
use crate::tui::dialogs::Dialog;
use crate::tui::request::{OnFindings, Request};

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
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Then {
    Revoke,
    Rotate,
    /// Give them another owner.
    HandOver,
    /// Disable them, or enable those that are disabled.
    Toggle,
    /// Deal with findings, or with the keys behind them.
    Findings(OnFindings),
}

impl Then {
    /// What is marked.
    pub fn rows(&self) -> &'static str {
        match self {
            Self::Revoke | Self::Rotate | Self::HandOver | Self::Toggle => "keys",
            Self::Findings(_) => "findings",
        }
    }

    /// Asks for it.
    pub fn request(self, ids: Vec<KeyId>) -> Request<Dialog> {
        match self {
            Self::Revoke => Request::Review(ids),
            Self::Rotate => Request::Rotate(ids),
            Self::HandOver => Request::ChooseRecipient(ids),
            Self::Toggle => Request::Toggle(ids),
            Self::Findings(what) => Request::OnFindings(what, ids),
        }
    }
}
