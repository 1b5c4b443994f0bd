//! What a cell counts is what its filter finds, whatever the rows are.

use chrono::{DateTime, TimeDelta};
use proptest::prelude::*;

use super::*;
use crate::domain::ids::UserId;
use crate::domain::key::{Access, Key, Status};
use crate::domain::key_value::KeyKind;
use crate::domain::sort::{Column, Sort};
use crate::domain::table::{States, Table};
use crate::domain::time::{Time, When};

fn now() -> Time {
    When::from_wire("2026-11-26T12:00:30.500Z").time().unwrap()
}

/// Moments around those on which cells turn, future ones among them, and odd ones.
fn when() -> impl Strategy<Value = When> {
    let days = prop::sample::select(&[-200_i64, -181, -60, -7, -1, 0, 1, 7, 14, 30, 90, 180, 365, 730, 900][..]);
    let near = (days, -90_000_i64..90_000)
        .prop_map(|(days, off)| When::At(now() - TimeDelta::days(days) + TimeDelta::milliseconds(off)));
    let at_midnight = (-190_i64..200, prop::sample::select(&[-1_i64, 0, 1][..])).prop_map(|(days, off)| {
        let day = now().date_naive().and_time(chrono::NaiveTime::MIN).and_utc();
        When::At(day + TimeDelta::days(days) + TimeDelta::milliseconds(off))
    });
    let exactly = prop::sample::select(&[0_i64, 1, 7, 30, 90, 180, 365, 730][..])
        .prop_map(|days| When::At(now() - TimeDelta::days(days)));
    prop_oneof![
        4 => near,
        3 => at_midnight,
        2 => exactly,
        2 => Just(When::Never),
        1 => Just(When::from_wire("soon")),
        1 => prop::sample::select(&[Time::MIN_UTC, Time::MAX_UTC, DateTime::UNIX_EPOCH][..]).prop_map(When::At),
    ]
}

/// Names that people have, that mean something to the filter, that look like others' or like a key's value.
fn name() -> impl Strategy<Value = String> {
    let names = [
        "",
        "ana souza",
        "Ana Souza",
        "ana@acme.example",
        "ben@acme.example",
        "Ben",
        "me",
        "gone",
        "#3",
        "a\"b\\c",
        "(ana OR ben)",
        "*",
        "-x",
        "kdk_abc",
        "col-1",
        "col-2",
        "\u{202e}ana",
        "status:revoked",
        "or",
    ];
    prop::sample::select(names.to_vec()).prop_map(str::to_owned)
}

fn key() -> impl Strategy<Value = Key> {
    let status = prop::sample::select(&["enabled", "enabled", "enabled", "disabled", "revoked", "parked"][..]);
    let moments = (when(), when(), when(), when());
    let owner = (-1_i64..5, name(), name(), any::<bool>());
    let rest = (name(), prop::option::of(name()), prop::option::of(name()), any::<[bool; 2]>(), 0_usize..4);
    (moments, status, owner, rest).prop_map(
        |(
            (created, value, expires, used),
            status,
            (id, owner, email, gone),
            (name, collection, from, flags, access),
        )| {
            Key {
                kind: if flags[0] { KeyKind::CollectionAccessKey } else { KeyKind::ApiKey },
                exposed: flags[1],
                name: name.into(),
                status: Status::from_word(status),
                access: Access::from_word(["full", "read", "none", "odd"][access]),
                owner_id: UserId(id),
                owner: owner.into(),
                owner_email: email.into(),
                owner_gone: gone,
                created,
                value_created: value,
                expires,
                last_used: used,
                last_used_from: from.map(Into::into),
                collection_id: collection.map(Into::into),
                ..Key::sample("")
            }
        },
    )
}

fn table(keys: Vec<Key>) -> Table<Key> {
    let mut table = Table::new(Sort::of(Column::Name, false));
    let numbered = |(at, key): (usize, Key)| Key { id: format!("{at:03}").as_str().into(), ..key };
    table.add_page(keys.into_iter().enumerate().map(numbered).collect(), now());
    table
}

/// How many rows the list shows once it is filtered by the cell's filter as well.
fn found(table: &mut Table<Key>, base: &Query, terms: &str) -> usize {
    let query = within(base, terms).unwrap_or_else(|| panic!("{terms} is no filter"));
    // as it would be kept: through its text
    let query = Query::parse(&query.to_string()).unwrap_or_else(|error| panic!("{query}: {error}"));
    assert_eq!(
        table.matching(&query, now()).len(),
        table
            .iter_all()
            .filter(|key| {
                use crate::domain::row::Row;
                key.matches(&query, now()) && table.states().shows(key.state())
            })
            .count(),
        "{query}"
    );
    table.set_query(query, now());
    let shown = table.shown();
    table.set_query(base.clone(), now());
    shown
}

