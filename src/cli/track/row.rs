//! A tracked key as scripts see it.

use serde::Serialize;

use crate::domain::ids::KeyId;
use crate::domain::time::{Time, When};
use crate::domain::tracked::{Heard, Tracked, TrackedKind};
use crate::domain::untrusted::Untrusted;

/// A tracked key in JSON.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    id: KeyId,
    name: Untrusted,
    kind: TrackedKind,
    /// `live`, `expired`, `refused` or `removed`, by what is written down.
    pub state: &'static str,
    /// Whose it is; null: the profile's own.
    owner: Option<Untrusted>,
    contacts: Vec<Untrusted>,
    noted_at: When,
    made_at: When,
    expires_at: When,
    fingerprint: Option<String>,
    masked_value: Option<String>,
    /// When the backend was last asked with the value.
    probed_at: When,
    /// What it said: `accepted` or `refused`.
    heard: Option<Heard>,
    removed_at: When,
    rotated_from: Option<KeyId>,
    rotated_to: Option<KeyId>,
}

impl Row {
    /// `key` as it is at `now`.
    pub fn of(key: &Tracked, now: Time) -> Self {
        let refused = key.probed.as_ref().is_some_and(|probed| probed.heard == Heard::Refused);
        let key = key.clone();
        Self {
            state: match (key.removed.is_some(), key.is_over(now), refused) {
                (true, ..) => "removed",
                (false, true, _) => "expired",
                (false, false, true) => "refused",
                (false, false, false) => "live",
            },
            id: key.id,
            name: key.name,
            kind: key.kind,
            owner: Some(key.owner).filter(|owner| !owner.is_empty()),
            contacts: key.contacts,
            noted_at: key.noted.into(),
            made_at: key.made.into(),
            expires_at: key.expires.into(),
            fingerprint: key.fingerprint,
            masked_value: Some(key.masked).filter(|masked| !masked.is_empty()),
            probed_at: key.probed.as_ref().map(|probed| probed.at).into(),
            heard: key.probed.map(|probed| probed.heard),
            removed_at: key.removed.into(),
            rotated_from: key.rotated_from,
            rotated_to: key.rotated_to,
        }
    }
}
