//! `keydeck show`: keys in full.

use std::path::Path;

use chrono::Utc;
use serde::Serialize;

use super::args::Show;
use super::connect::{self, Connection};
use super::exit::{Exit, Stop};
use super::output::Output;
use super::wire::{Document, FindingRow, KeyRow, WireKey};
use super::{named, rows};
use crate::client::Scope;
use crate::client::capabilities::Capability;
use crate::config::Paths;
use crate::domain::finding::Finding;
use crate::domain::ids::KeyId;
use crate::domain::key::Key;
use crate::domain::key_value::{KeyKind, digest};
use crate::domain::row::Row as _;
use crate::domain::secret::Secret;
use crate::domain::time::{Time, exact};
use crate::ops;
use crate::tui::Detail;

/// A key, and what stands around it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown<K> {
    #[serde(flatten)]
    key: K,
    /// The keys that replaced it, as far as this user may see them.
    rotated_to: Vec<KeyId>,
    /// The findings that name it, open and resolved; an admin's to see.
    findings: Vec<FindingRow>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Meta<'a> {
    not_found: &'a [KeyId],
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
    let (values, ids): (Vec<String>, Vec<String>) = args.ids.iter().cloned().partition(|id| id == "-");
    let value = if values.is_empty() { None } else { Some(read_value()?) };
    let connection = Connection::open(connect::choose(paths, profile, config).await?.1).await?;
    let (mut keys, missing) = named::find(&ids, &connection).await?;
    let (mut unknown_value, mut earlier) = (false, None);
    if let Some(value) = value {
        connection.require([Capability::Lookup])?;
        match ops::lookup::by_value(&*connection.service, &value).await? {
            Some(key) => {
                earlier = earlier_value(&key, &value, Utc::now());
                if keys.iter().all(|known| known.id != key.id) {
                    keys.push(key);
                }
            }
            None => unknown_value = true,
        }
    }
    let rows::Joined { names, mut findings } = rows::join(&connection, &mut keys, true).await?;
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.detected.time()));
    let related = related(&keys, &connection).await?;
    if args.json {
        let meta = Meta { not_found: &missing };
        if args.wire {
            output.json(&Document { data: shown::<WireKey>(&keys, &related, &findings), meta });
        } else {
            output.json(&Document { data: shown::<KeyRow>(&keys, &related, &findings), meta });
        }
    } else {
        let now = Utc::now();
        for (at, key) in keys.iter().enumerate() {
            if at > 0 {
                output.line("");
            }
            output.line(&key.name.to_string());
            for fact in Detail::of_key(key, &names, now).facts {
                output.line(&format!("  {:<15} {}", fact.name, fact.text));
            }
            if let Some(from) = &key.rotated_from {
                output.line(&format!("  {:<15} {from}", "Rotated from"));
            }
            for other in successors(key, &related) {
                output.line(&format!("  {:<15} {}  {}  {}", "Rotated to", other.id, other.name, other.status));
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
    if let Some(words) = earlier {
        output.say(&words);
    }
    if unknown_value {
        output.say("the value belongs to no key that you may see");
    }
    Ok(if missing.is_empty() && !unknown_value { Exit::Done } else { Exit::Partly })
}

/// What there is to say of a value that is not the present one of the key it belongs to.
fn earlier_value(key: &Key, value: &Secret, now: Time) -> Option<String> {
    if key.digest.is_none_or(|present| present == digest(value.expose())) {
        return None;
    }
    let works = match key.old_value_works_until(now) {
        // which of the earlier values the overlap is of is the server's to know
        Some(ends) => format!("the one before the present works until {}, any earlier one is refused", exact(ends)),
        None => "it is refused".to_owned(),
    };
    Some(format!("that is not the present value of {} ({}), but an earlier one: {works}", key.name, key.masked))
}

/// Keys as programs are given them, in one of their forms.
fn shown<'a, K: From<&'a Key>>(keys: &'a [Key], related: &[Key], findings: &[Finding]) -> Vec<Shown<K>> {
    keys.iter()
        .map(|key| Shown {
            key: K::from(key),
            rotated_to: successors(key, related).map(|other| other.id.clone()).collect(),
            findings: findings.iter().filter(|finding| finding.is_of_key(&key.id)).map(FindingRow::from).collect(),
        })
        .collect()
}

fn read_value() -> anyhow::Result<Secret> {
    let value = Secret::new(Output::read_line()?.trim().to_owned());
    if value.expose().is_empty() {
        return Err(Stop::usage("standard input holds no value", "pipe a key's value into it").into());
    }
    Ok(value)
}

/// The keys among which those stand that replaced others: a key is replaced by its owner.
async fn related(keys: &[Key], connection: &Connection) -> anyhow::Result<Vec<Key>> {
    let mut api_keys = keys.iter().filter(|key| key.kind == KeyKind::ApiKey).peekable();
    if api_keys.peek().is_none() {
        return Ok(Vec::new());
    }
    let scope = if api_keys.all(|key| key.owner_id == connection.me.id) { Scope::Mine } else { Scope::Team };
    let mut related = Vec::new();
    ops::load::keys(&*connection.service, scope, &mut |page| {
        related.extend(page.rows.into_iter().filter(|key| key.rotated_from.is_some()));
        std::ops::ControlFlow::Continue(())
    })
    .await?;
    Ok(related)
}

fn successors<'a>(key: &'a Key, related: &'a [Key]) -> impl Iterator<Item = &'a Key> {
    related.iter().filter(|other| other.rotated_from.as_ref() == Some(&key.id))
}
