//! What a value that was found somewhere has to do with the key that is looked for: whether it is the one in force, an
//! earlier one, or none of its own, and whether it is accepted.

use std::collections::HashSet;

use super::ids::KeyId;
use super::key::{Key, Status};
use super::key_value::hex;
use super::time::Time;

/// What a found value has to do with the key that is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// The present value of a key that nothing has replaced: what ought to stand there.
    New,
    /// An earlier value of it, or a value of a key that is revoked or was replaced.
    Old,
    /// The value that was looked for, which belongs to no key that may be seen.
    Same,
    /// Something else.
    Other,
}

impl Relation {
    /// Its word in tables and in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Old => "old",
            Self::Same => "same",
            Self::Other => "other",
        }
    }
}

/// Whether a found value is accepted, as far as the key that it belongs to tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accepted {
    Yes,
    /// It is not its key's present value. The one before that works until then, any earlier one is refused; which of them it
    /// is, only the server knows.
    Until(Time),
    No,
    /// It belongs to no key that may be seen, or to one in a state that this version does not know.
    NotKnown,
}

impl Accepted {
    /// Whether the value with this fingerprint is accepted at `now`; none for `key`: it belongs to none that may be seen.
    pub fn of(fingerprint: &str, key: Option<&Key>, now: Time) -> Self {
        let Some(key) = key else { return Self::NotKnown };
        match &key.status {
            Status::Enabled if is_present(key, fingerprint) => Self::Yes,
            Status::Enabled => key.old_value_works_until(now).map_or(Self::No, Self::Until),
            Status::Disabled | Status::Revoked => Self::No,
            Status::Other(_) => Self::NotKnown,
        }
    }

    /// Whether it may open something; none where nobody knows.
    pub fn is_alive(self) -> Option<bool> {
        match self {
            Self::Yes | Self::Until(_) => Some(true),
            Self::No => Some(false),
            Self::NotKnown => None,
        }
    }
}

/// A key with the keys that it was rotated from and to; or a value that belongs to no key that may be seen.
#[derive(Clone, Debug, Default)]
pub struct Kin {
    keys: Vec<Key>,
    /// SHA-256 in hexadecimal.
    lone: Option<String>,
}

impl Kin {
    /// `key`, and of `all` those that it was rotated from and to, however often.
    pub fn of(key: Key, all: &[Key]) -> Self {
        let mut ids: HashSet<KeyId> = HashSet::from([key.id.clone()]);
        let kind = key.kind;
        let mut keys = vec![key];
        loop {
            let before = keys.len();
            for other in all.iter().filter(|other| other.kind == kind) {
                let from = other.rotated_from.as_ref();
                let is_kin = from.is_some_and(|from| ids.contains(from))
                    || keys.iter().any(|key| key.rotated_from.as_ref() == Some(&other.id));
                if is_kin && ids.insert(other.id.clone()) {
                    keys.push(other.clone());
                }
            }
            if keys.len() == before {
                return Self { keys, lone: None };
            }
        }
    }

    /// A value with this fingerprint, which belongs to no key that may be seen.
    pub fn lone(fingerprint: String) -> Self {
        Self { keys: Vec::new(), lone: Some(fingerprint) }
    }

    /// The keys, the one that is looked for first.
    pub fn keys(&self) -> &[Key] {
        &self.keys
    }

    /// The fingerprints of the present values, as far as the server tells them.
    pub fn fingerprints(&self) -> HashSet<String> {
        self.keys.iter().filter_map(|key| key.digest).map(|digest| hex(&digest)).chain(self.lone.clone()).collect()
    }

    /// The key whose present value has this fingerprint.
    pub fn key_of(&self, fingerprint: &str) -> Option<&Key> {
        self.keys.iter().find(|key| key.digest.is_some_and(|digest| hex(&digest) == fingerprint))
    }

    /// What the value with this fingerprint has to do with these keys; `owner` is the key that it belongs to, where the
    /// server named one.
    pub fn relation(&self, fingerprint: &str, owner: Option<&KeyId>) -> Relation {
        let named = |key: &&Key| Some(&key.id) == owner;
        match self.key_of(fingerprint).or_else(|| self.keys.iter().find(named)) {
            Some(key) if is_present(key, fingerprint) && self.is_in_force(key) => Relation::New,
            Some(_) => Relation::Old,
            None if self.lone.as_deref() == Some(fingerprint) => Relation::Same,
            None => Relation::Other,
        }
    }

