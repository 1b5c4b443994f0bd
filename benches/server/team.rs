//! Teams of a size in databases of their own, each with somebody who may do everything and has the same few keys in all.

use std::path::Path;
use std::time::{Duration, Instant};

use chrono::Utc;
use keydeck::domain::key_value::fingerprint;
use keydeck::domain::team::Role;
use keydeck::server::seed::{SeedPlan, fill};
use rusqlite::Connection;

use crate::Failure;

/// Keys of the one who asks.
const OWN: u32 = 60;
/// The first number of the users that are added.
const FIRST: i64 = 100_000;

/// A team, until it is dropped.
pub struct Team {
    /// Removed with the team.
    _folder: tempfile::TempDir,
    /// `sqlite:PATH`.
    pub database: String,
    /// A superadmin's key, and its hash.
    pub key: String,
    pub hash: String,
    /// A key's name that no other has.
    pub rare: String,
    /// The id of a key of the one who asks, which is not the one they ask with.
    pub own: String,
    /// Hashes of values, of all kinds of key.
    pub hashes: Vec<String>,
    pub keys: u64,
    pub users: u64,
}

impl Team {
    /// Makes one with so many keys of so many users.
    pub fn make(keys: u64, users: u64) -> Result<Self, Failure> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("team.db");
        let database = format!("sqlite:{}", path.display());
        let plan = SeedPlan { keys, seed: 7, role: Role::Superadmin, now: Utc::now() };
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let key = runtime.block_on(fill(&database, &plan))?.api_key.expose().to_owned();
        let hash = fingerprint(&key);
        let (rare, own, hashes) = spread(&path, users, &hash)?;
        Ok(Self { _folder: folder, database, key, hash, rare, own, hashes, keys, users })
    }
}

/// How long nothing has to be written until a server counts as settled: longer than the pauses of what it does by itself.
const QUIET: Duration = Duration::from_secs(7);

impl Team {
    /// Waits until its server has done what it found to do at its start, which would count as what requests cost.
    pub fn settled(&self) -> Result<(), Failure> {
        let path = self.database.strip_prefix("sqlite:").ok_or("another engine")?;
        let watch = Connection::open(path)?;
        let version = || watch.query_row("PRAGMA data_version", [], |row| row.get::<_, i64>(0));
        let (mut seen, mut since) = (version()?, Instant::now());
        while since.elapsed() < QUIET {
            std::thread::sleep(Duration::from_millis(200));
            let now = version()?;
            if now != seen {
                (seen, since) = (now, Instant::now());
            }
        }
        Ok(())
    }
}

/// Adds users, gives them the keys that are not among the first of the one who asks, and answers what is asked about.
fn spread(path: &Path, users: u64, hash: &str) -> Result<(String, String, Vec<String>), Failure> {
    let mut made = Connection::open(path)?;
    let transaction = made.transaction()?;
    let (me, own_key): (i64, String) = transaction.query_row(
        "SELECT k.owner_id, k.id FROM api_keys k JOIN key_values v ON v.key_id = k.id WHERE v.secret_hash = ?1",
        [hash],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let there: i64 = transaction.query_row("SELECT COUNT(*) FROM users", [], |row| row.get(0))?;
    let more = (i64::try_from(users)? - there).max(1);
    {
        let mut user = transaction.prepare(
            "INSERT INTO users (id, name, username, email, roles, active, joined_at) \
             SELECT ?1, 'User ' || ?1, 'user' || ?1, 'user' || ?1 || '@harbourline.example', ' user ', ?2, joined_at \
             FROM users WHERE id = ?3",
        )?;
        for at in 0..more {
            user.execute((FIRST + at, i64::from(at % 50 != 7), me))?;
        }
    }
    transaction.execute(
        "UPDATE api_keys SET owner_id = ?1 + rowid % ?2 WHERE id <> ?3 AND id NOT IN \
         (SELECT id FROM api_keys WHERE owner_id = ?4 ORDER BY created_at DESC LIMIT ?5)",
        (FIRST, more, &own_key, me, OWN),
    )?;
    let own = transaction.query_row(
        "SELECT id FROM api_keys WHERE owner_id = ?1 AND id <> ?2 AND revoked_at IS NULL AND disabled_reason IS NULL \
         AND expires_at IS NULL LIMIT 1",
        (me, &own_key),
        |row| row.get(0),
    )?;
    let rare = "Quillfeather 4711";
    transaction.execute(
        "UPDATE api_keys SET name = ?1, name_folded = ?2 WHERE id = (SELECT id FROM api_keys ORDER BY created_at LIMIT 1 \
         OFFSET 200)",
        (rare, rare.to_lowercase()),
    )?;
    let hashes = {
        let mut some = transaction.prepare(
            "SELECT secret_hash FROM key_values WHERE kind = 'api' AND present = 1 ORDER BY secret_hash LIMIT 390",
        )?;
        some.query_map([], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?
    };
    transaction.commit()?;
    Ok((rare.to_owned(), own, hashes))
}
