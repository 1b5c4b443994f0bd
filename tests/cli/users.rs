//! `keydeck server user …`, `keydeck server recover` and `keydeck users …`.

use serde_json::json;

use crate::program::Home;
use crate::team::Team;

fn key_of(home: &Home, args: &[&str]) -> String {
    let ran = home.run(args).ended(0).says("told this once");
    ran.out.strip_suffix('\n').unwrap().to_owned()
}

fn team() -> (Home, String) {
    let home = Home::new();
    let key = key_of(&home, &["server", "init", "--team", "Acme", "--email", "ana@acme.example"]);
    (home, key)
}

fn listed(home: &Home) -> serde_json::Value {
    home.run(&["server", "user", "list", "--json"]).ended(0).json()
}

#[test]
fn users_are_added_changed_and_listed() {
    let (home, first) = team();
    let add = ["server", "user", "add", "--name", "Ben Ito", "--email", "ben@acme.example", "--role", "user"];
    let key = key_of(&home, &add);
    assert!(key.starts_with("kdk_") && key != first);
    home.run(&add).ended(2).says("already");
    home.run(&["server", "user", "role", "ben@acme.example", "admin", "scanner"]).ended(0).says("admin, scanner");
    home.run(&["server", "user", "deactivate", "BEN@acme.example"]).ended(0).says("not active");
    let document = listed(&home);
    assert_eq!(document["meta"], json!({ "total": 2 }));
    let ben = &document["data"][1];
    assert_eq!((&ben["id"], &ben["name"], &ben["active"]), (&json!(2), &json!("Ben Ito"), &json!(false)));
    assert_eq!(ben["roles"], json!(["admin", "scanner"]));
    let table = home.run(&["server", "user", "list"]).ended(0).out;
    assert!(table.starts_with("ID") && table.contains("ben@acme.example") && table.contains("superadmin"), "{table}");
    assert!(!home.log().contains(&key) && !table.contains("kdk_"));
}

#[test]
fn the_last_superadmin_stays_one() {
    let (home, _) = team();
    home.run(&["server", "user", "deactivate", "ana@acme.example"]).ended(2).says("last active superadmin");
    home.run(&["server", "user", "role", "ana@acme.example", "user"]).ended(2).says("last active superadmin");
    assert_eq!(listed(&home)["data"][0]["roles"], json!(["superadmin"]));
}

#[test]
fn what_cannot_be_is_told() {
    let (home, _) = team();
    home.run(&["server", "user", "deactivate", "zoe@acme.example"]).ended(2).says("user list");
    home.run(&["server", "recover", "--email", "zoe@acme.example"]).ended(2).says("user list");
    home.run(&["server", "user", "role", "ana@acme.example", "king"]).ended(2).says("superadmin");
    home.run(&["server", "user", "add", "--name", "B", "--email", "nobody", "--role", "user"]).ended(2).says("email");
    Home::new().run(&["server", "user", "list"]).ended(2).says("keydeck server init");
}

#[test]
fn whoever_has_the_machine_gets_back_in() {
    let (home, _) = team();
    let email = "ben@acme.example";
    let add = ["server", "user", "add", "--name", "Ben", "--email", email, "--role", "user"];
    let first = key_of(&home, &add);
    home.run(&["server", "user", "deactivate", email]).ended(0);
    let recover = ["server", "recover", "--email", email];
    let dry = home.run(&[&recover[..], &["--dry-run"]].concat()).ended(0).says("a superadmin; now they are: user");
    dry.says("not active, and become so; 1 key that their leaving stopped is accepted again");
    home.run(&recover).ended(3).says("there is no terminal");
    assert_eq!(listed(&home)["data"][1]["active"], json!(false), "nobody was asked, and nothing done");
    let key = key_of(&home, &[&recover[..], &["--yes"]].concat());
    assert!(key.starts_with("kdk_") && key != first);
    let ben = &listed(&home)["data"][1];
    assert_eq!((&ben["roles"], &ben["active"]), (&json!(["user", "superadmin"]), &json!(true)));
    assert!(!home.log().contains(&key));
}

#[test]
fn a_superadmin_changes_users_from_anywhere() {
    let team = Team::new();
    let superadmin = &team.server.keys.superadmin;
    let user = &team.server.keys.user;
    let listed = || team.run(superadmin, &["users", "list", "--json"]).ended(0).json();
    let of = |document: &serde_json::Value, field: &str| {
        let users = document["data"].as_array().unwrap();
        users.iter().find(|row| row["email"] == "user@test.example").unwrap()[field].clone()
    };
    assert_eq!(of(&listed(), "active"), json!(true));
    assert!(team.run(superadmin, &["users", "list"]).ended(0).out.contains("user@test.example"));

    let deactivate = ["users", "deactivate", "USER@test.example"];
    team.run(superadmin, &deactivate).ended(3).says("there is no terminal");
    let dry = team.run(superadmin, &[&deactivate[..], &["--dry-run"]].concat()).ended(0);
    assert!(dry.out.contains("stops 1 key, "), "{dry:?}");
    team.run(user, &["list"]).ended(0);
    team.run(superadmin, &[&deactivate[..], &["--yes"]].concat()).ended(0);
    assert_eq!(of(&listed(), "active"), json!(false));
    team.run(user, &["list"]).ended(3);
    let again = team.run(superadmin, &[&deactivate[..], &["--yes", "--json"]].concat()).ended(0).json();
    assert_eq!(again["data"][0]["outcome"], "alreadyInactive");

    let id = of(&listed(), "id").to_string();
    team.run(superadmin, &["users", "activate", &id, "--yes"]).ended(0);
    team.run(user, &["list"]).ended(0);
    let role = ["users", "role", "user@test.example", "admin", "scanner", "--yes", "--json"];
    let changed = team.run(superadmin, &role).ended(0).json();
    assert_eq!(
        (&changed["data"][0]["outcome"], of(&listed(), "roles")),
        (&json!("changed"), json!(["admin", "scanner"]))
    );
}

#[test]
fn who_may_not_change_users_is_told_before_and_denied_after() {
    let team = Team::new();
    let (admin, superadmin) = (&team.server.keys.admin, &team.server.keys.superadmin);
    let deactivate = ["users", "deactivate", "user@test.example"];
    let foreseen = team.run(admin, &[&deactivate[..], &["--dry-run", "--json"]].concat()).ended(3).json();
    assert_eq!(foreseen["data"][0]["outcome"], "forbidden");
    team.run(admin, &[&deactivate[..], &["--yes"]].concat()).ended(3);
    team.run(superadmin, &["users", "deactivate", "nobody@test.example", "--yes"]).ended(2).says("there is no user");
    team.run(superadmin, &["users", "role", "root@test.example", "user", "--yes"]).ended(1);
    team.run(&team.server.keys.user, &["users", "list"]).ended(3);
}
