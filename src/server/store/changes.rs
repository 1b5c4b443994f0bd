//! What the audit log says of each kind of change: the action, a sentence, and what was before and after. Never a value.

use serde_json::{Value, json};

use super::audit::Action;
use super::findings::FindingRef;
use super::refused_told::Summary;
use super::team::User;
use super::values::NewValue;
use super::{api_keys, collection_keys};
use crate::api::key::ApiKey;
use crate::domain::finding::{AutoRevoke, Resolution, Spared};
use crate::domain::key::{DisabledReason, Revocation};
use crate::domain::settings::Settings;
use crate::domain::team::Role;
use crate::domain::time::{Time, When, wire};

/// One change, as the log tells it.
#[derive(Clone, Debug)]
pub struct Change {
    /// What was done.
    pub action: Action,
    /// For people.
    pub message: String,
    /// What it was done to, with `before` and `after`.
    pub variables: Value,
}

impl Change {
    /// Says that the key was spared which the report would have revoked.
    pub fn spared(&mut self, why: &Spared) {
        self.message = format!("{}; its key is not revoked, since {}", self.message, why.in_words());
        self.variables["autoRevoke"] = Value::from(AutoRevoke::Skipped.word());
        self.variables["autoRevokeReason"] = Value::from(why.word());
    }
}

/// A user was added.
pub fn user_created(user: &User) -> Change {
    let roles: Vec<&str> = user.roles.iter().map(Role::word).collect();
    Change {
        action: Action::UserCreate,
        message: format!("user {} created", user.id),
        variables: json!({
            "userId": user.id,
            "before": null,
            "after": { "kind": user.kind.word(), "roles": roles, "contacts": user.contacts, "active": true },
        }),
    }
}

/// A user's name, contacts or roles were changed, or whether they are active.
pub fn user_updated(before: &User, after: &User) -> Change {
    let shown = |user: &User| {
        let roles: Vec<&str> = user.roles.iter().map(Role::word).collect();
        let mut shown = json!({ "roles": roles, "active": user.active });
        if before.name != after.name {
            shown["name"] = json!(user.name);
        }
        if before.contacts != after.contacts {
            shown["contacts"] = json!(user.contacts);
        }
        shown
    };
    Change {
        action: Action::UserUpdate,
        message: format!("user {} updated", after.id),
        variables: json!({ "userId": after.id, "before": shown(before), "after": shown(after) }),
    }
}

/// An API key was made; its value by `minted_by`, `server` or `client`, where the user `seen_by` could see it.
pub fn key_created(key: &api_keys::NewRow, minted_by: &'static str, seen_by: Option<i64>) -> Change {
    Change {
        action: Action::ApiKeyCreate,
        message: format!("API key {} created", key.id),
        variables: json!({
            "apiKeyId": key.id,
            "apiKeyName": key.name,
            "before": null,
            "after": {
                "status": "enabled",
                "contacts": key.contacts,
                "expiresAt": key.expires_at.map(wire),
                "rotatedFrom": key.rotated_from,
                "access": key.access.word(),
                "ownerId": key.owner_id,
                "mintedBy": minted_by,
                "valueSeenBy": seen_by,
            },
        }),
    }
}

/// An API key got a new value, made by `minted_by`; `key` is as it was before.
pub fn key_regenerated(key: &ApiKey, new: &NewValue, now: Time, minted_by: &'static str) -> Change {
    let id = key.id.as_str();
    Change {
        action: Action::ApiKeyRegenerate,
        message: format!("API key {id} regenerated"),
        variables: json!({
            "apiKeyId": id,
            "apiKeyName": key.name.as_received(),
            "before": {
                "valueCreatedAt": key.value_created_at.time().map(wire),
                "expiresAt": key.expires_at.time().map(wire),
            },
            "after": {
                "valueCreatedAt": wire(now),
                "expiresAt": new.expires_at.map(wire),
                "overlapEndsAt": wire(new.overlap_ends_at),
                "mintedBy": minted_by,
            },
        }),
    }
}

/// The earlier value of an API key stopped before its overlap was over.
pub fn overlap_ended(key: &ApiKey, now: Time) -> Change {
    let id = key.id.as_str();
    Change {
        action: Action::ApiKeyExpire,
        message: format!("the earlier value of API key {id} stopped: its overlap was ended"),
        variables: json!({
            "apiKeyId": id,
            "apiKeyName": key.name.as_received(),
            "before": { "overlapEndsAt": key.overlap_ends_at.time().map(wire) },
            "after": { "overlapEndsAt": wire(now) },
        }),
    }
}

/// An API key was disabled.
pub fn key_disabled(id: &str, name: &str, reason: &DisabledReason) -> Change {
    let (action, verb) = match reason {
        DisabledReason::Expired => (Action::ApiKeyExpire, "expired"),
        _ => (Action::ApiKeyDisable, "disabled"),
    };
    Change {
        action,
        message: format!("API key {id} {verb}"),
        variables: json!({
            "apiKeyId": id,
            "apiKeyName": name,
            "before": { "status": "enabled" },
            "after": { "status": "disabled", "disabledReason": reason.word() },
        }),
    }
}

/// An API key that was disabled for this reason is accepted again.
pub fn key_enabled(id: &str, name: &str, reason: &DisabledReason) -> Change {
    Change {
        action: Action::ApiKeyEnable,
        message: format!("API key {id} enabled"),
        variables: json!({
            "apiKeyId": id,
            "apiKeyName": name,
            "before": { "status": "disabled", "disabledReason": reason.word() },
            "after": { "status": "enabled", "disabledReason": null },
        }),
    }
}

