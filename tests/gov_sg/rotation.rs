//! A rotation over this backend: in the order that the service's own guide demands, from the command line and in the console.

use chrono::Utc;

use crate::cli::logged_in;
use crate::gov_sg::{ALICE, Asked, Canned, GovSg, Stored};
use crate::program::Home;

fn begun(server: &GovSg) -> (Home, Stored) {
    let old = server.service().make(ALICE, "grants/mail", Some(&["ops@agency.gov.sg"]), Utc::now());
    let home = logged_in(server);
    std::fs::create_dir_all(home.path("app")).unwrap();
    std::fs::write(home.path("app/.env"), format!("KEY={}\n", old.value)).unwrap();
    (home, old)
}

fn sink(home: &Home) -> String {
    format!("env-file:{}:KEY", home.path("app/.env").display())
}

#[test]
fn a_key_is_replaced_in_the_order_of_the_guide_and_the_end_names_the_mail_that_may_come() {
    let server = GovSg::start();
    let (home, old) = begun(&server);
    let id = old.id.to_string();
    let ran = home.run(&["rotate", &id, "--sink", &sink(&home), "--overlap", "none", "--yes"]).ended(0);
    let end = &old.value[old.value.len() - 5..];
    let ran = ran.says("may still send reminders").says(end);
    // and so does what is kept of it
    let kept: Vec<String> = home.names("state/keydeck/rotations");
    let forms = kept.iter().filter(|name| ["md", "json"].iter().any(|form| name.rsplit('.').next() == Some(form)));
    let mut read = 0;
    for file in forms {
        read += 1;
        let text = std::fs::read_to_string(home.path("state/keydeck/rotations").join(file)).unwrap();
        assert!(text.contains("may still send reminders") && text.contains(end), "{text}");
    }
    assert_eq!(read, 2, "{kept:?}");
    let new = server.service().keys[0].clone();
    assert_eq!(std::fs::read_to_string(home.path("app/.env")).unwrap(), format!("KEY={}\n", new.value));
    assert!(server.accepts(&new.value) && !server.accepts(&old.value));
    assert_eq!((server.service().keys.len(), new.contacts), (1, Some(vec!["ops@agency.gov.sg".to_owned()])));
    // made, proven, deleted, and then the old one is tried
    let asked = server.asked();
    let at = |what: &dyn Fn(&Asked) -> bool| asked.iter().position(what).unwrap_or_else(|| panic!("{ran:#?}"));
    let with = |value: &str, asked: &Asked| asked.header("authorization") == Some(&format!("Bearer {value}"));
    let made = at(&|asked| asked.method == "POST");
    let proven = at(&|asked| with(&new.value, asked));
    let deleted = at(&|asked| asked.method == "DELETE");
    let tried = at(&|asked| with(&old.value, asked));
    assert!(made < proven && proven < deleted && deleted < tried, "{made} {proven} {deleted} {tried}");
    assert!(
        asked
            .iter()
            .filter(|asked| asked.header("authorization").is_some())
            .all(|asked| asked.header("cookie").is_none())
    );
    assert!(!home.log().contains(&new.value) && !ran.out.contains(&new.value) && !ran.err.contains(&new.value));
}

#[test]
fn the_overlap_ends_with_the_old_key_at_the_latest() {
    let server = GovSg::start();
    let (home, old) = begun(&server);
    let soon = Utc::now() + chrono::TimeDelta::hours(2);
    server.service().keys[0].valid_until = soon;
    let id = old.id.to_string();
    let ran = home.run(&["rotate", &id, "--sink", &sink(&home), "--overlap", "7d", "--yes", "--json"]).ended(0);
    let ends = ran.json()["data"][0]["overlapEndsAt"].as_str().unwrap_or_default().to_owned();
    assert!(ends.starts_with(&soon.format("%Y-%m-%dT%H:%M").to_string()), "{ran:#?}");
    assert!(server.accepts(&old.value), "both work meanwhile");
    home.run(&["rotations", "resume", "--all", "--yes"]).ended(0);
    assert!(server.accepts(&old.value), "the overlap is not over");
    home.run(&["rotations", "resume", "--all", "--yes"]).ended(0);
}

#[test]
fn an_orphan_of_a_lost_answer_is_named_and_deleted_only_when_that_is_said() {
    let server = GovSg::start();
    let (home, old) = begun(&server);
    server.lose("POST /v1/api-key", Canned::text(502, "bad gateway"));
    let id = old.id.to_string();
    let ran = home.run(&["rotate", &id, "--sink", &sink(&home), "--overlap", "none", "--yes"]).ended(1);
    let orphan = server.service().keys[0].clone();
    let open = home.run(&["rotations", "list", "--json"]).ended(0).json()["data"][0]["id"].as_str().unwrap().to_owned();
    let ran2 = home.run(&["rotations", "resume", &open, "--yes"]);
    let said = format!("{}{}", ran.err, ran2.err);
    assert!(said.contains(&orphan.value[orphan.value.len() - 5..]), "{said}");
    assert!(server.accepts(&orphan.value), "deleted unasked");
    home.run(&["rotations", "resume", &open, "--yes", "--again"]).ended(0);
    assert!(!server.accepts(&orphan.value) && !server.accepts(&old.value));
    assert_eq!(server.service().keys.len(), 1);
}
