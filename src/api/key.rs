//! API keys and collection access keys on the wire.

#![expect(clippy::large_stack_arrays, reason = "the array is of a schema's own derive, which is asked once")]

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa::openapi::schema::{AnyOfBuilder, ObjectBuilder, Schema, Type};
use utoipa::openapi::{KnownFormat, SchemaFormat};

use super::page::null_as_default;
use crate::domain::ids::{KeyId, UserId};
use crate::domain::key::{Access, DisabledReason, RefusedUses, Revocation, Status};
use crate::domain::team::UserKind;
use crate::domain::time::When;
use crate::domain::untrusted::Untrusted;
use crate::domain::wire_enum::wire_enum;

/// An API key. Source: management API, "API keys (extension)".
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApiKey {
    /// Its id.
    #[serde(default)]
    pub id: KeyId,
    /// Its name, 1–255 characters.
    #[serde(default)]
    pub name: Untrusted,
    /// Prefix, `…`, last four characters.
    #[serde(default)]
    pub masked_value: Untrusted,
    /// SHA-256 of the value, 64 lower-case hexadecimal digits.
    #[serde(default)]
    pub secret_hash: Untrusted,
    /// Computed when read, so an expired key never shows as enabled.
    #[serde(default = "unknown_status")]
    pub status: Status,
    /// Why it is disabled.
    #[serde(default)]
    pub disabled_reason: Option<DisabledReason>,
    /// When a disabled key is enabled again by itself; null: not by itself.
    #[serde(default)]
    pub disabled_until: When,
    /// What it may do on this API; a server that does not say lets its keys do everything.
    #[serde(default, deserialize_with = "null_as_default")]
    pub access: Access,
    /// Whose it is.
    #[serde(default)]
    pub owner_id: UserId,
    /// Whether that is a person or a service.
    #[serde(default, deserialize_with = "null_as_default")]
    pub owner_kind: UserKind,
    /// The owner's name.
    #[serde(default)]
    pub owner_name: Untrusted,
    /// The owner's address.
    #[serde(default)]
    pub owner_email: Untrusted,
    /// Addresses told before it expires; none: the owner.
    #[serde(default, deserialize_with = "null_as_default")]
    pub contacts: Vec<Untrusted>,
    /// When it was made.
    #[serde(default)]
    pub created_at: When,
    /// When its present value was made; renewed by regenerate.
    #[serde(default)]
    pub value_created_at: When,
    /// Null: never.
    #[serde(default)]
    pub expires_at: When,
    /// Null: never. Exact to 60 s.
    #[serde(default)]
    pub last_used_at: When,
    /// The address it was last used from.
    #[serde(default)]
    pub last_used_from: Option<Untrusted>,
    /// When it was revoked.
    #[serde(default)]
    pub revoked_at: When,
    /// Who revoked it; null when automatic.
    #[serde(default)]
    pub revoked_by: Option<UserId>,
    /// What revoked it.
    #[serde(default)]
    pub revocation: Option<Revocation>,
    /// The key it replaced.
    #[serde(default)]
    pub rotated_from: Option<KeyId>,
    /// The key that replaced it; the latest where there are several.
    #[serde(default)]
    pub rotated_to: Option<KeyId>,
    /// The key that authenticated its creation; null when no key did, or nobody knows.
    #[serde(default)]
    pub minted_with: Option<KeyId>,
    /// Until when the value before the present one works; null when it does not.
    #[serde(default)]
    pub overlap_ends_at: When,
    /// How often a value of it was refused since it stopped working.
    #[serde(default, deserialize_with = "null_as_default")]
    pub refused_uses: RefusedUses,
}

fn unknown_status() -> Status {
    Status::Other(Untrusted::default())
}

/// The refused uses of a key from one address. Source: management API, "Refused uses".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RefusedUse {
    /// The address; `unix` over the server's socket.
    #[serde(default)]
    pub address: Untrusted,
    /// How many, since the address was last forgotten: the latest 50 of a key are kept.
    #[serde(default)]
    pub count: u64,
    /// The first of them.
    #[serde(default)]
    pub first_at: When,
    /// The last of them.
    #[serde(default)]
    pub last_at: When,
}

