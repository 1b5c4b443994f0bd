//! `keydeck show`: keys in full.

use std::collections::HashMap;
use std::path::Path;

use serde::Serialize;

use super::args::Show;
use super::connect::{self, Connection};
use super::exit::{Exit, Stop};
use super::output::Output;
use super::pasted::{Pasted, ValueRow};
use super::wire::{Document, FindingRow, KeyRow, TriedRow, WireKey};
use super::{named, rows};
use crate::client::capabilities::Capability;
use crate::client::error::ServiceError;
use crate::config::Paths;
use crate::domain::finding::Finding;
use crate::domain::ids::KeyId;
use crate::domain::key::{Key, TriedFrom};
use crate::domain::key_value::KeyKind;
use crate::domain::row::Row as _;
use crate::ops;
use crate::tui::{Detail, tried_from};

/// A key, and what stands around it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown<'a, K> {
    #[serde(flatten)]
    key: K,
    /// The key that replaced it, the one that replaced that, and so on, as far as this user may see them.
    successors: Vec<KeyId>,
    /// The findings that name it, open and resolved; an admin's to see.
    findings: Vec<FindingRow>,
    /// From where it is tried although it no longer works, the latest first.
    refused_from: Vec<TriedRow<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Meta<'a> {
    not_found: &'a [KeyId],
    /// What was found in standard input.
    values: Vec<ValueRow<'a>>,
}

/// Shows keys.
pub async fn run(
    args: &Show,
    paths: &Paths,
    profile: Option<&str>,
    config: Option<&Path>,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    named::check(&args.ids)?;
    let (from_input, ids): (Vec<String>, Vec<String>) = args.ids.iter().cloned().partition(|id| id == "-");
    if args.probe && from_input.is_empty() {
        return Err(Stop::usage("--probe tries a value that stands in standard input", "give - to read it").into());
    }
    if args.any_form && from_input.is_empty() {
        return Err(Stop::usage("--any-form says how standard input is read", "give - to read it").into());
    }
    let mut pasted = if from_input.is_empty() { Pasted::default() } else { Pasted::read(args.any_form)? };
    let connection = Connection::open(connect::choose(paths, profile, config).await?.1, output).await?;
    let (mut keys, missing) = named::find(&ids, &connection).await?;
    let mut exposed = Vec::new();
    if !pasted.values.is_empty() {
        if connection.has(Capability::Lookup) {
            for key in pasted.look_up(&*connection.service).await? {
                if keys.iter().all(|known| known.id != key.id) {
                    keys.push(key);
                }
            }
        }
        if connection.service.capabilities().no_lookup().is_some() {
            pasted.told_by(|value| connection.service.kind_of(value));
            let alike = pasted.alike(&*connection.service, connection.me.is_admin()).await?;
            let nothing_alike = alike.is_empty();
            for key in alike {
                if keys.iter().all(|known| known.id != key.id) {
                    keys.push(key);
                }
            }
            if connection.has(Capability::Findings) {
                exposed = pasted.exposed(&*connection.service).await?;
            }
            // where keys are listed, that none of them ends so is an answer
            if exposed.is_empty() && nothing_alike && !connection.has(Capability::OwnKeys) {
                connection.require([Capability::Lookup])?;
            }
        }
    }
    let tried_out = if args.probe { pasted.probe(&*connection.service).await } else { Vec::new() };
    let rows::Joined { names, mut findings } = rows::join(&connection, &mut keys, true).await?;
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.detected.time()));
    let replaced = successors(&keys, &connection).await?;
    let tried = tried(&keys, &connection).await?;
    if args.json {
        let meta = Meta { not_found: &missing, values: pasted.rows() };
        if args.wire {
            output.json(&Document { data: shown::<WireKey>(&keys, &replaced, &findings, &tried), meta });
        } else {
            output.json(&Document { data: shown::<KeyRow>(&keys, &replaced, &findings, &tried), meta });
        }
    } else {
        let now = connection.now();
        for (at, key) in keys.iter().enumerate() {
            if at > 0 {
                output.line("");
            }
            output.line(&key.name.marked());
            if let Some(places) = pasted.places_of(&key.id) {
                output.line(&format!("  {:<15} {places}", "Found in"));
            }
            for fact in Detail::of_key(key, &names, now).facts {
                output.line(&format!("  {:<15} {}", fact.name, fact.text));
            }
            for (at, from) in tried.get(&key.id).into_iter().flatten().enumerate() {
                let name = if at == 0 { "Tried from" } else { "" };
                output.line(&format!("  {name:<15} {}", tried_from(from, now)));
            }
            if let Some(from) = &key.rotated_from {
                output.line(&format!("  {:<15} {from}", "Rotated from"));
            }
            for other in chain(key, &replaced) {
                output.line(&format!("  {:<15} {}  {}  {}", "Rotated to", other.id, other.name.marked(), other.status));
            }
            for finding in findings.iter().filter(|finding| finding.is_of_key(&key.id)) {
                let (state, at) = (finding.resolution.to_string().to_lowercase(), finding.detected.exact());
                output.line(&format!("  {:<15} {state}, found {at}, {}", "Finding", finding.url));
            }
        }
    }
    for id in &missing {
        output.say(&format!("not found: {id}"));
    }
    for words in exposed.iter().chain(&tried_out) {
        if args.json { output.say(words) } else { output.line(words) }
    }
    for words in pasted.earlier(&keys, connection.now()) {
        output.say(&words);
    }
    pasted.say(connection.service.capabilities(), output);
    Ok(if missing.is_empty() && pasted.is_known() { Exit::Done } else { Exit::Partly })
}

