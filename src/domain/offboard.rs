//! What becomes of the keys of somebody who leaves. Deactivating a user stops all of their keys at once, and activating
//! them brings exactly those back; what is done to a key before that stays. Source: management API, `PATCH /users/{id}`.

use chrono::TimeDelta;

use super::deed::Deed;
use super::ids::{KeyId, UserId};
use super::key::{Key, Status};
use super::key_value::KeyKind;
use super::team::{Me, User};
use super::time::Time;

/// What becomes of one key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Fate {
    /// It stops with its owner, and works again should they come back.
    #[default]
    Stop,
    /// It is disabled, and stays so should they come back.
    Disable,
    /// For ever.
    Revoke,
    /// It goes on working, with this owner.
    HandOver(UserId),
}

impl Fate {
    /// What is done to the key before its owner leaves; none where nothing is.
    pub fn deed(self) -> Option<Deed> {
        match self {
            Self::Stop => None,
            Self::Disable => Some(Deed::Disable),
            Self::Revoke => Some(Deed::Revoke),
            Self::HandOver(to) => Some(Deed::HandOver(to)),
        }
    }

    /// Whether the key stops working.
    pub fn stops(self) -> bool {
        match self {
            Self::Stop | Self::Disable | Self::Revoke => true,
            Self::HandOver(_) => false,
        }
    }

    /// Its word on the command line and in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Stop => STOP,
            Self::Disable => DISABLE,
            Self::Revoke => REVOKE,
            Self::HandOver(_) => HAND_OVER,
        }
    }
}

const STOP: &str = "stop";
const DISABLE: &str = "disable";
const REVOKE: &str = "revoke";
const HAND_OVER: &str = "hand-over";

/// A fate as it is written: `stop`, `disable`, `revoke`, or `hand-over:WHOM`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written {
    /// One that needs nobody.
    Plain(Fate),
    /// To whom the key goes: an address, a number, or a service's name.
    HandOver(String),
}

impl Written {
    /// Reads one.
    ///
    /// # Errors
    /// What can be written instead.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            Some((HAND_OVER, whom)) if !whom.trim().is_empty() => Ok(Self::HandOver(whom.trim().to_owned())),
            _ if text == STOP => Ok(Self::Plain(Fate::Stop)),
            _ if text == DISABLE => Ok(Self::Plain(Fate::Disable)),
            _ if text == REVOKE => Ok(Self::Plain(Fate::Revoke)),
            _ => Err(format!("{STOP}, {DISABLE}, {REVOKE} or {HAND_OVER}:WHOM")),
        }
    }
}

/// A key of somebody who leaves, as far as that matters.
pub trait Held: Clone {
    fn id(&self) -> &KeyId;
    /// Whether it is accepted.
    fn works(&self) -> bool;
    /// When it was last used; none: never, or nobody knows.
    fn last_used(&self) -> Option<Time>;

    /// Whether it was used in the 24 hours before `now`.
    fn used_within_a_day(&self, now: Time) -> bool {
        self.last_used().is_some_and(|used| now - used < TimeDelta::hours(24))
    }

    /// How it stands at `now`.
    fn stand(&self, now: Time) -> Stand {
        match (self.works(), self.used_within_a_day(now)) {
            (true, true) => Stand::InUse,
            (true, false) => Stand::Idle,
            (false, _) => Stand::Off,
        }
    }
}

impl Held for Key {
    fn id(&self) -> &KeyId {
        &self.id
    }

    fn works(&self) -> bool {
        self.status == Status::Enabled
    }

    fn last_used(&self) -> Option<Time> {
        self.last_used.time()
    }

    fn used_within_a_day(&self, now: Time) -> bool {
        // an odd time may be of just now
        Self::used_within_a_day(self, now)
    }
}

/// Somebody's keys, and what becomes of each.
#[derive(Clone, Debug, PartialEq)]
pub struct Offboarding<K = Key> {
    /// Those that are not revoked: those used in the last 24 hours first, then the others that work, then the rest.
    pub keys: Vec<(K, Fate)>,
}

