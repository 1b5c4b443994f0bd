//! How a change of the settings dates the keys there are. A date follows from the key and the change alone, so that it is
//! the same whoever works it out: the preview, the act that writes it, and whoever reads a key in between.

use chrono::{DateTime, Days, NaiveTime, TimeDelta};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Settings;
use crate::domain::time::Time;

/// What of a key its date follows from.
#[derive(Clone, Copy, Debug)]
pub struct Dated<'a> {
    pub id: &'a str,
    /// When its present value was made.
    pub value_made: Option<Time>,
    /// When it expires before the change.
    pub expires: Option<Time>,
    /// Whether somebody brought that forward by hand, so that `expiryDays` leaves it.
    pub brought_forward: bool,
}

/// A change of the settings that dates keys anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Redating {
    /// When it is made.
    pub at: Time,
    /// The expiry of every key, in days after its value was made.
    pub expiry_days: Option<i64>,
    /// The age that no key passes, in days.
    pub max_age_days: Option<i64>,
    /// How crowds of keys are spread.
    pub spread: Option<Spread>,
}

/// Over how many days keys are spread that would end on one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Spread {
    /// How many (1–90).
    pub days: i64,
    /// The ids with which the second and every later day's share of those begins that would end at once.
    pub bounds: Vec<String>,
}

impl Redating {
    /// How changing `before` to `after` at `at` dates keys; none where every date stays as it is. Going back to no rule
    /// leaves dates.
    pub fn of(before: &Settings, after: &Settings, at: Time) -> Option<Self> {
        let stricter = |before: Option<i64>, after: Option<i64>| after.is_some() && before != after;
        let dates = stricter(before.expiry_days, after.expiry_days)
            || stricter(before.max_age_days, after.max_age_days)
            // a cap that is gone lets the expiry's own days count again
            || (before.max_age_days != after.max_age_days && after.expiry_days.is_some());
        dates.then_some(Self { at, expiry_days: after.expiry_days, max_age_days: after.max_age_days, spread: None })
    }

    /// When the key expires from now on.
    pub fn date(&self, key: &Dated<'_>) -> Option<Time> {
        let ruled = self.ruled(key);
        match (&self.spread, ruled) {
            (Some(spread), Some(ruled)) if ruled != key.expires.unwrap_or(DateTime::<chrono::Utc>::MAX_UTC) => {
                Some(self.spread_out(spread, key, ruled))
            }
            _ => ruled,
        }
    }

    /// Whether the key would end at once, or today, and still works: one that a spread gives some days.
    pub fn ends_at_once(&self, key: &Dated<'_>) -> bool {
        let works = key.expires.is_none_or(|expires| expires > self.at);
        works && self.ruled(key).is_some_and(|ruled| Some(ruled) != key.expires && ruled < self.tomorrow())
    }

    /// The date by the rules alone.
    fn ruled(&self, key: &Dated<'_>) -> Option<Time> {
        let Some(made) = key.value_made else { return key.expires };
        let expiry_days = self.expiry_days.filter(|_| !key.brought_forward);
        let rules = Settings { expiry_days, max_age_days: self.max_age_days, ..Settings::default() };
        rules.expiry_of(made, key.expires)
    }

    fn tomorrow(&self) -> Time {
        let day = self.at.date_naive().checked_add_days(Days::new(1)).unwrap_or(self.at.date_naive());
        day.and_time(NaiveTime::MIN).and_utc()
    }

    /// Never later than the key would have ended without the change, where that lies ahead.
    fn spread_out(&self, spread: &Spread, key: &Dated<'_>, ruled: Time) -> Time {
        let ahead = key.expires.is_none_or(|expires| expires > self.at);
        if !ahead {
            return ruled;
        }
        if ruled < self.tomorrow() {
            let share = spread.bounds.partition_point(|bound| bound.as_str() <= key.id);
            let day = i64::try_from(share).unwrap_or(spread.days).min(spread.days - 1) + 1;
            let graced = self.at + TimeDelta::days(day);
            return key.expires.map_or(graced, |expires| expires.min(graced));
        }
        let days = spread.days.min((ruled - self.at).num_days());
        ruled - TimeDelta::days(day_share(key.id, days))
    }
}

