//! When a key is enabled: one rule, once for a row that was read and once for a statement that searches. Enabled is a key
//! that is not revoked, not disabled, not expired, and whose owner is active.

use super::engine::{Result, Row};
use super::moment;
use super::sql::Sql;
use crate::domain::key::{DisabledReason, Status};
use crate::domain::time::{Time, When, wire};

/// The state of the key in a row that has `revoked_at`, `disabled_reason`, `expires_at` and its owner's `active`, and why it
/// is disabled.
pub fn of_row(row: Row<'_>, owner_active: bool, now: Time) -> Result<(Status, Option<DisabledReason>)> {
    Ok(if moment(row, "revoked_at")? != When::Never {
        (Status::Revoked, None)
    } else if let Some(reason) = row.try_get::<Option<&str>>("disabled_reason")? {
        (Status::Disabled, Some(DisabledReason::from_word(reason)))
    } else if moment(row, "expires_at")?.time().is_some_and(|time| time <= now) {
        (Status::Disabled, Some(DisabledReason::Expired))
    } else if !owner_active {
        (Status::Disabled, Some(DisabledReason::OwnerLeft))
    } else {
        (Status::Enabled, None)
    })
}

/// The condition that the key `k` has this state; none has a state that nobody knows.
pub fn push_is(sql: &mut Sql, status: &Status, now: Time) {
    match status {
        Status::Enabled => {
            sql.push("(k.revoked_at IS NULL AND ");
            push_usable(sql, now);
            sql.push(")");
        }
        Status::Disabled => {
            sql.push("(k.revoked_at IS NULL AND NOT ");
            push_usable(sql, now);
            sql.push(")");
        }
        Status::Revoked => {
            sql.push("k.revoked_at IS NOT NULL");
        }
        Status::Other(_) => {
            sql.push("1 = 0");
        }
    }
}

/// The condition that the key `k` is enabled, where its owner is known to be active.
pub fn push_is_enabled_of_active(sql: &mut Sql, now: Time) {
    sql.push("(k.revoked_at IS NULL AND ");
    push_neither_disabled_nor_expired(sql, now);
    sql.push(")");
}

/// Neither disabled nor expired at `now`, and of an active owner.
fn push_usable(sql: &mut Sql, now: Time) {
    sql.push("(");
    push_neither_disabled_nor_expired(sql, now);
    sql.push(" AND k.owner_id NOT IN (SELECT id FROM users WHERE active = 0))");
}

fn push_neither_disabled_nor_expired(sql: &mut Sql, now: Time) {
    sql.push("k.disabled_reason IS NULL AND (k.expires_at IS NULL OR k.expires_at > ").bind(wire(now)).push(")");
}
