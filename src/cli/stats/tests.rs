//! The figures are those that whoever counts the rows of `keydeck list --json` comes to.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::cli::wire::KeyRow;
use crate::domain::filter::Query;
use crate::domain::ids::UserId;
use crate::domain::key::Status;
use crate::domain::picture::{By, Wanted};
use crate::domain::time::{Time, When};

fn now() -> Time {
    When::from_wire("2026-11-26T12:00:30.500Z").time().unwrap()
}

fn when() -> impl Strategy<Value = When> {
    let minutes = (-260_000_i64..1_200_000).prop_map(|minutes| When::At(now() - TimeDelta::minutes(minutes)));
    prop_oneof![6 => minutes, 2 => Just(When::Never), 1 => Just(When::from_wire("soon"))]
}

fn team() -> impl Strategy<Value = Vec<Key>> {
    let status = prop::sample::select(&["enabled", "enabled", "disabled", "revoked", "parked"][..]);
    let key = (when(), when(), when(), when(), status, 0_i64..6, any::<bool>(), any::<bool>());
    let key = key.prop_map(|(created, value, expires, used, status, owner, exposed, gone)| Key {
        created,
        value_created: value,
        expires,
        last_used: used,
        status: Status::from_word(status),
        owner_id: UserId(owner),
        owner: format!("Person {owner}").into(),
        exposed,
        owner_gone: gone && owner == 1,
        ..Key::sample("")
    });
    prop::collection::vec(key, 0..60).prop_map(|keys| {
        let numbered = |(at, key): (usize, Key)| Key { id: format!("{at:03}").as_str().into(), ..key };
        keys.into_iter().enumerate().map(numbered).collect()
    })
}

/// Rows as `keydeck list --json` prints them.
fn listed(keys: &[Key]) -> Vec<Value> {
    keys.iter().map(|key| serde_json::to_value(KeyRow::from(key)).unwrap()).collect()
}

/// What `keydeck stats --json` prints as `data`.
fn data(keys: &[Key], by: StatsBy) -> Vec<Value> {
    let mut table: Table<Key> = Table::new(Sort::by(Column::Created));
    table.add_page(keys.to_vec(), now());
    let picture = Counting::all(by.wanted(), &table, now());
    let figures = Figures::of(&picture, by == StatsBy::Day, &table, &Query::default());
    let rows = match &figures {
        Figures::Cells(rows) => serde_json::to_value(rows),
        Figures::Groups(rows) => serde_json::to_value(rows),
        Figures::Spans(rows) => serde_json::to_value(rows),
    };
    let drawn = svg::draw(&picture, &figures, &Meta::of(&picture, by, (keys.len(), keys.len()), &Query::default()));
    assert!(drawn.starts_with("<svg") && drawn.ends_with("</svg>\n"));
    rows.unwrap().as_array().unwrap().clone()
}

fn time(row: &Value, field: &str) -> Option<DateTime<Utc>> {
    row[field].as_str().and_then(|text| text.parse().ok())
}

/// How many whole seconds ago, at least; none for what was never or cannot be read.
fn age_of(row: &Value) -> Option<TimeDelta> {
    let made = if row["valueCreatedAt"].is_null() { "createdAt" } else { "valueCreatedAt" };
    time(row, made).map(|made| now() - made)
}

