//! Changing API keys in place: name, contacts, disabled or not, an earlier expiry, less access. Each kind of change is audited.

use serde_json::json;

use super::audit::{Action, Cause};
use super::changes::Change;
use super::engine::Result;
use super::sql::Sql;
use super::team::User;
use super::{Write, stamp};
use crate::api::key::ApiKey;
use crate::domain::key::{Access, DisabledReason, Status};
use crate::domain::time::{Time, wire};
use crate::domain::untrusted::Untrusted;

/// What shall change; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct Patch {
    pub name: Option<String>,
    pub contacts: Option<Vec<String>>,
    /// `Some(None)`: enabled again.
    pub disabled: Option<Option<DisabledReason>>,
    /// When a disabled key is enabled again by itself; `Some(None)`: not by itself.
    pub disabled_until: Option<Option<Time>>,
    pub expires_at: Option<Time>,
    pub access: Option<Access>,
}

impl Patch {
    fn is_empty(&self) -> bool {
        let Self { name, contacts, disabled, disabled_until, expires_at, access } = self;
        let standing = disabled.is_none() && disabled_until.is_none() && expires_at.is_none() && access.is_none();
        standing && name.is_none() && contacts.is_none()
    }
}

/// Applies `patch` to a key, whose present state is `key`, and audits it. Nothing to change is nothing to audit.
pub async fn apply(write: &mut Write, key: &ApiKey, owner: &User, patch: &Patch, cause: &Cause<'_>) -> Result<()> {
    if patch.is_empty() {
        return Ok(());
    }
    // A column set to itself first, since what follows begins with a comma: one that no index and no other row depends on.
    let mut sql = Sql::new("UPDATE api_keys SET last_used_from = last_used_from");
    if let Some(name) = &patch.name {
        sql.push(", name = ").bind(name.as_str()).push(", name_folded = ").bind(name.to_lowercase());
    }
    if let Some(contacts) = &patch.contacts {
        sql.push(", contacts = ").bind(serde_json::Value::from(contacts.as_slice()).to_string());
    }
    if let Some(reason) = &patch.disabled {
        sql.push(", disabled_reason = ").bind(reason.as_ref().map(|reason| reason.word().to_owned()));
    }
    if let Some(until) = patch.disabled_until {
        sql.push(", disabled_until = ").bind(stamp(until));
    }
    if let Some(expires_at) = patch.expires_at {
        sql.push(", expires_at = ").bind(stamp(Some(expires_at))).push(", brought_forward = ").bind(1_i64);
    }
    if let Some(access) = &patch.access {
        sql.push(", access = ").bind(access.word());
    }
    sql.push(" WHERE id = ").bind(key.id.as_str());
    sql.run(write.on()).await?;
    for change in changes(key, patch) {
        write.record(cause, owner.for_audit(), change);
    }
    Ok(())
}

fn changes(key: &ApiKey, patch: &Patch) -> Vec<Change> {
    let (id, mut changes) = (key.id.as_str(), Vec::new());
    let mut note = |action, verb: &str, before: serde_json::Value, after: serde_json::Value| {
        let name = patch.name.as_deref().unwrap_or(key.name.as_received());
        changes.push(Change {
            action,
            message: format!("API key {id} {verb}"),
            variables: json!({ "apiKeyId": id, "apiKeyName": name, "before": before, "after": after }),
        });
    };
    if patch.name.is_some() || patch.contacts.is_some() {
        let (mut before, mut after) = (json!({}), json!({}));
        if let Some(name) = &patch.name {
            (before["name"], after["name"]) = (json!(key.name.as_received()), json!(name));
        }
        if let Some(contacts) = &patch.contacts {
            let old: Vec<&str> = key.contacts.iter().map(Untrusted::as_received).collect();
            (before["contacts"], after["contacts"]) = (json!(old), json!(contacts));
        }
        note(
            Action::ApiKeyRename,
            if patch.name.is_some() { "renamed" } else { "given other contacts" },
            before,
            after,
        );
    }
    let said_again = patch.disabled_until.map(|_| key.disabled_reason.clone());
    if let Some(reason) = patch.disabled.as_ref().or(said_again.as_ref()) {
        let old = key.disabled_reason.as_ref().map(DisabledReason::word);
        let before = json!({ "status": key.status.word(), "disabledReason": old });
        let (action, status) = match reason {
            Some(_) => (Action::ApiKeyDisable, Status::Disabled),
            None => (Action::ApiKeyEnable, Status::Enabled),
        };
        let mut after = json!({ "status": status.word(), "disabledReason": reason.as_ref().map(DisabledReason::word) });
        if let Some(Some(until)) = patch.disabled_until {
            after["disabledUntil"] = json!(wire(until));
        }
        note(action, status.word(), before, after);
    }
    if let Some(expires_at) = patch.expires_at {
        let before = json!({ "expiresAt": key.expires_at.time().map(wire) });
        note(Action::ApiKeyExpire, "given an earlier expiry", before, json!({ "expiresAt": wire(expires_at) }));
    }
    if let Some(access) = &patch.access {
        let before = json!({ "access": key.access.word() });
        note(Action::ApiKeyAccess, "given less access", before, json!({ "access": access.word() }));
    }
    changes
}
