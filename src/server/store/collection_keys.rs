//! Collection access keys: read-only access to one collection, alive while it is used.

use chrono::TimeDelta;

use super::audit::Cause;
use super::engine::{On, Result, Row, Transaction};
use super::sql::Sql;
use super::team::{User, told_email};
use super::{Write, changes, findings, moment, refused_uses, stamp};
use crate::api::key::CollectionAccessKey;
use crate::domain::finding::Resolution;
use crate::domain::ids::{KeyId, UserId};
use crate::domain::time::{Time, When, wire};
use crate::domain::untrusted::Untrusted;

/// How long a key lives after its making or its last use. Source: management API, "Collection access keys".
pub const LIFETIME: TimeDelta = TimeDelta::days(60);

/// The status of a key that works.
const ACTIVE: &str = "ACTIVE";
/// A key with its value and its owner; chosen first, as the API keys are.
const SELECT: &str = "SELECT k.id, k.collection_id, k.collection_name, k.owner_id, k.created_at, k.updated_at, \
     k.expires_after, k.last_used_at, k.deleted_at, k.refused_count, k.refused_at, k.refused_from, v.masked_value, v.secret_hash, \
     u.name AS user_name, u.email AS user_email, u.active, t.id AS team_id \
     FROM collection_access_keys k CROSS JOIN key_values v CROSS JOIN users u CROSS JOIN team t";

/// The beginning of a statement that reads keys with their values and owners.
fn select() -> Sql {
    let mut sql = Sql::new(SELECT);
    sql.and("v.key_id = k.id").and("v.present = 1").and("u.id = k.owner_id");
    sql
}

/// Which keys a list holds.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of one owner only.
    pub owner: Option<i64>,
    /// For one collection only.
    pub collection: Option<String>,
}

impl Filter {
    fn push(&self, sql: &mut Sql) {
        if let Some(owner) = self.owner {
            sql.and("k.owner_id = ").bind(owner);
        }
        if let Some(collection) = &self.collection {
            sql.and("k.collection_id = ").seek(collection);
        }
    }
}

/// Where a page begins, and which way it is read; the list itself is always newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum From {
    /// At the newest.
    Start,
    /// With the keys after this position.
    After(super::key_lists::Position),
    /// With the keys before this position.
    Before(super::key_lists::Position),
}

/// A page, and the places at its ends where there is more beyond them.
#[derive(Debug)]
pub struct Page {
    pub keys: Vec<CollectionAccessKey>,
    /// The last key, when there are keys after it.
    pub next: Option<super::key_lists::Position>,
    /// The first key, when there are keys before it.
    pub previous: Option<super::key_lists::Position>,
}

/// One page of the keys that `filter` lets through.
pub async fn page(on: impl On, filter: &Filter, from: &From, limit: u32, now: Time) -> Result<Page> {
    let backwards = matches!(from, From::Before(_));
    let mut sql = select();
    filter.push(&mut sql);
    if let From::After((value, id)) | From::Before((value, id)) = from {
        sql.and(if backwards { "(k.created_at, k.id) > " } else { "(k.created_at, k.id) < " });
        sql.seek_list([value, id]);
    }
    let order =
        if backwards { " ORDER BY k.created_at ASC, k.id ASC" } else { " ORDER BY k.created_at DESC, k.id DESC" };
    sql.push(order).push(" LIMIT ").bind(i64::from(limit) + 1);
    let rows = sql.rows(on).await?;
    let more = rows.len() > limit as usize;
    let mut keys =
        rows.iter().take(limit as usize).map(|row| read(row, now)).collect::<Result<Vec<CollectionAccessKey>>>()?;
    if backwards {
        keys.reverse();
    }
    let position =
        |key: &CollectionAccessKey| (key.created_at.time().map(wire).unwrap_or_default(), key.id.as_str().to_owned());
    let (before, after) = if backwards { (more, true) } else { (*from != From::Start, more) };
    let next = keys.last().filter(|_| after).map(position);
    let previous = keys.first().filter(|_| before).map(position);
    Ok(Page { keys, next, previous })
}

/// How many keys `filter` lets through.
pub async fn count(on: impl On, filter: &Filter) -> Result<u64> {
    let mut sql = Sql::new("SELECT COUNT(*) AS counted FROM collection_access_keys k");
    filter.push(&mut sql);
    sql.count(on).await
}

/// The keys with these ids, in no order.
pub async fn by_ids(on: impl On, ids: impl IntoIterator<Item = &str>, now: Time) -> Result<Vec<CollectionAccessKey>> {
    let mut sql = select();
    sql.and("k.id IN ").seek_any(ids);
    sql.rows(on).await?.iter().map(|row| read(row, now)).collect()
}

/// The key with a value of this hash, and whether it works: it is neither revoked nor lapsed, and its owner is active.
pub async fn presented(on: impl On, hash: &str, now: Time) -> Result<Option<(CollectionAccessKey, bool)>> {
    let mut sql = select();
    sql.and("k.id IN (SELECT key_id FROM key_values WHERE kind = 'collection' AND secret_hash = ").bind(hash).push(")");
    let key = sql.row(on).await?.map(|row| read(row.row(), now)).transpose()?;
    Ok(key.map(|key| {
        let works = key.status.as_received() == ACTIVE;
        (key, works)
    }))
}

