//! The filter and the table at 1,000,000 rows, beside one pass of a substring search over the same text.

use std::hint::black_box;
use std::time::Instant;

use chrono::{DateTime, TimeDelta};
use keydeck::domain::filter::Query;
use keydeck::domain::key::{Key, Status};
use keydeck::domain::row::Row;
use keydeck::domain::sort::{Column, Sort};
use keydeck::domain::table::Table;
use keydeck::domain::time::{Time, When};
use memchr::memmem::Finder;

use super::{Bound, line, median, milliseconds};

const ROWS: usize = 1_000_000;
const PEOPLE: [&str; 8] =
    ["Ana Souza", "Ben Okafor", "Chidi Eze", "Dagny Holm", "Emre Kaya", "Fatma Oz", "Gita Rao", "Hugo Lind"];
const JOBS: [&str; 8] =
    ["ci-deploy", "nightly-export", "monitor", "load-test", "billing-sync", "webhook", "backup", "staging"];

fn now() -> Time {
    DateTime::from_timestamp(1_795_000_000, 0).unwrap_or_default()
}

fn key(at: usize) -> Key {
    let mix = at.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let owner = PEOPLE[(mix >> 40) % 8];
    let ago = |minutes: usize| When::At(now() - TimeDelta::minutes(i64::try_from(minutes % 1_000_000).unwrap_or(0)));
    Key {
        name: format!("{}-{}", JOBS[(mix >> 20) % 8], mix % 10_007).into(),
        masked: format!("kdk_…{:04X}", mix % 0xffff).into(),
        owner: owner.into(),
        owner_email: format!("{}@acme.example", owner.to_lowercase().replace(' ', ".")).into(),
        status: if mix.is_multiple_of(8) { Status::Revoked } else { Status::Enabled },
        created: ago(mix >> 11),
        last_used: if mix.is_multiple_of(9) { When::Never } else { ago(mix >> 13) },
        expires: ago(mix >> 17),
        ..Key::sample(&format!("01JQ{mix:022X}"))
    }
}

fn timed(mut work: impl FnMut()) -> f64 {
    let times = (0..5).map(|_| {
        let start = Instant::now();
        work();
        milliseconds(start.elapsed())
    });
    median(times.collect()).unwrap_or_default()
}

pub fn measure() {
    let mut table = Table::new(Sort::by(Column::Created));
    table.begin_load();
    let mut text = String::new();
    let mut slowest = 0.0_f64;
    for page in 0..ROWS / 1000 {
        let rows: Vec<Key> = (page * 1000..(page + 1) * 1000).map(key).collect();
        for row in &rows {
            row.search_text(&mut text);
        }
        let start = Instant::now();
        table.add_page(rows, now());
        slowest = slowest.max(milliseconds(start.elapsed()));
    }
    table.finish_load(now());
    line("the slowest page of a load of 1,000,000", slowest, None, Bound::Most(33.0), "ms");
    for (field, letter) in [("owner", "a"), ("owner", "b"), ("name", "n"), ("key", "7")] {
        let finder = Finder::new(letter);
        let pass = timed(|| {
            black_box(finder.find_iter(text.as_bytes()).count());
        });
        let query = Query::parse(&format!("{field}:{letter}")).unwrap_or_default();
        let mut took = Vec::new();
        for _ in 0..5 {
            table.set_query(Query::default(), now());
            let start = Instant::now();
            table.set_query(query.clone(), now());
            took.push(milliseconds(start.elapsed()));
        }
        table.set_query(Query::default(), now());
        let peer = Some(("one pass of memmem", pass));
        let what = format!("the first letter of {field}:{letter} at 1,000,000");
        line(&what, median(took).unwrap_or_default(), peer, Bound::TimesAnd(1.5, 1.0), "ms");
    }
    let mut worst = (0.0, Column::Created);
    for column in Column::for_keys() {
        let start = Instant::now();
        table.begin_sort(Sort::by(*column));
        while table.is_sorting() {
            table.go_on_sorting();
        }
        let took = milliseconds(start.elapsed());
        if took > worst.0 {
            worst = (took, *column);
        }
    }
    let what = format!("1,000,000 rows sorted by any column ({})", worst.1.title());
    line(&what, worst.0, None, Bound::Most(500.0), "ms");
    let hidden = keydeck::domain::table::States { revoked: false, ..keydeck::domain::table::States::ALL };
    table.set_states(hidden, now());
    let ids: Vec<_> = table.rows(0..1000).map(|row| row.id().clone()).collect();
    let start = Instant::now();
    table.update_many(&ids, now(), |row| std::mem::replace(&mut row.status, Status::Revoked) != Status::Revoked);
    line("1,000 of 1,000,000 leave since revoked", milliseconds(start.elapsed()), None, Bound::Most(33.0), "ms");
}
