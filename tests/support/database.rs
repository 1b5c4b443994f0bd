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

/// Every row at `url`, as texts; what is null is empty.
pub fn rows_at(url: &str, query: &str) -> Vec<Vec<String>> {
    if let Some(path) = url.strip_prefix("sqlite:") {
        use rusqlite::types::ValueRef;
        let database = rusqlite::Connection::open(path).unwrap();
        let mut statement = database.prepare(query).unwrap();
        let columns = statement.column_count();
        let text = |value: ValueRef<'_>| match value {
            ValueRef::Integer(number) => number.to_string(),
            ValueRef::Text(text) => String::from_utf8(text.to_vec()).unwrap(),
            _ => String::new(),
        };
        let rows = statement
            .query_map([], |row| (0..columns).map(|at| row.get_ref(at).map(text)).collect::<Result<Vec<_>, _>>());
        return rows.unwrap().map(Result::unwrap).collect();
    }
    let query = query.to_owned();
    with(url, async move |client| {
        let rows = client.simple_query(&query).await.unwrap_or_else(|error| panic!("{error}: {query}"));
        let texts = |row: tokio_postgres::SimpleQueryRow| {
            (0..row.len()).map(|at| row.get(at).unwrap_or_default().to_owned()).collect()
        };
        let row = |message| match message {
            SimpleQueryMessage::Row(row) => Some(texts(row)),
            _ => None,
        };
        rows.into_iter().filter_map(row).collect()
    })
}

/// Whether `text` stands anywhere in what the database at `url` keeps.
pub fn holds(url: &str, text: &str) -> bool {
    if let Some(path) = url.strip_prefix("sqlite:") {
        return ["", "-wal"].iter().any(|suffix| {
            let bytes = std::fs::read(format!("{path}{suffix}")).unwrap_or_default();
            bytes.windows(text.len()).any(|part| part == text.as_bytes())
        });
    }
    let tables = rows_at(url, "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()");
    assert!(tables.len() > 10);
    let quoted = text.replace('\'', "''");
    tables.iter().any(|table| {
        let found = format!("SELECT 1 FROM {} AS t WHERE strpos(t::text, '{quoted}') > 0 LIMIT 1", table[0]);
        !rows_at(url, &found).is_empty()
    })
}

/// Keeps everybody from writing at `url` until this is dropped.
pub struct Held(Option<std::sync::mpsc::Sender<()>>, Option<std::thread::JoinHandle<()>>);

impl Held {
    pub fn at(url: &str) -> Self {
        let (release, released) = std::sync::mpsc::channel();
        let (ready, held) = std::sync::mpsc::channel();
        let url = url.to_owned();
        let thread = std::thread::spawn(move || {
            if let Some(path) = url.strip_prefix("sqlite:") {
                let other = rusqlite::Connection::open(path).unwrap();
                other.execute_batch("BEGIN IMMEDIATE").unwrap();
                ready.send(()).unwrap();
                let _released: Result<(), _> = released.recv();
                return other.execute_batch("ROLLBACK").unwrap();
            }
            with(&url, async move |client| {
                client.batch_execute("BEGIN; SELECT number FROM writing WHERE id = 1 FOR UPDATE").await.unwrap();
                ready.send(()).unwrap();
                let _released = tokio::task::spawn_blocking(move || released.recv()).await;
                client.batch_execute("ROLLBACK").await.unwrap();
            });
        });
        held.recv().unwrap();
        Self(Some(release), Some(thread))
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        drop(self.0.take());
        if let Some(thread) = self.1.take() {
            thread.join().unwrap();
        }
    }
}

/// Has the database at `url` note each change of the column of API keys in a table `counted`.
pub fn count_changes_of(url: &str, column: &str) {
    match url.strip_prefix("sqlite:") {
        Some(path) => rusqlite::Connection::open(path)
            .unwrap()
            .execute_batch(&format!(
                "CREATE TABLE counted (at INTEGER); CREATE TRIGGER counting AFTER UPDATE OF {column} ON api_keys \
                 BEGIN INSERT INTO counted VALUES (1); END"
            ))
            .unwrap(),
        None => at(
            url,
            &format!(
                "CREATE TABLE counted (at INTEGER); CREATE FUNCTION counting() RETURNS trigger LANGUAGE plpgsql AS $$ \
                 BEGIN INSERT INTO counted VALUES (1); RETURN NULL; END $$; CREATE TRIGGER counting AFTER UPDATE OF {column} \
                 ON api_keys FOR EACH ROW EXECUTE FUNCTION counting()"
            ),
        ),
    }
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
