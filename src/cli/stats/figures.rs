//! The figures of a picture as programs are given them.

use serde::Serialize;

use crate::cli::args::StatsBy;
use crate::cli::fields::Field;
use crate::domain::filter::Query;
use crate::domain::ids::UserId;
use crate::domain::key::Key;
use crate::domain::picture::{AGE, Days, Expiry, Group, Groups, Map, Part, Picture, USE, WEEKS, within};
use crate::domain::table::Table;
use crate::domain::time::When;
use crate::domain::untrusted::Untrusted;

/// The most keys that a filter names one by one, where their group has no name to be asked for.
const NAMED_ONE_BY_ONE: usize = 100;

/// What is said about the figures.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Meta {
    pub by: &'static str,
    /// Keys there are, matching or not.
    pub total: usize,
    /// Keys that match the filter.
    pub matched: usize,
    /// Keys that the figures are of: only enabled ones have an age, a last use and an expiry that count.
    pub counted: usize,
    /// As of when, by the server's clock.
    pub as_of: When,
    /// Of a map: what was not used for 90 days or never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rot: Option<Rot>,
    /// The same in a sentence.
    pub words: String,
}

/// Keys that nobody uses.
#[derive(Serialize)]
pub struct Rot {
    pub keys: usize,
    pub percent: usize,
    pub filter: String,
}

impl Meta {
    pub fn of(picture: &Picture, by: StatsBy, (total, matched): (usize, usize), base: &Query) -> Self {
        let (counted, now, words) = match picture {
            Picture::Map(map) => (map.count(Part::All, Part::All), map.now, map.words()),
            Picture::Groups(groups) => (groups.total().keys(), groups.now, groups.words()),
            Picture::Expiry(expiry) => (expiry.count(Days::All, false), expiry.now, expiry.words()),
        };
        let rot = match picture {
            Picture::Map(map) => Some(Rot {
                keys: map.rot(),
                percent: map.rot_percent(),
                filter: filter(base, &Map::filter(Part::All, Part::Stale)),
            }),
            Picture::Groups(_) | Picture::Expiry(_) => None,
        };
        let name = match (picture, by) {
            (Picture::Map(_), _) => "map",
            (Picture::Groups(groups), _) => groups.by.name(),
            (Picture::Expiry(_), StatsBy::Day) => "day",
            (Picture::Expiry(_), _) => "week",
        };
        Self { by: name, total, matched, counted, as_of: now.into(), rot, words }
    }
}

/// The figures of a picture.
pub enum Figures {
    Cells(Vec<CellRow>),
    Groups(Vec<GroupRow>),
    Spans(Vec<SpanRow>),
}

/// A cell of the map.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CellRow {
    /// How old the value is.
    pub age: String,
    /// How long ago the key was used.
    pub last_use: String,
    pub keys: usize,
    /// What finds these keys.
    pub filter: String,
}

/// The fields of a [`CellRow`].
pub const OF_CELLS: &[Field] = &["age", "lastUse", "keys", "filter"];

/// A group of keys.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupRow {
    pub group: Untrusted,
    /// The owner's number; null where the group is not of one owner.
    pub owner_id: Option<UserId>,
    /// The owner's address.
    pub owner_email: Untrusted,
    /// Whether the owner left.
    pub gone: bool,
    /// Whether the owner is no person.
    pub service: bool,
    pub keys: usize,
    pub enabled: usize,
    pub disabled: usize,
    pub revoked: usize,
    pub other: usize,
    pub stale: usize,
    pub without_expiry: usize,
    pub expiring: usize,
    pub exposed: usize,
    /// What finds these keys; null where nothing that can be asked for does.
    pub filter: Option<String>,
}

/// The fields of a [`GroupRow`].
pub const OF_GROUPS: &[Field] = &[
    "group",
    "ownerId",
    "ownerEmail",
    "gone",
    "service",
    "keys",
    "enabled",
    "disabled",
    "revoked",
    "other",
    "stale",
    "withoutExpiry",
    "expiring",
    "exposed",
    "filter",
];

/// What expires in a span of days.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SpanRow {
    /// Which span, in words.
    pub span: String,
    /// Its first day; null where it has none.
    pub from: Option<String>,
    /// Its last day; null where it has none.
    pub to: Option<String>,
    /// Enabled keys that expire in it.
    pub keys: usize,
    /// Those of them that were used in the last 24 hours.
    pub in_use: usize,
    /// What finds these keys.
    pub filter: String,
}