/// The team's settings gave an API key another date.
pub fn key_dated(id: &str, name: &str, before: &When, after: Option<Time>) -> Change {
    Change {
        action: Action::ApiKeyExpire,
        message: format!("API key {id} given another expiry by the team's settings"),
        variables: json!({
            "apiKeyId": id,
            "apiKeyName": name,
            "before": { "expiresAt": before.time().map(wire) },
            "after": { "expiresAt": after.map(wire) },
        }),
    }
}

/// An API key goes on being accepted though its date passes: without it nobody could manage the team.
pub fn key_spared(id: &str, name: &str, expires: &When) -> Change {
    let standing = json!({ "status": "enabled", "expiresAt": expires.time().map(wire) });
    Change {
        action: Action::ApiKeyExpire,
        message: format!("API key {id} is past its date and goes on working: it is the last one of any superadmin"),
        variables: json!({
            "apiKeyId": id,
            "apiKeyName": name,
            "warning": "lastSuperadminKey",
            "before": standing,
            "after": standing,
        }),
    }
}

/// The team's settings were changed.
pub fn settings_updated(before: &Settings, after: &Settings) -> Change {
    Change {
        action: Action::SettingsUpdate,
        message: "API key settings changed".to_owned(),
        variables: json!({ "before": before, "after": after }),
    }
}

/// An API key was revoked, which before was enabled or not.
pub fn key_revoked(id: &str, name: &str, enabled: bool, reason: &Revocation, note: Option<&str>) -> Change {
    Change {
        action: Action::ApiKeyRevoke,
        message: format!("API key {id} revoked"),
        variables: json!({
            "apiKeyId": id,
            "apiKeyName": name,
            "note": note,
            "before": { "status": if enabled { "enabled" } else { "disabled" } },
            "after": { "status": "revoked", "revocation": reason.word() },
        }),
    }
}

/// A collection access key was made.
pub fn collection_key_created(key: &collection_keys::NewRow, expires_after: Time) -> Change {
    Change {
        action: Action::CollectionAccessKeyCreate,
        message: format!("collection access key {} created", key.id),
        variables: json!({
            "collectionAccessKeyId": key.id,
            "collectionId": key.collection_id,
            "before": null,
            "after": { "status": "ACTIVE", "expiresAfter": wire(expires_after) },
        }),
    }
}

/// A collection access key was revoked.
pub fn collection_key_revoked(id: &str, collection_id: &str, status_before: &str) -> Change {
    Change {
        action: Action::CollectionAccessKeyRevoke,
        message: format!("collection access key {id} revoked"),
        variables: json!({
            "collectionAccessKeyId": id,
            "collectionId": collection_id,
            "before": { "status": status_before },
            "after": { "status": "INACTIVE" },
        }),
    }
}

/// A secret was reported.
pub fn finding_reported(finding: &FindingRef, secret_type: &str, source: &str) -> Change {
    Change {
        action: Action::DetectedSecretReport,
        message: format!("finding {} in {} reported", finding.secret_id, finding.workspace_id),
        variables: json!({
            "secretId": finding.secret_id,
            "workspaceId": finding.workspace_id,
            "apiKeyId": finding.key_id,
            "before": null,
            "after": { "resolution": Resolution::Active.word(), "secretType": secret_type, "source": source },
        }),
    }
}

/// A secret was reported that was known in this workspace already.
pub fn finding_reported_again(finding: &FindingRef, source: &str, occurrences: i64, new_place: bool) -> Change {
    Change {
        action: Action::DetectedSecretReport,
        message: format!("finding {} in {} reported again", finding.secret_id, finding.workspace_id),
        variables: json!({
            "secretId": finding.secret_id,
            "workspaceId": finding.workspace_id,
            "apiKeyId": finding.key_id,
            "before": { "occurrences": occurrences - 1 },
            "after": { "occurrences": occurrences, "source": source, "newLocation": new_place },
        }),
    }
}

pub fn finding_resolved(
    finding: &FindingRef,
    before: &Resolution,
    resolution: &Resolution,
    note: Option<&str>,
) -> Change {
    Change {
        action: Action::DetectedSecretResolve,
        message: format!("finding {} in {} resolved", finding.secret_id, finding.workspace_id),
        variables: json!({
            "secretId": finding.secret_id,
            "workspaceId": finding.workspace_id,
            "apiKeyId": finding.key_id,
            "note": note,
            "before": { "resolution": before.word() },
            "after": { "resolution": resolution.word() },
        }),
    }
}

/// Uses of a key were refused because it no longer works.
pub fn uses_refused(summary: &Summary) -> Change {
    let (id, count) = (&summary.key_id, summary.count);
    let uses = if count == 1 { "use" } else { "uses" };
    Change {
        action: Action::ApiKeyRefused,
        message: format!("{count} {uses} of API key {id} refused"),
        variables: json!({
            "apiKeyId": id,
            "apiKeyName": summary.key_name,
            "before": null,
            "after": {
                "count": count,
                "firstAt": summary.first_at,
                "lastAt": summary.last_at,
                "addresses": summary.addresses,
            },
        }),
    }
}

/// A value that belongs to no key was refused; the hash is that of a well-formed one.
pub fn key_refused(reason: &'static str, hash: Option<&str>) -> Change {
    Change {
        action: Action::AuthFailure,
        message: "a key was refused".to_owned(),
        variables: json!({
            "reason": reason,
            "secretHash": hash,
            "before": null,
            "after": null,
        }),
    }
}