    /// Whether nothing has taken the key's place: it is not revoked, and none of its successors works.
    fn is_in_force(&self, key: &Key) -> bool {
        let mut successors: Vec<&Key> = Vec::new();
        let mut seen = HashSet::from([&key.id]);
        let mut next = vec![&key.id];
        while let Some(id) = next.pop() {
            for other in self.keys.iter().filter(|other| other.rotated_from.as_ref() == Some(id)) {
                if seen.insert(&other.id) {
                    successors.push(other);
                    next.push(&other.id);
                }
            }
        }
        // a successor that was revoked took nobody's place, as after a rotation that went back
        key.status != Status::Revoked && successors.iter().all(|other| other.status == Status::Revoked)
    }
}

/// Whether a value is its key's present one, as far as the server tells that key's fingerprint.
fn is_present(key: &Key, fingerprint: &str) -> bool {
    key.digest.is_none_or(|digest| hex(&digest) == fingerprint)
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::domain::key_value::{digest, fingerprint};
    use crate::domain::time::When;

    fn key(id: &str, from: Option<&str>, status: Status) -> Key {
        Key { digest: Some(digest(id)), rotated_from: from.map(KeyId::from), status, ..Key::sample(id) }
    }

    fn relation(kin: &Kin, value: &str) -> Relation {
        kin.relation(&fingerprint(value), None)
    }

    #[test]
    fn of_a_chain_only_the_last_key_that_works_is_new() {
        use Status::{Enabled, Revoked};
        let all = [
            key("first", None, Revoked),
            key("second", Some("first"), Enabled),
            key("third", Some("second"), Enabled),
            key("stranger", None, Enabled),
        ];
        for sought in &all[..3] {
            let kin = Kin::of(sought.clone(), &all);
            assert_eq!(kin.keys()[0].id, sought.id);
            assert_eq!(kin.keys().len(), 3, "whichever of them is asked for");
            let of = |value| relation(&kin, value);
            assert_eq!([of("first"), of("second"), of("third")], [Relation::Old, Relation::Old, Relation::New]);
            assert_eq!(of("stranger"), Relation::Other);
        }
    }

    #[test]
    fn a_successor_that_was_taken_back_took_nobodys_place() {
        let all = [key("first", None, Status::Enabled), key("second", Some("first"), Status::Revoked)];
        let kin = Kin::of(all[0].clone(), &all);
        assert_eq!((relation(&kin, "first"), relation(&kin, "second")), (Relation::New, Relation::Old));
    }

    #[test]
    fn a_disabled_key_is_still_the_one_in_force_and_a_revoked_one_is_not() {
        for (status, is) in [(Status::Disabled, Relation::New), (Status::Revoked, Relation::Old)] {
            let only = key("only", None, status);
            assert_eq!(relation(&Kin::of(only.clone(), &[only]), "only"), is);
        }
    }

    #[test]
    fn chains_that_lead_in_a_circle_end() {
        let all = [key("a", Some("b"), Status::Enabled), key("b", Some("a"), Status::Enabled)];
        assert_eq!(Kin::of(all[0].clone(), &all).keys().len(), 2);
        assert_eq!(relation(&Kin::of(all[0].clone(), &all), "a"), Relation::Old);
    }

    #[test]
    fn an_earlier_value_is_old_and_works_while_the_overlap_lasts() {
        let now = chrono::DateTime::UNIX_EPOCH;
        let ends = now + TimeDelta::hours(1);
        let renewed = Key { overlap_ends: When::At(ends), ..key("new value", None, Status::Enabled) };
        let kin = Kin::of(renewed.clone(), &[]);
        let earlier = fingerprint("old value");
        assert_eq!(kin.relation(&earlier, Some(&renewed.id)), Relation::Old);
        assert_eq!(Accepted::of(&earlier, Some(&renewed), now), Accepted::Until(ends));
        assert_eq!(Accepted::of(&earlier, Some(&renewed), ends), Accepted::No);
        assert_eq!(Accepted::of(&fingerprint("new value"), Some(&renewed), ends), Accepted::Yes);
    }

    #[test]
    fn what_is_nobodys_is_not_called_dead() {
        let now = chrono::DateTime::UNIX_EPOCH;
        let kin = Kin::lone(fingerprint("leaked"));
        assert_eq!((relation(&kin, "leaked"), relation(&kin, "x")), (Relation::Same, Relation::Other));
        assert_eq!(Accepted::of(&fingerprint("leaked"), None, now).is_alive(), None);
        let odd = key("odd", None, Status::Other("paused".into()));
        assert_eq!(Accepted::of(&fingerprint("odd"), Some(&odd), now).is_alive(), None);
    }
}
