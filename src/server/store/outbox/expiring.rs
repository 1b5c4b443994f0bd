//! Which keys are about to expire.

use chrono::TimeDelta;

use crate::domain::key::Status;
use crate::domain::time::{Time, wire};
use crate::server::store::engine::{On, Result};
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

/// Keys that are accepted and expire within `days` days and not within `sooner`, of which nobody was told so yet; at most
/// 500. A key that was made with no more than `days` to live is none of them: who made it knows. While an act dates keys
/// there are none: their rows do not say yet when they expire.
pub async fn expiring(on: impl On, days: i64, sooner: i64, now: Time) -> Result<Vec<Ending>> {
    let mut sql = Sql::new("SELECT k.id, k.name, k.owner_id, k.contacts, k.expires_at FROM api_keys k WHERE ");
    // as the index has it
    let expires = "COALESCE(k.expires_at, '9999-12-31T23:59:59.999Z')";
    sql.push(expires).push(" > ").bind(wire(now + TimeDelta::days(sooner)));
    sql.push(" AND ").push(expires).push(" <= ").bind(wire(now + TimeDelta::days(days))).push(" AND ");
    standing::push_is(&mut sql, &Status::Enabled, now);
    sql.push(" AND strftime('%Y-%m-%dT%H:%M:%fZ', k.expires_at, ").bind(format!("-{days} days"));
    sql.push(") > k.created_at AND NOT EXISTS (SELECT 1 FROM notices n WHERE n.about = k.id || ");
    sql.bind(format!(" {days} ")).push(" || k.expires_at)");
    sql.push(" AND NOT EXISTS (SELECT 1 FROM acts WHERE running = 1 AND kind = 'date') ORDER BY ");
    sql.push(expires).push(", k.id LIMIT 500");
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
