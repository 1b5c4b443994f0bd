use std::future::Future;
use std::pin::pin;
use std::task::{Context, Waker};

use tempfile::TempDir;

use super::*;
use crate::server::store::engine::Value;

const STEPS: &[Step] = &[Step::new(1, "begin", "CREATE TABLE t (a BIGINT, b TEXT)")];

/// A database with one table, and the folder it stands in.
async fn database() -> (Sqlite, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a b?mode=ro#ü%41.db");
    std::fs::write(&path, "").unwrap();
    let engine = Sqlite::patient(&path, Patience { lock: Duration::from_millis(40), ..PATIENCE });
    engine.migrate(STEPS).await.unwrap();
    (engine, folder)
}

fn sql(text: &str) -> Statement {
    Statement { text: text.to_owned(), values: Vec::new() }
}

fn with<const N: usize>(text: &str, values: [Value; N]) -> Statement {
    Statement { text: text.to_owned(), values: values.into() }
}

async fn count(on: impl On) -> i64 {
    let done = on.run(sql("SELECT COUNT(*) AS counted FROM t")).await.unwrap();
    done.rows.first().unwrap().try_get("counted").unwrap()
}

/// Another program's connection.
fn other(engine: &Sqlite) -> Connection {
    sqlite::open(&engine.path, Duration::ZERO).unwrap()
}

const ADD: &str = "INSERT INTO t (a, b) VALUES (1, 'x')";

#[tokio::test]
async fn values_stand_where_their_numbers_say() {
    let (engine, _folder) = database().await;
    let text = "SELECT $2 AS second, $1 AS first, $3 AS third, $2 AS again, $4 AS none, '$1' AS text";
    let values = ["one".into(), Value::from(2), "drei ü 日本".to_owned().into(), Value::Null];
    let mut write = engine.write().await.unwrap();
    for done in [
        engine.run(with(text, values.clone())).await.unwrap(),
        engine.at_once().run(with(text, values.clone())).await.unwrap(),
        write.run(with(text, values.clone())).await.unwrap(),
    ] {
        let row = done.rows.first().unwrap();
        assert_eq!(row.try_get::<&str>("first").unwrap(), "one");
        assert_eq!((row.try_get("second").unwrap(), row.try_get("again").unwrap()), (2_i64, Some(2_i64)));
        assert_eq!(row.try_get::<String>("third").unwrap(), "drei ü 日本");
        assert_eq!(row.try_get::<Option<&str>>("none").unwrap(), None);
        assert_eq!(row.try_get::<&str>("text").unwrap(), "$1");
        for (column, found) in [("first", "a text"), ("none", "null"), ("fourth", "not there")] {
            let error = row.try_get::<i64>(column).unwrap_err().to_string();
            assert_eq!(error, format!("the column {column} is {found}"));
        }
    }
    for values in [Vec::new(), vec![Value::Null; 5]] {
        let error = engine.run(Statement { text: text.to_owned(), values }).await.unwrap_err();
        assert!(matches!(error, Error::Value(_)), "{error}");
    }
}

#[tokio::test]
async fn a_nul_is_refused_and_nothing_is_written() {
    let (engine, _folder) = database().await;
    let mut write = engine.write().await.unwrap();
    let add = with("INSERT INTO t (a, b) VALUES ($1, $2)", [1.into(), "a\0b".into()]);
    assert!(matches!(write.run(add).await, Err(Error::Value(_))));
    write.commit().await.unwrap();
    assert_eq!(count(&engine).await, 0);
}

#[tokio::test]
async fn what_is_no_whole_number_or_text_is_told_and_not_guessed() {
    let (engine, _folder) = database().await;
    for (text, found) in
        [("SELECT 1.5 AS a", "broken"), ("SELECT x'00' AS a", "bytes"), ("SELECT CAST(x'ff' AS TEXT) AS a", "UTF-8")]
    {
        let error = engine.run(sql(text)).await.unwrap_err().to_string();
        assert!(error.contains("the column a is") && error.contains(found), "{error}");
    }
}

