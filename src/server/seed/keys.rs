//! The demo's API keys: every state and every age.

use chrono::{DurationRound, TimeDelta};

use super::dice::Dice;
use super::people::{SERVICES, some_admin};
use crate::domain::key::{Access, DisabledReason, Revocation};
use crate::domain::time::Time;
use crate::server::store::api_keys::NewRow;
use crate::server::store::team::User;

const TASKS: [&str; 40] = [
    "ci-deploy",
    "nightly-export",
    "billing-sync",
    "grafana-readonly",
    "terraform",
    "pagerduty-bridge",
    "invoice-mailer",
    "warehouse-etl",
    "customs-declarations",
    "route-planner",
    "sms-gateway",
    "label-printer",
    "fleet-tracker",
    "contract-tests",
    "load-test",
    "smoke-tests",
    "status-page",
    "slack-alerts",
    "search-indexer",
    "backup-verify",
    "partner-portal",
    "mobile-app",
    "laptop-scripts",
    "data-science",
    "tariff-import",
    "release-notes",
    "schema-registry",
    "feature-flags",
    "cost-report",
    "audit-export",
    "edge-cache",
    "webhook-relay",
    "crm-sync",
    "dock-scheduler",
    "inventory-feed",
    "newsletter",
    "helpdesk-bot",
    "uptime-probe",
    "secrets-rotation",
    "quarterly-report",
];
const PLACES: [&str; 9] = ["", "", "", "-prod", "-prod", "-staging", "-dev", "-eu", "-us"];

/// A key, and who disabled it when.
pub struct SeedKey {
    /// The key as it is written.
    pub row: NewRow,
    pub disabled: Option<(Time, i64)>,
}

impl SeedKey {
    /// Whether the key was accepted at `now`, its owner being active.
    pub fn is_enabled(&self, now: Time) -> bool {
        let row = &self.row;
        row.revoked.is_none() && row.disabled_reason.is_none() && row.expires_at.is_none_or(|at| at > now)
    }
}

/// What became of a key. Spans are before the present, but `Expires`, which is after it.
#[derive(Clone, Copy)]
enum Fate {
    /// Accepted, last used so long ago.
    Used(TimeDelta),
    /// Accepted, never used.
    Never,
    /// Accepted, will expire so soon, used today.
    Expires(TimeDelta),
    /// Disabled by its owner.
    Paused,
    /// Disabled by an admin.
    Blocked,
    /// Expired so long ago, not yet revoked for it.
    Expired(TimeDelta),
    Revoked(Why),
}

#[derive(Clone, Copy)]
enum Why {
    Owner,
    Admin,
    Inactivity,
    Exposed,
    Rotated,
}

/// What the console's own user has, beside the key that the console uses: name, age in days, fate.
const OWN: [(&str, i64, Fate); 8] = [
    ("console-olivia", 41, Fate::Used(TimeDelta::zero())),
    ("ci-deploy", 171, Fate::Expires(TimeDelta::days(9))),
    ("nightly-export", 88, Fate::Used(TimeDelta::minutes(7))),
    ("load-test", 12, Fate::Never),
    ("release-bot", 203, Fate::Revoked(Why::Rotated)),
    ("release-bot", 62, Fate::Used(TimeDelta::hours(5))),
    ("laptop-scripts", 301, Fate::Paused),
    ("grafana-readonly", 95, Fate::Expired(TimeDelta::days(4))),
];
/// Which of [`OWN`] replaced which.
const ROTATED: (usize, usize) = (5, 4);

/// Where the key of the console's user stands that expires soon.
pub const OWN_SOON: usize = 1;
/// Where a key of the console's user stands that is accepted and in use, beside the console's own.
pub const OWN_IN_USE: usize = 2;
/// The same of a key of somebody else: the first of [`CERTAIN`].
pub const OTHERS_IN_USE: usize = OWN.len();

/// What there is at least one of, however small the team.
const CERTAIN: [Fate; 14] = [
    Fate::Used(TimeDelta::minutes(3)),
    Fate::Expires(TimeDelta::hours(20)),
    Fate::Never,
    Fate::Revoked(Why::Exposed),
    Fate::Used(TimeDelta::days(2)),
    Fate::Expired(TimeDelta::hours(9)),
    Fate::Revoked(Why::Admin),
    Fate::Used(TimeDelta::days(140)),
    Fate::Blocked,
    Fate::Revoked(Why::Owner),
    Fate::Paused,
    Fate::Revoked(Why::Inactivity),
    Fate::Expires(TimeDelta::days(3)),
    Fate::Used(TimeDelta::hours(11)),
];