/// How a key stands when its owner is about to leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stand {
    /// It works, and was used in the last 24 hours.
    InUse,
    /// It works, and was not used in the last 24 hours.
    Idle,
    /// It is disabled or expired, or its owner left before.
    Off,
}

impl Stand {
    /// As a heading has it.
    pub fn title(self) -> &'static str {
        match self {
            Self::InUse => "Used in the last 24 h",
            Self::Idle => "Not used in the last 24 h",
            Self::Off => "Not accepted now",
        }
    }
}

impl Offboarding {
    /// The keys of `user` among `keys`, each to stop with them.
    pub fn of(user: UserId, keys: impl IntoIterator<Item = Key>, now: Time) -> Self {
        let theirs = |key: &Key| key.kind == KeyKind::ApiKey && key.owner_id == user && key.status != Status::Revoked;
        Self::new(keys.into_iter().filter(theirs), now)
    }
}

impl<K: Held> Offboarding<K> {
    /// These keys, each to stop with their owner.
    pub fn new(keys: impl IntoIterator<Item = K>, now: Time) -> Self {
        let mut keys: Vec<(K, Fate)> = keys.into_iter().map(|key| (key, Fate::Stop)).collect();
        keys.sort_by(|(one, _), (other, _)| {
            let latest = other.last_used().cmp(&one.last_used());
            one.stand(now).cmp(&other.stand(now)).then(latest).then_with(|| one.id().cmp(other.id()))
        });
        Self { keys }
    }

    /// Takes what was chosen before; a key that was not there then stops.
    pub fn choose_as(&mut self, before: &Self) {
        for (key, fate) in &mut self.keys {
            *fate = possible(key, before.fate(key.id()).unwrap_or_default());
        }
    }

    /// What becomes of a key of theirs.
    pub fn fate(&self, id: &KeyId) -> Option<Fate> {
        self.keys.iter().find(|(key, _)| key.id() == id).map(|(_, fate)| *fate)
    }

    /// Chooses for every key that it can be done to. To disable what does not work is nothing.
    pub fn choose_all(&mut self, fate: Fate) {
        for (key, chosen) in &mut self.keys {
            *chosen = possible(key, fate);
        }
    }

    /// Chooses for the key at this place.
    pub fn choose(&mut self, at: usize, fate: Fate) {
        if let Some((key, chosen)) = self.keys.get_mut(at) {
            *chosen = possible(key, fate);
        }
    }

    /// Chooses for the key with this id, or the only one whose id begins so; false where there is none.
    pub fn choose_by_id(&mut self, wanted: &str, fate: Fate) -> bool {
        let id = |at: usize| self.keys[at].0.id().as_str();
        let places: Vec<usize> = (0..self.keys.len()).filter(|at| id(*at).starts_with(wanted)).collect();
        let exact = places.iter().copied().find(|at| id(*at) == wanted);
        let only = || if let [at] = places.as_slice() { Some(*at) } else { None };
        let Some(at) = exact.or_else(only) else { return false };
        self.choose(at, fate);
        true
    }

    /// The keys that stop working with this, as things stand.
    pub fn stopping(&self) -> impl Iterator<Item = &K> {
        self.keys.iter().filter(|(key, fate)| key.works() && fate.stops()).map(|(key, _)| key)
    }

    /// How many of those were used in the last 24 hours.
    pub fn in_use(&self, now: Time) -> usize {
        self.stopping().filter(|key| key.used_within_a_day(now)).count()
    }

    /// How many keys this ends or takes somewhere else: what is confirmed.
    pub fn touched(&self) -> usize {
        self.keys.iter().filter(|(key, fate)| key.works() || fate.deed().is_some()).count()
    }

    /// What is done before the user is deactivated, in this order: keys go to their new owners first, so that what comes
    /// after finds no key that is still needed.
    pub fn steps(&self) -> Vec<(Deed, Vec<K>)> {
        let mut steps: Vec<(Deed, Vec<K>)> = Vec::new();
        for (key, fate) in &self.keys {
            let Some(deed) = fate.deed() else { continue };
            match steps.iter_mut().find(|(other, _)| *other == deed) {
                Some((_, keys)) => keys.push(key.clone()),
                None => steps.push((deed, vec![key.clone()])),
            }
        }
        let turn = |deed: &Deed| match deed {
            Deed::HandOver(_) => 0,
            Deed::Disable | Deed::Enable => 1,
            Deed::Revoke | Deed::Delete => 2,
        };
        steps.sort_by_key(|(deed, _)| turn(deed));
        steps
    }
}

