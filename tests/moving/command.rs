//! The commands, as they are typed.

use crate::program::Home;

fn team(home: &Home) -> String {
    home.run(&["server", "init", "--team", "Acme", "--email", "ana@acme.example"]).ended(0).out
}

#[test]
fn what_is_served_is_moved_and_the_old_place_says_where_to() {
    let home = Home::new();
    team(&home);
    let to = format!("sqlite:{}", home.path("new.db").display());
    let ran =
        home.run(&["server", "move", "--to", &to]).ended(0).says("copied users: 1").says("moved: the keys are at");
    let head = ran.out.trim().to_owned();
    home.run(&["audit", "verify", "--database", &to, "--expect", &head]).ended(0);
    // the old log can be followed, and nothing else is done
    home.run(&["audit", "verify", "--expect", &head]).ended(0);
    for refused in [&["server", "user", "list"][..], &["serve", "--listen", "127.0.0.1:0"]] {
        home.run(refused).ended(2).says("were moved to").says("new.db").says("--reopen");
    }
    home.run(&["server", "move", "--to", &to]).ended(2).says("were moved to");
    assert_eq!(home.run(&["server", "move", "--to", &to, "--reopen"]).ended(0).out.trim(), head);
    home.run(&["server", "user", "list"]).ended(0);
    home.run(&["server", "user", "list", "--database", &to]).ended(2).says("were moved to");
    home.run(&["server", "move", "--to", &to, "--reopen"]).ended(2).says("it is open");
}

#[test]
fn a_password_stands_in_no_argument_and_a_target_has_to_be_named() {
    let home = Home::new();
    team(&home);
    let held = format!("postgres://ana:{}@db.example/keys", "hunter2");
    home.run(&["server", "move", "--to", &held]).ended(2).says("--to holds a password").says("--to-url-file");
    home.run(&["server", "move", "--from", &held, "--to", "sqlite:new.db"]).ended(2).says("--from-url-file");
    home.run(&["server", "restore", "x.db", "--to", &held, "--unproven"]).ended(2).says("--to holds a password");
    home.run(&["server", "move"]).ended(2).says("--to");
    home.run(&["server", "move", "--from", "sqlite:/none/a.db", "--to", "sqlite:new.db"])
        .ended(2)
        .says("there is no database");
    assert!(!home.path("new.db").exists());
}

#[test]
fn a_backup_is_restored_with_the_head_that_was_kept() {
    let home = Home::new();
    team(&home);
    let path = |name: &str| home.path(name).to_str().unwrap().to_owned();
    let to = format!("sqlite:{}", path("new.db"));
    let kept = home.run(&["server", "backup", &path("copy.db")]).ended(0).out;
    let asked = home.run(&["server", "restore", &path("copy.db"), "--to", &to]).ended(2);
    asked.says(kept.trim()).says("--expect").says("--unproven");
    let other = format!("1:{}", "0".repeat(64));
    let args = ["server", "restore", &path("copy.db"), "--to", &to, "--expect", &other];
    home.run(&args).ended(1).says("not the one whose head was kept");
    assert!(!home.path("new.db").exists());
    let args = ["server", "restore", &path("copy.db"), "--to", &to, "--expect", kept.trim()];
    assert_eq!(home.run(&args).ended(0).says("restored to").out, kept);
    home.run(&args).ended(2).says("in use already");
    home.run(&["server", "user", "list", "--database", &to]).ended(0);
}