const BASES: [&str; 4] = ["", "-status:revoked", "used:never OR expires:>1d", "-(ana OR exposed:yes)"];

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_cell_of_the_map_counts_what_its_filter_finds(
        keys in prop::collection::vec(key(), 0..40),
        base in prop::sample::select(&BASES[..]),
    ) {
        let (mut table, base) = (table(keys), Query::parse(base).unwrap());
        table.set_query(base.clone(), now());
        let Picture::Map(map) = Counting::all(Wanted::Map, &table, now()) else { unreachable!() };
        let more = [Part::All, Part::Stale, Part::Bands(0, 1), Part::Bands(2, 3), Part::Bands(1, 4)];
        let (ages, uses) = (AGE.parts(), USE.parts());
        let mut sum = 0;
        for (at, age) in ages.iter().chain(&more).enumerate() {
            for (place, used) in uses.iter().chain(&more).enumerate() {
                let count = map.count(*age, *used);
                prop_assert_eq!(count, found(&mut table, &base, &Map::filter(*age, *used)), "{:?} {:?}", age, used);
                sum += if at < ages.len() && place < uses.len() { count } else { 0 };
                let cell = map.cell(*age, *used);
                prop_assert_eq!(cell.some.len(), count.min(NAMED));
            }
        }
        prop_assert_eq!(sum, map.count(Part::All, Part::All), "each key is in one cell");
        prop_assert_eq!(map.rot(), map.count(Part::All, Part::Bands(4, 4)) + map.count(Part::All, Part::Never));
    }

    #[test]
    fn a_day_of_the_calendar_counts_what_its_filter_finds(
        keys in prop::collection::vec(key(), 0..40),
        base in prop::sample::select(&BASES[..]),
    ) {
        let (mut table, base) = (table(keys), Query::parse(base).unwrap());
        table.set_query(base.clone(), now());
        let Picture::Expiry(expiry) = Counting::all(Wanted::Expiry, &table, now()) else { unreachable!() };
        let others = [Days::All, Days::Before, Days::From(WEEKS), Days::From(13), Days::Never, Days::Odd];
        // days without a key are all alike
        let days = (0..WEEKS * 7).map(Days::Day).filter(|day| expiry.count(*day, false) > 0 || *day == Days::Day(3));
        let all: Vec<Days> = days.chain((0..WEEKS).map(Days::Week)).chain(others).collect();
        for days in all {
            for used in [false, true] {
                let count = expiry.count(days, used);
                let filter = expiry.filter(days, used);
                prop_assert_eq!(count, found(&mut table, &base, &filter), "{:?} {} {}", days, used, filter);
                prop_assert_eq!(expiry.cell(days, used).count, count);
            }
        }
        let rest = [Days::Before, Days::From(WEEKS), Days::Never, Days::Odd].map(|days| expiry.count(days, false));
        prop_assert_eq!(expiry.within(WEEKS, false) + rest.iter().sum::<usize>(), expiry.count(Days::All, false));
    }

    #[test]
    fn a_group_counts_what_its_filter_finds(
        keys in prop::collection::vec(key(), 0..30),
        by in prop::sample::select(&By::ALL[..]),
        base in prop::sample::select(&BASES[..]),
        hides_revoked in any::<bool>(),
    ) {
        let (mut table, base) = (table(keys), Query::parse(base).unwrap());
        table.set_query(base.clone(), now());
        table.set_states(States { revoked: !hides_revoked, ..States::ALL }, now());
        let Picture::Groups(groups) = Counting::all(Wanted::Groups(by), &table, now()) else { unreachable!() };
        prop_assert_eq!(groups.total().keys(), table.shown(), "each key is in one group");
        for (at, group) in groups.groups.iter().enumerate() {
            let members = groups.members(&table, at);
            prop_assert_eq!(group.tally.keys(), members.len());
            prop_assert_eq!(group.cell.count, members.len());
            let ids: Vec<&str> = members.iter().map(crate::domain::ids::KeyId::as_str).collect();
            let filter = groups.filter(at).unwrap_or_else(|| format!("id:={}", ids.join(",=")));
            prop_assert_eq!(found(&mut table, &base, &filter), group.tally.keys(), "{}", filter);
            let figures = [group.tally.stale, group.tally.without_expiry, group.tally.expiring, group.tally.exposed];
            for (figure, (_, terms)) in figures.into_iter().zip(Tally::FILTERS) {
                prop_assert_eq!(found(&mut table, &base, &format!("({filter}) {terms}")), figure, "{} {}", filter, terms);
            }
        }
    }
}

