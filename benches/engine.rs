//! What the table engine costs: a key press in the filter, a sort, marks, pages, each beside the plain way of doing it.
//!
//! `cargo bench --bench engine`. The figures are for reading side by side within one run; nothing asserts them.

use std::hint::black_box;

use chrono::{DateTime, TimeDelta};
use divan::{Bencher, counter::ItemsCount};
use keydeck::domain::filter::Query;
use keydeck::domain::fold::fold;
use keydeck::domain::ids::KeyId;
use keydeck::domain::key::{Key, Status};
use keydeck::domain::row::Row;
use keydeck::domain::sort::{Column, Sort};
use keydeck::domain::table::Table;
use keydeck::domain::time::{Time, When};

const SIZES: [usize; 3] = [1_000, 100_000, 1_000_000];
const PAGE: usize = 1000;

fn main() {
    divan::main();
}

fn now() -> Time {
    DateTime::from_timestamp(1_795_000_000, 0).unwrap_or_default()
}

/// A team's keys, alike in length and in variety to real ones, the same in every run.
fn keys(count: usize) -> Vec<Key> {
    let people =
        ["Ana Souza", "Ben Okafor", "Chidi Eze", "Dagny Holm", "Emre Kaya", "Fatma Öz", "Gita Rao", "Hugo Lind"];
    let jobs = ["ci-deploy", "nightly-export", "monitor", "load-test", "billing-sync", "webhook", "backup", "Staging"];
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = |below: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % below
    };
    let pick = |from: &[&'static str], at: u64| from[usize::try_from(at).unwrap_or_default()];
    (0..count)
        .map(|_| {
            let owner = pick(&people, random(8));
            let mail = format!("{}@acme.example", owner.to_lowercase().replace(' ', "."));
            let ago = |minutes: u64| When::At(now() - TimeDelta::minutes(i64::try_from(minutes).unwrap_or_default()));
            Key {
                name: format!("{}-{}", pick(&jobs, random(8)), random(10_000)).into(),
                masked: format!("kdk_…{:04X}", random(0x1_0000)).into(),
                owner: owner.into(),
                owner_email: mail.into(),
                status: if random(8) == 0 { Status::Revoked } else { Status::Enabled },
                created: ago(random(1_000_000)),
                last_used: if random(9) == 0 { When::Never } else { ago(random(500_000)) },
                ..Key::sample(&format!("01JQ{:022X}", random(u64::MAX)))
            }
        })
        .collect()
}

fn table(count: usize) -> Table<Key> {
    let mut table = Table::new(Sort::by(Column::Created));
    table.begin_load();
    table.add_page(keys(count), now());
    table.finish_load(now());
    table
}

fn query(text: &str) -> Query {
    Query::parse(text).unwrap_or_default()
}

/// The first letters typed into an empty filter.
mod key_press {
    use super::{Bencher, ItemsCount, SIZES, black_box, keys, now, query, table};

    fn measure(bencher: Bencher, count: usize, before: &str, after: &str) {
        let mut table = table(count);
        let (before, after) = (query(before), query(after));
        bencher.counter(ItemsCount::new(count)).bench_local(|| {
            table.set_query(after.clone(), now());
            let shown = table.shown();
            table.set_query(before.clone(), now());
            shown
        });
    }

    /// One letter, then none again: nearly every row matches.
    #[divan::bench(args = SIZES)]
    fn a_letter_and_back(bencher: Bencher, count: usize) {
        measure(bencher, count, "", "e");
    }

    /// A rare word, then none again.
    #[divan::bench(args = SIZES)]
    fn a_rare_word_and_back(bencher: Bencher, count: usize) {
        measure(bencher, count, "", "deploy-123");
    }

    /// Two words, the second one letter longer and shorter again.
    #[divan::bench(args = SIZES)]
    fn one_more_letter_and_back(bencher: Bencher, count: usize) {
        measure(bencher, count, "ana nightl", "ana nightly");
    }

