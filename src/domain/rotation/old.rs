//! What is known of the two keys: that the new one is accepted, how the old one stands.

use crate::domain::key::{Key, Status};
use crate::domain::time::{Time, When};
use crate::domain::untrusted::Untrusted;

/// The proof that the new key is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proof {
    pub at: Time,
}

/// What a look at the old key showed.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// When, as far as that is sure: an overlap that is over by this is over.
    pub at: Time,
    /// Enabled, disabled, revoked or a word that this version does not know.
    pub status: String,
    pub last_used: When,
    pub last_used_from: Option<Untrusted>,
}

impl Seen {
    /// What `key` shows at `at`.
    pub fn of(key: &Key, at: Time) -> Self {
        Self {
            at,
            status: key.status.word().to_owned(),
            last_used: key.last_used.clone(),
            last_used_from: key.last_used_from.clone(),
        }
    }

    /// Whether it was accepted then.
    pub fn is_enabled(&self) -> bool {
        self.status == Status::Enabled.word()
    }

    /// Whether it is refused for now.
    pub fn is_disabled(&self) -> bool {
        self.status == Status::Disabled.word()
    }

    /// Whether it is over for ever.
    pub fn is_revoked(&self) -> bool {
        self.status == Status::Revoked.word()
    }
}

/// What became of the old key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OldState {
    /// Untouched, apart from a deadline.
    Live,
    /// Disabled, by this rotation or by its own expiry.
    Disabled,
    Revoked,
}

/// Why the overlap is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Release {
    /// The old key was not used since the systems were moved over.
    Unused,
    /// The backend does not tell when a key is used, so nobody saw whether it still was.
    Unwatched,
    /// It is accepted no more anyway.
    Dead,
    /// A person said so, with this reason.
    Forced(String),
}

/// Whether the old value is refused now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OldProof {
    /// It was tried, and refused.
    Refused,
    /// It is not known here, so it could not be tried; the server says that it is revoked.
    NotKnown,
    /// That it is refused could not be proven, and a person let it be.
    Unproven,
}
