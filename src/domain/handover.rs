//! Giving a key to another owner, and which keys stay where they are. Its value goes on working, so it must not become
//! stronger by it. Source: management API, `ownerId`.

use super::key::{Key, Status};
use super::key_value::KeyKind;
use super::team::{Me, User};

/// Why a key is not handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stays {
    /// It is that user's already.
    Theirs,
    /// It is revoked, which is final.
    Revoked,
    /// Collection access keys are not handed over.
    Collection,
    /// Only an admin hands keys over.
    NoAdmin,
    /// A superadmin owns it, and who asks is none.
    Superadmins,
    /// The other user may more than its present owner.
    Stronger,
}

impl Stays {
    /// Whether that is so already.
    pub fn is_done(self) -> bool {
        self == Self::Theirs
    }

    /// Whether somebody's role is in the way, rather than the key.
    pub fn is_denied(self) -> bool {
        matches!(self, Self::NoAdmin | Self::Superadmins | Self::Stronger)
    }

    /// The reason, as it stands behind a key's name.
    pub fn words(self) -> &'static str {
        match self {
            Self::Theirs => "theirs already",
            Self::Revoked => "revoked, which is final",
            Self::Collection => "a collection access key, which is not handed over",
            Self::NoAdmin => "for an admin to hand over",
            Self::Superadmins => "owned by a superadmin, and only a superadmin hands it over",
            Self::Stronger => "owned by somebody who may less: its value would become stronger",
        }
    }
}

/// Why `key` of the user `from` does not go to `to`, as far as that is known here; none where it does, or where only the
/// server knows.
pub fn why_not(key: &Key, from: Option<&User>, to: &User, me: &Me) -> Option<Stays> {
    if key.kind == KeyKind::CollectionAccessKey {
        Some(Stays::Collection)
    } else if key.status == Status::Revoked {
        Some(Stays::Revoked)
    } else if key.owner_id == to.id {
        Some(Stays::Theirs)
    } else if !me.is_admin() {
        Some(Stays::NoAdmin)
    } else if from.is_some_and(User::is_superadmin) && !me.is_superadmin() {
        Some(Stays::Superadmins)
    } else {
        let stronger = |from: &User| !to.roles.iter().all(|role| role.is_within(&from.roles));
        from.is_some_and(stronger).then_some(Stays::Stronger)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::UserId;
    use crate::domain::key::Access;
    use crate::domain::team::Role;
    use crate::domain::time::When;

    fn user(id: i64, role: Role) -> User {
        User { roles: vec![role], ..User::sample(id, "A") }
    }

    fn me(role: Role) -> Me {
        Me {
            id: UserId(1),
            name: "A".into(),
            email: "".into(),
            team: "".into(),
            roles: vec![role],
            own_key: None,
            own_key_expires: When::Never,
            own_access: Access::Full,
            roles_tell: true,
            guest: false,
            allowances: Vec::new(),
        }
    }

    #[test]
    fn a_key_goes_to_nobody_who_may_more() {
        use Role::{Admin, Scanner, Superadmin, User as Member};
        for (me_as, from, to, stays) in [
            (Admin, Member, Member, None),
            (Admin, Admin, Member, None),
            (Admin, Member, Admin, Some(Stays::Stronger)),
            (Admin, Member, Scanner, Some(Stays::Stronger)),
            (Admin, Superadmin, Member, Some(Stays::Superadmins)),
            (Superadmin, Superadmin, Member, None),
            (Superadmin, Admin, Superadmin, Some(Stays::Stronger)),
            (Member, Member, Member, Some(Stays::NoAdmin)),
        ] {
            let key = Key { owner_id: UserId(7), ..Key::sample("k") };
            let told = format!("{me_as:?}: {from:?} to {to:?}");
            assert_eq!(why_not(&key, Some(&user(7, from)), &user(8, to), &me(me_as)), stays, "{told}");
        }
    }

    #[test]
    fn what_a_key_is_can_be_in_the_way_too() {
        let key = Key { owner_id: UserId(7), ..Key::sample("k") };
        for (key, stays) in [
            (Key { status: Status::Revoked, ..key.clone() }, Stays::Revoked),
            (Key { kind: KeyKind::CollectionAccessKey, ..key.clone() }, Stays::Collection),
            (Key { owner_id: UserId(8), ..key.clone() }, Stays::Theirs),
        ] {
            let (from, to) = (user(7, Role::User), user(8, Role::User));
            assert_eq!(why_not(&key, Some(&from), &to, &me(Role::Admin)), Some(stays));
        }
    }
}
