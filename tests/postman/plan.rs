//! What keydeck does beside the lists on Postman's API: the plan's usage, an exam, keys that are written down.

use serde_json::Value;

use crate::api::{Postman, api_key};
use crate::cli::home;

#[test]
fn a_plan_that_is_nearly_used_up_ends_with_1() {
    let server = Postman::start();
    let home = home(&server);
    // 8123 of 10000 calls
    let used = home.run(&["usage", "--json"]).ended(1).json();
    let calls = used["data"].as_array().unwrap().iter().find(|row| row["usage"] == 8123).unwrap();
    assert_eq!((&calls["limit"], &calls["percent"], &calls["reached"]), (&10_000.into(), &81.into(), &true.into()));
    home.run(&["usage", "--warn", "82"]).ended(0);
    home.run(&["usage", "--warn", "0"]).ended(2);
}

#[test]
fn an_exam_makes_no_key_where_no_call_makes_one_and_changes_nothing() {
    let server = Postman::start();
    let home = home(&server);
    let seen = home.run(&["backend", "exam", "pets", "--read-only", "--json"]).ended(0).json();
    let of = |question: &str| -> Value {
        let rows = seen["data"].as_array().unwrap();
        rows.iter().find(|row| row["question"] == question).unwrap_or_else(|| panic!("{question}: {seen}")).clone()
    };
    assert_eq!((&of("ownValue")["outcome"], &of("madeUp")["outcome"]), (&"seen".into(), &"seen".into()));
    assert!(of("madeUp")["says"].as_str().unwrap().contains("401"), "{seen}");
    assert!(of("probeCost")["says"].as_str().unwrap().contains("month"), "{seen}");
    assert!(server.asked().iter().all(|asked| asked.method == "GET"), "nothing is changed");
}

#[test]
fn a_key_that_is_written_down_is_listed_found_by_its_value_and_forgotten() {
    let server = Postman::start();
    let home = home(&server);
    let value = api_key(55);
    let added = home.run_reading(&["track", "add", "ci", "--value"], &[], &value).ended(0);
    let id = added.out.trim();
    let listed = home.run(&["list", "--json"]).ended(0).json();
    assert_eq!((&listed["data"][0]["id"], &listed["data"][0]["name"]), (&id.into(), &"ci".into()));
    let shown = home.run_reading(&["show", "-"], &[], &value);
    assert!(shown.out.contains("ci"), "{shown:?}");
    home.run(&["track", "remove", id, "--yes"]).ended(0);
    assert_eq!(home.run(&["list", "--json"]).ended(0).json()["data"], Value::Array(Vec::new()));
    for told in [&added, &shown] {
        assert!(!told.out.contains(&value) && !told.err.contains(&value), "a value was shown");
    }
    for asked in server.asked() {
        assert!(asked.method == "GET" || asked.line().starts_with("POST /detected-secrets-queries"), "{asked:?}");
        assert!(!asked.line().contains(&value) && !asked.body.contains(&value), "a value was sent");
    }
    assert!(!home.log().contains(&value));
}
