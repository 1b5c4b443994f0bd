//! What is known of the team's users, for rows that carry an id only.

use std::collections::HashMap;

use super::finding::Finding;
use super::ids::UserId;
use super::key::{DisabledReason, Key};
use super::team::User;
use super::untrusted::Untrusted;

#[derive(Clone, Debug, Default)]
pub struct Names(HashMap<UserId, User>);

impl Names {
    pub fn new(users: impl IntoIterator<Item = User>) -> Self {
        Self(users.into_iter().map(|user| (user.id, user)).collect())
    }

    /// Somebody, as far as they are known.
    pub fn user(&self, id: UserId) -> Option<&User> {
        self.0.get(&id)
    }

    /// Everybody, those of the lowest number first.
    pub fn users(&self) -> Vec<&User> {
        let mut users: Vec<&User> = self.0.values().collect();
        users.sort_by_key(|user| user.id);
        users
    }

    /// Whether nobody is known.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn name(&self, id: UserId) -> Option<&Untrusted> {
        self.0.get(&id).map(|known| &known.name)
    }

    /// Whether the user is known to be a superadmin, whose keys only a superadmin changes.
    pub fn is_superadmin(&self, id: UserId) -> bool {
        self.0.get(&id).is_some_and(User::is_superadmin)
    }

    /// Every name and address, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = &Untrusted> {
        self.0.values().flat_map(|known| [&known.name, &known.email])
    }

    /// Fills in the owner's name and address where the key came without, and whether the owner left; says whether that
    /// changed anything.
    pub fn fill_key(&self, key: &mut Key) -> bool {
        let Some(known) = self.0.get(&key.owner_id) else { return false };
        let named = fill(&mut key.owner, &known.name);
        let addressed = fill(&mut key.owner_email, &known.email);
        let gone = !known.active || key.disabled_reason == Some(DisabledReason::OwnerLeft);
        named | addressed | (std::mem::replace(&mut key.owner_gone, gone) != gone)
    }

    /// The same for a finding.
    pub fn fill_finding(&self, finding: &mut Finding) -> bool {
        let Some(known) = finding.owner_id.and_then(|id| self.0.get(&id)) else { return false };
        let named = fill(&mut finding.owner, &known.name);
        let addressed = fill(&mut finding.owner_email, &known.email);
        named | addressed | (std::mem::replace(&mut finding.owner_gone, !known.active) == known.active)
    }
}

fn fill(gap: &mut Untrusted, with: &Untrusted) -> bool {
    let fills = gap.is_empty() && !with.is_empty();
    if fills {
        *gap = with.clone();
    }
    fills
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_left_is_gone() {
        let user = User { active: false, ..User::sample(7, "Ann") };
        let names = Names::new([user]);
        let mut key = Key { owner_id: UserId(7), ..Key::sample("a") };
        assert!(names.fill_key(&mut key) && key.owner_gone);
        assert!(!names.fill_key(&mut key), "once is enough");
        let mut other = Key { owner_id: UserId(8), ..Key::sample("b") };
        assert!(!names.fill_key(&mut other) && !other.owner_gone, "an unknown owner is not gone");
    }

    #[test]
    fn names_fill_gaps_only() {
        let user = User { email: "ann@team.example".into(), ..User::sample(7, "Ann") };
        let names = Names::new([user]);
        for (mut key, filled, owner) in [
            (Key { owner_id: UserId(7), ..Key::sample("a") }, true, ("Ann", "ann@team.example")),
            (
                Key { owner_id: UserId(7), owner: "Annie".into(), ..Key::sample("b") },
                true,
                ("Annie", "ann@team.example"),
            ),
            (Key { owner_id: UserId(8), ..Key::sample("c") }, false, ("", "")),
        ] {
            assert_eq!(names.fill_key(&mut key), filled);
            assert_eq!((key.owner.as_received(), key.owner_email.as_received()), owner);
            assert!(!names.fill_key(&mut key), "once is enough");
        }
    }
}
