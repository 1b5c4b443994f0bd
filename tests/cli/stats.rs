//! `keydeck stats`.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::team::Team;

fn rows(document: &Value) -> Vec<Value> {
    document["data"].as_array().unwrap().clone()
}

#[test]
fn each_figure_is_what_its_filter_lists() {
    let team = Team::new();
    let admin = &team.server.keys.admin;
    team.make(admin, &["ci-deploy", "nightly"]);
    team.make(&team.server.keys.user, &["notebook"]);
    team.make_collection_key(admin, "12345-0a1b2c3d-0000-4000-8000-0123456789ab");
    let listed = rows(&team.run(admin, &["list", "--tab", "all", "--json"]).ended(0).json());
    let mut of_owners: BTreeMap<i64, u64> = BTreeMap::new();
    for key in &listed {
        *of_owners.entry(key["ownerId"].as_i64().unwrap()).or_default() += 1;
    }
    let by_owner = team.run(admin, &["stats", "--by", "owner", "--json"]).ended(0).json();
    let told: BTreeMap<i64, u64> =
        rows(&by_owner).iter().map(|row| (row["ownerId"].as_i64().unwrap(), row["keys"].as_u64().unwrap())).collect();
    assert_eq!(told, of_owners);
    assert_eq!(by_owner["meta"]["counted"], listed.len());
    for by in ["map", "owner", "state", "collection", "month", "access", "name", "week", "expiry"] {
        let document = team.run(admin, &["stats", "--by", by, "--json"]).ended(0).json();
        for row in rows(&document).iter().filter(|row| row["keys"].as_u64() > Some(0)) {
            let filter = row["filter"].as_str().unwrap();
            let found = team.run(admin, &["list", "--tab", "all", "--filter", filter, "--json"]).ended(0).json();
            assert_eq!(found["meta"]["matched"], row["keys"], "{by}: {filter}");
        }
    }
}

#[test]
fn figures_are_a_table_in_ascii_csv_and_a_drawing() {
    let team = Team::new();
    let admin = &team.server.keys.admin;
    team.make(admin, &["ci-deploy"]);
    let ran = team.run(admin, &["stats"]).ended(0);
    assert!(ran.out.starts_with("rot: ") && ran.out.contains("AGE / USED") && ran.out.is_ascii(), "{}", ran.out);
    let ran = team.run(admin, &["stats", "--by", "week", "--tab", "team"]).ended(0);
    assert!(ran.out.contains("within 13 weeks") && ran.out.contains("week of "), "{}", ran.out);
    let ran = team.run(admin, &["stats", "--by", "state", "--csv"]).ended(0);
    assert!(ran.out.starts_with("group,ownerId,ownerEmail,gone,service,keys,"), "{}", ran.out);
    assert!(ran.out.lines().nth(1).is_some_and(|line| line.starts_with("enabled,")), "{}", ran.out);

    let path = team.home.path("map.svg");
    let shown = path.to_str().unwrap();
    for by in ["map", "owner", "week", "day"] {
        let _ = std::fs::remove_file(&path);
        team.run(admin, &["stats", "--by", by, "--svg", shown]).ended(0).says("drawn into");
        let drawn = std::fs::read_to_string(&path).unwrap();
        assert!(drawn.starts_with("<svg ") && drawn.ends_with("</svg>\n"), "{drawn}");
    }
    team.run(admin, &["stats", "--svg", shown]).ended(2).says("nothing is overwritten");
    let narrow = team.run(admin, &["stats", "--filter", "name:nothing-like-this"]).ended(0);
    assert!(narrow.out.contains("no key is enabled"), "{}", narrow.out);
}

#[test]
fn who_may_not_see_the_team_counts_their_own() {
    let team = Team::new();
    let user = &team.server.keys.user;
    team.make(user, &["notebook"]);
    let mine = rows(&team.run(user, &["list", "--tab", "all", "--json"]).ended(0).json()).len();
    let document = team.run(user, &["stats", "--by", "owner", "--json"]).ended(0).json();
    assert_eq!(document["meta"]["total"], mine);
    assert_eq!(rows(&document).len(), 1);
    team.run(user, &["stats", "--tab", "team"]).ended(3);
}
