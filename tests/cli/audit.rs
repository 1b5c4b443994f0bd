//! `keydeck audit verify`.

use crate::program::Home;

fn team(home: &Home) {
    home.run(&["server", "init", "--team", "Acme", "--email", "ana@acme.example"]).ended(0);
}

#[test]
fn a_whole_log_tells_its_head_which_a_later_run_is_held_to() {
    let home = Home::new();
    team(&home);
    let ran = home.run(&["audit", "verify"]).ended(0).says("whole").says("--expect");
    let head = ran.out.trim_end().to_owned();
    assert!(head.starts_with("2:"), "{head}");
    let again = home.run(&["audit", "verify", "--expect", &head]).ended(0).says("head that was kept");
    assert_eq!(again.out.trim_end(), head);
    let document = home.run(&["audit", "verify", "--json", "--expect", &head]).ended(0).json();
    let told = serde_json::json!([{ "outcome": "whole", "seq": 2, "head": head }]);
    assert_eq!((&document["data"], &document["meta"]["expected"]), (&told, &serde_json::json!(head)));
    let cut = format!("7:{}", "a".repeat(64));
    let document = home.run(&["audit", "verify", "--json", "--expect", &cut]).ended(1).says("removed").json();
    assert_eq!((&document["data"][0]["outcome"], &document["data"][0]["seq"]), (&"missing".into(), &3.into()));
    let beyond = format!("7:{}", "a".repeat(64));
    let ran = home.run(&["audit", "verify", "--expect", &beyond]).ended(1).says("entry 3 was removed");
    assert_eq!(ran.out, "");
    let other = format!("1:{}", "a".repeat(64));
    home.run(&["audit", "verify", "--expect", &other]).ended(1).says("entry 1").says("kept");
}

#[test]
fn what_cannot_be_verified_is_a_matter_of_usage() {
    let home = Home::new();
    home.run(&["audit", "verify"]).ended(2).says("keydeck server init");
    home.run(&["audit", "verify", "--expect", "nonsense"]).ended(2).says("SEQ:HASH");
    home.run(&["--profile", "prod", "audit", "verify"]).ended(2).says("--profile");
}
