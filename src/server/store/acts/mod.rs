//! Acts: what concerns more keys than one transaction should hold others up for. What an act decided holds from the
//! transaction that begins it ([`standing`](super::standing) reads the acts that are running); the keys' own rows and the
//! audit log follow in batches, each a transaction, in the order of the keys' ids. Whoever finds an act that is running may
//! carry it on: a batch begins where the last one ended, whoever did that.

mod date;
mod people;
mod revoke;

pub use self::people::{at_most as keys_at_most, count as keys_of};
pub use self::revoke::count as revocable;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::audit::{Cause, Origin};
use super::engine::{On, Result, Row};
use super::sql::Sql;
use super::{Write, moment};
use crate::domain::key::Revocation;
use crate::domain::settings::Redating;
use crate::domain::time::{Time, wire};
use crate::server::mint;

/// How many keys the first batch of an act holds, and every batch at the most: others wait for one of them.
const FIRST: u32 = 100;
const MOST: u32 = 500;
/// How many it holds at the least.
const LEAST: u32 = 10;
/// How long a batch should take at the most, so that others who write hardly notice.
const LENGTH: Duration = Duration::from_millis(20);

/// What an act does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Revokes the team's keys but those left out.
    Revoke {
        /// Also superadmins' keys.
        superadmins: bool,
        /// The reason to record; none: the usual one for whose key it is.
        reason: Option<Revocation>,
        /// The key that asked, which goes last.
        own_key: String,
    },
    /// Dates every key anew.
    Date(Redating),
    /// Tells of the keys of a user who is not active any more.
    Deactivate { user: i64 },
    /// Tells of the keys of a user who is active again.
    Activate { user: i64 },
}

impl Kind {
    fn word(&self) -> &'static str {
        match self {
            Self::Revoke { .. } => "revoke",
            Self::Date(_) => "date",
            Self::Deactivate { .. } => "deactivate",
            Self::Activate { .. } => "activate",
        }
    }
}

/// An act, as far as it has come.
#[derive(Clone, Debug)]
pub struct Act {
    seq: i64,
    pub id: String,
    pub kind: Kind,
    pub running: bool,
    begun_at: Time,
    pub actor_id: Option<i64>,
    origin: Origin,
    note: Option<String>,
    /// How many keys it concerns.
    pub total: u64,
    /// How many of them are done.
    pub done: u64,
    position: String,
    batch: u32,
}

/// Who asked, as it is kept until the act is over.
#[derive(Serialize, Deserialize)]
struct Asked {
    origin: Origin,
    note: Option<String>,
}

/// What a batch did.
struct Batch {
    /// How many keys.
    done: u64,
    /// The last of them; none: there are no more.
    last: Option<String>,
}

const SELECT: &str = "SELECT seq, id, kind, running, begun_at, actor_id, superadmins, revocation, own_key, user_id, \
     redating, cause, total, done, position FROM acts ";

/// Begins an act about `total` keys that leaves out `except`, in the transaction that makes it hold, and does its first
/// batch.
pub async fn begin(write: &mut Write, kind: Kind, total: u64, except: &[String], cause: &Cause<'_>) -> Result<Act> {
    let next = Sql::new("SELECT COALESCE(MAX(seq), 0) + 1 AS seq FROM acts").only(write.on()).await?;
    let mut act = Act {
        seq: next.try_get("seq")?,
        id: mint::id(),
        kind,
        running: true,
        begun_at: cause.now,
        actor_id: cause.origin.actor_id,
        origin: cause.origin.clone(),
        note: cause.note.map(str::to_owned),
        total,
        done: 0,
        position: String::new(),
        batch: FIRST,
    };
    act.insert(write).await?;
    let exceptions: Vec<&str> = except.iter().map(String::as_str).collect();
    super::sql::insert(write.on(), "INSERT INTO act_exceptions (act_seq, key_id) VALUES ", &exceptions, |key, row| {
        row.add(act.seq).add(*key);
    })
    .await?;
    act.carry_on(write, cause.now).await?;
    Ok(act)
}

/// The act with this id.
pub async fn by_id(on: impl On, id: &str) -> Result<Option<Act>> {
    let mut sql = Sql::new(SELECT);
    sql.push("WHERE id = ").seek(id);
    sql.row(on).await?.map(|row| Act::read(row.row())).transpose()
}

/// How large batches are: as large as can be done in a short while on this machine, with whatever else it does.
#[derive(Clone, Copy, Debug)]
pub struct Pace(u32);

impl Default for Pace {
    fn default() -> Self {
        Self(FIRST)
    }
}

impl Pace {
    /// How many keys the next batch holds.
    pub fn keys(self) -> u32 {
        self.0
    }

    /// Learns how long the last one took.
    pub fn took(&mut self, time: Duration) {
        let fit = u64::from(self.0) * u64::try_from(LENGTH.as_micros()).unwrap_or(u64::MAX)
            / u64::try_from(time.as_micros()).unwrap_or(u64::MAX).max(1);
        // one that had to wait for the disk says little: it is half as large at the least, and no more than twice
        let fit = u32::try_from(fit).unwrap_or(u32::MAX);
        self.0 = fit.clamp(self.0 / 2, self.0 * 2).clamp(LEAST, MOST);
    }
}

/// The oldest act that is running.
pub async fn running(on: impl On) -> Result<Option<Act>> {
    let mut sql = Sql::new(SELECT);
    sql.push("WHERE running = 1 ORDER BY seq LIMIT 1");
    sql.row(on).await?.map(|row| Act::read(row.row())).transpose()
}

/// The act that dates keys now, of which there is one at most.
pub async fn dating(on: impl On) -> Result<Option<Act>> {
    let mut sql = Sql::new(SELECT);
    sql.push("WHERE running = 1 AND kind = 'date' ORDER BY seq LIMIT 1");
    sql.row(on).await?.map(|row| Act::read(row.row())).transpose()
}

