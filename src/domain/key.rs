//! A key as the console shows it: an API key or a collection access key, one shape for both.

use std::collections::HashSet;

use super::ids::{KeyId, UserId};
use super::key_value::{Digest32, KeyKind};
use super::names::Names;
use super::team::UserKind;
use super::time::{Time, When};
use super::tracked::TrackedFacts;
use super::untrusted::Untrusted;
use super::wire_enum::wire_enum;

wire_enum! {
    /// Whether a key opens anything. Source: management API, `ApiKey.status`; collection access keys' `ACTIVE` and
    /// `INACTIVE` are read as enabled and revoked or expired.
    pub enum Status {
        /// Accepted.
        Enabled = "enabled",
        /// Refused for now; may come back unless it expired.
        Disabled = "disabled",
        /// Refused for ever.
        Revoked = "revoked",
    }
}

wire_enum! {
    /// Why a key is disabled.
    pub enum DisabledReason {
        Owner = "owner",
        /// An admin disabled it; only an admin enables it again.
        Admin = "admin",
        /// Its expiry passed.
        Expired = "expired",
        /// Its owner left.
        OwnerLeft = "ownerLeft",
    }
}

wire_enum! {
    /// What revoked a key.
    pub enum Revocation {
        Owner = "owner",
        Admin = "admin",
        /// It stayed expired too long.
        Inactivity = "inactivity",
        /// It was found exposed, and the team's setting revokes such keys.
        Exposed = "exposed",
        /// A rotation replaced it.
        Rotated = "rotated",
    }
}

wire_enum! {
    /// What a key may do on the management API, beside what its owner's role allows. Source: management API, `access`.
    pub enum Access {
        /// All that its owner may.
        Full = "full",
        /// Only read, as far as its owner may.
        Read = "read",
        /// Say who it is, delete itself, and nothing else; whoever verifies it finds it as valid as any.
        None = "none",
    }
}

impl Default for Access {
    /// What a key may do where nobody says.
    fn default() -> Self {
        Self::Full
    }
}

impl Access {
    /// From the most to the least.
    const BY_REACH: [Self; 3] = [Self::Full, Self::Read, Self::None];

    fn reach(&self) -> Option<usize> {
        Self::BY_REACH.iter().rev().position(|access| access == self)
    }

    /// Whether it is no more than `most`. A word that nobody knows is neither more nor less than any.
    pub fn is_within(&self, most: &Self) -> bool {
        self.reach().zip(most.reach()).is_some_and(|(own, most)| own <= most)
    }

    /// What it comes to, in words.
    pub fn meaning(&self) -> &'static str {
        match self {
            Self::Full => "may do all that its owner may",
            Self::Read => "reads what its owner may, and changes nothing",
            Self::None => "opens what it opens elsewhere; here it only says whose it is and deletes itself",
            Self::Other(_) => "what that comes to is not known here",
        }
    }

    /// Those that are less.
    pub fn narrower(&self) -> impl Iterator<Item = Self> {
        Self::BY_REACH.into_iter().filter(move |access| access != self && access.is_within(self))
    }
}

/// The uses of a key that were refused since it stopped working: something out there still tries it.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RefusedUses {
    /// How many, exact within 1 %.
    pub count: u64,
    pub last_at: When,
    /// The address of the last one.
    pub last_from: Option<Untrusted>,
}

/// The refused uses of a key from one address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TriedFrom {
    /// The address; `unix` over the server's own socket.
    pub address: Untrusted,
    pub count: u64,
    pub first: When,
    pub last: When,
}

/// For how long after a refused use a key counts as still tried.
const STILL: chrono::TimeDelta = chrono::TimeDelta::days(7);

/// One key of a list. Never holds the value, only what identifies it.
#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    pub id: KeyId,
    /// API key or collection access key.
    pub kind: KeyKind,
    /// An API key's name; a collection access key's collection, by name where the server tells it, else by UID.
    pub name: Untrusted,
    pub masked: Untrusted,
    /// SHA-256 of the value, where the server tells it; another after an overlap begins.
    pub digest: Option<Digest32>,
    /// Enabled, disabled or revoked, as the server said when asked.
    pub status: Status,
    pub disabled_reason: Option<DisabledReason>,
    /// When a disabled key is enabled again by itself; never when it is not.
    pub disabled_until: When,
    pub access: Access,
    pub owner_id: UserId,
    pub owner_kind: UserKind,
    /// The owner's name; empty when the server does not tell.
    pub owner: Untrusted,
    pub owner_email: Untrusted,
    /// Whether the owner left, as far as the server tells.
    pub owner_gone: bool,
    /// Addresses told before it expires.
    pub contacts: Vec<Untrusted>,
    /// When it was made.
    pub created: When,
    /// When its present value was made.
    pub value_created: When,
    /// When it expires. A collection access key's moves with each use.
    pub expires: When,
    /// Until when the value before the present one works beside it; never when it does not.
    pub overlap_ends: When,
    /// When it was last used, exact to 60 s.
    pub last_used: When,
    /// The address it was last used from.
    pub last_used_from: Option<Untrusted>,
    pub revoked: When,
    /// Who revoked it; none when nobody did or it was automatic.
    pub revoked_by: Option<UserId>,
    /// What revoked it.
    pub revocation: Option<Revocation>,
    /// The key it replaced.
    pub rotated_from: Option<KeyId>,
    /// The key that replaced it.
    pub rotated_to: Option<KeyId>,
    /// The key that authenticated its creation, where the server tells it.
    pub minted_with: Option<KeyId>,
    pub refused_uses: RefusedUses,
    /// The UID of the collection it reads, for a collection access key.
    pub collection_id: Option<Untrusted>,
    /// Whether an open finding names this key: others can read its value somewhere.
    pub exposed: bool,
    /// What is known of a key that no API lists and that was written down on this machine; none of any other.
    pub tracked: Option<Box<TrackedFacts>>,
}

