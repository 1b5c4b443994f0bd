//! The batches of an act that tells of the keys of a user who left, or came back. That the owner is not active stops them,
//! and that the owner is active again brings back exactly those; their rows only say so.

use super::{Act, Batch};
use crate::domain::key::{DisabledReason, Status};
use crate::domain::notice::Occasion;
use crate::domain::time::Time;
use crate::server::store::audit::Cause;
use crate::server::store::engine::{On, Result};
use crate::server::store::outbox::{self, Notice, Recipients};
use crate::server::store::sql::Sql;
use crate::server::store::team::User;
use crate::server::store::{Write, changes, standing};

/// How many keys of `user` work while they are active, and do not while they are not.
pub async fn count(on: impl On, user: i64, now: Time) -> Result<u64> {
    let mut sql = Sql::new("SELECT COUNT(*) AS counted FROM api_keys k WHERE k.owner_id = ");
    sql.bind(user);
    standing::push_else_usable(&mut sql, now);
    sql.count(on).await
}

/// How many of them there are at the most, by what is counted already: an act's number is made right at its end, and nobody
/// who writes is kept waiting while very many are looked at.
pub async fn at_most(on: impl On, user: i64, active: bool) -> Result<u64> {
    let mut sql =
        Sql::new("SELECT CAST(COALESCE(SUM(keys), 0) AS BIGINT) AS counted FROM key_counts WHERE owner_id = ");
    let state = if active { Status::Enabled } else { Status::Disabled };
    sql.bind(user).push(" AND state = ").bind(state.word());
    sql.count(on).await
}

pub(super) async fn batch(act: &Act, write: &mut Write, user: i64, active: bool, cause: &Cause<'_>) -> Result<Batch> {
    let over = Batch { done: 0, last: None };
    let Some(user) = User::by_id(write.on(), user).await? else { return Ok(over) };
    if user.active != active {
        // they came back, or left again, and that act tells of it
        return Ok(over);
    }
    let mut sql = Sql::new("SELECT k.id, k.name, CASE WHEN 1 = 1");
    standing::push_else_usable(&mut sql, act.begun_at);
    sql.push(" AND k.made_after < ").bind(act.seq).push(" THEN 1 ELSE 0 END AS told");
    sql.push(" FROM api_keys k WHERE k.revoked_at IS NULL AND k.owner_id = ").bind(user.id);
    sql.push(" AND k.id > ").bind(act.position.as_str()).push(" ORDER BY k.id LIMIT ").bind(i64::from(act.batch()));
    let rows = sql.rows(write.on()).await?;
    let ids = rows.iter().map(|row| row.try_get::<&str>("id")).collect::<Result<Vec<_>>>()?;
    let contacts = outbox::contacts(write.on(), ids).await?;
    let (mut done, mut last, mut told) = (0, None, Vec::new());
    let left = DisabledReason::OwnerLeft;
    for row in rows.iter() {
        let (id, name) = (row.try_get::<&str>("id")?, row.try_get::<&str>("name")?);
        last = Some(id.to_owned());
        if row.try_get::<i64>("told")? == 0 {
            continue;
        }
        let change =
            if active { changes::key_enabled(id, name, &left) } else { changes::key_disabled(id, name, &left) };
        write.record(cause, user.for_audit(), change);
        if !active {
            // the owner is not told any more
            let contacts = contacts.get(id).map(Vec::as_slice).unwrap_or_default();
            let (at, why) = (act.begun_at, Some(left.word()));
            let notice = Notice { at, why, ..Notice::of(Occasion::Disabled, (id, name), cause) };
            told.push((notice, Recipients::of_key(&user, contacts).others_than(cause)));
        }
        done += 1;
    }
    outbox::put_all(write, &told, cause.now).await?;
    if let Some(last) = &last {
        // so that keys can be sought by how they stand, each row says that its owner is not active
        let mut sql = Sql::new("UPDATE api_keys SET stopped = ");
        sql.bind(i64::from(!active)).push(" WHERE revoked_at IS NULL AND owner_id = ").bind(user.id);
        sql.push(" AND id > ").bind(act.position.as_str()).push(" AND id <= ").bind(last.as_str());
        sql.run(write.on()).await?;
    }
    let read = rows.len();
    Ok(Batch { done, last: last.filter(|_| read == act.batch() as usize) })
}
