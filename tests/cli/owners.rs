//! Services, keys that go from one owner to another, and what leaving stops.

use crate::team::Team;

/// Adds a service; its number.
fn service(team: &Team, name: &str) -> String {
    let args = ["users", "add", "--service", "--name", name, "--contact", "ops@test.example", "--json"];
    let made = team.run(&team.server.keys.admin, &args).ended(0).json();
    assert_eq!((&made["data"][0]["kind"], &made["data"][0]["outcome"]), (&"service".into(), &"created".into()));
    made["data"][0]["id"].to_string()
}

#[test]
fn a_service_is_added_listed_and_given_a_key() {
    let team = Team::new();
    let (admin, user) = (&team.server.keys.admin, &team.server.keys.user);
    let add = ["users", "add", "--service", "--name", "gateway", "--contact", "ops@test.example"];
    team.run(user, &add).ended(3);
    let dry = team.run(user, &[&add[..], &["--dry-run"]].concat()).ended(3);
    assert!(dry.err.contains("it takes an admin"), "{}", dry.err);
    team.run(admin, &["users", "add", "--service", "--name", "gateway"]).ended(2).says("--contact");
    let id = service(&team, "gateway");
    let listed = team.run(admin, &["users", "list"]).ended(0).out;
    assert!(listed.contains("gateway") && listed.contains("(service)"), "{listed}");
    let create = ["create", "--name", "edge", "--owner", "gateway", "--access", "none", "--print-secret", "--json"];
    let made = team.run(admin, &create).ended(0).json();
    let row = &made["data"][0];
    assert_eq!((row["ownerId"].to_string(), &row["ownerKind"]), (id, &"service".into()));
    let key = row["id"].as_str().unwrap();
    let shown = team.run(admin, &["show", key]).ended(0).out;
    assert!(shown.contains("gateway, a service"), "{shown}");
    // what its owner does, an admin does
    team.run(admin, &["regenerate", key, "--print-secret", "--yes"]).ended(0);
    team.run(admin, &["delete", key, "--yes"]).ended(0);
    team.run(user, &["create", "--name", "x", "--owner", "gateway", "--dry-run"]).ended(3);
    team.run(admin, &["create", "--name", "x", "--owner", "nobody", "--dry-run"]).ended(2).says("no user nobody");
}

#[test]
fn a_person_is_added_with_a_first_key_that_goes_where_it_is_asked_to() {
    let team = Team::new();
    let root = &team.server.keys.superadmin;
    let add = ["users", "add", "--name", "Ben Ito", "--email", "ben@test.example", "--role", "user"];
    team.run(root, &add).ended(2).says("the value would go nowhere");
    team.run(&team.server.keys.admin, &[&add[..], &["--print-secret"]].concat()).ended(3);
    let file = team.home.path("ben.key");
    let file = file.to_str().unwrap();
    team.run(root, &[&add[..], &["--write-secret", file]].concat()).ended(0).says("the first key is in");
    let value = keydeck::domain::secret::Secret::new(std::fs::read_to_string(file).unwrap().trim().to_owned());
    team.run(&value, &["list"]).ended(0);
}