/// A day from 0 to `days` - 1 for this id, always the same and evenly chosen.
pub fn day_share(id: &str, days: i64) -> i64 {
    let digest = Sha256::digest(id.as_bytes());
    let mut head = [0_u8; 8];
    head.copy_from_slice(&digest[..8]);
    let days = u128::try_from(days.max(1)).unwrap_or(1);
    i64::try_from((u128::from(u64::from_be_bytes(head)) * days) >> 64).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::When;

    fn at(text: &str) -> Time {
        When::from_wire(text).time().unwrap()
    }

    fn rule(expiry_days: Option<i64>, max_age_days: Option<i64>) -> Settings {
        Settings { expiry_days, max_age_days, ..Settings::default() }
    }

    #[test]
    fn which_changes_date_keys() {
        let now = at("2026-03-01T12:00:00Z");
        for (before, after, dates) in [
            (rule(None, None), rule(None, None), false),
            (rule(None, None), rule(Some(30), None), true),
            (rule(Some(30), None), rule(Some(30), None), false),
            (rule(Some(30), None), rule(None, None), false),
            (rule(None, Some(30)), rule(None, None), false),
            (rule(None, Some(30)), rule(None, Some(60)), true),
            (rule(Some(90), Some(30)), rule(Some(90), None), true),
            (rule(Some(90), None), rule(None, Some(30)), true),
        ] {
            assert_eq!(Redating::of(&before, &after, now).is_some(), dates, "{before:?} {after:?}");
        }
    }

    #[test]
    fn dates_follow_from_the_value_and_what_was_brought_forward_stays() {
        let now = at("2026-03-01T12:00:00Z");
        let made = at("2024-02-29T23:59:59.999Z");
        let dated = |expires, brought_forward| Dated { id: "k", value_made: Some(made), expires, brought_forward };
        let day = |days| Some(made + TimeDelta::days(days));
        for (after, key, date) in [
            (rule(Some(365), None), dated(None, false), Some(at("2025-02-28T23:59:59.999Z"))),
            (rule(Some(366), None), dated(None, false), Some(at("2025-03-01T23:59:59.999Z"))),
            (rule(Some(30), None), dated(day(10), false), day(30)),
            (rule(Some(30), None), dated(day(90), true), day(90)),
            (rule(Some(30), Some(60)), dated(day(90), true), day(60)),
            (rule(None, Some(60)), dated(None, false), day(60)),
            (rule(None, Some(60)), dated(day(10), false), day(10)),
        ] {
            let redating = Redating::of(&rule(None, None), &after, now).unwrap();
            assert_eq!(redating.date(&key), date, "{after:?} {key:?}");
        }
        let unread = Dated { value_made: None, ..dated(day(3), false) };
        let redating = Redating::of(&rule(None, None), &rule(Some(30), None), now).unwrap();
        assert_eq!(redating.date(&unread), day(3), "what cannot be dated stays");
    }

    #[test]
    fn a_crowd_is_spread_and_nobody_gets_more_than_they_had() {
        let now = at("2026-12-31T18:00:00Z");
        let days = |days| TimeDelta::days(days);
        let mut redating = Redating::of(&rule(None, None), &rule(Some(30), None), now).unwrap();
        redating.spread = Some(Spread { days: 4, bounds: vec!["b".into(), "c".into(), "c".into()] });
        let key = |id: &'static str, age: i64, expires| Dated {
            id,
            value_made: Some(now - days(age)),
            expires,
            brought_forward: false,
        };
        for (id, day) in [("a", 1), ("b", 2), ("bz", 2), ("c", 4), ("d", 4)] {
            assert_eq!(redating.date(&key(id, 100, None)), Some(now + days(day)), "{id}");
        }
        assert_eq!(redating.date(&key("d", 100, Some(now + days(2)))), Some(now + days(2)), "no later than it was");
        assert_eq!(redating.date(&key("d", 100, Some(now - days(2)))), Some(now - days(70)), "what is over stays over");
        assert!(redating.ends_at_once(&key("a", 30, None)), "today counts as at once");
        assert!(!redating.ends_at_once(&key("a", 29, None)));
        let ruled = now + days(20);
        let later: Vec<Time> = ["a", "b", "c", "d", "e", "f", "g", "h"]
            .iter()
            .map(|id| redating.date(&key(id, 10, None)).unwrap())
            .collect();
        assert!(later.iter().all(|date| *date <= ruled && *date > ruled - days(4)), "{later:?}");
        assert!(later.iter().any(|date| *date != ruled), "{later:?}");
        let soon = redating.date(&key("a", 29, None)).unwrap();
        assert_eq!(soon, now + days(1), "there is no day before it");
    }

    #[test]
    fn shares_are_even() {
        let mut counts = [0_u32; 7];
        for id in 0..7000 {
            counts[usize::try_from(day_share(&format!("key-{id}"), 7)).unwrap()] += 1;
        }
        assert!(counts.iter().all(|count| (850..1150).contains(count)), "{counts:?}");
    }
}
