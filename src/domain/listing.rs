//! What is asked of a backend and what its answers say beside the rows.

use super::ids::KeyId;
use super::key::Access;
use super::key_value;
use super::secret::Secret;
use super::time::Time;

/// Which keys to list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// The caller's own API keys.
    Mine,
    /// The whole team's API keys (admin).
    Team,
    /// Collection access keys, the caller's and the team's.
    Collections,
}

/// What is left of the rate limit, as the last answer said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// Calls in a window.
    pub limit: u32,
    /// Calls left in this window.
    pub remaining: u32,
    /// Seconds until the window begins again.
    pub reset_seconds: u32,
    /// Length of a window in seconds.
    pub window_seconds: u32,
}

/// A change to an API key; what is none stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyChange {
    /// 1–255 characters.
    pub name: Option<String>,
    /// Replaces the list; empty: the owner is told.
    pub contacts: Option<Vec<String>>,
    /// Whether it is accepted from now on.
    pub enabled: Option<bool>,
    /// With `enabled: false`: when it is accepted again by itself, at most 7 days from now.
    pub disabled_until: Option<Time>,
    /// Earlier than it expires now: a date may only be brought forward.
    pub expires: Option<Time>,
    /// Less than it has now: access is only narrowed.
    pub access: Option<Access>,
    /// Why, for the audit log: at most 2000 characters.
    pub note: Option<String>,
}

/// What a backend is told of a value that was minted here: never the value itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MintedValue {
    pub fingerprint: String,
    pub masked: String,
}

impl MintedValue {
    /// What a backend is told of `value`.
    pub fn of(value: &Secret) -> Self {
        Self { fingerprint: key_value::fingerprint(value.expose()), masked: key_value::mask(value.expose()) }
    }
}

/// A new value for the same key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Regeneration {
    /// How long the old value works beside the new one, in seconds: 0 to 604800.
    pub overlap_seconds: u64,
    /// The value, where it was minted here; none: the backend mints it.
    pub value: Option<MintedValue>,
    /// Why, for the audit log: at most 2000 characters.
    pub note: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewKey {
    /// 1–255 characters.
    pub name: String,
    /// The owner's wish; the team's setting overrides it.
    pub expires: Option<Time>,
    /// Addresses to tell before it expires.
    pub contacts: Vec<String>,
    /// The value, where it was minted here; none: the backend mints it.
    pub value: Option<MintedValue>,
    /// The owner's own key that this one replaces.
    pub rotated_from: Option<KeyId>,
    /// What it may do on the backend's API; none: what the key that it replaces may, else everything.
    pub access: Option<Access>,
    /// Makes the same request sent twice one request, where the backend takes such a key.
    pub idempotency_key: Option<String>,
    /// Why, for the audit log: at most 2000 characters.
    pub note: Option<String>,
}