#[test]
fn keys_are_handed_over_after_a_review_and_never_to_who_may_more() {
    let team = Team::new();
    let keys = &team.server.keys;
    let made = team.make(&keys.user, &["billing", "report"]);
    let (billing, report) = (made[0].0.as_str(), made[1].0.as_str());
    let id = service(&team, "gateway");
    team.run(&made[0].1, &["list"]).ended(0);
    let over = ["handover", billing, report, "--to", "gateway"];
    let dry = team.run(&keys.admin, &[&over[..], &["--dry-run"]].concat()).ended(0).out;
    for text in ["Hand over 2 keys of 1 person to the service gateway", "billing", "report", "go on working"] {
        assert!(dry.contains(text), "{text}\n{dry}");
    }
    team.run(&keys.admin, &over).ended(3).says("--yes");
    team.run(&keys.user, &[&over[..], &["--dry-run"]].concat()).ended(3);
    let done = team.run(&keys.admin, &[&over[..], &["--yes", "--json"]].concat()).ended(0).json();
    let outcomes: Vec<&str> =
        done["data"].as_array().unwrap().iter().map(|row| row["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["handedOver", "handedOver"]);
    let shown = team.run(&keys.admin, &["show", billing, "--json"]).ended(0).json();
    assert_eq!(shown["data"][0]["ownerId"].to_string(), id);
    team.run(&made[0].1, &["list"]).ended(0);
    // again: they are theirs already
    team.run(&keys.admin, &[&over[..], &["--yes"]].concat()).ended(0);
    let up = ["handover", billing, "--to", "admin@test.example"];
    for how in ["--dry-run", "--yes"] {
        let ran = team.run(&keys.admin, &[&up[..], &[how]].concat()).ended(3);
        assert!(ran.out.contains("become stronger"), "{}", ran.out);
    }
    let by_filter = ["handover", "--tab", "team", "--filter", "owner:gateway", "--to", "user@test.example"];
    team.run(&keys.admin, &[&by_filter[..], &["--max", "1", "--dry-run"]].concat()).ended(2).says("more than 1");
    team.run(&keys.admin, &[&by_filter[..], &["--yes"]].concat()).ended(0);
    team.run(&keys.admin, &["handover", billing, "--to", "nobody", "--dry-run"]).ended(2).says("no user nobody");
}

#[test]
fn what_leaving_stops_is_told_first_and_the_keys_say_why_afterwards() {
    let team = Team::new();
    let keys = &team.server.keys;
    let id = team.make(&keys.user, &["billing"])[0].0.to_string();
    let path = team.server.database.as_str();
    let dry = ["server", "user", "deactivate", "user@test.example", "--database", path, "--dry-run"];
    let told = team.home.run(&dry).ended(0);
    assert!(
        told.err.contains("this stops 2 keys of user@test.example, 0 of them used") && told.err.contains("billing"),
        "{}",
        told.err
    );
    team.run(&keys.user, &["list"]).ended(0);
    team.home.run(&dry[..6]).ended(0).says("none of their keys is accepted");
    let gone = team.run(&keys.admin, &["list", "--tab", "team", "--filter", "owner:gone", "--json"]).ended(0).json();
    let reasons: Vec<&str> =
        gone["data"].as_array().unwrap().iter().map(|row| row["disabledReason"].as_str().unwrap()).collect();
    assert_eq!(reasons, ["ownerLeft", "ownerLeft"]);
    let shown = team.run(&keys.admin, &["show", &id]).ended(0).out;
    assert!(shown.contains("its owner left") && shown.contains("who left"), "{shown}");
    for how in ["--dry-run", "--yes"] {
        let ran = team.run(&keys.admin, &["enable", &id, how]).ended(1);
        assert!((ran.out + &ran.err).contains("owner who left"), "{how}");
    }
    team.run(&keys.admin, &["handover", &id, "--to", "user@test.example", "--yes"]).ended(1).says("not active");
}

#[test]
fn whose_keys_have_all_ended_gets_one_on_the_servers_machine() {
    let team = Team::new();
    let keys = &team.server.keys;
    let key = ["server", "user", "key", "user@test.example", "--database", &team.server.database];
    team.home.run(&key).ended(2).says("they have 1 that work");
    let rows = team.run(&keys.user, &["list", "--json"]).ended(0).json();
    team.run(&keys.admin, &["revoke", rows["data"][0]["id"].as_str().unwrap(), "--yes"]).ended(0);
    let made = team.home.run(&key).ended(0);
    let value = keydeck::domain::secret::Secret::new(made.out.trim().to_owned());
    team.run(&value, &["list"]).ended(0);
    team.home.run(&key).ended(2).says("they have 1 that work");
}

#[test]
fn who_leaves_hands_over_what_is_needed_and_the_rest_stops() {
    let team = Team::new();
    let keys = &team.server.keys;
    let made = team.make(&keys.user, &["billing", "report", "old", "mine"]);
    let [billing, report, old, mine] = [0, 1, 2, 3].map(|at: usize| made[at].0.as_str());
    let gateway = service(&team, "gateway");
    team.run(&keys.user, &["list"]).ended(0);
    let offboard = ["offboard", "user@test.example"];
    // first what would stop
    let plan = team.run(&keys.superadmin, &[&offboard[..], &["--dry-run"]].concat()).ended(0).out;
    assert!(plan.contains("this stops 5 keys of user (user@test.example)") && plan.contains("billing"), "{plan}");
    team.run(&keys.superadmin, &offboard).ended(3).says("--yes");
    team.run(&keys.admin, &[&offboard[..], &["--yes"]].concat()).ended(3).says("superadmin");
    team.run(&keys.superadmin, &["offboard", "root@test.example", "--dry-run"]).ended(3).says("that is you");
    let refused = |extra: &[&str], code, says: &str| {
        team.run(&keys.superadmin, &[&offboard[..], &["--yes"], extra].concat()).ended(code).says(says);
    };
    refused(&["--keys", "hand-over:admin@test.example"], 3, "become stronger");
    refused(&["--keys", "hand-over:user@test.example"], 3, "who leaves");
    refused(&["--key", "zzz=revoke"], 2, "no key of theirs");
    refused(&["--keys", "burn"], 2, "hand-over:WHOM");
    // then what becomes of each
    let [a, b, c] =
        [(billing, "hand-over:gateway"), (report, "disable"), (old, "revoke")].map(|(id, what)| format!("{id}={what}"));
    let chosen = ["--key", &a, "--key", &b, "--key", &c, "--yes", "--json"];
    let done = team.run(&keys.superadmin, &[&offboard[..], &chosen].concat()).ended(0).json();
    assert_eq!(done["meta"]["active"], false, "{done}");
    let outcomes: Vec<&str> =
        done["data"].as_array().unwrap().iter().map(|row| row["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["handedOver", "disabled", "revoked"]);
    let shown = |id: &str| team.run(&keys.admin, &["show", id, "--json"]).ended(0).json()["data"][0].clone();
    assert_eq!((shown(billing)["ownerId"].to_string(), &shown(billing)["status"]), (gateway, &"enabled".into()));
    team.run(&made[0].1, &["list"]).ended(0);
    team.run(&made[3].1, &["list"]).ended(3);
    assert_eq!(shown(mine)["disabledReason"], "ownerLeft");
    // coming back brings back what only leaving stopped
    team.run(&keys.superadmin, &["users", "activate", "user@test.example", "--yes"]).ended(0);
    team.run(&made[3].1, &["list"]).ended(0);
    assert_eq!((&shown(report)["disabledReason"], &shown(old)["status"]), (&"admin".into(), &"revoked".into()));
    assert_eq!(shown(billing)["ownerKind"], "service", "what went over stays there");
}

#[test]
fn on_the_servers_machine_all_of_it_happens_at_once_or_nothing() {
    let team = Team::new();
    let keys = &team.server.keys;
    let made = team.make(&keys.user, &["billing", "old"]);
    let [billing, old] = [0, 1].map(|at: usize| made[at].0.as_str());
    service(&team, "gateway");
    let deactivate = |extra: &[&str]| {
        let args = ["server", "user", "deactivate", "user@test.example", "--database", &team.server.database];
        team.home.run(&[&args[..], extra].concat())
    };
    let [a, b] = [format!("{billing}=hand-over:gateway"), format!("{old}=revoke")];
    let told = deactivate(&["--key", &a, "--key", &b, "--dry-run"]).ended(0).err;
    assert!(told.contains("handed over to gateway") && told.contains("revoked, for ever"), "{told}");
    deactivate(&["--keys", "hand-over:admin@test.example"]).ended(3).says("become stronger");
    team.run(&keys.user, &["list"]).ended(0);
    deactivate(&["--key", &a, "--key", &b]).ended(0).says("not active");
    team.run(&made[0].1, &["list"]).ended(0);
    team.run(&keys.user, &["list"]).ended(3);
    let log = team.run(&keys.admin, &["audit", "--key", billing, "--json"]).ended(0).json();
    let actions: Vec<&str> = log["data"].as_array().unwrap().iter().filter_map(|row| row["action"].as_str()).collect();
    assert!(actions.contains(&"api_key.transfer"), "{actions:?}");
}
