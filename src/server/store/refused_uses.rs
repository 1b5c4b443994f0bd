//! Uses of keys that were refused because the key no longer works: what shows that a revoked key is still tried. Counted in
//! memory and written in batches, so that however many come, there is at most one commit in a while.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;

use super::engine::{On, Result, Row};
use super::refused_told::tell;
use super::sql::Sql;
use super::{Store, Write, moment};
use crate::api::key::RefusedUse;
use crate::domain::key::RefusedUses as Told;
use crate::domain::key_value::KeyKind;
use crate::domain::time::{Time, wire};
use crate::domain::untrusted::Untrusted;
use crate::server::source::Source;

/// How many addresses of a key are kept: the latest. Source: management API, "Refused uses".
pub const ADDRESSES: usize = 50;

/// Refused uses that are not written yet.
#[derive(Default)]
pub struct RefusedUses {
    pending: Mutex<HashMap<(KeyKind, String), Tried>>,
    noted: Notify,
}

/// The refused uses of one key.
#[derive(Debug)]
struct Tried {
    count: i64,
    first: Time,
    last: (Time, Source),
    /// The program that sent the last one.
    agent: Option<String>,
    /// Of each address how many, the first and the last.
    addresses: HashMap<Source, (i64, Time, Time)>,
}

impl Tried {
    fn new(at: Time, from: Source, agent: Option<String>) -> Self {
        Self { count: 1, first: at, last: (at, from), agent, addresses: HashMap::from([(from, (1, at, at))]) }
    }

    fn add(&mut self, other: Self) {
        self.count += other.count;
        self.first = self.first.min(other.first);
        if other.last.0 >= self.last.0 {
            (self.last, self.agent) = (other.last, other.agent.or(self.agent.take()));
        }
        for (from, (count, first, last)) in other.addresses {
            let of = self.addresses.entry(from).or_insert((0, first, last));
            *of = (of.0 + count, of.1.min(first), of.2.max(last));
        }
        while self.addresses.len() > ADDRESSES {
            let Some(oldest) = self.addresses.iter().min_by_key(|(_, of)| of.2).map(|(from, _)| *from) else { break };
            self.addresses.remove(&oldest);
        }
    }
}

impl RefusedUses {
    /// Notes that a value of a key was refused at `at`; `agent` is the program that sent it.
    pub fn note(&self, kind: KeyKind, key_id: &str, at: Time, from: Source, agent: Option<String>) {
        self.add((kind, key_id.to_owned()), Tried::new(at, from, agent));
        self.noted.notify_one();
    }

    fn add(&self, key: (KeyKind, String), tried: Tried) {
        match self.pending.lock().unwrap_or_else(PoisonError::into_inner).entry(key) {
            Entry::Occupied(mut known) => known.get_mut().add(tried),
            Entry::Vacant(new) => drop(new.insert(tried)),
        }
    }

    /// Has whoever waits look, also when nothing was noted: the audit log may be due to be told something.
    pub fn look(&self) {
        self.noted.notify_one();
    }

    /// Waits until there is something to look at.
    pub async fn noted(&self) {
        self.noted.notified().await;
    }

    /// Writes what was noted and tells the audit log what is due at `now`, in one transaction; with `all`, also what is
    /// not due yet. `team` is the team as the log shows it. What could not be written stays noted.
    pub async fn flush(&self, store: &Store, team: &serde_json::Value, now: Time, all: bool) -> Result<()> {
        let pending = std::mem::take(&mut *self.pending.lock().unwrap_or_else(PoisonError::into_inner));
        if pending.is_empty() && !super::refused_told::is_due(store.reads(), now, all).await? {
            return Ok(());
        }
        let written = write(store, &pending, team, now, all).await;
        if written.is_err() {
            for (key, tried) in pending {
                self.add(key, tried);
            }
            self.noted.notify_one();
        }
        written
    }
}

async fn write(
    store: &Store,
    pending: &HashMap<(KeyKind, String), Tried>,
    team: &serde_json::Value,
    now: Time,
    all: bool,
) -> Result<()> {
    let mut write = store.write().await?;
    for ((kind, key_id), tried) in pending {
        count(&mut write, *kind, key_id, tried).await?;
        for (from, of) in &tried.addresses {
            count_address(&mut write, key_id, *from, of).await?;
        }
        forget_addresses(&mut write, key_id).await?;
    }
    let agent = |id: &str| pending.get(&(KeyKind::ApiKey, id.to_owned())).and_then(|tried| tried.agent.clone());
    tell(&mut write, team, agent, now, all).await?;
    write.commit().await
}

async fn count(write: &mut Write, kind: KeyKind, key_id: &str, tried: &Tried) -> Result<()> {
    let mut sql = Sql::new(match kind {
        KeyKind::ApiKey => "UPDATE api_keys SET refused_count = refused_count + ",
        KeyKind::CollectionAccessKey => "UPDATE collection_access_keys SET refused_count = refused_count + ",
    });
    let (at, from) = (wire(tried.last.0), tried.last.1.to_string());
    sql.bind(tried.count);
    // several servers may share one database: an older use never hides a newer one
    sql.push(", refused_from = CASE WHEN refused_at > ").bind(at.as_str());
    sql.push(" THEN refused_from ELSE ").bind(from);
    sql.push(" END, refused_at = CASE WHEN refused_at > ").bind(at.as_str());
    sql.push(" THEN refused_at ELSE ").bind(at.as_str()).push(" END");
    if kind == KeyKind::ApiKey {
        sql.push(", refused_since = COALESCE(refused_since, ").bind(wire(tried.first)).push(")");
    }
    sql.push(" WHERE id = ").bind(key_id);
    sql.run(write.on()).await?;
    Ok(())
}

