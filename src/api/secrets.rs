//! Detected secrets and their kinds on the wire. Source: Postman's secret scanner, with keydeck's extensions.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::page::{lenient_count, null_as_default};
use crate::domain::finding::{AutoRevoke, Resolution, Source, Spared};
use crate::domain::ids::{KeyId, UserId};
use crate::domain::key::Status;
use crate::domain::time::When;
use crate::domain::untrusted::Untrusted;

/// A kind of secret.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SecretType {
    /// Its id; resolve it at run time.
    #[serde(default)]
    pub id: KeyId,
    /// Its name.
    #[serde(default)]
    pub name: Untrusted,
    /// `DEFAULT` or `TEAM_REGEX`.
    #[serde(default, rename = "type")]
    pub kind: Untrusted,
}

/// The kinds of secret that are looked for.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SecretTypes {
    /// The kinds.
    #[serde(default, deserialize_with = "null_as_default")]
    pub data: Vec<SecretType>,
    /// How many.
    #[serde(default, deserialize_with = "null_as_default")]
    pub meta: SecretTypesMeta,
}

/// What stands beside the kinds.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct SecretTypesMeta {
    /// How many.
    #[serde(default, deserialize_with = "lenient_count")]
    pub total: Option<u64>,
}

/// A search of the findings. Every part is optional.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct DetectedSecretsQuery {
    /// True: only resolved ones; false: only open ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolved: Option<bool>,
    /// Ids of kinds of secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret_types: Option<Vec<String>>,
    /// `FALSE_POSITIVE`, `ACCEPTED_RISK`, `REVOKED`; `ACTIVE`, which Postman's own client sends too, is `resolved: false`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statuses: Option<Vec<String>>,
    /// Excludes `workspaceIds`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resources: Option<Vec<ResourceFilter>>,
    /// Excludes `resources`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workspace_ids: Option<Vec<String>>,
    /// `team` or `public`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workspace_visibilities: Option<Vec<String>>,
}

/// Resources of one type, or with these ids, or both. Source: Postman's own client, which lets either be left out.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ResourceFilter {
    /// The type, such as `collection`; absent: of any type.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Their ids; absent or empty: all of the type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ids: Option<Vec<String>>,
}

/// A finding; one row a secret and workspace.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DetectedSecret {
    /// Opaque.
    #[serde(default)]
    pub secret_id: KeyId,
    /// The kind's name.
    #[serde(default)]
    pub secret_type: Untrusted,
    /// SHA-256 of the secret.
    #[serde(default)]
    pub secret_hash: Untrusted,
    /// The secret, obfuscated.
    #[serde(default)]
    pub obfuscated_secret: Untrusted,
    /// The workspace, or the source's name outside workspaces.
    #[serde(default)]
    pub workspace_id: Untrusted,
    /// Who can see the workspace.
    #[serde(default)]
    pub workspace_visibility: Untrusted,
    /// What became of it.
    #[serde(default = "unknown_resolution")]
    pub resolution: Resolution,
    /// How often it stands there.
    #[serde(default, deserialize_with = "lenient_count")]
    pub occurrences: Option<u64>,
    /// When it was first seen.
    #[serde(default)]
    pub detected_at: When,
    /// In resource queries: the kind of resource.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_type: Option<Untrusted>,
    /// In resource queries: the resource.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_id: Option<Untrusted>,
    /// Extension: the key it belongs to.
    #[serde(default)]
    pub api_key_id: Option<KeyId>,
    /// Extension: that key's name.
    #[serde(default)]
    pub api_key_name: Option<Untrusted>,
    /// Extension: that key's status.
    #[serde(default)]
    pub api_key_status: Option<Status>,
    /// Extension: that key's owner.
    #[serde(default)]
    pub owner_id: Option<UserId>,
    /// Extension: when that key was last used.
    #[serde(default)]
    pub last_used_at: When,
    /// Extension: the kind of place.
    #[serde(default)]
    pub source: Option<Source>,
    /// Extension: a link to the place.
    #[serde(default)]
    pub url: Option<Untrusted>,
    /// Extension, in the answer to a report, to admins: whether it revoked the key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auto_revoke: Option<AutoRevoke>,
    /// Extension: why it did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auto_revoke_reason: Option<Spared>,
}

fn unknown_resolution() -> Resolution {
    Resolution::Other(Untrusted::default())
}

