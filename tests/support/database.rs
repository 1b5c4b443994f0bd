//! A database for one test: a file, or with `KEYDECK_TEST_ENGINE=postgres` one of its own in the cluster that
//! `KEYDECK_TEST_POSTGRES` names, a `postgres://` address of somebody who may make databases there.

#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "test support: each test binary uses its own part"
)]

use std::str::FromStr;

use tokio_postgres::{Client, Config, NoTls, SimpleQueryMessage};

/// A database that is removed when this is dropped.
pub struct TestDatabase {
    /// `sqlite:PATH` or `postgres://…`.
    pub url: String,
    /// Where the file is, if it is one, and whatever else belongs to the test.
    pub folder: tempfile::TempDir,
    shared: Option<String>,
}

/// Whether tests run on PostgreSQL.
pub fn is_postgres() -> bool {
    std::env::var_os("KEYDECK_TEST_ENGINE").is_some_and(|engine| engine == "postgres")
}

/// The cluster's address.
pub fn cluster() -> String {
    std::env::var("KEYDECK_TEST_POSTGRES").expect("a PostgreSQL: run this by .ci/postgres/run")
}

impl TestDatabase {
    /// An empty one, of the engine that the tests run on.
    pub fn new() -> Self {
        if is_postgres() { Self::shared() } else { Self::file() }
    }

    /// A file that is not made yet.
    pub fn file() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { url: format!("sqlite:{}", folder.path().join("keydeck.db").display()), folder, shared: None }
    }

    /// An empty one in the cluster.
    pub fn shared() -> Self {
        let cluster = &cluster();
        let mut random = [0_u8; 8];
        getrandom::fill(&mut random).unwrap();
        let name = format!("keydeck_test_{}", hex::encode(random));
        at(cluster, &format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' STRATEGY file_copy"));
        Self { url: on_cluster(cluster, &name), folder: tempfile::tempdir().unwrap(), shared: Some(name) }
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if let (Some(name), Ok(cluster)) = (&self.shared, std::env::var("KEYDECK_TEST_POSTGRES")) {
            at(&cluster, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        }
    }
}

/// The address of the cluster's database of this name.
fn on_cluster(cluster: &str, name: &str) -> String {
    let (before, parameters) = cluster
        .split_once('?')
        .map_or((cluster, String::new()), |(before, parameters)| (before, format!("?{parameters}")));
    let (place, _database) = before.rsplit_once('/').unwrap();
    format!("{place}/{name}{parameters}")
}

/// Does something on a connection to `url`, on a thread of its own.
fn with<T: Send + 'static>(url: &str, work: impl AsyncFnOnce(Client) -> T + Send + 'static) -> T {
    let config = Config::from_str(url).unwrap();
    let thread = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            let (client, connection) = config.connect(NoTls).await.unwrap();
            let connection = tokio::spawn(connection);
            let done = work(client).await;
            connection.abort();
            done
        })
    });
    thread.join().unwrap()
}

/// Runs statements at `url`, a `postgres://` address.
pub fn at(url: &str, statements: &str) {
    try_at(url, statements).unwrap_or_else(|error| panic!("{error}: {statements}"));
}

/// The same, and why it is refused.
pub fn try_at(url: &str, statements: &str) -> Result<(), String> {
    let statements = statements.to_owned();
    with(url, async move |client| {
        client
            .batch_execute(&statements)
            .await
            .map_err(|error| error.as_db_error().map_or_else(|| error.to_string(), |error| error.message().to_owned()))
    })
}

/// The first value of the first row at `url`, as text.
pub fn one_at(url: &str, query: &str) -> Option<String> {
    let query = query.to_owned();
    with(url, async move |client| {
        let rows = client.simple_query(&query).await.unwrap_or_else(|error| panic!("{error}: {query}"));
        rows.into_iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row.get(0).map(str::to_owned)),
            _ => None,
        })?
    })
}
