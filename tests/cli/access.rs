//! `--access`, and a key in use that may only read or nothing.

use keydeck::domain::secret::Secret;

use crate::team::Team;

/// Makes a key with this access, and gives its id and its value.
fn made(team: &Team, owner: &Secret, access: &str) -> (String, Secret) {
    let args = ["create", "--name", access, "--access", access, "--print-secret", "--json"];
    let made = team.run(owner, &args).ended(0).json();
    assert_eq!(made["data"][0]["access"], access);
    let value = Secret::new(made["data"][0]["value"].as_str().unwrap().to_owned());
    (made["data"][0]["id"].as_str().unwrap().to_owned(), value)
}

#[test]
fn keys_are_made_listed_and_shown_with_what_they_may_do() {
    let team = Team::new();
    let user = &team.server.keys.user;
    let (none, _) = made(&team, user, "none");
    let (read, _) = made(&team, user, "read");
    team.run(user, &["create", "--name", "x", "--access", "some", "--print-secret"]).ended(2).says("full, read, none");
    let dry = team.run(user, &["create", "--name", "x", "--access", "none", "--dry-run"]).ended(0);
    assert!(dry.out.contains("access: none"), "{}", dry.out);
    for (filter, id) in [("access:none", &none), ("access:read", &read), ("-access:full,read", &none)] {
        let rows = team.run(user, &["list", "--filter", filter, "--json"]).ended(0).json();
        let ids: Vec<&str> = rows["data"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap()).collect();
        assert_eq!(ids, [id], "{filter}");
    }
    let csv = team.run(user, &["list", "--csv", "--columns", "id,access", "--sort=-access"]).ended(0).out;
    assert!(csv.starts_with(&format!("id,access\n{none},none\n{read},read\n")), "{csv}");
    let shown = team.run(user, &["show", &none]).ended(0).out;
    assert!(shown.contains("Access") && shown.contains("none: opens what it opens elsewhere"), "{shown}");
    let first = team.run(user, &["list", "--filter", "name:first", "--json"]).ended(0).json();
    let first = first["data"][0]["id"].as_str().unwrap();
    assert!(shown.contains("Made with") && shown.contains(first), "{shown}");
    let told = team.run(user, &["show", &none, "--json"]).ended(0).json();
    assert_eq!((&told["data"][0]["mintedWith"], &told["data"][0]["ownerKind"]), (&first.into(), &"person".into()));
    let shown = team.run(user, &["show", first]).ended(0).out;
    assert!(!shown.contains("Access") && !shown.contains("Made with"), "{shown}");
}

#[test]
fn access_is_narrowed_after_a_question_and_never_widened() {
    let team = Team::new();
    let user = &team.server.keys.user;
    let id = team.make(user, &["ci"])[0].0.to_string();
    team.run(user, &["edit", &id, "--access", "none"]).ended(3).says("--yes");
    let dry = team.run(user, &["edit", &id, "--access", "read", "--dry-run"]).ended(0);
    assert!(dry.out.contains("access: full → read"), "{}", dry.out);
    let edited = team.run(user, &["edit", &id, "--access", "read", "--yes", "--json"]).ended(0).json();
    assert_eq!(edited["data"][0]["access"], "read");
    for how in ["--dry-run", "--yes"] {
        team.run(user, &["edit", &id, "--access", "full", how]).ended(2).says("narrowed");
    }
}

#[test]
fn what_the_key_in_use_may_not_is_foreseen_and_said() {
    let team = Team::new();
    let user = &team.server.keys.user;
    let id = team.make(user, &["ci"])[0].0.to_string();
    let ((_, read), (_, none)) = (made(&team, user, "read"), made(&team, user, "none"));
    team.run(&read, &["list"]).ended(0);
    for args in [vec!["create", "--name", "x", "--print-secret"], vec!["delete", &id], vec!["disable", &id]] {
        let dry = team.run(&read, &[&args[..], &["--dry-run"]].concat()).ended(3);
        assert!(dry.err.contains("access read"), "{args:?}: {}", dry.err);
        let sent = team.run(&read, &[&args[..], &["--yes"]].concat()).ended(3);
        assert!((sent.err + &sent.out).contains("access is read"), "{args:?}");
    }
    let refused = team.run(&none, &["list"]).ended(3);
    assert!(refused.err.contains("access is none"), "{}", refused.err);
}
