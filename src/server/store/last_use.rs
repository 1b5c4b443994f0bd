//! When keys were last used: kept in memory and written in batches, never one commit a request.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::collection_keys::LIFETIME;
use super::engine::Result;
use super::sql::Sql;
use super::{Store, Write};
use crate::api::key::{ApiKey, CollectionAccessKey};
use crate::domain::ids::KeyId;
use crate::domain::key_value::KeyKind;
use crate::domain::time::{Time, When, wire};
use crate::server::source::Source;

/// In so many parts uses are kept, so that requests that come together hardly ever wait for one another.
const PARTS: usize = 32;
/// How many uses a transaction writes at the most: others who write wait for it.
const AT_ONCE: usize = 500;

type Of = HashMap<Box<str>, (Time, Source)>;

/// The uses of some keys of each kind.
#[derive(Default)]
struct Uses {
    api_keys: Of,
    collection_keys: Of,
}

impl Uses {
    fn of(&mut self, kind: KeyKind) -> &mut Of {
        match kind {
            KeyKind::ApiKey => &mut self.api_keys,
            KeyKind::CollectionAccessKey => &mut self.collection_keys,
        }
    }
}

/// Uses that are not written yet.
#[derive(Default)]
pub struct LastUses {
    parts: [Mutex<Uses>; PARTS],
    hasher: RandomState,
}

impl LastUses {
    fn part(&self, key_id: &str) -> MutexGuard<'_, Uses> {
        let part = usize::try_from(self.hasher.hash_one(key_id) % PARTS as u64).unwrap_or_default();
        self.parts[part].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that a key was used.
    pub fn note(&self, kind: KeyKind, key_id: &str, at: Time, from: Source) {
        let mut part = self.part(key_id);
        let of_kind = part.of(kind);
        match of_kind.get_mut(key_id) {
            Some(last) => *last = (at, from),
            None => drop(of_kind.insert(key_id.into(), (at, from))),
        }
    }

    /// Puts the uses that are not written yet into keys that were read. A collection access key's expiry moves with them.
    pub fn show(&self, api_keys: &mut [ApiKey], collection_keys: &mut [CollectionAccessKey]) {
        let newer = |kind, id: &KeyId, written: &When| {
            let (at, from) = *self.part(id.as_str()).of(kind).get(id.as_str())?;
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

    /// Writes what was noted. What could not be written stays noted.
    pub async fn flush(&self, store: &Store) -> Result<()> {
        for kind in [KeyKind::ApiKey, KeyKind::CollectionAccessKey] {
            let mut taken: Vec<_> = Vec::new();
            for part in &self.parts {
                taken.extend(std::mem::take(part.lock().unwrap_or_else(PoisonError::into_inner).of(kind)));
            }
            let mut left = taken.as_slice();
            while !left.is_empty() {
                let (some, behind) = left.split_at(AT_ONCE.min(left.len()));
                if let Err(error) = write(store, kind, some).await {
                    self.put_back(kind, left);
                    return Err(error);
                }
                left = behind;
            }
        }
        Ok(())
    }

    fn put_back(&self, kind: KeyKind, earlier: &[Use]) {
        for (key_id, used) in earlier {
            self.part(key_id).of(kind).entry(key_id.clone()).or_insert(*used);
        }
    }
}

type Use = (Box<str>, (Time, Source));

async fn write(store: &Store, kind: KeyKind, uses: &[Use]) -> Result<()> {
    let mut write = store.write().await?;
    match kind {
        KeyKind::ApiKey => api_keys(&mut write, uses).await?,
        KeyKind::CollectionAccessKey => {
            for (key_id, (at, _)) in uses {
                collection_access_key(&mut write, key_id, *at).await?;
            }
        }
    }
    write.commit().await
}

/// As many a statement as a power of two, so that there are few such statements, which are prepared already.
async fn api_keys(write: &mut Write, uses: &[Use]) -> Result<()> {
    let mut left = uses;
    while !left.is_empty() {
        let (some, behind) = left.split_at(1 << left.len().ilog2());
        left = behind;
        let mut sql =
            Sql::new("UPDATE api_keys SET last_used_at = used.column2, last_used_from = used.column3 FROM (VALUES ");
        for (at, (key_id, (when, from))) in some.iter().enumerate() {
            sql.push(if at > 0 { ", (" } else { "(" }).bind(&**key_id).push(", ").bind(wire(*when)).push(", ");
            sql.bind(from.to_string()).push(")");
        }
        sql.push(") AS used WHERE api_keys.id = used.column1");
        // Several servers may share one database: an older use never hides a newer one.
        sql.push(" AND (api_keys.last_used_at IS NULL OR api_keys.last_used_at < used.column2)");
        sql.run(write.on()).await?;
    }
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
