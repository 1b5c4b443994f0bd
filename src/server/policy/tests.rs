use super::*;
use crate::domain::time::When;

/// Users whose ids are their places here; a key's owner is one of them.
const ROLES: [&[Role]; 6] =
    [&[Role::User], &[Role::Admin], &[Role::Superadmin], &[Role::Scanner], &[Role::Verifier], &[]];

fn user(at: usize) -> User {
    User {
        id: i64::try_from(at).unwrap(),
        kind: UserKind::Person,
        contacts: Vec::new(),
        name: String::new(),
        username: String::new(),
        email: String::new(),
        roles: ROLES[at].to_vec(),
        active: true,
        joined_at: When::Never,
    }
}

/// `+` may, `-` is forbidden, `?` is told that there is no such thing.
fn row(act: Act<'_>) -> String {
    let sign = |at| match may(&user(at), act) {
        Ok(()) => '+',
        Err(Refusal::Forbidden(_) | Refusal::ForbiddenField(..) | Refusal::Narrow(_) | Refusal::Setting(..)) => '-',
        Err(Refusal::Hidden(_) | Refusal::HiddenField(..)) => '?',
    };
    (0..ROLES.len()).map(sign).collect()
}

#[test]
fn the_table_of_who_may_do_what() {
    let [member, admin, superadmin, other] = [user(0), user(1), user(2), User { id: 9, ..user(0) }];
    let service = User { id: 10, kind: UserKind::Service, ..user(0) };
    let (by_admin, by_owner) = (Some(&DisabledReason::Admin), Some(&DisabledReason::Owner));
    let (as_admin, as_owner) = (Some(&Revocation::Admin), Some(&Revocation::Owner));
    for (act, expected) in [
        // user, admin, superadmin, scanner, verifier, no role
        (Act::ManageKeys, "+++---"),
        (Act::CreateKey { members_may_generate: true }, "++++++"),
        (Act::CreateKey { members_may_generate: false }, "-++---"),
        (Act::SeeTeam, "-++---"),
        (Act::RevokeAll, "-++---"),
        (Act::ManageSettings, "-++---"),
        (Act::SeeUser(member.id), "+++---"),
        (Act::SeeUser(other.id), "-++---"),
        (Act::ManageUsers, "--+---"),
        (Act::ReportSecret, "-+++--"),
        (Act::SeeReportedKey, "?++???"),
        (Act::VerifyKeys, "-++-+-"),
        (Act::UseKey(member.id), "+---+-"),
        (Act::UseKey(other.id), "----+-"),
        (Act::MentionLockout, "+++---"),
        (Act::AllowLockout, "--+---"),
        (Act::SeeKey(member.id), "+++???"),
        (Act::SeeKey(other.id), "?++???"),
        (Act::ReplaceKey((&member).into()), "+--???"),
        (Act::ReplaceKey((&other).into()), "?--???"),
        (Act::ChangeKey(&member), "+++???"),
        (Act::ChangeKey(&other), "?++???"),
        (Act::ChangeKey(&admin), "?++???"),
        (Act::ChangeKey(&superadmin), "?-+???"),
        (Act::EnableKey(by_admin), "-++---"),
        (Act::EnableKey(by_owner), "++++++"),
        (Act::EnableKey(None), "++++++"),
        (Act::RegenerateKey((&member).into()), "+--???"),
        (Act::RegenerateKey((&superadmin).into()), "?-+???"),
        (Act::DeleteKey((&member).into()), "+--???"),
        (Act::DeleteKey((&other).into()), "?--???"),
        // what its owner does, an admin does for a service
        (Act::AddService, "-++---"),
        (Act::SeeKey(service.id), "?++???"),
        (Act::ReplaceKey((&service).into()), "?++???"),
        (Act::ChangeKey(&service), "?++???"),
        (Act::RegenerateKey((&service).into()), "?++???"),
        (Act::DeleteKey((&service).into()), "?++???"),
        (Act::RevokeKey(&service, as_owner), "?++???"),
        (Act::CreateKeyFor { owner: &service, works: true }, "-++---"),
        (Act::CreateKeyFor { owner: &other, works: false }, "-++---"),
        (Act::CreateKeyFor { owner: &other, works: true }, "------"),
        (Act::CreateKeyFor { owner: &admin, works: false }, "------"),
        (Act::CreateKeyFor { owner: &superadmin, works: false }, "------"),
        (Act::RevokeKey(&member, None), "+++???"),
        (Act::RevokeKey(&other, as_admin), "?++???"),
        (Act::RevokeKey(&other, as_owner), "?--???"),
        (Act::RevokeKey(&member, as_owner), "+--???"),
        (Act::RevokeKey(&superadmin, None), "?-+???"),
        (Act::GiveReason(as_admin), "-++---"),
        (Act::GiveReason(as_owner), "++++++"),
    ] {
        assert_eq!(row(act), expected, "{act:?}");
    }
}

