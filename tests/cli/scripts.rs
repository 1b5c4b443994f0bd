//! The examples of the manual's chapter on scripts, run as they stand there.

use std::path::Path;
use std::process::{Command, Output};

use keydeck::domain::secret::Secret;
use keydeck::domain::team::Role;
use keydeck::manual::Chapter;

use crate::server::TestServer;
use crate::team::Team;

/// The example under the heading that begins so.
fn example(heading: &str) -> String {
    let chapter = Chapter::named("scripts").unwrap().markdown();
    let section = chapter.split("\n# ").find(|section| section.starts_with(heading)).unwrap();
    let (_, code) = section.split_once("```sh\n").unwrap();
    code.split_once("```").unwrap().0.to_owned()
}

/// Runs an example in a folder of its own; none where a program that it needs is not there.
#[expect(clippy::print_stdout, reason = "a test that is left out says so")]
fn run(team: &Team, key: &Secret, script: &str) -> Option<Output> {
    let there = |program: &str| Command::new(program).arg("--version").output().is_ok();
    if !there("bash") || !there("jq") {
        // where nothing may be left out, as in .ci/run, this is a failure
        assert!(std::env::var_os("KEYDECK_TEST_ALL").is_none(), "bash or jq is not installed");
        println!("SKIPPED: bash or jq is not installed, so the manual's scripts were not run");
        return None;
    }
    let program = Path::new(env!("CARGO_BIN_EXE_keydeck")).parent().unwrap();
    let mut command = Command::new("bash");
    command.args(["-c", script]).current_dir(team.home.path(""));
    command.env_clear().envs(team.home.environment()).envs(team.environment(key));
    command.env("PATH", format!("{}:{}", program.display(), std::env::var("PATH").unwrap()));
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(!said.contains(key.expose()) && !said.contains("error: unexpected"), "{said}");
    Some(output)
}

#[test]
fn the_weekly_report_is_a_table_of_what_nobody_used() {
    let mut team = Team::new();
    team.server = TestServer::seeded_blocking(60, Role::Admin);
    let admin = team.server.keys.admin.duplicate();
    let Some(ran) = run(&team, &admin, &example("What nobody used")) else { return };
    assert!(ran.status.success(), "{ran:?}");
    let report = std::fs::read_to_string(team.home.path("stale.csv")).unwrap();
    assert!(
        report.starts_with("name,owner,ownerEmail,lastUsedAt,expiresAt\n") && report.lines().count() > 1,
        "{report}"
    );
}

#[test]
fn a_leavers_keys_are_kept_in_a_list_and_handed_over() {
    let team = Team::new();
    let add = ["users", "add", "--service", "--name", "shop-gateway", "--contact", "ops@test.example"];
    team.run(&team.server.keys.superadmin, &add).ended(0);
    let script = example("Everything of somebody").replace("ben@acme.example", "user@test.example");
    let Some(ran) = run(&team, &team.server.keys.superadmin, &script) else { return };
    assert_eq!(ran.status.code(), Some(0), "{ran:?}");
    assert!(std::fs::read_to_string(team.home.path("leaver.csv")).unwrap().contains("user@test.example"));
    // the values go on working, for the service
    assert!(team.run(&team.server.keys.user, &["list"]).ended(0).out.contains("shop-gateway"));
}

#[test]
fn the_nightly_rotation_leaves_alone_what_has_no_place() {
    let team = Team::new();
    let user = &team.server.keys.user;
    let before = team.run(user, &["list", "--json"]).ended(0).out;
    let Some(ran) = run(&team, user, &example("Mine that expire")) else { return };
    assert_eq!(ran.status.code(), Some(0), "{ran:?}");
    let count = |text: &str| text.matches("\"kind\"").count();
    assert_eq!(count(&team.run(user, &["list", "--json"]).ended(0).out), count(&before));
}

#[test]
fn the_alarm_names_each_exposed_key_that_is_accepted() {
    let mut team = Team::new();
    team.server = TestServer::seeded_blocking(60, Role::Admin);
    let admin = team.server.keys.admin.duplicate();
    let Some(ran) = run(&team, &admin, &example("Alarm when")) else { return };
    let said = String::from_utf8_lossy(&ran.stdout).into_owned();
    assert!(ran.status.success() && said.contains(" of ") && said.contains("last used"), "{ran:?}");
}

#[test]
fn what_changed_since_yesterday_is_told() {
    let team = Team::new();
    let user = &team.server.keys.user;
    let script = example("What changed");
    let (compare, list) = script.trim().split_once('\n').unwrap();
    if run(&team, user, list).is_none() {
        return;
    }
    let same = run(&team, user, compare).unwrap();
    assert_eq!(same.status.code(), Some(0), "{same:?}");
    team.make(user, &["since-yesterday"]);
    let other = run(&team, user, compare).unwrap();
    assert_eq!(other.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&other.stdout).contains("since-yesterday"), "{other:?}");
}