/// What of it can be done to a key.
fn possible(key: &impl Held, fate: Fate) -> Fate {
    match fate {
        Fate::Disable if !key.works() => Fate::Stop,
        Fate::Stop | Fate::Disable | Fate::Revoke | Fate::HandOver(_) => fate,
    }
}

/// Why `me` cannot off-board `user`, as far as that is known here.
pub fn why_not(user: &User, me: &Me) -> Option<&'static str> {
    if user.id == me.id {
        Some("that is you: another superadmin does it")
    } else if !me.is_superadmin() {
        Some("it takes a superadmin to deactivate somebody")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::When;

    fn now() -> Time {
        When::from_wire("2026-11-21T08:30:00Z").time().unwrap()
    }

    fn key(id: &str, used: &str, status: Status) -> Key {
        Key { owner_id: UserId(7), status, last_used: When::from_wire(used), ..Key::sample(id) }
    }

    fn leaving() -> Offboarding {
        let keys = [
            key("off", "", Status::Disabled),
            key("idle", "2026-11-01T00:00:00Z", Status::Enabled),
            key("gone", "", Status::Revoked),
            Key { owner_id: UserId(8), ..Key::sample("another's") },
            key("hot", "2026-11-21T08:00:00Z", Status::Enabled),
        ];
        Offboarding::of(UserId(7), keys, now())
    }

    fn words(leaving: &Offboarding) -> String {
        let word = |(key, fate): &(Key, Fate)| format!("{} {}", key.id, fate.word());
        leaving.keys.iter().map(word).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn what_is_in_use_comes_first_and_what_is_over_not_at_all() {
        let leaving = leaving();
        assert_eq!(words(&leaving), "hot stop, idle stop, off stop");
        assert_eq!((leaving.stopping().count(), leaving.in_use(now())), (2, 1));
        assert!(leaving.steps().is_empty());
    }

    #[test]
    fn keys_go_to_their_new_owners_before_anything_is_ended() {
        let mut leaving = leaving();
        leaving.choose_all(Fate::Disable);
        assert_eq!(words(&leaving), "hot disable, idle disable, off stop", "what does not work is not disabled");
        assert!(leaving.choose_by_id("off", Fate::Revoke) && leaving.choose_by_id("ho", Fate::HandOver(UserId(9))));
        assert!(!leaving.choose_by_id("x", Fate::Revoke) && !leaving.choose_by_id("", Fate::Revoke), "which one?");
        let steps: Vec<String> =
            leaving.steps().iter().map(|(deed, keys)| format!("{} {}", deed.verb(), keys.len())).collect();
        assert_eq!(steps, ["hand over 1", "disable 1", "revoke 1"]);
        assert_eq!((leaving.stopping().count(), leaving.in_use(now())), (1, 0), "what is handed over goes on");
        assert_eq!(leaving.touched(), 3);
    }

    #[test]
    fn what_was_chosen_outlives_reading_the_keys_again() {
        let mut leaving = leaving();
        assert!(leaving.choose_by_id("idle", Fate::Revoke));
        let before = leaving.clone();
        leaving =
            Offboarding::of(UserId(7), [key("idle", "", Status::Enabled), key("new", "", Status::Enabled)], now());
        leaving.choose_as(&before);
        assert_eq!(words(&leaving), "idle revoke, new stop");
    }

    #[test]
    fn fates_are_read_as_they_are_written() {
        assert_eq!(Written::parse("revoke"), Ok(Written::Plain(Fate::Revoke)));
        assert_eq!(Written::parse("hand-over: shop "), Ok(Written::HandOver("shop".to_owned())));
        for wrong in ["", "hand-over", "hand-over:", "keep", "Revoke"] {
            assert!(Written::parse(wrong).is_err(), "{wrong}");
        }
    }
}