/// A report of a detected secret (extension): its hash, or its value, which is hashed on arrival and dropped. Without
/// `Debug`, since it may hold the secret.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SecretReport {
    /// SHA-256 of the secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_hash: Option<String>,
    /// The secret itself, instead of its hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// The name of the kind; another than the known ones is stored as given.
    pub secret_type: String,
    /// The secret, obfuscated by the reporter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub obfuscated_secret: Option<String>,
    /// The kind of place.
    pub source: Source,
    /// A link to the place.
    pub url: String,
    /// The kind of resource.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_type: Option<String>,
    /// The resource.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_id: Option<String>,
    /// The workspace; outside workspaces the source's name is taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workspace_id: Option<String>,
    /// Who can see the workspace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workspace_visibility: Option<String>,
    /// When it was seen; now, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detected_at: Option<String>,
}

/// What a finding is resolved as. Source: Postman's `PUT /detected-secrets/{secretId}`; `note` is an extension.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Resolve {
    /// `FALSE_POSITIVE`, `REVOKED` or `ACCEPTED_RISK`; never `ACTIVE`.
    pub resolution: Resolution,
    /// The finding's workspace.
    pub workspace_id: String,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Where a finding's secret stands. Source: Postman's `GET /detected-secrets/{secretId}/locations`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SecretLocations {
    /// The places.
    #[serde(default, deserialize_with = "null_as_default")]
    pub data: Vec<SecretLocation>,
    /// The secret, and what became of the finding.
    #[serde(default, deserialize_with = "null_as_default")]
    pub meta: SecretLocationsMeta,
}

/// One place.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct SecretLocation {
    /// Whether the resource is gone.
    pub is_resource_deleted: bool,
    /// Who put it there; 0: not known.
    pub leaked_by: UserId,
    /// Where in the resource.
    pub location: Untrusted,
    /// How often it stands there.
    #[serde(deserialize_with = "lenient_count")]
    pub occurrences: Option<u64>,
    /// What the resource belongs to; empty: nothing.
    pub parent_resource_id: Untrusted,
    /// The resource.
    pub resource_id: Untrusted,
    /// The kind of resource.
    pub resource_type: Untrusted,
    /// When it was first seen there.
    pub detected_at: When,
    /// A link to the place.
    pub url: Untrusted,
}

/// What stands beside the places.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct SecretLocationsMeta {
    /// How the finding was resolved, the first time first.
    #[serde(deserialize_with = "null_as_default")]
    pub activity_feed: Vec<ResolutionActivity>,
    /// The cursor of this page.
    pub cursor: Option<String>,
    /// The most places a page has.
    #[serde(deserialize_with = "lenient_count")]
    pub limit: Option<u64>,
    /// Passed as `cursor` to get the next page; null at the end.
    pub next_cursor: Option<String>,
    /// The secret, obfuscated.
    pub obfuscated_secret: Untrusted,
    /// SHA-256 of the secret.
    pub secret_hash: Untrusted,
    /// The kind's name.
    pub secret_type: Untrusted,
    /// How many places there are.
    #[serde(deserialize_with = "lenient_count")]
    pub total: Option<u64>,
}

/// A resolution, as the places' page tells it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ResolutionActivity {
    /// When.
    #[serde(default)]
    pub resolved_at: When,
    /// Who; 0: the server itself.
    #[serde(default)]
    pub resolved_by: UserId,
    /// As what.
    #[serde(default = "unknown_resolution")]
    pub status: Resolution,
}

/// A finding that was resolved. Source: Postman's `PUT /detected-secrets/{secretId}`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ResolvedSecret {
    /// SHA-256 of the secret.
    #[serde(default)]
    pub secret_hash: Untrusted,
    /// The finding's workspace.
    #[serde(default)]
    pub workspace_id: Untrusted,
    /// What became of it.
    #[serde(default = "unknown_resolution")]
    pub resolution: Resolution,
    /// Every resolution, the first time first.
    #[serde(default, deserialize_with = "null_as_default")]
    pub history: Vec<ResolutionEntry>,
}

/// A resolution, as a finding's history tells it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ResolutionEntry {
    /// Who; 0: the server itself.
    #[serde(default)]
    pub actor: UserId,
    /// When.
    #[serde(default)]
    pub created_at: When,
    /// As what.
    #[serde(default = "unknown_resolution")]
    pub resolution: Resolution,
    /// Extension: why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Untrusted>,
}
