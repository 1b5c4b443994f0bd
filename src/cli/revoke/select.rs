//! Which keys a revocation is about: looked up before anything is sent, so that the review can name them.

use std::collections::{HashMap, HashSet};

use chrono::Utc;

use crate::cli::args::{Revoke, RevokeTab};
use crate::cli::connect::Connection;
use crate::cli::rows;
use crate::client::error::{ErrorKind, ServiceError};
use crate::client::{KeyService, Scope};
use crate::domain::bulk::Plan;
use crate::domain::filter::Query;
use crate::domain::ids::KeyId;
use crate::domain::key::{Key, Status};

/// Up to this many ids are asked for one by one; more cost less as whole lists.
const ONE_BY_ONE: usize = 20;

/// What is to be revoked, and what was named but will not be.
#[derive(Debug, Default)]
pub struct Selection {
    /// What is to be revoked.
    pub plan: Plan,
    /// Keys named by id that are revoked already.
    pub already: Vec<Key>,
    /// Ids that no visible key has.
    pub missing: Vec<KeyId>,
    /// Whether the keys were named by id.
    pub by_id: bool,
}

/// Finds the keys that the arguments mean.
pub async fn select(args: &Revoke, query: Option<&Query>, connection: &Connection) -> Result<Selection, ServiceError> {
    let (now, own) = (Utc::now(), connection.me.own_key.as_ref());
    if let (Some(query), Some(tab)) = (query, args.tab) {
        let scope = match tab {
            RevokeTab::Mine => Scope::Mine,
            RevokeTab::Team => Scope::Team,
            RevokeTab::Collections => Scope::Collections,
        };
        let (keys, _) = rows::keys(connection, scope, query, None).await?;
        return Ok(Selection { plan: Plan::new(keys, own, now), ..Selection::default() });
    }
    let ids = distinct(&args.ids);
    let mut found = by_id(&ids, connection).await?;
    let (mut keys, mut already, mut missing) = (Vec::new(), Vec::new(), Vec::new());
    for id in ids {
        match found.remove(&id) {
            Some(key) if key.status == Status::Revoked => already.push(key),
            Some(key) => keys.push(key),
            None => missing.push(id),
        }
    }
    Ok(Selection { plan: Plan::new(keys, own, now), already, missing, by_id: true })
}

/// The ids in the order given, each once.
fn distinct(ids: &[String]) -> Vec<KeyId> {
    let mut seen = HashSet::new();
    ids.iter().filter(|id| seen.insert(id.as_str())).map(|id| KeyId::from(id.as_str())).collect()
}

async fn by_id(ids: &[KeyId], connection: &Connection) -> Result<HashMap<KeyId, Key>, ServiceError> {
    let mut found = HashMap::new();
    if ids.len() <= ONE_BY_ONE {
        for id in ids {
            match connection.service.api_key(id).await {
                Ok(key) => drop(found.insert(id.clone(), key)),
                // no such API key, or an id that none can have: it may be a collection access key's
                Err(error) if matches!(error.kind, ErrorKind::NotFound | ErrorKind::Invalid) => {}
                Err(error) => return Err(error),
            }
        }
    } else {
        let scope = if connection.me.is_admin() { Scope::Team } else { Scope::Mine };
        take(ids, scope, connection, &mut found).await?;
    }
    if ids.iter().any(|id| !found.contains_key(id)) {
        take(ids, Scope::Collections, connection, &mut found).await?;
    }
    Ok(found)
}

async fn take(
    ids: &[KeyId],
    scope: Scope,
    connection: &Connection,
    found: &mut HashMap<KeyId, Key>,
) -> Result<(), ServiceError> {
    let wanted: HashSet<&KeyId> = ids.iter().collect();
    let (keys, _) = rows::keys(connection, scope, &Query::default(), None).await?;
    for key in keys.into_iter().filter(|key| wanted.contains(&key.id)) {
        found.entry(key.id.clone()).or_insert(key);
    }
    Ok(())
}