    /// A person and a distance in time.
    #[divan::bench(args = SIZES)]
    fn fields_and_back(bencher: Bencher, count: usize) {
        measure(bencher, count, "", "owner:ana idle:>90d");
    }

    /// The plain way: lower case of every field of every row, once for the rare word.
    #[divan::bench(args = SIZES, sample_count = 10)]
    fn plain_way_once(bencher: Bencher, count: usize) {
        let keys = keys(count);
        bencher.counter(ItemsCount::new(count)).bench_local(|| {
            let holds = |text: &str| text.to_lowercase().contains(black_box("deploy-123"));
            keys.iter()
                .filter(|key| {
                    [&key.name, &key.masked, &key.owner, &key.owner_email].iter().any(|text| holds(text.as_received()))
                        || holds(key.id.as_str())
                })
                .count()
        });
    }
}

/// Everything else that a person waits for.
mod work {
    use super::{
        Bencher, Column, ItemsCount, Key, KeyId, PAGE, Row, SIZES, Sort, Status, Table, fold, keys, now, query, table,
    };

    #[divan::bench(args = SIZES, sample_count = 10)]
    fn sort_by_name_and_by_last_use(bencher: Bencher, count: usize) {
        let mut table = table(count);
        bencher.counter(ItemsCount::new(count)).bench_local(|| {
            table.set_sort(Sort::by(Column::Name));
            table.set_sort(Sort::by(Column::LastUsed));
        });
    }

    #[divan::bench(args = SIZES, sample_count = 5)]
    fn sort_the_plain_way(bencher: Bencher, count: usize) {
        let mut keys = keys(count);
        bencher.counter(ItemsCount::new(count)).bench_local(|| {
            keys.sort_by_cached_key(|key| (fold(key.name.as_received()), key.id.clone()));
            keys.sort_by_key(|key| (key.last_used.time(), key.id.clone()));
        });
    }

    #[divan::bench(args = SIZES)]
    fn mark_all_count_and_clear(bencher: Bencher, count: usize) {
        let mut table = table(count);
        bencher.counter(ItemsCount::new(count)).bench_local(|| {
            table.mark_all_shown();
            let marks = table.marks();
            table.clear_marks();
            marks
        });
    }

    #[divan::bench(args = SIZES, sample_count = 10)]
    fn mark_all_the_plain_way(bencher: Bencher, count: usize) {
        let keys = keys(count);
        bencher.counter(ItemsCount::new(count)).bench_local(|| {
            let marks: std::collections::HashSet<KeyId> = keys.iter().map(|key| key.id.clone()).collect();
            keys.iter().filter(|key| marks.contains(&key.id)).count()
        });
    }

    /// Every row of the table, in pages of a thousand, in no order.
    #[divan::bench(args = SIZES, sample_count = 3)]
    fn load_in_pages(bencher: Bencher, count: usize) {
        let keys = keys(count);
        let pages = || keys.chunks(PAGE).map(<[Key]>::to_vec).collect::<Vec<_>>();
        bencher.counter(ItemsCount::new(count)).with_inputs(pages).bench_local_values(|pages| {
            let mut table = Table::new(Sort::by(Column::Name));
            table.begin_load();
            for page in pages {
                table.add_page(page, now());
            }
            table.finish_load(now());
            table
        });
    }

    /// The same while a filter is in force.
    #[divan::bench(args = SIZES, sample_count = 3)]
    fn load_in_pages_filtered(bencher: Bencher, count: usize) {
        let keys = keys(count);
        let pages = || keys.chunks(PAGE).map(<[Key]>::to_vec).collect::<Vec<_>>();
        bencher.counter(ItemsCount::new(count)).with_inputs(pages).bench_local_values(|pages| {
            let mut table = Table::new(Sort::by(Column::Name));
            table.set_query(query("ana -deploy"), now());
            table.begin_load();
            for page in pages {
                table.add_page(page, now());
            }
            table.finish_load(now());
            table
        });
    }

