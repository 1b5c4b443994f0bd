//! The audit log on the wire. Source: Postman's `GET /audit/logs` and `GET /audit-actions`, with keydeck's chain.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::page::null_as_default;
use crate::domain::ids::UserId;
use crate::domain::time::When;
use crate::domain::untrusted::Untrusted;

/// What stands beside the entries (extension).
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct AuditMeta {
    /// The chain's head as `seq:hash`, to be kept outside.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub head: Option<String>,
    /// Where some servers put the next page's cursor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// One entry.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct AuditEntry {
    /// The entry's number.
    pub id: UserId,
    /// The address the request came from.
    pub ip: Option<Untrusted>,
    /// The program that made it.
    pub user_agent: Option<Untrusted>,
    /// What was done, such as `api_key.revoke`.
    pub action: Untrusted,
    /// When.
    pub timestamp: When,
    /// The same in words.
    pub message: Untrusted,
    /// Who, on whom, and what was changed.
    #[serde(deserialize_with = "null_as_default")]
    pub data: AuditData,
    /// Extension: its place in the chain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seq: Option<i64>,
    /// Extension: SHA-256 over the previous hash and this entry's RFC 8785 form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hash: Option<Untrusted>,
}

/// Who, on whom, and what was changed.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct AuditData {
    /// Who did it; null when nobody did.
    pub actor: Option<AuditActor>,
    /// Whom it was done to.
    pub user: Option<AuditActor>,
    /// The team.
    pub team: Option<AuditTeam>,
    /// The rest: the thing's id and name, what it was before and is after.
    pub variables: serde_json::Value,
}

/// A person of an entry.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct AuditActor {
    /// The user.
    pub id: UserId,
    /// The user's name.
    pub name: Untrusted,
    /// The user's short name.
    pub username: Untrusted,
    /// The user's address.
    pub email: Untrusted,
    /// Whether the user is active.
    pub active: bool,
    /// Extension: the key that was used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_key_id: Option<Untrusted>,
}

/// The team of an entry.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct AuditTeam {
    /// The team.
    pub id: UserId,
    /// The team's name.
    pub name: Untrusted,
}

/// An action that the log knows; the answer is a bare array of these.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct AuditAction {
    /// As in an entry.
    pub name: Untrusted,
    /// For people.
    pub display_name: Untrusted,
}
