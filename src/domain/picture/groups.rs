//! Groups of keys: one line a person or a service, or whatever else they are grouped by.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::ops::Range;

use chrono::{Datelike, TimeDelta};

use super::group::{By, Kind};
use super::{Bands, Cell, Cuts};
use crate::domain::filter::{MomentField, TextField, whole};
use crate::domain::fold::fold;
use crate::domain::ids::{KeyId, UserId};
use crate::domain::key::{Access, Key, Status};
use crate::domain::key_value::KeyKind;
use crate::domain::row::Row;
use crate::domain::table::Table;
use crate::domain::time::{Time, When};
use crate::domain::untrusted::Untrusted;

/// What stands in a group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub enabled: usize,
    pub disabled: usize,
    pub revoked: usize,
    pub other: usize,
    /// Enabled ones that were not used for 90 days, as the view `stale` has it; the next three are enabled ones, too.
    pub stale: usize,
    pub without_expiry: usize,
    /// Within 14 days.
    pub expiring: usize,
    pub exposed: usize,
}

impl Tally {
    /// The filter of each of the four figures beside the states, which holds within a group's.
    pub const FILTERS: [(&'static str, &'static str); 4] = [
        ("stale", "status:enabled idle:>90d"),
        ("withoutExpiry", "status:enabled expires:never"),
        ("expiring", "status:enabled expires:<14d"),
        ("exposed", "status:enabled exposed:yes"),
    ];

    /// All keys.
    pub fn keys(&self) -> usize {
        self.enabled + self.disabled + self.revoked + self.other
    }

    /// Adds a key by its state and its exposure alone, which need no present.
    pub fn add_state(&mut self, key: &Key) {
        match key.status {
            Status::Enabled => self.enabled += 1,
            Status::Disabled => self.disabled += 1,
            Status::Revoked => self.revoked += 1,
            Status::Other(_) => self.other += 1,
        }
        self.exposed += usize::from(key.is_open_danger());
    }

    fn add(&mut self, key: &Key, now: Time) {
        self.add_state(key);
        if key.status != Status::Enabled {
            return;
        }
        self.stale += usize::from(key.is_stale(now));
        self.without_expiry += usize::from(key.expires == When::Never);
        let soon = |at: Time| at > now && at < now + TimeDelta::days(14);
        self.expiring += usize::from(key.expires.time().is_some_and(soon));
    }
}

/// What tells one group from the others.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Tag {
    Owner(UserId),
    /// [Folded](crate::domain::fold); empty: the key has none.
    Text(String),
    /// Months since the year 0, the latest first.
    Month(Reverse<i32>),
    Never,
    Fixed(usize),
    /// By its place among the [parts](super::Bands::parts).
    Band(usize),
    /// What cannot be read.
    Odd,
}

/// Some keys that have something in common.
#[derive(Clone, Debug)]
pub struct Group {
    tag: Tag,
    /// What it is called; empty where there is nothing to call it by.
    pub label: Untrusted,
    /// The owner's address, where one owner is the group.
    pub email: Untrusted,
    /// Whether the owner left.
    pub gone: bool,
    /// Whether the owner is no person.
    pub service: bool,
    pub tally: Tally,
    /// Of all its keys some.
    pub cell: Cell,
    /// Whether all its keys name their owner alike.
    alike: bool,
}

/// Who has a text: one group, or several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holder {
    One(usize),
    Several,
}

/// Keys in groups.
#[derive(Clone, Debug)]
pub struct Groups {
    pub by: By,
    /// As of when.
    pub now: Time,
    /// In the order in which they are shown.
    pub groups: Vec<Group>,
    index: HashMap<Tag, usize>,
    /// The groups of texts as received, so that each is folded once.
    received: HashMap<Untrusted, usize>,
    /// Whose each text is that the filter may be asked for, folded.
    texts: HashMap<String, Holder>,
    bands: Option<Banded>,
}

/// Bands of time, and in which of them each place of the cuts is.
#[derive(Clone, Debug)]
struct Banded {
    cuts: Cuts,
    parts: Vec<usize>,
}

impl Banded {
    fn new(bands: &Bands, now: Time) -> Self {
        let (cuts, parts) = (bands.cuts(now), bands.parts());
        let part_of = |place: usize| parts.iter().position(|part| bands.holds(*part, place)).unwrap_or(parts.len() - 1);
        let parts = (0..cuts.places()).map(part_of).collect();
        Self { cuts, parts }
    }

