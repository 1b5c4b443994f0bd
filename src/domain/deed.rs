//! What is done to keys, one or many, and which keys somebody may not do it to. The server decides; what is known here
//! beforehand is set apart before anybody is asked, so that nobody confirms what will be refused.

use super::handover;
use super::ids::UserId;
use super::key::{DisabledReason, Key, Status};
use super::key_value::KeyKind;
use super::names::Names;
use super::team::Me;
use super::time::Time;

/// What is done to keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Deed {
    #[default]
    Revoke,
    /// The owner's revoke.
    Delete,
    Disable,
    Enable,
    /// Given to this user. Their values go on working.
    HandOver(UserId),
}

impl Deed {
    /// The verb: `revoke`.
    pub fn verb(self) -> &'static str {
        match self {
            Self::Revoke => "revoke",
            Self::Delete => "delete",
            Self::Disable => "disable",
            Self::Enable => "enable",
            Self::HandOver(_) => "hand over",
        }
    }

    /// Its word in JSON: `revoke`, `handOver`.
    pub fn word(self) -> &'static str {
        match self {
            Self::HandOver(_) => "handOver",
            Self::Revoke | Self::Delete | Self::Disable | Self::Enable => self.verb(),
        }
    }

    /// Who has the keys afterwards, where that is another one.
    pub fn recipient(self) -> Option<UserId> {
        match self {
            Self::HandOver(to) => Some(to),
            Self::Revoke | Self::Delete | Self::Disable | Self::Enable => None,
        }
    }

    /// The verb as a title begins with it: `Revoke`.
    pub fn title(self) -> &'static str {
        match self {
            Self::Revoke => "Revoke",
            Self::Delete => "Delete",
            Self::Disable => "Disable",
            Self::Enable => "Enable",
            Self::HandOver(_) => "Hand over",
        }
    }

    /// What is then: `revoked`.
    pub fn done(self) -> &'static str {
        match self {
            Self::Revoke => "revoked",
            Self::Delete => "deleted",
            Self::Disable => "disabled",
            Self::Enable => "enabled",
            Self::HandOver(_) => "handed over",
        }
    }

    /// Whether it cannot be taken back.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Revoke | Self::Delete)
    }

    /// Whether a key that it is done to stops working.
    pub fn stops(self) -> bool {
        matches!(self, Self::Revoke | Self::Delete | Self::Disable)
    }

    /// Why `who` cannot do it to `key`, as far as that is known here; none where they may, or nobody here knows. A key that
    /// is revoked is nothing to revoke, which is not said here.
    pub fn barred(self, key: &Key, who: &Who<'_>, now: Time) -> Option<Barred> {
        if let Self::HandOver(to) = self {
            return handover::barred(key, who.names.user(key.owner_id), (to, who.names.user(to)), who.me);
        }
        let expired = key.disabled_reason == Some(DisabledReason::Expired)
            || key.expires.time().is_some_and(|expires| expires <= now);
        if !self.is_final() {
            if key.kind == KeyKind::CollectionAccessKey {
                return Some(Barred::Collection);
            } else if key.status == Status::Revoked {
                return Some(Barred::Revoked);
            } else if expired && self == Self::Enable {
                return Some(Barred::Expired);
            } else if self == Self::Enable && (key.owner_gone || key.disabled_reason == Some(DisabledReason::OwnerLeft))
            {
                return Some(Barred::OwnerLeft);
            }
        }
        who.barred(self, key)
    }
}

/// Who asks, and what is known of others.
#[derive(Clone, Copy, Debug)]
pub struct Who<'a> {
    pub me: &'a Me,
    /// Whose owners' roles are known.
    pub names: &'a Names,
}

impl Who<'_> {
    /// Why they may not change the key's name, contacts or expiry, as far as that is known here.
    pub fn may_not_change(&self, key: &Key) -> Option<Barred> {
        let own = self.me.acts_for(key);
        if !own && !self.me.is_admin() {
            return Some(Barred::Others);
        }
        // whoever sees a collection access key may delete it
        let superadmins = key.kind == KeyKind::ApiKey && self.names.is_superadmin(key.owner_id);
        (!own && superadmins && !self.me.is_superadmin()).then_some(Barred::Superadmins)
    }

    fn barred(&self, deed: Deed, key: &Key) -> Option<Barred> {
        if !self.me.acts_for(key) && deed == Deed::Delete {
            return Some(Barred::Others);
        }
        if let Some(barred) = self.may_not_change(key) {
            return Some(barred);
        }
        let by_admin = key.disabled_reason == Some(DisabledReason::Admin);
        (deed == Deed::Enable && by_admin && !self.me.is_admin()).then_some(Barred::ByAdmin)
    }
}

/// Why something cannot be done to a key by who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Barred {
    /// A superadmin owns it, and who asks is none.
    Superadmins,
    /// Somebody else owns it.
    Others,
    /// An admin disabled it.
    ByAdmin,
    /// It is revoked, which is final.
    Revoked,
    /// It expired, which cannot be taken back.
    Expired,
    /// Its owner left, which stops all of their keys.
    OwnerLeft,
    /// Collection access keys are only deleted.
    Collection,
    /// It belongs already to whom it was to be given.
    Theirs,
    /// Only an admin hands keys over.
    NoAdmin,
    /// Whom it was to be given to may more than its present owner.
    Stronger,
    /// Whom it was to be given to is not active.
    RecipientGone,
}

