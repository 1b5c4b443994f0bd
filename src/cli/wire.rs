//! Rows as JSON, in the field names of the management API.

use serde::Serialize;

use crate::api::key::ApiKey;
use crate::domain::finding::{Finding, Resolution, Source};
use crate::domain::ids::{KeyId, UserId};
use crate::domain::key::{Access, DisabledReason, Key, RefusedUses, Revocation, Status, TriedFrom};
use crate::domain::key_value::{KeyKind, hex};
use crate::domain::team::UserKind;
use crate::domain::time::When;
use crate::domain::untrusted::Untrusted;

/// One document: what was asked for, and what is said about it.
pub struct Document<T, M> {
    pub data: Vec<T>,
    /// What is said about them.
    pub meta: M,
}

impl<T, M> Document<T, M> {
    /// The same; `off` is how many seconds this machine's clock is ahead of the server's, where that is to be told.
    pub fn with_clock(&self, off: Option<i64>) -> impl Serialize + '_
    where
        T: Serialize,
        M: Serialize,
    {
        Told { data: &self.data, meta: ToldMeta { meta: &self.meta, clock_ahead_seconds: off } }
    }
}

/// What is said about a document whose rows were printed before, as in [`Document::with_clock`].
pub fn meta_with_clock<M: Serialize>(meta: &M, off: Option<i64>) -> impl Serialize + '_ {
    ToldMeta { meta, clock_ahead_seconds: off }
}

#[derive(Serialize)]
struct Told<'a, T, M> {
    data: &'a [T],
    meta: ToldMeta<'a, M>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ToldMeta<'a, M> {
    #[serde(flatten)]
    meta: &'a M,
    #[serde(skip_serializing_if = "Option::is_none")]
    clock_ahead_seconds: Option<i64>,
}

/// What is said about what would be done.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DryRun {
    dry_run: bool,
}

impl DryRun {
    /// Nothing was sent.
    pub fn new() -> Self {
        Self { dry_run: true }
    }
}

pub use crate::domain::results::wire_word as outcome;

/// A key as scripts see it: one form for every kind, with the wire's field names where the kinds share them.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct KeyRow {
    kind: &'static str,
    id: KeyId,
    name: Untrusted,
    masked_value: Untrusted,
    /// SHA-256 of the value in lower-case hex; null where the backend does not tell it.
    secret_hash: Option<String>,
    /// `enabled`, `disabled` or `revoked`, or the backend's own word.
    status: String,
    disabled_reason: Option<DisabledReason>,
    /// When it is enabled again by itself.
    disabled_until: When,
    /// `full`, `read` or `none`; null where keys of this kind or backend know no difference.
    access: Option<Access>,
    exposed: bool,
    /// The owner's name.
    owner: Untrusted,
    owner_id: UserId,
    owner_email: Untrusted,
    /// `person` or `service`.
    owner_kind: UserKind,
    contacts: Vec<Untrusted>,
    created_at: When,
    value_created_at: When,
    expires_at: When,
    last_used_at: When,
    last_used_from: Option<Untrusted>,
    revoked_at: When,
    revoked_by: Option<UserId>,
    revocation: Option<Revocation>,
    rotated_from: Option<KeyId>,
    rotated_to: Option<KeyId>,
    /// The key that authenticated its creation.
    minted_with: Option<KeyId>,
    /// Uses that were refused since it stopped working.
    refused_uses: RefusedUses,
    /// Until when the value before the present one works.
    overlap_ends_at: When,
    /// The UID of the collection that a collection access key reads.
    collection_id: Option<Untrusted>,
}

impl From<&Key> for KeyRow {
    fn from(key: &Key) -> Self {
        Self {
            kind: kind(key.kind),
            id: key.id.clone(),
            name: key.name.clone(),
            masked_value: key.masked.clone(),
            secret_hash: key.digest.map(|digest| hex(&digest)),
            status: key.status.word().to_owned(),
            disabled_reason: key.disabled_reason.clone(),
            disabled_until: key.disabled_until.clone(),
            access: (key.kind == KeyKind::ApiKey).then(|| key.access.clone()),
            exposed: key.exposed,
            owner: key.owner.clone(),
            owner_id: key.owner_id,
            owner_email: key.owner_email.clone(),
            owner_kind: key.owner_kind.clone(),
            contacts: key.contacts.clone(),
            created_at: key.created.clone(),
            value_created_at: key.value_created.clone(),
            expires_at: key.expires.clone(),
            last_used_at: key.last_used.clone(),
            last_used_from: key.last_used_from.clone(),
            revoked_at: key.revoked.clone(),
            revoked_by: key.revoked_by,
            revocation: key.revocation.clone(),
            rotated_from: key.rotated_from.clone(),
            rotated_to: key.rotated_to.clone(),
            minted_with: key.minted_with.clone(),
            refused_uses: key.refused_uses.clone(),
            overlap_ends_at: key.overlap_ends.clone(),
            collection_id: key.collection_id.clone(),
        }
    }
}

/// What scripts call a kind of key.
pub fn kind(kind: KeyKind) -> &'static str {
    match kind {
        KeyKind::ApiKey => "apiKey",
        KeyKind::CollectionAccessKey => "collectionAccessKey",
    }
}

