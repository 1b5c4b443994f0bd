//! What time does to keys: their date passes, an expired one waits too long, one that was disabled for a while is accepted
//! again. Whether a key is accepted follows from its row and the time of day, so that nothing depends on how soon this is
//! done; it makes the change last, and tells the audit log.

use std::collections::HashMap;

use chrono::TimeDelta;

use super::audit::Cause;
use super::engine::{On, Result, Rows};
use super::outbox::{self, Notice, Recipients};
use super::revoke::{self, Target};
use super::sql::Sql;
use super::standing::{self, IS_SUPERADMIN};
use super::team::{self, User};
use super::{Write, acts, changes, moment};
use crate::domain::key::{Access, DisabledReason, Revocation};
use crate::domain::notice::Occasion;
use crate::domain::time::{Time, When, wire};

/// How many keys a batch holds: others wait for one of them at most.
pub const BATCH: u32 = 500;
/// How long before its date the last key of any superadmin is spared: two passes.
const AHEAD: TimeDelta = TimeDelta::minutes(2);

/// Takes the lease `name` for `holder` until `length` from now, unless somebody else has it. A lease that ends later than
/// any could was taken before the clock was set back, and holds nobody up.
pub async fn take_lease(write: &mut Write, name: &str, holder: &str, length: TimeDelta, now: Time) -> Result<bool> {
    let (until, present) = (wire(now + length), wire(now));
    let mut sql = Sql::new("INSERT INTO leases (name, holder, until) VALUES (");
    sql.bind(name).push(", ").bind(holder).push(", ").bind(until.as_str());
    sql.push(") ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until");
    sql.push(" WHERE leases.holder = ").bind(holder).push(" OR leases.until <= ").bind(present);
    sql.push(" OR leases.until > ").bind(until);
    Ok(sql.run(write.on()).await? > 0)
}

/// Gives the lease up.
pub async fn give_lease_up(write: &mut Write, name: &str, holder: &str) -> Result<()> {
    let mut sql = Sql::new("DELETE FROM leases WHERE name = ");
    sql.bind(name).push(" AND holder = ").bind(holder);
    sql.run(write.on()).await?;
    Ok(())
}

/// Whether time has done anything to any key that was not written yet.
pub async fn is_due(on: impl On, cutoff: Option<Time>, now: Time) -> Result<bool> {
    let mut sql = Sql::new("SELECT 1 AS due WHERE EXISTS (SELECT 1");
    standing::push_expired(&mut sql, now);
    sql.push(") OR EXISTS (SELECT 1");
    standing::push_back(&mut sql, now);
    sql.push(")");
    if let Some(cutoff) = cutoff {
        sql.push(" OR EXISTS (SELECT 1");
        push_inactive(&mut sql, cutoff);
        sql.push(")");
    }
    sql.push(" OR EXISTS (SELECT 1");
    push_last(&mut sql, now);
    sql.push(")");
    Ok(sql.row(on).await?.is_some())
}

/// When time does something next to a key, after `now`.
pub async fn next(on: impl On, now: Time) -> Result<Option<Time>> {
    let mut sql = Sql::new("SELECT (SELECT MIN(k.expires_at) FROM api_keys k WHERE k.revoked_at IS NULL");
    sql.push(" AND k.disabled_reason IS NULL AND k.spared = 0 AND k.expires_at > ").bind(wire(now));
    sql.push(") AS ends, (SELECT MIN(k.disabled_until) FROM api_keys k WHERE k.revoked_at IS NULL");
    sql.push(" AND k.disabled_until IS NOT NULL AND k.disabled_until > ").bind(wire(now)).push(") AS back");
    let row = sql.only(on).await?;
    let (ends, back) = (moment(row.row(), "ends")?, moment(row.row(), "back")?);
    Ok([ends.time(), back.time()].into_iter().flatten().min())
}

/// Does what is due, at most a batch of each kind, and answers how many keys that changed: none, when nothing is left.
pub async fn batch(write: &mut Write, cause: &Cause<'_>) -> Result<usize> {
    // first the act that dates keys: until it is over their rows do not say when they expire
    if acts::dating(&mut *write.on()).await?.is_some() {
        return Ok(0);
    }
    let settings = team::settings(write.on()).await?;
    let mut changed = spare(write, cause).await?;
    changed += back(write, cause).await?;
    changed += expire(write, cause).await?;
    if let Some(cutoff) = settings.inactive_before(cause.now) {
        changed += end(write, cutoff, cause).await?;
    }
    Ok(changed)
}