#[test]
fn the_table_of_what_a_key_may_do() {
    let unknown = Access::Other("some".into());
    for (access, of_another, of_itself) in [
        // who asks, reading, changing, deleting a key, ending its overlap
        (&Access::Full, "+++++", "+++++"),
        (&Access::Read, "++---", "++-+-"),
        (&Access::None, "+----", "+--+-"),
        (&unknown, "+----", "+--+-"),
    ] {
        let row = |itself| -> String {
            let sign = |effect| if reaches(access, effect, itself).is_ok() { '+' } else { '-' };
            let effects = [Effect::Identifies, Effect::Reads, Effect::Changes, Effect::DeletesKey, Effect::EndsOverlap];
            effects.into_iter().map(sign).collect()
        };
        assert_eq!((row(false).as_str(), row(true).as_str()), (of_another, of_itself), "{access}");
    }
}

#[test]
fn a_value_in_its_overlap_is_used_and_ends_its_own_overlap() {
    let all = [Effect::Identifies, Effect::Reads, Effect::Changes, Effect::DeletesKey, Effect::EndsOverlap];
    let row = |itself| all.map(|effect| reaches_in_overlap(effect, itself).is_ok());
    assert_eq!(row(false), [true, true, false, false, false]);
    assert_eq!(row(true), [true, true, false, false, true]);
}

#[test]
fn no_key_gives_more_than_it_has() {
    let all = [Access::Full, Access::Read, Access::None, Access::Other("some".into())];
    let row = |own| -> String {
        let sign = |access| if may(&user(2), Act::GiveAccess { access, own }).is_ok() { '+' } else { '-' };
        all.iter().map(sign).collect()
    };
    assert_eq!(all.each_ref().map(row), ["+++-", "-++-", "--+-", "----"]);
}

/// Who may hand a key over: from whom it goes, and then to whom, in the order of the roles and a service.
#[test]
fn no_value_becomes_stronger_by_being_handed_over() {
    let service = User { id: 10, kind: UserKind::Service, ..user(0) };
    let users: Vec<User> = (0..ROLES.len()).map(user).chain([service]).collect();
    let row = |by: usize, from: &User| -> String {
        let act = |to| Act::HandOver { from, to };
        users.iter().map(|to| if may(&user(by), act(to)).is_ok() { '+' } else { '-' }).collect()
    };
    // to: user, admin, superadmin, scanner, verifier, no role, service
    for (from, by_admin, by_superadmin) in [
        ("user", "+----++", "+----++"),
        ("admin", "++-++++", "++-++++"),
        ("superadmin", "-------", "+++++++"),
        ("scanner", "---+-+-", "---+-+-"),
        ("verifier", "----++-", "----++-"),
        ("no role", "-----+-", "-----+-"),
        ("service", "+----++", "+----++"),
    ] {
        let names = ["user", "admin", "superadmin", "scanner", "verifier", "no role", "service"];
        let owner = &users[names.iter().position(|name| *name == from).unwrap()];
        assert_eq!((row(1, owner).as_str(), row(2, owner).as_str()), (by_admin, by_superadmin), "from {from}");
        for nobody in [0, 3, 4, 5] {
            assert_eq!(row(nobody, owner), "-------", "by {nobody}");
        }
    }
}

#[test]
fn two_roles_give_what_either_gives() {
    let both = User { roles: vec![Role::Scanner, Role::User], ..user(0) };
    assert_eq!(may(&both, Act::ReportSecret), Ok(()));
    assert_eq!(may(&both, Act::SeeKey(both.id)), Ok(()));
    assert_eq!(may(&both, Act::SeeReportedKey), Err(Refusal::Hidden("API key")));
}
