//! What the server's store costs: a page of keys, first, next, filtered and by owner, and the look-up that every request
//! begins with, each beside the same statement run through the bare driver.
//!
//! `cargo bench --bench store`; with `KEYDECK_BENCH_KEYS=1000000` also a team of that many. The figures are for reading
//! side by side within one run; nothing asserts them.

use std::collections::HashMap;
use std::hint::black_box;
use std::path::PathBuf;
use std::sync::{Mutex, OnceLock, PoisonError};

use chrono::{DateTime, Utc};
use divan::Bencher;
use keydeck::domain::key::Status;
use keydeck::domain::key_value::fingerprint;
use keydeck::domain::team::Role;
use keydeck::server::seed::{SeedPlan, fill};
use keydeck::server::store::Store;
use keydeck::server::store::key_lists::{self, Filter, Position, Sort};
use keydeck::server::store::presented;
use rusqlite::Connection;
use rusqlite::types::ValueRef;
use tokio::runtime::Runtime;

const PAGE: u32 = 1000;

fn main() {
    divan::main();
}

fn sizes() -> Vec<u64> {
    let more = std::env::var("KEYDECK_BENCH_KEYS").ok().and_then(|keys| keys.parse().ok());
    [400, 100_000].into_iter().chain(more).collect()
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_000_000, 0).unwrap_or_default()
}

fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap_or_else(fail)
    })
}

fn fail<T>(why: impl std::fmt::Display) -> T {
    panic!("{why}")
}

/// A team of a size, made once a run.
#[derive(Clone)]
struct Team {
    store: Store,
    path: PathBuf,
    /// Of the console's own key.
    hash: String,
    /// Half way through the list.
    middle: Position,
    /// Who has a page of keys or, in a small team, some.
    owner: i64,
}

fn team(keys: u64) -> Team {
    static TEAMS: OnceLock<Mutex<HashMap<u64, (Team, tempfile::TempDir)>>> = OnceLock::new();
    let teams = TEAMS.get_or_init(Mutex::default);
    let mut teams = teams.lock().unwrap_or_else(PoisonError::into_inner);
    teams.entry(keys).or_insert_with(|| make(keys)).0.clone()
}

fn make(keys: u64) -> (Team, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap_or_else(fail);
    let path = folder.path().join("team.db");
    let database = format!("sqlite:{}", path.display());
    let plan = SeedPlan { keys, seed: 7, role: Role::Admin, now: now() };
    let (value, store) = runtime().block_on(async {
        let seeded = fill(&database, &plan).await.unwrap_or_else(fail);
        (seeded.api_key, Store::open(&database).await.unwrap_or_else(fail))
    });
    let one = |sql: &str| {
        let direct = Connection::open(&path).unwrap_or_else(fail);
        let row = direct.query_row(sql, [i64::try_from(keys / 2).unwrap_or_default()], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        });
        row.unwrap_or_else(fail)
    };
    let (at, id, owner): (String, String, i64) =
        one("SELECT created_at, id, owner_id FROM api_keys ORDER BY created_at LIMIT 1 OFFSET ?1");
    (Team { store, path, hash: fingerprint(value.expose()), middle: (at, id), owner }, folder)
}

/// Which page.
#[derive(Clone, Copy, Debug)]
enum Which {
    First,
    Next,
    Filtered,
    ByOwner,
}

impl Which {
    fn of(self, team: &Team) -> (Filter, Option<&Position>) {
        match self {
            Self::First => (Filter::default(), None),
            Self::Next => (Filter::default(), Some(&team.middle)),
            Self::Filtered => (Filter { statuses: vec![Status::Revoked], ..Filter::default() }, None),
            Self::ByOwner => (Filter { owner: Some(team.owner), ..Filter::default() }, None),
        }
    }
}

/// Every page of every team.
fn pages() -> Vec<(u64, Which)> {
    let pages = [Which::First, Which::Next, Which::Filtered, Which::ByOwner];
    sizes().into_iter().flat_map(|keys| pages.map(|page| (keys, page))).collect()
}

mod page {
    use super::{Bencher, Connection, PAGE, Sort, Which, black_box, fail, key_lists, now, runtime, team};