    fn of(&self, key: &Key) -> usize {
        self.parts.get(self.cuts.place(key.moment(self.cuts.field()))).copied().unwrap_or_default()
    }
}

impl Groups {
    /// No groups yet.
    pub fn new(by: By, now: Time) -> Self {
        let bands = match by.kind() {
            Kind::Bands(bands) => Some(Banded::new(bands, now)),
            Kind::Owner | Kind::Text(_) | Kind::Month(_) | Kind::Fixed(_) => None,
        };
        Self {
            by,
            now,
            groups: Vec::new(),
            index: HashMap::new(),
            received: HashMap::new(),
            texts: HashMap::new(),
            bands,
        }
    }

    /// Counts the rows in these slots.
    pub(super) fn add(&mut self, table: &Table<Key>, slots: Range<usize>) {
        for (slot, key) in table.iter_shown(slots) {
            let at = self.group_of(key);
            let group = &mut self.groups[at];
            group.tally.add(key, self.now);
            group.cell.add(slot);
            group.gone |= key.owner_gone;
            let (name, email) = (&key.owner, &key.owner_email);
            match self.by.kind() {
                Kind::Owner if group.label != *name || group.email != *email => {
                    group.alike = false;
                    self.hold(name, at);
                    self.hold(email, at);
                }
                // what a filter by a collection finds as well
                Kind::Text(TextField::Collection) if key.kind == KeyKind::CollectionAccessKey => {
                    self.hold(&key.name, at);
                }
                Kind::Owner | Kind::Text(_) | Kind::Month(_) | Kind::Fixed(_) | Kind::Bands(_) => {}
            }
        }
    }

    /// All are counted: puts them in order.
    pub(super) fn finish(&mut self) {
        let by_tag = matches!(self.by.kind(), Kind::Month(_) | Kind::Fixed(_) | Kind::Bands(_));
        self.index.clear();
        self.received.clear();
        let mut order: Vec<usize> = (0..self.groups.len()).collect();
        let label = |group: &Group| fold(group.label.as_received());
        let owner = self.by == By::Owner;
        order.sort_by_cached_key(|at| {
            let group = &self.groups[*at];
            if by_tag {
                return (Some(group.tag.clone()), false, Reverse(0), Reverse(0), String::new());
            }
            let (exposed, keys) = (Reverse(group.tally.exposed), Reverse(group.tally.keys()));
            (None, !owner || !group.gone, exposed, keys, label(group))
        });
        let mut places = vec![0; order.len()];
        for (to, from) in order.iter().enumerate() {
            places[*from] = to;
        }
        for holder in self.texts.values_mut() {
            if let Holder::One(at) = holder {
                *at = places[*at];
            }
        }
        let mut groups: Vec<Option<Group>> = std::mem::take(&mut self.groups).into_iter().map(Some).collect();
        self.groups = order.into_iter().filter_map(|from| groups[from].take()).collect();
        self.index = self.groups.iter().enumerate().map(|(at, group)| (group.tag.clone(), at)).collect();
    }

    /// What the group counts, as a filter; none where its name cannot be asked for, or others are found by it: then only
    /// the [ids](Self::members) of its keys tell.
    pub fn filter(&self, at: usize) -> Option<String> {
        let group = self.groups.get(at)?;
        let alone = |text: &str| {
            !text.is_empty() && self.texts.get(&fold(text)).is_none_or(|holder| *holder == Holder::One(at))
        };
        Some(match (&group.tag, self.by.kind()) {
            (Tag::Owner(id), _) => {
                let named = [&group.email, &group.label].map(Untrusted::as_received).into_iter();
                let mut named = named.filter(|text| group.alike && alone(text));
                named.find_map(|text| whole(TextField::Owner, text)).unwrap_or_else(|| format!("owner:#{id}"))
            }
            (Tag::Text(text), Kind::Text(field)) => {
                let name = self.by.field_name();
                if text.is_empty() { format!("-{name}:*") } else { whole(field, text).filter(|_| alone(text))? }
            }
            (Tag::Month(Reverse(month)), Kind::Month(field)) => {
                format!("{}:={:04}-{:02}", moment_name(field), month.div_euclid(12), month.rem_euclid(12) + 1)
            }
            (Tag::Never, Kind::Month(field)) => format!("{}:never", moment_name(field)),
            (Tag::Odd, Kind::Month(field)) => {
                let name = moment_name(field);
                format!("-{name}:never -({name}:>=0000 {name}:<=9999)")
            }
            (Tag::Fixed(at), Kind::Fixed(known)) => known.get(*at)?.1.to_owned(),
            (Tag::Band(at), Kind::Bands(bands)) => bands.filter(*bands.parts().get(*at)?),
            (Tag::Text(_) | Tag::Month(_) | Tag::Never | Tag::Fixed(_) | Tag::Band(_) | Tag::Odd, _) => return None,
        })
    }

