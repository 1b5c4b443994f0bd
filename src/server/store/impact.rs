//! What a change of the settings would do: every key is read once, a page at a time, and nothing is written.

use std::cmp::Ordering;
use std::collections::{BinaryHeap, HashSet};

use chrono::{Days, TimeDelta};

use super::engine::{On, Result, Row, Transaction};
use super::sql::Sql;
use super::standing::{self, IS_SUPERADMIN, Standing};
use super::{findings, moment};
use crate::domain::ids::KeyId;
use crate::domain::key::{Access, DisabledReason, Status};
use crate::domain::settings::{DAYS_AHEAD, Dated, Day, Grace, Impact, LISTED, Moved, Redating, Settings, Spread};
use crate::domain::time::{Time, When};
use crate::domain::untrusted::Untrusted;

/// How many keys are read at once.
const PAGE: i64 = 2000;

/// A change of the settings, looked at before it is made.
pub struct Question<'a> {
    pub before: &'a Settings,
    pub after: &'a Settings,
    /// How it dates keys, if it does.
    pub redating: Option<&'a Redating>,
    /// Exposed keys that it revokes.
    pub exposed: &'a HashSet<String>,
    pub now: Time,
}

/// A key, as far as this goes.
struct Key<'r> {
    row: Row<'r>,
    id: &'r str,
    value_made: Option<Time>,
    standing: Standing,
}

impl<'r> Key<'r> {
    fn read(row: Row<'r>, now: Time) -> Result<Self> {
        let standing = standing::of_row(row, row.try_get::<i64>("owner_active")? != 0, now)?;
        Ok(Self { id: row.try_get("id")?, value_made: moment(row, "value_created_at")?.time(), standing, row })
    }

    fn dated(&self) -> Dated<'_> {
        Dated {
            id: self.id,
            value_made: self.value_made,
            expires: self.standing.expires_at.time(),
            brought_forward: self.standing.brought_forward,
        }
    }
}

fn select() -> Sql {
    select_from(" FROM api_keys k CROSS JOIN key_values v CROSS JOIN users u")
}

fn select_from(tables: &'static str) -> Sql {
    let mut sql = Sql::new("SELECT k.id, k.name, k.last_used_at, k.dated_at, v.created_at AS value_created_at, ");
    sql.push("u.name AS owner_name, u.active AS owner_active, ");
    standing::push_columns(&mut sql);
    sql.push(tables).push(" WHERE v.key_id = k.id AND v.present = 1");
    sql.push(" AND u.id = k.owner_id AND k.revoked_at IS NULL");
    sql
}