    /// As an answer's rows.
    #[divan::bench(args = super::pages(), sample_count = 40)]
    fn store(bencher: Bencher<'_, '_>, (keys, which): (u64, Which)) {
        let team = team(keys);
        let (filter, after) = which.of(&team);
        bencher.bench_local(|| {
            let page = key_lists::page(team.store.reads(), &filter, Sort::Newest, after, PAGE, now());
            black_box(runtime().block_on(page).unwrap_or_else(fail))
        });
    }

    /// As an answer's rows, and those as JSON.
    #[divan::bench(args = super::pages(), sample_count = 40)]
    fn store_to_json(bencher: Bencher<'_, '_>, (keys, which): (u64, Which)) {
        let team = team(keys);
        let (filter, after) = which.of(&team);
        bencher.bench_local(|| {
            let page = key_lists::page(team.store.reads(), &filter, Sort::Newest, after, PAGE, now());
            let (rows, _) = runtime().block_on(page).unwrap_or_else(fail);
            black_box(serde_json::to_vec(&rows).unwrap_or_else(fail))
        });
    }

    /// The driver alone: every cell looked at, nothing kept.
    #[divan::bench(args = super::pages(), sample_count = 40)]
    fn driver(bencher: Bencher<'_, '_>, (keys, which): (u64, Which)) {
        let team = team(keys);
        let (filter, after) = which.of(&team);
        let statement = key_lists::page_sql(&filter, Sort::Newest, after, PAGE, now()).into_statement();
        let plain = Connection::open(&team.path).unwrap_or_else(fail);
        bencher.bench_local(|| super::look_at(&plain, &statement));
    }
}

mod look_up {
    use super::{Bencher, Connection, black_box, fail, now, presented, runtime, team};

    /// As a request begins.
    #[divan::bench(args = super::sizes(), sample_count = 200)]
    fn at_once(bencher: Bencher<'_, '_>, keys: u64) {
        let team = team(keys);
        bencher.bench_local(|| {
            let found = presented::credential(team.store.at_once(), &team.hash, now());
            black_box(runtime().block_on(found).unwrap_or_else(fail))
        });
    }

    /// On a thread that may wait.
    #[divan::bench(args = super::sizes(), sample_count = 200)]
    fn on_a_thread(bencher: Bencher<'_, '_>, keys: u64) {
        let team = team(keys);
        bencher.bench_local(|| {
            let found = presented::credential(team.store.reads(), &team.hash, now());
            black_box(runtime().block_on(found).unwrap_or_else(fail))
        });
    }

    /// The driver alone.
    #[divan::bench(args = super::sizes(), sample_count = 200)]
    fn driver(bencher: Bencher<'_, '_>, keys: u64) {
        let team = team(keys);
        let statement = presented::usual_sql([team.hash.as_str()], now()).into_statement();
        let plain = Connection::open(&team.path).unwrap_or_else(fail);
        bencher.bench_local(|| super::look_at(&plain, &statement));
    }
}

/// Runs a statement and looks at every cell; answers how many bytes and numbers there were.
fn look_at(plain: &Connection, statement: &keydeck::server::store::engine::Statement) -> usize {
    use keydeck::server::store::engine::Value;
    let mut prepared = plain.prepare_cached(&statement.text.replace('$', "?")).unwrap_or_else(fail);
    for (at, value) in (1..).zip(&statement.values) {
        let bound = match value {
            Value::Null => prepared.raw_bind_parameter(at, rusqlite::types::Null),
            Value::Integer(number) => prepared.raw_bind_parameter(at, number),
            Value::Text(text) => prepared.raw_bind_parameter(at, text.as_str()),
        };
        bound.unwrap_or_else(fail);
    }
    let (width, mut seen) = (prepared.column_count(), 0);
    let mut rows = prepared.raw_query();
    while let Some(row) = rows.next().unwrap_or_else(fail) {
        for at in 0..width {
            seen += match row.get_ref(at).unwrap_or_else(fail) {
                ValueRef::Text(text) => text.len(),
                _ => 1,
            };
        }
    }
    black_box(seen)
}
