//! Reading the audit log, entry by entry as it was chained.

use serde_json::{Map, Value, json};

use super::Store;
use super::audit::{self, Head};
use super::engine::{Result, Row};
use super::sql::Sql;

/// Which entries, and in which order.
#[derive(Clone, Debug, Default)]
pub struct Search {
    /// Of this acting user.
    pub actor: Option<i64>,
    /// That tell of this key.
    pub key: Option<String>,
    /// Of this action, by its name.
    pub action: Option<String>,
    /// Not before this moment, in the store's form.
    pub since: Option<String>,
    /// Before this moment, in the store's form.
    pub before: Option<String>,
    /// Behind the entry with this number.
    pub after_seq: Option<i64>,
    /// The oldest first, instead of the latest.
    pub ascending: bool,
}

/// A page, and the chain's head at the same moment.
#[derive(Debug)]
pub struct Found {
    /// The entries: each as it was hashed, with its `hash` added.
    pub entries: Vec<Value>,
    /// The number of the last one, if there are more behind it.
    pub next: Option<i64>,
    pub head: Head,
}

impl Search {
    /// One page of at most `limit` entries behind the one numbered `after`.
    pub async fn page(&self, store: &Store, after: Option<i64>, limit: u32) -> Result<Found> {
        let mut sql = Sql::new("SELECT seq, at, action, body, hash FROM audit_entries");
        if let Some(actor) = self.actor {
            sql.and("actor_id = ").bind(actor);
        }
        if let Some(key) = &self.key {
            sql.and("key_id = ").seek(key);
        }
        if let Some(action) = &self.action {
            sql.and("action = ").seek(action);
        }
        // times never run backwards in the log, so that moments are numbers, in whose order the entries are found
        if let Some(since) = &self.since {
            sql.and("COALESCE(at, '') >= ").bind(since.as_str());
            sql.and("seq >= (SELECT f.seq FROM audit_entries f WHERE f.at >= ").bind(since.as_str());
            sql.push(" ORDER BY f.at, f.seq LIMIT 1)");
        }
        if let Some(before) = &self.before {
            sql.and("COALESCE(at, '') < ").bind(before.as_str());
            sql.and("seq <= (SELECT l.seq FROM audit_entries l WHERE l.at < ").bind(before.as_str());
            sql.push(" ORDER BY l.at DESC, l.seq DESC LIMIT 1)");
        }
        if let Some(seq) = self.after_seq {
            sql.and("seq > ").bind(seq);
        }
        if let Some(after) = after {
            sql.and(if self.ascending { "seq > " } else { "seq < " }).bind(after);
        }
        sql.push(if self.ascending { " ORDER BY seq LIMIT " } else { " ORDER BY seq DESC LIMIT " });
        sql.bind(i64::from(limit) + 1);
        let mut snapshot = store.snapshot().await?;
        let rows = sql.rows(&mut snapshot).await?;
        let head = audit::head(&mut snapshot).await?;
        let (shown, more) = rows.page(limit);
        let next = more.map(|last| last.try_get("seq")).transpose()?;
        Ok(Found { entries: shown.map(entry).collect::<Result<_>>()?, next, head })
    }
}

/// An entry as it was hashed. One that somebody damaged is shown as far as it can be: it must not hide the others.
fn entry(row: Row<'_>) -> Result<Value> {
    let mut entry = match serde_json::from_str(row.try_get("body")?) {
        Ok(Value::Object(entry)) => entry,
        _ => damaged(row)?,
    };
    entry.insert("hash".to_owned(), Value::from(row.try_get::<&str>("hash")?));
    Ok(Value::Object(entry))
}

fn damaged(row: Row<'_>) -> Result<Map<String, Value>> {
    let seq: i64 = row.try_get("seq")?;
    let mut entry = Map::new();
    entry.insert("id".to_owned(), json!(seq));
    entry.insert("seq".to_owned(), json!(seq));
    entry.insert("timestamp".to_owned(), json!(row.try_get::<&str>("at")?));
    entry.insert("action".to_owned(), json!(row.try_get::<&str>("action")?));
    entry.insert("ip".to_owned(), Value::Null);
    entry.insert("userAgent".to_owned(), Value::Null);
    entry.insert("message".to_owned(), json!("this entry was damaged: see keydeck audit verify"));
    entry.insert("data".to_owned(), json!({ "actor": null, "user": null, "team": null, "variables": {} }));
    Ok(entry)
}
