//! A server whose revocations take effect late or never, as those of other backends do: for the tests of what proves a
//! key dead. Only the cargo feature `fault-points` has it.

use chrono::TimeDelta;

use super::store::presented::presented_sql;
use super::store::sql::Sql;
use crate::domain::time::{Time, wire};

/// How long the server goes on accepting a key after it answered that the key is revoked, deleted or disabled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lag {
    /// For this many seconds.
    Seconds(u32),
    /// For ever.
    Never,
}

impl Lag {
    /// The statement that finds the keys and which are still accepted. When a key was disabled stands in the audit log
    /// alone.
    pub fn presented_sql<'h>(self, hashes: impl IntoIterator<Item = &'h str>, now: Time) -> Sql {
        let since = match self {
            Self::Seconds(seconds) => wire(now - TimeDelta::seconds(seconds.into())),
            Self::Never => String::new(),
        };
        presented_sql(hashes, now, |sql| {
            sql.push("((k.revoked_at IS NULL OR k.revoked_at > ").bind(since.as_str());
            sql.push(") AND (k.disabled_reason IS NULL OR EXISTS (SELECT 1 FROM audit_entries a WHERE a.key_id = k.id");
            sql.push(" AND a.action = 'api_key.disable' AND a.at > ").bind(since.as_str());
            sql.push(")) AND (k.expires_at IS NULL OR k.expires_at > ").bind(wire(now)).push("))");
        })
    }
}
