//! When keys were last used: kept in memory and written in batches, never one commit a request.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::collection_keys::LIFETIME;
use super::engine::Result;
use super::sql::Sql;
use super::{Store, Write};
use crate::api::key::{ApiKey, CollectionAccessKey};
use crate::domain::ids::KeyId;
use crate::domain::key_value::KeyKind;
use crate::domain::time::{Time, When, wire};
use crate::server::source::Source;

type Uses = HashMap<(KeyKind, String), (Time, Source)>;

/// Uses that are not written yet.
#[derive(Default)]
pub struct LastUses(Mutex<Uses>);

impl LastUses {
    /// Notes that a key was used.
    pub fn note(&self, kind: KeyKind, key_id: &str, at: Time, from: Source) {
        let mut uses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        uses.insert((kind, key_id.to_owned()), (at, from));
    }

    /// Puts the uses that are not written yet into keys that were read. A collection access key's expiry moves with them.
    pub fn show(&self, api_keys: &mut [ApiKey], collection_keys: &mut [CollectionAccessKey]) {
        let uses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if uses.is_empty() {
            return;
        }
        let newer = |kind, id: &KeyId, written: &When| {
            let (at, from) = *uses.get(&(kind, id.as_str().to_owned()))?;
            written.time().is_none_or(|written| written < at).then_some((at, from))
        };
        for key in api_keys {
            if let Some((at, from)) = newer(KeyKind::ApiKey, &key.id, &key.last_used_at) {
                key.last_used_at = at.into();
                key.last_used_from = Some(from.to_string().into());
            }
        }
        for key in collection_keys.iter_mut().filter(|key| key.deleted_at == When::Never) {
            if let Some((at, _)) = newer(KeyKind::CollectionAccessKey, &key.id, &key.last_used_at) {
                key.last_used_at = at.into();
                key.expires_after = (at + LIFETIME).into();
            }
        }
    }

    /// Writes what was noted, in one transaction. What could not be written stays noted.
    pub async fn flush(&self, store: &Store) -> Result<()> {
        let uses = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        if uses.is_empty() {
            return Ok(());
        }
        let written = write(store, &uses).await;
        if written.is_err() {
            let mut newer = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            for (key, used) in uses {
                newer.entry(key).or_insert(used);
            }
        }
        written
    }
}

async fn write(store: &Store, uses: &Uses) -> Result<()> {
    let mut write = store.write().await?;
    for ((kind, key_id), (at, from)) in uses {
        match kind {
            KeyKind::ApiKey => api_key(&mut write, key_id, *at, *from).await?,
            KeyKind::CollectionAccessKey => collection_access_key(&mut write, key_id, *at).await?,
        }
    }
    write.commit().await
}

async fn api_key(write: &mut Write, id: &str, at: Time, from: Source) -> Result<()> {
    let at = wire(at);
    let mut sql = Sql::new("UPDATE api_keys SET last_used_at = ");
    sql.bind(at.as_str()).push(", last_used_from = ").bind(from.to_string());
    sql.push(" WHERE id = ").bind(id);
    // Several servers may share one database: an older use never hides a newer one.
    sql.push(" AND (last_used_at IS NULL OR last_used_at < ").bind(at.as_str()).push(")");
    sql.run(write.on()).await?;
    Ok(())
}

/// Also moves the key's expiry. A key that was revoked meanwhile stays as it was.
async fn collection_access_key(write: &mut Write, id: &str, at: Time) -> Result<()> {
    let used = wire(at);
    let mut sql = Sql::new("UPDATE collection_access_keys SET last_used_at = ");
    sql.bind(used.as_str()).push(", updated_at = ").bind(used.as_str());
    sql.push(", expires_after = ").bind(wire(at + LIFETIME));
    sql.push(" WHERE deleted_at IS NULL AND id = ").bind(id);
    sql.push(" AND (last_used_at IS NULL OR last_used_at < ").bind(used.as_str()).push(")");
    sql.run(write.on()).await?;
    Ok(())
}
