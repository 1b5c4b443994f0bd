//! The demo's audit trail: what was done to make the team what it is, in the order it happened.

use std::collections::HashMap;

use serde_json::Value;

use super::dice::Dice;
use super::findings::SeedFinding;
use super::keys::SeedKey;
use super::tried::Forgotten;
use crate::domain::key::DisabledReason;
use crate::domain::time::Time;
use crate::server::store::audit::{self, Entry, Origin};
use crate::server::store::changes::{self, Change};
use crate::server::store::collection_keys;
use crate::server::store::engine::{Result, Transaction};
use crate::server::store::team::{Team, User};

/// Entries that are put together at once, so that a large team's trail is not all in memory.
const AT_ONCE: usize = 2000;

/// All that the trail tells of.
pub struct History<'a> {
    pub team: &'a Team,
    pub people: &'a [User],
    pub keys: &'a [SeedKey],
    pub collection_keys: &'a [collection_keys::NewRow],
    /// What was found.
    pub findings: &'a [SeedFinding],
    /// What still tries keys that no longer work.
    pub forgotten: &'a [Forgotten],
    /// The present, after which nothing has happened.
    pub now: Time,
}

/// Something that happened, as an index into the lists.
#[derive(Clone, Copy)]
enum Event {
    Joined(usize),
    KeyCreated(usize),
    KeyDisabled(usize),
    KeyExpired(usize),
    KeyRevoked(usize),
    CollectionKeyCreated(usize),
    CollectionKeyRevoked(usize),
    Reported(usize),
    Resolved(usize),
    UsesRefused(usize),
}

/// Writes the trail.
pub async fn write(on: &mut Transaction, told: &History<'_>, dice: &mut Dice) -> Result<()> {
    let by_id: HashMap<i64, &User> = told.people.iter().map(|user| (user.id, user)).collect();
    let mut events = events(told);
    // Stable: what happened in the same millisecond stays in the order of the lists.
    events.sort_by_key(|(at, _)| *at);
    for chunk in events.chunks(AT_ONCE) {
        let entries = chunk.iter().map(|(at, event)| entry(told, &by_id, *at, *event, dice)).collect();
        audit::append(&mut *on, entries).await?;
    }
    Ok(())
}

fn events(told: &History<'_>) -> Vec<(Time, Event)> {
    let mut events = Vec::with_capacity(told.keys.len() * 2);
    let mut happened = |at: Option<Time>, event| events.extend(at.filter(|at| *at <= told.now).map(|at| (at, event)));
    for (at, user) in told.people.iter().enumerate() {
        happened(user.joined_at.time(), Event::Joined(at));
    }
    for (at, key) in told.keys.iter().enumerate() {
        let (row, revoked) = (&key.row, key.row.revoked.as_ref().map(|(at, ..)| *at));
        happened(Some(row.created_at), Event::KeyCreated(at));
        happened(key.disabled.map(|(at, _)| at), Event::KeyDisabled(at));
        happened(row.expires_at.filter(|expires| revoked.is_none_or(|at| at > *expires)), Event::KeyExpired(at));
        happened(revoked, Event::KeyRevoked(at));
    }
    for (at, key) in told.collection_keys.iter().enumerate() {
        happened(Some(key.created_at), Event::CollectionKeyCreated(at));
        happened(key.deleted.map(|(at, _)| at), Event::CollectionKeyRevoked(at));
    }
    for (at, found) in told.findings.iter().enumerate() {
        happened(Some(found.detected_at), Event::Reported(at));
        happened(found.resolved.as_ref().map(|(_, at, ..)| *at), Event::Resolved(at));
    }
    for (at, forgotten) in told.forgotten.iter().enumerate() {
        happened(Some(forgotten.last), Event::UsesRefused(at));
    }
    events
}