impl Key {
    /// Names the owner where the key came without, and says whether the key is among the `exposed` ones.
    pub fn join(&mut self, names: &Names, exposed: &HashSet<KeyId>) {
        names.fill_key(self);
        self.exposed = exposed.contains(&self.id);
    }

    /// Whose it is where only a number is known of them: `user 99`, and that they left. None where a name is known, or nobody.
    pub fn nameless_owner(&self) -> Option<String> {
        let nobody = self.owner_id == UserId::default();
        let left = if self.owner_gone { ", left" } else { "" };
        (self.owner.is_empty() && self.owner_email.is_empty() && !nobody)
            .then(|| format!("user {}{left}", self.owner_id))
    }

    /// Whose a key is where several teams share an owner and name their keys `TEAM/PURPOSE`: what stands before the first
    /// slash, without the blanks around it. None of a name that has not this form.
    pub fn team(&self) -> Option<&str> {
        let (team, purpose) = self.name.as_received().split_once('/')?;
        let (team, purpose) = (team.trim(), purpose.trim());
        // an address is no such name
        (!team.is_empty() && !purpose.is_empty() && !team.ends_with(':')).then_some(team)
    }

    /// Whether the key was used in the 24 hours before `now`; an unreadable moment counts as used, to err on the side of
    /// asking.
    pub fn used_within_a_day(&self, now: Time) -> bool {
        match &self.last_used {
            When::Never => false,
            When::Unreadable(_) => true,
            When::At(time) => now - *time < chrono::TimeDelta::hours(24),
        }
    }

    /// Until when the value before the present one still works, as seen at `now`: what its owner was promised when they
    /// last gave the key a new value.
    pub fn old_value_works_until(&self, now: Time) -> Option<Time> {
        self.overlap_ends.time().filter(|ends| *ends > now && self.status != Status::Revoked)
    }

    /// Whether something out there still tries the key although it is not accepted: a use was refused in the seven days before
    /// `now`.
    pub fn is_still_tried(&self, now: Time) -> bool {
        self.status != Status::Enabled && self.refused_uses.last_at.time().is_some_and(|last| now - last < STILL)
    }

    /// Whether the key is over, as seen at `now`: revoked, or past its expiry, whatever else it is.
    pub fn is_over(&self, now: Time) -> bool {
        self.status == Status::Revoked || self.expires.time().is_some_and(|at| at <= now)
    }

    /// Whether nobody used it for more than 90 days before `now`, as the view `stale` has it; if it was never used, since it
    /// was made.
    pub fn is_stale(&self, now: Time) -> bool {
        let since = if self.last_used == When::Never { &self.created } else { &self.last_used };
        since.time().is_some_and(|since| since < now - chrono::TimeDelta::days(90))
    }

    /// Whether the key is exposed and still accepted, the one danger that is open.
    pub fn is_open_danger(&self) -> bool {
        self.exposed && self.status == Status::Enabled
    }

    /// An enabled API key with this id and nothing else to tell, to build on.
    pub fn sample(id: &str) -> Self {
        Self {
            id: KeyId::from(id),
            kind: KeyKind::ApiKey,
            name: Untrusted::from(id),
            masked: Untrusted::default(),
            digest: None,
            status: Status::Enabled,
            disabled_reason: None,
            disabled_until: When::Never,
            access: Access::Full,
            owner_id: UserId::default(),
            owner_kind: UserKind::Person,
            owner: Untrusted::default(),
            owner_email: Untrusted::default(),
            owner_gone: false,
            contacts: Vec::new(),
            created: When::Never,
            value_created: When::Never,
            expires: When::Never,
            last_used: When::Never,
            last_used_from: None,
            revoked: When::Never,
            revoked_by: None,
            revocation: None,
            rotated_from: None,
            rotated_to: None,
            minted_with: None,
            refused_uses: RefusedUses::default(),
            overlap_ends: When::Never,
            collection_id: None,
            exposed: false,
            tracked: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_over_and_what_is_stale_turns_on_a_moment() {
        let now = When::from_wire("2026-11-21T08:30:00Z").time().unwrap();
        let ago = |days: i64| When::At(now - chrono::TimeDelta::days(days));
        let over = |status, expires| Key { status, expires, ..Key::sample("k") }.is_over(now);
        assert!(over(Status::Revoked, When::Never) && over(Status::Enabled, ago(0)) && over(Status::Disabled, ago(1)));
        assert!(!over(Status::Enabled, ago(-1)) && !over(Status::Disabled, When::Never));
        assert!(!over(Status::Enabled, When::from_wire("soon")));
        let stale = |created, last_used| Key { created, last_used, ..Key::sample("k") }.is_stale(now);
        assert!(stale(ago(400), ago(91)) && !stale(ago(400), ago(90)));
        assert!(stale(ago(91), When::Never) && !stale(ago(3), When::Never) && !stale(When::Never, When::Never));
    }

    #[test]
    fn the_team_stands_before_the_slash() {
        let team = |name: &str| Key { name: name.into(), ..Key::sample("k") }.team().map(str::to_owned);
        assert_eq!(team("grants/mail").as_deref(), Some("grants"));
        assert_eq!(team(" parks / sms/2 ").as_deref(), Some("parks"));
        for none in ["grants", "/mail", "grants/", "https://x.example", ""] {
            assert_eq!(team(none), None, "{none}");
        }
    }
}