    /// The ids of the group's keys, found row by row.
    pub fn members(&self, table: &Table<Key>, at: usize) -> Vec<KeyId> {
        let Some(group) = self.groups.get(at) else { return Vec::new() };
        let rows = table.rows(0..table.shown()).filter(|key| self.tag(key) == group.tag);
        rows.map(|key| key.id.clone()).collect()
    }

    /// The sums over all groups.
    pub fn total(&self) -> Tally {
        self.groups.iter().fold(Tally::default(), |mut total, Group { tally, .. }| {
            total.enabled += tally.enabled;
            total.disabled += tally.disabled;
            total.revoked += tally.revoked;
            total.other += tally.other;
            total.stale += tally.stale;
            total.without_expiry += tally.without_expiry;
            total.expiring += tally.expiring;
            total.exposed += tally.exposed;
            total
        })
    }

    /// The groups in a sentence.
    pub fn words(&self) -> String {
        let (total, groups) = (self.total(), self.groups.len());
        let keys = |count: usize| if count == 1 { "1 key".to_owned() } else { format!("{count} keys") };
        let in_groups = if groups == 1 { "1 group".to_owned() } else { format!("{groups} groups") };
        let gone: Vec<&Group> = self.groups.iter().filter(|group| group.gone && self.by == By::Owner).collect();
        let left = match (gone.len(), gone.iter().map(|group| group.tally.enabled).sum::<usize>()) {
            (0, _) => String::new(),
            (1, enabled) => format!(", 1 owner left and has {enabled} enabled"),
            (many, enabled) => format!(", {many} owners left and have {enabled} enabled"),
        };
        format!(
            "{} in {in_groups}{left}: {} stale, {} without expiry, {} expiring, {} exposed",
            keys(total.keys()),
            total.stale,
            total.without_expiry,
            total.expiring,
            total.exposed
        )
    }

    /// The group of a key, which is made where there is none.
    fn group_of(&mut self, key: &Key) -> usize {
        let text = self.text(key);
        if let Some(at) = text.and_then(|text| self.received.get(text)) {
            return *at;
        }
        let tag = self.tag(key);
        let at = match self.index.get(&tag) {
            Some(at) => *at,
            None => self.begin(tag, key),
        };
        if let Some(text) = self.text(key) {
            self.received.insert(text.clone(), at);
        }
        at
    }

    fn begin(&mut self, tag: Tag, key: &Key) -> usize {
        let at = self.groups.len();
        let (label, email) = match self.by.kind() {
            Kind::Owner => (key.owner.clone(), key.owner_email.clone()),
            Kind::Text(TextField::Collection) if key.kind == KeyKind::CollectionAccessKey => {
                (key.name.clone(), Untrusted::default())
            }
            Kind::Text(TextField::Team) => (key.team().map(Untrusted::from).unwrap_or_default(), Untrusted::default()),
            Kind::Text(_) => (self.text(key).cloned().unwrap_or_default(), Untrusted::default()),
            Kind::Month(_) | Kind::Fixed(_) | Kind::Bands(_) => {
                (Untrusted::from(self.words_of(&tag)), Untrusted::default())
            }
        };
        if self.by == By::Owner {
            self.hold(&label, at);
            self.hold(&email, at);
        } else if let Tag::Text(text) = &tag {
            self.hold_folded(text.clone(), at);
        }
        self.index.insert(tag.clone(), at);
        self.groups.push(Group {
            tag,
            label,
            email,
            gone: false,
            service: key.owner_kind != crate::domain::team::UserKind::Person,
            tally: Tally::default(),
            cell: Cell::default(),
            alike: true,
        });
        at
    }