/// A new API key, as asked for.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewApiKey {
    /// 1–255 characters.
    pub name: String,
    /// When it should expire; the team's setting overrides it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
    /// Addresses to tell before it expires.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contacts: Option<Vec<String>>,
    /// The caller's own key that this one replaces.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rotated_from: Option<String>,
    /// What it may do on this API, at most what the key that asks may. Unless said: what the key that it replaces may, else
    /// `full`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access: Option<Access>,
    /// Whose it is to be, by an admin: a service, or a person of the role `user` without a key that works.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner_id: Option<i64>,
    /// Client-minted: SHA-256 of the value, so that the server never sees it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret_hash: Option<String>,
    /// Client-minted: the mask of the value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub masked_value: Option<String>,
    /// A note for the audit log: at most 2000 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// The answer that made an API key.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreatedApiKey {
    /// The key.
    pub api_key: ApiKey,
    /// Its value, told this once; absent when the client minted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

/// A change to an API key: what is absent stays as it is. Source: management API, `PATCH /api-keys/{id}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct KeyPatch {
    /// 1–255 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Replaces the list; empty: the owner is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contacts: Option<Vec<String>>,
    /// `enabled` or `disabled`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// With `disabled`: when it is enabled again by itself, at most 7 days from now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disabled_until: Option<String>,
    /// May only be brought forward.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
    /// May only be narrowed: from `full` to `read` or `none`, from `read` to `none`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access: Option<Access>,
    /// Hands it over to this active user, who may not more than its present owner; an admin's to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner_id: Option<i64>,
    /// A note for the audit log: at most 2000 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// A new value for the same key, as asked for by its owner. Source: management API, `POST /api-keys/{id}/regenerate`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Regenerate {
    /// How long the old value works beside the new one, in seconds: 0 to 604800, never past the key's expiry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overlap_seconds: Option<u64>,
    /// Client-minted: SHA-256 of the new value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_hash: Option<String>,
    /// Client-minted: the mask of the new value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub masked_value: Option<String>,
    /// A note for the audit log: at most 2000 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// What is said of a key that is deleted (extension).
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct Noted {
    /// A note for the audit log: at most 2000 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// One fingerprint, or a list of 1–1000.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(untagged, expecting = "x, expected a text or a list of texts")]
pub enum Hashes {
    /// One.
    One(String),
    /// A list.
    Many(Vec<String>),
}

/// Asks whether values are accepted. Source: management API, `POST /api-key-verifications`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Verification {
    /// The value's fingerprint, or those of 1–1000 values.
    pub sha256: Hashes,
    /// The address that the key was used from; that of the request, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_from: Option<String>,
}

/// What was asked for: of one fingerprint, or of a list in its order.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum VerificationAnswer {
    /// Of a list.
    Many {
        /// One answer a fingerprint.
        data: Vec<Verified>,
    },
    /// Of one.
    One(Verified),
}

/// Whether a value is accepted.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Verified {
    /// Whether the key is accepted now.
    pub valid: bool,
    /// The key's status; null when no key has this value.
    #[serde(default)]
    pub status: Option<Status>,
    /// The key.
    #[serde(default)]
    pub api_key_id: Option<KeyId>,
    /// Its owner.
    #[serde(default)]
    pub owner_id: Option<UserId>,
    /// What the key may do on this API. It says nothing of what it opens elsewhere; null when no key has this value.
    #[serde(default)]
    pub access: Option<Access>,
    /// When it expires.
    #[serde(default)]
    pub expires_at: When,
}

/// Which keys to revoke in one call.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Revocations {
    /// 1–1000 ids.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ids: Option<Vec<String>>,
    /// Every key of the team, but superadmins' unless a superadmin asks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub all: Option<bool>,
    /// Left out of `all`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub except: Option<Vec<String>>,
    /// The reason to record; default `owner` for one's own, else `admin`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revocation: Option<Revocation>,
    /// A note for the audit log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

wire_enum! {
    /// What became of one id of a revocation.
    pub enum RevocationOutcome {
        /// Revoked by this call.
        Revoked = "revoked",
        /// Was revoked before.
        AlreadyRevoked = "alreadyRevoked",
        /// No such key, or not visible to this user.
        NotFound = "notFound",
        /// This user may not.
        Forbidden = "forbidden",
    }
}

