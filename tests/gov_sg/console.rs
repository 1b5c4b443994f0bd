//! The console in a pseudo-terminal: log in with a wrong and a right password, make, rotate, and a session that is over
//! half-way.

use std::time::Duration;

use chrono::{TimeDelta, Utc};

use crate::cli::{home, logged_in, mailed};
use crate::gov_sg::{ALICE, GovSg};
use crate::program::{Home, PROGRAM};
use crate::pty::Pty;

/// Longer than a dialog drops what is typed after it opened.
const DIALOG_LISTENS: Duration = Duration::from_millis(600);

fn open(home: &Home, size: (u16, u16)) -> Pty {
    let environment = home.environment();
    let pairs = environment.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    Pty::start(PROGRAM, [], pairs, size)
}

/// Types the right password into the form in front, where the address stands already.
fn log_in(console: &mut Pty, server: &GovSg) {
    console.wait_for("Log in to http://localhost");
    console.settle(DIALOG_LISTENS);
    console.keys("<Enter>");
    console.wait_for("One-time password");
    console.settle(DIALOG_LISTENS);
    console.keys(&mailed(server).to_lowercase());
    console.keys("<Enter>");
}

#[test]
fn somebody_logs_in_with_a_wrong_password_and_then_the_right_one() {
    let server = GovSg::start();
    server.service().make(ALICE, "grants/mail", Some(&["a@b.example"]), Utc::now());
    let home = home(&server);
    let mut console = open(&home, (30, 100));
    console.wait_for("Log in to http://localhost");
    console.settle(DIALOG_LISTENS);
    console.keys(&format!("{ALICE}<Enter>"));
    console.wait_for("One-time password");
    console.wait_for("another can be asked for in");
    console.settle(DIALOG_LISTENS);
    console.keys("abc<Enter>");
    console.wait_for("it has 6 letters and digits");
    console.keys("def");
    console.wait_for("ABCDEF");
    console.keys("<Enter>");
    console.wait_for("Not accepted: the one-time password is wrong");
    console.wait_for("3 more tries with it");
    let otp = mailed(&server);
    console.keys(&otp.to_lowercase());
    console.wait_for(&otp);
    console.keys("<Enter>");
    console.wait_for("grants/mail");
    console.wait_for("Logged in as");
    console.keys("q");
    assert!(console.exit_with_the_terminal_as_it_was().success());
    let bodies = server.asked().iter().filter(|asked| asked.path.ends_with("/login")).count();
    assert_eq!(bodies, 2, "what has another form is not sent");
    // what is kept serves the next one
    home.run(&["list"]).ended(0);
    assert!(!home.log().contains(&otp));
}

#[test]
fn a_session_that_is_over_half_way_is_a_dialog_and_what_was_under_way_goes_on() {
    let server = GovSg::start();
    for name in ["grants/mail", "parks/sms"] {
        server.service().make(ALICE, name, Some(&["a@b.example"]), Utc::now());
    }
    let home = logged_in(&server);
    server.service().pause = Duration::ZERO;
    let mut console = open(&home, (30, 100));
    console.wait_for("parks/sms");
    console.keys("/grants<Enter>");
    console.wait_for("Space mark");
    console.keys("<Space>");
    console.wait_for("1 marked");
    // the form of a new key is filled in, and then the session is over
    console.keys("n");
    console.wait_for("Contacts");
    console.keys("tax/mail<Enter>c@d.example");
    console.wait_for("c@d.example");
    server.service().end_sessions();
    console.keys("<Enter>");
    log_in(&mut console, &server);
    // the key is made once, and its value shown
    console.wait_for("The new key's value, this once");
    assert_eq!(server.service().labels().iter().filter(|label| **label == "tax/mail").count(), 1);
    let value = server.service().keys[0].value.clone();
    assert!(value.starts_with("alice1_v1_"));
    console.wait_for(&format!("…{}", &value[value.len() - 5..]));
    console.settle(DIALOG_LISTENS);
    console.keys("w");
    console.settle(DIALOG_LISTENS);
    console.keys("<Esc>");
    // the filter and the mark are as they were
    console.wait_for("1 marked");
    console.wait_until("to show the filtered list", |screen| {
        let text = screen.contents();
        text.contains("grants/mail") && !text.contains("parks/sms")
    });
}

#[test]
fn whoever_leaves_the_form_keeps_what_is_shown_and_is_asked_again() {
    let server = GovSg::start();
    server.service().make(ALICE, "grants/mail", Some(&["a@b.example"]), Utc::now());
    let home = logged_in(&server);
    server.service().pause = Duration::ZERO;
    let mut console = open(&home, (30, 100));
    console.wait_for("grants/mail");
    server.service().end_sessions();
    console.keys("<C-r>");
    console.wait_for("Log in to http://localhost");
    console.settle(DIALOG_LISTENS);
    console.keys("<Esc>");
    console.wait_for("grants/mail");
    console.settle(DIALOG_LISTENS);
    console.keys("<C-r>");
    log_in(&mut console, &server);
    console.wait_for("Logged in as");
    console.keys("q");
    assert!(console.exit_with_the_terminal_as_it_was().success());
}

