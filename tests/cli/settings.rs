//! `keydeck settings`, `keydeck revoke --all` and `keydeck disable --for`.

use serde_json::json;

use crate::team::Team;

#[test]
fn settings_are_printed_one_and_all() {
    let team = Team::new();
    let user = &team.server.keys.user;
    let all = team.run(user, &["settings", "get"]).ended(0).out;
    assert!(all.contains("expiry-days") && all.contains("30, 14, 3, 1"), "{all}");
    assert_eq!(team.run(user, &["settings", "get", "inactivity-days"]).ended(0).out, "30\n");
    assert_eq!(team.run(user, &["settings", "get", "expiryDays"]).ended(0).out, "none\n");
    let json = team.run(user, &["settings", "get", "--json"]).ended(0).json();
    assert_eq!(json["meta"]["settings"]["version"], 1);
    team.run(user, &["settings", "get", "colour"]).ended(2).says("the settings are members-may-generate");
}

#[test]
fn a_change_is_foretold_confirmed_and_made() {
    let team = Team::new();
    let admin = &team.server.keys.admin;
    let set = ["settings", "set", "expiry-days=90", "max-keys-per-user=10"];
    let dry =
        team.run(admin, &[&set[..], &["--dry-run"]].concat()).ended(0).says("6 keys would expire at another time");
    assert_eq!(dry.out, "expiry-days: none -> 90\nmax-keys-per-user: none -> 10\n");
    assert!(dry.err.contains("Every key expires after: none -> 90 days") && dry.err.contains("first key"), "{dry:?}");
    assert_eq!(team.run(admin, &["settings", "get", "expiry-days"]).ended(0).out, "none\n");
    team.run(admin, &set).ended(3).says("there is no terminal");
    let looked = team.run(admin, &["settings", "preview", "expiry-days=90", "--json"]).ended(0).json();
    assert_eq!((&looked["meta"]["impact"]["changesExpiry"], &looked["meta"]["dryRun"]), (&json!(6), &json!(true)));
    assert_eq!(looked["data"].as_array().map(Vec::len), Some(6));
    assert_eq!(looked["meta"]["impact"]["byDay"].as_array().map(Vec::len), Some(60));
    let done = team.run(admin, &[&set[..], &["--yes", "--json"]].concat()).ended(0).json();
    assert_eq!(
        (&done["meta"]["settings"]["expiryDays"], &done["meta"]["settings"]["version"]),
        (&json!(90), &json!(2))
    );
    team.run(admin, &[&set[..], &["--yes"]].concat()).ended(0).says("nothing to change");
    team.run(&team.server.keys.user, &["settings", "set", "expiry-days=1", "--yes"]).ended(3);
    team.run(admin, &["settings", "set", "expiry-days=1", "--yes"]).ended(1).says("lockout");
    for (wrong, told) in
        [("expiry-days", "NAME=VALUE"), ("expiry-days=soon", "1 to 3650"), ("expire-days=1", "did you mean")]
    {
        team.run(admin, &["settings", "set", wrong, "--yes"]).ended(2).says(told);
    }
}

#[test]
fn a_policy_file_is_planned_and_applied() {
    let team = Team::new();
    let admin = &team.server.keys.admin;
    let file = team.home.path("policy.toml");
    std::fs::write(&file, "expiry-days = 365\nmembers-access = \"read\"\nnotify-before-days = [7, 1]\n").unwrap();
    let path = file.to_str().unwrap();
    let plan = team.run(admin, &["settings", "apply", path, "--dry-run"]).ended(0).out;
    assert_eq!(
        plan,
        "expiry-days: none -> 365\nnotify-before-days: 30, 14, 3, 1 -> 7, 1\nmembers-access: full -> read\n"
    );
    team.run(admin, &["settings", "apply", path, "--yes"]).ended(0);
    assert_eq!(team.run(admin, &["settings", "get", "members-access"]).ended(0).out, "read\n");
    team.run(admin, &["settings", "apply", path, "--yes"]).ended(0).says("nothing to change");
    std::fs::write(&file, "expiry = 365\n").unwrap();
    team.run(admin, &["settings", "apply", path, "--yes"]).ended(2).says("policy.toml");
    team.run(admin, &["settings", "apply", "/nowhere.toml"]).ended(2).says("cannot read");
}

