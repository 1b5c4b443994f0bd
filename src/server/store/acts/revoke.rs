//! The batches of an act that revokes.

use super::{Act, Batch};
use crate::domain::key::Revocation;
use crate::server::store::Write;
use crate::server::store::audit::Cause;
use crate::server::store::engine::{On, Result};
use crate::server::store::revoke::{self, Target};
use crate::server::store::sql::Sql;
use crate::server::store::standing::{self, IS_SUPERADMIN};

/// Adds the condition that an act may reach the key `k`: superadmins' keys only if it says so.
fn push_reaches(sql: &mut Sql, superadmins: bool) {
    if !superadmins {
        standing::push_not_of_superadmins(sql);
    }
}

/// How many keys are not revoked that an act may reach, as they are counted.
pub async fn count(on: impl On, superadmins: bool) -> Result<u64> {
    let mut sql = Sql::new("SELECT CAST(COALESCE(SUM(c.keys), 0)");
    if !superadmins {
        sql.push(" - (SELECT COALESCE(SUM(o.keys), 0) FROM users u CROSS JOIN key_counts o WHERE u.")
            .push(IS_SUPERADMIN);
        sql.push(" AND o.owner_id = u.id AND o.state <> 'revoked')");
    }
    sql.push(" AS BIGINT) AS counted FROM key_counts c WHERE c.owner_id = 0 AND c.state <> 'revoked'");
    sql.count(on).await
}

pub(super) async fn batch(
    act: &Act,
    write: &mut Write,
    superadmins: bool,
    reason: Option<&Revocation>,
    own_key: &str,
    cause: &Cause<'_>,
) -> Result<Batch> {
    let mut targets = read(act, write, superadmins, |sql| {
        sql.push(" AND k.id > ").bind(act.position.as_str()).push(" AND k.id <> ").bind(own_key);
        sql.push(" ORDER BY k.id LIMIT ").bind(i64::from(act.batch()));
    })
    .await?;
    let last = targets.last().filter(|_| targets.len() == act.batch() as usize).map(|key| key.id.clone());
    if last.is_none() {
        let own = |sql: &mut Sql| {
            sql.push(" AND k.id = ").bind(own_key);
        };
        targets.extend(read(act, write, superadmins, own).await?);
    }
    let usual = |key: &Target| match act.actor_id {
        Some(actor) if actor == key.owner.id => Revocation::Owner,
        _ => Revocation::Admin,
    };
    let chosen: Vec<(Target, Revocation)> = targets
        .into_iter()
        .map(|key| {
            let reason = reason.cloned().unwrap_or_else(|| usual(&key));
            (key, reason)
        })
        .collect();
    revoke::revoke_as_of(write, &chosen, act.begun_at, cause).await?;
    Ok(Batch { done: chosen.len() as u64, last })
}

/// The keys that the act covers and has not come to, in the state they had before it.
async fn read(act: &Act, write: &mut Write, superadmins: bool, which: impl FnOnce(&mut Sql)) -> Result<Vec<Target>> {
    let mut sql = revoke::select(standing::push_columns_before_acts);
    sql.push(" AND k.revoked_at IS NULL AND k.made_after < ").bind(act.seq);
    push_reaches(&mut sql, superadmins);
    sql.push(" AND NOT EXISTS (SELECT 1 FROM act_exceptions e WHERE e.act_seq = ").bind(act.seq);
    sql.push(" AND e.key_id = k.id)");
    which(&mut sql);
    revoke::read(write.on(), sql, act.begun_at).await
}
