//! What the demo's team forgot: revoked keys that something still tries.

use std::time::Duration;

use chrono::TimeDelta;

use super::dice::Dice;
use super::keys::SeedKey;
use crate::domain::time::{Time, wire};
use crate::server::store::engine::{Result, Transaction};
use crate::server::store::refused_told::Summary;
use crate::server::store::sql::{Sql, insert};

/// How many keys are forgotten.
const FORGOTTEN: usize = 2;
/// How often a forgotten job runs.
const EVERY: Duration = Duration::from_mins(30);

/// The refused uses of a revoked key, from the machines that still have it.
pub struct Forgotten {
    /// Which of the keys.
    pub key: usize,
    /// The log's one entry of it.
    pub summary: Summary,
    pub last: Time,
    addresses: Vec<(String, i64)>,
}

/// Revoked keys that a job goes on sending, since some days before `now`.
pub fn forgotten(keys: &[SeedKey], now: Time, dice: &mut Dice) -> Vec<Forgotten> {
    let since =
        |key: &SeedKey| key.row.revoked.as_ref().map(|(at, ..)| *at).filter(|at| now - *at > TimeDelta::days(1));
    let revoked = keys.iter().enumerate().filter_map(|(at, key)| Some((at, key, since(key)?)));
    let tried = |(at, key, since): (usize, &SeedKey, Time)| {
        let first = since.max(now - TimeDelta::days(20)) + TimeDelta::minutes(7);
        let last = now - TimeDelta::minutes(3 + i64::try_from(at % 20).unwrap_or_default());
        let count = ((last - first).num_minutes() / i64::try_from(EVERY.as_secs() / 60).unwrap_or(30)).max(1);
        let from = [dice.address(), dice.address()];
        let shares = [count - count / 4, count / 4];
        let addresses: Vec<(String, i64)> = from.into_iter().zip(shares).filter(|(_, share)| *share > 0).collect();
        let summary = Summary {
            key_id: key.row.id.clone(),
            key_name: key.row.name.clone(),
            count,
            first_at: wire(first),
            last_at: wire(last),
            addresses: addresses.iter().map(|(address, _)| address.clone()).collect(),
        };
        Forgotten { key: at, summary, last, addresses }
    };
    revoked.take(FORGOTTEN).map(tried).collect()
}

/// Writes them, unaudited.
pub async fn write(on: &mut Transaction, forgotten: &[Forgotten]) -> Result<()> {
    for Forgotten { summary, addresses, .. } in forgotten {
        let from = addresses.first().map(|(address, _)| address.as_str());
        let mut sql = Sql::new("UPDATE api_keys SET refused_count = ");
        sql.bind(summary.count).push(", refused_told = ").bind(summary.count);
        sql.push(", refused_at = ").bind(summary.last_at.as_str()).push(", refused_from = ").bind(from);
        sql.push(", refused_told_at = ").bind(summary.last_at.as_str());
        sql.push(" WHERE id = ").bind(summary.key_id.as_str());
        sql.run(&mut *on).await?;
        insert(
            &mut *on,
            "INSERT INTO refused_uses (key_id, address, count, first_at, last_at) VALUES ",
            addresses,
            |(address, count), row| {
                row.add(summary.key_id.as_str()).add(address.as_str()).add(*count);
                row.add(summary.first_at.as_str()).add(summary.last_at.as_str());
            },
        )
        .await?;
    }
    Ok(())
}
