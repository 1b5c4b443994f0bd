//! Which keys a revocation is about: looked up before anything is sent, so that the review can name them.

use crate::cli::args::{Revoke, RevokeTab};
use crate::cli::connect::Connection;
use crate::cli::{named, rows};
use crate::client::Scope;
use crate::domain::bulk::Plan;
use crate::domain::filter::Query;
use crate::domain::ids::KeyId;
use crate::domain::key::{Key, Status};

/// What is to be revoked, and what was named but will not be.
#[derive(Debug, Default)]
pub struct Selection {
    /// What is to be revoked.
    pub plan: Plan,
    /// Keys named by id that are revoked already.
    pub already: Vec<Key>,
    /// Keys of others, which only their owners may delete.
    pub others: Vec<Key>,
    /// Ids that no visible key has.
    pub missing: Vec<KeyId>,
    /// Whether the keys were named by id.
    pub by_id: bool,
}

/// Finds the keys that the arguments mean; `own_only` leaves those of others out.
pub async fn select(
    (args, ids): (&Revoke, &[String]),
    query: Option<&Query>,
    own_only: bool,
    connection: &Connection,
) -> anyhow::Result<Selection> {
    let (now, own) = (connection.now(), connection.me.own_key.as_ref());
    if let (Some(query), Some(tab)) = (query, args.tab) {
        let scope = match tab {
            RevokeTab::Mine => Scope::Mine,
            RevokeTab::Team => Scope::Team,
            RevokeTab::Collections => Scope::Collections,
        };
        let (keys, _) = rows::keys(connection, &[scope], query, None).await?;
        return Ok(Selection { plan: Plan::new(keys, own, now), ..Selection::default() });
    }
    let (found, missing) = named::find(ids, connection).await?;
    let (already, keys): (Vec<Key>, Vec<Key>) = found.into_iter().partition(|key| key.status == Status::Revoked);
    let theirs = |key: &Key| own_only && key.owner_id != connection.me.id;
    let (others, keys): (Vec<Key>, Vec<Key>) = keys.into_iter().partition(theirs);
    Ok(Selection { plan: Plan::new(keys, own, now), already, others, missing, by_id: true })
}