/// The fields of a [`SpanRow`].
pub const OF_SPANS: &[Field] = &["span", "from", "to", "keys", "inUse", "filter"];

impl Figures {
    /// The figures of a picture of what stands in `table`, where all match `base`; those of a calendar by day, or by
    /// week.
    pub fn of(picture: &Picture, by_day: bool, table: &Table<Key>, base: &Query) -> Self {
        match picture {
            Picture::Map(map) => Self::Cells(cells(map, base)),
            Picture::Groups(groups) => {
                let row = |(at, group)| group_row(groups, at, group, table, base);
                Self::Groups(groups.groups.iter().enumerate().map(row).collect())
            }
            Picture::Expiry(expiry) => Self::Spans(spans(expiry, by_day, base)),
        }
    }
}

/// The text of a filter within the one that was asked for.
fn filter(base: &Query, terms: &str) -> String {
    within(base, terms).map_or_else(|| terms.to_owned(), |query| query.to_string())
}

/// The parts of both axes that are shown: what is unknown only where there is any.
pub fn axes(map: &Map) -> [Vec<Part>; 2] {
    let shown = |parts: Vec<Part>, any: &dyn Fn(Part) -> bool| -> Vec<Part> {
        parts.into_iter().filter(|part| *part != Part::Odd || any(*part)).collect()
    };
    [
        shown(AGE.parts(), &|part| map.count(part, Part::All) > 0),
        shown(USE.parts(), &|part| map.count(Part::All, part) > 0),
    ]
}

fn cells(map: &Map, base: &Query) -> Vec<CellRow> {
    let [ages, uses] = axes(map);
    let cell = |age: Part, used: Part| CellRow {
        age: AGE.words(age),
        last_use: USE.words(used),
        keys: map.count(age, used),
        filter: filter(base, &Map::filter(age, used)),
    };
    ages.iter().flat_map(|age| uses.iter().map(move |used| cell(*age, *used))).collect()
}

fn group_row(groups: &Groups, at: usize, group: &Group, table: &Table<Key>, base: &Query) -> GroupRow {
    let tally = group.tally;
    let one_by_one = || {
        let members = groups.members(table, at);
        let ids: Vec<&str> = members.iter().map(crate::domain::ids::KeyId::as_str).collect();
        (ids.len() <= NAMED_ONE_BY_ONE).then(|| format!("id:={}", ids.join(",=")))
    };
    GroupRow {
        group: Untrusted::from(group.name()),
        owner_id: group.owner(),
        owner_email: group.email.clone(),
        gone: group.gone && group.owner().is_some(),
        service: group.service && group.owner().is_some(),
        keys: tally.keys(),
        enabled: tally.enabled,
        disabled: tally.disabled,
        revoked: tally.revoked,
        other: tally.other,
        stale: tally.stale,
        without_expiry: tally.without_expiry,
        expiring: tally.expiring,
        exposed: tally.exposed,
        filter: groups.filter(at).or_else(one_by_one).map(|terms| filter(base, &terms)),
    }
}

fn spans(expiry: &Expiry, by_day: bool, base: &Query) -> Vec<SpanRow> {
    let within: Vec<Days> =
        if by_day { (0..WEEKS * 7).map(Days::Day).collect() } else { (0..WEEKS).map(Days::Week).collect() };
    let outside = [Days::Before, Days::From(WEEKS), Days::Never, Days::Odd];
    let outside = outside.into_iter().filter(|days| expiry.count(*days, false) > 0);
    let row = |days: Days| {
        let (from, to) = match days {
            Days::Day(day) => (Some(expiry.date(day)), Some(expiry.date(day))),
            Days::Week(week) => (Some(expiry.date(week * 7)), Some(expiry.date(week * 7 + 6))),
            Days::From(week) => (Some(expiry.date(week * 7)), None),
            Days::Before => (None, expiry.date(0).pred_opt()),
            Days::All | Days::Never | Days::Odd => (None, None),
        };
        SpanRow {
            span: expiry.words_of(days),
            from: from.map(|date| date.to_string()),
            to: to.map(|date| date.to_string()),
            keys: expiry.count(days, false),
            in_use: expiry.count(days, true),
            filter: filter(base, &expiry.filter(days, false)),
        }
    };
    within.into_iter().chain(outside).map(row).collect()
}