/// Keys as programs are given them, in one of their forms.
fn shown<'a, K: From<&'a Key>>(
    keys: &'a [Key],
    replaced: &HashMap<KeyId, Key>,
    findings: &[Finding],
    tried: &'a HashMap<KeyId, Vec<TriedFrom>>,
) -> Vec<Shown<'a, K>> {
    keys.iter()
        .map(|key| Shown {
            key: K::from(key),
            successors: chain(key, replaced).into_iter().map(|other| other.id.clone()).collect(),
            findings: findings.iter().filter(|finding| finding.is_of_key(&key.id)).map(FindingRow::from).collect(),
            refused_from: tried.get(&key.id).into_iter().flatten().map(TriedRow::from).collect(),
        })
        .collect()
}

/// From where those keys are tried that no longer work, where the backend tells it.
async fn tried(keys: &[Key], connection: &Connection) -> Result<HashMap<KeyId, Vec<TriedFrom>>, ServiceError> {
    let mut tried = HashMap::new();
    if connection.has(Capability::RefusedUses) {
        for key in keys.iter().filter(|key| key.kind == KeyKind::ApiKey && key.refused_uses.count > 0) {
            tried.insert(key.id.clone(), ops::load::refused_uses(&*connection.service, &key.id).await?);
        }
    }
    Ok(tried)
}

/// So many keys that replaced each other are followed.
const MOST_SUCCESSORS: usize = 100;

/// The keys that replaced these, and those that replaced them: the keys of each step with one call.
async fn successors(keys: &[Key], connection: &Connection) -> Result<HashMap<KeyId, Key>, ServiceError> {
    let mut known: HashMap<KeyId, Key> = HashMap::new();
    let mut next: Vec<KeyId> = keys.iter().filter_map(|key| key.rotated_to.clone()).collect();
    while !next.is_empty() && known.len() < MOST_SUCCESSORS && connection.has(Capability::ReadByIds) {
        let found = ops::fresh::any_kind(&*connection.service, &next).await?;
        let found = found.into_iter().filter(|key| key.kind == KeyKind::ApiKey);
        let new: Vec<Key> = found.filter(|key| !known.contains_key(&key.id)).collect();
        next = new.iter().filter_map(|key| key.rotated_to.clone()).filter(|id| !known.contains_key(id)).collect();
        known.extend(new.into_iter().map(|key| (key.id.clone(), key)));
    }
    Ok(known)
}

/// Those that replaced `key`, the nearest first.
fn chain<'a>(key: &Key, known: &'a HashMap<KeyId, Key>) -> Vec<&'a Key> {
    let (mut chain, mut next): (Vec<&Key>, _) = (Vec::new(), key.rotated_to.as_ref());
    while let Some(other) = next.and_then(|id| known.get(id))
        && !chain.iter().any(|seen| seen.id == other.id)
    {
        chain.push(other);
        next = other.rotated_to.as_ref();
    }
    chain
}