impl Barred {
    pub const ALL: &[Self] = &[
        Self::Superadmins,
        Self::Others,
        Self::ByAdmin,
        Self::Revoked,
        Self::Expired,
        Self::OwnerLeft,
        Self::Collection,
        Self::Theirs,
        Self::NoAdmin,
        Self::Stronger,
        Self::RecipientGone,
    ];

    /// Whether the role is what is in the way, rather than the key.
    pub fn is_denied(self) -> bool {
        matches!(self, Self::Superadmins | Self::Others | Self::ByAdmin | Self::NoAdmin | Self::Stronger)
    }

    /// Whether it is what was wished already.
    pub fn is_done(self) -> bool {
        self == Self::Theirs
    }

    /// The reason, as it stands behind a key's name or a number of keys.
    pub fn words(self) -> &'static str {
        match self {
            Self::Superadmins => "owned by a superadmin",
            Self::Others => "owned by somebody else",
            Self::ByAdmin => "disabled by an admin, and only an admin enables it",
            Self::Revoked => "revoked, which is final",
            Self::Expired => "expired, which cannot be taken back",
            Self::OwnerLeft => "of an owner who left: hand it over, or activate its owner",
            Self::Collection => "a collection access key, which is only deleted",
            Self::Theirs => "theirs already",
            Self::NoAdmin => "for an admin to hand over",
            Self::Stronger => "owned by somebody who may less: its value would become stronger",
            Self::RecipientGone => "not for somebody who is not active: no key of theirs is accepted",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::UserId;
    use crate::domain::team::{Role, User};
    use crate::domain::time::When;

    fn now() -> Time {
        When::from_wire("2026-11-21T08:30:00Z").time().unwrap()
    }

    fn me(id: i64, role: Role) -> Me {
        Me {
            id: UserId(id),
            name: "A".into(),
            email: "a@team.example".into(),
            team: "Team".into(),
            roles: vec![role],
            own_key: None,
            own_key_expires: When::Never,
            own_access: crate::domain::key::Access::Full,
            roles_tell: true,
            guest: false,
            allowances: Vec::new(),
        }
    }

    fn names() -> Names {
        let user = |id, role| User { roles: vec![role], ..User::sample(id, "A") };
        Names::new([user(1, Role::User), user(2, Role::Admin), user(3, Role::Superadmin), user(4, Role::Superadmin)])
    }

    fn of(owner: i64) -> Key {
        Key { owner_id: UserId(owner), ..Key::sample("k") }
    }

    #[test]
    fn what_the_role_may_not_is_known_beforehand() {
        use Barred::{Others, Superadmins};
        use Deed::{Delete, Disable, Enable, Revoke};
        for (role, id, owner, deed, barred) in [
            (Role::User, 1, 1, Revoke, None),
            (Role::User, 1, 2, Revoke, Some(Others)),
            (Role::User, 1, 2, Disable, Some(Others)),
            (Role::Admin, 2, 1, Revoke, None),
            (Role::Admin, 2, 1, Delete, Some(Others)),
            (Role::Admin, 2, 3, Revoke, Some(Superadmins)),
            (Role::Admin, 2, 3, Disable, Some(Superadmins)),
            (Role::Admin, 2, 3, Enable, Some(Superadmins)),
            (Role::Admin, 2, 2, Revoke, None),
            // whose role is not known is for the server to refuse
            (Role::Admin, 2, 9, Revoke, None),
            (Role::Superadmin, 3, 4, Revoke, None),
            (Role::Superadmin, 3, 4, Delete, Some(Others)),
        ] {
            let (me, names) = (me(id, role.clone()), names());
            let who = Who { me: &me, names: &names };
            assert_eq!(deed.barred(&of(owner), &who, now()), barred, "{role:?} {id} {owner} {deed:?}");
        }
    }

    #[test]
    fn what_a_key_is_can_be_in_the_way_too() {
        let (admin, user, names) = (me(2, Role::Admin), me(1, Role::User), names());
        let collection = Key { kind: KeyKind::CollectionAccessKey, ..of(3) };
        let revoked = Key { status: Status::Revoked, ..of(1) };
        let expired = Key { expires: When::At(now()), ..of(1) };
        let left = Key { status: Status::Disabled, disabled_reason: Some(DisabledReason::OwnerLeft), ..of(1) };
        let service = Key { owner_kind: crate::domain::team::UserKind::Service, ..of(9) };
        let by_admin = Key { status: Status::Disabled, disabled_reason: Some(DisabledReason::Admin), ..of(1) };
        for (key, me, deed, barred) in [
            (&collection, &admin, Deed::Revoke, None),
            (&collection, &admin, Deed::Disable, Some(Barred::Collection)),
            (&revoked, &admin, Deed::Enable, Some(Barred::Revoked)),
            (&expired, &admin, Deed::Enable, Some(Barred::Expired)),
            (&expired, &admin, Deed::Revoke, None),
            (&left, &admin, Deed::Enable, Some(Barred::OwnerLeft)),
            (&left, &admin, Deed::Revoke, None),
            (&service, &admin, Deed::Delete, None),
            (&service, &user, Deed::Delete, Some(Barred::Others)),
            (&by_admin, &user, Deed::Enable, Some(Barred::ByAdmin)),
            (&by_admin, &admin, Deed::Enable, None),
            (&by_admin, &user, Deed::Delete, None),
        ] {
            let who = Who { me, names: &names };
            assert_eq!(deed.barred(key, &who, now()), barred, "{key:?} {deed:?}");
        }
    }
}