/// Keys that expired before `cutoff`, and were not dated anew since.
fn push_inactive(sql: &mut Sql, cutoff: Time) {
    sql.push(" FROM api_keys k WHERE k.revoked_at IS NULL AND k.expires_at IS NOT NULL AND k.spared = 0");
    sql.push(" AND k.expires_at <= ").bind(wire(cutoff));
    sql.push(" AND (k.dated_at IS NULL OR k.dated_at <= ").bind(wire(cutoff)).push(")");
}

/// Keys of active superadmins that are spared, or would have to be.
fn push_last(sql: &mut Sql, now: Time) {
    // the superadmins first, of whom there are few, then the keys of each
    sql.push(" FROM users u CROSS JOIN api_keys k WHERE u.active = 1 AND u.").push(IS_SUPERADMIN);
    sql.push(" AND k.owner_id = u.id AND k.revoked_at IS NULL AND k.expires_at IS NOT NULL");
    sql.push(" AND (k.spared = 1 OR (k.disabled_reason IS NULL AND k.expires_at <= ").bind(wire(now + AHEAD));
    sql.push("))");
}

/// A superadmin's key, as far as sparing it goes.
struct Guard {
    id: String,
    name: String,
    owner_id: i64,
    expires: When,
    spared: bool,
}

/// Sees to it that time does not end the last key of any active superadmin: the one that would have ended last goes on
/// working, until there is another. A key that ended before is not brought back.
async fn spare(write: &mut Write, cause: &Cause<'_>) -> Result<usize> {
    let mut sql =
        Sql::new("SELECT k.id, k.name, k.owner_id, k.expires_at, k.spared FROM users u CROSS JOIN api_keys k WHERE ");
    sql.push("u.active = 1 AND u.").push(IS_SUPERADMIN).push(" AND k.owner_id = u.id AND k.revoked_at IS NULL");
    sql.push(" AND k.access = ").bind(Access::Full.word());
    sql.push(" AND (k.disabled_reason IS NULL OR COALESCE(k.disabled_until, '9') <= ").bind(wire(cause.now)).push(")");
    let rows = sql.rows(write.on()).await?;
    let guards = rows.iter().map(|row| {
        Ok(Guard {
            id: row.try_get("id")?,
            name: row.try_get("name")?,
            owner_id: row.try_get("owner_id")?,
            expires: moment(row, "expires_at")?,
            spared: row.try_get::<i64>("spared")? != 0,
        })
    });
    let guards = guards.collect::<Result<Vec<Guard>>>()?;
    let outlives = |key: &&Guard| key.expires.time().is_none_or(|expires| expires > cause.now + AHEAD);
    let spared = |key: &&Guard| key.spared;
    if guards.iter().any(|key| outlives(&key)) {
        let over: Vec<&str> = guards.iter().filter(spared).map(|key| key.id.as_str()).collect();
        if !over.is_empty() {
            let mut sql = Sql::new("UPDATE api_keys SET spared = 0 WHERE id IN ");
            sql.seek_any(&over);
            sql.run(write.on()).await?;
        }
        return Ok(over.len());
    }
    if guards.iter().any(|key| key.spared) {
        return Ok(0);
    }
    let Some(last) = guards.iter().max_by(|a, b| (a.expires.time(), &a.id).cmp(&(b.expires.time(), &b.id))) else {
        return Ok(0);
    };
    let mut sql = Sql::new("UPDATE api_keys SET spared = 1 WHERE id = ");
    sql.bind(last.id.as_str());
    sql.run(write.on()).await?;
    tracing::warn!(key = %last.id, "the last key of any superadmin is past its date, and goes on working");
    let owner = User::by_id(write.on(), last.owner_id).await?;
    let told = changes::key_spared(&last.id, &last.name, &last.expires);
    write.record(cause, owner.as_ref().map(User::for_audit).unwrap_or_default(), told);
    let notice = Notice {
        at: last.expires.time().unwrap_or(cause.now),
        about: Some(format!("{} spared {}", last.id, last.expires.time().map(wire).unwrap_or_default())),
        ..Notice::of(Occasion::ExpirySkipped, (&last.id, &last.name), cause)
    };
    let superadmins = Recipients::superadmins(&mut *write.on()).await?;
    outbox::put_once(write, &notice, &superadmins, cause.now).await?;
    Ok(1)
}

