//! The settings one by one, as people name, read and write them: one table for the console, the command line and policy
//! files.

use super::Settings;
use crate::domain::key::Access;

/// One of the settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Field {
    MembersMayGenerate,
    ExpiryDays,
    MaxAgeDays,
    InactivityDays,
    AutoRevokeExposed,
    NotifyBeforeDays,
    MaxKeysPerUser,
    MembersAccess,
}

/// A text that is no value of a setting: what one looks like.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name} is {wanted}")]
pub struct Unreadable {
    /// The setting's name.
    pub name: &'static str,
    /// What it may be.
    pub wanted: &'static str,
}

impl Field {
    /// Every setting, in the order they are shown.
    pub const ALL: [Self; 8] = [
        Self::MembersMayGenerate,
        Self::ExpiryDays,
        Self::MaxAgeDays,
        Self::InactivityDays,
        Self::AutoRevokeExposed,
        Self::NotifyBeforeDays,
        Self::MaxKeysPerUser,
        Self::MembersAccess,
    ];

    /// Its name in commands and policy files.
    pub fn name(self) -> &'static str {
        match self {
            Self::MembersMayGenerate => "members-may-generate",
            Self::ExpiryDays => "expiry-days",
            Self::MaxAgeDays => "max-age-days",
            Self::InactivityDays => "inactivity-days",
            Self::AutoRevokeExposed => "auto-revoke-exposed",
            Self::NotifyBeforeDays => "notify-before-days",
            Self::MaxKeysPerUser => "max-keys-per-user",
            Self::MembersAccess => "members-access",
        }
    }

    /// Its name on the wire.
    pub fn wire(self) -> &'static str {
        match self {
            Self::MembersMayGenerate => "membersMayGenerate",
            Self::ExpiryDays => "expiryDays",
            Self::MaxAgeDays => "maxAgeDays",
            Self::InactivityDays => "inactivityDays",
            Self::AutoRevokeExposed => "autoRevokeExposed",
            Self::NotifyBeforeDays => "notifyBeforeDays",
            Self::MaxKeysPerUser => "maxKeysPerUser",
            Self::MembersAccess => "membersAccess",
        }
    }

    /// The setting of this name, however its words are joined.
    pub fn named(name: &str) -> Option<Self> {
        let plain = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
        let wanted = plain(name);
        Self::ALL.into_iter().find(|field| plain(field.name()) == wanted)
    }

    /// What the console calls it.
    pub fn title(self) -> &'static str {
        match self {
            Self::MembersMayGenerate => "Members may generate keys",
            Self::ExpiryDays => "Every key expires after",
            Self::MaxAgeDays => "No key is older than",
            Self::InactivityDays => "Revoke expired keys after",
            Self::AutoRevokeExposed => "Revoke exposed keys at once",
            Self::NotifyBeforeDays => "Tell of an expiry",
            Self::MaxKeysPerUser => "Keys a person may have",
            Self::MembersAccess => "Members' keys may do",
        }
    }

    /// What it does, in one line.
    pub fn line(self) -> &'static str {
        match self {
            Self::MembersMayGenerate => "Whether members, not only admins, make keys",
            Self::ExpiryDays => "Days from the making of a key's value to its end, whatever its owner chose",
            Self::MaxAgeDays => "The age that no key passes, also one whose owner chose a later end",
            Self::InactivityDays => "Days that an expired key waits to be dated anew before it is revoked for ever",
            Self::AutoRevokeExposed => "Whether a key that is reported as exposed is revoked in that moment",
            Self::NotifyBeforeDays => "How many days before a key ends its contacts are told",
            Self::MaxKeysPerUser => "The most keys that are not revoked one person has",
            Self::MembersAccess => "The most that a key of a member may be given",
        }
    }

    /// What it does to the keys there are, and to those to come.
    pub fn explanation(self) -> &'static [&'static str] {
        match self {
            Self::MembersMayGenerate => {
                &["Off: only admins make keys. Keys that members have go on working, and may be given a new value."]
            }
            Self::ExpiryDays => &[
                "Dates every key that is not revoked, those there are and those to come: so many days after its value was \
                 made. Dates that owners chose are replaced, earlier or later.",
                "A date that somebody brought forward by hand stays. Taking the rule away leaves the dates as they are.",
                "30, 60, 90, 180 and 365 days are usual; any number from 1 to 3650 will do.",
            ],
            Self::MaxAgeDays => &[
                "Caps every date, also one that was brought forward by hand: no key works for more than so many days after \
                 its value was made. Owners may choose an earlier end.",
                "Taking the rule away leaves the dates as they are.",
            ],
            Self::InactivityDays => &[
                "An expired key can still be dated anew by a change of these settings. After so many days more it is \
                 revoked, which is final.",
                "Fewer days revoke the keys that have waited longer already.",
            ],
            Self::AutoRevokeExposed => &[
                "On: a report about a key that works revokes it, and tells its owner. The last key by which anybody \
                 manages the team is left and told of instead.",
                "When it is turned on, you say what becomes of the keys that are exposed now.",
            ],
            Self::NotifyBeforeDays => {
                &["Each contact of a key, or else its owner, is told once at each of these, such as 30, 14, 3, 1."]
            }
            Self::MaxKeysPerUser => &[
                "Who has that many makes no further key; one that replaces another by rotation is still made. Nobody loses \
                 a key by it.",
            ],
            Self::MembersAccess => &[
                "full: all that their owner may. read: only read. none: nothing but saying who they are; other services \
                 accept them all the same.",
                "Keys there are keep what they have.",
            ],
        }
    }

    /// Its value, for people: `90 days`, `none`, `on`.
    pub fn show(self, settings: &Settings) -> String {
        let days = |days: Option<i64>| match days {
            None => "none".to_owned(),
            Some(1) => "1 day".to_owned(),
            Some(days) => format!("{days} days"),
        };
        match self {
            Self::MembersMayGenerate => on_off(settings.members_may_generate),
            Self::ExpiryDays => days(settings.expiry_days),
            Self::MaxAgeDays => days(settings.max_age_days),
            Self::InactivityDays => days(Some(settings.inactivity_days)),
            Self::AutoRevokeExposed => on_off(settings.auto_revoke_exposed),
            Self::NotifyBeforeDays if settings.notify_before_days.is_empty() => "never".to_owned(),
            Self::NotifyBeforeDays => format!("{} days before", list(&settings.notify_before_days)),
            Self::MaxKeysPerUser => {
                settings.max_keys_per_user.map_or_else(|| "any number".to_owned(), |most| most.to_string())
            }
            Self::MembersAccess => settings.members_access.to_string(),
        }
    }

    /// Its value as it is written in commands and in the console's field: `90`, `none`, `on`, `30, 14, 3, 1`.
    pub fn write(self, settings: &Settings) -> String {
        let number = |number: Option<i64>| number.map_or_else(|| "none".to_owned(), |number| number.to_string());
        match self {
            Self::MembersMayGenerate => on_off(settings.members_may_generate),
            Self::ExpiryDays => number(settings.expiry_days),
            Self::MaxAgeDays => number(settings.max_age_days),
            Self::InactivityDays => settings.inactivity_days.to_string(),
            Self::AutoRevokeExposed => on_off(settings.auto_revoke_exposed),
            Self::NotifyBeforeDays if settings.notify_before_days.is_empty() => "none".to_owned(),
            Self::NotifyBeforeDays => list(&settings.notify_before_days),
            Self::MaxKeysPerUser => number(settings.max_keys_per_user),
            Self::MembersAccess => settings.members_access.to_string(),
        }
    }

    /// Puts the value that `text` writes into `settings`.
    ///
    /// # Errors
    /// When the text is no value of this setting, or one out of its bounds.
    pub fn read_into(self, text: &str, settings: &mut Settings) -> Result<(), Unreadable> {
        let text = text.trim().to_lowercase();
        let wrong = || Unreadable { name: self.name(), wanted: self.wanted() };
        let days = || number(&text, "days", 3650).ok_or_else(wrong);
        match self {
            Self::MembersMayGenerate => settings.members_may_generate = switch(&text).ok_or_else(wrong)?,
            Self::ExpiryDays => settings.expiry_days = days()?,
            Self::MaxAgeDays => settings.max_age_days = days()?,
            Self::InactivityDays => settings.inactivity_days = days()?.ok_or_else(wrong)?,
            Self::AutoRevokeExposed => settings.auto_revoke_exposed = switch(&text).ok_or_else(wrong)?,
            Self::NotifyBeforeDays => settings.notify_before_days = notices(&text).ok_or_else(wrong)?,
            Self::MaxKeysPerUser => settings.max_keys_per_user = number(&text, "keys", 100_000).ok_or_else(wrong)?,
            Self::MembersAccess => {
                settings.members_access = match Access::from_word(&text) {
                    Access::Other(_) => return Err(wrong()),
                    access @ (Access::Full | Access::Read | Access::None) => access,
                }
            }
        }
        Ok(())
    }

    /// What may be written.
    pub fn wanted(self) -> &'static str {
        match self {
            Self::MembersMayGenerate | Self::AutoRevokeExposed => "on or off",
            Self::ExpiryDays | Self::MaxAgeDays => "none, or a number of days from 1 to 3650",
            Self::InactivityDays => "a number of days from 1 to 3650",
            Self::NotifyBeforeDays => "none, or up to 10 different numbers of days from 1 to 365, such as 30, 14, 3, 1",
            Self::MaxKeysPerUser => "none, or a number from 1 to 100000",
            Self::MembersAccess => "full, read or none",
        }
    }

    /// Values that are usual, to step through.
    pub fn usual(self) -> &'static [&'static str] {
        match self {
            Self::MembersMayGenerate | Self::AutoRevokeExposed => &["on", "off"],
            Self::ExpiryDays | Self::MaxAgeDays => &["none", "30", "60", "90", "180", "365"],
            Self::InactivityDays => &["7", "30", "90"],
            Self::NotifyBeforeDays => &["30, 14, 3, 1", "7, 1", "none"],
            Self::MaxKeysPerUser => &["none", "5", "10", "25", "100"],
            Self::MembersAccess => &["full", "read", "none"],
        }
    }

    /// Whether the two differ in it.
    pub fn differs(self, one: &Settings, other: &Settings) -> bool {
        self.write(one) != self.write(other)
    }

    /// Puts its value of `from` into `to`.
    pub fn take(self, from: &Settings, to: &mut Settings) {
        match self {
            Self::MembersMayGenerate => to.members_may_generate = from.members_may_generate,
            Self::ExpiryDays => to.expiry_days = from.expiry_days,
            Self::MaxAgeDays => to.max_age_days = from.max_age_days,
            Self::InactivityDays => to.inactivity_days = from.inactivity_days,
            Self::AutoRevokeExposed => to.auto_revoke_exposed = from.auto_revoke_exposed,
            Self::NotifyBeforeDays => to.notify_before_days.clone_from(&from.notify_before_days),
            Self::MaxKeysPerUser => to.max_keys_per_user = from.max_keys_per_user,
            Self::MembersAccess => to.members_access = from.members_access.clone(),
        }
    }
}

