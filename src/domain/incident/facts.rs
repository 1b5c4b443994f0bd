//! What the server tells of a key, as an incident keeps it.

use serde::{Deserialize, Serialize};

use crate::domain::finding::{Finding, Resolution, Source};
use crate::domain::ids::{KeyId, UserId};
use crate::domain::key::{Access, DisabledReason, Key, RefusedUses, Revocation, Status};
use crate::domain::key_value::{KeyKind, hex};
use crate::domain::time::{Time, When, past};
use crate::domain::untrusted::Untrusted;

/// A key as it was when it was looked up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Facts {
    pub id: KeyId,
    /// Whether it is a collection access key.
    #[serde(default)]
    pub collection: bool,
    pub name: Untrusted,
    pub masked: Untrusted,
    pub status: Status,
    #[serde(default)]
    pub disabled_reason: Option<DisabledReason>,
    /// What it may do on the management API.
    #[serde(default)]
    pub access: Option<Access>,
    pub owner_id: UserId,
    pub owner: Untrusted,
    #[serde(default)]
    pub owner_email: Untrusted,
    #[serde(default)]
    pub contacts: Vec<Untrusted>,
    #[serde(default)]
    pub created: When,
    #[serde(default)]
    pub expires: When,
    #[serde(default)]
    pub last_used: When,
    #[serde(default)]
    pub last_used_from: Option<Untrusted>,
    #[serde(default)]
    pub revoked: When,
    #[serde(default)]
    pub revocation: Option<Revocation>,
    /// Whether the pasted value is an earlier one of this key.
    #[serde(default)]
    pub earlier_value: bool,
    /// Whether the key was found by what its masked form shows of the value, since the backend finds none by its hash: another
    /// key's value may end alike.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_mask: bool,
    /// Whether it can only be revoked: no call of the backend disables a key, or has it end at a moment.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub only_revocable: bool,
    /// Until when the value before the present one works.
    #[serde(default)]
    pub overlap_ends: When,
    /// Whether it is the key that keydeck itself uses.
    #[serde(default)]
    pub own: bool,
    /// Whether it is one's own.
    #[serde(default)]
    pub mine: bool,
    #[serde(default)]
    pub rotated_from: Option<Relative>,
    #[serde(default)]
    pub rotated_to: Option<Relative>,
    #[serde(default)]
    pub minted_with: Option<Relative>,
    /// The keys that were made with it; none where the team has too many keys to look through before the hunt.
    #[serde(default)]
    pub minted: Option<Vec<Relative>>,
    /// Where others can read its value.
    #[serde(default)]
    pub spots: Vec<Spot>,
    /// Uses that were refused since it died.
    #[serde(default)]
    pub refused_uses: RefusedUses,
}

/// A key that has to do with another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Relative {
    pub id: KeyId,
    /// Empty where the key is not to be seen.
    #[serde(default)]
    pub name: Untrusted,
    #[serde(default)]
    pub status: Option<Status>,
}

/// A finding of the key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Spot {
    pub finding: KeyId,
    pub secret: KeyId,
    pub workspace: Untrusted,
    pub source: Option<Source>,
    pub url: Untrusted,
    pub detected: When,
    pub occurrences: u64,
    pub resolution: Resolution,
}

/// What the server tells of a key after it died.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Later {
    pub last_used: When,
    #[serde(default)]
    pub last_used_from: Option<Untrusted>,
    #[serde(default)]
    pub refused_uses: RefusedUses,
}

