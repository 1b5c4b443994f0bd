//! Which keys a change is about: looked up before anything is sent, so that the review can name them.

use chrono::Utc;

use super::Wish;
use crate::cli::connect::Connection;
use crate::cli::{named, rows};
use crate::client::error::ServiceError;
use crate::domain::bulk::{Outcome, Plan};
use crate::domain::deed::Deed;
use crate::domain::filter::Query;
use crate::domain::ids::KeyId;
use crate::domain::key::{Key, Status};
use crate::domain::key_value::KeyKind;

/// Why a key that was to be deleted was not.
const OTHERS: &str = "not your own: keydeck revoke is for an admin";

/// What is to be changed, and what was named but will not be.
#[derive(Debug, Default)]
pub struct Selection {
    /// What is to be changed.
    pub plan: Plan,
    /// Keys that are not sent, and what is told of them instead.
    pub left_out: Vec<(Key, Outcome)>,
    /// Ids that no visible key has.
    pub missing: Vec<KeyId>,
    /// Whether the keys were named by id.
    pub by_id: bool,
}

/// Finds the keys that the wish means.
pub async fn select(wish: &Wish, query: Option<&Query>, connection: &Connection) -> Result<Selection, ServiceError> {
    let (now, own) = (Utc::now(), connection.me.own_key.as_ref());
    if let (Some(query), Some(scope)) = (query, wish.scope) {
        let (keys, _) = rows::keys(connection, scope, query, None).await?;
        // what is disabled, or enabled, already is not meant
        let keys = keys.into_iter().filter(|key| wish.deed.is_final() || !wish.deed.is_done_to(key));
        return Ok(Selection { plan: Plan::new(keys, own, now), ..Selection::default() });
    }
    let (found, missing) = named::find(&wish.ids, connection).await?;
    let (mut keys, mut left_out) = (Vec::new(), Vec::new());
    for key in found {
        match told_instead(wish.deed, &key, connection) {
            Some(outcome) => left_out.push((key, outcome)),
            None => keys.push(key),
        }
    }
    Ok(Selection { plan: Plan::new(keys, own, now), left_out, missing, by_id: true })
}

/// What is told of a key that it cannot be done to.
fn told_instead(deed: Deed, key: &Key, connection: &Connection) -> Option<Outcome> {
    let failed = |why: String| Some(Outcome::Failed(why.into()));
    if !deed.is_final() && key.kind == KeyKind::CollectionAccessKey {
        failed(format!("a collection access key cannot be {}", deed.result()))
    } else if key.status == Status::Revoked && deed.is_final() {
        Some(Outcome::AlreadyRevoked)
    } else if key.status == Status::Revoked {
        failed("it is revoked, which is final".to_owned())
    } else if deed == Deed::Delete && key.owner_id != connection.me.id {
        Some(Outcome::Denied(OTHERS.into()))
    } else {
        None
    }
}