#[tokio::test]
async fn rows_of_a_page_and_what_is_behind_it() {
    let (engine, _folder) = database().await;
    let done = engine.run(sql("SELECT 1 AS a UNION SELECT 2 UNION SELECT 3 ORDER BY 1")).await.unwrap();
    for (limit, shown, last) in
        [(1, vec![1], Some(1)), (2, vec![1, 2], Some(2)), (3, vec![1, 2, 3], None), (9, vec![1, 2, 3], None)]
    {
        let (rows, more) = done.rows.page(limit);
        assert_eq!(rows.map(|row| row.try_get("a").unwrap()).collect::<Vec<i64>>(), shown);
        assert_eq!(more.map(|row| row.try_get::<i64>("a").unwrap()), last);
    }
    let none = engine.run(sql("SELECT a FROM t")).await.unwrap().rows;
    assert!(none.is_empty() && none.first().is_none() && none.page(3).1.is_none());
}

#[tokio::test]
async fn a_transaction_is_all_or_nothing() {
    let (engine, _folder) = database().await;
    let mut write = engine.write().await.unwrap();
    assert_eq!(write.run(sql(ADD)).await.unwrap().changed, 1);
    assert_eq!(count(&mut write).await, 1);
    assert_eq!(count(&engine).await, 0, "nobody else sees it yet");
    write.commit().await.unwrap();
    assert_eq!(count(&engine).await, 1);
    let mut write = engine.write().await.unwrap();
    write.run(sql(ADD)).await.unwrap();
    drop(write);
    assert_eq!(count(&engine).await, 1, "dropped, it never was");
    let mut write = engine.write().await.unwrap();
    assert_eq!(count(&mut write).await, 1);
    write.run(sql("INSERT INTO nowhere VALUES (1)")).await.unwrap_err();
    write.run(sql(ADD)).await.unwrap();
    write.commit().await.unwrap();
    assert_eq!(count(&engine).await, 2, "a refused statement is not the end of it");
}

#[tokio::test]
async fn a_snapshot_sees_one_moment() {
    let (engine, _folder) = database().await;
    let mut snapshot = engine.snapshot().await.unwrap();
    assert_eq!(count(&mut snapshot).await, 0);
    let mut write = engine.write().await.unwrap();
    write.run(sql(ADD)).await.unwrap();
    write.commit().await.unwrap();
    assert_eq!(count(&mut snapshot).await, 0);
    assert_eq!(count(&engine).await, 1);
    drop(snapshot);
    assert_eq!(count(&mut engine.snapshot().await.unwrap()).await, 1);
}

#[tokio::test]
async fn a_statement_that_nobody_waits_for_any_more_is_taken_back_with_its_transaction() {
    let (engine, _folder) = database().await;
    let mut write = engine.write().await.unwrap();
    write.run(sql(ADD)).await.unwrap();
    {
        let many = "INSERT INTO t (a) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) SELECT i FROM n";
        let mut running = pin!(write.run(sql(many)));
        drop(running.as_mut().poll(&mut Context::from_waker(Waker::noop())));
    }
    drop(write);
    let mut next = engine.write().await.unwrap();
    assert_eq!(count(&mut next).await, 0);
    next.run(sql(ADD)).await.unwrap();
    next.commit().await.unwrap();
    // begun, and left while it begins
    {
        let mut beginning = pin!(engine.write());
        drop(beginning.as_mut().poll(&mut Context::from_waker(Waker::noop())));
    }
    assert_eq!(count(&mut engine.write().await.unwrap()).await, 1);
}

#[tokio::test]
async fn who_only_reads_cannot_write() {
    let (engine, _folder) = database().await;
    let mut snapshot = engine.snapshot().await.unwrap();
    for done in [engine.run(sql(ADD)).await, engine.at_once().run(sql(ADD)).await, snapshot.run(sql(ADD)).await] {
        let error = done.unwrap_err();
        assert!(matches!(error, Error::Failed(sqlite::Kind::ReadOnly, _)), "{error}");
    }
    assert_eq!(count(&engine).await, 0);
}

#[tokio::test]
async fn another_programs_lock_is_waited_for_and_told_in_the_end() {
    let (engine, _folder) = database().await;
    let other = other(&engine);
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let busy = engine.write().await.err().unwrap();
    assert!(matches!(busy, Error::Busy(_)), "{busy}");
    assert_eq!(count(&engine).await, 0, "reading goes on");
    other.execute_batch("COMMIT").unwrap();
    engine.write().await.unwrap().commit().await.unwrap();
}