impl Facts {
    /// What is kept of `key`, whose value's fingerprint is `fingerprint` where one was pasted.
    pub fn of(key: &Key, fingerprint: Option<&str>, own: Option<&KeyId>, me: UserId) -> Self {
        let earlier = |asked: &str| key.digest.is_some_and(|present| hex(&present) != asked);
        let relative = |id: &KeyId| Relative { id: id.clone(), name: Untrusted::default(), status: None };
        Self {
            id: key.id.clone(),
            collection: key.kind == KeyKind::CollectionAccessKey,
            name: key.name.clone(),
            masked: key.masked.clone(),
            status: key.status.clone(),
            disabled_reason: key.disabled_reason.clone(),
            access: Some(key.access.clone()),
            owner_id: key.owner_id,
            owner: key.owner.clone(),
            owner_email: key.owner_email.clone(),
            contacts: key.contacts.clone(),
            created: key.created.clone(),
            expires: key.expires.clone(),
            last_used: key.last_used.clone(),
            last_used_from: key.last_used_from.clone(),
            revoked: key.revoked.clone(),
            revocation: key.revocation.clone(),
            earlier_value: fingerprint.is_some_and(earlier),
            by_mask: false,
            only_revocable: key.kind == KeyKind::CollectionAccessKey,
            overlap_ends: key.overlap_ends.clone(),
            own: key.kind == KeyKind::ApiKey && own == Some(&key.id),
            mine: key.owner_id == me,
            rotated_from: key.rotated_from.as_ref().map(relative),
            rotated_to: key.rotated_to.as_ref().map(relative),
            minted_with: key.minted_with.as_ref().map(relative),
            minted: None,
            spots: Vec::new(),
            refused_uses: key.refused_uses.clone(),
        }
    }

    /// Whether it can only be revoked. Records of earlier versions tell it of collection access keys by their kind.
    pub fn is_only_revocable(&self) -> bool {
        self.only_revocable || self.collection
    }

    /// Its kind.
    pub fn kind(&self) -> KeyKind {
        if self.collection { KeyKind::CollectionAccessKey } else { KeyKind::ApiKey }
    }

    /// Where its value is open to others now.
    pub fn open_spots(&self) -> impl Iterator<Item = &Spot> {
        self.spots.iter().filter(|spot| spot.resolution == Resolution::Active)
    }

    /// Whether it was used after it was first found where others can read it.
    pub fn is_used_since_detected(&self) -> bool {
        let detected = self.spots.iter().filter_map(|spot| spot.detected.time()).min();
        matches!((self.last_used.time(), detected), (Some(used), Some(detected)) if used > detected)
    }

    /// When it was last used, in words: `last used 3 h ago`.
    pub fn last_used_words(&self, now: Time) -> String {
        match &self.last_used {
            When::Never => "never used".to_owned(),
            when @ (When::At(_) | When::Unreadable(_)) => format!("last used {}", past(when, now)),
        }
    }

    /// Whether it was used in the 24 hours before `now`; an unreadable moment counts, and one that is not told, to err on the
    /// side of asking.
    pub fn is_used_within_a_day(&self, now: Time) -> bool {
        match &self.last_used {
            When::Never => false,
            When::Unreadable(_) => true,
            When::At(time) => now - *time < chrono::TimeDelta::hours(24),
        }
    }
}

impl Relative {
    /// What is told of `key` as a relative.
    pub fn of(key: &Key) -> Self {
        Self { id: key.id.clone(), name: key.name.clone(), status: Some(key.status.clone()) }
    }

    /// Its name, or its id where the key is not to be seen.
    pub fn words(&self) -> String {
        let name = if self.name.is_empty() { self.id.to_string() } else { self.name.to_string() };
        match &self.status {
            Some(status) => format!("{name} ({status})"),
            None => name,
        }
    }
}

impl From<&Finding> for Spot {
    fn from(finding: &Finding) -> Self {
        Self {
            finding: finding.id.clone(),
            secret: finding.secret_id.clone(),
            workspace: finding.workspace_id.clone(),
            source: finding.source.clone(),
            url: finding.url.clone(),
            detected: finding.detected.clone(),
            occurrences: finding.occurrences,
            resolution: finding.resolution.clone(),
        }
    }
}

impl Spot {
    /// Where it is: the source and the address.
    pub fn place(&self) -> String {
        let source = self.source.as_ref().map_or_else(|| self.workspace.to_string(), ToString::to_string);
        if self.url.is_empty() { source } else { format!("{source}, {}", self.url) }
    }
}
