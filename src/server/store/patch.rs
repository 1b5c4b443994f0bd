//! Changing API keys in place: name, contacts, disabled or not, an earlier expiry, less access, another owner. Each kind of change is audited.

use serde_json::json;

use super::audit::{Action, Cause};
use super::changes::Change;
use super::engine::Result;
use super::outbox::{self, Notice, Recipients};
use super::sql::Sql;
use super::team::User;
use super::{Write, stamp};
use crate::api::key::ApiKey;
use crate::domain::key::{Access, DisabledReason, Status};
use crate::domain::notice::Occasion;
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
    /// Whose it is from now on.
    pub owner: Option<User>,
}

impl Patch {
    fn is_empty(&self) -> bool {
        let Self { name, contacts, disabled, disabled_until, expires_at, access, owner } = self;
        let texts = name.is_none() && contacts.is_none();
        let standing = disabled.is_none() && disabled_until.is_none() && expires_at.is_none() && access.is_none();
        texts && standing && owner.is_none()
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
    if let Some(owner) = &patch.owner {
        sql.push(", owner_id = ").bind(owner.id);
    }
    sql.push(" WHERE id = ").bind(key.id.as_str());
    sql.run(write.on()).await?;
    for change in changes(key, patch) {
        write.record(cause, owner.for_audit(), change);
    }
    tell(write, key, owner, patch, cause).await
}

/// Notes that owners and contacts are told; who did it knows.
async fn tell(write: &mut Write, key: &ApiKey, owner: &User, patch: &Patch, cause: &Cause<'_>) -> Result<()> {
    let contacts = match &patch.contacts {
        Some(contacts) => contacts.clone(),
        None => key.contacts.iter().map(|contact| contact.as_received().to_owned()).collect(),
    };
    let of = (key.id.as_str(), patch.name.as_deref().unwrap_or(key.name.as_received()));
    let told = Recipients::of_key(owner, &contacts).others_than(cause);
    if let Some(to) = &patch.owner {
        let more = json!({ "from": owner.name, "to": to.name });
        let notice = Notice { more, ..Notice::of(Occasion::Transferred, of, cause) };
        let told = told.clone().and(to).others_than(cause);
        outbox::put(write, &notice, &told, cause.now).await?;
    }
    if let Some(Some(reason)) = &patch.disabled
        && cause.origin.actor_id != Some(owner.id)
    {
        let until = patch.disabled_until.flatten().map(wire);
        let notice = Notice {
            why: Some(reason.word()),
            more: json!({ "until": until }),
            ..Notice::of(Occasion::Disabled, of, cause)
        };
        let told = match &patch.owner {
            Some(to) => told.and(to).others_than(cause),
            None => told,
        };
        outbox::put(write, &notice, &told, cause.now).await?;
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
    if let Some(owner) = &patch.owner {
        let before = json!({ "ownerId": key.owner_id.0, "ownerName": key.owner_name.as_received() });
        let after = json!({ "ownerId": owner.id, "ownerName": owner.name });
        note(Action::ApiKeyTransfer, "handed over", before, after);
    }
    if let Some(access) = &patch.access {
        let before = json!({ "access": key.access.word() });
        note(Action::ApiKeyAccess, "given less access", before, json!({ "access": access.word() }));
    }
    changes
}
