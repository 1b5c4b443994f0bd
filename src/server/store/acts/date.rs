//! The batches of an act that dates keys anew.

use super::{Act, Batch};
use crate::domain::key::DisabledReason;
use crate::domain::settings::{Dated, Redating};
use crate::domain::time::{Time, When, wire};
use crate::server::store::audit::Cause;
use crate::server::store::engine::Result;
use crate::server::store::sql::Sql;
use crate::server::store::team::User;
use crate::server::store::{Write, changes, moment, stamp};

/// A key that gets another date.
struct Change {
    id: String,
    name: String,
    owner_id: i64,
    before: When,
    after: Option<Time>,
}

pub(super) async fn batch(act: &Act, write: &mut Write, redating: &Redating, cause: &Cause<'_>) -> Result<Batch> {
    let mut sql = Sql::new(
        "SELECT k.id, k.name, k.owner_id, k.expires_at, k.brought_forward, v.created_at AS value_created_at \
         FROM api_keys k CROSS JOIN key_values v WHERE v.key_id = k.id AND v.present = 1 AND k.revoked_at IS NULL \
         AND k.made_after < ",
    );
    sql.bind(act.seq).push(" AND k.id > ").bind(act.position.as_str());
    sql.push(" ORDER BY k.id LIMIT ").bind(i64::from(act.batch()));
    let rows = sql.rows(write.on()).await?;
    let (mut changed, mut seen, mut last) = (Vec::new(), 0, None);
    for row in rows.iter() {
        let id: String = row.try_get("id")?;
        let before = moment(row, "expires_at")?;
        let dated = Dated {
            id: &id,
            value_made: moment(row, "value_created_at")?.time(),
            expires: before.time(),
            brought_forward: row.try_get::<i64>("brought_forward")? != 0,
        };
        let after = redating.date(&dated);
        if after != before.time() {
            let (name, owner_id) = (row.try_get("name")?, row.try_get("owner_id")?);
            changed.push(Change { id: id.clone(), name, owner_id, before, after });
        }
        seen += 1;
        last = Some(id);
    }
    if !changed.is_empty() {
        put(act, write, &changed, cause).await?;
    }
    Ok(Batch { done: changed.len() as u64, last: last.filter(|_| seen == act.batch()) })
}

/// Writes the new dates. A key that had expired and ends later now is accepted again.
async fn put(act: &Act, write: &mut Write, changed: &[Change], cause: &Cause<'_>) -> Result<()> {
    let now = wire(cause.now);
    let mut sql = Sql::new("UPDATE api_keys SET expires_at = new.column2, dated_at = ");
    sql.bind(wire(act.begun_at)).push(", disabled_reason = CASE WHEN disabled_reason = ");
    sql.bind(DisabledReason::Expired.word()).push(" AND (new.column2 IS NULL OR new.column2 > ").bind(now);
    sql.push(") THEN NULL ELSE disabled_reason END FROM (VALUES ");
    for (at, change) in changed.iter().enumerate() {
        sql.push(if at > 0 { ", (" } else { "(" })
            .bind(change.id.as_str())
            .push(", ")
            .bind(stamp(change.after))
            .push(")");
    }
    sql.push(") AS new WHERE api_keys.id = new.column1");
    sql.run(write.on()).await?;
    let owners = User::by_ids(write.on(), changed.iter().map(|change| change.owner_id)).await?;
    for change in changed {
        let owner = owners.get(&change.owner_id);
        let told = changes::key_dated(&change.id, &change.name, &change.before, change.after);
        write.record(cause, owner.map(User::for_audit).unwrap_or_default(), told);
    }
    Ok(())
}
