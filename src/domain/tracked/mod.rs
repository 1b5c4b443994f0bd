//! Keys that no API lists, as a person wrote them down: whose, of what kind, until when, whom to tell, and the fingerprint
//! of the value. Never the value.

mod request;

use chrono::Months;

pub use request::{TrackedChange, TrackedRequest, kept_of, owner};

use super::ids::{KeyId, UserId};
use super::key::{DisabledReason, Key, Revocation, Status};
use super::key_value::digest_of_fingerprint;
use super::time::{Time, When};
use super::untrusted::Untrusted;
use super::wire_enum::wire_enum;

/// How long a SCIM key works. Source: Postman's documentation of SCIM API keys.
const SCIM_MONTHS: Months = Months::new(6);

wire_enum! {
    /// What kind of key was written down.
    pub enum TrackedKind {
        /// A person's API key.
        ApiKey = "api-key",
        /// What provisions users over SCIM; it works for six months.
        ScimKey = "scim-key",
        /// An API key of a service account.
        ServiceAccountKey = "service-account-key",
    }
}

impl TrackedKind {
    /// What it is called where people read.
    pub fn title(&self) -> &str {
        match self {
            Self::ApiKey => "API key",
            Self::ScimKey => "SCIM key",
            Self::ServiceAccountKey => "service account's API key",
            Self::Other(_) => "key of a kind that this version does not know",
        }
    }

    /// When a key of this kind that was made at `made` ends by itself; none where its maker chooses.
    pub fn ends(&self, made: Time) -> Option<Time> {
        match self {
            Self::ScimKey => made.checked_add_months(SCIM_MONTHS),
            Self::ApiKey | Self::ServiceAccountKey | Self::Other(_) => None,
        }
    }

    /// Whether the backend can be asked with its value whether it is accepted: a SCIM key is none of the API's.
    pub fn can_be_probed(&self) -> bool {
        match self {
            Self::ApiKey | Self::ServiceAccountKey => true,
            Self::ScimKey | Self::Other(_) => false,
        }
    }
}

wire_enum! {
    /// What the backend said when it was last asked with the value.
    pub enum Heard {
        Accepted = "accepted",
        Refused = "refused",
    }
}

/// The last time that the backend was asked with the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probed {
    pub at: Time,
    pub heard: Heard,
}

/// A key that was written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tracked {
    /// An id of this machine's own, a ULID.
    pub id: KeyId,
    pub name: Untrusted,
    pub kind: TrackedKind,
    /// Whose it is, by name or address; empty: whoever the profile's credential belongs to.
    pub owner: Untrusted,
    /// Who the backend says it belongs to, once it was asked with the value.
    pub user: Option<UserId>,
    /// Whom to tell before it expires.
    pub contacts: Vec<Untrusted>,
    /// When it was written down.
    pub noted: Time,
    /// When its value was made, where somebody said.
    pub made: Option<Time>,
    pub expires: Option<Time>,
    /// SHA-256 of the value in hexadecimal, where the value was at hand.
    pub fingerprint: Option<String>,
    /// What may be shown of the value; empty where it was not at hand.
    pub masked: String,
    pub probed: Option<Probed>,
    /// When a person said that they revoked it.
    pub removed: Option<Time>,
    pub rotated_from: Option<KeyId>,
    pub rotated_to: Option<KeyId>,
}

/// What a list tells of a key that was written down, beside what it tells of every key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrackedFacts {
    pub kind: TrackedKind,
    /// Whose it is, as it was written down; empty: one's own.
    pub owner: Untrusted,
    pub probed: Option<Probed>,
}

impl Tracked {
    /// An API key of one's own that was written down at `noted`, and nothing else to tell, to build on.
    pub fn sample(id: &str, noted: Time) -> Self {
        Self {
            id: id.into(),
            name: id.into(),
            kind: TrackedKind::ApiKey,
            owner: Untrusted::default(),
            user: None,
            contacts: Vec::new(),
            noted,
            made: None,
            expires: None,
            fingerprint: None,
            masked: String::new(),
            probed: None,
            removed: None,
            rotated_from: None,
            rotated_to: None,
        }
    }

    /// Whether it is `text`: by its id, the beginning of it, or its name.
    pub fn is_called(&self, text: &str) -> bool {
        self.name.as_received() == text || (!text.is_empty() && self.id.as_str().starts_with(text))
    }

    /// Whether it is over, by what was written down, at `now`.
    pub fn is_over(&self, now: Time) -> bool {
        self.removed.is_some() || self.expires.is_some_and(|expires| expires <= now)
    }

    /// Whether it still counts, and ends within `days` of `now`.
    pub fn ends_within(&self, days: i64, now: Time) -> bool {
        !self.is_over(now) && self.expires.is_some_and(|expires| expires - now <= chrono::TimeDelta::days(days))
    }

