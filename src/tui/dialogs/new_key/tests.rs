use super::*;
use crate::domain::time::When;

fn now() -> Time {
    When::from_wire("2026-11-21T08:30:00Z").time().unwrap()
}

#[test]
fn expiries() {
    for (text, expected) in [
        ("", "never"),
        ("never", "never"),
        ("90d", "2027-02-19 08:30:00 UTC"),
        ("12h", "2026-11-21 20:30:00 UTC"),
        ("2027-01-31", "2027-01-31 00:00:00 UTC"),
        ("2020-01-01", "that is already over"),
        ("0d", "that is already over"),
        ("9999999999999d", "too far ahead"),
        ("99999w", "at most 100 years; or write never"),
        ("5x", "the unit is h, d or w"),
        ("soon", "write never, 90d, 12h, or a date as 2027-01-31"),
        ("é", "write never, 90d, 12h, or a date as 2027-01-31"),
    ] {
        let got = match expiry(text, now()) {
            Ok(time) => When::from(time).exact(),
            Err(why) => why,
        };
        assert_eq!(got, expected, "{text}");
    }
}

#[test]
fn contacts_are_addresses() {
    assert!(matches!(contacts("ops@acme.example, a.b+c@x.y.example"), Check::Right(_)));
    for wrong in ["ops", "ops@", "@acme.example", "a@b", "a@b..example", "a@@b.example", "a@b.example, x"] {
        assert!(matches!(contacts(wrong), Check::Wrong(_)), "{wrong}");
    }
}

#[test]
fn the_teams_setting_is_said() {
    let settings = Settings { expiry_days: Some(30), ..Settings::default() };
    let dialog = NewKey::new(Kind::ApiKey, Some(settings), &Capabilities::all(), Ticket(1));
    assert_eq!(
        dialog.check(Name::Expires, now()),
        Check::Right("expires 2026-12-21 08:30:00 UTC: your team sets 30 days for every key".to_owned())
    );
}

#[test]
fn a_value_is_no_name_of_a_collection() {
    let mut dialog = NewKey::new(Kind::CollectionKey, None, &Capabilities::all(), Ticket(1));
    for (text, right) in [("Pets", true), ("Pets kdc_0123456789", false)] {
        *dialog.form.entry_mut(Name::CollectionName).unwrap() = Entry::text_field(Name::CollectionName, "", text);
        assert_eq!(matches!(dialog.check(Name::CollectionName, now()), Check::Right(_)), right, "{text}");
    }
}

#[test]
fn collection_uids() {
    let uid = format!("12345-{}", "0a1b2c3d-0000-4000-8000-0123456789ab");
    assert!(key_fields::collection_uid(&uid).is_ok());
    for wrong in ["0a1b2c3d-0000-4000-8000-0123456789ab", "12345", "x-0a1b2c3d-0000-4000-8000-0123456789ab"] {
        assert!(key_fields::collection_uid(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn access_is_asked_for_where_the_backend_knows_it() {
    let form = |can: &Capabilities| NewKey::new(Kind::ApiKey, None, can, Ticket(1));
    let mut dialog = form(&Capabilities::all());
    dialog.value = Some(Secret::new("not a real value".to_owned()));
    assert_eq!(dialog.request(now()).unwrap().access, Some(Access::Full));
    for access in [Access::Read, Access::None] {
        dialog.form.entry_mut(Name::Access).unwrap().insert(' ');
        assert_eq!(dialog.request(now()).unwrap().access, Some(access.clone()));
        assert_eq!(dialog.check(Name::Access, now()), Check::Right(access.meaning().to_owned()));
    }
    let mut dialog = form(&Capabilities::all().without(Capability::Access, "every key may do everything"));
    dialog.value = Some(Secret::new("not a real value".to_owned()));
    assert_eq!(dialog.request(now()).unwrap().access, None);
}

fn admins(users: &[User], settings: Option<Settings>) -> NewKey {
    let me = Me {
        id: crate::domain::ids::UserId(1),
        name: "A".into(),
        email: "a@team.example".into(),
        team: "T".into(),
        roles: vec![Role::Admin],
        own_key: None,
        own_key_expires: When::Never,
        own_access: Access::Full,
        roles_tell: true,
        guest: false,
        allowances: Vec::new(),
    };
    NewKey::new(Kind::ApiKey, settings, &Capabilities::all(), Ticket(1)).asked_by(&me, users, &Capabilities::all())
}

fn type_owner(dialog: &mut NewKey, text: &str) {
    *dialog.form.entry_mut(Name::Owner).unwrap() = Entry::text_field(Name::Owner, "", text);
    dialog.offer_access();
}

#[test]
fn a_services_key_is_offered_no_access_until_another_is_chosen() {
    let service = |id, name| User { kind: crate::domain::team::UserKind::Service, ..User::sample(id, name) };
    let users = [User::sample(2, "Ben"), service(17, "gateway"), service(18, "gatekeeper")];
    let mut dialog = admins(&users, None);
    let access = |dialog: &NewKey| dialog.form.text(Name::Access);
    assert_eq!((access(&dialog).as_str(), dialog.owner()), ("full", Ok(None)));
    type_owner(&mut dialog, "GATEW");
    assert_eq!((access(&dialog).as_str(), dialog.owner().unwrap().unwrap().id.0), ("none", 17));
    type_owner(&mut dialog, "gate");
    assert!(matches!(dialog.check(Name::Owner, now()), Check::Wrong(why) if why.contains("gateway, gatekeeper")));
    type_owner(&mut dialog, "");
    assert_eq!(access(&dialog), "full", "one's own again");
    dialog.form.entry_mut(Name::Access).unwrap().choose("read");
    type_owner(&mut dialog, "gateway");
    assert_eq!(access(&dialog), "read", "what was chosen stays");
    type_owner(&mut dialog, "zoe");
    assert!(matches!(dialog.check(Name::Owner, now()), Check::Wrong(_)));
}

#[test]
fn the_setting_on_members_access_holds_for_others_keys() {
    let settings = Settings { members_access: Access::Read, ..Settings::default() };
    let mut dialog = admins(&[User::sample(2, "Ben")], Some(settings));
    assert!(matches!(dialog.check(Name::Access, now()), Check::Right(_)), "an admin's own");
    type_owner(&mut dialog, "Ben");
    assert_eq!(dialog.form.text(Name::Access), "read");
    dialog.form.entry_mut(Name::Access).unwrap().choose("full");
    assert!(matches!(dialog.check(Name::Access, now()), Check::Wrong(why) if why.contains("read at most")));
}
