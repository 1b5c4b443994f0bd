//! How many requests a command makes, and which of them go together.

use keydeck::domain::secret::Secret;

use crate::program::Ran;
use crate::relay::Relay;
use crate::team::Team;

/// What a command asked through a relay of whose first requests so many are answered together.
fn asked(team: &Team, key: &Secret, args: &[&str], input: &str, together: usize) -> (Ran, Vec<String>) {
    let relay = Relay::start(&team.server.base_url, together);
    let environment = [("KEYDECK_URL", relay.url.as_str()), ("KEYDECK_API_KEY", key.expose())];
    let ran = team.home.run_reading(args, &environment, input);
    assert!(!relay.one_came_alone(), "{args:?} asks one after the other: {:?}", relay.lines());
    (ran, relay.lines())
}

#[test]
fn a_list_is_read_beside_the_question_who_asks() {
    let team = Team::new();
    let keys = &team.server.keys;
    let (ran, lines) = asked(&team, &keys.user, &["list", "--tab", "mine", "--json"], "", 2);
    assert_eq!((ran.code, lines.len()), (Some(0), 2), "{lines:?}");
    // who may see the team's keys may see what is exposed of them
    let (ran, lines) = asked(&team, &keys.admin, &["list", "--tab", "team", "--json"], "", 3);
    assert_eq!((ran.code, lines.len()), (Some(0), 3), "{lines:?}");
    // who may not is refused as ever, and by the list
    let (ran, _) = asked(&team, &keys.user, &["list", "--tab", "team", "--json"], "", 3);
    ran.ended(3);
    // a key that is nobody's is told so, whatever came of the rest
    let wrong = keydeck::domain::key_value::mint(keydeck::domain::key_value::KeyKind::ApiKey, getrandom::fill).unwrap();
    let (ran, _) = asked(&team, &wrong, &["list", "--json"], "", 2);
    ran.ended(3);
}

#[test]
fn a_thousand_keys_are_revoked_with_three_requests() {
    let team = Team::new();
    let admin = &team.server.keys.admin;
    let names: Vec<String> = (0..30).map(|n| format!("key {n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let made = team.make(&team.server.keys.user, &names);
    let unknown = (0..970).map(|n| format!("01JZZZZZZZZZZZZZZZZZZZ{n:04}"));
    let ids: Vec<String> = made.iter().map(|(id, _)| id.to_string()).chain(unknown).collect();
    let (ran, lines) = asked(&team, admin, &["revoke", "--yes", "-"], &ids.join("\n"), 1);
    assert!(ran.err.contains("30 revoked"), "{ran:?}");
    assert_eq!(lines, ["GET /me", "POST /api-key-lookups", "POST /api-key-revocations"]);
}

#[test]
fn one_key_is_shown_without_reading_any_list_of_keys() {
    let team = Team::new();
    let admin = &team.server.keys.admin;
    let made = team.make(&team.server.keys.user, &["first"]);
    let id = made[0].0.as_str();
    let (ran, lines) = asked(&team, admin, &["show", id, "--json"], "", 1);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(lines.iter().all(|line| !line.contains("/api-keys")), "{lines:?}");
    assert!(lines.len() <= 4, "{lines:?}");
}