/// Hands each key that is not revoked to `see`, in the order of their ids.
async fn each(on: &mut Transaction, now: Time, mut see: impl FnMut(&Key<'_>) -> Result<()>) -> Result<()> {
    let mut position = String::new();
    loop {
        let mut sql = select();
        sql.push(" AND k.id > ").bind(position.as_str()).push(" ORDER BY k.id LIMIT ").bind(PAGE);
        let rows = sql.rows(&mut *on).await?;
        let Some(last) = rows.iter().last() else { return Ok(()) };
        position = last.try_get("id")?;
        for row in rows.iter() {
            let key = Key::read(row, now)?;
            if key.standing.status != Status::Revoked {
                see(&key)?;
            }
        }
    }
}

/// Where the days' shares begin of the keys that `redating` would end at once, if they are spread over `days`.
pub async fn spread(on: &mut Transaction, redating: &Redating, days: i64) -> Result<Spread> {
    let mut count = 0_u64;
    each(&mut *on, redating.at, |key| {
        count += u64::from(is_graced(redating, key));
        Ok(())
    })
    .await?;
    let (mut rank, mut bounds) = (0_u64, Vec::new());
    let shares = u64::try_from(days).unwrap_or(1);
    each(on, redating.at, |key| {
        if is_graced(redating, key) {
            let share = u64::try_from(u128::from(rank) * u128::from(shares) / u128::from(count.max(1))).unwrap_or(0);
            while (bounds.len() as u64) < share {
                bounds.push(key.id.to_owned());
            }
            rank += 1;
        }
        Ok(())
    })
    .await?;
    Ok(Spread { days, bounds })
}

fn is_graced(redating: &Redating, key: &Key<'_>) -> bool {
    key.standing.status == Status::Enabled && redating.ends_at_once(&key.dated())
}

/// The keys that a finding nobody resolved names, and that work: those a team that begins to revoke exposed keys has to say
/// something about. Only those whose present value, or one in its overlap, was found.
pub async fn exposed(on: impl On, superadmins: bool, now: Time) -> Result<Vec<String>> {
    let mut sql = findings::select_exposed(now);
    if !superadmins {
        standing::push_not_of_superadmins(&mut sql);
    }
    sql.push(" ORDER BY k.id");
    sql.rows(on).await?.iter().map(|row| row.try_get("id")).collect()
}

/// Whether a change that dates keys would leave no key of an active superadmin that outlives it by a day, though there is
/// one now.
pub async fn locks_out(on: impl On, redating: &Redating) -> Result<bool> {
    // the superadmins first, of whom there are few
    let mut sql = select_from(" FROM users u CROSS JOIN api_keys k CROSS JOIN key_values v");
    sql.push(" AND u.active = 1 AND u.").push(IS_SUPERADMIN).push(" AND k.access = ").bind(Access::Full.word());
    let rows = sql.rows(on).await?;
    let (mut before, mut after) = (false, false);
    for row in rows.iter() {
        let key = Key::read(row, redating.at)?;
        let outlives = |date: Option<Time>| date.is_none_or(|date| date > redating.at + TimeDelta::hours(24));
        if key.standing.status == Status::Enabled {
            before |= outlives(key.standing.expires_at.time());
            after |= outlives(redating.date(&key.dated()));
        }
    }
    Ok(before && !after)
}

/// What the change would do.
pub async fn of(on: &mut Transaction, question: &Question<'_>) -> Result<Impact> {
    let mut counting = Counting::new(question);
    each(on, question.now, |key| counting.count(key)).await?;
    Ok(counting.finish())
}

/// How many keys a change gives another date.
pub async fn changed(on: &mut Transaction, redating: &Redating) -> Result<u64> {
    let mut changed = 0;
    each(on, redating.at, |key| {
        changed += u64::from(redating.date(&key.dated()) != key.standing.expires_at.time());
        Ok(())
    })
    .await?;
    Ok(changed)
}

/// A key of the list: those that end first are kept.
struct Listed(Moved);

impl Listed {
    fn order(&self) -> (bool, Time, &KeyId) {
        let end = self.0.expires_at_after.time().unwrap_or(chrono::DateTime::<chrono::Utc>::MAX_UTC);
        (!self.0.revoked, end, &self.0.id)
    }
}

impl PartialEq for Listed {
    fn eq(&self, other: &Self) -> bool {
        self.order() == other.order()
    }
}

impl Eq for Listed {}

impl PartialOrd for Listed {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Listed {
    fn cmp(&self, other: &Self) -> Ordering {
        self.order().cmp(&other.order())
    }
}

struct Counting<'q> {
    question: &'q Question<'q>,
    impact: Impact,
    listed: BinaryHeap<Listed>,
    grace: Option<(u64, Time)>,
}

impl<'q> Counting<'q> {
    fn new(question: &'q Question<'q>) -> Self {
        let today = question.now.date_naive();
        let day = |ahead: usize| today.checked_add_days(Days::new(ahead as u64)).unwrap_or(today).to_string();
        let by_day = (0..DAYS_AHEAD).map(|ahead| Day { day: Untrusted::from(day(ahead)), ..Day::default() }).collect();
        let impact = Impact { by_day, ..Impact::default() };
        Self { question, impact, listed: BinaryHeap::new(), grace: None }
    }

    /// The place of a date among the days ahead.
    fn place(&self, date: Time) -> Option<usize> {
        let days = (date.date_naive() - self.question.now.date_naive()).num_days();
        usize::try_from(days).ok().filter(|day| *day < DAYS_AHEAD)
    }

    fn count(&mut self, key: &Key<'_>) -> Result<()> {
        let Question { now, redating, .. } = *self.question;
        let old = key.standing.expires_at.time();
        let new = redating.map_or(old, |redating| redating.date(&key.dated()));
        let (works, changes) = (key.standing.status == Status::Enabled, new != old);
        let dies = works && changes && new.is_some_and(|date| date <= now);
        let revoked = (works && self.question.exposed.contains(key.id)) || (!changes && self.waited_too_long(key)?);
        self.impact.changes_expiry += u64::from(changes);
        self.impact.expires_now += u64::from(dies && !revoked);
        self.impact.revokes += u64::from(revoked);
        let last_used = moment(key.row, "last_used_at")?;
        let used = last_used.time().is_some_and(|used| now - used < TimeDelta::hours(24));
        self.impact.used_last24h += u64::from(used && (dies || revoked));
        if let Some(place) = old.filter(|date| works && *date > now).and_then(|date| self.place(date)) {
            self.impact.by_day[place].before += 1;
        }
        let expired = key.standing.disabled_reason == Some(DisabledReason::Expired);
        let after = match new {
            _ if works && revoked => Some(0),
            _ if dies => Some(0),
            Some(date) if date > now && (works || expired) => self.place(date),
            _ => None,
        };
        if let Some(place) = after {
            self.impact.by_day[place].after += 1;
        }
        if let Some(redating) = redating.filter(|redating| redating.spread.is_some() && is_graced(redating, key))
            && let Some(date) = new
        {
            let (keys, until) = self.grace.unwrap_or((0, redating.at));
            self.grace = Some((keys + 1, until.max(date)));
        }
        if changes || revoked {
            self.list(Moved {
                id: KeyId::from(key.id),
                name: Untrusted::from(key.row.try_get::<&str>("name")?),
                owner_name: Untrusted::from(key.row.try_get::<&str>("owner_name")?),
                expires_at_before: old.into(),
                expires_at_after: new.into(),
                revoked,
                last_used_at: last_used,
            });
        }
        Ok(())
    }

    /// Whether the key is revoked for having been expired too long, which it was not before.
    fn waited_too_long(&self, key: &Key<'_>) -> Result<bool> {
        let Question { before, after, now, .. } = *self.question;
        let (expires, dated) = (key.standing.expires_at.time(), moment(key.row, "dated_at")?.time());
        let since = expires.map(|expires| dated.map_or(expires, |dated| dated.max(expires)));
        let due = |settings: &Settings| {
            settings.inactive_before(now).zip(since).is_some_and(|(cutoff, since)| since <= cutoff)
        };
        Ok(due(after) && !due(before))
    }

    fn list(&mut self, moved: Moved) {
        self.listed.push(Listed(moved));
        if self.listed.len() > LISTED {
            self.listed.pop();
        }
    }

    fn finish(self) -> Impact {
        let data = self.listed.into_sorted_vec().into_iter().map(|listed| listed.0).collect();
        let grace = self.grace.map(|(keys, until)| Grace { keys, until: When::At(until) });
        Impact { grace, data, ..self.impact }
    }
}
