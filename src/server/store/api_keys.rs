//! API keys: reading, listing page by page, looking up by hash, making.

use super::audit::Cause;
use super::engine::{On, Result, Row, Transaction};
use super::sql::Sql;
use super::team::{User, told_email};
use super::{Write, acts, changes, moment, refused_uses, stamp, standing};
use crate::api::key::ApiKey;
use crate::domain::ids::{KeyId, UserId};
use crate::domain::key::{Access, DisabledReason, Revocation, Status};
use crate::domain::key_value::KeyKind;
use crate::domain::team::UserKind;
use crate::domain::time::{Time, wire};
use crate::domain::untrusted::Untrusted;

/// A key with its present value and its owner. The keys are chosen first: left to itself, SQLite would begin with every
/// value there is, but it joins `CROSS JOIN` in the order written.
const SELECT: &str = "SELECT k.id, k.name, k.owner_id, k.contacts, k.created_at, k.access, k.minted_with, \
     k.last_used_at, k.last_used_from, k.refused_count, k.refused_at, k.refused_from, k.rotated_from, \
     v.masked_value, v.secret_hash, v.created_at AS value_created_at, u.name AS owner_name, u.email AS owner_email, \
     u.kind AS owner_kind, u.active AS owner_active, \
     (SELECT MAX(o.overlap_ends_at) FROM key_values o WHERE o.key_id = k.id AND o.present = 0) AS overlap_ends_at, \
     (SELECT MAX(r.id) FROM api_keys r WHERE r.rotated_from = k.id) AS rotated_to, ";

/// The beginning of a statement that reads keys with their values and owners.
fn select() -> Sql {
    select_from(" FROM api_keys k")
}

/// The same, of keys `k` that these tables say.
pub fn select_from(tables: &'static str) -> Sql {
    let mut sql = Sql::new(SELECT);
    standing::push_columns(&mut sql);
    sql.push(tables).push(" CROSS JOIN key_values v CROSS JOIN users u");
    sql.and("v.key_id = k.id").and("v.present = 1").and("u.id = k.owner_id");
    sql
}

/// Whether `owner` has a key that is enabled.
pub async fn has_enabled(on: impl On, owner: i64, now: Time) -> Result<bool> {
    let mut sql = Sql::new("SELECT 1 AS enabled FROM api_keys k WHERE k.owner_id = ");
    sql.bind(owner).push(" AND ");
    standing::push_is(&mut sql, &Status::Enabled, now);
    sql.push(" LIMIT 1");
    Ok(sql.row(on).await?.is_some())
}

/// How many keys of `owner` are not revoked, but for the one with the id `but`.
pub async fn count_of_owner(on: impl On, owner: i64, but: Option<&str>) -> Result<u64> {
    let mut sql = Sql::new("SELECT COUNT(*) AS counted FROM api_keys k WHERE k.revoked_at IS NULL AND k.owner_id = ");
    sql.bind(owner).push(" AND k.id <> ").seek(but.unwrap_or_default());
    sql.count(on).await
}

/// One key.
pub async fn by_id(on: impl On, id: &str, now: Time) -> Result<Option<ApiKey>> {
    let mut sql = select();
    sql.and("k.id = ").seek(id);
    sql.row(on).await?.map(|row| read(row.row(), now)).transpose()
}

/// The keys with these ids, at most a thousand, in no order.
pub async fn by_ids(on: impl On, ids: impl IntoIterator<Item = &str>, now: Time) -> Result<Vec<ApiKey>> {
    let mut sql = select();
    sql.and("k.id IN ").seek_any(ids);
    sql.rows(on).await?.iter().map(|row| read(row, now)).collect()
}

/// What a hash belongs to.
#[derive(Clone, Debug)]
pub struct Owned {
    pub secret_hash: String,
    pub kind: KeyKind,
    pub key_id: String,
}