/// The keys, the console's first, its hash and mask still to be put in.
pub fn keys(count: u64, people: &[User], now: Time, dice: &mut Dice) -> Vec<SeedKey> {
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    let mut keys: Vec<SeedKey> = Vec::with_capacity(count.min(1_000_000));
    for at in 0..count {
        let key = if let Some((name, age, fate)) = OWN.get(at) {
            let mut key = key(name.to_string(), &people[0], now - TimeDelta::days(*age), *fate, people, now, dice);
            // what came later was made with the key that the console uses
            let with = (keys.first()).filter(|console: &&SeedKey| console.row.created_at < key.row.created_at);
            key.row.minted_with = with.map(|console| console.row.id.clone());
            if at == ROTATED.0 {
                key.row.rotated_from = Some(keys[ROTATED.1].row.id.clone());
            }
            key
        } else {
            let fate = CERTAIN.get(at - OWN.len()).copied().unwrap_or_else(|| chance(dice));
            // Nobody has as many keys as those who build; the console's user has those above.
            let owner = if dice.chance(45) { dice.pick(&people[7..19]) } else { dice.pick(&people[1..]) };
            let made = made(owner, fate, now, dice);
            key(name(dice), owner, made, fate, people, now, dice)
        };
        keys.push(key);
    }
    keys
}

/// How many keys expire on one day, and in how many days that is.
const CLUSTER: (usize, i64) = (14, 17);

/// Lets keys that are in use expire on one day, as those do that were made on one day with the same lifetime.
pub fn on_one_day(keys: &mut [SeedKey], now: Time) {
    let day = (now + TimeDelta::days(CLUSTER.1)).duration_trunc(TimeDelta::days(1)).unwrap_or(now);
    let beside = OWN.len() + CERTAIN.len();
    let later = |key: &&mut SeedKey| key.row.expires_at.is_some_and(|at| at > now + TimeDelta::days(30));
    let in_use = keys.iter_mut().skip(beside).filter(|key| key.is_enabled(now) && key.row.last_used_at.is_some());
    for (minutes, key) in (0..).zip(in_use.filter(later).take(CLUSTER.0)) {
        key.row.expires_at = Some(day + TimeDelta::hours(9) + TimeDelta::minutes(minutes));
    }
}

fn name(dice: &mut Dice) -> String {
    let name = format!("{}{}", dice.pick(&TASKS), dice.pick(&PLACES));
    if dice.chance(15) { format!("{name}-{}", dice.below(9) + 2) } else { name }
}

/// Gives the keys that services need to the services: those that work, or did until they expired.
pub fn give_to_services(keys: &mut [SeedKey], services: &[User]) {
    let beside = OWN.len() + CERTAIN.len();
    for key in keys.iter_mut().skip(beside).filter(|key| key.row.revoked.is_none() && key.disabled.is_none()) {
        if let Some(service) = services.iter().find(|service| key.row.name.starts_with(&service.name)) {
            key.row.owner_id = service.id;
            // told at the service's contacts
            key.row.contacts.clear();
        }
    }
}

/// What a key for this may do: a few only read, a few only open other services.
fn access(name: &str) -> Access {
    let is_for = |tasks: &[&str]| tasks.iter().any(|task| name.starts_with(task));
    if is_for(&["grafana-readonly", "status-page"]) {
        Access::Read
    } else if is_for(&SERVICES) {
        Access::None
    } else {
        Access::Full
    }
}

fn chance(dice: &mut Dice) -> Fate {
    let hours = |dice: &mut Dice, from: u64, to: u64| {
        TimeDelta::minutes(i64::try_from(dice.below((to - from) * 60) + from * 60).unwrap_or_default())
    };
    match dice.below(100) {
        0..=13 => Fate::Used(hours(dice, 0, 24)),
        14..=34 => Fate::Used(hours(dice, 24, 24 * 30)),
        35..=46 => Fate::Used(hours(dice, 24 * 30, 24 * 400)),
        47..=54 => Fate::Never,
        55..=61 => Fate::Expires(hours(dice, 1, 24 * 30)),
        62..=66 => Fate::Paused,
        67..=69 => Fate::Blocked,
        70..=74 => Fate::Expired(hours(dice, 1, 24 * 29)),
        75..=84 => Fate::Revoked(Why::Owner),
        85..=90 => Fate::Revoked(Why::Admin),
        91..=95 => Fate::Revoked(Why::Inactivity),
        96 => Fate::Revoked(Why::Exposed),
        _ => Fate::Revoked(Why::Rotated),
    }
}

/// When a key was made that has this fate: after its owner joined, and early enough for all that happened to it.
fn made(owner: &User, fate: Fate, now: Time, dice: &mut Dice) -> Time {
    let joined = owner.joined_at.time().unwrap_or(now);
    let latest = latest(fate, now);
    if latest <= joined { latest } else { dice.recent(joined, latest) }
}

/// When a key that has this fate was made at the latest.
fn latest(fate: Fate, now: Time) -> Time {
    now - match fate {
        Fate::Used(ago) => ago + TimeDelta::hours(1),
        Fate::Never => TimeDelta::minutes(20),
        Fate::Expires(_) => TimeDelta::days(2),
        Fate::Expired(ago) => ago + TimeDelta::days(14),
        Fate::Paused | Fate::Blocked => TimeDelta::days(10),
        Fate::Revoked(Why::Inactivity) => TimeDelta::days(40),
        Fate::Revoked(_) => TimeDelta::days(5),
    }
}

