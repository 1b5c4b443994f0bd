//! When a key is enabled: one rule, once for a row that was read and once for a statement that searches. Enabled is a key
//! that is not revoked, not disabled, not expired, and whose owner is active.
//!
//! What an [act](super::acts) decided holds before it has come to the key's own row, so a row is read together with the
//! acts that are running.

use super::engine::{Error, On, Result, Row};
use super::moment;
use super::sql::Sql;
use crate::domain::key::{DisabledReason, Revocation, Status};
use crate::domain::settings::{Dated, Redating};
use crate::domain::time::{Time, When, wire};

/// The running act that revokes the key `k`, if there is one: when it began, whose it is and the reason, apart by `|`.
/// That anything runs at all is asked once a statement, not once a row.
const REVOKING: &str = "CASE WHEN EXISTS (SELECT 1 FROM acts WHERE running = 1) THEN \
     (SELECT a.begun_at || '|' || COALESCE(CAST(a.actor_id AS TEXT), '') || '|' || \
     COALESCE(a.revocation, CASE WHEN k.owner_id = a.actor_id THEN 'owner' ELSE 'admin' END) \
     FROM acts a WHERE a.running = 1 AND a.kind = 'revoke' AND a.seq > k.made_after \
     AND (a.superadmins = 1 OR NOT EXISTS (SELECT 1 FROM users s WHERE s.id = k.owner_id AND s.roles LIKE '% superadmin %')) \
     AND NOT EXISTS (SELECT 1 FROM act_exceptions e WHERE e.act_seq = a.seq AND e.key_id = k.id) \
     ORDER BY a.seq LIMIT 1) END";
/// The running act that dates the key `k` and has not come to it yet: when the key's value was made, its id, and how, apart
/// by `|`.
const REDATING: &str = "CASE WHEN EXISTS (SELECT 1 FROM acts WHERE running = 1) THEN \
     (SELECT w.created_at || '|' || k.id || '|' || a.redating FROM acts a CROSS JOIN key_values w \
     WHERE a.running = 1 AND a.kind = 'date' AND a.seq > k.made_after AND k.id > a.position \
     AND w.key_id = k.id AND w.present = 1 LIMIT 1) END";

/// What is true of a superadmin's row, as the index has it that keeps those few apart from all other users.
pub const IS_SUPERADMIN: &str = "roles LIKE '% superadmin %'";

/// Adds the columns that [`of_row`] reads of the key `k`.
pub fn push_columns(sql: &mut Sql) {
    push_stored(sql);
    sql.push(", ").push(REVOKING).push(" AS revoking, ").push(REDATING).push(" AS redating");
}

/// The same as if no act were running: the state that an act finds a key in.
pub fn push_columns_before_acts(sql: &mut Sql) {
    push_stored(sql);
    sql.push(", NULL AS revoking, NULL AS redating");
}

fn push_stored(sql: &mut Sql) {
    sql.push("k.revoked_at, k.revoked_by, k.revocation, k.disabled_reason, k.disabled_until, k.expires_at, k.spared, ");
    sql.push("k.brought_forward");
}

/// How a key stands.
#[derive(Clone, Debug)]
pub struct Standing {
    pub status: Status,
    /// Why it is disabled.
    pub disabled_reason: Option<DisabledReason>,
    /// When it is enabled again by itself.
    pub disabled_until: When,
    pub expires_at: When,
    /// Whether somebody brought that forward by hand.
    pub brought_forward: bool,
    pub revoked_at: When,
    /// Nobody: it was automatic, or it is not revoked.
    pub revoked_by: Option<i64>,
    pub revocation: Option<Revocation>,
}

/// How the key in a row stands that has the columns of [`push_columns`], as its owner is active or not.
pub fn of_row(row: Row<'_>, owner_active: bool, now: Time) -> Result<Standing> {
    let word = |column| row.try_get::<Option<&str>>(column);
    let flag = |column| Ok::<_, Error>(row.try_get::<Option<i64>>(column)? == Some(1));
    let brought_forward = flag("brought_forward")?;
    let expires_at = match word("redating")? {
        Some(redating) => dated(redating, moment(row, "expires_at")?, brought_forward)?,
        None => moment(row, "expires_at")?,
    };
    let mut standing = Standing {
        status: Status::Enabled,
        disabled_reason: None,
        disabled_until: When::Never,
        brought_forward,
        revoked_at: moment(row, "revoked_at")?,
        revoked_by: row.try_get("revoked_by")?,
        revocation: word("revocation")?.map(Revocation::from_word),
        expires_at,
    };
    if standing.revoked_at == When::Never
        && let Some(revoking) = word("revoking")?
    {
        let mut parts = revoking.splitn(3, '|');
        standing.revoked_at = parts.next().map_or(When::Never, When::from_wire);
        standing.revoked_by = parts.next().and_then(|actor| actor.parse().ok());
        standing.revocation = parts.next().map(Revocation::from_word);
    }
    let expired = standing.expires_at.time().is_some_and(|time| time <= now) && !flag("spared")?;
    let until = moment(row, "disabled_until")?;
    let by_hand = word("disabled_reason")?.map(DisabledReason::from_word);
    // an act that dates the key anew has to come to its row before the mark goes
    let marked = by_hand == Some(DisabledReason::Expired) && word("redating")?.is_some() && !expired;
    let by_hand = by_hand.filter(|_| !marked && until.time().is_none_or(|until| until > now));
    if standing.revoked_at != When::Never {
        standing.status = Status::Revoked;
        return Ok(standing);
    }
    standing.disabled_reason = match by_hand {
        Some(reason) => {
            standing.disabled_until = until;
            Some(reason)
        }
        None if expired => Some(DisabledReason::Expired),
        // whoever deactivated the owner stopped the key
        None if !owner_active => Some(DisabledReason::OwnerLeft),
        None => None,
    };
    if standing.disabled_reason.is_some() {
        standing.status = Status::Disabled;
    }
    Ok(standing)
}