fn band(ago: Option<TimeDelta>, days: &[i64], words: &[&'static str]) -> &'static str {
    let Some(ago) = ago else { return "unknown" };
    let at = days.iter().position(|days| ago < TimeDelta::days(*days)).unwrap_or(days.len());
    words[at]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_map_is_what_a_recount_of_the_list_comes_to(keys in team()) {
        let mut recount: BTreeMap<(String, String), u64> = BTreeMap::new();
        for row in listed(&keys).iter().filter(|row| row["status"] == "enabled") {
            let age = band(
                age_of(row),
                &[30, 90, 180, 365, 730],
                &["< 30 d", "30-90 d", "90-180 d", "180 d-1 y", "1-2 y", "2 y +"],
            );
            let used = time(row, "lastUsedAt").map(|used| now() - used);
            let used = if row["lastUsedAt"].is_null() {
                "never"
            } else {
                band(used, &[1, 7, 30, 90], &["< 24 h", "24 h-7 d", "7-30 d", "30-90 d", "90 d +"])
            };
            *recount.entry((age.to_owned(), used.to_owned())).or_default() += 1;
        }
        let told: BTreeMap<(String, String), u64> = data(&keys, StatsBy::Map)
            .iter()
            .map(|row| {
                let text = |field: &str| row[field].as_str().unwrap().to_owned();
                ((text("age"), text("lastUse")), row["keys"].as_u64().unwrap())
            })
            .filter(|(_, keys)| *keys > 0)
            .collect();
        prop_assert_eq!(told, recount);
    }

    #[test]
    fn owners_are_what_a_recount_of_the_list_comes_to(keys in team()) {
        let mut recount: BTreeMap<i64, [u64; 7]> = BTreeMap::new();
        for row in listed(&keys) {
            let counts = recount.entry(row["ownerId"].as_i64().unwrap()).or_default();
            let enabled = row["status"] == "enabled";
            let idle = if row["lastUsedAt"].is_null() { time(&row, "createdAt") } else { time(&row, "lastUsedAt") };
            let expires = time(&row, "expiresAt").map(|at| at - now());
            let soon = expires.is_some_and(|left| left > TimeDelta::zero() && left < TimeDelta::days(14));
            let is = [
                true,
                enabled,
                row["status"] == "revoked",
                enabled && idle.is_some_and(|since| now() - since > TimeDelta::days(90)),
                enabled && row["expiresAt"].is_null(),
                enabled && soon,
                enabled && row["exposed"] == true,
            ];
            for (count, is) in counts.iter_mut().zip(is) {
                *count += u64::from(is);
            }
        }
        let rows = data(&keys, StatsBy::Owner);
        let told: BTreeMap<i64, [u64; 7]> = rows
            .iter()
            .map(|row| {
                let fields = ["keys", "enabled", "revoked", "stale", "withoutExpiry", "expiring", "exposed"];
                (row["ownerId"].as_i64().unwrap(), fields.map(|field| row[field].as_u64().unwrap()))
            })
            .collect();
        prop_assert_eq!(told, recount);
        let gone: Vec<bool> = rows.iter().map(|row| row["gone"] == true).collect();
        prop_assert!(gone.is_sorted_by(|a, b| a >= b), "who left stands on top");
    }

    #[test]
    fn days_and_weeks_are_what_a_recount_of_the_list_comes_to(keys in team()) {
        for by in [StatsBy::Day, StatsBy::Week] {
            let mut left: Vec<Value> = listed(&keys).into_iter().filter(|row| row["status"] == "enabled").collect();
            for told in data(&keys, by) {
                let (from, to) = (told["from"].as_str(), told["to"].as_str());
                let is_in = |row: &Value| match told["span"].as_str().unwrap() {
                    "never" => row["expiresAt"].is_null(),
                    "unknown" => !row["expiresAt"].is_null() && time(row, "expiresAt").is_none(),
                    _ => time(row, "expiresAt").is_some_and(|at| {
                        let day = at.format("%Y-%m-%d").to_string();
                        from.is_none_or(|from| day.as_str() >= from) && to.is_none_or(|to| day.as_str() <= to)
                    }),
                };
                let (here, rest): (Vec<Value>, Vec<Value>) = left.into_iter().partition(is_in);
                let in_use = |row: &&Value| time(row, "lastUsedAt").is_some_and(|at| now() - at < TimeDelta::hours(24));
                prop_assert_eq!(told["keys"].as_u64().unwrap(), here.len() as u64, "{}", told);
                prop_assert_eq!(told["inUse"].as_u64().unwrap(), here.iter().filter(in_use).count() as u64);
                left = rest;
            }
            prop_assert!(left.is_empty(), "each key expires in one span: {:?}", left);
        }
    }
}

#[test]
fn a_drawing_shows_hostile_text_and_obeys_none() {
    let key = Key { owner: "</text><script>\u{202e}&".into(), owner_id: UserId(3), ..Key::sample("1") };
    let mut table: Table<Key> = Table::new(Sort::by(Column::Created));
    table.add_page(vec![key], now());
    let picture = Counting::all(Wanted::Groups(By::Owner), &table, now());
    let figures = Figures::of(&picture, false, &table, &Query::default());
    let drawn = svg::draw(&picture, &figures, &Meta::of(&picture, StatsBy::Owner, (1, 1), &Query::default()));
    assert!(!drawn.contains("<script") && !drawn.contains('\u{202e}'), "{drawn}");
    assert!(drawn.contains("&lt;/text&gt;&lt;script&gt;"), "{drawn}");
}

#[test]
fn the_fields_are_those_of_the_rows() {
    let keys = [Key::sample("1")];
    for (by, fields) in
        [(StatsBy::Map, figures::OF_CELLS), (StatsBy::Owner, figures::OF_GROUPS), (StatsBy::Week, figures::OF_SPANS)]
    {
        let row = data(&keys, by).remove(0);
        let mut names: Vec<&str> = row.as_object().unwrap().keys().map(String::as_str).collect();
        let mut fields = fields.to_vec();
        names.sort_unstable();
        fields.sort_unstable();
        assert_eq!(names, fields);
    }
}

#[test]
fn a_map_is_read_without_colour_and_in_ascii() {
    let used = |days: i64| When::At(now() - TimeDelta::days(days));
    let key = |id: &str, days: i64| Key { created: used(100), last_used: used(days), ..Key::sample(id) };
    let mut table: Table<Key> = Table::new(Sort::by(Column::Created));
    let never = Key { created: used(3), ..Key::sample("4") };
    table.add_page(vec![key("1", 0), key("2", 0), key("3", 95), never], now());
    let picture = Counting::all(Wanted::Map, &table, now());
    let figures = Figures::of(&picture, false, &table, &Query::default());
    let meta = Meta::of(&picture, StatsBy::Map, (4, 4), &Query::default());
    let drawn = text::lines(&picture, &figures, &meta, None).join("\n");
    assert!(drawn.is_ascii());
    assert_eq!(
        drawn,
        "rot: 2 not used for 90 d or never, 50 %  ##########..........

AGE / USED     < 24 h   24 h-7 d     7-30 d    30-90 d     90 d +      never        all
< 30 d              0          0          0          0          0          1 :        1
30-90 d             0          0          0          0          0          0          0
90-180 d            2 #        0          0          0          1 :        0          3
180 d-1 y           0          0          0          0          0          0          0
1-2 y               0          0          0          0          0          0          0
2 y +               0          0          0          0          0          0          0
all                 2          0          0          0          1          1          4"
    );
}
