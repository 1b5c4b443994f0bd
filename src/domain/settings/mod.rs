//! The team's settings for API keys: what they are, how they date keys, and what a change of them would do.

mod change;
mod dating;
mod field;
mod impact;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

pub use self::change::{CurrentlyExposed, SettingsChange, Wrong};
pub use self::dating::{Dated, Redating, Spread, day_share};
pub use self::field::{Field, Unreadable};
pub use self::impact::{DAYS_AHEAD, Day, Grace, Impact, LISTED, Moved, Peak};

use super::act::ActProgress;
use super::key::Access;
use super::time::Time;

/// What came of a change of the settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Saved {
    /// The settings as they are now.
    Done(Settings),
    /// They are changed; the keys' records follow.
    UnderWay(ActProgress),
}

/// The team's settings. Source: management API, `GET /api-key-settings`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Settings {
    /// Counts the changes; a change names the version it was read with.
    pub version: i64,
    /// Whether members (not only admins) may generate keys.
    pub members_may_generate: bool,
    /// Every key expires this many days (1–3650) after its value was made, whatever its owner chose.
    pub expiry_days: Option<i64>,
    /// No key lives longer than this many days (1–3650) after its value was made.
    pub max_age_days: Option<i64>,
    /// An expired key is revoked after this many days (1–3650) more.
    pub inactivity_days: i64,
    /// Whether a key reported as exposed is revoked at once.
    pub auto_revoke_exposed: bool,
    /// Days before expiry (1–365) at which the contacts are told, the most first.
    pub notify_before_days: Vec<i64>,
    /// How many keys that are not revoked a person may have (1–100000).
    pub max_keys_per_user: Option<i64>,
    /// The most that a key of somebody with the role `user` may be given.
    pub members_access: Access,
}

impl Default for Settings {
    /// The contract's example: what a new team begins with.
    fn default() -> Self {
        Self {
            version: 1,
            members_may_generate: true,
            expiry_days: None,
            max_age_days: None,
            inactivity_days: 30,
            auto_revoke_exposed: false,
            notify_before_days: vec![30, 14, 3, 1],
            max_keys_per_user: None,
            members_access: Access::Full,
        }
    }
}

impl Settings {
    /// When a key whose value is made at `made` will expire, if its owner wishes `wished`: `expiryDays` replaces the
    /// wish, `maxAgeDays` caps everything.
    pub fn expiry_of(&self, made: Time, wished: Option<Time>) -> Option<Time> {
        let after = |days: i64| made.checked_add_signed(TimeDelta::try_days(days)?);
        let expiry = self.expiry_days.and_then(after).or(wished);
        match (expiry, self.max_age_days.and_then(after)) {
            (Some(expiry), Some(cap)) => Some(expiry.min(cap)),
            (expiry, cap) => expiry.or(cap),
        }
    }

    /// Before when a key has to have expired, and last been dated, to be revoked at `now` for it.
    pub fn inactive_before(&self, now: Time) -> Option<Time> {
        now.checked_sub_signed(TimeDelta::try_days(self.inactivity_days)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::When;

    #[test]
    fn the_teams_setting_overrides_and_the_age_caps() {
        let made = When::from_wire("2026-01-01T00:00:00Z").time().unwrap();
        let days = |days| made + TimeDelta::days(days);
        let rule = |expiry_days, max_age_days| Settings { expiry_days, max_age_days, ..Settings::default() };
        for (settings, wished, expiry) in [
            (rule(None, None), None, None),
            (rule(None, None), Some(days(5)), Some(days(5))),
            (rule(Some(30), None), Some(days(5)), Some(days(30))),
            (rule(None, Some(10)), None, Some(days(10))),
            (rule(Some(30), Some(10)), None, Some(days(10))),
            (rule(None, Some(10)), Some(days(5)), Some(days(5))),
            (rule(Some(i64::MAX), None), Some(days(5)), Some(days(5))),
        ] {
            assert_eq!(settings.expiry_of(made, wished), expiry);
        }
    }
}