/// The key at a place, from 0, in the long row of `count` that a large team has beside its first keys.
///
/// The later in the row the later it was made, and so are its id and its hash: every index grows at its end, which is
/// many times as fast as growing all over, and leaves most of the file as it is from one transaction to the next.
pub fn in_row(at: u64, count: u64, people: &[User], now: Time, dice: &mut Dice) -> NewRow {
    let made = made_in_row(at, count, people, now);
    let joined = |user: &&User| user.joined_at.time().is_some_and(|joined| joined <= made);
    let builder = dice.chance(45).then(|| dice.pick(&people[7..19])).filter(joined);
    let owner = builder.or_else(|| Some(dice.pick(&people[1..])).filter(joined)).unwrap_or(&people[1]);
    let fate = (0..4).map(|_| chance(dice)).find(|fate| made <= latest(*fate, now)).unwrap_or(Fate::Never);
    let mut row = key(name(dice), owner, made, fate, people, now, dice).row;
    let place = (u128::from(at) << 64) / u128::from(count.max(1));
    row.secret_hash.replace_range(..16, &format!("{place:016x}"));
    row
}

/// As many in any year as chance would make there, the later the more.
fn made_in_row(at: u64, count: u64, people: &[User], now: Time) -> Time {
    let founded = people[1].joined_at.time().unwrap_or(now);
    let span = (latest(Fate::Never, now) - founded).num_milliseconds().unsigned_abs();
    let square = u128::from(span) * u128::from(span) * u128::from(at) / u128::from(count.max(1));
    founded + TimeDelta::milliseconds(i64::try_from(square.isqrt()).unwrap_or_default())
}

fn key(name: String, owner: &User, made: Time, fate: Fate, people: &[User], now: Time, dice: &mut Dice) -> SeedKey {
    let access = access(&name);
    let mut key = SeedKey {
        row: NewRow {
            id: dice.id(made),
            name,
            owner_id: owner.id,
            contacts: contacts(dice),
            created_at: made,
            expires_at: None,
            disabled_reason: None,
            last_used_at: None,
            last_used_from: None,
            revoked: None,
            rotated_from: None,
            access,
            minted_with: None,
            secret_hash: dice.hash(),
            masked_value: dice.mask("kdk_"),
        },
        disabled: None,
    };
    let row = &mut key.row;
    // When the key could last be used.
    let mut end = now;
    match fate {
        Fate::Used(ago) => {
            row.last_used_at = Some(now - ago);
            row.expires_at = later(dice, now);
        }
        Fate::Never => row.expires_at = later(dice, now),
        Fate::Expires(ahead) => {
            row.expires_at = Some(now + ahead);
            row.last_used_at = Some(dice.recent(now - TimeDelta::days(1), now));
        }
        Fate::Paused => {
            end = dice.recent(made, now);
            key.disabled = Some((end, owner.id));
            row.disabled_reason = Some(DisabledReason::Owner);
        }
        Fate::Blocked => {
            end = dice.recent(made, now);
            key.disabled = Some((end, some_admin(people, dice).id));
            row.disabled_reason = Some(DisabledReason::Admin);
        }
        Fate::Expired(ago) => {
            end = now - ago;
            row.expires_at = Some(end);
            row.disabled_reason = Some(DisabledReason::Expired);
        }
        Fate::Revoked(Why::Inactivity) => {
            end = dice.between(made + TimeDelta::days(5), now - TimeDelta::days(31));
            row.expires_at = Some(end);
            row.revoked = Some((end + TimeDelta::days(30), None, Revocation::Inactivity));
        }
        Fate::Revoked(why) => {
            end = dice.recent(made + TimeDelta::days(1), now - TimeDelta::hours(1));
            row.revoked = Some(match why {
                Why::Owner => (end, Some(owner.id), Revocation::Owner),
                Why::Rotated => (end, Some(owner.id), Revocation::Rotated),
                Why::Exposed => (end, None, Revocation::Exposed),
                Why::Admin | Why::Inactivity => (end, Some(some_admin(people, dice).id), Revocation::Admin),
            });
        }
    }
    if end < now && dice.chance(85) {
        row.last_used_at = Some(dice.recent(made, end));
    }
    row.last_used_at = row.last_used_at.map(|used| used.max(made));
    row.last_used_from = row.last_used_at.map(|_| dice.address());
    key
}

/// Most keys never expire; the others do some time later than soon.
fn later(dice: &mut Dice, now: Time) -> Option<Time> {
    dice.chance(45).then(|| dice.between(now + TimeDelta::days(31), now + TimeDelta::days(365)))
}

fn contacts(dice: &mut Dice) -> Vec<String> {
    const LISTS: [&str; 4] = ["platform", "integrations", "oncall", "data"];
    if dice.chance(30) { vec![format!("{}@harbourline.example", dice.pick(&LISTS))] } else { Vec::new() }
}
