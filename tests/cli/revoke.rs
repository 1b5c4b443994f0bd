//! `keydeck revoke`: what is asked, what is sent, what is told.

use keydeck::domain::secret::Secret;

use crate::program::Terminal;
use crate::team::{Team, last_four};

fn outcomes(document: &serde_json::Value) -> Vec<(&str, &str)> {
    document["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["id"].as_str().unwrap(), row["outcome"].as_str().unwrap()))
        .collect()
}

/// The values the server still accepts, as flags.
fn accepted(team: &Team, made: &[(keydeck::domain::ids::KeyId, Secret)]) -> Vec<bool> {
    made.iter().map(|(_, value)| team.accepts(value)).collect()
}

#[test]
fn ids_are_revoked_and_each_has_its_own_result() {
    let team = Team::new();
    let user = &team.server.keys.user;
    let made = team.make(user, &["a", "b"]);
    let (a, b) = (made[0].0.as_str(), made[1].0.as_str());
    let ran = team.run(user, &["revoke", a, "--yes"]).ended(0).says("1 revoked");
    assert_eq!(ran.out, format!("{a}  a  kdk_…{}  revoked\n", last_four(&made[0].1)));
    assert_eq!(accepted(&team, &made), [false, true]);
    let document = team.run(user, &["revoke", a, "unknown", b, b, "--yes", "--json", "--note", "left"]).ended(1).json();
    let mut results = outcomes(&document);
    results.sort_unstable();
    let mut wanted = [(a, "alreadyRevoked"), (b, "revoked"), ("unknown", "notFound")];
    wanted.sort_unstable();
    assert_eq!(results, wanted);
    assert_eq!(document["meta"], serde_json::json!({"alreadyRevoked": 1, "notFound": 1, "revoked": 1}));
    team.run(user, &["revoke", a, "--yes"]).ended(0).says("1 already revoked");
    assert_eq!(accepted(&team, &made), [false, false]);
}

#[test]
fn another_persons_key_is_not_found_and_a_superadmins_denied() {
    let team = Team::new();
    let keys = &team.server.keys;
    let made = team.make(&keys.superadmin, &["boss"]);
    let id = made[0].0.as_str();
    team.run(&keys.user, &["revoke", id, "--yes"]).ended(1).says("not found");
    team.run(&keys.admin, &["revoke", id, "--yes"]).ended(3).says("1 denied");
    assert_eq!(accepted(&team, &made), [true]);
}

#[test]
fn a_filter_revokes_what_it_matches_and_no_more_than_was_said() {
    let team = Team::new();
    let admin = &team.server.keys.admin;
    let made = team.make(&team.server.keys.user, &["old-1", "old-2", "new-1"]);
    let old = ["revoke", "--tab", "team", "--filter", "old-"];
    let run = |extra: &[&str]| team.run(admin, &[&old, extra].concat());

    let dry = run(&["--dry-run"]).ended(0).says("dry run");
    assert!(dry.out.contains("Revoke 2 keys of 1 person") && dry.out.contains("old-1") && !dry.out.contains("new-1"));
    let document = run(&["--dry-run", "--json"]).ended(0).json();
    assert_eq!((&document["meta"]["dryRun"], &document["meta"]["keys"]), (&true.into(), &2.into()));
    assert!(outcomes(&document).iter().all(|(_, outcome)| *outcome == "wouldRevoke"));
    run(&[]).ended(3).says("no terminal");
    run(&["--yes", "--max", "1"]).ended(2).says("2 keys are more than 1");
    assert_eq!(accepted(&team, &made), [true, true, true]);

    run(&["--yes"]).ended(0).says("2 revoked");
    assert_eq!(accepted(&team, &made), [false, false, true]);
    run(&["--yes"]).ended(0).says("2 keys revoked before");
}

#[test]
fn more_than_a_hundred_need_a_number_and_everything_needs_one_too() {
    let team = Team::new();
    let user = &team.server.keys.user;
    let names: Vec<String> = (0..101).map(|n| format!("many-{n}")).collect();
    let made = team.make(user, &names.iter().map(String::as_str).collect::<Vec<_>>());
    let many = ["revoke", "--tab", "mine", "--filter", "many-", "--yes"];
    team.run(user, &many).ended(2).says("101 keys are more than 100").says("--max 101");
    let dry = team
        .run(user, &[&many[..], &["--dry-run"]].concat())
        .ended(2)
        .says("101 keys are more than 100")
        .says("--max 101");
    assert!(dry.out.contains("many-0") && dry.out.contains("many-100"));
    assert!(team.accepts(&made[0].1));
    for (how, code) in [("--max=500", 2), ("--all", 2)] {
        let ran = team.run(user, &["revoke", "--tab", "mine", "--filter", "", "--yes", how]).ended(code);
        let says = if how == "--all" { "more than 100" } else { "pass --all" };
        assert!(ran.err.contains(says), "{ran:?}");
    }
    assert!(team.accepts(&made[0].1));
    team.run(user, &[&many[..], &["--max", "101"]].concat()).ended(0).says("101 revoked");
    assert!(!team.accepts(&made[100].1));
}

#[test]
fn the_own_key_stays_unless_asked_for_and_then_goes_last() {
    let team = Team::new();
    let user = &team.server.keys.user;
    let made = team.make(user, &["mine"]);
    let own =
        team.run(user, &["list", "--json", "--filter", "-mine"]).json()["data"][0]["id"].as_str().unwrap().to_owned();
    team.run(user, &["revoke", &own, "--yes"]).ended(1).says("1 failed");
    let all = ["revoke", "--tab", "mine", "--filter", "", "--all", "--yes", "--json"];
    let document = team.run(user, &all).ended(0).says("left out").json();
    assert_eq!(outcomes(&document), [(made[0].0.as_str(), "revoked")]);
    assert!(team.accepts(user));

    let more = team.make(user, &["more"]);
    let document = team.run(user, &[&all[..], &["--include-self"]].concat()).ended(0).json();
    assert_eq!(outcomes(&document), [(more[0].0.as_str(), "revoked"), (own.as_str(), "revoked")]);
    assert!(!team.accepts(user));
}

#[test]
fn collection_keys_are_revoked_by_the_same_command() {
    let team = Team::new();
    let user = &team.server.keys.user;
    let id = team.make_collection_key(user, "12345-collection");
    team.run(user, &["revoke", id.as_str(), "--yes", "--note", "x"]).ended(0).says("1 revoked");
    team.run(user, &["revoke", "--tab", "collections", "--filter", "12345", "--yes"])
        .ended(0)
        .says("nothing to revoke");
}

#[test]
fn a_read_only_profile_sends_nothing() {
    let team = Team::new();
    let user = &team.server.keys.user;
    let made = team.make(user, &["kept"]);
    team.profile(user, "read_only = true\n");
    let id = made[0].0.as_str();
    team.home.run(&["revoke", id, "--yes"]).ended(3).says("read-only");
    team.home.run(&["revoke", id, "--dry-run"]).ended(3).says("read-only");
    assert_eq!(accepted(&team, &made), [true]);
}

#[test]
fn one_key_takes_the_last_four_of_its_value_and_anything_else_keeps_it() {
    let team = Team::new();
    let user = &team.server.keys.user;
    let made = team.make(user, &["only"]);
    let last = last_four(&made[0].1);
    let right = format!("{last}\n");
    for (answer, code) in [("\n", 3), ("y\n", 3), ("1\n", 3), ("\u{4}", 3), (right.as_str(), 0)] {
        let mut terminal = Terminal::start(&team.home, &["revoke", made[0].0.as_str()], &team.environment(user));
        terminal.shows(&format!("Type {last} and Enter to revoke it: "));
        assert!(team.accepts(&made[0].1));
        terminal.types(answer);
        let (ended, seen) = terminal.end();
        assert_eq!(ended, code, "{answer:?}\n{seen}");
    }
    assert!(!team.accepts(&made[0].1));
}

#[test]
fn two_keys_take_their_number_and_a_production_profile_is_named() {
    let team = Team::new();
    let user = &team.server.keys.user;
    let made = team.make(user, &["a", "b", "c"]);
    let ids: Vec<&str> = made.iter().map(|(id, _)| id.as_str()).collect();
    let mut terminal = Terminal::start(&team.home, &["revoke", ids[0], ids[1]], &team.environment(user));
    terminal.shows("Revoke 2 keys of 1 person");
    terminal.shows("This cannot be undone");
    terminal.shows("Not used in the last 24 h (");
    terminal.shows("Type 2 and Enter to revoke 2 keys: ");
    terminal.types("2\n");
    let (code, seen) = terminal.end();
    assert_eq!(code, 0, "{seen}");

    team.profile(user, "production = true\n");
    let mut terminal = Terminal::start(&team.home, &["revoke", ids[2]], &[]);
    terminal.shows("PRODUCTION");
    terminal.shows(&format!("Type {} and Enter to revoke it: ", last_four(&made[2].1)));
    terminal.types("y\n");
    assert_eq!(terminal.end().0, 3);
    assert_eq!(accepted(&team, &made), [false, false, true]);
}

#[test]
fn a_key_used_today_stands_apart() {
    let team = Team::new();
    let user = team.server.keys.user.duplicate();
    let made = team.make(&user, &["hot", "cold"]);
    // whether the server has written that use yet or not
    assert!(team.accepts(&made[0].1));
    let ids: Vec<&str> = made.iter().map(|(id, _)| id.as_str()).collect();
    let ran = team.run(&user, &["revoke", ids[1], ids[0], "--dry-run"]).ended(0);
    let (apart, rest) = ran.out.split_once("The rest (1):").unwrap();
    assert!(
        apart.contains("Used in the last 24 h (1):") && apart.contains("hot") && rest.contains("cold"),
        "{}",
        ran.out
    );
    let mut terminal = Terminal::start(&team.home, &["revoke", ids[0]], &team.environment(&user));
    terminal.shows(&format!("Type {} and Enter", last_four(&made[0].1)));
    terminal.types("y\n");
    assert_eq!(terminal.end().0, 3);
    assert!(team.accepts(&made[0].1));
}

#[test]
fn what_a_filter_finds_is_read_again_for_the_review() {
    let team = Team::new();
    let keys = &team.server.keys;
    let made = team.make(&keys.user, &["hot", "cold"]);
    assert!(team.accepts(&made[0].1));
    let by_filter = ["revoke", "--tab", "team", "--filter", "name:hot", "--dry-run"];
    let ran = team.run(&keys.admin, &by_filter).ended(0);
    assert!(ran.out.contains("Used in the last 24 h (1):") && !ran.out.contains("never"), "{}", ran.out);
    let document = team.run(&keys.admin, &[&by_filter[..], &["--json"]].concat()).ended(0).json();
    assert_eq!(document["data"][0]["usedLast24h"], true, "{document}");
    assert_eq!(document["data"][0]["maskedValue"], format!("kdk_…{}", last_four(&made[0].1)));
}

#[test]
fn a_superadmins_keys_are_set_apart_before_anybody_is_asked() {
    let team = Team::new();
    let keys = &team.server.keys;
    let boss = team.make(&keys.superadmin, &["clean-boss"]);
    let mine = team.make(&keys.user, &["clean-mine"]);
    let (boss_id, id) = (boss[0].0.as_str(), mine[0].0.as_str());
    let left_out = |ran: &crate::program::Ran| {
        let line = ran.out.lines().find(|line| line.starts_with("Left out: "));
        let line = line.unwrap_or_else(|| panic!("{}", ran.out)).to_owned();
        assert!(line.contains("owned by a superadmin") && line.contains(&last_four(&boss[0].1)), "{line}");
    };
    let admin = |args: &[&str]| team.run(&keys.admin, args);
    for deed in ["revoke", "disable"] {
        left_out(&admin(&[deed, boss_id, "--dry-run"]).ended(3));
        left_out(&admin(&[deed, boss_id, id, "--dry-run"]).ended(1));
        left_out(&admin(&[deed, "--tab", "team", "--filter", "name:clean-", "--dry-run"]).ended(1));
    }
    let document = admin(&["revoke", boss_id, id, "--dry-run", "--json"]).ended(1).json();
    assert_eq!((&document["meta"]["keys"], &document["meta"]["forbidden"]), (&1.into(), &1.into()));
    assert_eq!(outcomes(&document), [(id, "wouldRevoke"), (boss_id, "forbidden")]);
    assert!(document["data"][1]["reason"].as_str().unwrap().contains("superadmin"));
    // who may, is asked about it
    team.run(&keys.superadmin, &["revoke", boss_id, id, "--dry-run"]).ended(0);
    admin(&["revoke", boss_id, id, "--yes"]).ended(1).says("1 denied, 1 revoked");
    assert!(team.accepts(&boss[0].1) && !team.accepts(&mine[0].1));
}

#[test]
fn a_long_review_stands_by_owner() {
    let team = Team::new();
    let keys = &team.server.keys;
    let names: Vec<String> = (0..20).map(|n| format!("many-{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    team.make(&keys.user, &names);
    team.make(&keys.colleague, &names[..15]);
    let ran = team.run(&keys.admin, &["revoke", "--tab", "team", "--filter", "name:many-", "--dry-run"]).ended(0);
    assert!(ran.out.contains("  user: 20 keys, 20 never used"), "{}", ran.out);
    assert!(ran.out.contains("  colleague: 15 keys, 15 never used"), "{}", ran.out);
    assert_eq!(ran.out.lines().filter(|line| line.contains("kdk_…")).count(), 35, "{}", ran.out);
}

#[test]
fn a_value_in_a_note_is_refused_unread() {
    let team = Team::new();
    let user = &team.server.keys.user;
    let made = team.make(user, &["leaked"]);
    let note = format!("found {}", made[0].1.expose());
    let ran = team.run(user, &["revoke", "some-id", "--yes", "--note", &note]).ended(2).says("holds a key's value");
    assert!(!ran.err.contains(made[0].1.expose()) && team.accepts(&made[0].1));
}

#[test]
fn a_value_in_the_place_of_an_id_is_refused_unread() {
    let team = Team::new();
    let user = &team.server.keys.user;
    let made = team.make(user, &["leaked"]);
    let ran = team.run(user, &["revoke", made[0].1.expose(), "--yes"]).ended(2).says("holds a key's value");
    assert!(!ran.err.contains(made[0].1.expose()) && team.accepts(&made[0].1));
}

#[test]
fn every_line_of_a_filter_on_standard_input_counts() {
    let team = Team::new();
    let (admin, user) = (&team.server.keys.admin, &team.server.keys.user);
    team.make(user, &["ci-a", "other"]);
    let own = team.make(admin, &["ci-b"]);
    let dry = ["revoke", "--tab", "team", "--filter", "-", "--dry-run", "--json"];
    let ids = |text: &str| -> Vec<String> {
        let document = team.run_reading(admin, &dry, text).json();
        outcomes(&document).into_iter().map(|(id, _)| id.to_owned()).collect()
    };
    assert_eq!(ids("name:ci\n").len(), 2);
    assert_eq!(ids("name:ci\n-owner:user@\n"), [own[0].0.as_str()]);
    assert_eq!(ids("\u{feff}\r\n\r\nname:ci\r\n\r\n-owner:user@"), [own[0].0.as_str()]);
    for blank in ["", " \n\n"] {
        team.run_reading(admin, &dry, blank).ended(2).says("standard input holds no filter");
    }
}
