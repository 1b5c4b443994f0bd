//! Keys that are named on the command line by their ids.

use std::collections::{HashMap, HashSet};

use super::connect::Connection;
use super::exit::Stop;
use super::input;
use super::rows;
use crate::client::Scope;
use crate::client::capabilities::Capability;
use crate::client::error::{ErrorKind, ServiceError};
use crate::domain::filter::Query;
use crate::domain::ids::KeyId;
use crate::domain::key::Key;
use crate::domain::key_value::KeyKind;
use crate::domain::untrusted::is_hostile;
use crate::domain::values::tells;
use crate::ops;

/// Up to this many ids are asked for one by one where the backend cannot be asked for several; more cost less as whole
/// lists.
const ONE_BY_ONE: usize = 20;

/// The fewest characters of an id that stand for all of it.
const SHORTEST: usize = 4;
/// The length of an id that keydeck's own server makes, a ULID: a whole one is the beginning of no other.
const WHOLE: usize = 26;
/// How many are named where more than one key begins so.
const AMONG: usize = 6;

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

/// The ids that were given, checked; in place of `-` those on standard input.
///
/// # Errors
/// When one cannot be an id, or standard input holds something else than ids.
pub fn given(ids: &[String]) -> Result<Vec<String>, Stop> {
    check(ids)?;
    let Some(at) = ids.iter().position(|id| id == "-") else { return Ok(ids.to_vec()) };
    let read = ids_of(&input::read()?)?;
    if read.is_empty() {
        return Err(Stop::usage("standard input holds no id: nothing was sent", "pipe ids into it, one a line"));
    }
    let others = |range: &[String]| range.iter().filter(|id| *id != "-").cloned().collect::<Vec<_>>();
    Ok([others(&ids[..at]), read, others(&ids[at + 1..])].concat())
}

/// The ids of a text, one a line; blank lines and those that begin with `#` are none.
fn ids_of(text: &str) -> Result<Vec<String>, Stop> {
    let lines = text.trim_start_matches('\u{feff}').lines().map(str::trim).enumerate();
    let mut ids = Vec::new();
    for (at, line) in lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#')) {
        let wrong = |what: &str| {
            Stop::usage(
                format!("line {} of standard input {what}: nothing was sent", at + 1),
                "pipe ids into it, one a line, as from keydeck list --json | jq -r '.data[].id'",
            )
        };
        if tells(line) {
            return Err(wrong("is a key's value, not an id"));
        }
        if line.contains(char::is_whitespace) || line.chars().any(is_hostile) || line.len() > 255 {
            return Err(wrong("is not one id"));
        }
        ids.push(line.to_owned());
    }
    Ok(ids)
}

/// The keys with these ids, or the only ones whose ids begin so, in the order given and each once; and the ids that no
/// visible key has.
///
/// # Errors
/// When the server does not answer, or more than one key begins so.
pub async fn find(ids: &[String], connection: &Connection) -> anyhow::Result<(Vec<Key>, Vec<KeyId>)> {
    let mut seen = HashSet::new();
    let ids: Vec<KeyId> = ids.iter().filter(|id| seen.insert(id.as_str())).map(|id| KeyId::from(id.as_str())).collect();
    let mut found = by_id(&ids, connection).await?;
    // a key that was named twice, by its id and by the beginning of it, is one
    let mut taken: HashSet<KeyId> = found.keys().cloned().collect();
    let mut doubled = HashSet::new();
    for (begins, key) in by_beginning(&ids, &found, connection).await? {
        if taken.insert(key.id.clone()) {
            found.insert(begins, key);
        } else {
            doubled.insert(begins);
        }
    }
    let (mut keys, mut missing) = (Vec::new(), Vec::new());
    for id in ids {
        match found.remove(&id) {
            Some(key) => keys.push(key),
            None if doubled.contains(&id) => {}
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

/// For each id that no key has and that is short enough to be the beginning of one: the only key whose id begins so.
async fn by_beginning(
    ids: &[KeyId],
    found: &HashMap<KeyId, Key>,
    connection: &Connection,
) -> anyhow::Result<Vec<(KeyId, Key)>> {
    let short = |id: &&KeyId| (SHORTEST..WHOLE).contains(&id.as_str().len()) && !found.contains_key(*id);
    let beginnings: Vec<&KeyId> = ids.iter().filter(short).collect();
    if beginnings.is_empty() {
        return Ok(Vec::new());
    }
    let mut scopes = vec![if connection.me.is_admin() { Scope::Team } else { Scope::Mine }];
    scopes.extend(connection.has(Capability::CollectionKeys).then_some(Scope::Collections));
    let mut fitting: Vec<Vec<Key>> = vec![Vec::new(); beginnings.len()];
    for scope in scopes.into_iter().filter(|scope| connection.has(scope.needs())) {
        let (keys, _) = rows::keys(connection, &[scope], &Query::default(), None).await?;
        for key in keys {
            for (begins, fitting) in beginnings.iter().zip(&mut fitting) {
                let start = key.id.as_str().as_bytes().get(..begins.as_str().len());
                if start.is_some_and(|start| start.eq_ignore_ascii_case(begins.as_str().as_bytes())) {
                    fitting.push(key.clone());
                }
            }
        }
    }
    let mut only = Vec::new();
    for (begins, mut fitting) in beginnings.into_iter().zip(fitting) {
        if fitting.len() > 1 {
            let among: Vec<String> =
                fitting.iter().take(AMONG).map(|key| format!("{} ({})", key.id, key.name)).collect();
            let more = if fitting.len() > AMONG { ", …" } else { "" };
            return Err(Stop::usage(
                format!("more than one key begins with {begins}: nothing was sent"),
                format!("write more of it: {}{more}", among.join(", ")),
            )
            .into());
        }
        only.extend(fitting.pop().map(|key| (begins.clone(), key)));
    }
    Ok(only)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_stand_one_a_line() {
        let text = "\u{feff}01AAAA\r\n\n# those of ci\n  01BBBB  \n";
        assert_eq!(ids_of(text).unwrap(), ["01AAAA", "01BBBB"]);
        assert!(ids_of("").unwrap().is_empty());
        for (text, what) in [
            ("01AAAA\n01BBBB ci enabled", "line 2 of standard input is not one id"),
            ("01\u{1b}[2J", "line 1 of standard input is not one id"),
            ("kdk_0123456789ABCDEFGHIJKLMNOPQRST1Ir0du", "line 1 of standard input is a key's value"),
        ] {
            let stop = ids_of(text).unwrap_err().to_string();
            assert!(stop.starts_with(what) && !stop.contains("0123456789"), "{stop}");
        }
    }
}