fn dated(redating: &str, expires: When, brought_forward: bool) -> Result<When> {
    let mut parts = redating.splitn(3, '|');
    let (Some(made), Some(id), Some(how)) = (parts.next(), parts.next(), parts.next()) else { return Ok(expires) };
    let how: Redating = serde_json::from_str(how)?;
    let key = Dated { id, value_made: When::from_wire(made).time(), expires: expires.time(), brought_forward };
    Ok(how.date(&key).into())
}

/// The condition that the key `k` has this state; none has a state that nobody knows. While an act dates keys, the dates
/// are those of their rows: whoever reads pages looks again at what was read.
pub fn push_is(sql: &mut Sql, status: &Status, now: Time) {
    match status {
        Status::Enabled => {
            sql.push("(k.revoked_at IS NULL AND ").push(REVOKING).push(" IS NULL AND ");
            push_usable(sql, now);
            sql.push(")");
        }
        Status::Disabled => {
            sql.push("(k.revoked_at IS NULL AND ").push(REVOKING).push(" IS NULL AND NOT ");
            push_usable(sql, now);
            sql.push(")");
        }
        Status::Revoked => {
            sql.push("(k.revoked_at IS NOT NULL OR ").push(REVOKING).push(" IS NOT NULL)");
        }
        Status::Other(_) => {
            sql.push("1 = 0");
        }
    }
}

/// Whether the row of every key says how it stands at `now`: no act is running that has still to come to some, and time did
/// nothing that is not written yet. Otherwise what a statement chooses by has to be [worked out](push_is).
pub async fn is_written(on: impl On, now: Time) -> Result<bool> {
    let mut sql = Sql::new("SELECT 1 AS unwritten WHERE EXISTS (SELECT 1 FROM acts WHERE running = 1)");
    sql.push(" OR EXISTS (SELECT 1");
    push_expired(&mut sql, now);
    sql.push(") OR EXISTS (SELECT 1");
    push_back(&mut sql, now);
    sql.push(")");
    Ok(sql.row(on).await?.is_none())
}

/// Continues a statement with the keys whose date passed, and whose row does not say so.
pub fn push_expired(sql: &mut Sql, now: Time) {
    sql.push(" FROM api_keys k WHERE k.revoked_at IS NULL AND k.disabled_reason IS NULL AND k.spared = 0");
    sql.push(" AND k.expires_at <= ").bind(wire(now));
}

/// Continues a statement with the keys that were disabled until now.
pub fn push_back(sql: &mut Sql, now: Time) {
    sql.push(" FROM api_keys k WHERE k.revoked_at IS NULL AND k.disabled_until IS NOT NULL");
    sql.push(" AND k.disabled_until <= ").bind(wire(now));
}

/// Adds the condition that the key `k` is none of a superadmin's.
pub fn push_not_of_superadmins(sql: &mut Sql) {
    sql.push(" AND NOT EXISTS (SELECT 1 FROM users s WHERE s.id = k.owner_id AND s.").push(IS_SUPERADMIN).push(")");
}

/// Neither disabled nor expired at `now`, and of an active owner.
fn push_usable(sql: &mut Sql, now: Time) {
    sql.push("(");
    push_in_force(sql, now);
    sql.push(" AND NOT EXISTS (SELECT 1 FROM users o WHERE o.id = k.owner_id AND o.active = 0))");
}

/// Adds the condition that the key `k` is not revoked, disabled or expired at `now`, whether or not its owner is active.
pub fn push_else_usable(sql: &mut Sql, now: Time) {
    sql.push(" AND k.revoked_at IS NULL AND ");
    push_in_force(sql, now);
}

fn push_in_force(sql: &mut Sql, now: Time) {
    let now = wire(now);
    sql.push("(k.disabled_reason IS NULL OR COALESCE(k.disabled_until, '9') <= ").bind(now.as_str());
    sql.push(") AND (k.expires_at IS NULL OR k.spared = 1 OR k.expires_at > ").bind(now).push(")");
}
