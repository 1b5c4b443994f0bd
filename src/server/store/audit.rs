//! The audit log: entries chained by hash, appended in the transaction of the change they tell of.
//!
//! An entry's hash is SHA-256 over the hash before it (64 hexadecimal digits; zeros before the first) and the entry's
//! canonical JSON (RFC 8785). Altering, removing or inserting one breaks every hash after it.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::changes::{self, Change};
use super::engine::{Error, On, Result, Row, Transaction};
use super::sql::{Sql, insert};
use super::{Store, Write};
use crate::domain::key_value::{hex, is_fingerprint};
use crate::domain::time::{Time, wire};

/// What stands in the place of a hash before the first entry.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// What was done. Source: management API, "Audit log".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// An API key was made.
    ApiKeyCreate,
    ApiKeyRename,
    ApiKeyDisable,
    ApiKeyEnable,
    /// An API key got a new value.
    ApiKeyRegenerate,
    ApiKeyRevoke,
    /// An API key's expiry passed or was moved.
    ApiKeyExpire,
    /// An API key was handed over to another user.
    ApiKeyTransfer,
    /// An API key was given less access.
    ApiKeyAccess,
    /// Uses of an API key were refused because it no longer works: a summary.
    ApiKeyRefused,
    /// A collection access key was made.
    CollectionAccessKeyCreate,
    /// A collection access key was revoked.
    CollectionAccessKeyRevoke,
    DetectedSecretReport,
    DetectedSecretResolve,
    /// The team's settings were changed.
    SettingsUpdate,
    UserCreate,
    UserUpdate,
    AuthFailure,
}

impl Action {
    /// Every action, in the order of the contract.
    pub const ALL: [Self; 18] = [
        Self::ApiKeyCreate,
        Self::ApiKeyRename,
        Self::ApiKeyDisable,
        Self::ApiKeyEnable,
        Self::ApiKeyRegenerate,
        Self::ApiKeyRevoke,
        Self::ApiKeyExpire,
        Self::ApiKeyTransfer,
        Self::ApiKeyAccess,
        Self::ApiKeyRefused,
        Self::CollectionAccessKeyCreate,
        Self::CollectionAccessKeyRevoke,
        Self::DetectedSecretReport,
        Self::DetectedSecretResolve,
        Self::SettingsUpdate,
        Self::UserCreate,
        Self::UserUpdate,
        Self::AuthFailure,
    ];

    /// The action's name for people.
    pub fn display_name(self) -> &'static str {
        match self {
            Self::ApiKeyCreate => "API key created",
            Self::ApiKeyRename => "API key renamed",
            Self::ApiKeyDisable => "API key disabled",
            Self::ApiKeyEnable => "API key enabled",
            Self::ApiKeyRegenerate => "API key regenerated",
            Self::ApiKeyRevoke => "API key revoked",
            Self::ApiKeyExpire => "API key expired",
            Self::ApiKeyTransfer => "API key handed over",
            Self::ApiKeyAccess => "API key given less access",
            Self::ApiKeyRefused => "API key refused",
            Self::CollectionAccessKeyCreate => "Collection access key created",
            Self::CollectionAccessKeyRevoke => "Collection access key revoked",
            Self::DetectedSecretReport => "Detected secret reported",
            Self::DetectedSecretResolve => "Detected secret resolved",
            Self::SettingsUpdate => "API key settings changed",
            Self::UserCreate => "User added",
            Self::UserUpdate => "User changed",
            Self::AuthFailure => "Key refused",
        }
    }

    /// The action's name in the log.
    pub fn word(self) -> &'static str {
        match self {
            Self::ApiKeyCreate => "api_key.create",
            Self::ApiKeyRename => "api_key.rename",
            Self::ApiKeyDisable => "api_key.disable",
            Self::ApiKeyEnable => "api_key.enable",
            Self::ApiKeyRegenerate => "api_key.regenerate",
            Self::ApiKeyRevoke => "api_key.revoke",
            Self::ApiKeyExpire => "api_key.expire",
            Self::ApiKeyTransfer => "api_key.transfer",
            Self::ApiKeyAccess => "api_key.access",
            Self::ApiKeyRefused => "api_key.refused",
            Self::CollectionAccessKeyCreate => "collection_access_key.create",
            Self::CollectionAccessKeyRevoke => "collection_access_key.revoke",
            Self::DetectedSecretReport => "detected_secret.report",
            Self::DetectedSecretResolve => "detected_secret.resolve",
            Self::SettingsUpdate => "api_key_settings.update",
            Self::UserCreate => "user.create",
            Self::UserUpdate => "user.update",
            Self::AuthFailure => "auth.failure",
        }
    }
}

/// Who did it, and from where. Nobody: the server itself, or a command on its own machine.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Origin {
    /// The acting user, as the log shows it: `id`, `name`, `username`, `email`, `active`, `apiKeyId`; null for nobody.
    pub actor: Value,
    pub actor_id: Option<i64>,
    /// The address the request came from.
    pub ip: Option<String>,
    /// The program that sent it.
    pub user_agent: Option<String>,
    /// The team, as the log shows it: `id`, `name`.
    pub team: Value,
}