fn on_off(on: bool) -> String {
    if on { "on" } else { "off" }.to_owned()
}

fn list(numbers: &[i64]) -> String {
    numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn switch(text: &str) -> Option<bool> {
    match text {
        "on" | "yes" | "true" => Some(true),
        "off" | "no" | "false" => Some(false),
        _ => None,
    }
}

/// A number, perhaps with its unit; none for `none`.
fn number(text: &str, unit: &str, most: i64) -> Option<Option<i64>> {
    if matches!(text, "none" | "any" | "never") {
        return Some(None);
    }
    let digits = text.strip_suffix(unit).or_else(|| text.strip_suffix(unit.trim_end_matches('s'))).unwrap_or(text);
    let digits = digits.strip_suffix('d').filter(|_| unit == "days").unwrap_or(digits).trim();
    digits.parse().ok().filter(|number| (1..=most).contains(number)).map(Some)
}

fn notices(text: &str) -> Option<Vec<i64>> {
    if matches!(text, "none" | "never") {
        return Some(Vec::new());
    }
    let parts = text.split([',', ' ']).map(str::trim).filter(|part| !part.is_empty());
    let mut days =
        parts.map(|part| part.parse().ok().filter(|days| (1..=365).contains(days))).collect::<Option<Vec<i64>>>()?;
    let count = days.len();
    days.sort_unstable_by(|a, b| b.cmp(a));
    days.dedup();
    (count == days.len() && (1..=10).contains(&count)).then_some(days)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_every_usual_value_is_one() {
        for field in Field::ALL {
            assert_eq!(Field::named(field.name()), Some(field));
            assert_eq!(Field::named(field.wire()), Some(field));
            for text in field.usual() {
                let mut settings = Settings::default();
                field.read_into(text, &mut settings).unwrap();
                assert_eq!(field.write(&settings), *text);
                let mut taken = Settings::default();
                field.take(&settings, &mut taken);
                assert_eq!(taken, settings, "{field:?}");
            }
            let mut settings = Settings::default();
            for text in ["", "-1", "0", "x", "1.5", "99999999", "3,3", "3;"] {
                let unread = field.read_into(text, &mut settings).unwrap_err();
                assert!(unread.to_string().starts_with(field.name()), "{unread}");
            }
            assert_eq!(settings, Settings::default(), "what cannot be read changes nothing");
        }
        assert_eq!(Field::named("expiry"), None);
    }

    #[test]
    fn days_may_be_written_as_people_do() {
        for (text, days) in [("90", 90), ("90 days", 90), ("90d", 90), (" 1 Day ", 1)] {
            let mut settings = Settings::default();
            Field::ExpiryDays.read_into(text, &mut settings).unwrap();
            assert_eq!(settings.expiry_days, Some(days), "{text}");
        }
    }
}
