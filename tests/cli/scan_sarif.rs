//! `keydeck scan --sarif`: what GitHub's code scanning is given.

use serde_json::{Value, json};

use crate::git::{commit, repository};
use crate::inputs;
use crate::program::{Home, Ran};

/// The document that a scan here prints; it keeps to the schema and tells no value.
#[track_caller]
fn sarif(home: &Home, args: &[&str]) -> Value {
    let args = [&["scan", "--sarif"], args].concat();
    let ran = Ran::of(home.command(&args).current_dir(home.path("work")).output().unwrap()).ended(12);
    for name in ["K0", "K1", "PMAK"] {
        assert!(!ran.out.contains(&inputs::value(name)[8..20]), "{name} was told");
    }
    let schema: Value = serde_json::from_str(include_str!("../schemas/sarif-schema-2.1.0.json")).unwrap();
    let document = ran.json();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let wrong: Vec<String> =
        validator.iter_errors(&document).map(|error| format!("{error} at {}", error.instance_path)).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    document
}

fn results(document: &Value) -> &Vec<Value> {
    document["runs"][0]["results"].as_array().unwrap()
}

fn place(result: &Value) -> &Value {
    &result["locations"][0]["physicalLocation"]
}

fn home() -> Home {
    let home = Home::new();
    std::fs::create_dir_all(home.path("work/a b")).unwrap();
    home
}

#[test]
fn it_keeps_to_the_schema_with_relative_addresses_and_utf_16_columns() {
    let home = home();
    let text = format!("é😀 {0}\nx {0} {1}\n", inputs::value("K0"), inputs::value("PMAK"));
    std::fs::write(home.path("work/a b/x.env"), text).unwrap();
    std::fs::write(home.path("work/old.zip"), "PK\x03\x04").unwrap();
    let document = sarif(&home, &["."]);
    let run = &document["runs"][0];
    assert_eq!((&document["version"], &run["columnKind"]), (&json!("2.1.0"), &json!("utf16CodeUnits")));
    let first = place(&results(&document)[0]);
    assert_eq!(first["artifactLocation"]["uri"], "a%20b/x.env");
    assert_eq!(first["region"], json!({"startLine": 1, "startColumn": 5, "endLine": 1, "endColumn": 45}));
    assert_eq!(results(&document).len(), 3);
    for result in results(&document) {
        let rule = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(run["tool"]["driver"]["rules"][rule]["id"], result["ruleId"]);
        assert!(place(result)["region"]["snippet"].is_null() && place(result)["contextRegion"].is_null());
        assert_eq!((&result["level"], &result["properties"]["history"]), (&json!("warning"), &json!(false)));
    }
    let told = &run["invocations"][0];
    assert_eq!(told["executionSuccessful"], true);
    assert_eq!(told["toolExecutionNotifications"][0]["message"]["text"], "not looked through: old.zip: zip archive");
    // named from the root it is the same address
    let whole = home.path("work").to_string_lossy().into_owned();
    assert_eq!(place(&results(&sarif(&home, &[&whole]))[0])["artifactLocation"]["uri"], "a%20b/x.env");
}

#[test]
fn fingerprints_stay_when_lines_move_and_tell_places_apart() {
    let home = home();
    let line = format!("{}\n", inputs::value("K0"));
    let prints = |before: &str| -> Vec<String> {
        std::fs::write(home.path("work/x"), format!("{before}{line}{line}")).unwrap();
        std::fs::write(home.path("work/y"), &line).unwrap();
        let document = sarif(&home, &["."]);
        let of = |result: &Value| result["partialFingerprints"]["primaryLocationLineHash"].as_str().unwrap().to_owned();
        results(&document).iter().map(of).collect()
    };
    let first = prints("");
    assert_eq!(first.iter().collect::<std::collections::HashSet<_>>().len(), 3, "{first:?}");
    assert_eq!(prints("one more line\n"), first);
}

#[test]
fn findings_of_a_history_are_marked() {
    let home = home();
    let folder = home.path("work");
    repository(&folder);
    let first = commit(&folder, "deploy/.env", format!("\nA={}\n", inputs::value("K1")));
    std::fs::remove_file(folder.join("deploy/.env")).unwrap();
    commit(&folder, "b", "gone\n");
    let document = sarif(&home, &["--git", "."]);
    let result = &results(&document)[0];
    assert_eq!((&result["properties"]["history"], &result["properties"]["commit"]), (&json!(true), &json!(first)));
    assert_eq!(result["properties"]["date"], "2026-10-02T08:15:00+02:00");
    assert!(result["message"]["text"].as_str().unwrap().contains(&format!("In the history: since commit {first}")));
    assert_eq!(place(result)["artifactLocation"]["uri"], "deploy/.env");
}