/// What all entries of one change have in common.
#[derive(Clone, Copy, Debug)]
pub struct Cause<'a> {
    /// Who asked.
    pub origin: &'a Origin,
    /// When.
    pub now: Time,
    /// What they say of it.
    pub note: Option<&'a str>,
}

impl<'a> Cause<'a> {
    /// What was asked for without a word.
    pub fn new(origin: &'a Origin, now: Time) -> Self {
        Self { origin, now, note: None }
    }
}

/// Audits that a value that belongs to no key was refused, which changes nothing; `hash` is that of a well-formed one.
pub fn refused(write: &mut Write, cause: &Cause<'_>, reason: &'static str, hash: Option<&str>) {
    write.record(cause, Value::Null, changes::key_refused(reason, hash));
}

/// One entry, before its place in the chain is known.
#[derive(Clone, Debug)]
pub struct Entry {
    /// When.
    pub at: Time,
    /// Who.
    pub origin: Origin,
    /// The user it concerns, such as a key's owner, as the log shows one; null for nobody.
    pub user: Value,
    /// What.
    pub change: Change,
}

impl Entry {
    /// The entry's text, with its place in the chain and when it counts as done.
    fn body(&self, seq: i64, at: &str) -> Value {
        json!({
            "id": seq,
            "seq": seq,
            "timestamp": at,
            "action": self.change.action.word(),
            "ip": self.origin.ip,
            "userAgent": self.origin.user_agent,
            "message": self.change.message,
            "data": {
                "actor": self.origin.actor,
                "user": self.user,
                "team": self.origin.team,
                "variables": self.change.variables,
            },
        })
    }
}

struct Chained {
    seq: i64,
    at: String,
    action: &'static str,
    actor_id: Option<i64>,
    key_id: Option<String>,
    body: String,
    hash: String,
}

/// The key that an entry with these variables tells of.
fn key_of(variables: &Value) -> Option<&str> {
    variables["apiKeyId"].as_str().or_else(|| variables["collectionAccessKeyId"].as_str())
}

/// Chains `entries` to the log. The head's row is locked until the transaction ends, so the chain never forks. A clock that
/// was set back, or a request that was slower than the one behind it, does not make time run backwards in the log: an entry
/// is of the time of the one before it then.
pub async fn append(on: &mut Transaction, entries: Vec<Entry>) -> Result<()> {
    let count = i64::try_from(entries.len()).map_err(|error| Error::Value(error.to_string()))?;
    let mut head = Sql::new("UPDATE audit_head SET seq = seq + ");
    head.bind(count).push(" WHERE id = 1 RETURNING seq, hash");
    let head = head.only(&mut *on).await?;
    let mut seq = head.try_get::<i64>("seq")? - count;
    let mut hash: String = head.try_get("hash")?;
    let mut before = Sql::new("SELECT at FROM audit_entries WHERE seq = ");
    before.bind(seq);
    let mut latest = match before.row(&mut *on).await? {
        Some(row) => row.try_get::<String>("at")?,
        None => String::new(),
    };
    let mut chained = Vec::with_capacity(entries.len());
    for entry in entries {
        seq += 1;
        // as text they are in the order of time
        latest = latest.max(wire(entry.at));
        let body = serde_json_canonicalizer::to_string(&entry.body(seq, &latest))?;
        hash = link(&hash, &body);
        chained.push(Chained {
            seq,
            at: latest.clone(),
            action: entry.change.action.word(),
            actor_id: entry.origin.actor_id,
            key_id: key_of(&entry.change.variables).map(str::to_owned),
            body,
            hash: hash.clone(),
        });
    }
    let head = "INSERT INTO audit_entries (seq, at, action, actor_id, key_id, body, hash) VALUES ";
    insert(on, head, &chained, |entry, row| {
        row.add(entry.seq).add(entry.at.as_str()).add(entry.action).add(entry.actor_id);
        row.add(entry.key_id.as_deref()).add(entry.body.as_str()).add(entry.hash.as_str());
    })
    .await?;
    let mut moved = Sql::new("UPDATE audit_head SET hash = ");
    moved.bind(hash).push(" WHERE id = 1");
    moved.run(on).await?;
    Ok(())
}

fn link(before: &str, body: &str) -> String {
    hex(&Sha256::new().chain_update(before.as_bytes()).chain_update(body.as_bytes()).finalize())
}

/// What verifying the log found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chain {
    /// Every entry follows from the one before it, up to this head.
    Whole {
        /// How many entries there are.
        seq: i64,
        hash: String,
    },
    /// Something was done to the log.
    Broken {
        /// The first entry that does not fit.
        seq: i64,
        /// How it does not fit.
        why: Break,
    },
}

