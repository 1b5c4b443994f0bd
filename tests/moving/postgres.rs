//! The same from a file to PostgreSQL and back, and what is PostgreSQL's own.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};

use keydeck::server;
use keydeck::server::store::moving::{DERIVED, PASSING, TABLES};

use crate::database::{TestDatabase, rows_at};
use crate::scene::{Served, head, one, runtime, seeded};
use crate::{moves, restores};

fn file() -> TestDatabase {
    TestDatabase::file()
}

fn shared() -> TestDatabase {
    TestDatabase::shared()
}

#[test]
#[ignore = "needs PostgreSQL: .ci/postgres/run"]
fn every_table_and_column_is_copied_or_made_by_the_database() {
    let database = shared();
    seeded(&database);
    let tables = rows_at(&database.url, "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()");
    let there: BTreeSet<_> = tables.into_iter().flatten().filter(|name| !DERIVED.contains(&name.as_str())).collect();
    let known: BTreeSet<_> = TABLES.iter().map(|table| table.name).chain(PASSING).map(str::to_owned).collect();
    assert_eq!(there, known);
    for table in &TABLES {
        let columns = format!(
            "SELECT column_name FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = '{}' \
             AND is_generated = 'NEVER'",
            table.name
        );
        let there: BTreeSet<_> = rows_at(&database.url, &columns).into_iter().flatten().collect();
        assert_eq!(there, table.columns().map(str::to_owned).collect(), "{}", table.name);
    }
}

#[test]
#[ignore = "needs PostgreSQL: .ci/postgres/run"]
fn every_answer_is_the_same_at_the_other_end() {
    moves::everything_arrives(&file(), &shared());
    moves::everything_arrives(&shared(), &file());
    moves::everything_arrives(&shared(), &shared());
}

#[test]
#[ignore = "needs PostgreSQL: .ci/postgres/run"]
fn reads_go_on_while_a_file_is_moved_to_it() {
    moves::reads_go_on(&file(), &shared());
}

#[test]
#[ignore = "needs PostgreSQL: .ci/postgres/run"]
fn reads_go_on_while_it_is_moved_to_a_file() {
    moves::reads_go_on(&shared(), &file());
}

#[test]
#[ignore = "needs PostgreSQL: .ci/postgres/run"]
fn all_can_be_moved_back() {
    moves::and_back(&file(), &shared());
    moves::and_back(&shared(), &file());
}

#[test]
#[ignore = "needs PostgreSQL: .ci/postgres/run"]
fn a_move_is_taken_back_while_nothing_was_changed_since() {
    moves::taken_back(&file(), &shared());
    moves::taken_back(&shared(), &file());
}

#[test]
#[ignore = "needs PostgreSQL: .ci/postgres/run"]
fn what_is_in_the_way_is_refused() {
    moves::refusals(&file(), &shared(), &shared());
    moves::refusals(&shared(), &file(), &shared());
}

#[test]
#[ignore = "needs PostgreSQL: .ci/postgres/run"]
fn a_message_that_is_being_sent_is_waited_for() {
    moves::messages_are_waited_for(&shared(), &shared());
}

#[test]
#[ignore = "needs PostgreSQL: .ci/postgres/run"]
fn a_backup_is_a_file_and_is_put_back_into_either() {
    restores::there_and_back(&shared(), &shared());
    restores::there_and_back(&shared(), &file());
    restores::there_and_back(&file(), &shared());
}

#[test]
#[ignore = "needs PostgreSQL: .ci/postgres/run"]
fn a_backup_is_one_moment_while_others_write() {
    let database = shared();
    let key = seeded(&database);
    let (server, done) = (Served::of(&database), AtomicBool::new(false));
    let copy = TestDatabase::file();
    let file = copy.folder.path().join("keydeck.db");
    let kept = std::thread::scope(|scope| {
        scope.spawn(|| {
            // until after the backup, so that it is one among them
            for at in 0.. {
                assert_eq!(server.make(&key, &format!("key {at}")).0, 201);
                if done.load(Ordering::Relaxed) {
                    break;
                }
            }
        });
        let kept = runtime().block_on(server::backup(&database.url, &file)).unwrap();
        done.store(true, Ordering::Relaxed);
        kept
    });
    assert_eq!(head(&copy, Some(&kept)), kept);
    assert!(head(&database, Some(&kept)).seq > kept.seq);
    let keys: usize = one(&copy, "SELECT COUNT(*) FROM api_keys").parse().unwrap();
    assert_eq!(one(&copy, "SELECT COUNT(*) FROM key_values WHERE kind = 'api' AND present = 1"), keys.to_string());
}
