//! The tables, in one place: what is copied from one database to another, and what is not.

use super::super::engine::Value;

/// A table that is copied.
#[derive(Debug)]
pub struct Table {
    pub name: &'static str,
    /// The columns of its primary key, in whose order rows are read.
    pub key: &'static [&'static str],
    /// Its other columns.
    pub rest: &'static [&'static str],
    /// Those of them that are filled in once every row of every table is there, and what stands in them until then: what a row
    /// may name that comes after it, and what a trigger would draw conclusions from.
    pub later: &'static [(&'static str, Until)],
    /// A condition that its rows have to meet; what does not belongs to the database itself.
    pub only: Option<&'static str>,
}

/// What stands in a column until it is filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    Null,
    One,
}

impl Until {
    /// As a value.
    pub fn value(self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::One => Value::Integer(1),
        }
    }

    /// The condition that something else is to stand there.
    pub fn differs(self) -> &'static str {
        match self {
            Self::Null => " IS NOT NULL",
            Self::One => " <> 1",
        }
    }
}

impl Table {
    const fn new(name: &'static str, key: &'static [&'static str], rest: &'static [&'static str]) -> Self {
        Self { name, key, rest, later: &[], only: None }
    }

    const fn later(self, later: &'static [(&'static str, Until)]) -> Self {
        Self { later, ..self }
    }

    const fn only(self, only: &'static str) -> Self {
        Self { only: Some(only), ..self }
    }

    /// Every column, those of the key first.
    pub fn columns(&self) -> impl Iterator<Item = &'static str> {
        self.key.iter().chain(self.rest).copied()
    }
}

/// What is copied, each behind those that it refers to.
pub const TABLES: [Table; 18] = [
    Table::new("team", &["id"], &["name", "domain", "created_at"]),
    Table::new(
        "users",
        &["id"],
        &[
            "name",
            "username",
            "email",
            "roles",
            "active",
            "joined_at",
            "kind",
            "contacts",
            "email_folded",
            "email_shared",
        ],
    )
    // a key of somebody who is not active is made stopped, and one that an act has not come to yet is not
    .later(&[("active", Until::One)]),
    Table::new(
        "api_keys",
        &["id"],
        &[
            "name",
            "name_folded",
            "owner_id",
            "contacts",
            "created_at",
            "expires_at",
            "disabled_reason",
            "last_used_at",
            "last_used_from",
            "revoked_at",
            "revoked_by",
            "revocation",
            "rotated_from",
            "brought_forward",
            "access",
            "minted_with",
            "disabled_until",
            "refused_count",
            "refused_at",
            "refused_from",
            "refused_since",
            "refused_told",
            "refused_told_at",
            "made_after",
            "dated_at",
            "spared",
            "stopped",
        ],
    )
    .later(&[("rotated_from", Until::Null), ("minted_with", Until::Null)]),
    Table::new(
        "collection_access_keys",
        &["id"],
        &[
            "collection_id",
            "collection_name",
            "owner_id",
            "created_at",
            "updated_at",
            "expires_after",
            "last_used_at",
            "deleted_at",
            "deleted_by",
            "refused_count",
            "refused_at",
            "refused_from",
        ],
    ),
    Table::new(
        "key_values",
        &["secret_hash"],
        &["kind", "key_id", "masked_value", "created_at", "present", "overlap_ends_at"],
    ),
    Table::new("api_key_settings", &["id"], &["body"]),
    Table::new("secret_types", &["id"], &["name", "kind"]),
    Table::new(
        "detected_secrets",
        &["secret_id", "workspace_id"],
        &[
            "workspace_visibility",
            "secret_type",
            "secret_hash",
            "obfuscated_secret",
            "source",
            "url",
            "resolution",
            "occurrences",
            "detected_at",
        ],
    ),
    Table::new(
        "detected_secret_locations",
        &["id"],
        &[
            "secret_id",
            "workspace_id",
            "resource_type",
            "resource_id",
            "parent_resource_id",
            "location",
            "url",
            "leaked_by",
            "occurrences",
            "detected_at",
            "resource_deleted",
        ],
    ),
    Table::new(
        "detected_secret_history",
        &["id"],
        &["secret_id", "workspace_id", "resolution", "actor_id", "note", "created_at"],
    ),
    Table::new("audit_entries", &["seq"], &["at", "action", "actor_id", "body", "hash", "key_id"]),
    Table::new("audit_head", &["id"], &["seq", "hash"]),
    Table::new(
        "recorded_answers",
        &["scope"],
        &["body_hash", "status", "answer", "key_id", "created_at", "user_id", "upto"],
    ),
    // where a database went, and where it came from, is its own
    Table::new("server_keys", &["name"], &["value"]).only("name NOT IN ('moved', 'moves')"),
    Table::new("refused_uses", &["key_id", "address"], &["count", "first_at", "last_at"]),
    Table::new(
        "acts",
        &["seq"],
        &[
            "id",
            "kind",
            "running",
            "begun_at",
            "ended_at",
            "actor_id",
            "superadmins",
            "revocation",
            "own_key",
            "user_id",
            "redating",
            "cause",
            "total",
            "done",
            "position",
        ],
    ),
    Table::new("act_exceptions", &["act_seq", "key_id"], &[]),
    Table::new(
        "notices",
        &["id"],
        &[
            "cause",
            "recipient",
            "key_id",
            "key_name",
            "details",
            "about",
            "due",
            "state",
            "message",
            "ways",
            "attempts",
            "next_try",
            "claimed_until",
            "sent_at",
            "problem",
            "person",
            "first_try",
        ],
    ),
];

/// What says which server does something now: it is no longer true where other servers work.
pub const PASSING: [&str; 1] = ["leases"];

/// What the database makes of the rest by itself, is about its own schema, or is worth nothing a minute later.
pub const DERIVED: [&str; 12] = [
    "key_counts",
    "key_names",
    "key_name_parts",
    // what a full-text table keeps itself in
    "key_name_parts_data",
    "key_name_parts_idx",
    "key_name_parts_config",
    // whose turn it is to write
    "writing",
    // what servers tell one another while they answer
    "limits_used",
    "calls_running",
    "_sqlx_migrations",
    "keydeck_steps",
    "sqlite_sequence",
];
