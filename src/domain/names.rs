//! Names and addresses of the team's users, for rows that carry an id only.

use std::collections::{HashMap, HashSet};

use super::finding::Finding;
use super::ids::UserId;
use super::key::Key;
use super::team::{Role, User};
use super::untrusted::Untrusted;

#[derive(Clone, Debug, Default)]
pub struct Names {
    of: HashMap<UserId, (Untrusted, Untrusted)>,
    superadmins: HashSet<UserId>,
}

impl Names {
    pub fn new(users: impl IntoIterator<Item = User>) -> Self {
        let mut names = Self::default();
        for user in users {
            if user.roles.contains(&Role::Superadmin) {
                names.superadmins.insert(user.id);
            }
            names.of.insert(user.id, (user.name, user.email));
        }
        names
    }

    /// Whether nobody is known.
    pub fn is_empty(&self) -> bool {
        self.of.is_empty()
    }

    pub fn name(&self, id: UserId) -> Option<&Untrusted> {
        self.of.get(&id).map(|(name, _)| name)
    }

    /// Whether the user is known to be a superadmin, whose keys only a superadmin changes.
    pub fn is_superadmin(&self, id: UserId) -> bool {
        self.superadmins.contains(&id)
    }

    /// Fills in the owner's name and address where the key came without; says whether it did.
    pub fn fill_key(&self, key: &mut Key) -> bool {
        let Some((name, email)) = self.of.get(&key.owner_id) else { return false };
        let named = fill(&mut key.owner, name);
        fill(&mut key.owner_email, email) || named
    }

    /// Fills in the owner's name where the finding came without; says whether it did.
    pub fn fill_finding(&self, finding: &mut Finding) -> bool {
        let name = finding.owner_id.and_then(|id| self.name(id));
        name.is_some_and(|name| fill(&mut finding.owner, name))
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
    fn names_fill_gaps_only() {
        let user = User {
            id: UserId(7),
            name: "Ann".into(),
            email: "ann@team.example".into(),
            roles: Vec::new(),
            active: true,
        };
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