#[tokio::test]
async fn who_queues_behind_another_programs_lock_is_told_as_soon_as_the_first() {
    let (engine, _folder) = database().await;
    let wait = Duration::from_secs(2);
    let engine = Sqlite::patient(&engine.path, Patience { lock: wait, turn: wait });
    let other = other(&engine);
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    // one after another they would wait for forty seconds
    let all = futures_util::future::join_all((0..20).map(|_| engine.write()));
    let all = tokio::time::timeout(Duration::from_secs(20), all).await.expect("they waited one after another");
    for begun in all {
        let busy = begun.err().unwrap();
        assert!(matches!(busy, Error::Busy(_)), "{busy}");
    }
}

#[tokio::test]
async fn what_is_read_at_once_waits_elsewhere_where_it_has_to() {
    let (engine, _folder) = database().await;
    assert_eq!(count(engine.at_once()).await, 0);
    // opened: the next one runs in place
    {
        let mut here = pin!(count(engine.at_once()));
        assert!(here.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready());
    }
    engine.close().await;
    let engine = Sqlite::patient(&engine.path, PATIENCE);
    assert_eq!(count(engine.at_once()).await, 0);
    drop(engine.writer.idle());
    drop(engine.at_once.idle());
    let alone = other(&engine);
    alone.execute_batch(&format!("PRAGMA locking_mode = EXCLUSIVE; {ADD}")).unwrap();
    let reading = tokio::spawn({
        let engine = engine.clone();
        async move { count(engine.at_once()).await }
    });
    while engine.readers.free_turns() == READERS {
        assert!(!reading.is_finished(), "it gave up where it had to wait");
        tokio::task::yield_now().await;
    }
    drop(alone);
    assert_eq!(reading.await.unwrap(), 1);
}

#[tokio::test]
async fn a_full_disk_spoils_no_connection() {
    let (engine, _folder) = database().await;
    let room = async |pages: u32| {
        engine
            .with_writer(move |writer| Ok(writer.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))?))
            .await
            .unwrap();
    };
    let much = || with("INSERT INTO t (b) VALUES ($1)", ["x".repeat(100_000).into()]);
    room(8).await;
    for _ in 0..3 {
        let mut write = engine.write().await.unwrap();
        write.run(sql(ADD)).await.unwrap();
        let error = write.run(much()).await.unwrap_err();
        assert!(matches!(error, Error::Full), "{error}");
        // whether SQLite ended the transaction by itself or not
        drop(write);
    }
    assert_eq!(count(&engine).await, 0);
    room(1000).await;
    let mut write = engine.write().await.unwrap();
    write.run(much()).await.unwrap();
    write.commit().await.unwrap();
    assert_eq!(count(&engine).await, 1);
}

#[tokio::test]
async fn nothing_lasts_of_a_transaction_that_sqlite_ended() {
    let (engine, _folder) = database().await;
    let mut write = engine.write().await.unwrap();
    write.run(sql(ADD)).await.unwrap();
    // as SQLite does by itself of SQLITE_FULL, IOERR and NOMEM
    write.run(sql("ROLLBACK")).await.unwrap();
    assert!(matches!(write.run(sql(ADD)).await, Err(Error::Over)));
    assert!(matches!(write.commit().await, Err(Error::Over)));
    assert_eq!(count(&engine).await, 0);
    let mut write = engine.write().await.unwrap();
    write.run(sql(ADD)).await.unwrap();
    write.commit().await.unwrap();
    assert_eq!(count(&engine).await, 1);
}

#[tokio::test]
async fn a_connection_whose_disk_failed_is_opened_anew() {
    let (engine, _folder) = database().await;
    let failed = engine.with_writer(|writer| {
        writer.execute_batch("CREATE TEMP TABLE mark (a)").unwrap();
        Err::<(), _>(Error::Failed(sqlite::Kind::Broken, "disk I/O error".to_owned()))
    });
    failed.await.unwrap_err();
    let marks = |writer: &mut Connection| Ok(writer.prepare("SELECT a FROM mark").is_ok());
    assert!(!engine.with_writer(marks).await.unwrap(), "another connection");
}

#[tokio::test]
async fn closing_waits_and_is_the_end() {
    let (engine, folder) = database().await;
    let mut write = engine.write().await.unwrap();
    write.run(sql(ADD)).await.unwrap();
    let closing = tokio::spawn({
        let engine = engine.clone();
        async move { engine.close().await }
    });
    while !engine.readers.is_closed() {
        tokio::task::yield_now().await;
    }
    write.commit().await.unwrap();
    closing.await.unwrap();
    assert!(matches!(engine.write().await, Err(Error::Closed)));
    assert!(matches!(engine.run(sql("SELECT 1")).await, Err(Error::Closed)));
    assert!(matches!(engine.at_once().run(sql("SELECT 1")).await, Err(Error::Closed)));
    let files = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(files, 1, "the log is folded into the database");
    engine.close().await;
}

