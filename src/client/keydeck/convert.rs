//! From the wire's shapes to the domain's: what a server left out stays empty, what it wrote in another way is read all
//! the same, and texts that many rows share are kept once.

use std::collections::HashSet;

use serde_json::Value;

use crate::api::audit::{AuditActor, AuditEntry as WireEntry};
use crate::api::key::{ApiKey, CollectionAccessKey, RefusedUse, RevocationOutcome};
use crate::api::secrets::DetectedSecret;
use crate::api::team::{MeAnswer, UserAnswer};
use crate::client::Revoked;
use crate::domain::audit::{AuditEntry, AuditPerson, AuditTarget, AuditTargetKind, Fact};
use crate::domain::finding::Finding;
use crate::domain::ids::KeyId;
use crate::domain::key::{Access, DisabledReason, Key, RefusedUses, Status, TriedFrom};
use crate::domain::key_value::{Digest32, KeyKind, digest_of_fingerprint};
use crate::domain::team::{Me, User, UserKind};
use crate::domain::time::{Time, When};
use crate::domain::untrusted::Untrusted;

/// Keeps equal texts once: in a page of a thousand keys the owners are a few dozen.
#[derive(Default)]
pub(super) struct Interner(HashSet<Untrusted>);

impl Interner {
    fn keep(&mut self, text: Untrusted) -> Untrusted {
        if text.is_empty() {
            return Untrusted::default();
        }
        if let Some(known) = self.0.get(&text) {
            return known.clone();
        }
        self.0.insert(text.clone());
        text
    }
}

pub(super) fn api_key(key: ApiKey, texts: &mut Interner) -> Key {
    let owner_gone = key.disabled_reason == Some(DisabledReason::OwnerLeft);
    Key {
        id: key.id,
        kind: KeyKind::ApiKey,
        name: texts.keep(key.name),
        masked: key.masked_value,
        digest: digest(&key.secret_hash),
        status: key.status,
        disabled_reason: key.disabled_reason,
        disabled_until: key.disabled_until,
        access: key.access,
        owner_id: key.owner_id,
        owner_kind: key.owner_kind,
        owner: texts.keep(key.owner_name),
        owner_email: texts.keep(key.owner_email),
        owner_gone,
        contacts: key.contacts.into_iter().map(|contact| texts.keep(contact)).collect(),
        created: key.created_at,
        value_created: key.value_created_at,
        expires: key.expires_at,
        last_used: key.last_used_at,
        last_used_from: key.last_used_from.filter(|from| !from.is_empty()).map(|from| texts.keep(from)),
        revoked: key.revoked_at,
        revoked_by: key.revoked_by,
        revocation: key.revocation,
        rotated_from: some_id(key.rotated_from),
        rotated_to: some_id(key.rotated_to),
        minted_with: some_id(key.minted_with),
        refused_uses: RefusedUses {
            last_from: key.refused_uses.last_from.filter(|from| !from.is_empty()).map(|from| texts.keep(from)),
            ..key.refused_uses
        },
        overlap_ends: key.overlap_ends_at,
        collection_id: None,
        exposed: false,
    }
}

/// An id that is there and not empty.
fn some_id(id: Option<KeyId>) -> Option<KeyId> {
    id.filter(|id| !id.as_str().is_empty())
}