/// Notes how many acts had begun when the key was made.
pub async fn made_after_all(write: &mut Write, key_id: &str) -> Result<()> {
    let mut sql = Sql::new("UPDATE api_keys SET made_after = (SELECT COALESCE(MAX(seq), 0) FROM acts) WHERE id = ");
    sql.bind(key_id);
    sql.run(write.on()).await?;
    Ok(())
}

impl Act {
    async fn insert(&self, write: &mut Write) -> Result<()> {
        let (mut superadmins, mut reason, mut own_key, mut user, mut redating) = (0_i64, None, None, None, None);
        match &self.kind {
            Kind::Revoke { superadmins: also, reason: why, own_key: own } => {
                superadmins = i64::from(*also);
                reason = why.as_ref().map(|why| why.word().to_owned());
                own_key = Some(own.clone());
            }
            Kind::Date(how) => redating = Some(serde_json::to_string(how)?),
            Kind::Deactivate { user: whose } | Kind::Activate { user: whose } => user = Some(*whose),
        }
        let cause = serde_json::to_string(&Asked { origin: self.origin.clone(), note: self.note.clone() })?;
        super::sql::insert(
            write.on(),
            "INSERT INTO acts (seq, id, kind, running, begun_at, actor_id, superadmins, revocation, own_key, user_id, \
             redating, cause, total) VALUES ",
            &[self],
            |act, row| {
                row.add(act.seq).add(act.id.as_str()).add(act.kind.word()).add(1_i64).add(wire(act.begun_at));
                row.add(act.actor_id).add(superadmins).add(reason.as_deref()).add(own_key.as_deref()).add(user);
                row.add(redating.as_deref()).add(cause.as_str()).add(i64::try_from(act.total).unwrap_or(i64::MAX));
            },
        )
        .await
    }

    fn read(row: Row<'_>) -> Result<Self> {
        let text = |column| row.try_get::<Option<String>>(column);
        let user = row.try_get::<Option<i64>>("user_id")?.unwrap_or_default();
        let kind = match row.try_get::<&str>("kind")? {
            "revoke" => Kind::Revoke {
                superadmins: row.try_get::<i64>("superadmins")? != 0,
                reason: text("revocation")?.as_deref().map(Revocation::from_word),
                own_key: text("own_key")?.unwrap_or_default(),
            },
            "date" => Kind::Date(serde_json::from_str(row.try_get("redating")?)?),
            "activate" => Kind::Activate { user },
            _ => Kind::Deactivate { user },
        };
        let asked: Asked = serde_json::from_str(row.try_get("cause")?)?;
        let count =
            |column| Ok::<_, super::engine::Error>(u64::try_from(row.try_get::<i64>(column)?).unwrap_or_default());
        Ok(Self {
            seq: row.try_get("seq")?,
            id: row.try_get("id")?,
            kind,
            running: row.try_get::<i64>("running")? != 0,
            begun_at: moment(row, "begun_at")?.time().unwrap_or_default(),
            actor_id: row.try_get("actor_id")?,
            origin: asked.origin,
            note: asked.note,
            total: count("total")?,
            done: count("done")?,
            position: row.try_get("position")?,
            batch: FIRST,
        })
    }

    /// How many keys its next batch holds.
    fn batch(&self) -> u32 {
        self.batch
    }

    /// Has its next batch hold so many keys.
    #[must_use]
    pub fn in_batches_of(mut self, keys: u32) -> Self {
        self.batch = keys.clamp(LEAST, MOST);
        self
    }

    /// Does the next batch of the act, which has to be read in this transaction, and notes how far it has come.
    pub async fn carry_on(&mut self, write: &mut Write, now: Time) -> Result<()> {
        let (origin, note) = (self.origin.clone(), self.note.clone());
        let cause = Cause { origin: &origin, now, note: note.as_deref() };
        let batch = match &self.kind {
            Kind::Revoke { superadmins, reason, own_key } => {
                revoke::batch(self, write, *superadmins, reason.as_ref(), own_key, &cause).await?
            }
            Kind::Date(redating) => date::batch(self, write, redating, &cause).await?,
            Kind::Deactivate { user } => people::batch(self, write, *user, false, &cause).await?,
            Kind::Activate { user } => people::batch(self, write, *user, true, &cause).await?,
        };
        self.done += batch.done;
        self.running = batch.last.is_some();
        if let Some(last) = batch.last {
            self.position = last;
        } else {
            // what came to pass otherwise meanwhile is not waited for
            self.total = self.done;
        }
        let mut sql = Sql::new("UPDATE acts SET done = ");
        sql.bind(i64::try_from(self.done).unwrap_or(i64::MAX));
        sql.push(", total = ").bind(i64::try_from(self.total).unwrap_or(i64::MAX));
        sql.push(", position = ").bind(self.position.as_str()).push(", running = ").bind(i64::from(self.running));
        if !self.running {
            sql.push(", ended_at = ").bind(wire(now));
        }
        sql.push(" WHERE seq = ").bind(self.seq);
        sql.run(write.on()).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_are_as_large_as_can_be_done_in_a_short_while() {
        let mut pace = Pace::default();
        let mut after = |milliseconds| {
            pace.took(Duration::from_millis(milliseconds));
            pace.keys()
        };
        assert_eq!([after(20), after(40), after(5000), after(10)], [100, 50, 25, 50]);
        assert_eq!(
            [after(0), after(0), after(0), after(0)],
            [100, 200, 400, 500],
            "never more than others should wait for"
        );
        assert_eq!((0..10).map(|_| after(60_000)).last(), Some(10));
    }
}
