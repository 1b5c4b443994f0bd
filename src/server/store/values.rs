//! The values of an API key: one is present, the one before it may go on working until its overlap ends.

use chrono::TimeDelta;

use super::audit::Cause;
use super::engine::{Result, Transaction};
use super::sql::Sql;
use super::team::User;
use super::{Write, changes, stamp, team};
use crate::api::key::ApiKey;
use crate::domain::settings::Settings;
use crate::domain::time::{Time, wire};

/// A value that takes the place of a key's present one.
#[derive(Clone, Debug)]
pub struct NewValue {
    pub secret_hash: String,
    pub masked_value: String,
    /// When the key expires from now on.
    pub expires_at: Option<Time>,
    /// Until when the value before it works.
    pub overlap_ends_at: Time,
}

/// Makes a new value the present one of `key` and gives the one before it its overlap, which ends any earlier overlap at
/// once; audits that. The value was made by `minted_by`, `server` or `client`.
pub async fn replace(
    write: &mut Write,
    key: &ApiKey,
    owner: &User,
    new: &NewValue,
    minted_by: &'static str,
    cause: &Cause<'_>,
) -> Result<()> {
    let (on, key_id, now) = (write.on(), key.id.as_str(), cause.now);
    let mut ended = Sql::new("UPDATE key_values SET overlap_ends_at = ");
    ended.bind(wire(now)).push(" WHERE present = 0 AND overlap_ends_at > ").bind(wire(now));
    ended.push(" AND key_id = ").bind(key_id);
    ended.run(&mut *on).await?;
    let mut before = Sql::new("UPDATE key_values SET present = 0, overlap_ends_at = ");
    before.bind(wire(new.overlap_ends_at)).push(" WHERE present = 1 AND key_id = ").bind(key_id);
    before.run(&mut *on).await?;
    let value = [new];
    super::sql::insert(
        &mut *on,
        "INSERT INTO key_values (secret_hash, kind, key_id, masked_value, created_at, present) VALUES ",
        &value,
        |new, row| {
            row.add(new.secret_hash.as_str()).add("api").add(key_id).add(new.masked_value.as_str());
            row.add(wire(now)).add(1_i64);
        },
    )
    .await?;
    let mut dated = Sql::new("UPDATE api_keys SET expires_at = ");
    dated.bind(stamp(new.expires_at)).push(" WHERE id = ").bind(key_id);
    dated.run(on).await?;
    write.record(cause, owner.for_audit(), changes::key_regenerated(key, new, now, minted_by));
    Ok(())
}

/// Ends the overlap of `key` now, and audits that; says whether there was one.
pub async fn end_overlap(write: &mut Write, key: &ApiKey, owner: &User, cause: &Cause<'_>) -> Result<bool> {
    let mut ended = Sql::new("UPDATE key_values SET overlap_ends_at = ");
    ended.bind(wire(cause.now)).push(" WHERE present = 0 AND overlap_ends_at > ").bind(wire(cause.now));
    ended.push(" AND key_id = ").bind(key.id.as_str());
    let was_open = ended.run(write.on()).await? > 0;
    if was_open {
        write.record(cause, owner.for_audit(), changes::overlap_ended(key, cause.now));
    }
    Ok(was_open)
}

/// When `key` expires once its value is made anew at `now`: the team's days count from then, but a date that was brought
/// forward by hand is never moved later.
pub async fn expiry_after_regenerate(on: &mut Transaction, key: &ApiKey, now: Time) -> Result<Option<Time>> {
    let settings = team::settings(&mut *on).await?;
    let mut sql = Sql::new("SELECT brought_forward FROM api_keys WHERE id = ");
    sql.bind(key.id.as_str());
    let row = sql.only(on).await?;
    let brought_forward = row.try_get::<i64>("brought_forward")? != 0;
    Ok(moved(&settings, brought_forward, key.value_created_at.time(), key.expires_at.time(), now))
}

fn moved(settings: &Settings, brought_forward: bool, made: Option<Time>, old: Option<Time>, now: Time) -> Option<Time> {
    if brought_forward {
        return Settings { expiry_days: None, ..settings.clone() }.expiry_of(now, old);
    }
    let oldest = settings.max_age_days.and_then(TimeDelta::try_days).zip(made).map(|(days, made)| made + days);
    // A date that only the cap set was not asked for by anybody.
    settings.expiry_of(now, old.filter(|_| old != oldest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::When;

    #[test]
    fn what_becomes_of_the_expiry() {
        let made = When::from_wire("2026-01-01T00:00:00Z").time().unwrap();
        let day = |days| Some(made + TimeDelta::days(days));
        let rule = |expiry_days, max_age_days| Settings { expiry_days, max_age_days, ..Settings::default() };
        for (settings, brought_forward, old, expected) in [
            (rule(None, None), false, None, None),
            (rule(None, None), false, day(50), day(50)),
            (rule(Some(30), None), false, day(30), day(40)),
            (rule(Some(30), None), true, day(20), day(20)),
            (rule(None, Some(90)), false, day(90), day(100)),
            (rule(None, Some(90)), false, day(50), day(50)),
            (rule(None, Some(90)), true, day(90), day(90)),
            (rule(None, Some(5)), true, day(20), day(15)),
            (rule(Some(30), Some(5)), false, day(20), day(15)),
        ] {
            let moved = moved(&settings, brought_forward, Some(made), old, made + TimeDelta::days(10));
            assert_eq!(moved, expected, "{settings:?} {brought_forward} {old:?}");
        }
    }
}
