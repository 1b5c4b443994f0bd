//! Answers recorded under an idempotency key, so that a call that is sent twice is done once.

use chrono::TimeDelta;

use super::Store;
use super::engine::{On, Result, Transaction};
use super::sql::Sql;
use crate::domain::time::{Time, wire};

/// How long an answer is kept. Source: management API, "Conventions".
pub const KEPT: TimeDelta = TimeDelta::hours(24);
/// The longest answer that is kept, in bytes: that of a thousand revocations fits. Of a longer one it is kept that it was given.
pub const LONGEST_ANSWER: usize = 64 * 1024;
/// How much is kept of one user's calls, in bytes; with more, the oldest go.
const SHARE: i64 = 8 * 1024 * 1024;
/// What a record takes beside its answer, in bytes, with its places in the indexes.
const RECORD: usize = 512;

/// A call's first answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Whose call it was.
    pub user_id: i64,
    /// A keyed hash of user, method, path and idempotency key.
    pub scope: String,
    /// A keyed hash of the body.
    pub body_hash: String,
    pub status: u16,
    /// The answer's body, JSON; empty when the answer held a value that is told only once, or was too long to be kept.
    pub answer: String,
    /// The key whose value was told.
    pub key_id: Option<String>,
}

/// The answer recorded for `scope`, unless it is older than [`KEPT`].
pub async fn find(on: impl On, scope: &str, now: Time) -> Result<Option<Recorded>> {
    let mut sql =
        Sql::new("SELECT scope, user_id, body_hash, status, answer, key_id FROM recorded_answers WHERE scope = ");
    sql.bind(scope).push(" AND created_at > ").bind(wire(now - KEPT));
    let Some(row) = sql.row(on).await? else { return Ok(None) };
    Ok(Some(Recorded {
        scope: row.try_get("scope")?,
        user_id: row.try_get::<Option<i64>>("user_id")?.unwrap_or_default(),
        body_hash: row.try_get("body_hash")?,
        status: u16::try_from(row.try_get::<i64>("status")?).unwrap_or_default(),
        answer: row.try_get("answer")?,
        key_id: row.try_get("key_id")?,
    }))
}

/// Records an answer; false when a twin, on another server of the same database, was faster.
pub async fn insert(on: &mut Transaction, answer: &Recorded, now: Time) -> Result<bool> {
    let mut old = Sql::new("DELETE FROM recorded_answers WHERE created_at <= ");
    old.bind(wire(now - KEPT));
    old.run(&mut *on).await?;
    let mut before = Sql::new("SELECT upto FROM recorded_answers WHERE upto IS NOT NULL AND user_id = ");
    before.bind(answer.user_id).push(" ORDER BY upto DESC LIMIT 1");
    let before = before.row(&mut *on).await?.map(|row| row.try_get::<i64>("upto")).transpose()?;
    let upto = before.unwrap_or_default() + i64::try_from(RECORD + answer.answer.len()).unwrap_or(SHARE);
    let mut oldest = Sql::new("DELETE FROM recorded_answers WHERE user_id = ");
    oldest.bind(answer.user_id).push(" AND upto <= ").bind(upto - SHARE);
    oldest.run(&mut *on).await?;
    let mut sql = Sql::new(
        "INSERT INTO recorded_answers (scope, user_id, upto, body_hash, status, answer, key_id, created_at) VALUES (",
    );
    sql.bind(answer.scope.as_str()).push(", ").bind(answer.user_id).push(", ").bind(upto).push(", ");
    sql.bind(answer.body_hash.as_str()).push(", ");
    sql.bind(i64::from(answer.status)).push(", ").bind(answer.answer.as_str()).push(", ");
    sql.bind(answer.key_id.as_deref()).push(", ").bind(wire(now)).push(") ON CONFLICT (scope) DO NOTHING");
    Ok(sql.run(on).await? == 1)
}

/// Removes what is older than [`KEPT`]; without anything to remove, nobody waits for it.
pub async fn clean(store: &Store, now: Time) -> Result<()> {
    let oldest = wire(now - KEPT);
    let mut sql = Sql::new("SELECT scope FROM recorded_answers WHERE created_at <= ");
    sql.bind(oldest.as_str()).push(" LIMIT 1");
    if sql.row(store.reads()).await?.is_none() {
        return Ok(());
    }
    let mut write = store.write().await?;
    let mut sql = Sql::new("DELETE FROM recorded_answers WHERE created_at <= ");
    sql.bind(oldest);
    sql.run(write.on()).await?;
    write.commit().await
}

/// The server's own random key of this name, as `fresh` when there is none yet. Every server of a database has the same.
pub async fn server_key(store: &Store, name: &str, fresh: &str) -> Result<String> {
    // read first: a server has to start although another program holds the database's lock
    let mut sql = Sql::new("SELECT value FROM server_keys WHERE name = ");
    sql.bind(name);
    if let Some(row) = sql.row(store.reads()).await? {
        return row.try_get("value");
    }
    let mut write = store.write().await?;
    let mut sql = Sql::new("INSERT INTO server_keys (name, value) VALUES (");
    sql.bind(name).push(", ").bind(fresh).push(") ON CONFLICT (name) DO NOTHING");
    sql.run(write.on()).await?;
    let mut sql = Sql::new("SELECT value FROM server_keys WHERE name = ");
    sql.bind(name);
    let row = sql.only(write.on()).await?;
    let value = row.try_get("value")?;
    write.commit().await?;
    Ok(value)
}
