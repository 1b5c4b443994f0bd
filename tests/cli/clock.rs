//! The program on a machine whose clock is wrong, against a server whose clock is right.

use std::process::Command;

use chrono::{DateTime, TimeDelta, Utc};
use keydeck::domain::secret::Secret;
use serde_json::Value;

use crate::program::{PROGRAM, Ran};
use crate::rotate::Scene;

/// By how much this machine's clock is wrong, as `faketime` takes it, and what is said of it.
const WRONG: [(&str, &str); 3] =
    [("-3d", "3 d behind the server"), ("+2h", "2 h ahead of the server"), ("+3d", "3 d ahead of the server")];

/// Whether a wrong clock can be shown here.
#[expect(clippy::print_stdout, reason = "a test that is left out says so")]
fn can_be_shown() -> bool {
    if Command::new("faketime").arg("--version").output().is_ok() {
        return true;
    }
    // where nothing may be left out, as in .ci/run, this is a failure
    assert!(std::env::var_os("KEYDECK_TEST_ALL").is_none(), "faketime is not installed");
    println!("SKIPPED: faketime is not installed, so a machine whose clock is wrong was not tested");
    false
}

impl Scene {
    /// Runs it where the clock is wrong.
    fn run_at(&self, wrong: &str, args: &[&str]) -> Ran {
        let mut command = Command::new("faketime");
        command.args(["-f", wrong, PROGRAM]).args(args).env_clear().stdin(std::process::Stdio::null());
        command.envs(self.team.home.environment()).envs(self.team.environment(&self.key));
        Ran::of(command.output().unwrap())
    }

    fn key_json(&self, id: &str) -> Value {
        self.run(&["show", id, "--json"]).json()["data"][0].clone()
    }
}

fn time(value: &Value) -> DateTime<Utc> {
    value.as_str().unwrap().parse().unwrap()
}

#[test]
fn a_wrong_clock_is_told_of_and_times_are_the_servers() {
    if !can_be_shown() {
        return;
    }
    let mut scene = Scene::new();
    assert!(scene.team.accepts(&scene.old), "it is in use");
    // when it was used is written at the latest when the server ends
    scene.team.server.stop();
    scene.team.server.resume();
    for (wrong, words) in WRONG {
        let listed = scene.run_at(wrong, &["list"]).ended(0).says(words);
        let row = listed.out.lines().find(|line| line.contains("ci ")).unwrap().to_owned();
        assert!(row.contains("in 30 d") && row.contains("just now"), "{wrong}: {row}");
        let document =
            scene.run_at(wrong, &["list", "--filter", "used:<1h expires:<31d expires:>29d", "--json"]).json();
        assert!(document["meta"]["matched"].as_u64().unwrap() >= 1, "{wrong}: {document}");
        let ahead = document["meta"]["clockAheadSeconds"].as_i64().unwrap();
        assert_eq!(ahead < 0, wrong.starts_with('-'), "{ahead}");
        let planned = scene.run_at(wrong, &["revoke", &scene.id, "--dry-run", "--json"]).json();
        assert_eq!(planned["meta"]["usedLast24h"], 1, "{wrong}: {planned}");
    }
    let right = scene.run(&["list", "--json"]).json();
    assert!(right["meta"].get("clockAheadSeconds").is_none(), "{right}");
}

#[test]
fn an_hours_overlap_lasts_an_hour_and_the_old_key_is_not_revoked_before_the_server_says_so() {
    if !can_be_shown() {
        return;
    }
    for (wrong, _) in WRONG {
        let scene = Scene::new();
        let sink = scene.env_sink();
        let rotate = ["rotate", &scene.id, "--sink", &sink, "--overlap", "1h", "--yes"];
        scene.run_at(wrong, &rotate).ended(0).says("both keys work until");
        let left = time(&scene.key_json(&scene.id)["expiresAt"]) - Utc::now();
        assert!((left - TimeDelta::hours(1)).abs() < TimeDelta::minutes(2), "{wrong}: {left}");
        let value = Secret::new(scene.in_env().unwrap());
        assert!(scene.team.accepts(&value) && scene.old_works(), "{wrong}");
        scene.run_at(wrong, &["rotations", "resume", "--all", "--yes"]).ended(0).says("both keys work until");
        assert!(scene.old_works(), "{wrong}: the old key was taken away before its time");
    }
}

#[test]
fn a_key_made_with_a_wrong_clock_lives_as_long_as_was_said() {
    if !can_be_shown() {
        return;
    }
    let scene = Scene::new();
    for (wrong, _) in WRONG {
        let file = scene.path(&format!("value{wrong}"));
        let create = ["create", "--name", "fresh", "--expires", "90d", "--write-secret", &file, "--json"];
        let made = scene.run_at(wrong, &create).ended(0).json();
        let left = time(&made["data"][0]["expiresAt"]) - Utc::now();
        assert!((left - TimeDelta::days(90)).abs() < TimeDelta::minutes(2), "{wrong}: {left}");
    }
    let listed = scene.run(&["list"]).out;
    assert_eq!(listed.matches("in 90 d").count(), WRONG.len(), "{listed}");
}