    /// As a list shows it to `me`, who has the name `own_name`: what was removed is revoked, what ended has expired, and
    /// what was refused when it was last tried is disabled, since nobody knows whether that is for good.
    pub fn key(&self, me: UserId, own_name: &Untrusted, now: Time) -> Key {
        let expired = self.expires.is_some_and(|expires| expires <= now);
        let refused = self.probed.as_ref().is_some_and(|probed| probed.heard == Heard::Refused);
        let (status, disabled_reason) = match (self.removed.is_some(), expired, refused) {
            (true, ..) => (Status::Revoked, None),
            (false, true, _) => (Status::Disabled, Some(DisabledReason::Expired)),
            (false, false, true) => (Status::Disabled, None),
            (false, false, false) => (Status::Enabled, None),
        };
        let owner = if self.owner.is_empty() { own_name } else { &self.owner };
        let when = |time: Option<Time>| time.map_or(When::Never, When::At);
        Key {
            name: self.name.clone(),
            masked: self.masked.as_str().into(),
            digest: self.fingerprint.as_deref().and_then(digest_of_fingerprint),
            status,
            disabled_reason,
            owner_id: self.user.unwrap_or(if self.owner.is_empty() { me } else { UserId::default() }),
            owner: owner.clone(),
            contacts: self.contacts.clone(),
            created: When::At(self.made.unwrap_or(self.noted)),
            value_created: when(self.made),
            expires: when(self.expires),
            revoked: when(self.removed),
            revocation: self
                .removed
                .map(|_| if self.rotated_to.is_some() { Revocation::Rotated } else { Revocation::Owner }),
            rotated_from: self.rotated_from.clone(),
            rotated_to: self.rotated_to.clone(),
            tracked: Some(Box::new(TrackedFacts {
                kind: self.kind.clone(),
                owner: self.owner.clone(),
                probed: self.probed.clone(),
            })),
            ..Key::sample(self.id.as_str())
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::domain::key_value::{digest, fingerprint};

    fn at(text: &str) -> Time {
        When::from_wire(text).time().unwrap()
    }

    fn noted() -> Time {
        at("2026-08-31T10:00:00Z")
    }

    #[test]
    fn a_scim_key_works_for_six_months() {
        assert_eq!(TrackedKind::ScimKey.ends(noted()), Some(at("2027-02-28T10:00:00Z")));
        assert_eq!(TrackedKind::ApiKey.ends(noted()), None);
        assert!(!TrackedKind::ScimKey.can_be_probed() && TrackedKind::ServiceAccountKey.can_be_probed());
    }

    #[rstest]
    #[case::lives(None, None, None, Status::Enabled)]
    #[case::expired(Some("2026-09-01T00:00:00Z"), None, None, Status::Disabled)]
    #[case::refused(None, Some(Heard::Refused), None, Status::Disabled)]
    #[case::accepted(None, Some(Heard::Accepted), None, Status::Enabled)]
    #[case::removed(None, Some(Heard::Accepted), Some("2026-09-01T00:00:00Z"), Status::Revoked)]
    fn what_was_written_down_says_what_state_it_is_in(
        #[case] expires: Option<&str>,
        #[case] heard: Option<Heard>,
        #[case] removed: Option<&str>,
        #[case] status: Status,
    ) {
        let tracked = Tracked {
            expires: expires.map(at),
            probed: heard.map(|heard| Probed { at: noted(), heard }),
            removed: removed.map(at),
            ..Tracked::sample("k", noted())
        };
        let now = at("2026-09-02T00:00:00Z");
        let key = tracked.key(UserId(7), &"Ada".into(), now);
        assert_eq!((key.status, key.owner_id, key.owner.as_received()), (status, UserId(7), "Ada"));
        assert_eq!(key.disabled_reason == Some(DisabledReason::Expired), expires.is_some());
    }

    #[test]
    fn it_is_matched_by_the_hash_of_its_value_and_another_persons_is_not_taken_for_ones_own() {
        let tracked =
            Tracked { fingerprint: Some(fingerprint("a value")), owner: "Ben".into(), ..Tracked::sample("k", noted()) };
        let key = tracked.key(UserId(7), &"Ada".into(), noted());
        assert_eq!((key.digest, key.owner_id), (Some(digest("a value")), UserId(0)));
        let asked = Tracked { user: Some(UserId(9)), ..tracked };
        assert_eq!(asked.key(UserId(7), &"Ada".into(), noted()).owner_id, UserId(9));
    }

    #[test]
    fn what_ends_soon_is_known_and_what_is_over_ends_no_more() {
        let now = noted();
        let ends = |days| Tracked { expires: Some(now + chrono::TimeDelta::days(days)), ..Tracked::sample("k", now) };
        assert!(ends(30).ends_within(30, now) && !ends(31).ends_within(30, now) && !ends(-1).ends_within(30, now));
        assert!(!Tracked { removed: Some(now), ..ends(1) }.ends_within(30, now));
        assert!(!Tracked::sample("k", now).ends_within(30, now));
    }

    #[test]
    fn it_is_called_by_its_name_its_id_or_the_beginning_of_that() {
        let tracked = Tracked { name: "ci".into(), ..Tracked::sample("01JQ8ZK3", noted()) };
        assert!(["ci", "01JQ", "01JQ8ZK3"].iter().all(|text| tracked.is_called(text)));
        assert!(["", "c", "Q8ZK"].iter().all(|text| !tracked.is_called(text)));
    }
}
