//! A change of the settings as it is asked for, and the bounds it has to keep.

use std::collections::BTreeSet;

use serde::{Deserialize, Deserializer, Serialize};

use super::Settings;
use crate::domain::key::Access;
use crate::domain::wire_enum::wire_enum;

wire_enum! {
    /// What becomes of the exposed keys that are enabled when the team begins to revoke such keys by itself.
    pub enum CurrentlyExposed {
        /// They are revoked with the change.
        Revoke = "revoke",
        /// They stay as they are; the next report about one revokes it.
        Ignore = "ignore",
    }
}

/// A change of the settings: what is absent stays as it is; null takes a rule away. Source: management API,
/// `PUT /api-key-settings`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SettingsChange {
    /// The version it was read with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub members_may_generate: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "said")]
    pub expiry_days: Option<Option<i64>>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "said")]
    pub max_age_days: Option<Option<i64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inactivity_days: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auto_revoke_exposed: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notify_before_days: Option<Vec<i64>>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "said")]
    pub max_keys_per_user: Option<Option<i64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub members_access: Option<Access>,
    /// Over how many days (1–90) keys are spread that the change would end on one. Not kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spread_days: Option<i64>,
    /// What becomes of the keys that are exposed now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currently_exposed: Option<CurrentlyExposed>,
    /// A note for the audit log: at most 2000 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Tells null from absent.
#[expect(clippy::option_option, reason = "absent, null and a value are three things here")]
fn said<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// A field that is out of its bounds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// Its name on the wire.
    pub field: &'static str,
    pub reason: String,
}

impl SettingsChange {
    /// The change that makes `before` to `after`.
    pub fn between(before: &Settings, after: &Settings) -> Self {
        fn changed<T: PartialEq + Clone>(before: &T, after: &T) -> Option<T> {
            (before != after).then(|| after.clone())
        }
        Self {
            version: Some(before.version),
            members_may_generate: changed(&before.members_may_generate, &after.members_may_generate),
            expiry_days: changed(&before.expiry_days, &after.expiry_days),
            max_age_days: changed(&before.max_age_days, &after.max_age_days),
            inactivity_days: changed(&before.inactivity_days, &after.inactivity_days),
            auto_revoke_exposed: changed(&before.auto_revoke_exposed, &after.auto_revoke_exposed),
            notify_before_days: changed(&before.notify_before_days, &after.notify_before_days),
            max_keys_per_user: changed(&before.max_keys_per_user, &after.max_keys_per_user),
            members_access: changed(&before.members_access, &after.members_access),
            spread_days: None,
            currently_exposed: None,
            note: None,
        }
    }

    /// The settings it makes of `before`; the version stays, it is the server's to count.
    ///
    /// # Errors
    /// The first field that is out of its bounds.
    pub fn apply_to(&self, before: &Settings) -> Result<Settings, Wrong> {
        let mut notify = self.notify_before_days.clone().unwrap_or_else(|| before.notify_before_days.clone());
        notify.sort_unstable_by(|a, b| b.cmp(a));
        let after = Settings {
            version: before.version,
            members_may_generate: self.members_may_generate.unwrap_or(before.members_may_generate),
            expiry_days: self.expiry_days.unwrap_or(before.expiry_days),
            max_age_days: self.max_age_days.unwrap_or(before.max_age_days),
            inactivity_days: self.inactivity_days.unwrap_or(before.inactivity_days),
            auto_revoke_exposed: self.auto_revoke_exposed.unwrap_or(before.auto_revoke_exposed),
            notify_before_days: notify,
            max_keys_per_user: self.max_keys_per_user.unwrap_or(before.max_keys_per_user),
            members_access: self.members_access.clone().unwrap_or_else(|| before.members_access.clone()),
        };
        self.check(&after)?;
        Ok(after)
    }

    /// Whether it says anything of what the settings hold.
    pub fn is_empty(&self) -> bool {
        let said_nothing = Self { version: self.version, note: self.note.clone(), ..Self::default() };
        *self == said_nothing
    }

