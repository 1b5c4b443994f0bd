//! The engine by itself: values, transactions and turns.

use std::time::Duration;

use keydeck::server::store::engine::{Address, Engine, Error, On, Postgres, Process, Statement, Transaction, Value};

use crate::support::database::{TestDatabase, at, one_at};

fn sql(text: &str) -> Statement {
    Statement { text: text.to_owned(), values: Vec::new() }
}

fn with<const N: usize>(text: &str, values: [Value; N]) -> Statement {
    Statement { text: text.to_owned(), values: values.into() }
}

/// A database with one table, and what writers take turns at.
fn database() -> (Postgres, TestDatabase) {
    let place = TestDatabase::shared();
    at(
        &place.url,
        "CREATE TABLE t (a BIGINT PRIMARY KEY, b TEXT); CREATE TABLE writing (id BIGINT PRIMARY KEY, number BIGINT); \
         INSERT INTO writing VALUES (1, 0)",
    );
    (Postgres::of(&Address::parse(&place.url, &Process).unwrap()).unwrap(), place)
}

fn count(place: &TestDatabase) -> String {
    one_at(&place.url, "SELECT COUNT(*) FROM t").unwrap()
}

#[tokio::test]
#[ignore = "needs PostgreSQL: .ci/postgres/run"]
async fn values_stand_where_their_numbers_say() {
    let (engine, _place) = database();
    let text = "SELECT CAST($2 AS BIGINT) AS second, CAST($1 AS TEXT) AS first, CAST($3 AS TEXT) AS third, \
                CAST($2 AS BIGINT) AS again, CAST($4 AS TEXT) AS none, '$1' AS text, 1 AS small, 2 > 1 AS yes";
    let values = ["one".into(), Value::from(2), "drei ü 日本".into(), Value::Null];
    let done = engine.run(with(text, values)).await.unwrap();
    let row = done.rows.first().unwrap();
    assert_eq!(row.try_get::<&str>("first").unwrap(), "one");
    assert_eq!((row.try_get("second").unwrap(), row.try_get("again").unwrap()), (2_i64, Some(2_i64)));
    assert_eq!(row.try_get::<String>("third").unwrap(), "drei ü 日本");
    assert_eq!(row.try_get::<Option<&str>>("none").unwrap(), None);
    assert_eq!(row.try_get::<&str>("text").unwrap(), "$1");
    assert_eq!((row.try_get("small").unwrap(), row.try_get("yes").unwrap()), (1_i64, 1_i64));
    for (statement, why) in [
        (sql("SELECT CAST($1 AS TEXT)"), "places"),
        (with("SELECT CAST($1 AS TEXT)", ["a\0b".into()]), "NUL"),
        (with("SELECT CAST($1 AS BIGINT)", ["a".into()]), "a text where"),
        (with("SELECT CAST($1 AS TEXT)", [1.into()]), "a number where"),
    ] {
        let error = engine.run(statement).await.unwrap_err();
        assert!(matches!(&error, Error::Value(said) if said.contains(why)), "{error}");
    }
    let error = engine.run(sql("SELECT now() AS at")).await.unwrap_err();
    assert_eq!(error.to_string(), "the column at is of another type");
}

#[tokio::test]
#[ignore = "needs PostgreSQL: .ci/postgres/run"]
async fn a_transaction_lasts_as_a_whole_or_never_was() {
    let (engine, place) = database();
    let add = |number: i64| with("INSERT INTO t (a, b) VALUES ($1, 'x')", [number.into()]);
    let mut write = engine.write().await.unwrap();
    assert_eq!(write.run(add(1)).await.unwrap().changed, 1);
    assert_eq!(count(&place), "0", "nobody sees it yet");
    drop(write);
    // waits for its turn, so that the one before is over
    let mut write = engine.write().await.unwrap();
    write.run(add(1)).await.unwrap();
    write.commit().await.unwrap();
    assert_eq!(count(&place), "1");

    let mut write = engine.write().await.unwrap();
    write.run(add(2)).await.unwrap();
    assert!(write.run(add(2)).await.is_err(), "there is one already");
    assert!(matches!(write.run(add(3)).await, Err(Error::Over)), "what followed would not last either");
    assert!(matches!(write.commit().await, Err(Error::Over)), "the database says that it is committed");
    assert_eq!(count(&place), "1");

    assert!(engine.run(add(9)).await.is_err(), "readers do not write");
    let mut snapshot = engine.snapshot().await.unwrap();
    assert!(snapshot.run(add(9)).await.is_err());
}

#[tokio::test]
#[ignore = "needs PostgreSQL: .ci/postgres/run"]
async fn a_snapshot_is_of_one_moment() {
    let (engine, _place) = database();
    let engine = Engine::Postgres(engine);
    let mut snapshot = engine.snapshot().await.unwrap();
    let counted = async |on: &mut Transaction| {
        let done = On::run(on, sql("SELECT COUNT(*) AS counted FROM t")).await.unwrap();
        done.rows.first().unwrap().try_get::<i64>("counted").unwrap()
    };
    assert_eq!(counted(&mut snapshot).await, 0);
    let mut write = engine.write().await.unwrap();
    write.run(sql("INSERT INTO t (a) VALUES (1)")).await.unwrap();
    write.commit().await.unwrap();
    assert_eq!(counted(&mut snapshot).await, 0);
    assert_eq!(counted(&mut engine.snapshot().await.unwrap()).await, 1);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: .ci/postgres/run"]
async fn what_a_writer_read_is_so_until_it_ends() {
    let (engine, place) = database();
    let other = Postgres::of(&Address::parse(&place.url, &Process).unwrap()).unwrap();
    // each adds one more than the most there is: without turns two of them would find the same
    let add = async |engine: &Postgres| {
        let mut write = engine.write().await.unwrap();
        let most = write.run(sql("SELECT COALESCE(MAX(a), 0) + 1 AS next FROM t")).await.unwrap();
        let next: i64 = most.rows.first().unwrap().try_get("next").unwrap();
        tokio::task::yield_now().await;
        write.run(with("INSERT INTO t (a) VALUES ($1)", [next.into()])).await.unwrap();
        write.commit().await.unwrap();
    };
    let writes = (0..50).map(|at| add(if at % 2 == 0 { &engine } else { &other }));
    futures_util::future::join_all(writes).await;
    assert_eq!(one_at(&place.url, "SELECT COUNT(*) = MAX(a) FROM t").as_deref(), Some("t"));
    assert_eq!(count(&place), "50");
}

#[tokio::test]
#[ignore = "needs PostgreSQL: .ci/postgres/run"]
async fn a_connection_that_was_lost_is_made_anew_and_no_commit_is_said_to_have_failed_that_may_not_have() {
    let (engine, place) = database();
    engine.run(sql("SELECT 1 AS one")).await.unwrap();
    let lost = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
    at(&place.url, lost);
    engine.run(sql("SELECT 1 AS one")).await.unwrap();
    let mut write = engine.write().await.unwrap();
    write.run(sql("INSERT INTO t (a) VALUES (1)")).await.unwrap();
    at(&place.url, lost);
    tokio::time::sleep(Duration::from_millis(1)).await;
    let error = write.commit().await.unwrap_err();
    assert!(matches!(error, Error::Uncertain | Error::Lost(_)), "{error}");
    assert_eq!(count(&place), "0");
    engine.write().await.unwrap().commit().await.unwrap();
    let counted = Engine::Postgres(engine).failures();
    assert!(counted.iter().any(|(kind, count)| *kind == "gone" && *count > 0), "{counted:?}");
}
