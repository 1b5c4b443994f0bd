//! What servers that share a database tell one another while they answer: how much of a limit is used, and which calls are being
//! done. None of it is of any worth after a crash, so its tables are not logged, and nobody who writes waits for it.

use chrono::TimeDelta;

use super::engine::{Aside, Result};
use super::sql::Sql;
use crate::domain::time::{Time, When, wire};

/// How long a call counts as being done whose server does not say that it ended: no call takes as long.
const LONGEST_CALL: TimeDelta = TimeDelta::seconds(60);

/// What is used of a limit in its present window, by all servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Used {
    /// When the window began.
    pub since: Time,
    /// How much is used, with what was just taken; more than the limit where it was not all to be had.
    pub used: u64,
}

/// Takes `amount` of what `who` may use in windows of `window`, and begins another window where the last one is over.
pub async fn take(
    on: Aside<'_>,
    limit: &'static str,
    who: &str,
    amount: u32,
    window: TimeDelta,
    now: Time,
) -> Result<Used> {
    // one that begins later than it may is of a clock that was wrong
    let (present, over, never) = (wire(now), wire(now - window), wire(now + window));
    let mut sql = Sql::new("INSERT INTO limits_used (name, who, since, used) VALUES (");
    sql.bind(limit).push(", ").bind(who).push(", ").bind(present.as_str()).push(", ").bind(i64::from(amount));
    sql.push(") ON CONFLICT (name, who) DO UPDATE SET since = CASE WHEN limits_used.since <= ").bind(over.as_str());
    sql.push(" OR limits_used.since > ").bind(never.as_str());
    sql.push(" THEN excluded.since ELSE limits_used.since END, used = excluded.used + CASE WHEN limits_used.since <= ");
    sql.bind(over).push(" OR limits_used.since > ").bind(never);
    sql.push(" THEN 0 ELSE limits_used.used END RETURNING since, used");
    let row = sql.only(on).await?;
    let since = When::from_wire(row.try_get("since")?).time().unwrap_or(now);
    Ok(Used { since, used: u64::try_from(row.try_get::<i64>("used")?).unwrap_or_default() })
}

/// Notes that the call `scope` is being done by `holder`; false when another is at it.
pub async fn begin(on: Aside<'_>, scope: &str, holder: &str, now: Time) -> Result<bool> {
    let mut sql = Sql::new("INSERT INTO calls_running (scope, holder, until) VALUES (");
    sql.bind(scope).push(", ").bind(holder).push(", ").bind(wire(now + LONGEST_CALL));
    sql.push(") ON CONFLICT (scope) DO UPDATE SET holder = excluded.holder, until = excluded.until");
    sql.push(" WHERE calls_running.until <= ").bind(wire(now));
    Ok(sql.run(on).await? == 1)
}

/// Notes that it is done.
pub async fn end(on: Aside<'_>, scope: &str, holder: &str) -> Result<()> {
    let mut sql = Sql::new("DELETE FROM calls_running WHERE scope = ");
    sql.bind(scope).push(" AND holder = ").bind(holder);
    sql.run(on).await?;
    Ok(())
}

/// Forgets what is over.
pub async fn clean(on: Aside<'_>, window: TimeDelta, now: Time) -> Result<()> {
    let mut limits = Sql::new("DELETE FROM limits_used WHERE since <= ");
    limits.bind(wire(now - window));
    limits.run(on).await?;
    let mut calls = Sql::new("DELETE FROM calls_running WHERE until <= ");
    calls.bind(wire(now));
    calls.run(on).await?;
    Ok(())
}