/// One id's outcome.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RevocationResult {
    /// The id, as sent.
    pub id: KeyId,
    /// What became of it.
    pub outcome: RevocationOutcome,
}

/// How many ids had which outcome.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct RevocationCounts {
    /// Revoked by this call.
    pub revoked: u64,
    /// Were revoked before.
    pub already_revoked: u64,
    /// Not found.
    pub not_found: u64,
    /// Refused.
    pub forbidden: u64,
}

/// The answer to a revocation; `data` is empty for `all`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct RevocationsDone {
    /// Each id's outcome.
    #[serde(default)]
    pub data: Vec<RevocationResult>,
    /// The counts.
    #[serde(default)]
    pub meta: RevocationCounts,
}

/// Keys to look up: by the hashes of their values, or by their ids.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct Lookup {
    /// 1–1000 fingerprints.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<Vec<String>>,
    /// 1–1000 ids, instead of fingerprints.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ids: Option<Vec<String>>,
}

/// What one hash belongs to, or which keys have one id.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LookupResult {
    /// The fingerprint, as sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// The id, as sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The API key with that id, or that value, past or present.
    #[serde(default)]
    pub api_key: Option<ApiKey>,
    /// The collection access key with that id or value.
    #[serde(default)]
    pub collection_access_key: Option<CollectionAccessKey>,
}

/// The answer to a look-up.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LookupAnswer {
    /// One result a hash, or an id, in the order asked.
    #[serde(default)]
    pub data: Vec<LookupResult>,
}

/// A collection access key. Source: Postman's `GET /collection-access-keys`; the last five fields are extensions.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CollectionAccessKey {
    /// Opaque.
    #[serde(default)]
    pub id: KeyId,
    /// Masked; the full value is never listed.
    #[serde(default)]
    pub token: Untrusted,
    /// `ACTIVE` or `INACTIVE`.
    #[serde(default)]
    pub status: Untrusted,
    /// The team.
    #[serde(default)]
    pub team_id: UserId,
    /// The owner.
    #[serde(default)]
    pub user_id: UserId,
    /// The collection's UID.
    #[serde(default)]
    pub collection_id: Untrusted,
    /// 60 days after creation or the last use; a moving value.
    #[serde(default)]
    pub expires_after: When,
    /// When it was made.
    #[serde(default)]
    pub created_at: When,
    /// When it was last changed.
    #[serde(default)]
    pub updated_at: When,
    /// The empty string when never used.
    #[serde(default, serialize_with = "empty_when_never")]
    #[schema(schema_with = moment_or_empty)]
    pub last_used_at: When,
    /// Set once revoked.
    #[serde(default)]
    pub deleted_at: When,
    /// Extension: the owner's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_name: Option<Untrusted>,
    /// Extension: the owner's address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_email: Option<Untrusted>,
    /// Extension: the collection's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collection_name: Option<Untrusted>,
    /// Extension: SHA-256 of the value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_hash: Option<Untrusted>,
    /// Extension: how often it was refused since it stopped working.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused_uses: Option<RefusedUses>,
}

fn empty_when_never<S: serde::Serializer>(when: &When, serializer: S) -> Result<S::Ok, S::Error> {
    match when {
        When::Never => serializer.serialize_str(""),
        other => other.serialize(serializer),
    }
}

fn moment_or_empty() -> Schema {
    let text = || ObjectBuilder::new().schema_type(Type::String);
    let moment = text().format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)));
    AnyOfBuilder::new()
        .item(moment)
        .item(text().max_length(Some(0)))
        .description(Some("Empty: never used."))
        .build()
        .into()
}

/// A new collection access key, as asked for (extension).
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewCollectionAccessKey {
    /// The collection's UID.
    pub collection_id: String,
    /// The collection's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collection_name: Option<String>,
    /// A note for the audit log: at most 2000 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// The answer that made a collection access key (extension).
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreatedCollectionAccessKey {
    /// The key.
    pub collection_access_key: CollectionAccessKey,
    /// Its value, told this once.
    pub value: String,
}
