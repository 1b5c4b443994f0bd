//! Which keys are about to expire.

use std::collections::HashMap;

use chrono::TimeDelta;

use crate::domain::key::Status;
use crate::domain::time::{Time, wire};
use crate::server::store::engine::{On, Result, Transaction};
use crate::server::store::sql::Sql;
use crate::server::store::standing;

/// A key that is about to expire.
#[derive(Clone, Debug)]
pub struct Ending {
    pub id: String,
    pub name: String,
    pub owner_id: i64,
    pub contacts: Vec<String>,
    /// When it expires, as the wire writes it.
    pub expires_at: String,
}

impl Ending {
    /// What is told once only: that it expires then, `days` before.
    pub fn about(&self, days: i64) -> String {
        format!("{} {days} {}", self.id, self.expires_at)
    }
}

/// How many keys are told of at once: others who write wait for that.
const AT_ONCE: u32 = 200;

/// Keys that are accepted and expire within `days` days and not within `sooner`, of which nobody was told so yet; some of
/// them, the soonest first, behind the key `after`. A key that was made with no more than `days` to live is none of them: who
/// made it knows. While an act dates keys there are none: their rows do not say yet when they expire.
pub async fn expiring(on: impl On, days: i64, sooner: i64, after: Option<&Ending>, now: Time) -> Result<Vec<Ending>> {
    let mut sql = select();
    // as the index has it
    let expires = "COALESCE(k.expires_at, '9999-12-31T23:59:59.999Z')";
    match after {
        // the first comparison lets SQLite begin in the middle of the index
        Some(Ending { id, expires_at, .. }) => {
            sql.push(expires).push(" >= ").bind(expires_at.as_str()).push(" AND (").push(expires).push(", k.id) > (");
            sql.bind(expires_at.as_str()).push(", ").bind(id.as_str()).push(")");
        }
        None => drop(sql.push(expires).push(" > ").bind(wire(now + TimeDelta::days(sooner)))),
    }
    sql.push(" AND ").push(expires).push(" <= ").bind(wire(now + TimeDelta::days(days))).push(" AND ");
    push_untold(&mut sql, days, now);
    sql.push(" ORDER BY ").push(expires).push(", k.id LIMIT ").bind(i64::from(AT_ONCE));
    read(on, sql).await
}

/// Those of `found` of which that is still true.
pub async fn still_expiring(on: &mut Transaction, found: &[Ending], days: i64, now: Time) -> Result<Vec<Ending>> {
    let mut sql = select();
    push_untold(&mut sql, days, now);
    sql.push(" AND k.id IN ").seek_any(found.iter().map(|key| key.id.as_str()));
    let expires: HashMap<&str, &str> = found.iter().map(|key| (key.id.as_str(), key.expires_at.as_str())).collect();
    let mut still = read(on, sql).await?;
    still.retain(|key| expires.get(key.id.as_str()) == Some(&key.expires_at.as_str()));
    Ok(still)
}

fn select() -> Sql {
    Sql::new("SELECT k.id, k.name, k.owner_id, k.contacts, k.expires_at FROM api_keys k WHERE ")
}

/// Adds the condition that the key `k` is accepted, and nobody was told that it expires in `days`.
fn push_untold(sql: &mut Sql, days: i64, now: Time) {
    standing::push_is(sql, &Status::Enabled, now);
    sql.push(" AND days_before(k.expires_at, ").bind(days);
    sql.push(") > k.created_at AND NOT EXISTS (SELECT 1 FROM notices n WHERE n.about = k.id || ");
    sql.bind(format!(" {days} ")).push(" || k.expires_at)");
    sql.push(" AND NOT EXISTS (SELECT 1 FROM acts WHERE running = 1 AND kind = 'date')");
}

async fn read(on: impl On, sql: Sql) -> Result<Vec<Ending>> {
    let rows = sql.rows(on).await?;
    rows.iter()
        .map(|row| {
            Ok(Ending {
                id: row.try_get("id")?,
                name: row.try_get("name")?,
                owner_id: row.try_get("owner_id")?,
                contacts: serde_json::from_str(row.try_get("contacts")?).unwrap_or_default(),
                expires_at: row.try_get("expires_at")?,
            })
        })
        .collect()
}
