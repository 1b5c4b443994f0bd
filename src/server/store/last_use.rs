//! When keys were last used: kept in memory and written in batches, never one commit a request.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use super::Store;
use super::sql::Sql;
use crate::domain::time::{Time, wire};

/// Uses that are not written yet.
#[derive(Default)]
pub struct LastUses(Mutex<HashMap<String, (Time, IpAddr)>>);

impl LastUses {
    /// Notes that a key was used.
    pub fn note(&self, key_id: &str, at: Time, from: IpAddr) {
        let mut uses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match uses.get_mut(key_id) {
            Some(last) => *last = (at, from),
            None => {
                uses.insert(key_id.to_owned(), (at, from));
            }
        }
    }

    /// Writes what was noted, in one transaction. What could not be written stays noted.
    pub async fn flush(&self, store: &Store) -> sqlx::Result<()> {
        let uses = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        if uses.is_empty() {
            return Ok(());
        }
        let written = write(store, &uses).await;
        if written.is_err() {
            let mut newer = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            for (key_id, used) in uses {
                newer.entry(key_id).or_insert(used);
            }
        }
        written
    }
}

async fn write(store: &Store, uses: &HashMap<String, (Time, IpAddr)>) -> sqlx::Result<()> {
    let mut write = store.write().await?;
    for (key_id, (at, from)) in uses {
        let at = wire(*at);
        let mut sql = Sql::new("UPDATE api_keys SET last_used_at = ");
        sql.bind(at.as_str()).push(", last_used_from = ").bind(from.to_canonical().to_string());
        sql.push(" WHERE id = ").bind(key_id.as_str());
        // Several servers may share one database: an older use never hides a newer one.
        sql.push(" AND (last_used_at IS NULL OR last_used_at < ").bind(at.as_str()).push(")");
        sql.run(write.on()).await?;
    }
    write.commit().await
}
