//! What people are told of their keys.

use chrono::TimeDelta;

use super::ids::KeyId;
use super::key::{Key, Status};
use super::time::{Distance, Time, When};
use super::untrusted::Untrusted;
use super::wire_enum::wire_enum;

wire_enum! {
    /// Why somebody is told.
    pub enum Occasion {
        Revoked = "revoked",
        /// Revoked by the server itself, since its value was found where others can read it.
        AutoRevoked = "autoRevoked",
        Disabled = "disabled",
        /// Given to another owner.
        Transferred = "transferred",
        /// Made for somebody by an admin, who knows its value.
        Created = "created",
        /// About to expire.
        Expiring = "expiring",
        /// Its value was found where others can read it, and nothing was done.
        Exposed = "exposed",
        /// Told to superadmins: it is exposed and was not revoked, though the setting would.
        AutoRevokeSkipped = "autoRevokeSkipped",
        /// Told to superadmins: it is past its date and works, since it is the last key of any of them.
        ExpirySkipped = "expirySkipped",
    }
}

wire_enum! {
    /// What became of a notice.
    pub enum NoticeState {
        Waiting = "waiting",
        /// Taken every way there is.
        Sent = "sent",
        /// Given up.
        Dead = "dead",
        /// Not sent, since it was not true any more, or was told together with a later one.
        Void = "void",
    }
}

impl Occasion {
    /// What the key is, in words.
    pub fn in_words(&self) -> String {
        match self {
            Self::Revoked => "revoked, for ever".to_owned(),
            Self::AutoRevoked => "revoked, since it was found where others can read it".to_owned(),
            Self::Disabled => "disabled".to_owned(),
            Self::Transferred => "given to another owner".to_owned(),
            Self::Created => "made for you".to_owned(),
            Self::Expiring => "about to expire".to_owned(),
            Self::Exposed => "exposed".to_owned(),
            Self::AutoRevokeSkipped => "exposed, and not revoked".to_owned(),
            Self::ExpirySkipped => "past its date, and still accepted".to_owned(),
            Self::Other(word) => word.to_string(),
        }
    }
}

/// Which notices are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NoticeQuery {
    /// What the caller is told, and not what everybody is.
    pub mine: bool,
    /// Those in this state; none: in any.
    pub state: Option<NoticeState>,
}

/// One notice: to one person, of one key.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    pub id: KeyId,
    pub occasion: Occasion,
    pub key_id: KeyId,
    /// The key's name when it was written; empty where the server does not tell it.
    pub key_name: Untrusted,
    /// The address; empty: there is nobody to tell.
    pub recipient: Untrusted,
    /// From when on it is sent.
    pub due: When,
    pub sent_at: When,
    /// When it is tried next.
    pub next_try: When,
    pub attempts: u32,
    pub state: NoticeState,
    /// Why it was not sent yet, or never.
    pub problem: Option<Untrusted>,
}

/// Keys of one's own that end soon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ending {
    /// How many.
    pub count: usize,
    /// When the first of them does.
    pub first: Time,
}

impl Ending {
    /// Those of `keys` that are accepted and end within `days` days of `now`; none where there is none.
    pub fn of<'a>(keys: impl IntoIterator<Item = &'a Key>, days: i64, now: Time) -> Option<Self> {
        let last = now + TimeDelta::try_days(days)?;
        let ends = |key: &Key| key.expires.time().filter(|at| now < *at && *at <= last);
        let mut all = None;
        for at in keys.into_iter().filter(|key| key.status == Status::Enabled).filter_map(ends) {
            let so_far = all.get_or_insert(Self { count: 0, first: at });
            so_far.count += 1;
            so_far.first = so_far.first.min(at);
        }
        all
    }

    /// Whether the first ends within a day.
    pub fn is_urgent(&self, now: Time) -> bool {
        self.first - now <= TimeDelta::days(1)
    }

    /// In words: `2 of your keys expire, the first in 3 d`; or, short, `2 keys expire in 3 d`.
    pub fn words(&self, short: bool, now: Time) -> String {
        let within = Distance::nearest(self.first - now);
        match (self.count, short) {
            (1, false) => format!("1 of your keys expires in {within}"),
            (1, true) => format!("1 key ends in {within}"),
            (count, false) => format!("{count} of your keys expire, the first in {within}"),
            (count, true) => format!("{count} keys end, in {within}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::When;

    #[test]
    fn what_ends_within_the_days_and_is_accepted_counts() {
        let now = When::from_wire("2026-11-27T09:00:00.000Z").time().unwrap();
        let key = |hours: i64, status: Status| Key {
            expires: (now + TimeDelta::hours(hours)).into(),
            status,
            ..Key::sample("k")
        };
        let (enabled, disabled) = (Status::Enabled, Status::Disabled);
        let keys = [key(72, enabled.clone()), key(30 * 24, enabled.clone()), key(20, disabled), key(-1, enabled)];
        let ending = Ending::of(&keys, 30, now).unwrap();
        assert_eq!((ending.count, ending.first), (2, now + TimeDelta::days(3)));
        assert_eq!(ending.words(false, now), "2 of your keys expire, the first in 3 d");
        assert_eq!(ending.words(true, now), "2 keys end, in 3 d");
        assert!(!ending.is_urgent(now) && ending.is_urgent(now + TimeDelta::days(2)));
        let one = Ending::of(&keys, 14, now).unwrap();
        assert_eq!(one.words(false, now), "1 of your keys expires in 3 d");
        assert_eq!(Ending::of(&keys, 2, now), None);
        assert_eq!(Ending::of(&keys, i64::MAX, now), None);
        assert_eq!(Ending::of(&[Key { expires: When::Never, ..Key::sample("k") }], 30, now), None);
    }
}
