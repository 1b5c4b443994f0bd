//! A leaked key: found by the last five characters that the list shows, deleted by a call, and proven dead.

use chrono::Utc;
use serde_json::json;

use crate::cli::logged_in;
use crate::gov_sg::{ALICE, GovSg};
use crate::program::Home;

fn contain(home: &Home, more: &[&str], value: &str) -> crate::program::Ran {
    let out = home.path("evidence");
    std::fs::create_dir_all(&out).unwrap();
    home.run_reading(&[&["contain", "-", "--json"], more, &["--out", out.to_str().unwrap()]].concat(), &[], value)
}

#[test]
fn a_leaked_key_is_deleted_and_proven_dead() {
    let server = GovSg::start();
    let home = logged_in(&server);
    let leaked = server.service().make(ALICE, "grants/mail", Some(&["a@b.example"]), Utc::now());
    server.service().make(ALICE, "another", Some(&["a@b.example"]), Utc::now());
    server.asked();
    let ran = contain(&home, &["--yes"], &format!("Authorization: Bearer {}\n", leaked.value)).ended(0);
    let document = ran.json();
    let row = &document["data"][0];
    assert_eq!(
        (&row["known"], &row["standing"], &row["outcome"]),
        (&json!("ours"), &json!("proven"), &json!("revoked"))
    );
    assert_eq!((&row["key"]["byMask"], &row["key"]["onlyRevocable"]), (&json!(true), &json!(true)));
    // nothing is said of a use that nobody told
    assert_eq!(row["key"]["lastUsed"], "not told");
    assert_eq!(server.service().labels(), ["another"]);
    let asked = server.asked();
    let deleted = asked.iter().filter(|asked| asked.method == "DELETE").count();
    assert_eq!(deleted, 1);
    // asked with the value alone, over a client without any cookie
    let tried: Vec<_> = asked.iter().filter(|asked| asked.header("authorization").is_some()).collect();
    assert!(tried.len() >= 4 && tried.iter().all(|asked| asked.header("cookie").is_none()), "{tried:?}");
    assert!(!ran.out.contains(&leaked.value) && !home.log().contains(&leaked.value));
}

#[test]
fn freezing_is_not_offered_where_no_call_does_it() {
    let server = GovSg::start();
    let home = logged_in(&server);
    let leaked = server.service().make(ALICE, "mail", Some(&["a@b.example"]), Utc::now());
    let ran = contain(&home, &["--yes", "--freeze"], &leaked.value);
    assert_ne!(ran.code, Some(0), "{ran:?}");
    assert_eq!(server.service().labels(), ["mail"], "nothing else was done instead");
    assert!(server.accepts(&leaked.value));
}

#[test]
fn a_use_that_is_not_told_is_never_called_none() {
    let server = GovSg::start();
    let home = logged_in(&server);
    server.service().make(ALICE, "mail", Some(&["a@b.example"]), Utc::now());
    let listed = home.run(&["list"]).ended(0);
    assert!(listed.out.contains("not told") && !listed.out.contains("never"), "{listed:?}");
    let unused = home.run(&["list", "--filter", "used:never", "--json"]).ended(0).json();
    assert_eq!(unused["data"], json!([]));
    let row = home.run(&["list", "--json"]).ended(0).json()["data"][0].clone();
    assert_eq!(row["lastUsedAt"], "not told");
}
