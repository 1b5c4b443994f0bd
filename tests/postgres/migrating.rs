//! Bringing a database up to date that several servers use.

use keydeck::server::store::engine::{Address, MigrationError, Postgres, Process, Schema, Step};
use keydeck::server::store::{STEPS, Store};
use keydeck::server::{ServerError, ServerSettings};

use crate::calls::{get, post};
use crate::support::TestServer;
use crate::support::database::{TestDatabase, at, one_at};

fn engine(url: &str) -> Postgres {
    Postgres::of(&Address::parse(url, &Process).unwrap()).unwrap()
}

/// The steps that there are and one more.
fn and(step: Step) -> &'static [Step] {
    STEPS.postgres.iter().copied().chain([step]).collect::<Vec<_>>().leak()
}

#[tokio::test]
#[ignore = "needs PostgreSQL: .ci/postgres/run"]
async fn servers_that_start_together_bring_it_up_to_date_once() {
    let place = TestDatabase::shared();
    let url = &place.url;
    let made = futures_util::future::join_all((0..6).map(|_| async {
        let store = Store::create(url).await.unwrap_or_else(|error| panic!("{error}"));
        store.close().await;
    }));
    made.await;
    let steps = one_at(url, "SELECT COUNT(*) FROM keydeck_steps WHERE version > 0").unwrap();
    assert_eq!(steps, STEPS.postgres.len().to_string());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: .ci/postgres/run"]
async fn one_that_is_cut_short_leaves_nothing_behind_and_is_begun_anew() {
    let place = TestDatabase::shared();
    let slow = Step::new(99, "slow", "CREATE TABLE made_late (a BIGINT); SELECT pg_sleep(60)");
    let (cut, url) = (engine(&place.url), place.url.clone());
    let migrating = tokio::spawn(async move { cut.migrate(and(slow)).await });
    let sleeping =
        "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'";
    while one_at(&url, sleeping).as_deref() != Some("1") {}
    at(
        &url,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()",
    );
    assert!(migrating.await.unwrap().is_err());
    let left = one_at(&url, "SELECT COUNT(*) FROM pg_tables WHERE schemaname = current_schema()").unwrap();
    assert_eq!(left, "1", "the record alone");
    let quick = Step::new(99, "slow", "CREATE TABLE made_late (a BIGINT)");
    let again = engine(&url);
    assert_eq!(again.examine(and(quick)).await.unwrap(), Schema::Older);
    again.migrate(and(quick)).await.unwrap();
    assert_eq!(again.examine(and(quick)).await.unwrap(), Schema::Present);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: .ci/postgres/run"]
async fn an_older_server_works_on_what_a_newer_one_made_unless_that_says_otherwise() {
    let server = TestServer::start_shared(ServerSettings::default()).await;
    let latest = STEPS.postgres.last().unwrap().version;
    let expand = Step {
        works_with: latest,
        ..Step::new(latest + 1, "more", "ALTER TABLE api_keys ADD COLUMN more TEXT; CREATE TABLE more (a BIGINT)")
    };
    engine(&server.database).migrate(and(expand)).await.unwrap();
    // the one that runs goes on, and one of its version starts beside it
    let beside = server.another(ServerSettings::default()).await;
    for url in [&server.base_url, &beside.base_url] {
        post(url, &server.keys.user, "/api-keys", serde_json::json!({ "name": "made" })).await.expect(201);
        get(url, &server.keys.user, "/api-keys").await.expect(200);
    }
    drop(beside);
    let contract = Step::new(latest + 2, "less", "DROP TABLE more");
    let all = and(expand).iter().copied().chain([contract]).collect::<Vec<_>>().leak();
    engine(&server.database).migrate(all).await.unwrap();
    let refused = Store::open(&server.database).await.err().unwrap();
    assert!(
        matches!(&refused, ServerError::Schema { source: MigrationError::Unknown(step), .. } if *step == latest + 2),
        "{refused}"
    );
}

#[tokio::test]
#[ignore = "needs PostgreSQL: .ci/postgres/run"]
async fn what_is_another_programs_or_cannot_be_reached_is_said_so() {
    let place = TestDatabase::shared();
    let none = Store::open(&place.url).await.err().unwrap();
    assert!(matches!(&none, ServerError::NotInitialised { .. }), "{none}");
    at(&place.url, "CREATE TABLE bookmarks (url TEXT)");
    for refused in [Store::open(&place.url).await.err().unwrap(), Store::create(&place.url).await.err().unwrap()] {
        assert!(
            matches!(&refused, ServerError::NotOurs { database } if database.starts_with("postgres://")),
            "{refused}"
        );
    }
    let (before, _) = place.url.split_once('@').unwrap();
    let nobody = format!("{before}@127.0.0.1:1/none?sslmode=disable");
    let refused = Store::open(&nobody).await.err().unwrap();
    assert!(matches!(&refused, ServerError::Unreachable { .. }), "{refused}");
    assert!(refused.to_string().contains("postgres://127.0.0.1:1/none"), "{refused}");
    let missing = place.url.replace("keydeck_test_", "keydeck_none_");
    let refused = Store::open(&missing).await.err().unwrap();
    assert!(matches!(&refused, ServerError::Refused { .. }), "{refused}");
}