async fn count_address(write: &mut Write, key_id: &str, from: Source, of: &(i64, Time, Time)) -> Result<()> {
    let (count, first, last) = of;
    let mut sql = Sql::new("INSERT INTO refused_uses (key_id, address, count, first_at, last_at) VALUES (");
    sql.bind(key_id).push(", ").bind(from.to_string()).push(", ").bind(*count);
    sql.push(", ").bind(wire(*first)).push(", ").bind(wire(*last));
    sql.push(") ON CONFLICT (key_id, address) DO UPDATE SET count = refused_uses.count + excluded.count");
    sql.push(", last_at = CASE WHEN refused_uses.last_at > excluded.last_at THEN refused_uses.last_at");
    sql.push(" ELSE excluded.last_at END");
    sql.run(write.on()).await?;
    Ok(())
}

async fn forget_addresses(write: &mut Write, key_id: &str) -> Result<()> {
    let mut sql = Sql::new("DELETE FROM refused_uses WHERE key_id = ");
    sql.bind(key_id).push(" AND address IN (SELECT address FROM refused_uses WHERE key_id = ").bind(key_id);
    sql.push(" ORDER BY last_at DESC, address DESC LIMIT 1000 OFFSET ");
    sql.bind(i64::try_from(ADDRESSES).unwrap_or(i64::MAX)).push(")");
    sql.run(write.on()).await?;
    Ok(())
}

/// The refused uses in a row that has `refused_count`, `refused_at` and `refused_from`.
pub fn of_row(row: Row<'_>) -> Result<Told> {
    Ok(Told {
        count: u64::try_from(row.try_get::<i64>("refused_count")?).unwrap_or_default(),
        last_at: moment(row, "refused_at")?,
        last_from: row.try_get::<Option<&str>>("refused_from")?.map(Untrusted::from),
    })
}

/// A place in the list: the last use and the address of the last row before it.
pub type Position = (String, String);

/// One page of the addresses of a key, the latest first, and where the next one begins.
pub async fn page(
    on: impl On,
    key_id: &str,
    after: Option<&Position>,
    limit: u32,
) -> Result<(Vec<RefusedUse>, Option<Position>)> {
    let mut sql = Sql::new("SELECT address, count, first_at, last_at FROM refused_uses");
    sql.and("key_id = ").seek(key_id);
    if let Some((last, address)) = after {
        sql.and("(last_at, address) < ").seek_list([last, address]);
    }
    sql.push(" ORDER BY last_at DESC, address DESC LIMIT ").bind(i64::from(limit) + 1);
    let rows = sql.rows(on).await?;
    let shown = |row: Row<'_>| {
        Ok(RefusedUse {
            address: Untrusted::from(row.try_get::<&str>("address")?),
            count: u64::try_from(row.try_get::<i64>("count")?).unwrap_or_default(),
            first_at: moment(row, "first_at")?,
            last_at: moment(row, "last_at")?,
        })
    };
    let more = rows.len() > limit as usize;
    let uses = rows.iter().take(limit as usize).map(shown).collect::<Result<Vec<_>>>()?;
    let position =
        |used: &RefusedUse| (used.last_at.time().map(wire).unwrap_or_default(), used.address.as_received().to_owned());
    let next = uses.last().filter(|_| more).map(position);
    Ok((uses, next))
}

/// How many addresses of a key are kept.
pub async fn count_of(on: impl On, key_id: &str) -> Result<u64> {
    let mut sql = Sql::new("SELECT COUNT(*) AS counted FROM refused_uses");
    sql.and("key_id = ").seek(key_id);
    sql.count(on).await
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use proptest::prelude::*;

    use super::*;
    use crate::domain::time::When;

    fn begun() -> Time {
        When::from_wire("2026-11-21T08:30:00Z").time().unwrap()
    }

    fn address(last: u8) -> Source {
        Source::Address(std::net::Ipv4Addr::new(192, 0, 2, last).into())
    }

    proptest! {
        /// However uses are split into batches that are put together again, they count as one by one.
        #[test]
        fn batches_add_up(uses in prop::collection::vec((0_u8..80, 0_i64..10_000), 1..300), cut in 0_usize..300) {
            let one = |(last, ms): &(u8, i64)| Tried::new(begun() + TimeDelta::milliseconds(*ms), address(*last), None);
            let all = |uses: &[(u8, i64)]| {
                let (first, rest) = uses.split_first()?;
                Some(rest.iter().map(one).fold(one(first), |mut all, next| { all.add(next); all }))
            };
            let (before, after) = uses.split_at(cut.min(uses.len()));
            let together = match (all(before), all(after)) {
                (Some(mut before), Some(after)) => { before.add(after); before }
                (Some(one), None) | (None, Some(one)) => one,
                (None, None) => unreachable!(),
            };
            prop_assert_eq!(together.count, i64::try_from(uses.len()).unwrap());
            let times: Vec<Time> = uses.iter().map(|(_, ms)| begun() + TimeDelta::milliseconds(*ms)).collect();
            prop_assert_eq!(Some(together.first), times.iter().min().copied());
            prop_assert_eq!(Some(together.last.0), times.iter().max().copied());
            prop_assert!(together.addresses.len() <= ADDRESSES);
            prop_assert!(together.addresses.contains_key(&together.last.1), "the last is never forgotten");
            let distinct = uses.iter().map(|(last, _)| last).collect::<std::collections::HashSet<_>>().len();
            if distinct <= ADDRESSES {
                let counted: i64 = together.addresses.values().map(|of| of.0).sum();
                prop_assert_eq!(counted, together.count);
            }
        }
    }
}
