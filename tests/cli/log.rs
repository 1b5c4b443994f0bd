//! The log: where it is, how much it tells, and that keydeck does without it.

use std::os::unix::fs::PermissionsExt;

use crate::team::Team;

#[test]
fn the_log_is_private_and_tells_as_much_as_was_asked() {
    let team = Team::new();
    let user = &team.server.keys.user;
    team.run(user, &["list", "--filter", "typed-by-hand"]).ended(0);
    let log = team.home.path("state/keydeck/keydeck.log");
    assert_eq!(std::fs::metadata(&log).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(team.home.log().contains("profile chosen") && !team.home.log().contains("typed-by-hand"));
    for (level, told) in [("off", false), ("error", false), ("trace", true), ("nonsense", true)] {
        std::fs::remove_file(&log).unwrap();
        let environment = [&team.environment(user)[..], &[("KEYDECK_LOG", level)]].concat();
        team.home.run_with(&["list"], &environment).ended(0);
        assert_eq!(team.home.log().contains("profile chosen"), told, "{level}");
        assert!(!team.home.log().contains(user.expose()), "{level}");
        assert!(team.home.log().lines().all(|line| line.contains(" keydeck::")), "{level}");
    }
    assert!(team.home.log().contains("KEYDECK_LOG is none of"));
}

#[test]
fn without_a_log_it_works_and_says_so_once() {
    let team = Team::new();
    std::fs::remove_dir_all(team.home.path("state")).unwrap();
    std::fs::write(team.home.path("state"), "in the way").unwrap();
    let ran = team.run(&team.server.keys.user, &["list"]).ended(0).says("there is no log");
    assert_eq!(ran.err.matches("there is no log").count(), 1);
}