/// How an entry does not fit into the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Break {
    /// Its text is not the one that was hashed, or the entry before it is not the one it was chained to.
    Altered,
    /// There is no entry of this number, though later ones or the head say that there was.
    Missing,
    /// It stands after the head, or before the first entry.
    Inserted,
    /// The chain fits, but up to here it is not the one whose head was kept: an entry at or before this one was altered,
    /// removed or inserted, and the hashes were made anew.
    Rewritten,
}

/// A place in the chain that somebody kept: the number of an entry and its hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The number; 0 before the first entry.
    pub seq: i64,
    pub hash: String,
}

impl std::str::FromStr for Head {
    type Err = String;

    /// Reads `SEQ:HASH`, as the API's `meta` and `keydeck audit verify` write it.
    fn from_str(text: &str) -> Result<Self, String> {
        let form = || "not of the form SEQ:HASH, a number and 64 hexadecimal digits".to_owned();
        let (seq, hash) = text.trim().split_once(':').ok_or_else(form)?;
        let seq = seq.parse().ok().filter(|seq| *seq >= 0).ok_or_else(form)?;
        let hash = hash.to_ascii_lowercase();
        if is_fingerprint(&hash) { Ok(Self { seq, hash }) } else { Err(form()) }
    }
}

impl std::fmt::Display for Head {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.seq, self.hash)
    }
}

/// The present head.
pub async fn head(on: impl On) -> Result<Head> {
    let row = Sql::new("SELECT seq, hash FROM audit_head WHERE id = 1").only(on).await?;
    Ok(Head { seq: row.try_get("seq")?, hash: row.try_get("hash")? })
}

/// Verifies the whole log against its own head, and against one that somebody kept: only that one tells of a tail that
/// was cut together with the head, or of a chain whose hashes were made anew.
pub async fn verify(store: &Store, kept: Option<&Head>) -> Result<Chain> {
    let chain = follow(&mut store.snapshot().await?, kept).await?;
    Ok(match (chain, kept) {
        (Chain::Whole { seq, .. }, Some(kept)) if seq < kept.seq => Chain::Broken { seq: seq + 1, why: Break::Missing },
        (chain, _) => chain,
    })
}

/// Follows the chain to its head, and holds it to one that somebody kept as far as it goes.
pub async fn follow(on: &mut Transaction, kept: Option<&Head>) -> Result<Chain> {
    let Head { seq: head_seq, hash: head_hash } = head(&mut *on).await?;
    let (mut seq, mut hash) = (0_i64, GENESIS.to_owned());
    let rewritten = |seq: i64, hash: &str| kept.is_some_and(|kept| kept.seq == seq && kept.hash != hash);
    if rewritten(seq, &hash) {
        return Ok(Chain::Broken { seq, why: Break::Rewritten });
    }
    loop {
        let mut page = Sql::new("SELECT seq, at, action, actor_id, key_id, body, hash FROM audit_entries WHERE seq > ");
        page.bind(seq).push(" ORDER BY seq LIMIT 1000");
        let rows = page.rows(&mut *on).await?;
        for row in rows.iter() {
            let broken = |seq, why| Ok(Chain::Broken { seq, why });
            let found: i64 = row.try_get("seq")?;
            if found != seq + 1 {
                return broken(seq + 1, Break::Missing);
            }
            if found > head_seq {
                return broken(found, Break::Inserted);
            }
            let body: String = row.try_get("body")?;
            let expected = link(&hash, &body);
            if expected != row.try_get::<String>("hash")? || !columns_agree(row, &body)? {
                return broken(found, Break::Altered);
            }
            if rewritten(found, &expected) {
                return broken(found, Break::Rewritten);
            }
            (seq, hash) = (found, expected);
        }
        if rows.is_empty() {
            break;
        }
    }
    let before = Sql::new("SELECT seq FROM audit_entries WHERE seq < 1 ORDER BY seq LIMIT 1");
    let before = before.row(&mut *on).await?;
    Ok(if let Some(row) = before {
        Chain::Broken { seq: row.try_get("seq")?, why: Break::Inserted }
    } else if seq < head_seq {
        Chain::Broken { seq: seq + 1, why: Break::Missing }
    } else if hash == head_hash {
        Chain::Whole { seq, hash }
    } else {
        Chain::Broken { seq, why: Break::Altered }
    })
}

/// Whether the columns that repeat parts of an entry say what the entry says.
fn columns_agree(row: Row<'_>, body: &str) -> Result<bool> {
    let Ok(body) = serde_json::from_str::<Value>(body) else { return Ok(false) };
    Ok(body["seq"].as_i64() == Some(row.try_get("seq")?)
        && body["timestamp"].as_str() == Some(row.try_get::<String>("at")?.as_str())
        && body["action"].as_str() == Some(row.try_get::<String>("action")?.as_str())
        && body["data"]["actor"]["id"].as_i64() == row.try_get::<Option<i64>>("actor_id")?
        && key_of(&body["data"]["variables"]) == row.try_get::<Option<String>>("key_id")?.as_deref())
}
