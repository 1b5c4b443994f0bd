//! A leaked collection access key: the API finds no key by its value, but lists the ends of each.

use std::path::PathBuf;

use serde_json::json;

use crate::api::{Asked, Postman, token};
use crate::cli::home;
use crate::program::{Home, Ran};

fn contain(home: &Home, value: &str) -> Ran {
    let out = home.path("evidence");
    std::fs::create_dir_all(&out).unwrap();
    home.run_reading(&["contain", "-", "--yes", "--json", "--out", out.to_str().unwrap()], &[], value)
}

fn deleted(server: &Postman) -> Vec<String> {
    server.asked().iter().filter(|asked| asked.method == "DELETE").map(Asked::line).collect()
}

#[test]
fn a_leaked_collection_access_key_is_found_by_its_end_deleted_and_proven_dead() {
    let server = Postman::start();
    let home = home(&server);
    let value = token("7Q2A");
    let ran = contain(&home, &format!("GET /collections/7-x?access_key={value} 200\n")).ended(0);
    let document = ran.json();
    let row = &document["data"][0];
    assert_eq!(
        (&row["known"], &row["standing"], &row["outcome"]),
        (&json!("ours"), &json!("proven"), &json!("revoked"))
    );
    assert_eq!((&row["key"]["id"], &row["key"]["byMask"]), (&json!("a1=="), &json!(true)));
    assert_eq!(deleted(&server), ["DELETE /collection-access-keys/a1%3D%3D"]);
    let report = PathBuf::from(document["meta"]["bundle"].as_str().unwrap()).join("report.md");
    let report = std::fs::read_to_string(report).unwrap();
    assert!(report.contains("found by the ends of the pasted value"), "{report}");
    assert!(!report.contains(&value) && !ran.out.contains(&value) && !home.log().contains(&value));
}

#[test]
fn several_that_end_alike_are_listed_and_none_is_touched() {
    let server = Postman::start();
    let masked = server.team().keys[0]["token"].clone();
    server.team().keys[1]["token"] = masked;
    let home = home(&server);
    let ran = contain(&home, &token("7Q2A"));
    assert_eq!(deleted(&server), [""; 0]);
    let row = ran.json()["data"][0].clone();
    assert_eq!(row["known"], "notKnown", "{ran:?}");
    let told = format!("{}{}", ran.out, ran.err);
    assert!(told.contains("2 keys end like it") && told.contains("a1==") && told.contains("b2/+="), "{ran:?}");
}

#[test]
fn a_pasted_value_shows_the_keys_that_end_like_it() {
    let server = Postman::start();
    let home = home(&server);
    let ran = home.run_reading(&["show", "-"], &[], token("7Q2A")).ended(0);
    assert!(ran.out.contains("7-0a1b2c3d"), "{ran:?}");
    ran.says("ends like that of a1==; another key's may, too");
    let ran = home.run_reading(&["show", "-", "--json"], &[], token("7Q2A")).ended(0);
    assert_eq!(ran.json()["meta"]["values"][0]["alike"], json!(["a1=="]));
    home.run_reading(&["show", "-"], &[], token("0000")).ended(1);
    let sent = server.asked();
    assert!(sent.iter().all(|asked| !asked.line().contains("access_key")), "a use would let it live longer");
}
