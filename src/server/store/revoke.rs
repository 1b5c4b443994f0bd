//! Revoking API keys: final, audited one by one, and closing the findings that name them.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use super::audit::Cause;
use super::engine::{Result, Row, Transaction};
use super::outbox::{self, Notice, Recipients};
use super::sql::{IDS_A_LIST, Sql};
use super::standing::{self, IS_SUPERADMIN};
use super::team::{USER_FIELDS, User};
use super::{Write, changes, findings};
use crate::domain::finding::Resolution;
use crate::domain::key::{Access, Revocation, Status};
use crate::domain::notice::Occasion;
use crate::domain::time::{Time, wire};

/// A key that may be revoked.
#[derive(Clone, Debug)]
pub struct Target {
    pub id: String,
    pub name: String,
    pub owner: Arc<User>,
    /// Whether it was revoked before.
    pub revoked: bool,
    /// Whether it is accepted now.
    pub enabled: bool,
    /// What it may do on the API.
    pub access: Access,
}

/// Begins a statement that reads targets, with the `columns` that their state follows from.
pub fn select(columns: impl FnOnce(&mut Sql)) -> Sql {
    let mut sql = Sql::new("SELECT k.id AS key_id, k.name AS key_name, k.access, ");
    sql.push(USER_FIELDS).push(", ");
    columns(&mut sql);
    // the keys first, however they are chosen
    sql.push(" FROM api_keys k CROSS JOIN users u WHERE u.id = k.owner_id");
    sql
}

/// The keys with these ids, in no order.
pub async fn targets(on: &mut Transaction, ids: impl IntoIterator<Item = &str>, now: Time) -> Result<Vec<Target>> {
    let mut sql = select(standing::push_columns);
    sql.push(" AND k.id IN ").seek_any(ids);
    read(on, sql, now).await
}

/// What a statement of [`select`] finds.
pub async fn read(on: &mut Transaction, sql: Sql, now: Time) -> Result<Vec<Target>> {
    let mut owners: HashMap<i64, Arc<User>> = HashMap::new();
    let target = |row: Row<'_>| {
        let owner = match owners.entry(row.try_get("id")?) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(Arc::new(User::from_row(row)?)),
        };
        let status = standing::of_row(row, owner.active, now)?.status;
        Ok(Target {
            id: row.try_get("key_id")?,
            name: row.try_get("key_name")?,
            owner: Arc::clone(owner),
            revoked: status == Status::Revoked,
            enabled: status == Status::Enabled,
            access: Access::from_word(row.try_get("access")?),
        })
    };
    sql.rows(on).await?.iter().map(target).collect()
}

/// Revokes `keys`, none of which is revoked yet, in the order given, resolves their open findings, and audits both.
pub async fn revoke(write: &mut Write, keys: &[(Target, Revocation)], cause: &Cause<'_>) -> Result<()> {
    revoke_as_of(write, keys, cause.now, cause).await
}

/// The same of keys that are not accepted since `at`.
pub async fn revoke_as_of(write: &mut Write, keys: &[(Target, Revocation)], at: Time, cause: &Cause<'_>) -> Result<()> {
    for chunk in keys.chunks(IDS_A_LIST) {
        let mut reasons: Vec<&Revocation> = chunk.iter().map(|(_, reason)| reason).collect();
        reasons.sort_unstable_by_key(|reason| reason.word());
        reasons.dedup();
        for reason in reasons {
            let ids = chunk.iter().filter(|(_, other)| other == reason).map(|(key, _)| key.id.as_str());
            let mut sql = Sql::new("UPDATE api_keys SET revoked_at = ");
            sql.bind(wire(at)).push(", revoked_by = ").bind(cause.origin.actor_id);
            sql.push(", revocation = ").bind(reason.word());
            sql.push(" WHERE revoked_at IS NULL AND id IN ").seek_any(ids);
            sql.run(write.on()).await?;
        }
    }
    for (key, reason) in keys {
        let change = changes::key_revoked(&key.id, &key.name, key.enabled, reason, cause.note);
        write.record(cause, key.owner.for_audit(), change);
    }
    tell(write, keys, at, cause).await?;
    for chunk in keys.chunks(IDS_A_LIST) {
        let ids: Vec<&str> = chunk.iter().map(|(key, _)| key.id.as_str()).collect();
        let open = findings::open_of_keys(write.on(), &ids).await?;
        findings::resolve(write, &open, &Resolution::Revoked, cause).await?;
    }
    Ok(())
}

/// Notes that owners and contacts are told; who did it knows. One that the server revoked since it is exposed is told so.
async fn tell(write: &mut Write, keys: &[(Target, Revocation)], at: Time, cause: &Cause<'_>) -> Result<()> {
    let contacts = outbox::contacts(write.on(), keys.iter().map(|(key, _)| key.id.as_str())).await?;
    let told = keys.iter().map(|(key, reason)| {
        let by_itself = cause.origin.actor_id.is_none() && *reason == Revocation::Exposed;
        let occasion = if by_itself { Occasion::AutoRevoked } else { Occasion::Revoked };
        let notice = Notice {
            why: Some(reason.word()),
            at,
            ..Notice::of(occasion, (key.id.as_str(), key.name.as_str()), cause)
        };
        let contacts = contacts.get(&key.id).map(Vec::as_slice).unwrap_or_default();
        (notice, Recipients::of_key(&key.owner, contacts).others_than(cause))
    });
    let told: Vec<(Notice<'_>, Recipients)> = told.collect();
    outbox::put_all(write, &told, cause.now).await
}

/// Whether no active superadmin has an enabled key that may change anything but the one with this id, so that without that
/// one nobody could manage the team any more.
pub async fn locks_out(on: &mut Transaction, id: &str, now: Time) -> Result<bool> {
    // mostly there is one that is found at once; while an act dates keys, how each of them stands is worked out
    let mut one = Sql::new("SELECT 1 AS one FROM users u CROSS JOIN api_keys k WHERE u.active = 1 AND u.");
    one.push(IS_SUPERADMIN).push(" AND k.owner_id = u.id AND k.id <> ").bind(id).push(" AND k.access = ");
    one.bind(Access::Full.word()).push(" AND ");
    standing::push_is(&mut one, &Status::Enabled, now);
    one.push(" AND NOT EXISTS (SELECT 1 FROM acts d WHERE d.running = 1 AND d.kind = 'date') LIMIT 1");
    if one.row(&mut *on).await?.is_some() {
        return Ok(false);
    }
    // the superadmins first, of whom there are few, then the keys of each
    let mut sql = Sql::new("SELECT k.id AS key_id, k.name AS key_name, k.access, ");
    sql.push(USER_FIELDS).push(", ");
    standing::push_columns(&mut sql);
    sql.push(" FROM users u CROSS JOIN api_keys k WHERE u.active = 1 AND u.").push(IS_SUPERADMIN);
    sql.push(" AND k.owner_id = u.id AND k.id <> ").bind(id).push(" AND k.revoked_at IS NULL");
    Ok(!read(on, sql, now).await?.iter().any(|key| key.enabled && key.access == Access::Full))
}

/// Whether revoking this key can lock the team out.
pub fn guards_the_team(key: &Target) -> bool {
    key.enabled && key.access == Access::Full && key.owner.is_superadmin()
}