/// Which keys have, or ever had, values with these hashes.
pub async fn owners_of(on: impl On, hashes: impl IntoIterator<Item = &str>) -> Result<Vec<Owned>> {
    let mut sql = Sql::new("SELECT secret_hash, kind, key_id FROM key_values WHERE secret_hash IN ");
    sql.seek_any(hashes);
    let read = |row: Row<'_>| {
        let kind = match row.try_get::<&str>("kind")? {
            "collection" => KeyKind::CollectionAccessKey,
            _ => KeyKind::ApiKey,
        };
        Ok(Owned { secret_hash: row.try_get("secret_hash")?, kind, key_id: row.try_get("key_id")? })
    };
    sql.rows(on).await?.iter().map(read).collect()
}

/// Whether any key ever had a value with this hash, or any secret that was found has it.
pub async fn is_known(on: &mut Transaction, hash: &str) -> Result<bool> {
    let mut sql = Sql::new("SELECT secret_hash FROM key_values WHERE secret_hash = ");
    sql.bind(hash).push(" UNION SELECT secret_hash FROM detected_secrets WHERE secret_hash = ").bind(hash);
    Ok(sql.row(on).await?.is_some())
}

/// A key as it is written.
#[derive(Clone, Debug)]
pub struct NewRow {
    pub id: String,
    pub name: String,
    pub owner_id: i64,
    /// Addresses to tell before it expires.
    pub contacts: Vec<String>,
    /// When it was made.
    pub created_at: Time,
    /// When it expires.
    pub expires_at: Option<Time>,
    /// Why it is disabled.
    pub disabled_reason: Option<DisabledReason>,
    /// When it was last used.
    pub last_used_at: Option<Time>,
    /// From where.
    pub last_used_from: Option<String>,
    /// When it was revoked, by whom (nobody: automatic), and why.
    pub revoked: Option<(Time, Option<i64>, Revocation)>,
    pub rotated_from: Option<String>,
    /// What it may do on the API.
    pub access: Access,
    /// The key that authenticates its creation; none on the server's own machine.
    pub minted_with: Option<String>,
    /// The hash of its value.
    pub secret_hash: String,
    pub masked_value: String,
}

/// Makes a key of `owner` and audits it; its value was made by `minted_by`, `server` or `client`.
pub async fn create(
    write: &mut Write,
    key: &NewRow,
    owner: &User,
    minted_by: &'static str,
    cause: &Cause<'_>,
) -> Result<()> {
    insert(write.on(), [key]).await?;
    acts::made_after_all(write, &key.id).await?;
    write.record(cause, owner.for_audit(), changes::key_created(key, minted_by, cause.origin.actor_id));
    Ok(())
}

/// Writes new keys with their values, unaudited: for a team that is made up.
pub async fn insert<'k>(on: &mut Transaction, keys: impl IntoIterator<Item = &'k NewRow>) -> Result<()> {
    let keys: Vec<&NewRow> = keys.into_iter().collect();
    super::sql::insert(
        on,
        "INSERT INTO api_keys (id, name, name_folded, owner_id, contacts, created_at, expires_at, disabled_reason, \
         last_used_at, last_used_from, revoked_at, revoked_by, revocation, rotated_from, access, minted_with) VALUES ",
        &keys,
        |key, row| {
            let contacts = serde_json::Value::from(key.contacts.as_slice()).to_string();
            row.add(key.id.as_str()).add(key.name.as_str()).add(key.name.to_lowercase()).add(key.owner_id);
            row.add(contacts).add(wire(key.created_at)).add(stamp(key.expires_at));
            row.add(key.disabled_reason.as_ref().map(DisabledReason::word));
            row.add(stamp(key.last_used_at)).add(key.last_used_from.as_deref());
            row.add(key.revoked.as_ref().map(|(at, ..)| wire(*at)));
            row.add(key.revoked.as_ref().and_then(|(_, by, _)| *by));
            row.add(key.revoked.as_ref().map(|(.., why)| why.word())).add(key.rotated_from.as_deref());
            row.add(key.access.word()).add(key.minted_with.as_deref());
        },
    )
    .await?;
    super::sql::insert(
        on,
        "INSERT INTO key_values (secret_hash, kind, key_id, masked_value, created_at, present) VALUES ",
        &keys,
        |key, row| {
            row.add(key.secret_hash.as_str()).add("api").add(key.id.as_str()).add(key.masked_value.as_str());
            row.add(wire(key.created_at)).add(1_i64);
        },
    )
    .await
}