/// A key of either kind in its backend's own form, asked for with `--wire`.
#[derive(Serialize)]
#[serde(untagged)]
pub enum WireKey {
    Api(Box<ApiKeyRow>),
    Collection(Box<CollectionRow>),
}

/// `ApiKey`, and whether an open finding names it.
#[derive(Serialize)]
pub struct ApiKeyRow {
    #[serde(flatten)]
    key: ApiKey,
    exposed: bool,
}

/// Of the API's collection access key what keydeck keeps.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CollectionRow {
    id: KeyId,
    token: Untrusted,
    status: String,
    user_id: UserId,
    user_name: Untrusted,
    user_email: Untrusted,
    collection_id: Option<Untrusted>,
    collection_name: Untrusted,
    expires_after: When,
    created_at: When,
    last_used_at: When,
    deleted_at: When,
}

impl From<&Key> for WireKey {
    fn from(key: &Key) -> Self {
        match key.kind {
            KeyKind::ApiKey => Self::Api(Box::new(ApiKeyRow { key: api_key(key), exposed: key.exposed })),
            KeyKind::CollectionAccessKey => Self::Collection(Box::new(CollectionRow {
                id: key.id.clone(),
                token: key.masked.clone(),
                status: match &key.status {
                    Status::Enabled => "ACTIVE".to_owned(),
                    Status::Disabled | Status::Revoked => "INACTIVE".to_owned(),
                    other @ Status::Other(_) => other.word().to_owned(),
                },
                user_id: key.owner_id,
                user_name: key.owner.clone(),
                user_email: key.owner_email.clone(),
                collection_id: key.collection_id.clone(),
                collection_name: key.name.clone(),
                expires_after: key.expires.clone(),
                created_at: key.created.clone(),
                last_used_at: key.last_used.clone(),
                deleted_at: key.revoked.clone(),
            })),
        }
    }
}

fn api_key(key: &Key) -> ApiKey {
    ApiKey {
        id: key.id.clone(),
        name: key.name.clone(),
        masked_value: key.masked.clone(),
        secret_hash: key.digest.map(|digest| Untrusted::from(hex(&digest))).unwrap_or_default(),
        status: key.status.clone(),
        disabled_reason: key.disabled_reason.clone(),
        disabled_until: key.disabled_until.clone(),
        access: key.access.clone(),
        owner_id: key.owner_id,
        owner_kind: key.owner_kind.clone(),
        owner_name: key.owner.clone(),
        owner_email: key.owner_email.clone(),
        contacts: key.contacts.clone(),
        created_at: key.created.clone(),
        value_created_at: key.value_created.clone(),
        expires_at: key.expires.clone(),
        last_used_at: key.last_used.clone(),
        last_used_from: key.last_used_from.clone(),
        revoked_at: key.revoked.clone(),
        revoked_by: key.revoked_by,
        revocation: key.revocation.clone(),
        rotated_from: key.rotated_from.clone(),
        rotated_to: key.rotated_to.clone(),
        minted_with: key.minted_with.clone(),
        overlap_ends_at: key.overlap_ends.clone(),
        refused_uses: key.refused_uses.clone(),
    }
}

/// The refused uses of a key from one address, as the API has them.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TriedRow<'a> {
    address: &'a Untrusted,
    count: u64,
    first_at: &'a When,
    last_at: &'a When,
}

impl<'a> From<&'a TriedFrom> for TriedRow<'a> {
    fn from(from: &'a TriedFrom) -> Self {
        Self { address: &from.address, count: from.count, first_at: &from.first, last_at: &from.last }
    }
}

/// Of the API's detected secret what keydeck keeps, and the owner's name.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FindingRow {
    secret_id: KeyId,
    secret_type: Untrusted,
    obfuscated_secret: Untrusted,
    workspace_id: Untrusted,
    also_in: Vec<Untrusted>,
    workspace_visibility: Untrusted,
    resolution: Resolution,
    occurrences: u64,
    detected_at: When,
    api_key_id: Option<KeyId>,
    collection_access_key_id: Option<KeyId>,
    api_key_name: Untrusted,
    api_key_status: Option<Status>,
    owner_id: Option<UserId>,
    owner_name: Untrusted,
    last_used_at: When,
    source: Option<Source>,
    url: Untrusted,
}

impl From<&Finding> for FindingRow {
    fn from(finding: &Finding) -> Self {
        Self {
            secret_id: finding.secret_id.clone(),
            secret_type: finding.secret_type.clone(),
            obfuscated_secret: finding.obfuscated.clone(),
            workspace_id: finding.workspace_id.clone(),
            also_in: finding.elsewhere.iter().map(|other| other.workspace.clone()).collect(),
            workspace_visibility: finding.visibility.clone(),
            resolution: finding.resolution.clone(),
            occurrences: finding.occurrences,
            detected_at: finding.detected.clone(),
            api_key_id: finding.key_id.clone().filter(|_| finding.key_kind == KeyKind::ApiKey),
            collection_access_key_id: finding.key_id.clone().filter(|_| finding.key_kind != KeyKind::ApiKey),
            api_key_name: finding.key_name.clone(),
            api_key_status: finding.key_status.clone(),
            owner_id: finding.owner_id,
            owner_name: finding.owner.clone(),
            last_used_at: finding.last_used.clone(),
            source: finding.source.clone(),
            url: finding.url.clone(),
        }
    }
}