#[test]
fn what_becomes_of_exposed_keys_has_to_be_said() {
    let team = Team::new();
    let (admin, user) = (&team.server.keys.admin, &team.server.keys.user);
    let made = team.make(user, &["leaked"]);
    team.report(&made[0].1, "https://github.example/acme/deploy#1");
    let set = ["settings", "set", "auto-revoke-exposed=on", "--yes"];
    team.run(admin, &set).ended(2).says("--exposed revoke, or --exposed ignore");
    team.run(admin, &[&set[..], &["--exposed", "ignore"]].concat()).ended(0);
    assert_eq!(team.run(user, &["show", made[0].0.as_str(), "--json"]).ended(0).json()["data"][0]["status"], "enabled");
    team.run(admin, &["settings", "set", "auto-revoke-exposed=off", "--yes"]).ended(0);
    let revoke = team.run(admin, &[&set[..], &["--exposed", "revoke"]].concat()).ended(0);
    assert!(revoke.err.contains("1 key would be revoked"), "{revoke:?}");
    assert_eq!(team.run(user, &["show", made[0].0.as_str(), "--json"]).ended(0).json()["data"][0]["status"], "revoked");
}

#[test]
fn every_key_of_the_team_is_revoked_but_those_left_out() {
    let team = Team::new();
    let (admin, user) = (&team.server.keys.admin, &team.server.keys.user);
    let made = team.make(user, &["goes", "stays"]);
    let all = ["revoke", "--all", "--except", made[1].0.as_str()];
    let dry = team.run(admin, &[&all[..], &["--dry-run", "--json"]].concat()).ended(0).says("Left out: stays");
    assert!(dry.err.contains("the key this command itself uses") && dry.err.contains("OWNER"), "{dry:?}");
    team.run(admin, &all).ended(3).says("there is no terminal");
    team.run(admin, &["revoke", "--all", "--tab", "team", "--yes"]).ended(2).says("--tab goes with a filter");
    team.run(admin, &["revoke", "--all", "--except", "01JZZZZZZZZZZZZZZZZZZZZZZZ", "--yes"])
        .ended(2)
        .says("no key has the id");
    team.run(admin, &[&all[..], &["--yes", "--max", "1"]].concat()).ended(2).says("more than 1");
    let done = team.run(admin, &[&all[..], &["--yes", "--json", "--note", "drill"]].concat()).ended(1).json();
    // the first keys of user, colleague, scanner and verifier, and one more; the superadmin's is not an admin's to revoke
    assert_eq!((&done["meta"]["revoked"], &done["meta"]["forbidden"]), (&json!(5), &json!(1)));
    team.run(admin, &["list", "--tab", "team"]).ended(0);
    team.run(user, &["list"]).ended(3);
    let shown = team.run(admin, &["show", made[1].0.as_str(), "--json"]).ended(0).json();
    assert_eq!(shown["data"][0]["status"], "enabled");
}

#[test]
fn disabled_for_a_while() {
    let team = Team::new();
    let user = &team.server.keys.user;
    let made = team.make(user, &["tried"]);
    let id = made[0].0.as_str();
    team.run(user, &["disable", id, "--for", "10m", "--yes"]).ended(0);
    let shown = team.run(user, &["show", id, "--json"]).ended(0).json();
    assert_eq!(shown["data"][0]["status"], "disabled");
    assert!(shown["data"][0]["disabledUntil"].is_string(), "{shown}");
    for wrong in ["8d", "soon", "0m"] {
        team.run(user, &["disable", id, "--for", wrong, "--yes"]).ended(2);
    }
    assert_eq!(
        team.run(user, &["changes", "list", "--json"]).ended(0).json()["data"],
        json!([]),
        "nothing to go on with"
    );
}
