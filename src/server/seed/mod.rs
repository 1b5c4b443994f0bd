//! The demo's team: thirty people who never were and two services, their keys in every state and age, what was found of them where it should
//! not be, and the trail of how it came to that. The same seed and moment make the same team.
//!
//! A large team's first keys are there at once; the others are added while it is served already.
//!
//! No seeded key has a value that anybody could know, but the console's own and one that leaked, which come from the
//! operating system's random source.

mod collections;
mod dice;
mod findings;
mod keys;
mod people;
mod trail;
mod tried;

use chrono::{DurationRound, TimeDelta};

use self::dice::Dice;
use super::error::ServerError;
use super::http::once::Calls;
use super::mint;
use super::setup::new_team;
use super::store::team::User;
use super::store::{Store, api_keys, collection_keys};
use crate::domain::key_value::{self, KeyKind};
use crate::domain::secret::Secret;
use crate::domain::team::Role;
use crate::domain::time::Time;
use crate::server::store::api_keys::NewRow;

/// What the key of the console's user is called that expires soon, and whose value is known, to be rotated.
pub const SCRATCH: &str = "ci-deploy";

/// Keys of the demo's team unless asked otherwise.
pub const DEFAULT_KEYS: u64 = 400;

/// What the demo's team shall be.
#[derive(Clone, Debug)]
pub struct SeedPlan {
    /// How many API keys there are, at least 1: the console's own.
    pub keys: u64,
    /// The same seed makes the same team.
    pub seed: u64,
    /// The role of the user that the console acts as: user, admin or superadmin.
    pub role: Role,
    /// The present, which every moment of the team is relative to.
    pub now: Time,
}

impl SeedPlan {
    /// Whether one of the keys has a value that leaked; a team of very few keys has none.
    pub fn leaks(&self) -> bool {
        usize::try_from(self.keys.min(FIRST)).is_ok_and(|first| first > leak_at(&self.role))
    }

    /// Whether there is the key called [`SCRATCH`].
    pub fn has_scratch(&self) -> bool {
        usize::try_from(self.keys).is_ok_and(|keys| keys > keys::OWN_SOON)
    }

    /// Whether all keys are there from the start.
    pub fn is_small(&self) -> bool {
        self.keys <= FIRST
    }
}

/// The value of the console's own key, which can be known before the team is made.
pub fn own_value() -> Result<Secret, ServerError> {
    mint::value(KeyKind::ApiKey)
}

/// The user that the console acts as.
#[derive(Debug)]
pub struct Seeded {
    pub api_key: Secret,
    pub role: Role,
    pub email: String,
    /// A key whose value leaked, for who tries what is done then; none in a team of very few keys.
    pub leaked: Option<Leaked>,
    /// The value of the key called [`SCRATCH`], for who tries to rotate it; none in a team of the console's key alone.
    pub scratch: Option<Secret>,
}

/// A key whose value leaked.
#[derive(Debug)]
pub struct Leaked {
    pub name: String,
    pub value: Secret,
}

/// Keys that are there from the start, with the whole trail of what was done to them.
const FIRST: u64 = 1000;
/// Keys that one transaction adds to these: few enough that whoever else writes meanwhile hardly waits.
const BATCH: u64 = 2000;

/// Fills an empty database.
pub async fn fill(database: &str, plan: &SeedPlan) -> Result<Seeded, ServerError> {
    let (seeded, rest) = begin(database, plan, own_value()?).await?;
    let store = Store::open(database).await?;
    let filled = rest.add(&store, |_| ()).await;
    store.close().await;
    filled.map(|()| seeded)
}

/// Fills an empty database with a team and its first keys, in one transaction, so that it can be served at once. What is
/// still missing of a large team is to be [added](Rest::add) beside. `own` is the value of the console's own key.
pub async fn begin(database: &str, plan: &SeedPlan, own: Secret) -> Result<(Seeded, Rest), ServerError> {
    if plan.keys == 0 {
        return Err(ServerError::Invalid { field: "keys", reason: "less than the console's own".to_owned() });
    }
    if !matches!(plan.role, Role::User | Role::Admin | Role::Superadmin) {
        return Err(ServerError::Invalid { field: "role", reason: "not user, admin or superadmin".to_owned() });
    }
    let store = Store::create(database).await?;
    let begun = begin_store(&store, plan, own).await;
    // made now, so that no server has to write before it serves
    Calls::load(&store).await?;
    store.close().await;
    begun
}

