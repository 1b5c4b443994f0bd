//! What a person asks to be written down, and changed later.

use super::{Tracked, TrackedKind};
use crate::domain::ids::KeyId;
use crate::domain::key_fields;
use crate::domain::key_value::{fingerprint, mask};
use crate::domain::secret::Secret;
use crate::domain::time::Time;
use crate::domain::untrusted::Untrusted;
use crate::domain::values::secret_spans;

/// The longest that says whose a key is, in characters.
const MAX_OWNER: usize = 255;

/// A key to be written down.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrackedRequest {
    pub name: String,
    /// None: an API key.
    pub kind: Option<TrackedKind>,
    /// Whose it is; empty: one's own.
    pub owner: String,
    pub contacts: Vec<String>,
    /// When its value was made.
    pub made: Option<Time>,
    /// None: when a key of its kind ends by itself, if it does.
    pub expires: Option<Time>,
    /// SHA-256 of its value, and what may be shown of that.
    pub value: Option<(String, String)>,
    pub rotated_from: Option<KeyId>,
}

/// A change of what was written down; what is none stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrackedChange {
    pub name: Option<String>,
    pub kind: Option<TrackedKind>,
    pub owner: Option<String>,
    pub contacts: Option<Vec<String>>,
    /// When it expires; none within: it never does.
    pub expires: Option<Option<Time>>,
    /// SHA-256 of its value, and what may be shown of that.
    pub value: Option<(String, String)>,
}

/// What may be kept of a value: its fingerprint and its masked form.
pub fn kept_of(value: &Secret) -> (String, String) {
    (fingerprint(value.expose()), mask(value.expose()))
}

/// Checks whose a key is said to be: at most 255 characters, and no key's value.
pub fn owner(text: &str) -> Result<(), String> {
    if !secret_spans(text).is_empty() {
        return Err("that looks like a key's value: say whose the key is".to_owned());
    }
    if text.chars().count() > MAX_OWNER { Err("at most 255 characters".to_owned()) } else { Ok(()) }
}

impl TrackedRequest {
    /// What is wrong with it, in words that begin with the field; none when nothing is.
    pub fn problem(&self) -> Option<String> {
        problem(Some(&self.name), Some(&self.owner), Some(&self.contacts))
    }

    /// It, as it is written down under `id` at `now`.
    pub fn noted(self, id: &KeyId, now: Time) -> Tracked {
        let kind = self.kind.unwrap_or(TrackedKind::ApiKey);
        let by_kind = kind.ends(self.made.unwrap_or(now));
        let (fingerprint, masked) = self.value.unzip();
        Tracked {
            name: self.name.into(),
            owner: self.owner.into(),
            contacts: self.contacts.into_iter().map(Untrusted::from).collect(),
            made: self.made,
            expires: self.expires.or(by_kind),
            fingerprint,
            masked: masked.unwrap_or_default(),
            rotated_from: self.rotated_from,
            kind,
            ..Tracked::sample(id.as_str(), now)
        }
    }
}

impl TrackedChange {
    /// What is wrong with it, in words that begin with the field; none when nothing is.
    pub fn problem(&self) -> Option<String> {
        problem(self.name.as_deref(), self.owner.as_deref(), self.contacts.as_deref())
    }

    /// `tracked` changed so. What the backend said of another value is forgotten, and that it was removed.
    #[must_use]
    pub fn of(self, mut tracked: Tracked) -> Tracked {
        if let Some(name) = self.name {
            tracked.name = name.into();
        }
        if let Some(kind) = self.kind {
            tracked.kind = kind;
        }
        if let Some(owner) = self.owner {
            if tracked.owner.as_received() != owner {
                tracked.user = None;
            }
            tracked.owner = owner.into();
        }
        if let Some(contacts) = self.contacts {
            tracked.contacts = contacts.into_iter().map(Untrusted::from).collect();
        }
        if let Some(expires) = self.expires {
            tracked.expires = expires;
        }
        if let Some((fingerprint, masked)) = self.value {
            if tracked.fingerprint.as_deref() != Some(&fingerprint) {
                (tracked.probed, tracked.removed) = (None, None);
            }
            (tracked.fingerprint, tracked.masked) = (Some(fingerprint), masked);
        }
        tracked
    }
}

fn problem(name: Option<&str>, whose: Option<&str>, contacts: Option<&[String]>) -> Option<String> {
    let said = |field: &'static str| move |why: String| format!("the {field}: {why}");
    let name = name.map_or(Ok(()), key_fields::name).map_err(said("name"));
    let whose = whose.map_or(Ok(()), owner).map_err(said("owner"));
    let contacts = contacts.unwrap_or_default().iter().try_for_each(|contact| key_fields::contact(contact));
    name.and(whose).and(contacts.map_err(said("contacts"))).err()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::tracked::{Heard, Probed};

    fn now() -> Time {
        crate::domain::time::When::from_wire("2026-11-27T08:30:00Z").time().unwrap()
    }

    #[test]
    fn of_a_value_only_its_hash_and_its_masked_form_are_kept() {
        let value = Secret::new(format!("PMAK-{}-{}", "a".repeat(24), "b".repeat(34)));
        let request = TrackedRequest { name: "ci".to_owned(), value: Some(kept_of(&value)), ..Default::default() };
        let tracked = request.noted(&"id".into(), now());
        assert_eq!((tracked.fingerprint, tracked.masked.as_str()), (Some(fingerprint(value.expose())), "PMAK-…bbbb"));
    }

    #[test]
    fn a_value_is_refused_in_every_text() {
        let value = format!("PMAK-{}-{}", "a".repeat(24), "b".repeat(34));
        let name = TrackedRequest { name: value.clone(), ..Default::default() };
        let owner = TrackedRequest { name: "ci".to_owned(), owner: value.clone(), ..Default::default() };
        let change = TrackedChange { owner: Some(value.clone()), ..Default::default() };
        for problem in [name.problem(), owner.problem(), change.problem()] {
            let problem = problem.unwrap();
            assert!(problem.contains("looks like a key's value") && !problem.contains(&value), "{problem}");
        }
        let fine =
            TrackedRequest { name: "ci".to_owned(), contacts: vec!["a@b.example".to_owned()], ..Default::default() };
        assert_eq!(fine.problem(), None);
    }

    #[test]
    fn a_kind_that_ends_by_itself_does_unless_somebody_says_otherwise() {
        let scim = TrackedRequest { kind: Some(TrackedKind::ScimKey), made: Some(now()), ..Default::default() };
        assert_eq!(scim.clone().noted(&"id".into(), now()).expires, TrackedKind::ScimKey.ends(now()));
        let said = TrackedRequest { expires: Some(now()), ..scim };
        assert_eq!(said.noted(&"id".into(), now()).expires, Some(now()));
    }

    #[test]
    fn another_value_is_another_keys_and_what_was_heard_of_the_old_one_says_nothing_of_it() {
        let before = Tracked {
            fingerprint: Some("f".repeat(64)),
            probed: Some(Probed { at: now(), heard: Heard::Refused }),
            removed: Some(now()),
            ..Tracked::sample("id", now())
        };
        let same = TrackedChange { value: Some(("f".repeat(64), String::new())), ..Default::default() };
        assert!(same.of(before.clone()).removed.is_some());
        let other = TrackedChange { value: Some(("0".repeat(64), String::new())), ..Default::default() };
        let after = other.of(before);
        assert!(after.removed.is_none() && after.probed.is_none());
    }
}