/// A key as it is written.
#[derive(Clone, Debug)]
pub struct NewRow {
    pub id: String,
    pub collection_id: String,
    pub collection_name: Option<String>,
    pub owner_id: i64,
    /// When it was made.
    pub created_at: Time,
    /// When it was last used.
    pub last_used_at: Option<Time>,
    /// When it was revoked, and by whom.
    pub deleted: Option<(Time, i64)>,
    /// The hash of its value.
    pub secret_hash: String,
    pub masked_value: String,
}

impl NewRow {
    /// When it lapses: [`LIFETIME`] after its last use, or after its making.
    pub fn expires_after(&self) -> Time {
        self.last_used_at.unwrap_or(self.created_at) + LIFETIME
    }
}

/// Makes a key of `owner` and audits it.
pub async fn create(write: &mut Write, key: &NewRow, owner: &User, cause: &Cause<'_>) -> Result<()> {
    insert(write.on(), std::slice::from_ref(key)).await?;
    write.record(cause, owner.for_audit(), changes::collection_key_created(key, key.expires_after()));
    Ok(())
}

/// Writes new keys with their values, unaudited: for a team that is made up.
pub async fn insert(on: &mut Transaction, keys: &[NewRow]) -> Result<()> {
    super::sql::insert(
        on,
        "INSERT INTO collection_access_keys (id, collection_id, collection_name, owner_id, created_at, updated_at, \
         expires_after, last_used_at, deleted_at, deleted_by) VALUES ",
        keys,
        |key, row| {
            let updated = key.deleted.map(|(at, _)| at).or(key.last_used_at).unwrap_or(key.created_at);
            row.add(key.id.as_str()).add(key.collection_id.as_str()).add(key.collection_name.as_deref());
            row.add(key.owner_id).add(wire(key.created_at)).add(wire(updated)).add(wire(key.expires_after()));
            row.add(stamp(key.last_used_at))
                .add(key.deleted.map(|(at, _)| wire(at)))
                .add(key.deleted.map(|(_, by)| by));
        },
    )
    .await?;
    super::sql::insert(
        on,
        "INSERT INTO key_values (secret_hash, kind, key_id, masked_value, created_at, present) VALUES ",
        keys,
        |key, row| {
            row.add(key.secret_hash.as_str()).add("collection").add(key.id.as_str()).add(key.masked_value.as_str());
            row.add(wire(key.created_at)).add(1_i64);
        },
    )
    .await
}

/// Revokes a key that is not revoked yet, resolves its open findings, and audits both.
pub async fn revoke(write: &mut Write, key: &CollectionAccessKey, cause: &Cause<'_>) -> Result<()> {
    let (id, now) = (key.id.as_str(), cause.now);
    let mut sql = Sql::new("UPDATE collection_access_keys SET deleted_at = ");
    sql.bind(wire(now)).push(", updated_at = ").bind(wire(now)).push(", deleted_by = ").bind(cause.origin.actor_id);
    sql.push(" WHERE deleted_at IS NULL AND id = ").bind(id);
    sql.run(write.on()).await?;
    let owner = User::by_id(write.on(), key.user_id.0).await?.map(|owner| owner.for_audit()).unwrap_or_default();
    let (collection, status) = (key.collection_id.as_received(), key.status.as_received());
    write.record(cause, owner, changes::collection_key_revoked(id, collection, status));
    let open = findings::open_of_keys(write.on(), &[id]).await?;
    findings::resolve(write, &open, &Resolution::Revoked, cause).await
}

fn read(row: Row<'_>, now: Time) -> Result<CollectionAccessKey> {
    let text = |column| row.try_get::<&str>(column).map(Untrusted::from);
    let (expires_after, deleted_at) = (moment(row, "expires_after")?, moment(row, "deleted_at")?);
    let active = row.try_get::<i64>("active")? != 0;
    let alive = active && deleted_at == When::Never && expires_after.time().is_some_and(|time| time > now);
    Ok(CollectionAccessKey {
        id: KeyId::from(row.try_get::<&str>("id")?),
        token: text("masked_value")?,
        status: Untrusted::from(if alive { ACTIVE } else { "INACTIVE" }),
        team_id: UserId(row.try_get("team_id")?),
        user_id: UserId(row.try_get("owner_id")?),
        collection_id: text("collection_id")?,
        expires_after,
        created_at: moment(row, "created_at")?,
        updated_at: moment(row, "updated_at")?,
        last_used_at: moment(row, "last_used_at")?,
        deleted_at,
        user_name: Some(text("user_name")?),
        user_email: Some(Untrusted::from(told_email(row.try_get("user_email")?))),
        collection_name: row.try_get::<Option<&str>>("collection_name")?.map(Untrusted::from),
        secret_hash: Some(text("secret_hash")?),
        refused_uses: Some(refused_uses::of_row(row)?),
    })
}