async fn begin_store(store: &Store, plan: &SeedPlan, value: Secret) -> Result<(Seeded, Rest), ServerError> {
    let now = plan.now.duration_trunc(TimeDelta::milliseconds(1)).unwrap_or(plan.now);
    let part = |part| Dice::new(plan.seed, part);
    let people = people::people(&plan.role, now, &mut part(0));
    let first = plan.keys.min(FIRST);
    let mut keys = keys::keys(first, &people, now, &mut part(1));
    let services = people::services(&people);
    keys::give_to_services(&mut keys, &services);
    let collection_keys = collections::collection_keys(&people, now, &mut part(2));
    if let Some(own) = keys.first_mut() {
        own.row.expires_at = None;
        own.row.secret_hash = key_value::fingerprint(value.expose());
        own.row.masked_value = key_value::mask(value.expose());
    }
    let leaked = leak(&mut keys, &plan.role)?;
    let scratch = scratch(&mut keys)?;
    keys::on_one_day(&mut keys, now);
    let findings = findings::findings(&keys, &collection_keys, &people, now, &mut part(3));

    let mut write = store.write().await?;
    let founded = people.iter().filter_map(|user| user.joined_at.time()).min().unwrap_or(now);
    let team = new_team(&mut write, people::TEAM, founded).await?;
    let users = [&people[..], &services].concat();
    User::insert(write.on(), &users).await?;
    api_keys::insert(write.on(), keys.iter().map(|key| &key.row)).await?;
    collection_keys::insert(write.on(), &collection_keys).await?;
    findings::write(write.on(), &findings, &mut part(4)).await?;
    let forgotten = tried::forgotten(&keys, now, &mut part(7));
    tried::write(write.on(), &forgotten).await?;
    let told = trail::History {
        team: &team,
        people: &users,
        keys: &keys,
        collection_keys: &collection_keys,
        findings: &findings,
        forgotten: &forgotten,
        now,
    };
    trail::write(write.on(), &told, &mut part(5)).await?;
    write.commit().await?;
    let seeded = Seeded { api_key: value, role: plan.role.clone(), email: people[0].email.clone(), leaked, scratch };
    Ok((seeded, Rest { people, dice: part(6), made: 0, count: plan.keys - first, now }))
}

/// Gives a key that is accepted and in use a value that leaked: of somebody else's, where the console's user may see those.
fn leak(keys: &mut [keys::SeedKey], role: &Role) -> Result<Option<Leaked>, ServerError> {
    let Some(key) = keys.get_mut(leak_at(role)) else { return Ok(None) };
    let value = mint::value(KeyKind::ApiKey)?;
    key.row.secret_hash = key_value::fingerprint(value.expose());
    key.row.masked_value = key_value::mask(value.expose());
    Ok(Some(Leaked { name: key.row.name.clone(), value }))
}

/// Gives the key called [`SCRATCH`] a value that is known.
fn scratch(keys: &mut [keys::SeedKey]) -> Result<Option<Secret>, ServerError> {
    let Some(key) = keys.get_mut(keys::OWN_SOON) else { return Ok(None) };
    let value = mint::value(KeyKind::ApiKey)?;
    key.row.secret_hash = key_value::fingerprint(value.expose());
    key.row.masked_value = key_value::mask(value.expose());
    Ok(Some(value))
}

/// Which of the keys leaked.
fn leak_at(role: &Role) -> usize {
    if matches!(role, Role::User) { keys::OWN_IN_USE } else { keys::OTHERS_IN_USE }
}

/// The keys of a large team that are still to be made. No audit entry tells of them.
pub struct Rest {
    people: Vec<User>,
    dice: Dice,
    made: u64,
    count: u64,
    now: Time,
}

impl Rest {
    /// How many keys are missing.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Adds them in short transactions, between which others write; `tell` hears how many there are so far. May be dropped
    /// at any moment. The indexes that only other orders than the console's need are made at the end.
    pub async fn add(mut self, store: &Store, mut tell: impl FnMut(u64)) -> Result<(), ServerError> {
        if self.count == 0 {
            return Ok(());
        }
        let mut write = store.write().await?;
        api_keys::drop_order_indexes(write.on()).await?;
        write.commit().await?;
        while self.made < self.count {
            let rows = self.batch();
            let mut write = store.write().await?;
            api_keys::insert(write.on(), &rows).await?;
            write.commit().await?;
            tell(self.made);
        }
        let mut write = store.write().await?;
        api_keys::make_order_indexes(write.on()).await?;
        Ok(write.commit().await?)
    }

    fn batch(&mut self) -> Vec<NewRow> {
        let end = self.count.min(self.made + BATCH);
        let rows = self.made..end;
        self.made = end;
        rows.map(|at| keys::in_row(at, self.count, &self.people, self.now, &mut self.dice)).collect()
    }
}
