//! Values of API keys as they are presented: whose they are, and whether they are accepted. One statement says both, so
//! that a value that is refused because its key no longer works costs no more than one that is accepted.

use super::engine::{On, Result, Row};
use super::sql::Sql;
use super::team::{USER_FIELDS, User};
use super::{moment, standing};
use crate::domain::key::{Access, Status};
use crate::domain::time::{Time, When, wire};

/// The key that authenticates a request, and whose it is.
#[derive(Clone, Debug)]
pub struct Credential {
    pub key_id: String,
    /// What it may do on the API.
    pub access: Access,
    /// When it expires.
    pub expires_at: When,
    /// When the overlap ends in which this value of it works; never for its present value.
    pub value_ends_at: When,
    pub user: User,
}

/// A value that a key has or ever had.
#[derive(Clone, Debug)]
pub struct Presented {
    pub secret_hash: String,
    /// Whether it is accepted: its key is enabled, its owner active, and it is the present value or in its overlap.
    pub accepted: bool,
    /// Its key's state.
    pub status: Status,
    pub credential: Credential,
}

/// The statement that finds the API keys which have or ever had values with these hashes, at most a thousand. Accepted is
/// one whose key `k` meets the condition `stands`.
pub fn presented_sql<'h>(hashes: impl IntoIterator<Item = &'h str>, now: Time, stands: impl FnOnce(&mut Sql)) -> Sql {
    let mut sql = Sql::new("SELECT v.secret_hash, k.id AS key_id, k.access, v.overlap_ends_at, ");
    sql.push(USER_FIELDS).push(", ");
    standing::push_columns(&mut sql);
    sql.push(", CASE WHEN u.active = 1 AND ");
    stands(&mut sql);
    sql.push(" AND (v.present = 1 OR v.overlap_ends_at > ").bind(wire(now));
    sql.push(
        ") THEN 1 ELSE 0 END AS accepted \
         FROM key_values v JOIN api_keys k ON k.id = v.key_id JOIN users u ON u.id = k.owner_id \
         WHERE v.kind = 'api' AND v.secret_hash IN ",
    );
    sql.seek_any(hashes);
    sql
}

/// That statement; whether a key is enabled is seen in its row, together with the acts that are running.
pub fn usual_sql<'h>(hashes: impl IntoIterator<Item = &'h str>, now: Time) -> Sql {
    presented_sql(hashes, now, |sql| {
        sql.push("k.revoked_at IS NULL");
    })
}

/// What that statement finds, in no order: accepted by the rule of when a key is enabled.
pub async fn usual(on: impl On, hashes: impl IntoIterator<Item = &str>, now: Time) -> Result<Vec<Presented>> {
    let rows = usual_sql(hashes, now).rows(on).await?;
    let by_rule = |row| {
        let (presented, stands) = read(row, now)?;
        let accepted = presented.accepted && stands == Status::Enabled;
        Ok(Presented { accepted, status: if accepted { Status::Enabled } else { stands }, ..presented })
    };
    rows.iter().map(by_rule).collect()
}

/// What a statement of [`presented_sql`] finds, in no order: accepted by its own condition.
#[cfg(feature = "fault-points")]
pub async fn found(sql: Sql, on: impl On, now: Time) -> Result<Vec<Presented>> {
    sql.rows(on).await?.iter().map(|row| read(row, now).map(|(presented, _)| presented)).collect()
}

/// The key whose value, present or in overlap, has this hash and is accepted.
pub async fn credential(on: impl On, hash: &str, now: Time) -> Result<Option<Credential>> {
    let found = usual(on, [hash], now).await?;
    Ok(found.into_iter().find(|found| found.accepted).map(|found| found.credential))
}

/// A row, and how its key stands.
fn read(row: Row<'_>, now: Time) -> Result<(Presented, Status)> {
    let user = User::from_row(row)?;
    let accepted = row.try_get::<i64>("accepted")? != 0;
    let stands = standing::of_row(row, user.active, now)?;
    let presented = Presented {
        secret_hash: row.try_get("secret_hash")?,
        accepted,
        status: if accepted { Status::Enabled } else { stands.status.clone() },
        credential: Credential {
            key_id: row.try_get("key_id")?,
            access: Access::from_word(row.try_get("access")?),
            expires_at: stands.expires_at,
            value_ends_at: moment(row, "overlap_ends_at")?,
            user,
        },
    };
    Ok((presented, stands.status))
}