/// The owners of these keys.
async fn owners(write: &mut Write, keys: &Rows) -> Result<HashMap<i64, User>> {
    let ids = keys.iter().map(|row| row.try_get("owner_id")).collect::<Result<Vec<i64>>>()?;
    User::by_ids(write.on(), ids).await
}

/// Accepts keys again that were disabled until now.
async fn back(write: &mut Write, cause: &Cause<'_>) -> Result<usize> {
    let mut sql = Sql::new("SELECT k.id, k.name, k.owner_id, k.disabled_reason");
    standing::push_back(&mut sql, cause.now);
    sql.push(" ORDER BY k.disabled_until, k.id LIMIT ").bind(i64::from(BATCH));
    let rows = sql.rows(write.on()).await?;
    let owners = owners(write, &rows).await?;
    let mut ids = Vec::new();
    for row in rows.iter() {
        let (id, owner): (String, i64) = (row.try_get("id")?, row.try_get("owner_id")?);
        if let Some(reason) = row.try_get::<Option<&str>>("disabled_reason")? {
            let change = changes::key_enabled(&id, row.try_get("name")?, &DisabledReason::from_word(reason));
            let owner = owners.get(&owner).map(User::for_audit);
            write.record(cause, owner.unwrap_or_default(), change);
        }
        ids.push(id);
    }
    if !ids.is_empty() {
        let mut sql = Sql::new("UPDATE api_keys SET disabled_reason = NULL, disabled_until = NULL WHERE id IN ");
        sql.seek_any(&ids);
        sql.run(write.on()).await?;
    }
    Ok(ids.len())
}

async fn expire(write: &mut Write, cause: &Cause<'_>) -> Result<usize> {
    let mut sql = Sql::new("SELECT k.id, k.name, k.owner_id");
    standing::push_expired(&mut sql, cause.now);
    sql.push(" ORDER BY k.expires_at, k.id LIMIT ").bind(i64::from(BATCH));
    let rows = sql.rows(write.on()).await?;
    let owners = owners(write, &rows).await?;
    let mut ids: Vec<String> = Vec::new();
    for row in rows.iter() {
        let (id, owner): (String, i64) = (row.try_get("id")?, row.try_get("owner_id")?);
        let change = changes::key_disabled(&id, row.try_get("name")?, &DisabledReason::Expired);
        let owner = owners.get(&owner).map(User::for_audit);
        write.record(cause, owner.unwrap_or_default(), change);
        ids.push(id);
    }
    if !ids.is_empty() {
        let mut sql = Sql::new("UPDATE api_keys SET disabled_reason = ");
        sql.bind(DisabledReason::Expired.word()).push(" WHERE id IN ").seek_any(&ids);
        sql.run(write.on()).await?;
    }
    Ok(ids.len())
}

/// Revokes keys that stayed expired too long.
async fn end(write: &mut Write, cutoff: Time, cause: &Cause<'_>) -> Result<usize> {
    let mut sql = Sql::new("SELECT k.id");
    push_inactive(&mut sql, cutoff);
    sql.push(" ORDER BY k.expires_at, k.id LIMIT ").bind(i64::from(BATCH));
    let rows = sql.rows(write.on()).await?;
    let ids = rows.iter().map(|row| row.try_get::<&str>("id")).collect::<Result<Vec<_>>>()?;
    let mut sql = revoke::select(standing::push_columns_before_acts);
    sql.push(" AND k.id IN ").seek_any(&ids).push(" ORDER BY k.expires_at, k.id");
    let targets = revoke::read(write.on(), sql, cause.now).await?;
    let chosen: Vec<(Target, Revocation)> = targets.into_iter().map(|key| (key, Revocation::Inactivity)).collect();
    if !chosen.is_empty() {
        revoke::revoke(write, &chosen, cause).await?;
    }
    Ok(chosen.len())
}
