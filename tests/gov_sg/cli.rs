//! The built program: what it prints, and how it ends.

use std::io::Write;
use std::process::{Child, Stdio};
use std::time::Duration;

use chrono::Utc;
use keydeck::domain::secret::Secret;
use serde_json::json;

use crate::gov_sg::{ALICE, Canned, GovSg};
use crate::program::{Home, PROGRAM, Ran};
use crate::pty::Pty;

/// A home with a profile of this server, where nobody is logged in.
pub fn home(server: &GovSg) -> Home {
    let home = Home::new();
    home.configure(&format!("[profiles.gov]\nbackend = \"postman-gov-sg\"\nbase_url = \"{}\"\n", server.url));
    home
}

/// The same, where Alice is logged in: her session is what a program gives, as it would be kept.
pub fn logged_in(server: &GovSg) -> Home {
    let home = home(server);
    let mut child = begin(&home, &["login", "--store", "file", "--email", ALICE]);
    say(&mut child, &mailed(server));
    Ran::of(child.wait_with_output().unwrap()).ended(0);
    server.asked();
    home
}

fn begin(home: &Home, args: &[&str]) -> Child {
    let mut command = home.command(args);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

fn say(child: &mut Child, line: &str) {
    child.stdin.as_mut().unwrap().write_all(format!("{line}\n").as_bytes()).unwrap();
}

/// The password, once it was sent.
pub fn mailed(server: &GovSg) -> String {
    loop {
        let sent = server.service().passwords.last().map(|sent| sent.text.clone());
        match sent.filter(|text| !text.is_empty()) {
            Some(text) => return text,
            None => std::thread::sleep(Duration::from_millis(5)),
        }
    }
}

fn values(server: &GovSg) -> Vec<String> {
    server.service().keys.iter().map(|key| key.value.clone()).collect()
}

#[test]
fn login_reads_lines_and_keeps_the_session_that_the_first_use_made() {
    let server = GovSg::start();
    let home = home(&server);
    let mut child = begin(&home, &["login", "--store", "file"]);
    say(&mut child, ALICE);
    let otp = mailed(&server);
    say(&mut child, "AAAAAA");
    say(&mut child, "AAA");
    say(&mut child, &format!(" {} ", otp.to_lowercase()));
    let ran = Ran::of(child.wait_with_output().unwrap()).ended(0);
    let ran =
        ran.says("wrong, older than ten minutes").says("3 more tries with it").says("it has 6 letters").says("until");
    assert!(!ran.err.contains(&otp) && !home.log().contains(&otp));
    let bodies: Vec<_> = server.asked().into_iter().filter(|asked| asked.path.ends_with("/login")).collect();
    assert_eq!(bodies.len(), 2, "what has another form is not sent");
    assert_eq!(bodies[1].json(), json!({"email": ALICE, "otp": otp}));
    home.run(&["list"]).ended(0).says("there is no key");
    // nothing of the session is told anywhere
    let session = server.service().sessions[0].id.clone();
    assert!(!home.log().contains(&session[2..12]));
    // each use lets it last longer, and a session that becomes another is kept
    server.service().sessions[0].used = false;
    home.run(&["list"]).ended(0);
    home.run(&["list"]).ended(0);
    let ran = home.run(&["logout"]).ended(0);
    ran.says("at the server either");
    assert!(server.service().sessions.is_empty());
}

#[test]
fn without_a_terminal_a_session_that_is_over_ends_with_3_and_the_way_to_log_in() {
    let server = GovSg::start();
    home(&server).run(&["list"]).ended(3).says("nobody is logged in").says("keydeck login --profile gov");
    assert!(server.lines().is_empty());
    let home = logged_in(&server);
    server.service().end_sessions();
    let ran = home.run(&["list", "--json"]).ended(3);
    let ran = ran.says("keydeck login --profile gov");
    assert_eq!(ran.out, "");
    // neither an answer nor a password
    let ran = home.run_reading(&["login", "--email", ALICE], &[], "").ended(3);
    ran.says("no password was given");
    home.run(&["login", "--email", "ana@elsewhere.example"]).ended(3).says("may not log in here");
    home.run(&["login", "--email", "nobody"]).ended(2).says("is no e-mail address");
}

#[test]
fn another_password_is_sent_once_the_wait_is_over() {
    let server = GovSg::start();
    let home = home(&server);
    server.service().pause = Duration::ZERO;
    server.next(
        "POST /v1/auth/otp",
        Canned::json(401, &json!({"message": "Wait for 1 seconds before requesting for a new otp"})),
    );
    let mut child = begin(&home, &["login", "--store", "file", "--email", ALICE]);
    say(&mut child, "");
    let otp = mailed(&server);
    say(&mut child, &otp);
    let ran = Ran::of(child.wait_with_output().unwrap()).ended(0);
    ran.says("one was sent just now, which is the one to enter; another can be asked for in 1 s");
}

#[test]
fn a_person_logs_in_at_the_terminal_with_small_letters_and_the_command_goes_on() {
    let server = GovSg::start();
    let home = home(&server);
    let environment = home.environment();
    let pairs = environment.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let mut terminal = Pty::start(PROGRAM, ["list"], pairs, (24, 100));
    terminal.wait_for("E-mail address to log in with");
    terminal.keys(&format!("{ALICE}<Enter>"));
    terminal.wait_for("One-time password");
    let otp = mailed(&server);
    terminal.keys("aaaaaa<Enter>");
    terminal.wait_for("3 more tries");
    terminal.keys(&otp.to_lowercase());
    terminal.wait_for(&otp);
    terminal.keys("<Enter>");
    terminal.wait_for("there is no key");
    assert!(terminal.exit_with_the_terminal_as_it_was().success());
    home.run(&["list"]).ended(0);
}

#[test]
fn keys_are_made_listed_changed_and_deleted() {
    let server = GovSg::start();
    let home = logged_in(&server);
    let file = home.path("tmp/key");
    let file = file.to_string_lossy();
    let make = ["create", "--name", "grants/mail", "--contact", "a@b.example", "--write-secret", &file];
    home.run(&["create", "--name", "x", "--print-secret"]).ended(2).says("pass --contact ADDRESS");
    home.run(&["create", "--name", "x", "--contact", "a@b.example", "--expires", "30d", "--print-secret"])
        .ended(5)
        .says("six calendar months");
    let planned =
        home.run(&["create", "--name", "x", "--contact", "a@b.example", "--dry-run", "--json"]).ended(0).json();
    let until = Utc::now().checked_add_months(chrono::Months::new(6)).unwrap();
    assert!(planned["data"][0]["expiresAt"].as_str().unwrap().starts_with(&until.format("%Y-%m-%d").to_string()));
    let done = home.run(&make).ended(0);
    let value = values(&server)[0].clone();
    assert_eq!(std::fs::read_to_string(&*file).unwrap().trim(), value);
    assert!(!done.err.contains(&value) && !done.out.contains(&value));
    let id = done.out.trim().to_owned();
    let listed = home.run(&["list", "--json"]).ended(0).json();
    assert_eq!((&listed["data"][0]["id"], &listed["data"][0]["contacts"]), (&json!(id), &json!(["a@b.example"])));
    home.run(&["edit", &id, "--contact", "c@d.example", "--yes"]).ended(0);
    home.run(&["edit", &id, "--name", "y", "--yes"]).ended(5).says("fixes a key's label");
    home.run(&["edit", &id, "--no-contacts", "--yes"]).ended(2).says("never cleared");
    assert_eq!(server.service().keys[0].contacts, Some(vec!["c@d.example".to_owned()]));
    home.run(&["revoke", &id, "--yes"]).ended(0).says("may still send reminders").says(&value[value.len() - 5..]);
    assert!(server.service().keys.is_empty());
    home.run(&["list", "--tab", "team"]).ended(5).says("knows no teams");
    home.run(&["settings", "get"]).ended(5);
    assert!(!home.log().contains(&value));
}

#[test]
fn a_key_without_contacts_and_one_that_is_over_say_so() {
    let server = GovSg::start();
    let home = logged_in(&server);
    server.service().make(ALICE, "old", None, Utc::now() - chrono::TimeDelta::days(200));
    let ran = home.run(&["list"]).ended(0).says("1 key has no contacts").says("--contact ADDRESS");
    assert!(ran.out.contains("expired"), "{ran:?}");
    let id = server.service().keys[0].id.to_string();
    let ran = home.run(&["rotate", &id, "--print-secret", "--yes"]).ended(2);
    ran.says("old has no contacts").says(&format!("keydeck edit {id} --contact"));
    assert!(server.lines().iter().all(|line| line.starts_with("GET")));
}

#[test]
fn a_pasted_key_is_matched_by_its_end_and_tried_when_that_is_wished_for() {
    let server = GovSg::start();
    let home = logged_in(&server);
    let (one, _) = {
        let mut service = server.service();
        (service.make(ALICE, "one", None, Utc::now()), service.make(ALICE, "two", None, Utc::now()))
    };
    server.asked();
    let ran = home.run_reading(&["show", "-"], &[], &one.value).ended(0);
    assert!(ran.out.contains("one") && !ran.out.contains("two") && ran.err.contains("ends like that of"), "{ran:?}");
    assert!(server.asked().iter().all(|asked| asked.header("authorization").is_none()), "the value was sent unasked");
    let ran = home.run_reading(&["show", "-", "--probe"], &[], &one.value).ended(0);
    assert!(ran.out.contains("works: it is accepted"), "{ran:?}");
    let sent = server.asked();
    let with_key: Vec<_> = sent.iter().filter(|asked| asked.header("authorization").is_some()).collect();
    assert!(with_key.len() == 3 && with_key.iter().all(|asked| asked.header("cookie").is_none()), "{with_key:?}");
    // two keys that end alike
    let end = one.value[one.value.len() - 5..].to_owned();
    let twin = {
        let mut service = server.service();
        let twin = &mut service.keys[0];
        twin.value.replace_range(twin.value.len() - 5.., &end);
        twin.value.clone()
    };
    let ran = home.run_reading(&["show", "-"], &[], &twin).ended(0);
    assert!(ran.err.contains("ends like those of") && ran.out.contains("one") && ran.out.contains("two"), "{ran:?}");
    server.service().keys.clear();
    let ran = home.run_reading(&["show", "-", "--probe"], &[], &twin).ended(1);
    assert!(ran.out.contains("is refused"), "{ran:?}");
    assert!(!home.log().contains(&one.value) && !ran.err.contains(&one.value));
}

#[test]
fn an_orphan_of_a_lost_answer_is_named_with_the_way_to_delete_it() {
    let server = GovSg::start();
    let home = logged_in(&server);
    server.lose("POST /v1/api-key", Canned::text(502, "bad gateway"));
    let ran = home.run(&["create", "--name", "x", "--contact", "a@b.example", "--print-secret"]);
    let id = server.service().keys[0].id.to_string();
    let ran = ran.ended(4).says("its value is lost with the answer").says(&format!("keydeck delete {id}"));
    assert_eq!(ran.out, "");
    assert_eq!(server.lines().iter().filter(|line| line.starts_with("POST")).count(), 1);
    server.next("POST /v1/api-key", Canned::text(502, "bad gateway"));
    let ran = home.run(&["create", "--name", "y", "--contact", "a@b.example", "--print-secret"]);
    ran.ended(4).says("no key was made: try again");
}

#[test]
fn an_api_key_as_the_profiles_credential_is_told_from_a_session() {
    let server = GovSg::start();
    let key = server.service().make(ALICE, "k", None, Utc::now());
    let home = Home::new();
    home.configure(&format!(
        "[profiles.gov]\nbackend = \"postman-gov-sg\"\nbase_url = \"{}\"\ncredential = {{ env = \"GOV\" }}\n",
        server.url
    ));
    let ran = home.run_with(&["list"], &[("GOV", &key.value)]).ended(2);
    ran.says("manages no keys").says("keydeck login");
    let session: Secret = server.session(ALICE);
    home.run_with(&["list"], &[("GOV", session.expose())]).ended(0);
}
