//! What people are told of their keys, on the wire (extension).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::page::null_as_default;
use crate::domain::ids::KeyId;
use crate::domain::notice::{Notice, NoticeState, Occasion};
use crate::domain::time::When;
use crate::domain::untrusted::Untrusted;

/// One notice: to one person, of one key.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Notification {
    /// Opaque.
    #[serde(default)]
    pub id: KeyId,
    #[serde(default = "no_cause")]
    pub cause: Occasion,
    /// The keys that it is about.
    #[serde(default, deserialize_with = "null_as_default")]
    pub key_ids: Vec<KeyId>,
    /// The key's name when it was written.
    #[serde(default)]
    pub key_name: Untrusted,
    /// The address; empty: there is nobody to tell.
    #[serde(default)]
    pub recipient: Untrusted,
    /// From when on it is sent.
    #[serde(default)]
    pub due: When,
    /// When it was taken every way there is.
    #[serde(default)]
    pub sent_at: When,
    /// When it is tried next; null: not any more.
    #[serde(default)]
    pub next_try_at: When,
    /// How often it was tried.
    #[serde(default)]
    pub attempts: u32,
    #[serde(default = "no_state")]
    pub state: NoticeState,
    /// Why it was not sent yet, or never.
    #[serde(default)]
    pub problem: Option<Untrusted>,
}

fn no_cause() -> Occasion {
    Occasion::from_word("")
}

fn no_state() -> NoticeState {
    NoticeState::from_word("")
}

impl From<Notification> for Notice {
    fn from(told: Notification) -> Self {
        Self {
            id: told.id,
            occasion: told.cause,
            key_id: told.key_ids.into_iter().next().unwrap_or_default(),
            key_name: told.key_name,
            recipient: told.recipient,
            due: told.due,
            sent_at: told.sent_at,
            next_try: told.next_try_at,
            attempts: told.attempts,
            state: told.state,
            problem: told.problem,
        }
    }
}