/// A collection access key as of `now`.
///
/// The wire knows `ACTIVE` and `INACTIVE`: an inactive one was revoked if it says when, else it has lapsed or was
/// switched off. The expiry passes without anybody writing it down, so an active one beyond it has lapsed too.
pub(super) fn collection_key(key: CollectionAccessKey, now: Time, texts: &mut Interner) -> Key {
    let lapsed = key.expires_after.time().is_some_and(|expires| expires <= now);
    let deleted = key.deleted_at != When::Never;
    let (status, disabled_reason) = match key.status.as_received() {
        _ if deleted => (Status::Revoked, None),
        "ACTIVE" if lapsed => (Status::Disabled, Some(DisabledReason::Expired)),
        "ACTIVE" => (Status::Enabled, None),
        "INACTIVE" => (Status::Disabled, lapsed.then_some(DisabledReason::Expired)),
        _ => (Status::Other(key.status), None),
    };
    let name = key.collection_name.filter(|name| !name.is_empty()).unwrap_or_else(|| key.collection_id.clone());
    Key {
        id: key.id,
        kind: KeyKind::CollectionAccessKey,
        name: texts.keep(name),
        masked: key.token,
        digest: key.secret_hash.as_ref().and_then(digest),
        status,
        disabled_reason,
        disabled_until: When::Never,
        access: Access::Full,
        owner_id: key.user_id,
        owner_kind: UserKind::Person,
        owner: texts.keep(key.user_name.unwrap_or_default()),
        owner_email: texts.keep(key.user_email.unwrap_or_default()),
        owner_gone: false,
        contacts: Vec::new(),
        created: key.created_at.clone(),
        value_created: key.created_at,
        expires: key.expires_after,
        last_used: key.last_used_at,
        last_used_from: None,
        revoked: key.deleted_at,
        revoked_by: None,
        revocation: None,
        rotated_from: None,
        rotated_to: None,
        minted_with: None,
        refused_uses: key.refused_uses.unwrap_or_default(),
        overlap_ends: When::Never,
        collection_id: Some(texts.keep(key.collection_id)),
        exposed: false,
    }
}

/// The refused uses from one address.
pub(super) fn tried_from(used: RefusedUse) -> TriedFrom {
    TriedFrom { address: used.address, count: used.count, first: used.first_at, last: used.last_at }
}

/// A finding. Its identity is secret and workspace together, apart by a space, which neither holds.
pub(super) fn finding(secret: DetectedSecret, texts: &mut Interner) -> Finding {
    Finding {
        id: KeyId::from(format!("{} {}", secret.secret_id.as_str(), secret.workspace_id.as_received())),
        secret_id: secret.secret_id,
        workspace_id: texts.keep(secret.workspace_id),
        elsewhere: Vec::new(),
        secret_type: texts.keep(secret.secret_type),
        kind_here: None,
        obfuscated: secret.obfuscated_secret,
        digest: digest(&secret.secret_hash),
        // an API key's: whose a collection access key's secret is, a look-up tells
        key_kind: KeyKind::ApiKey,
        key_id: some_id(secret.api_key_id),
        key_name: secret.api_key_name.unwrap_or_default(),
        key_status: secret.api_key_status,
        owner_id: secret.owner_id,
        owner: Untrusted::default(),
        owner_email: Untrusted::default(),
        owner_gone: false,
        last_used: secret.last_used_at,
        source: secret.source,
        url: secret.url.unwrap_or_default(),
        visibility: texts.keep(secret.workspace_visibility),
        resolution: secret.resolution,
        occurrences: secret.occurrences.unwrap_or(1),
        detected: secret.detected_at,
    }
}

/// An entry of the audit log. What its change was done to stands among the variables, in a field named after its kind.
pub(super) fn audit_entry(entry: WireEntry, texts: &mut Interner) -> AuditEntry {
    let variables = &entry.data.variables;
    let text = |field: &str| text_of(&variables[field]);
    let key = text("apiKeyId").or_else(|| text("collectionAccessKeyId"));
    let target = [
        ("secretId", "", AuditTargetKind::Finding),
        ("apiKeyId", "apiKeyName", AuditTargetKind::ApiKey),
        ("collectionAccessKeyId", "collectionId", AuditTargetKind::CollectionAccessKey),
        ("userId", "", AuditTargetKind::User),
    ]
    .into_iter()
    .find_map(|(id, name, kind)| Some(AuditTarget { kind, id: text(id)?, name: text(name).unwrap_or_default() }));
    let filled = |text: Option<Untrusted>| text.filter(|text| !text.is_empty());
    let with_key = entry.data.actor.as_ref().and_then(|actor| filled(actor.api_key_id.clone()));
    AuditEntry {
        number: entry.id.0,
        at: entry.timestamp,
        action: texts.keep(entry.action),
        message: entry.message,
        actor: entry.data.actor.map(|actor| person(actor, texts)),
        with_key: with_key.map(KeyId::from),
        user: entry.data.user.map(|user| person(user, texts)),
        from: filled(entry.ip).map(|from| texts.keep(from)),
        user_agent: filled(entry.user_agent).map(|program| texts.keep(program)),
        target,
        key: key.map(KeyId::from),
        note: text("note"),
        before: facts(&variables["before"]),
        after: facts(&variables["after"]),
        hash: filled(entry.hash),
    }
}

