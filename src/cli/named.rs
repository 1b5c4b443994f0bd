//! Keys that are named on the command line by their ids.

use std::collections::{HashMap, HashSet};

use super::connect::Connection;
use super::exit::Stop;
use super::rows;
use crate::client::Scope;
use crate::client::capabilities::Capability;
use crate::client::error::{ErrorKind, ServiceError};
use crate::domain::filter::Query;
use crate::domain::ids::KeyId;
use crate::domain::key::Key;
use crate::domain::key_value::KeyKind;
use crate::domain::values::tells;
use crate::ops;

/// Up to this many ids are asked for one by one where the backend cannot be asked for several; more cost less as whole
/// lists.
const ONE_BY_ONE: usize = 20;

/// Refuses what cannot be an id, before anything is asked of anybody.
pub fn check(ids: &[String]) -> Result<(), Stop> {
    if ids.iter().any(tells) {
        return Err(Stop::usage(
            "that is a key's value, not an id, and it now stands in this shell's history",
            "find its id with keydeck show - and the value on standard input",
        ));
    }
    if ids.iter().any(String::is_empty) {
        return Err(Stop::usage("an id is empty", "give ids as keydeck list prints them"));
    }
    Ok(())
}

/// The keys with these ids, in the order given and each once, and the ids that no visible key has.
pub async fn find(ids: &[String], connection: &Connection) -> Result<(Vec<Key>, Vec<KeyId>), ServiceError> {
    let mut seen = HashSet::new();
    let ids: Vec<KeyId> = ids.iter().filter(|id| seen.insert(id.as_str())).map(|id| KeyId::from(id.as_str())).collect();
    let mut found = by_id(&ids, connection).await?;
    let (mut keys, mut missing) = (Vec::new(), Vec::new());
    for id in ids {
        match found.remove(&id) {
            Some(key) => keys.push(key),
            None => missing.push(id),
        }
    }
    Ok((keys, missing))
}

pub async fn one(id: &str, connection: &Connection) -> anyhow::Result<Key> {
    let (mut keys, _) = find(&[id.to_owned()], connection).await?;
    keys.pop().ok_or_else(|| {
        Stop::failed(format!("no key that you may see has the id {id}"), "give an id as keydeck list prints it").into()
    })
}

async fn by_id(ids: &[KeyId], connection: &Connection) -> Result<HashMap<KeyId, Key>, ServiceError> {
    let mut found = HashMap::new();
    if connection.has(Capability::ReadByIds) {
        match ops::fresh::any_kind(&*connection.service, ids).await {
            Ok(keys) => {
                // an id that both kinds have means the API key
                for key in keys {
                    let before = found.get(&key.id).is_some_and(|other: &Key| other.kind == KeyKind::ApiKey);
                    if !before {
                        found.insert(key.id.clone(), key);
                    }
                }
                return Ok(found);
            }
            // a server of an earlier version does not know the question
            Err(error) if error.kind == ErrorKind::Invalid => {}
            Err(error) => return Err(error),
        }
    }
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
    if connection.has(Capability::CollectionKeys) && ids.iter().any(|id| !found.contains_key(id)) {
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
    let (keys, _) = rows::keys(connection, &[scope], &Query::default(), None).await?;
    for key in keys.into_iter().filter(|key| wanted.contains(&key.id)) {
        found.entry(key.id.clone()).or_insert(key);
    }
    Ok(())
}
