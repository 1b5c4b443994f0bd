//! Users and who asks, on the wire. Source: Postman's `GET /me` and `GET /users`.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::key::ApiKey;
use super::page::null_as_default;
use crate::domain::ids::{KeyId, UserId};
use crate::domain::key::Access;
use crate::domain::team::{Role, UserKind};
use crate::domain::time::When;
use crate::domain::untrusted::Untrusted;

/// The answer of `GET /me`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MeAnswer {
    /// Who asks.
    #[serde(default)]
    pub user: MeUser,
    /// Allowances; absent for guests.
    #[serde(default)]
    pub operations: Vec<Operation>,
    /// Extension: the key that asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_key: Option<MeKey>,
}

/// Who asks.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct MeUser {
    /// The user's id.
    pub id: UserId,
    /// The user's subject, a string.
    pub sub: Untrusted,
    /// The user's short name.
    pub username: Untrusted,
    /// The user's address.
    pub email: Untrusted,
    /// The user's name.
    pub full_name: Untrusted,
    /// A picture's address.
    pub avatar: Option<Untrusted>,
    /// Whether the profile is public.
    pub is_public: bool,
    /// Whether the address was confirmed.
    pub email_verified: bool,
    /// 0: no team.
    pub team_id: UserId,
    /// The team's name.
    pub team_name: Untrusted,
    /// The team's domain.
    pub team_domain: Untrusted,
    /// What the user may do.
    #[serde(deserialize_with = "null_as_default")]
    pub roles: Vec<Role>,
}

/// One allowance.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Operation {
    /// Its name, such as `api_usage`.
    pub name: Untrusted,
    /// 99999999 stands for unlimited.
    pub limit: f64,
    /// Used so far.
    pub usage: f64,
    /// Used beyond the limit.
    pub overage: f64,
}

/// Extension: the key that asked.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MeKey {
    /// Its id.
    #[serde(default)]
    pub id: KeyId,
    /// When it expires.
    #[serde(default)]
    pub expires_at: When,
    /// What it may do on this API.
    #[serde(default, deserialize_with = "null_as_default")]
    pub access: Access,
}

/// A member of the team.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserAnswer {
    /// The user's id.
    #[serde(default)]
    pub id: UserId,
    /// The user's name.
    #[serde(default)]
    pub name: Untrusted,
    /// The user's short name.
    #[serde(default)]
    pub username: Untrusted,
    /// The user's address.
    #[serde(default)]
    pub email: Untrusted,
    /// What the user may do.
    #[serde(default, deserialize_with = "null_as_default")]
    pub roles: Vec<Role>,
    /// When the user joined.
    #[serde(default)]
    pub joined_at: When,
    /// Extension: whether this is a person or a service.
    #[serde(default, deserialize_with = "null_as_default")]
    pub kind: UserKind,
    /// Extension: whom to tell of a service's keys.
    #[serde(default, deserialize_with = "null_as_default")]
    pub contacts: Vec<Untrusted>,
    /// Extension: whether the user's keys are accepted.
    #[serde(default = "active")]
    pub active: bool,
    /// Extension: whether the address is, but for its case or its spelling, also somebody else's, as an earlier version let
    /// it be; absent: it is not.
    #[serde(default, skip_serializing_if = "is_not")]
    pub email_shared: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde hands it")]
fn is_not(said: &bool) -> bool {
    !said
}

fn active() -> bool {
    true
}

/// The answer that made a user (extension): the user, and a person's first key, without which nobody could ask for another. A
/// service begins without one.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreatedUser {
    /// The user.
    #[serde(flatten)]
    pub user: UserAnswer,
    /// Their first key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_key: Option<ApiKey>,
    /// Its value, told this once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

/// A new user, as asked for (extension).
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct NewUser {
    /// The user's name.
    pub name: String,
    /// The user's address, which no other user has; a service has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// What the user may do; of a service `user`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roles: Option<Vec<Role>>,
    /// A person unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<UserKind>,
    /// Whom to tell of a service's keys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contacts: Option<Vec<String>>,
    /// A note for the audit log: at most 2000 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// A change to a user: what is absent stays as it is (extension).
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct UserPatch {
    /// Another name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Replaces a service's contacts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contacts: Option<Vec<String>>,
    /// Replaces the roles.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roles: Option<Vec<Role>>,
    /// False stops all of the user's keys at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active: Option<bool>,
    /// A note for the audit log: at most 2000 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}