fn entry(told: &History<'_>, by_id: &HashMap<i64, &User>, at: Time, event: Event, dice: &mut Dice) -> Entry {
    let (actor, concerned, change): (Option<i64>, Option<i64>, Change) = match event {
        Event::Joined(at) => {
            let user = &told.people[at];
            (Some(told.people[1].id).filter(|first| *first != user.id), Some(user.id), changes::user_created(user))
        }
        Event::KeyCreated(at) => {
            let row = &told.keys[at].row;
            let service = by_id.get(&row.owner_id).is_some_and(|owner| owner.is_service());
            // nobody in person makes no key
            let by = if service { told.people[1].id } else { row.owner_id };
            (Some(by), Some(row.owner_id), changes::key_created(row, "client", Some(by)))
        }
        Event::KeyDisabled(at) => {
            let SeedKey { row, disabled } = &told.keys[at];
            let reason = row.disabled_reason.as_ref().unwrap_or(&DisabledReason::Owner);
            let change = changes::key_disabled(&row.id, &row.name, reason);
            (disabled.map(|(_, by)| by), Some(row.owner_id), change)
        }
        Event::KeyExpired(at) => {
            let row = &told.keys[at].row;
            (None, Some(row.owner_id), changes::key_disabled(&row.id, &row.name, &DisabledReason::Expired))
        }
        Event::KeyRevoked(at) => {
            let row = &told.keys[at].row;
            let (by, reason) = match &row.revoked {
                Some((_, by, reason)) => (*by, reason),
                None => (None, &crate::domain::key::Revocation::Owner),
            };
            let enabled = row.expires_at.is_none();
            (by, Some(row.owner_id), changes::key_revoked(&row.id, &row.name, enabled, reason, None))
        }
        Event::CollectionKeyCreated(at) => {
            let key = &told.collection_keys[at];
            let change = changes::collection_key_created(key, key.created_at + collection_keys::LIFETIME);
            (Some(key.owner_id), Some(key.owner_id), change)
        }
        Event::CollectionKeyRevoked(at) => {
            let key = &told.collection_keys[at];
            let change = changes::collection_key_revoked(&key.id, &key.collection_id, "ACTIVE");
            (key.deleted.map(|(_, by)| by), Some(key.owner_id), change)
        }
        Event::UsesRefused(at) => {
            let forgotten = &told.forgotten[at];
            (None, Some(told.keys[forgotten.key].row.owner_id), changes::uses_refused(&forgotten.summary))
        }
        Event::Reported(at) => {
            let found = &told.findings[at];
            (None, None, changes::finding_reported(&found.at, found.secret_type, found.source.word()))
        }
        Event::Resolved(at) => {
            let found = &told.findings[at];
            let resolved = found.resolved.as_ref();
            let (how, by, note) = resolved
                .map_or((&crate::domain::finding::Resolution::Active, None, ""), |resolved| {
                    (&resolved.0, resolved.2, resolved.3)
                });
            let note = (!note.is_empty()).then_some(note);
            (by, None, changes::finding_resolved(&found.at, &crate::domain::finding::Resolution::Active, how, note))
        }
    };
    let shown = |id: Option<i64>| id.and_then(|id| by_id.get(&id)).map_or(Value::Null, |user| user.for_audit());
    let tried_from = match event {
        Event::UsesRefused(at) => told.forgotten[at].summary.addresses.first().cloned(),
        Event::Joined(_)
        | Event::KeyCreated(_)
        | Event::KeyDisabled(_)
        | Event::KeyExpired(_)
        | Event::KeyRevoked(_)
        | Event::CollectionKeyCreated(_)
        | Event::CollectionKeyRevoked(_)
        | Event::Reported(_)
        | Event::Resolved(_) => None,
    };
    let origin = Origin {
        actor: shown(actor),
        actor_id: actor,
        ip: tried_from.or_else(|| actor.map(|_| dice.address())),
        user_agent: actor.map(|_| concat!("keydeck/", env!("CARGO_PKG_VERSION")).to_owned()),
        team: told.team.for_audit(),
    };
    Entry { at, origin, user: shown(concerned), change }
}