fn one(id: &str, owner: (i64, &str, &str)) -> Key {
    Key { owner_id: UserId(owner.0), owner: owner.1.into(), owner_email: owner.2.into(), ..Key::sample(id) }
}

#[test]
fn an_owner_is_asked_for_by_the_name_that_is_theirs_alone() {
    let keys = vec![
        one("", (1, "Ana Souza", "ana@acme.example")),
        one("", (2, "Ben", "")),
        one("", (3, "Ben", "")),
        // somebody who calls themselves as another is written to
        one("", (4, "dagny@acme.example", "evil@acme.example")),
        one("", (5, "Dagny Holm", "dagny@acme.example")),
        one("", (0, "", "")),
    ];
    let table = table(keys);
    let Picture::Groups(groups) = Counting::all(Wanted::Groups(By::Owner), &table, now()) else { unreachable!() };
    let filters: Vec<(String, String)> =
        (0..groups.groups.len()).map(|at| (groups.groups[at].name(), groups.filter(at).unwrap())).collect();
    let filters: Vec<(&str, &str)> = filters.iter().map(|(name, filter)| (name.as_str(), filter.as_str())).collect();
    assert_eq!(
        filters,
        [
            ("nobody is named", "owner:#0"),
            ("Ana Souza", "owner:=\"ana@acme.example\""),
            ("Ben", "owner:#2"),
            ("Ben", "owner:#3"),
            ("Dagny Holm", "owner:=\"Dagny Holm\""),
            ("dagny@acme.example", "owner:=\"evil@acme.example\""),
        ]
    );
}

#[test]
fn teams_that_share_an_owner_are_told_apart_by_the_names_of_their_keys() {
    let named = |name: &str| Key { name: name.into(), ..one("", (1, "Agency", "")) };
    let table = table(vec![named("grants/mail"), named("Grants/sms"), named("parks/mail"), named("old")]);
    let Picture::Groups(groups) = Counting::all(Wanted::Groups(By::Team), &table, now()) else { unreachable!() };
    let mut told: Vec<(String, usize, String)> = (0..groups.groups.len())
        .map(|at| (groups.groups[at].label.to_string(), groups.groups[at].tally.keys(), groups.filter(at).unwrap()))
        .collect();
    told.sort();
    let told: Vec<(&str, usize, &str)> = told.iter().map(|(a, b, c)| (a.as_str(), *b, c.as_str())).collect();
    assert_eq!(told, [("", 1, "-team:*"), ("grants", 2, "team:=\"grants\""), ("parks", 1, "team:=\"parks\"")]);
}

#[test]
fn who_left_stands_on_top_and_then_who_is_exposed() {
    let gone = Key { owner_gone: true, ..one("", (1, "Zoe", "")) };
    let exposed = Key { exposed: true, ..one("", (2, "Yan", "")) };
    let table = table(vec![one("", (3, "Ana", "")), one("", (3, "Ana", "")), exposed, gone]);
    let Picture::Groups(groups) = Counting::all(Wanted::Groups(By::Owner), &table, now()) else { unreachable!() };
    let names: Vec<String> = groups.groups.iter().map(Group::name).collect();
    assert_eq!(names, ["Zoe", "Yan", "Ana"]);
    assert_eq!(
        groups.words(),
        "4 keys in 3 groups, 1 owner left and has 1 enabled: 0 stale, 4 without expiry, 0 expiring, 1 exposed"
    );
}

#[test]
fn counting_goes_on_in_slices_and_tells_what_it_was_of() {
    let mut table = table(vec![one("", (1, "Ana", ""))]);
    let mut counting = Counting::begin(Wanted::Map, &table, now());
    let before = table.version();
    assert_eq!(counting.version, before);
    assert!(matches!(counting.go_on(&table), Some(Picture::Map(map)) if map.count(Part::All, Part::All) == 1));
    table.update(&"000".into(), now(), |key| key.status = Status::Revoked);
    assert_ne!(table.version(), before, "a picture of it is of before");
}

#[test]
fn words_are_short_and_plain() {
    let words = |bands: &Bands| bands.parts().into_iter().map(|part| bands.words(part)).collect::<Vec<_>>();
    assert_eq!(words(&AGE), ["< 30 d", "30-90 d", "90-180 d", "180 d-1 y", "1-2 y", "2 y +", "unknown"]);
    assert_eq!(words(&USE), ["< 24 h", "24 h-7 d", "7-30 d", "30-90 d", "90 d +", "never", "unknown"]);
    assert_eq!([0, 1, 3, 9, 15, 21, 24].map(|count| shade(count, 24)), [0, 1, 1, 2, 3, 4, 4]);
    assert_eq!(shade(0, 0), 0);
    assert_eq!([percent(1, 3), percent(2, 3), percent(0, 0), percent(1, 200)], [33, 67, 0, 1]);
}
