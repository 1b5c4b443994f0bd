//! Acts on the wire: what concerns many keys and is carried out in batches.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::ids::KeyId;
use crate::domain::wire_enum::wire_enum;

wire_enum! {
    /// How far an act is. What it decided holds since it began.
    pub enum ActState {
        /// The keys' own records and the audit log follow.
        Running = "running",
        Done = "done",
    }
}

/// An act. Source: management API, `POST /api-key-revocations` and `GET /acts/{id}`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Act {
    /// Its id.
    pub id: KeyId,
    /// Whether it is over.
    pub state: ActState,
    /// How many keys are done.
    #[serde(default)]
    pub done: u64,
    /// How many it concerns.
    #[serde(default)]
    pub total: u64,
}

/// The answer that tells of an act.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ActAnswer {
    /// The act.
    pub act: Act,
}