#[tokio::test]
async fn every_value_of_many_is_bound() {
    let (engine, _folder) = database().await;
    let places: Vec<String> = (1..=5000).map(|number| format!("($1, ${number})")).collect();
    let text = format!("INSERT INTO t (a, b) VALUES {}", places[1..].join(", "));
    let values = (0..5000).map(|number| if number == 0 { 7.into() } else { Value::Text(number.to_string()) }).collect();
    let mut write = engine.write().await.unwrap();
    assert_eq!(write.run(Statement { text, values }).await.unwrap().changed, 4999);
    write.commit().await.unwrap();
    let sums = engine.run(sql("SELECT SUM(a) AS a FROM t")).await.unwrap();
    let row = sums.rows.first().unwrap();
    assert_eq!(row.try_get::<i64>("a").unwrap(), 7 * 4999);
}

#[tokio::test]
async fn steps_are_applied_all_or_none_and_once() {
    const FIRST: Step = Step::new(1, "begin", "CREATE TABLE t (a BIGINT, b TEXT)");
    const SECOND: Step = Step::new(2, "more", "CREATE TABLE u (a BIGINT)");
    const OTHER: Step = Step { sql: "CREATE TABLE t (a BIGINT)", ..FIRST };
    const WRONG: Step = Step::new(3, "wrong", "CREATE TABLE v (a BIGINT); NONSENSE");
    let (engine, _folder) = database().await;
    let wrong = engine.migrate(&[FIRST, SECOND, WRONG]).await.unwrap_err();
    assert!(matches!(wrong, MigrationError::Database(_)), "{wrong}");
    let tables = async || {
        let sql = sql("SELECT COUNT(*) AS counted FROM sqlite_schema WHERE type = 'table'");
        engine.run(sql).await.unwrap().rows.first().unwrap().try_get::<i64>("counted").unwrap()
    };
    assert_eq!(tables().await, 2, "its own record, and the one table");
    for _ in 0..2 {
        engine.migrate(&[FIRST, SECOND]).await.unwrap();
        assert_eq!(tables().await, 3);
    }
    let lock = other(&engine);
    lock.execute_batch("BEGIN IMMEDIATE").unwrap();
    engine.migrate(&[FIRST, SECOND]).await.expect("without a step to apply nobody is waited for");
    lock.execute_batch("ROLLBACK").unwrap();
    assert!(matches!(engine.migrate(&[FIRST]).await, Err(MigrationError::Unknown(2))));
    assert!(matches!(engine.migrate(&[OTHER, SECOND]).await, Err(MigrationError::Altered(1))));
    lock.execute_batch("UPDATE _sqlx_migrations SET success = 0 WHERE version = 2").unwrap();
    assert!(matches!(engine.migrate(&[FIRST, SECOND]).await, Err(MigrationError::Unfinished(2))));
}

/// Adds so many pages in one transaction.
async fn add_pages(engine: &Sqlite, pages: usize) {
    let mut write = engine.write().await.unwrap();
    let page = with("INSERT INTO t (b) VALUES ($1)", ["x".repeat(4096 * pages).into()]);
    write.run(page).await.unwrap();
    write.commit().await.unwrap();
}

#[tokio::test]
async fn a_log_is_folded_beside_who_writes() {
    let (engine, folder) = database().await;
    let file = || std::fs::metadata(&engine.path).unwrap().len();
    let before = file();
    add_pages(&engine, 500).await;
    assert_eq!(file(), before, "a little waits in the log");
    add_pages(&engine, 700).await;
    while file() < 4096 * 1200 {
        tokio::task::yield_now().await;
    }
    assert_eq!(count(&engine).await, 2);
    engine.close().await;
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[tokio::test]
async fn a_log_begins_anew_though_there_is_always_somebody_who_writes() {
    let (engine, _folder) = database().await;
    let log = || std::fs::metadata(engine.path.with_extension("db-wal")).unwrap().len();
    let mut longest = 0;
    for _ in 0..150 {
        add_pages(&engine, 200).await;
        longest = longest.max(log());
    }
    assert!(longest < 4096 * 200 * 150 / 2, "{longest} bytes of log");
}
