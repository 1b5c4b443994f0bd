//! Who asks: users, their roles, and what a role may see.

use super::ids::{KeyId, UserId};
use super::key::{Access, Key};
use super::time::When;
use super::untrusted::Untrusted;
use super::usage::Allowance;
use super::wire_enum::wire_enum;

wire_enum! {
    /// What a user may do. Source: management API, "Roles".
    pub enum Role {
        /// Own keys.
        User = "user",
        /// Team keys, exposed keys, settings, audit log.
        Admin = "admin",
        /// All that, users and roles.
        Superadmin = "superadmin",
        /// Reports detected secrets, nothing else.
        Scanner = "scanner",
        /// Verifies keys, nothing else.
        Verifier = "verifier",
    }
}

wire_enum! {
    /// Whose keys a user's keys are. Source: management API, `POST /users`.
    pub enum UserKind {
        Person = "person",
        /// Nobody in person: its keys are looked after by the admins, and nobody's leaving ends them.
        Service = "service",
    }
}

impl Role {
    /// Whether what this role allows is allowed by some of `others` as well.
    pub fn is_within(&self, others: &[Self]) -> bool {
        others.iter().any(|other| match other {
            Self::Superadmin => true,
            Self::Admin => matches!(self, Self::Admin | Self::User | Self::Scanner | Self::Verifier),
            Self::User | Self::Scanner | Self::Verifier | Self::Other(_) => self == other,
        })
    }
}

impl Default for UserKind {
    /// What a user is where nobody says.
    fn default() -> Self {
        Self::Person
    }
}

/// Who the console is, as the server says.
#[derive(Clone, Debug, PartialEq)]
pub struct Me {
    pub id: UserId,
    pub name: Untrusted,
    pub email: Untrusted,
    pub team: Untrusted,
    pub roles: Vec<Role>,
    /// The key that asked, where the server tells it.
    pub own_key: Option<KeyId>,
    pub own_key_expires: When,
    /// What the key that asked may do.
    pub own_access: Access,
    /// Whether the roles tell what the user may do; where they do not, everything may be tried and the backend decides.
    pub roles_tell: bool,
    /// Whether the user is only a guest or a partner of the team.
    pub guest: bool,
    /// What the plan allows and how much of that is used, where the backend tells.
    pub allowances: Vec<Allowance>,
}

impl Me {
    /// Whether the user may see and revoke the team's keys, or at least may try to.
    pub fn is_admin(&self) -> bool {
        !self.roles_tell || self.roles.iter().any(|role| matches!(role, Role::Admin | Role::Superadmin))
    }

    /// Whether the user may have keys of their own; those who only report keys or verify them may not.
    pub fn manages_keys(&self) -> bool {
        self.roles.is_empty() || self.roles.iter().any(|role| !matches!(role, Role::Scanner | Role::Verifier))
    }

    /// Whether the user may change superadmins' keys too.
    pub fn is_superadmin(&self) -> bool {
        self.roles.contains(&Role::Superadmin)
    }

    /// Whether who asks does with this key what its owner does: its owner, or an admin where a service owns it.
    pub fn acts_for(&self, key: &Key) -> bool {
        key.owner_id == self.id || (key.owner_kind == UserKind::Service && self.is_admin())
    }

    /// Why nothing can be changed with the key that asks, whatever the role; none when something can.
    pub fn why_no_change(&self) -> Option<String> {
        match &self.own_access {
            Access::Full => None,
            Access::Read => Some("The key in use has the access read: it changes nothing".to_owned()),
            Access::None | Access::Other(_) => self.why_no_look(),
        }
    }

    /// Why nothing can be looked at with the key that asks, whatever the role; none when something can.
    pub fn why_no_look(&self) -> Option<String> {
        match &self.own_access {
            Access::Full | Access::Read => None,
            access @ (Access::None | Access::Other(_)) => {
                Some(format!("The key in use has the access {access}: it can only say who you are and be deleted"))
            }
        }
    }

    /// Who asks and what of their plan is used, in one line, where the plan is told or whoever asks is only a guest.
    pub fn standing(&self) -> Option<String> {
        if self.allowances.is_empty() && !self.guest {
            return None;
        }
        let email = if self.email.is_empty() { String::new() } else { format!(", {}", self.email) };
        let guest = if self.guest { ", a guest or a partner of the team" } else { "" };
        let calls = self.allowances.iter().find(|allowance| allowance.is_of_calls());
        let calls = calls.map(|calls| format!(" · {} {}", calls.title(), calls.words())).unwrap_or_default();
        Some(format!("You are {}{email}{guest}{calls}", self.name))
    }

    /// The role to show: the one that reaches furthest.
    pub fn role(&self) -> Role {
        [Role::Superadmin, Role::Admin, Role::User]
            .into_iter()
            .find(|role| self.roles.contains(role))
            .or_else(|| self.roles.first().cloned())
            .unwrap_or(Role::User)
    }
}

/// A member of the team.
#[derive(Clone, Debug, PartialEq)]
pub struct User {
    pub id: UserId,
    /// A person, or a service.
    pub kind: UserKind,
    pub name: Untrusted,
    /// A person's address.
    pub email: Untrusted,
    /// Whom to tell of a service's keys.
    pub contacts: Vec<Untrusted>,
    pub roles: Vec<Role>,
    /// Whether the user's keys are accepted; false for one who left.
    pub active: bool,
}

impl User {
    pub fn is_superadmin(&self) -> bool {
        self.roles.contains(&Role::Superadmin)
    }

    pub fn is_service(&self) -> bool {
        self.kind == UserKind::Service
    }

    /// An active person of the role `user` with this number and name, to build on.
    pub fn sample(id: i64, name: &str) -> Self {
        Self {
            id: UserId(id),
            kind: UserKind::Person,
            name: Untrusted::from(name),
            email: Untrusted::default(),
            contacts: Vec::new(),
            roles: vec![Role::User],
            active: true,
        }
    }
}

/// A new user, as asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NewUser {
    /// Somebody, who gets a first key.
    Person { name: String, email: String, roles: Vec<Role> },
    /// Nobody in person: a name that no other service has, and whom to tell of its keys. It begins without a key.
    Service { name: String, contacts: Vec<String> },
}

/// A change to a user; what is none stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserChange {
    /// Replaces the roles.
    pub roles: Option<Vec<Role>>,
    /// False stops all of the user's keys at once, true brings those back.
    pub active: Option<bool>,
    /// Why, for the audit log: at most 2000 characters.
    pub note: Option<String>,
}
