//! A move is cut short by SIGKILL at every point, and run again: until the mark the source is as it was and the target
//! without a team; from then on the same move goes on. Never are both open.

use std::os::unix::process::ExitStatusExt;

use keydeck::server::{MoveError, ServerError};

use crate::database::TestDatabase;
use crate::program::Home;
use crate::scene::{head, refused, reopened, runtime, seeded};

/// Every point, and whether the source is open after it.
const POINTS: [(&str, bool); 9] = [
    ("move.held", true),
    ("move.table.users", true),
    ("move.table.api_keys", true),
    ("move.table.notices", true),
    ("move.copied", true),
    ("move.compared", true),
    ("move.marked", true),
    ("move.source.committed", false),
    ("move.target.committed", false),
];

fn is_open(database: &TestDatabase) -> bool {
    match runtime().block_on(keydeck::server::users(&database.url)) {
        Ok(_) => true,
        Err(
            ServerError::Move(MoveError::Moved { .. })
            | ServerError::NotInitialised { .. }
            | ServerError::NoDatabase { .. },
        ) => false,
        Err(other) => panic!("{other}"),
    }
}

fn run(home: &Home, from: &TestDatabase, to: &TestDatabase, more: &[&str], fault: Option<&str>) -> Option<i32> {
    let args = [&["server", "move", "--from", &from.url, "--to", &to.url], more].concat();
    let mut command = home.command(&args);
    let status = command.envs(fault.map(|point| ("KEYDECK_FAULT", point))).output().unwrap().status;
    assert_eq!(status.signal(), fault.map(|_| 9), "{fault:?}: {status}");
    status.code()
}

/// Cuts a move short at every point, both ends made by these.
pub fn at_every_point(one: fn() -> TestDatabase, other: fn() -> TestDatabase) {
    let home = Home::new();
    for (point, open) in POINTS {
        let (from, to) = (one(), other());
        seeded(&from);
        let kept = head(&from, None);
        run(&home, &from, &to, &[], Some(point));
        assert_eq!(is_open(&from), open, "{point}");
        assert_eq!(is_open(&to), point == "move.target.committed", "{point}");
        assert_eq!(head(&from, None), kept, "{point}");
        let arrived = point == "move.target.committed";
        assert_eq!(run(&home, &from, &to, &[], None), Some(if arrived { 2 } else { 0 }), "{point}");
        assert!(matches!(refused(&from), ServerError::Move(MoveError::Moved { .. })), "{point}");
        assert!(is_open(&to), "{point}");
        assert_eq!(head(&to, Some(&kept)), kept, "{point}");
        // and on the way back, where there is something in the other's place
        run(&home, &to, &from, &[], Some(point));
        assert_eq!((is_open(&to), is_open(&from)), (open, arrived), "back {point}");
        assert_eq!(run(&home, &to, &from, &[], None), Some(if arrived { 2 } else { 0 }), "back {point}");
        assert_eq!((is_open(&to), is_open(&from)), (false, true), "back {point}");
        assert_eq!(head(&from, Some(&kept)), kept, "back {point}");
    }
}

/// Takes a move back that was cut short between its two commits, and cuts the taking back short itself.
pub fn taken_back(one: fn() -> TestDatabase, other: fn() -> TestDatabase) {
    let home = Home::new();
    let (from, to) = (one(), other());
    seeded(&from);
    run(&home, &from, &to, &[], Some("move.source.committed"));
    assert!(!is_open(&from));
    reopened(&from, &to).unwrap();
    assert!(is_open(&from) && !is_open(&to));
    run(&home, &from, &to, &[], None);
    run(&home, &from, &to, &["--reopen"], Some("reopen.target.committed"));
    assert!(!is_open(&from) && !is_open(&to));
    reopened(&from, &to).unwrap();
    assert!(is_open(&from) && !is_open(&to));
}

#[test]
fn a_move_between_files_is_cut_short_at_every_point() {
    at_every_point(TestDatabase::file, TestDatabase::file);
    taken_back(TestDatabase::file, TestDatabase::file);
}

#[test]
#[ignore = "needs PostgreSQL: .ci/postgres/run"]
fn a_move_to_postgres_and_back_is_cut_short_at_every_point() {
    at_every_point(TestDatabase::file, TestDatabase::shared);
    taken_back(TestDatabase::file, TestDatabase::shared);
    taken_back(TestDatabase::shared, TestDatabase::file);
}