fn person(person: AuditActor, texts: &mut Interner) -> AuditPerson {
    AuditPerson { id: person.id, name: texts.keep(person.name), email: texts.keep(person.email) }
}

/// A text or a number that is there and not empty.
fn text_of(value: &Value) -> Option<Untrusted> {
    match value {
        Value::String(text) => Some(Untrusted::from(text.as_str())).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(Untrusted::from(number.to_string())),
        _ => None,
    }
}

fn facts(value: &Value) -> Vec<(Untrusted, Fact)> {
    let fields = value.as_object().into_iter().flatten();
    fields.map(|(name, value)| (Untrusted::from(name.as_str()), fact(value))).collect()
}

fn fact(value: &Value) -> Fact {
    match value {
        Value::Null => Fact::Nothing,
        Value::Bool(flag) => Fact::Flag(*flag),
        Value::String(text) => Fact::Text(Untrusted::from(text.as_str())),
        Value::Array(values) => Fact::List(values.iter().map(fact).collect()),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => Fact::Whole(whole),
            None => Fact::Text(Untrusted::from(number.to_string())),
        },
        Value::Object(_) => Fact::Text(Untrusted::from(value.to_string())),
    }
}

/// Who asks.
pub(super) fn me(answer: MeAnswer) -> Me {
    let (own_key, own_key_expires, own_access) = match answer.api_key {
        Some(key) => (some_id(Some(key.id)), key.expires_at, key.access),
        None => (None, When::Never, Access::Full),
    };
    Me {
        id: answer.user.id,
        name: if answer.user.full_name.is_empty() { answer.user.username } else { answer.user.full_name },
        email: answer.user.email,
        team: answer.user.team_name,
        roles: answer.user.roles,
        own_key,
        own_key_expires,
        own_access,
        roles_tell: true,
        guest: false,
        // its own server counts no months
        allowances: Vec::new(),
    }
}

/// A member of the team.
pub(super) fn user(user: UserAnswer) -> User {
    User {
        id: user.id,
        kind: user.kind,
        contacts: user.contacts,
        name: if user.name.is_empty() { user.username } else { user.name },
        email: user.email,
        roles: user.roles,
        active: user.active,
    }
}

/// What became of one key of a revocation.
pub(super) fn revoked(outcome: &RevocationOutcome) -> Revoked {
    match outcome {
        RevocationOutcome::Revoked => Revoked::Now,
        RevocationOutcome::AlreadyRevoked => Revoked::Before,
        RevocationOutcome::NotFound => Revoked::NotFound,
        RevocationOutcome::Forbidden => Revoked::Denied,
        RevocationOutcome::Other(_) => Revoked::Unclear,
    }
}