    /// All at once, sorted once: what loading costs at least.
    #[divan::bench(args = SIZES, sample_count = 3)]
    fn load_in_one_piece(bencher: Bencher, count: usize) {
        let keys = keys(count);
        bencher.counter(ItemsCount::new(count)).with_inputs(|| keys.clone()).bench_local_values(|keys| {
            let mut table = Table::new(Sort::by(Column::Name));
            table.add_page(keys, now());
            table
        });
    }

    /// The load that a refresh is: every row comes again unchanged.
    #[divan::bench(args = SIZES, sample_count = 3)]
    fn refresh_in_pages(bencher: Bencher, count: usize) {
        let keys = keys(count);
        let mut table = table(count);
        let pages = || keys.chunks(PAGE).map(<[Key]>::to_vec).collect::<Vec<_>>();
        bencher.counter(ItemsCount::new(count)).with_inputs(pages).bench_local_values(|pages| {
            table.begin_load();
            for page in pages {
                table.add_page(page, now());
            }
            table.finish_load(now());
        });
    }

    /// One row's status changes while a filter is in force, as each answer of a bulk revoke does it.
    #[divan::bench(args = SIZES)]
    fn update_one_row(bencher: Bencher, count: usize) {
        let mut table = table(count);
        table.set_query(query("a"), now());
        table.set_sort(Sort::by(Column::Status));
        let ids: Vec<KeyId> = table.iter_all().map(|key| key.id().clone()).collect();
        let mut next = ids.iter().cycle();
        bencher.bench_local(|| {
            if let Some(id) = next.next() {
                table.update(id, now(), |key| {
                    key.status = if key.status == Status::Revoked { Status::Enabled } else { Status::Revoked };
                });
            }
        });
    }
}

/// The pictures of a list, each beside the plain way in the same run.
mod picture {
    use std::collections::HashMap;

    use keydeck::domain::picture::{By, Counting, Wanted};

    use super::{Bencher, ItemsCount, Key, SIZES, Status, Time, When, black_box, keys, now, table};

    fn measure(bencher: Bencher, count: usize, wanted: Wanted) {
        let table = table(count);
        bencher.counter(ItemsCount::new(count)).bench_local(|| Counting::all(wanted, &table, now()));
    }

    #[divan::bench(args = SIZES)]
    fn map(bencher: Bencher, count: usize) {
        measure(bencher, count, Wanted::Map);
    }

    #[divan::bench(args = SIZES)]
    fn expiry(bencher: Bencher, count: usize) {
        measure(bencher, count, Wanted::Expiry);
    }

    #[divan::bench(args = SIZES)]
    fn owners(bencher: Bencher, count: usize) {
        measure(bencher, count, Wanted::Groups(By::Owner));
    }

    #[divan::bench(args = SIZES)]
    fn months(bencher: Bencher, count: usize) {
        measure(bencher, count, Wanted::Groups(By::Month));
    }

    /// The plain way: each row's own moments, and a cell of a table by name.
    #[divan::bench(args = SIZES, sample_count = 10)]
    fn map_the_plain_way(bencher: Bencher, count: usize) {
        let keys = keys(count);
        let days = |when: &When, now: Time| when.time().map(|time| (now - time).num_days());
        let band = |ago: Option<i64>, edges: &[i64]| match ago {
            None => "never".to_owned(),
            Some(ago) => format!("{:?}", edges.iter().find(|edge| ago < **edge)),
        };
        bencher.counter(ItemsCount::new(count)).bench_local(|| {
            let mut cells: HashMap<(String, String), usize> = HashMap::new();
            let enabled = |key: &&Key| key.status == Status::Enabled;
            for key in keys.iter().filter(enabled) {
                let age = band(days(&key.created, black_box(now())), &[30, 90, 180, 365, 730]);
                let used = band(days(&key.last_used, now()), &[1, 7, 30, 90]);
                *cells.entry((age, used)).or_default() += 1;
            }
            cells.len()
        });
    }
}