    fn check(&self, after: &Settings) -> Result<(), Wrong> {
        let days = |field, days: i64| bounded(field, days, 1, 3650);
        self.expiry_days.flatten().map_or(Ok(()), |said| days("expiryDays", said))?;
        self.max_age_days.flatten().map_or(Ok(()), |said| days("maxAgeDays", said))?;
        self.inactivity_days.map_or(Ok(()), |said| days("inactivityDays", said))?;
        self.max_keys_per_user.flatten().map_or(Ok(()), |said| bounded("maxKeysPerUser", said, 1, 100_000))?;
        self.spread_days.map_or(Ok(()), |said| bounded("spreadDays", said, 1, 90))?;
        if let Some(said) = &self.notify_before_days {
            let wrong = |reason: &str| Wrong { field: "notifyBeforeDays", reason: reason.to_owned() };
            if said.len() > 10 {
                return Err(wrong("more than 10"));
            }
            if !said.iter().all(|days| (1..=365).contains(days)) {
                return Err(wrong("not 1 to 365 days each"));
            }
            if after.notify_before_days.iter().collect::<BTreeSet<_>>().len() != said.len() {
                return Err(wrong("the same days twice"));
            }
        }
        let one_of = |words: &[&str]| format!("not one of {}", words.join(", "));
        if matches!(self.members_access, Some(Access::Other(_))) {
            return Err(Wrong { field: "membersAccess", reason: one_of(Access::WORDS) });
        }
        if matches!(self.currently_exposed, Some(CurrentlyExposed::Other(_))) {
            return Err(Wrong { field: "currentlyExposed", reason: one_of(CurrentlyExposed::WORDS) });
        }
        Ok(())
    }
}

fn bounded(field: &'static str, said: i64, least: i64, most: i64) -> Result<(), Wrong> {
    if (least..=most).contains(&said) {
        return Ok(());
    }
    Err(Wrong { field, reason: format!("not {least} to {most}") })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn change(json: serde_json::Value) -> SettingsChange {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn absent_stays_and_null_takes_away() {
        let before = Settings { expiry_days: Some(30), max_age_days: Some(90), ..Settings::default() };
        let after = change(json!({ "expiryDays": null, "inactivityDays": 7 })).apply_to(&before).unwrap();
        assert_eq!((after.expiry_days, after.max_age_days, after.inactivity_days), (None, Some(90), 7));
        let again = SettingsChange::between(&before, &after);
        assert_eq!(
            serde_json::to_value(&again).unwrap(),
            json!({ "version": 1, "expiryDays": null, "inactivityDays": 7 })
        );
        assert_eq!(again.apply_to(&before).unwrap(), after);
        assert!(change(json!({ "version": 3 })).is_empty());
    }

    #[test]
    fn what_is_out_of_bounds_is_named() {
        for (json, field) in [
            (json!({ "expiryDays": 0 }), "expiryDays"),
            (json!({ "maxAgeDays": 3651 }), "maxAgeDays"),
            (json!({ "inactivityDays": -1 }), "inactivityDays"),
            (json!({ "maxKeysPerUser": 100_001 }), "maxKeysPerUser"),
            (json!({ "spreadDays": 91 }), "spreadDays"),
            (json!({ "notifyBeforeDays": [3, 3] }), "notifyBeforeDays"),
            (json!({ "notifyBeforeDays": [0] }), "notifyBeforeDays"),
            (json!({ "notifyBeforeDays": vec![1; 11] }), "notifyBeforeDays"),
            (json!({ "membersAccess": "most" }), "membersAccess"),
            (json!({ "currentlyExposed": "forget" }), "currentlyExposed"),
        ] {
            assert_eq!(change(json.clone()).apply_to(&Settings::default()).unwrap_err().field, field, "{json}");
        }
        let sorted = change(json!({ "notifyBeforeDays": [1, 30, 7] })).apply_to(&Settings::default()).unwrap();
        assert_eq!(sorted.notify_before_days, [30, 7, 1]);
    }
}