/// A fingerprint's bytes; none when it is not written as the contract says.
fn digest(text: &Untrusted) -> Option<Digest32> {
    digest_of_fingerprint(text.as_received())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;
    use crate::domain::key::Revocation;
    use crate::domain::key_value;

    fn now() -> Time {
        When::from_wire("2026-11-21T08:30:00Z").time().unwrap()
    }

    fn collection(json: serde_json::Value) -> Key {
        collection_key(serde_json::from_value(json).unwrap(), now(), &mut Interner::default())
    }

    #[rstest]
    #[case::active(json!({"status": "ACTIVE", "expiresAfter": "2026-12-21T00:00:00.000Z"}), Status::Enabled, None)]
    #[case::lapsed(
        json!({"status": "ACTIVE", "expiresAfter": "2026-11-20T00:00:00.000Z"}),
        Status::Disabled, Some(DisabledReason::Expired)
    )]
    #[case::revoked(json!({"status": "INACTIVE", "deletedAt": "2026-11-20T00:00:00.000Z"}), Status::Revoked, None)]
    #[case::inactive(json!({"status": "INACTIVE", "deletedAt": null}), Status::Disabled, None)]
    #[case::inactive_and_lapsed(
        json!({"status": "INACTIVE", "expiresAfter": "2026-11-20T00:00:00.000Z"}),
        Status::Disabled, Some(DisabledReason::Expired)
    )]
    #[case::a_new_word(json!({"status": "PAUSED"}), Status::Other("PAUSED".into()), None)]
    fn active_and_inactive_become_the_domains_states(
        #[case] json: serde_json::Value,
        #[case] status: Status,
        #[case] reason: Option<DisabledReason>,
    ) {
        let key = collection(json);
        assert_eq!((key.status, key.disabled_reason), (status, reason));
    }

    #[test]
    fn a_collection_key_is_named_by_its_collection() {
        assert_eq!(collection(json!({"collectionId": "1-a", "collectionName": "Pets"})).name.as_received(), "Pets");
        let key = collection(json!({"collectionId": "1-a", "collectionName": "", "lastUsedAt": "", "userId": 7.0}));
        assert_eq!(key.name.as_received(), "1-a");
        assert_eq!((key.last_used, key.owner_id.0), (When::Never, 7));
    }

    #[test]
    fn a_key_with_nothing_but_an_id_survives_and_claims_nothing() {
        let key = api_key(serde_json::from_value(json!({"id": "k"})).unwrap(), &mut Interner::default());
        assert_eq!(key.id.as_str(), "k");
        assert_ne!(key.status, Status::Enabled);
        assert_eq!((key.digest, key.expires), (None, When::Never));
        assert_eq!((key.access, key.owner_kind, key.disabled_until), (Access::Full, UserKind::Person, When::Never));
        assert_eq!((key.minted_with, key.rotated_to, key.refused_uses), (None, None, RefusedUses::default()));
    }

    #[test]
    fn an_api_keys_fields_arrive() {
        let fingerprint = key_value::fingerprint("x");
        let wire = json!({
            "id": "k", "name": "ci", "secretHash": fingerprint, "status": "revoked", "ownerId": 3.0,
            "revocation": "meteor", "revokedBy": 4, "revokedAt": "2026-11-20T00:00:00.000Z", "contacts": null,
            "access": "read", "mintedWith": "m", "rotatedTo": "", "ownerKind": "robot",
            "disabledUntil": "2026-11-22T00:00:00.000Z",
            "refusedUses": { "count": 3, "lastAt": "2026-11-21T00:00:00.000Z", "lastFrom": "192.0.2.9", "more": 1 },
        });
        let key = api_key(serde_json::from_value(wire).unwrap(), &mut Interner::default());
        assert_eq!(key.digest, Some(key_value::digest("x")));
        assert_eq!((key.status, key.owner_id.0, key.revoked_by.unwrap().0), (Status::Revoked, 3, 4));
        assert_eq!(key.revocation, Some(Revocation::Other("meteor".into())));
        assert_eq!((key.access, key.owner_kind), (Access::Read, UserKind::Other("robot".into())));
        assert_eq!((key.minted_with, key.rotated_to), (Some("m".into()), None));
        assert_eq!(key.disabled_until, When::from_wire("2026-11-22T00:00:00.000Z"));
        assert_eq!((key.refused_uses.count, key.refused_uses.last_from), (3, Some("192.0.2.9".into())));
    }

    #[test]
    fn equal_texts_are_kept_once() {
        let mut texts = Interner::default();
        let (a, b) = (texts.keep("Ann".into()), texts.keep("Ann".into()));
        assert!(a.is_one_with(&b));
    }

    #[test]
    fn one_secret_in_two_workspaces_is_two_findings() {
        let read = |workspace: &str| {
            let wire = json!({"secretId": "s=", "workspaceId": workspace, "resolution": "SNOOZED", "occurrences": 2.0});
            finding(serde_json::from_value(wire).unwrap(), &mut Interner::default())
        };
        let (a, b) = (read("a"), read("b"));
        assert_ne!(a.id, b.id);
        assert_eq!((a.secret_id, a.occurrences), (b.secret_id.clone(), 2));
        assert!(!b.is_open());
    }
}
