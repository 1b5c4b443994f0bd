//! Uses of keys that were refused because the key no longer works: what shows that a revoked key is still tried. They are
//! counted [in memory](super::refused_pending) and written here, a batch at a time.

use super::audit::{self, Cause};
use super::engine::{On, Result, Row};
use super::refused_pending::{Pending, Tried};
use super::refused_told::tell;
use super::sql::Sql;
use super::{Store, Write, moment};
use crate::api::key::RefusedUse;
use crate::domain::key::RefusedUses as Told;
use crate::domain::key_value::KeyKind;
use crate::domain::time::{Time, wire};
use crate::domain::untrusted::Untrusted;

/// How many addresses of a key are kept: the latest. Source: management API, "Refused uses".
pub const ADDRESSES: usize = 50;

/// Writes what was noted and tells the audit log what is due at `now`, in one transaction; with `all`, also what is not due
/// yet. `team` is the team as the log shows it.
pub async fn write(store: &Store, pending: &Pending, team: &serde_json::Value, now: Time, all: bool) -> Result<()> {
    let mut write = store.write().await?;
    for ((kind, key_id), tried) in &pending.of_keys {
        count(&mut write, *kind, key_id, tried).await?;
        count_addresses(&mut write, key_id, tried).await?;
        forget_addresses(&mut write, key_id).await?;
    }
    for stranger in &pending.strangers {
        let cause = Cause::new(&stranger.origin, stranger.at);
        audit::refused(&mut write, &cause, stranger.reason, stranger.hash.as_deref());
    }
    let agent = |id: &str| {
        let tried = pending.of_keys.get(&(KeyKind::ApiKey, id.to_owned()));
        tried.and_then(|tried| tried.agent.clone())
    };
    tell(&mut write, team, agent, now, all).await?;
    write.commit().await
}

async fn count(write: &mut Write, kind: KeyKind, key_id: &str, tried: &Tried) -> Result<()> {
    let mut sql = Sql::new(match kind {
        KeyKind::ApiKey => "UPDATE api_keys SET refused_count = refused_count + ",
        KeyKind::CollectionAccessKey => "UPDATE collection_access_keys SET refused_count = refused_count + ",
    });
    let (at, from) = (wire(tried.last.0), tried.last.1.to_string());
    sql.bind(tried.count);
    // several servers may share one database: an older use never hides a newer one
    sql.push(", refused_from = CASE WHEN refused_at > ").bind(at.as_str());
    sql.push(" THEN refused_from ELSE ").bind(from);
    sql.push(" END, refused_at = CASE WHEN refused_at > ").bind(at.as_str());
    sql.push(" THEN refused_at ELSE ").bind(at.as_str()).push(" END");
    if kind == KeyKind::ApiKey {
        sql.push(", refused_since = COALESCE(refused_since, ").bind(wire(tried.first)).push(")");
    }
    sql.push(" WHERE id = ").bind(key_id);
    sql.run(write.on()).await?;
    Ok(())
}

async fn count_addresses(write: &mut Write, key_id: &str, tried: &Tried) -> Result<()> {
    let mut sql = Sql::new("INSERT INTO refused_uses (key_id, address, count, first_at, last_at) VALUES ");
    for (at, (from, (count, first, last))) in tried.addresses.iter().enumerate() {
        sql.push(if at > 0 { ", (" } else { "(" });
        sql.bind(key_id).push(", ").bind(from.to_string()).push(", ").bind(*count);
        sql.push(", ").bind(wire(*first)).push(", ").bind(wire(*last)).push(")");
    }
    sql.push(" ON CONFLICT (key_id, address) DO UPDATE SET count = refused_uses.count + excluded.count");
    sql.push(", last_at = CASE WHEN refused_uses.last_at > excluded.last_at THEN refused_uses.last_at");
    sql.push(" ELSE excluded.last_at END");
    sql.run(write.on()).await?;
    Ok(())
}

async fn forget_addresses(write: &mut Write, key_id: &str) -> Result<()> {
    let mut sql = Sql::new("DELETE FROM refused_uses WHERE key_id = ");
    sql.bind(key_id).push(" AND address IN (SELECT address FROM refused_uses WHERE key_id = ").bind(key_id);
    sql.push(" ORDER BY last_at DESC, address DESC LIMIT 1000 OFFSET ");
    sql.bind(i64::try_from(ADDRESSES).unwrap_or(i64::MAX)).push(")");
    sql.run(write.on()).await?;
    Ok(())
}

/// The refused uses in a row that has `refused_count`, `refused_at` and `refused_from`.
pub fn of_row(row: Row<'_>) -> Result<Told> {
    Ok(Told {
        count: u64::try_from(row.try_get::<i64>("refused_count")?).unwrap_or_default(),
        last_at: moment(row, "refused_at")?,
        last_from: row.try_get::<Option<&str>>("refused_from")?.map(Untrusted::from),
    })
}

/// A place in the list: the last use and the address of the last row before it.
pub type Position = (String, String);

/// One page of the addresses of a key, the latest first, and where the next one begins.
pub async fn page(
    on: impl On,
    key_id: &str,
    after: Option<&Position>,
    limit: u32,
) -> Result<(Vec<RefusedUse>, Option<Position>)> {
    let mut sql = Sql::new("SELECT address, count, first_at, last_at FROM refused_uses");
    sql.and("key_id = ").seek(key_id);
    if let Some((last, address)) = after {
        sql.and("(last_at, address) < ").seek_list([last, address]);
    }
    sql.push(" ORDER BY last_at DESC, address DESC LIMIT ").bind(i64::from(limit) + 1);
    let rows = sql.rows(on).await?;
    let shown = |row: Row<'_>| {
        Ok(RefusedUse {
            address: Untrusted::from(row.try_get::<&str>("address")?),
            count: u64::try_from(row.try_get::<i64>("count")?).unwrap_or_default(),
            first_at: moment(row, "first_at")?,
            last_at: moment(row, "last_at")?,
        })
    };
    let more = rows.len() > limit as usize;
    let uses = rows.iter().take(limit as usize).map(shown).collect::<Result<Vec<_>>>()?;
    let position =
        |used: &RefusedUse| (used.last_at.time().map(wire).unwrap_or_default(), used.address.as_received().to_owned());
    let next = uses.last().filter(|_| more).map(position);
    Ok((uses, next))
}

/// How many addresses of a key are kept.
pub async fn count_of(on: impl On, key_id: &str) -> Result<u64> {
    let mut sql = Sql::new("SELECT COUNT(*) AS counted FROM refused_uses");
    sql.and("key_id = ").seek(key_id);
    sql.count(on).await
}
