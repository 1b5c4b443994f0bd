//! Refused uses that are not written yet: counted in memory, so that however many come, there is at most one commit in a
//! while, and nobody waits for it who is refused.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::audit::Origin;
use super::engine::Result;
use super::refused_uses::ADDRESSES;
use super::{Store, presented, refused_told, refused_uses};
use crate::api::page::MAX_IDS;
use crate::domain::key_value::KeyKind;
use crate::domain::time::Time;
use crate::server::source::Source;

/// The most values that are counted by their hashes until they are written: what a limiter refuses is not looked up first, so
/// most may be of no key.
const MOST_HASHES: usize = 100_000;

/// What was refused since the last batch.
#[derive(Default)]
pub struct RefusedUses {
    pending: Mutex<Pending>,
    noted: Notify,
}

/// The same, taken to be written.
#[derive(Debug, Default)]
pub struct Pending {
    /// Uses of these keys.
    pub of_keys: HashMap<(KeyKind, String), Tried>,
    /// Uses of values with these hashes, of which it is not known whether they are any API key's.
    by_hash: HashMap<String, Tried>,
    /// Values that are nobody's, for the audit log.
    pub strangers: Vec<Stranger>,
}

/// A refused value that belongs to no key, without the value.
#[derive(Debug)]
pub struct Stranger {
    /// `malformed` or `refused`.
    pub reason: &'static str,
    /// The hash of a well-formed value.
    pub hash: Option<String>,
    pub at: Time,
    /// From where, and by which program.
    pub origin: Origin,
}

/// The refused uses of one key.
#[derive(Debug)]
pub struct Tried {
    pub count: i64,
    pub first: Time,
    pub last: (Time, Source),
    /// The program that sent the last one.
    pub agent: Option<String>,
    /// Of each address how many, the first and the last.
    pub addresses: HashMap<Source, (i64, Time, Time)>,
}

impl Tried {
    /// None yet, but for when and from where there will be one.
    fn new(at: Time, from: Source) -> Self {
        Self { count: 0, first: at, last: (at, from), agent: None, addresses: HashMap::new() }
    }

    /// Counts one.
    fn note(&mut self, at: Time, from: Source, agent: Option<&str>) {
        self.count += 1;
        self.first = self.first.min(at);
        if at >= self.last.0 {
            self.last = (at, from);
            if let Some(agent) = agent.filter(|agent| self.agent.as_deref() != Some(agent)) {
                self.agent = Some(agent.to_owned());
            }
        }
        let of = self.addresses.entry(from).or_insert((0, at, at));
        *of = (of.0 + 1, of.1.min(at), of.2.max(at));
        self.forget();
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
        self.forget();
    }

    /// Forgets the earliest addresses beyond those that are kept.
    fn forget(&mut self) {
        while self.addresses.len() > ADDRESSES {
            let Some(oldest) = self.addresses.iter().min_by_key(|(_, of)| of.2).map(|(from, _)| *from) else { break };
            self.addresses.remove(&oldest);
        }
    }
}

impl Pending {
    fn is_empty(&self) -> bool {
        self.of_keys.is_empty() && self.by_hash.is_empty() && self.strangers.is_empty()
    }

    fn add(&mut self, key: (KeyKind, String), tried: Tried) {
        let (at, from) = tried.last;
        self.of_keys.entry(key).or_insert_with(|| Tried::new(at, from)).add(tried);
    }

    /// Finds whose the values are that are known by their hashes only. One that is accepted, or nobody's, was no refused use.
    async fn find_keys(&mut self, store: &Store, now: Time) -> Result<()> {
        let hashes: Vec<String> = self.by_hash.keys().cloned().collect();
        for hashes in hashes.chunks(MAX_IDS) {
            let found = presented::usual(store.reads(), hashes.iter().map(String::as_str), now).await?;
            let refused: HashMap<String, String> = found
                .into_iter()
                .filter(|found| !found.accepted)
                .map(|of| (of.secret_hash, of.credential.key_id))
                .collect();
            for hash in hashes {
                if let Some((tried, key_id)) = self.by_hash.remove(hash).zip(refused.get(hash)) {
                    self.add((KeyKind::ApiKey, key_id.clone()), tried);
                }
            }
        }
        Ok(())
    }

    /// Puts what was taken before it.
    fn put_back(&mut self, earlier: Self) {
        for (key, tried) in earlier.of_keys {
            self.add(key, tried);
        }
        for (hash, tried) in earlier.by_hash {
            let (at, from) = tried.last;
            self.by_hash.entry(hash).or_insert_with(|| Tried::new(at, from)).add(tried);
        }
        self.strangers.splice(0..0, earlier.strangers);
    }
}

impl RefusedUses {
    fn pending(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that a value of a key was refused at `at`; `agent` is the program that sent it.
    pub fn note(&self, kind: KeyKind, key_id: &str, at: Time, from: Source, agent: Option<&str>) {
        let of = (kind, key_id.to_owned());
        self.pending().of_keys.entry(of).or_insert_with(|| Tried::new(at, from)).note(at, from, agent);
        self.noted.notify_one();
    }

    /// The same of values with these hashes that were refused before anybody looked whose they are.
    pub fn note_by_hash(&self, hashes: &[String], at: Time, from: Source, agent: Option<&str>) {
        let mut pending = self.pending();
        for hash in hashes {
            if let Some(known) = pending.by_hash.get_mut(hash) {
                known.note(at, from, agent);
            } else if pending.by_hash.len() < MOST_HASHES {
                pending.by_hash.entry(hash.clone()).or_insert(Tried::new(at, from)).note(at, from, agent);
            }
        }
        drop(pending);
        self.noted.notify_one();
    }

    /// Notes a value that belongs to no key.
    pub fn note_stranger(&self, stranger: Stranger) {
        self.pending().strangers.push(stranger);
        self.noted.notify_one();
    }

    /// Has whoever waits look, also when nothing was noted: the audit log may be due to be told something.
    pub fn look(&self) {
        self.noted.notify_one();
    }

    /// Waits until there is something to look at.
    pub async fn noted(&self) {
        self.noted.notified().await;
    }

    /// [Writes](refused_uses::write) what was noted. What could not be written stays noted.
    pub async fn flush(&self, store: &Store, team: &serde_json::Value, now: Time, all: bool) -> Result<()> {
        let mut taken = std::mem::take(&mut *self.pending());
        let written = write(&mut taken, store, team, now, all).await;
        if written.is_err() {
            self.pending().put_back(taken);
            self.noted.notify_one();
        }
        written
    }
}

async fn write(taken: &mut Pending, store: &Store, team: &serde_json::Value, now: Time, all: bool) -> Result<()> {
    taken.find_keys(store, now).await?;
    if taken.is_empty() && !refused_told::is_due(store.reads(), now, all).await? {
        return Ok(());
    }
    refused_uses::write(store, taken, team, now, all).await
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
            let all = |uses: &[(u8, i64)]| {
                let at = |ms: i64| begun() + TimeDelta::milliseconds(ms);
                let (last, ms) = uses.first()?;
                let mut all = Tried::new(at(*ms), address(*last));
                for (last, ms) in uses {
                    all.note(at(*ms), address(*last), None);
                }
                Some(all)
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
