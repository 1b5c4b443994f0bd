//! A dry run ends as the real call would, and says why.

use keydeck::domain::secret::Secret;

use crate::team::Team;

/// Runs a command dry and for real; both end with `code`, and the dry one says so.
#[track_caller]
fn alike(team: &Team, key: &Secret, args: &[&str], code: i32, says: &str) {
    let dry = team.run(key, &[args, &["--dry-run"]].concat()).ended(code);
    assert!(dry.out.contains(says) || dry.err.contains(says), "{args:?}: {dry:?}");
    team.run(key, &[args, &["--yes"]].concat()).ended(code);
}

#[test]
fn what_the_role_may_not_is_foreseen() {
    let team = Team::new();
    let keys = &team.server.keys;
    let boss = team.make(&keys.superadmin, &["boss"])[0].0.to_string();
    let theirs = team.make(&keys.user, &["theirs", "gone"]);
    let (theirs, gone) = (theirs[0].0.as_str(), theirs[1].0.as_str());
    team.run(&keys.user, &["delete", gone, "--yes"]).ended(0);
    for (key, args, code, says) in [
        (&keys.admin, vec!["revoke", &boss], 3, "owned by a superadmin"),
        (&keys.admin, vec!["disable", &boss], 3, "owned by a superadmin"),
        (&keys.admin, vec!["enable", &boss], 3, "owned by a superadmin"),
        (&keys.admin, vec!["edit", &boss, "--name", "x"], 3, "owned by a superadmin"),
        (&keys.admin, vec!["delete", theirs], 3, "not your own"),
        (&keys.admin, vec!["regenerate", theirs, "--print-secret"], 3, "owned by somebody else"),
        (&keys.user, vec!["edit", gone, "--name", "x"], 1, "revoked, which is final"),
        (&keys.user, vec!["enable", gone], 1, "revoked, which is final"),
        (&keys.user, vec!["edit", theirs, "--expires", "900d"], 2, "brought forward"),
        (&keys.user, vec!["edit", &boss, "--name", "x"], 1, "no key that you may see"),
        (&keys.user, vec!["revoke", &boss], 1, &boss),
        (&keys.scanner, vec!["create", "--name", "x", "--print-secret"], 3, "does not manage keys"),
        (&keys.admin, vec!["users", "deactivate", "user@test.example"], 3, "takes a superadmin"),
        (&keys.superadmin, vec!["users", "role", "root@test.example", "user"], 1, "last active superadmin"),
        (&keys.admin, vec!["disable", "--tab", "team", "--filter", "theirs", "--max", "0"], 2, "more than 0"),
        (&keys.admin, vec!["revoke", "--tab", "team", "--filter", "theirs", "--max", "0"], 2, "more than 0"),
    ] {
        alike(&team, key, &args, code, says);
    }
}

#[test]
fn what_the_teams_settings_forbid_is_foreseen() {
    let team = Team::new();
    let (user, admin) = (&team.server.keys.user, &team.server.keys.admin);
    let database = rusqlite::Connection::open(team.server.database.trim_start_matches("sqlite:")).unwrap();
    database.execute_batch("UPDATE api_key_settings SET body = '{\"membersMayGenerate\":false}'").unwrap();
    alike(&team, user, &["create", "--name", "x", "--print-secret"], 3, "do not let members generate");
    team.run(admin, &["create", "--name", "x", "--dry-run"]).ended(0);
}

#[test]
fn a_rotation_of_anothers_key_is_foreseen() {
    let team = Team::new();
    let theirs = team.make(&team.server.keys.user, &["theirs"])[0].0.to_string();
    let sink = format!("env-file:{}:KEY", team.home.path("x.env").display());
    std::fs::write(team.home.path("x.env"), "A=1\n").unwrap();
    let args = ["rotate", theirs.as_str(), "--sink", sink.as_str()];
    alike(&team, &team.server.keys.admin, &args, 3, "only its owner");
}

#[test]
fn a_read_only_profile_is_foreseen_and_nothing_is_sent() {
    let team = Team::new();
    let user = &team.server.keys.superadmin;
    let made = team.make(user, &["kept"]);
    let id = made[0].0.as_str();
    team.profile(user, "read_only = true\n");
    for args in [
        vec!["revoke", id],
        vec!["disable", id],
        vec!["enable", id],
        vec!["delete", id],
        vec!["edit", id, "--name", "x"],
        vec!["create", "--name", "x", "--print-secret"],
        vec!["regenerate", id, "--print-secret"],
        vec!["users", "deactivate", "user@test.example"],
        vec!["users", "role", "user@test.example", "admin"],
    ] {
        for how in ["--dry-run", "--yes"] {
            team.home.run(&[&args[..], &[how]].concat()).ended(3).says("read-only");
        }
    }
    let dry = team.home.run(&["revoke", id, "--dry-run", "--json"]).ended(3).json();
    assert_eq!(dry["data"][0]["outcome"], "wouldRevoke");
    assert!(team.accepts(&made[0].1));
}
