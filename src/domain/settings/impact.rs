//! What a change of the settings would do to the keys there are, as the server works it out before anything is saved.

use serde::{Deserialize, Serialize};

use crate::domain::ids::KeyId;
use crate::domain::time::{When, day};
use crate::domain::untrusted::Untrusted;

/// How many days ahead deaths are counted.
pub const DAYS_AHEAD: usize = 60;
/// How many keys are listed by name.
pub const LISTED: usize = 1000;

/// What a change would do. Source: management API, `POST /api-key-settings/preview`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Impact {
    /// Keys that would expire at another time than now.
    pub changes_expiry: u64,
    /// Keys that work and would not any more once the change is saved.
    pub expires_now: u64,
    /// Of the keys that would expire at once or be revoked, those used in the 24 hours before.
    pub used_last24h: u64,
    /// Keys that would be revoked, for having been expired too long or for being exposed.
    pub revokes: u64,
    /// How many keys expire on each of the next days, before and after the change.
    pub by_day: Vec<Day>,
    /// What a spread gives to keys that would end at once.
    pub grace: Option<Grace>,
    /// The keys that change, those that end soonest first, at most [`LISTED`].
    pub data: Vec<Moved>,
}

/// How many keys expire on one day, in UTC.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Day {
    /// `2026-12-31`.
    pub day: Untrusted,
    /// As it is now.
    pub before: u64,
    /// After the change; the first day holds those that end at once.
    pub after: u64,
}

/// Keys that would end at once and get some days more.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Grace {
    pub keys: u64,
    /// When the last of them ends.
    pub until: When,
}

/// A key whose end a change moves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Moved {
    pub id: KeyId,
    pub name: Untrusted,
    pub owner_name: Untrusted,
    pub expires_at_before: When,
    pub expires_at_after: When,
    /// Whether it would be revoked.
    pub revoked: bool,
    pub last_used_at: When,
}

/// The day on which most keys would end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peak<'a> {
    pub day: &'a Untrusted,
    pub keys: u64,
}

impl Impact {
    /// Whether it would expire or revoke anything at once.
    pub fn ends_any(&self) -> bool {
        self.ends() > 0
    }

    /// How many keys it would end at once.
    pub fn ends(&self) -> u64 {
        self.expires_now + self.revokes
    }

    /// Whether it would do nothing to any key.
    pub fn is_nothing(&self) -> bool {
        self.changes_expiry == 0 && !self.ends_any()
    }

    /// The day on which the change would end more keys than on any other, and more than end on it without the change.
    /// None where no day ends more than one key more.
    pub fn peak(&self) -> Option<Peak<'_>> {
        let worse = self.by_day.iter().filter(|day| day.after > day.before + 1);
        // the first of several
        let peak = worse.rev().max_by_key(|day| day.after)?;
        Some(Peak { day: &peak.day, keys: peak.after })
    }

    /// What it would do, in sentences.
    pub fn sentences(&self) -> Vec<String> {
        let keys = |count: u64| if count == 1 { "1 key".to_owned() } else { format!("{count} keys") };
        if self.is_nothing() {
            return vec!["No key expires at another time, and none ends at once.".to_owned()];
        }
        let mut text = vec![format!("{} would expire at another time.", keys(self.changes_expiry))];
        if self.ends_any() {
            let ends = match (self.expires_now, self.revokes) {
                (expires, 0) => format!("{} would expire at once", keys(expires)),
                (0, revokes) => format!("{} would be revoked", keys(revokes)),
                (expires, revokes) => format!("{} would expire at once and {revokes} be revoked", keys(expires)),
            };
            let used = match self.used_last24h {
                0 => "none of them was used in the last 24 h".to_owned(),
                1 => "1 of them was used in the last 24 h".to_owned(),
                used => format!("{used} of them were used in the last 24 h"),
            };
            text.push(format!("{ends}; {used}."));
        }
        if let Some(grace) = &self.grace {
            let until = grace.until.time().map_or_else(|| grace.until.exact(), day);
            text.push(format!(
                "{} that would expire at once would be given days, the last until {until}.",
                keys(grace.keys)
            ));
        }
        if let Some(peak) = self.peak() {
            let before = self.by_day.iter().find(|day| day.day == *peak.day).map_or(0, |day| day.before);
            text.push(format!("Most would end on {}: {}, without the change {before}.", peak.day, keys(peak.keys)));
        }
        text
    }

    /// Over how many days it would make sense to spread what ends on one: so that at most a few end a day, within two weeks.
    pub fn offered_spread(&self) -> Option<i64> {
        let peak = self.peak().filter(|peak| peak.keys > 5)?;
        Some(i64::try_from(peak.keys.div_ceil(5)).unwrap_or(14).clamp(3, 14))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn impact(days: &[(u64, u64)]) -> Impact {
        let day = |(at, (before, after)): (usize, &(u64, u64))| Day {
            day: format!("2026-12-{:02}", at + 1).into(),
            before: *before,
            after: *after,
        };
        Impact { by_day: days.iter().enumerate().map(day).collect(), ..Impact::default() }
    }

    #[test]
    fn the_spike_is_the_first_worst_day_that_the_change_makes_worse() {
        for (days, peak, spread) in [
            (&[(0, 0), (3, 4)][..], None, None),
            (&[(90, 90), (0, 7), (1, 7)], Some(("2026-12-02", 7)), Some(3)),
            (&[(0, 100), (0, 0)], Some(("2026-12-01", 100)), Some(14)),
            (&[(0, 4)], Some(("2026-12-01", 4)), None),
        ] {
            let impact = impact(days);
            let found = impact.peak().map(|peak| (peak.day.as_received(), peak.keys));
            assert_eq!((found, impact.offered_spread()), (peak, spread), "{days:?}");
        }
    }

    #[test]
    fn what_a_newer_or_older_server_says_is_survived() {
        let told = serde_json::json!({ "changesExpiry": 3, "novel": true, "data": [{ "id": "a" }] });
        let impact: Impact = serde_json::from_value(told).unwrap();
        assert_eq!((impact.changes_expiry, impact.data.len(), impact.by_day.len()), (3, 1, 0));
    }
}