#[test]
fn a_key_without_contacts_gets_some_before_it_is_rotated_and_greyed_actions_say_why() {
    let server = GovSg::start();
    server.service().make(ALICE, "old/one", None, Utc::now() - TimeDelta::days(160));
    let home = logged_in(&server);
    let mut console = open(&home, (36, 120));
    console.wait_for("old/one");
    // within 28 days of its end: a banner tells
    console.wait_for("1 of your keys expires in");
    console.keys("d");
    console.wait_for("cannot stop a key for a while");
    console.keys("3");
    console.wait_for("knows no teams");
    console.keys("1");
    console.wait_for("old/one");
    console.keys("o");
    console.wait_for("has no contacts");
    console.settle(DIALOG_LISTENS);
    console.keys("ops@agency.gov.sg<Enter>");
    console.wait_for("is changed");
    assert_eq!(server.service().keys[0].contacts, Some(vec!["ops@agency.gov.sg".to_owned()]));
    let asked = server.asked();
    assert!(asked.iter().all(|asked| asked.method != "POST" && asked.method != "DELETE"));
}

#[test]
fn a_pasted_key_is_looked_for_by_its_end_and_goes_nowhere() {
    let server = GovSg::start();
    let one = server.service().make(ALICE, "grants/mail", Some(&["a@b.example"]), Utc::now());
    server.service().make(ALICE, "parks/sms", Some(&["a@b.example"]), Utc::now());
    let home = logged_in(&server);
    let mut console = open(&home, (30, 100));
    console.wait_for("parks/sms");
    console.keys("/");
    console.paste(&format!("Authorization: Bearer {}", one.value));
    console.wait_for("Compared by the last five characters");
    console.wait_until("to show the one key", |screen| {
        let text = screen.contents();
        text.contains("grants/mail") && !text.contains("parks/sms") && !text.contains(&one.value)
    });
    assert!(server.asked().iter().all(|asked| asked.header("authorization").is_none()));
    console.keys("<Esc>");
    console.wait_for("grants/mail");
    console.settle(DIALOG_LISTENS);
    console.keys("/team:parks<Enter>");
    console.wait_until("to show the keys of one team", |screen| {
        let text = screen.contents();
        !text.contains("grants/mail") && text.contains("parks/sms")
    });
}

#[test]
fn a_key_is_rotated_from_the_list_to_the_end_although_the_session_ends_meanwhile() {
    let server = GovSg::start();
    let old = server.service().make(ALICE, "grants/mail", Some(&["ops@agency.gov.sg"]), Utc::now());
    let home = logged_in(&server);
    server.service().pause = Duration::ZERO;
    let file = home.path("app.env");
    std::fs::write(&file, format!("KEY={}\n", old.value)).unwrap();
    let mut console = open(&home, (36, 120));
    console.wait_for("grants/mail");
    console.keys("o");
    console.wait_for("Rotate grants/mail");
    console.paste(&format!("env-file:{}:KEY", file.display()));
    console.keys("<Tab><Tab><Tab><Tab><ctrl-u>none<Enter>");
    console.wait_for("the plan");
    console.settle(DIALOG_LISTENS);
    server.service().end_sessions();
    // nothing gives a key back that was deleted, so that the plan takes more than a y
    let end = &old.value[old.value.len() - 4..];
    console.keys(&format!("{end}<Enter>"));
    log_in(&mut console, &server);
    // the new key is made once, stands in its place and works before the old one is touched
    console.wait_for("Revoke grants/mail for ever?");
    let new = server.service().keys[0].clone();
    assert_eq!(std::fs::read_to_string(&file).unwrap(), format!("KEY={}\n", new.value));
    assert!(server.accepts(&new.value) && server.accepts(&old.value));
    console.settle(DIALOG_LISTENS);
    console.keys("y");
    console.wait_for("to revoke it");
    console.settle(DIALOG_LISTENS);
    console.keys(&format!("{end}<Enter>"));
    console.wait_for("The old value was tried, and is refused");
    console.wait_for("may still send reminders");
    console.settle(DIALOG_LISTENS);
    console.keys("<Enter>");
    console.wait_for("is rotated; its summary is");
    console.keys("q");
    assert!(console.exit_with_the_terminal_as_it_was().success());
    assert_eq!(server.service().labels().len(), 1);
    assert!(server.accepts(&new.value) && !server.accepts(&old.value));
    let written = String::from_utf8_lossy(&console.bytes_since(0)).into_owned();
    let hidden = |value: &str| !written.contains(&value[10..30]) && !home.log().contains(value);
    assert!(hidden(&new.value) && hidden(&old.value), "a value was shown");
}
