//! Giving a key to another owner, and which keys stay where they are. Its value goes on working, so it must not become
//! stronger by it. Source: management API, `ownerId`.

use super::deed::Barred;
use super::ids::UserId;
use super::key::{Key, Status};
use super::key_value::KeyKind;
use super::team::{Me, User};

/// Why `key` of the user `from` does not go to `to`, as far as that is known here; none where it does, or where only the
/// server knows.
pub fn barred(key: &Key, from: Option<&User>, (to_id, to): (UserId, Option<&User>), me: &Me) -> Option<Barred> {
    if key.kind == KeyKind::CollectionAccessKey {
        Some(Barred::Collection)
    } else if key.status == Status::Revoked {
        Some(Barred::Revoked)
    } else if key.owner_id == to_id {
        Some(Barred::Theirs)
    } else if !me.is_admin() {
        Some(Barred::NoAdmin)
    } else if from.is_some_and(User::is_superadmin) && !me.is_superadmin() {
        Some(Barred::Superadmins)
    } else {
        let to = to?;
        let stronger = |from: &User| !to.roles.iter().all(|role| role.is_within(&from.roles));
        match from {
            _ if !to.active => Some(Barred::RecipientGone),
            Some(from) if stronger(from) => Some(Barred::Stronger),
            _ => None,
        }
    }
}

/// Who can be given keys of all of `from`, in the order of `users`: active, and nobody who may more. One of several owners can
/// be given the others' keys.
pub fn recipients<'u>(users: impl Iterator<Item = &'u User>, from: &[&User]) -> Vec<&'u User> {
    let may = |to: &&User| {
        let within = |from: &&User| to.roles.iter().all(|role| role.is_within(&from.roles));
        let mut others = from.iter().filter(|from| from.id != to.id).peekable();
        to.active && (from.is_empty() || others.peek().is_some()) && others.all(within)
    };
    users.filter(may).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
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
            (Admin, Member, Admin, Some(Barred::Stronger)),
            (Admin, Member, Scanner, Some(Barred::Stronger)),
            (Admin, Superadmin, Member, Some(Barred::Superadmins)),
            (Superadmin, Superadmin, Member, None),
            (Superadmin, Admin, Superadmin, Some(Barred::Stronger)),
            (Member, Member, Member, Some(Barred::NoAdmin)),
        ] {
            let key = Key { owner_id: UserId(7), ..Key::sample("k") };
            let told = format!("{me_as:?}: {from:?} to {to:?}");
            let (from, to) = (user(7, from), user(8, to));
            assert_eq!(barred(&key, Some(&from), (to.id, Some(&to)), &me(me_as)), stays, "{told}");
            let offered = !recipients([&to].into_iter(), &[&from]).is_empty();
            assert_eq!(offered, stays != Some(Barred::Stronger), "{told}");
        }
    }

    #[test]
    fn what_a_key_is_can_be_in_the_way_too() {
        let key = Key { owner_id: UserId(7), ..Key::sample("k") };
        for (key, stays) in [
            (Key { status: Status::Revoked, ..key.clone() }, Barred::Revoked),
            (Key { kind: KeyKind::CollectionAccessKey, ..key.clone() }, Barred::Collection),
            (Key { owner_id: UserId(8), ..key.clone() }, Barred::Theirs),
        ] {
            let (from, to) = (user(7, Role::User), user(8, Role::User));
            assert_eq!(barred(&key, Some(&from), (to.id, Some(&to)), &me(Role::Admin)), Some(stays));
        }
    }
    #[test]
    fn nobody_who_left_gets_a_key_and_an_unknown_recipient_is_for_the_server() {
        let key = Key { owner_id: UserId(7), ..Key::sample("k") };
        let gone = User { active: false, ..user(8, Role::User) };
        let me = me(Role::Admin);
        assert_eq!(barred(&key, None, (gone.id, Some(&gone)), &me), Some(Barred::RecipientGone));
        assert_eq!(barred(&key, None, (UserId(9), None), &me), None);
        assert!(recipients([&gone].into_iter(), &[&user(7, Role::User)]).is_empty());
    }
}
