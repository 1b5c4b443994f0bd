//! What people are told of their keys, on the wire (extension).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::page::null_as_default;
use crate::domain::ids::KeyId;
use crate::domain::time::When;
use crate::domain::untrusted::Untrusted;

/// One notice: to one person, about keys of theirs.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Notification {
    /// Opaque.
    #[serde(default)]
    pub id: KeyId,
    /// `revoked`, `disabled`, `transferred` or `expiring`; the list may grow.
    #[serde(default)]
    pub cause: Untrusted,
    /// The keys that it is about.
    #[serde(default, deserialize_with = "null_as_default")]
    pub key_ids: Vec<KeyId>,
    /// The address; empty: there is nobody to tell.
    #[serde(default)]
    pub recipient: Untrusted,
    /// From when on it is sent.
    #[serde(default)]
    pub due: When,
    /// When it was taken every way there is.
    #[serde(default)]
    pub sent_at: When,
    /// How often it was tried.
    #[serde(default)]
    pub attempts: u32,
    /// `waiting`, `sent` or `dead`: given up.
    #[serde(default)]
    pub state: Untrusted,
    /// Why it was not sent yet, or never.
    #[serde(default)]
    pub problem: Option<Untrusted>,
}
