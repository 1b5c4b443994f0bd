//! The demo's collection access keys.

use chrono::TimeDelta;

use super::dice::Dice;
use super::people::some_admin;
use crate::domain::time::Time;
use crate::server::store::collection_keys::{LIFETIME, NewRow};
use crate::server::store::team::User;

/// How many there are.
const COUNT: usize = 60;
/// How many of them are the console's user's.
const OWN: usize = 5;

const COLLECTIONS: [&str; 16] = [
    "Shipment API",
    "Customs Declarations",
    "Tariff Calculator",
    "Fleet Telemetry",
    "Billing v2",
    "Partner Onboarding",
    "Warehouse Slots",
    "Port Calls",
    "Returns",
    "Driver App",
    "Track & Trace",
    "Identity",
    "Notifications",
    "Rates and Quotes",
    "Carbon Reporting",
    "Smoke Tests",
];

/// The keys: alive and used, alive and never used, lapsed, revoked.
pub fn collection_keys(people: &[User], now: Time, dice: &mut Dice) -> Vec<NewRow> {
    let uids: Vec<String> =
        COLLECTIONS.iter().map(|_| format!("{}-{}", dice.pick(&people[1..]).id, dice.uuid())).collect();
    (0..COUNT)
        .map(|at| {
            let owner = if at < OWN { &people[0] } else { dice.pick(&people[1..]) };
            let joined = owner.joined_at.time().unwrap_or(now);
            let collection = usize::try_from(dice.below(COLLECTIONS.len() as u64)).unwrap_or_default();
            // Every tenth has lapsed, every tenth was revoked, every fifth was never used.
            let (made, used) = match at % 10 {
                3 => {
                    let used = dice.between(now - TimeDelta::days(200), now - LIFETIME - TimeDelta::days(1));
                    (used - TimeDelta::days(20), Some(used))
                }
                4 | 8 => (dice.between(now - LIFETIME + TimeDelta::days(1), now), None),
                _ => {
                    let made = dice.recent(joined, now - TimeDelta::days(1));
                    let alive_since = made.max(now - LIFETIME + TimeDelta::days(1));
                    (made, Some(dice.recent(alive_since, now)))
                }
            };
            let deleted =
                (at % 10 == 6).then(|| (dice.between(used.unwrap_or(made), now), some_admin(people, dice).id));
            NewRow {
                id: dice.id(made),
                collection_id: uids[collection].clone(),
                collection_name: Some(COLLECTIONS[collection].to_owned()),
                owner_id: owner.id,
                created_at: made,
                last_used_at: used,
                deleted,
                secret_hash: dice.hash(),
                masked_value: dice.mask("kdc_"),
            }
        })
        .collect()
}
