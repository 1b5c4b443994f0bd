//! `keydeck show`: keys in full.

use keydeck::domain::secret::Secret;
use keydeck::domain::team::Role;

use crate::server::TestServer;
use crate::team::Team;

#[test]
fn a_key_is_shown_by_its_id_or_by_its_value() {
    let team = Team::new();
    let user = &team.server.keys.user;
    let made = team.make(user, &["ci\u{202e}"]);
    let id = made[0].0.as_str();
    let ran = team.run(user, &["show", id]).ended(0);
    for text in ["ci\\u{202e}", "user@test.example", id, "UTC", "enabled"] {
        assert!(ran.out.contains(text), "{text}\n{}", ran.out);
    }
    let by_value = team.run_reading(user, &["show", "-"], &format!("{}\n", made[0].1.expose())).ended(0);
    assert_eq!(by_value.out, ran.out);
    assert!(!team.home.log().contains(made[0].1.expose()));
    team.run_reading(user, &["show", "-"], "kdk_nothing\n").ended(1).says("no key that you may see");
    team.run_reading(user, &["show", "-"], "\n").ended(2).says("no value");
}

#[test]
fn what_is_not_there_is_told_beside_what_is() {
    let team = Team::new();
    let user = &team.server.keys.user;
    let made = team.make(user, &["a"]);
    let collection = team.make_collection_key(user, "12345-collection");
    let ids = ["show", made[0].0.as_str(), "gone", collection.as_str(), "--json"];
    let document = team.run(user, &ids).ended(1).says("not found: gone").json();
    assert_eq!(document["data"][0]["id"], made[0].0.as_str());
    assert_eq!(document["data"][1]["collectionId"], "12345-collection");
    assert_eq!(document["meta"]["notFound"], serde_json::json!(["gone"]));
    team.run(&team.server.keys.colleague, &["show", made[0].0.as_str()]).ended(1).says("not found");
    let ran = team.run(user, &["show", made[0].1.expose()]).ended(2).says("show -");
    assert!(!ran.err.contains(made[0].1.expose()));
}

#[test]
fn an_admin_sees_the_findings_that_name_a_key() {
    let mut team = Team::new();
    team.server = TestServer::seeded_blocking(60, Role::Admin);
    let admin: Secret = team.server.keys.admin.duplicate();
    let exposed = team.run(&admin, &["list", "--tab", "exposed", "--json"]).ended(0).json();
    let rows = exposed["data"].as_array().unwrap();
    let finding = rows.iter().find(|row| row["apiKeyId"].is_string()).unwrap();
    let id = finding["apiKeyId"].as_str().unwrap();
    let shown = team.run(&admin, &["show", id, "--json"]).ended(0).json();
    let findings = shown["data"][0]["findings"].as_array().unwrap();
    assert!(findings.iter().any(|shown| shown["secretId"] == finding["secretId"]), "{shown}");
    assert!(team.run(&admin, &["show", id]).ended(0).out.contains("Finding"));

    let all = team.run(&admin, &["list", "--tab", "team", "--json"]).ended(0).json();
    if let Some(newer) = all["data"].as_array().unwrap().iter().find(|row| row["rotatedFrom"].is_string()) {
        let older = newer["rotatedFrom"].as_str().unwrap();
        let shown = team.run(&admin, &["show", older, "--json"]).ended(0).json();
        assert!(shown["data"][0]["rotatedTo"].as_array().unwrap().contains(&newer["id"]), "{shown}");
    }
}