/// The indexes of the orders that no list begins with, as the migrations make them.
const ORDER_INDEXES: [(&str, &str); 6] = [
    ("DROP INDEX api_keys_used", "CREATE INDEX api_keys_used ON api_keys (COALESCE(last_used_at, ''), id)"),
    (
        "DROP INDEX api_keys_owner_used",
        "CREATE INDEX api_keys_owner_used ON api_keys (owner_id, COALESCE(last_used_at, ''), id)",
    ),
    (
        "DROP INDEX api_keys_state_used",
        "CREATE INDEX api_keys_state_used ON api_keys (state, COALESCE(last_used_at, ''), id)",
    ),
    (
        "DROP INDEX api_keys_expiring",
        "CREATE INDEX api_keys_expiring ON api_keys (COALESCE(expires_at, '9999-12-31T23:59:59.999Z'), id)",
    ),
    (
        "DROP INDEX api_keys_owner_expiring",
        "CREATE INDEX api_keys_owner_expiring ON api_keys \
         (owner_id, COALESCE(expires_at, '9999-12-31T23:59:59.999Z'), id)",
    ),
    (
        "DROP INDEX api_keys_state_expiring",
        "CREATE INDEX api_keys_state_expiring ON api_keys (state, COALESCE(expires_at, '9999-12-31T23:59:59.999Z'), id)",
    ),
];

/// Takes away the indexes by last use and by expiry, which cost most while very many keys are added.
pub async fn drop_order_indexes(on: &mut Transaction) -> Result<()> {
    Sql::new("SELECT id FROM team").rows(&mut *on).await?;
    for (drop, _) in ORDER_INDEXES {
        Sql::new(drop).run(&mut *on).await?;
    }
    Ok(())
}

/// Makes them again.
pub async fn make_order_indexes(on: &mut Transaction) -> Result<()> {
    // a connection that has not looked since they were taken away thinks they are there, until it looks
    Sql::new("SELECT id FROM team").rows(&mut *on).await?;
    for (_, make) in ORDER_INDEXES {
        Sql::new(make).run(&mut *on).await?;
    }
    Ok(())
}

/// The key in a row of [`select_from`].
pub fn read(row: Row<'_>, now: Time) -> Result<ApiKey> {
    let word = |column| row.try_get::<Option<&str>>(column);
    let text = |column| row.try_get::<&str>(column).map(Untrusted::from);
    let standing = standing::of_row(row, row.try_get::<i64>("owner_active")? != 0, now)?;
    let contacts: Vec<String> = serde_json::from_str(row.try_get("contacts")?)?;
    // what is revoked opens nothing with any of its values
    let overlap =
        moment(row, "overlap_ends_at")?.time().filter(|ends| *ends > now && standing.status != Status::Revoked);
    Ok(ApiKey {
        id: KeyId::from(row.try_get::<&str>("id")?),
        name: text("name")?,
        masked_value: text("masked_value")?,
        secret_hash: text("secret_hash")?,
        status: standing.status,
        disabled_until: standing.disabled_until,
        disabled_reason: standing.disabled_reason,
        access: Access::from_word(row.try_get("access")?),
        owner_id: UserId(row.try_get("owner_id")?),
        owner_kind: UserKind::from_word(row.try_get("owner_kind")?),
        owner_name: text("owner_name")?,
        owner_email: Untrusted::from(told_email(row.try_get("owner_email")?)),
        contacts: contacts.into_iter().map(Untrusted::from).collect(),
        created_at: moment(row, "created_at")?,
        value_created_at: moment(row, "value_created_at")?,
        expires_at: standing.expires_at,
        last_used_at: moment(row, "last_used_at")?,
        last_used_from: word("last_used_from")?.map(Untrusted::from),
        revoked_at: standing.revoked_at,
        revoked_by: standing.revoked_by.map(UserId),
        revocation: standing.revocation,
        rotated_from: word("rotated_from")?.map(KeyId::from),
        rotated_to: word("rotated_to")?.map(KeyId::from),
        minted_with: word("minted_with")?.map(KeyId::from),
        overlap_ends_at: overlap.into(),
        refused_uses: refused_uses::of_row(row)?,
    })
}
