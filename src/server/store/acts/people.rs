//! The batches of an act that tells of the keys of a user who left, or came back. Their rows stay: that the owner is not
//! active stops them, and that the owner is active again brings back exactly those.

use super::{Act, BATCH, Batch};
use crate::domain::key::DisabledReason;
use crate::domain::notice::Occasion;
use crate::domain::time::Time;
use crate::server::store::audit::Cause;
use crate::server::store::engine::{On, Result};
use crate::server::store::outbox::{self, Notice, Recipients};
use crate::server::store::sql::Sql;
use crate::server::store::team::User;
use crate::server::store::{Write, changes, standing};

/// Begins a statement about the keys of `user` that only their being active decides about.
fn push_of(sql: &mut Sql, user: i64, now: Time) {
    sql.push(" FROM api_keys k WHERE k.owner_id = ").bind(user);
    standing::push_else_usable(sql, now);
}

/// How many keys of `user` work while they are active, and do not while they are not.
pub async fn count(on: impl On, user: i64, now: Time) -> Result<u64> {
    let mut sql = Sql::new("SELECT COUNT(*) AS counted");
    push_of(&mut sql, user, now);
    sql.count(on).await
}

pub(super) async fn batch(act: &Act, write: &mut Write, user: i64, active: bool, cause: &Cause<'_>) -> Result<Batch> {
    let over = Batch { done: 0, last: None };
    let Some(user) = User::by_id(write.on(), user).await? else { return Ok(over) };
    if user.active != active {
        // they came back, or left again, and that act tells of it
        return Ok(over);
    }
    let mut sql = Sql::new("SELECT k.id, k.name");
    push_of(&mut sql, user.id, act.begun_at);
    sql.push(" AND k.made_after < ").bind(act.seq).push(" AND k.id > ").bind(act.position.as_str());
    sql.push(" ORDER BY k.id LIMIT ").bind(i64::from(BATCH));
    let rows = sql.rows(write.on()).await?;
    let ids = rows.iter().map(|row| row.try_get::<&str>("id")).collect::<Result<Vec<_>>>()?;
    let contacts = outbox::contacts(write.on(), ids).await?;
    let (mut done, mut last) = (0, None);
    for row in rows.iter() {
        let (id, name) = (row.try_get::<String>("id")?, row.try_get::<&str>("name")?);
        let change = if active {
            changes::key_enabled(&id, name, &DisabledReason::OwnerLeft)
        } else {
            changes::key_disabled(&id, name, &DisabledReason::OwnerLeft)
        };
        write.record(cause, user.for_audit(), change);
        if !active {
            // the owner is not told any more
            let contacts = contacts.get(&id).map(Vec::as_slice).unwrap_or_default();
            let (why, at) = (Some(DisabledReason::OwnerLeft.word().to_owned()), act.begun_at);
            let notice = Notice { why: why.as_deref(), at, ..Notice::of(Occasion::Disabled, (&id, name), cause) };
            let told = Recipients::of_key(&user, contacts).others_than(cause);
            outbox::put(write, &notice, &told, cause.now).await?;
        }
        done += 1;
        last = Some(id);
    }
    Ok(Batch { done, last: last.filter(|_| done == u64::from(BATCH)) })
}
