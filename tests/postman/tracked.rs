//! Keys that the API lists not, with the built program: written down, changed, asked about.

use serde_json::{Value, json};

use crate::api::{Postman, api_key, me};
use crate::cli::home;
use crate::program::Home;

fn add(home: &Home, value: &str) -> String {
    let ran = home.run_reading(&["track", "add", "ci", "--expires", "2099-01-31", "--value"], &[], value).ended(0);
    ran.out.trim().to_owned()
}

fn rows(home: &Home) -> Vec<Value> {
    home.run(&["track", "list", "--json"]).ended(0).json()["data"].as_array().unwrap().clone()
}

#[test]
fn what_is_named_is_changed_and_the_rest_stays() {
    let server = Postman::start();
    let home = home(&server);
    let id = add(&home, &api_key(5));
    let edited = home.run(&["track", "edit", "ci", "--name", "deploy", "--owner", "Ana", "--contact", "a@x.example"]);
    edited.ended(0).says("is changed");
    let before = rows(&home).remove(0);
    assert_eq!(
        (&before["name"], &before["owner"], &before["contacts"]),
        (&json!("deploy"), &json!("Ana"), &json!(["a@x.example"]))
    );
    assert_eq!(before["expiresAt"], "2099-01-31T00:00:00.000Z");
    // by the beginning of its id; another value, and what was said stays
    home.run_reading(&["track", "edit", &id[..12], "--value"], &[], api_key(6)).ended(0);
    let after = rows(&home).remove(0);
    assert_ne!(after["fingerprint"], before["fingerprint"]);
    assert_eq!((&after["name"], &after["owner"]), (&before["name"], &before["owner"]));
    // nobody is told any more, and it is the profile's own again
    home.run(&["track", "edit", "deploy", "--contact", "", "--owner", "", "--expires", "never"]).ended(0);
    let last = rows(&home).remove(0);
    assert_eq!((&last["contacts"], &last["owner"]), (&json!([]), &Value::Null));
    home.run(&["track", "edit", "deploy"]).ended(2).says("nothing is to be changed");
    home.run(&["track", "edit", "gone", "--name", "x"]).ended(2).says("no key that is written down is called gone");
    home.run(&["track", "edit", "deploy", "--expires", "soon"]).ended(2).says("--expires");
    assert!(server.lines().is_empty(), "no server is asked");
    for file in ["state", "config"] {
        let kept = std::process::Command::new("grep").args(["-r", &api_key(6)]).arg(home.path(file)).output().unwrap();
        assert_eq!(kept.stdout.len(), 0, "the value is kept");
    }
}

#[test]
fn a_probe_asks_with_the_value_and_writes_down_what_it_heard() {
    let server = Postman::start();
    let home = home(&server);
    add(&home, &api_key(5));
    server.team().accepted.push((api_key(5), me(8, "Ben")));
    let ran = home.run_reading(&["track", "probe", "ci", "--value"], &[], api_key(5)).ended(0);
    assert!(ran.out.contains("is accepted, as Ben"), "{ran:?}");
    let ran = ran.says("costs one call of the month's allowance");
    let with_it =
        |server: &Postman| server.asked().iter().filter(|asked| asked.header("x-api-key") == Some(&api_key(5))).count();
    assert_eq!(with_it(&server), 1);
    assert!(!ran.out.contains(&api_key(5)) && !home.log().contains(&api_key(5)));
    assert_eq!((&rows(&home)[0]["heard"], &rows(&home)[0]["state"]), (&json!("accepted"), &json!("live")));
    // dead meanwhile
    server.team().accepted.pop();
    let ran = home.run_reading(&["track", "probe", "ci", "--value", "--prove", "--json"], &[], api_key(5)).ended(1);
    assert_eq!(ran.json()["meta"]["verdict"], "refused");
    assert_eq!(with_it(&server), 2, "twice, and a made-up one in between");
    assert_eq!(rows(&home)[0]["state"], "refused");
    // another value is sent to nobody
    let ran = home.run_reading(&["track", "probe", "ci", "--value"], &[], api_key(9)).ended(2);
    ran.says("that is another value than ci's: nothing was sent");
    assert!(server.asked().iter().all(|asked| asked.header("x-api-key") != Some(&api_key(9))));
    home.run_reading(&["track", "add", "okta", "--kind", "scim-key", "--no-value"], &[], "").ended(0);
    home.run_reading(&["track", "probe", "okta", "--value"], &[], "x").ended(5).says("cannot be asked");
}