    fn hold(&mut self, text: &Untrusted, at: usize) {
        if !text.is_empty() {
            self.hold_folded(fold(text.as_received()), at);
        }
    }

    fn hold_folded(&mut self, text: String, at: usize) {
        let holder = self.texts.entry(text).or_insert(Holder::One(at));
        if *holder != Holder::One(at) {
            *holder = Holder::Several;
        }
    }

    /// The text by which the key is grouped, where it is one.
    fn text<'k>(&self, key: &'k Key) -> Option<&'k Untrusted> {
        match self.by {
            By::Name => Some(&key.name),
            // the name tells the team
            By::Team => key.team().map(|_| &key.name),
            By::Source => key.last_used_from.as_ref(),
            By::Collection => {
                let named = (key.kind == KeyKind::CollectionAccessKey).then_some(&key.name);
                key.collection_id.as_ref().filter(|id| !fold(id.as_received()).is_empty()).or(named)
            }
            By::Owner | By::State | By::Month | By::Expiry | By::LastUse | By::Age | By::Access => None,
        }
    }

    fn tag(&self, key: &Key) -> Tag {
        match self.by.kind() {
            Kind::Owner => Tag::Owner(key.owner_id),
            Kind::Text(TextField::Team) => Tag::Text(key.team().map(fold).unwrap_or_default()),
            Kind::Text(_) => Tag::Text(self.text(key).map(|text| fold(text.as_received())).unwrap_or_default()),
            Kind::Month(field) => match key.moment(field) {
                Some(When::At(time)) if (0..=9999).contains(&time.year()) => {
                    Tag::Month(Reverse(time.year() * 12 + i32::try_from(time.month0()).unwrap_or_default()))
                }
                Some(When::Never) => Tag::Never,
                Some(When::At(_) | When::Unreadable(_)) | None => Tag::Odd,
            },
            Kind::Fixed(_) if self.by == By::State => Tag::Fixed(match key.status {
                Status::Enabled => 0,
                Status::Disabled => 1,
                Status::Revoked => 2,
                Status::Other(_) => 3,
            }),
            Kind::Fixed(_) => Tag::Fixed(match key.access {
                _ if key.kind == KeyKind::CollectionAccessKey => 4,
                Access::Full => 0,
                Access::Read => 1,
                Access::None => 2,
                Access::Other(_) => 3,
            }),
            Kind::Bands(_) => self.bands.as_ref().map_or(Tag::Odd, |bands| Tag::Band(bands.of(key))),
        }
    }

    fn words_of(&self, tag: &Tag) -> String {
        match (tag, self.by.kind()) {
            (Tag::Fixed(at), Kind::Fixed(known)) => known.get(*at).map_or("", |known| known.0).to_owned(),
            (Tag::Month(Reverse(month)), _) => {
                format!("{:04}-{:02}", month.div_euclid(12), month.rem_euclid(12) + 1)
            }
            (Tag::Never, _) => "never".to_owned(),
            (Tag::Band(at), Kind::Bands(bands)) => {
                bands.parts().get(*at).map(|part| bands.words(*part)).unwrap_or_default()
            }
            (Tag::Odd, _) => "unknown".to_owned(),
            (Tag::Owner(_) | Tag::Text(_) | Tag::Fixed(_) | Tag::Band(_), _) => String::new(),
        }
    }
}

impl Group {
    /// What it is called, in words that are never empty.
    pub fn name(&self) -> String {
        match &self.tag {
            _ if !self.label.is_empty() => self.label.marked().into_owned(),
            _ if !self.email.is_empty() => self.email.marked().into_owned(),
            Tag::Owner(id) if *id == UserId::default() => "nobody is named".to_owned(),
            Tag::Owner(id) => format!("user {id}"),
            Tag::Text(_) | Tag::Month(_) | Tag::Never | Tag::Fixed(_) | Tag::Band(_) | Tag::Odd => "none".to_owned(),
        }
    }

    /// The number of its owner, where it is of one owner.
    pub fn owner(&self) -> Option<UserId> {
        match self.tag {
            Tag::Owner(id) => Some(id),
            Tag::Text(_) | Tag::Month(_) | Tag::Never | Tag::Fixed(_) | Tag::Band(_) | Tag::Odd => None,
        }
    }
}

fn moment_name(field: MomentField) -> &'static str {
    if field == MomentField::Expires { "expires" } else { "created" }
}
