//! What the audit log is told of refused uses: of each key at once, and then at most one summary in [`APART`]. No other
//! refusal uses that up, and no other key.

use chrono::TimeDelta;

use super::audit::{Cause, Origin};
use super::engine::{On, Result, Row};
use super::refused_uses::ADDRESSES;
use super::sql::Sql;
use super::team::User;
use super::{Write, changes};
use crate::domain::time::{Time, wire};

/// How far apart the summaries of one key are at least.
const APART: TimeDelta = TimeDelta::minutes(10);
/// Keys that one transaction tells of; the others follow with the next.
const KEYS: i64 = 100;

/// Refused uses of a key since the last summary.
#[derive(Clone, Debug)]
pub struct Summary {
    pub key_id: String,
    pub key_name: String,
    pub count: i64,
    /// The first and the last, as they are written.
    pub first_at: String,
    pub last_at: String,
    /// The addresses, the latest first, at most [`ADDRESSES`].
    pub addresses: Vec<String>,
}

/// The keys of which the log is to be told at `now`, the longest waiting first.
fn due_sql(now: Time, all: bool) -> Sql {
    let mut sql = Sql::new(
        "SELECT k.id, k.name, k.owner_id, k.refused_count - k.refused_told AS untold, k.refused_since, k.refused_at, \
         k.refused_from FROM api_keys k WHERE k.refused_since IS NOT NULL AND COALESCE(k.refused_told_at, '') <= ",
    );
    sql.bind(wire(if all { now } else { now - APART }));
    sql.push(" ORDER BY COALESCE(k.refused_told_at, '') LIMIT ").bind(KEYS);
    sql
}

/// Whether there is any.
pub async fn is_due(on: impl On, now: Time, all: bool) -> Result<bool> {
    Ok(due_sql(now, all).row(on).await?.is_some())
}

/// Tells of them, in the name of nobody; `agent` is the program that sent a key last, where that is known.
pub async fn tell(
    write: &mut Write,
    team: &serde_json::Value,
    agent: impl Fn(&str) -> Option<String>,
    now: Time,
    all: bool,
) -> Result<()> {
    let due = due_sql(now, all).rows(write.on()).await?;
    let due = due.iter().map(read).collect::<Result<Vec<_>>>()?;
    for (mut summary, owner, from) in due {
        summary.addresses = addresses(write, &summary).await?;
        let mut sql = Sql::new("UPDATE api_keys SET refused_told = refused_count, refused_since = NULL");
        sql.push(", refused_told_at = ").bind(wire(now)).push(" WHERE id = ").bind(summary.key_id.as_str());
        sql.run(write.on()).await?;
        let owner = User::by_id(write.on(), owner).await?.map(|owner| owner.for_audit()).unwrap_or_default();
        let agent = agent(&summary.key_id);
        let origin = Origin { ip: from, user_agent: agent, team: team.clone(), ..Origin::default() };
        write.record(&Cause::new(&origin, now), owner, changes::uses_refused(&summary));
    }
    Ok(())
}

fn read(row: Row<'_>) -> Result<(Summary, i64, Option<String>)> {
    let summary = Summary {
        key_id: row.try_get("id")?,
        key_name: row.try_get("name")?,
        count: row.try_get("untold")?,
        first_at: row.try_get("refused_since")?,
        last_at: row.try_get("refused_at")?,
        addresses: Vec::new(),
    };
    Ok((summary, row.try_get("owner_id")?, row.try_get("refused_from")?))
}

async fn addresses(write: &mut Write, summary: &Summary) -> Result<Vec<String>> {
    let mut sql = Sql::new("SELECT address FROM refused_uses");
    sql.and("key_id = ").bind(summary.key_id.as_str()).and("last_at >= ").bind(summary.first_at.as_str());
    sql.push(" ORDER BY last_at DESC, address DESC LIMIT ").bind(i64::try_from(ADDRESSES).unwrap_or(i64::MAX));
    sql.rows(write.on()).await?.iter().map(|row| row.try_get("address")).collect()
}
