//! One key in full: exact times, where it was last used, who revoked it, what was done to it, and the
//! keys it was rotated from and to.

use std::borrow::Cow;

use chrono::NaiveDate;

use crate::domain::axis::Ink;
use crate::domain::finding::Finding;
use crate::domain::ids::{KeyId, UserId};
use crate::domain::key::{Access, DisabledReason, Key, Revocation, Status};
use crate::domain::key_value::{KeyKind, hex};
use crate::domain::names::Names;
use crate::domain::team::UserKind;
use crate::domain::time::{Time, When, future, past};
use crate::domain::untrusted::Untrusted;
use crate::tui::text;
use crate::tui::ticket::Ticket;
use chain::Chain;
use lineage::Heard;
use trail::Trail;
use tried::Tried;

pub mod chain;
pub mod lineage;
pub mod trail;
pub mod tried;
mod update;
pub mod view;

/// The dialog: a title and named lines, frozen when it opened, and what is read for it.
#[derive(Debug, PartialEq)]
pub struct Detail {
    pub title: String,
    /// What is known.
    pub facts: Vec<DetailLine>,
    /// The keys it was rotated from and to; none for a collection access key.
    pub chain: Option<Chain>,
    /// From where it is tried, if it is one that no longer works.
    tried: Vec<DetailLine>,
    trail: Vec<DetailLine>,
    /// What was read of it that its lineage shows.
    heard: Heard,
    /// When it was opened, which is the present of its lineage.
    opened: Time,
    /// The reading of the trail that is under way.
    pub reading_trail: Ticket,
    /// The reading of the addresses that is under way.
    pub reading_tried: Ticket,
    /// The reading of an ancestor that is under way.
    pub reading_key: Ticket,
    /// Whose the key is, and since which day, where that is known.
    owner: Option<(UserId, Option<NaiveDate>)>,
    /// The key's id, to copy.
    pub id: Option<KeyId>,
    /// The masked value, to copy.
    pub masked: Untrusted,
    pub scroll: usize,
}

/// A line of the dialog: a name, and what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DetailLine {
    /// The name; empty where the line belongs to the one above.
    pub name: Cow<'static, str>,
    pub text: String,
    /// Whether it is of less weight.
    pub dim: bool,
    /// A course on the axis of time, in place of the text.
    pub inks: Vec<Ink>,
}

impl DetailLine {
    pub fn new(name: impl Into<Cow<'static, str>>, text: String) -> Self {
        Self { name: name.into(), text, dim: false, inks: Vec::new() }
    }

    /// More about the line above.
    pub fn below(text: String) -> Self {
        Self { name: Cow::Borrowed(""), text, dim: true, inks: Vec::new() }
    }
}

/// Columns of the names before the values.
pub const NAMES: u16 = 16;

impl Detail {
    /// Columns of its window, on a screen of so many.
    pub fn width(columns: u16) -> u16 {
        columns.min(92)
    }

    /// The lines as they are drawn on a screen of so many columns; a long value goes on below, without the name.
    pub fn wrapped(&self, columns: u16) -> Vec<DetailLine> {
        let room = usize::from(Self::width(columns).saturating_sub(NAMES + 4));
        let wrap = |line: &DetailLine| {
            let names = std::iter::once(line.name.clone()).chain(std::iter::repeat(Cow::Borrowed("")));
            let lines = names.zip(text::wrap(&line.text, room));
            let line = |(name, text)| DetailLine { name, text, dim: line.dim, inks: line.inks.clone() };
            lines.map(line).collect::<Vec<_>>()
        };
        let chain = self.chain.as_ref().map(Chain::words).unwrap_or_default();
        let names = std::iter::once(Cow::Borrowed("Rotation")).chain(std::iter::repeat(Cow::Borrowed("")));
        let chain: Vec<DetailLine> = names.zip(chain).map(|(name, text)| DetailLine::new(name, text)).collect();
        let blank = DetailLine::new("", String::new());
        let lineage = self.lineage(room);
        let trail = (!self.trail.is_empty()).then_some(&blank).into_iter().chain(&self.trail);
        self.facts.iter().chain(&chain).chain(&lineage).chain(&self.tried).chain(trail).flat_map(wrap).collect()
    }

    /// The lineage in so many columns: as courses on an axis of time where there is room, and in words.
    fn lineage(&self, room: usize) -> Vec<DetailLine> {
        const LEAST: usize = 40;
        let Some(axis) = self.chain.as_ref().and_then(|chain| lineage::axis(chain, &self.heard, self.opened)) else {
            return Vec::new();
        };
        let mut lines = Vec::new();
        if room >= LEAST {
            lines.push(DetailLine { dim: true, ..DetailLine::new("Lineage", axis.head(room)) });
            lines.extend(axis.lanes.iter().map(|lane| {
                let name = text::cut(&lane.name, usize::from(NAMES - 1));
                DetailLine { inks: axis.inks(lane, room), ..DetailLine::new(name, String::new()) }
            }));
            lines.push(DetailLine::below(axis.legend(room)));
        }
        let name = if lines.is_empty() { "Lineage" } else { "" };
        let names = std::iter::once(name).chain(std::iter::repeat(""));
        let words = names.zip(axis.words());
        let said: Vec<DetailLine> = words
            .map(|(name, words)| DetailLine { dim: !lines.is_empty(), ..DetailLine::new(name, words.to_owned()) })
            .collect();
        lines.extend(said);
        lines
    }

    /// Whether there is a key before or after this one in its chain.
    pub fn leads(&self, newer: bool) -> bool {
        let chain = self.chain.as_ref();
        chain.is_some_and(|chain| {
            if newer { chain.newer().is_some() } else { chain.older().is_some() || chain.before.id().is_some() }
        })
    }

    /// Shows how far the reading of the trail is.
    pub fn set_trail(&mut self, trail: &Trail) {
        self.trail = trail.lines();
        self.heard.take_trail(trail);
    }

    /// Shows how far the reading of the addresses is.
    pub fn set_tried(&mut self, tried: &Tried, now: Time) {
        self.tried = tried.lines(now);
        self.heard.take_tried(tried);
    }

    /// How far it can be scrolled on a screen of this size.
    pub fn most(&self, (columns, rows): (u16, u16)) -> usize {
        self.wrapped(columns).len().saturating_sub(usize::from(rows.saturating_sub(4)))
    }

    fn new(title: String, facts: Vec<DetailLine>, id: Option<KeyId>, masked: Untrusted, opened: Time) -> Self {
        Self {
            title,
            facts,
            chain: None,
            tried: Vec::new(),
            trail: Vec::new(),
            heard: Heard::default(),
            opened,
            reading_trail: Ticket::default(),
            reading_tried: Ticket::default(),
            reading_key: Ticket::default(),
            owner: None,
            id,
            masked,
            scroll: 0,
        }
    }

    /// A key in full.
    pub fn of_key(key: &Key, users: &Names, now: Time) -> Self {
        let mut lines = vec![DetailLine::new("Status", status(key, users, now))];
        let mut add = |name: &'static str, value: String| {
            if !value.is_empty() {
                lines.push(DetailLine::new(name, value));
            }
        };
        add("Beware", beware([("the name", &key.name), ("the owner's name", &key.owner)], &key.contacts));
        let owner = person(&key.owner, &key.owner_email);
        let is = match key.owner_kind {
            _ if owner.is_empty() => "",
            _ if key.owner_gone => ", who left",
            UserKind::Service => ", a service",
            UserKind::Person | UserKind::Other(_) => "",
        };
        add("Owner", key.nameless_owner().unwrap_or_else(|| format!("{owner}{is}")));
        if let Some(tracked) = &key.tracked {
            add("Kind", format!("{}, written down on this machine", tracked.kind.title()));
            let heard = tracked.probed.as_ref().map(|probed| {
                let at = When::At(probed.at);
                format!("{} {}", probed.heard, moment(&at, &past(&at, now)))
            });
            add("Asked", heard.unwrap_or_else(|| "never whether it is accepted".to_owned()));
        }
        add("Key", key.masked.to_string());
        add("Expires", moment(&key.expires, &future(&key.expires, now)));
        if key.kind == KeyKind::CollectionAccessKey && key.status == Status::Enabled {
            add("", sliding(&key.expires));
        }
        if key.access != Access::Full {
            add("Access", format!("{}: {}", key.access, key.access.meaning()));
        }
        add("Last used", moment(&key.last_used, &past(&key.last_used, now)));
        add("Last used from", key.last_used_from.as_ref().map(ToString::to_string).unwrap_or_default());
        add("Tried", tried::summary(key, now));
        add("Created", moment(&key.created, &past(&key.created, now)));
        add("Made with", key.minted_with.as_ref().map(|id| format!("the key {id}")).unwrap_or_default());
        if key.value_created != key.created {
            add("Value made", moment(&key.value_created, &past(&key.value_created, now)));
        }
        if let Some(ends) = key.old_value_works_until(now) {
            let ends = When::from(ends);
            add("Old value", format!("works until {}", moment(&ends, &future(&ends, now))));
        }
        let contacts: Vec<String> = key.contacts.iter().map(ToString::to_string).collect();
        if key.kind == KeyKind::ApiKey {
            add("Tells", if contacts.is_empty() { "its owner".to_owned() } else { contacts.join(", ") });
        }
        add("Collection", key.collection_id.as_ref().map(ToString::to_string).unwrap_or_default());
        add("Fingerprint", key.digest.map(|digest| hex(&digest)).unwrap_or_default());
        add("Id", key.id.to_string());
        Self::new(key.name.marked().into_owned(), lines, Some(key.id.clone()), key.masked.clone(), now)
    }
}

/// A key's state in words, with what changed it: `revoked on 2026-06-04 09:12:00 UTC by Ana Souza (admin)`, and whether it is
/// still tried.
pub fn status(key: &Key, users: &Names, now: Time) -> String {
    let stands = standing(key, users, now);
    if key.is_still_tried(now) { format!("{stands}; still tried") } else { stands }
}

fn standing(key: &Key, users: &Names, now: Time) -> String {
    match &key.status {
        Status::Revoked => {
            let on = if key.revoked == When::Never { String::new() } else { format!(" on {}", key.revoked.exact()) };
            match (&key.revoked_by, &key.revocation) {
                (None, None) => format!("revoked{on}"),
                (None, Some(why)) => format!("revoked{on}, {}", automatic(why)),
                (Some(who), why) => {
                    let name = if *who == key.owner_id {
                        key.owner.to_string()
                    } else {
                        users.name(*who).map_or_else(|| format!("user {who}"), ToString::to_string)
                    };
                    let why = why.as_ref().map(|why| format!(" ({why})")).unwrap_or_default();
                    format!("revoked{on} by {name}{why}")
                }
            }
        }
        Status::Disabled => {
            let disabled = match &key.disabled_reason {
                Some(DisabledReason::Expired) => "disabled: it expired".to_owned(),
                Some(DisabledReason::Owner) => "disabled by its owner".to_owned(),
                Some(DisabledReason::Admin) => "disabled by an admin, who alone can enable it".to_owned(),
                Some(DisabledReason::OwnerLeft) => "disabled: its owner left".to_owned(),
                Some(DisabledReason::Other(reason)) => format!("disabled: {reason}"),
                None => "disabled".to_owned(),
            };
            if key.exposed { format!("{disabled}; exposed: others can read its value") } else { disabled }
        }
        _ if key.is_open_danger() => format!("{}, and exposed: others can read its value", key.status),
        _ if key.expires.time().is_some_and(|expires| expires <= now) => "expired".to_owned(),
        other => other.to_string(),
    }
}

/// A finding's state in words.
pub fn resolution(finding: &Finding) -> String {
    use crate::domain::finding::Resolution;
    match &finding.resolution {
        Resolution::Active => "open".to_owned(),
        Resolution::FalsePositive => "resolved: false positive".to_owned(),
        Resolution::Revoked => "resolved: the key was revoked".to_owned(),
        Resolution::AcceptedRisk => "resolved: accepted risk".to_owned(),
        Resolution::Other(word) => word.to_string(),
    }
}

fn automatic(why: &Revocation) -> String {
    match why {
        Revocation::Inactivity => "automatically: it stayed expired too long".to_owned(),
        Revocation::Exposed => "automatically: it was found exposed".to_owned(),
        Revocation::Rotated => "replaced by a rotation".to_owned(),
        other => other.to_string(),
    }
}

pub(super) fn moment(when: &When, relative: &str) -> String {
    match when {
        When::At(_) => format!("{} ({relative})", when.exact()),
        _ => when.exact(),
    }
}

fn sliding(expires: &When) -> String {
    match expires {
        When::At(time) => format!("dies {} unless used; each use gives it 60 more days", time.format("%-d %b %Y")),
        _ => String::new(),
    }
}

/// What is odd about names and contacts, in words; nothing where they are what they look like.
pub(super) fn beware<'a>(names: [(&'static str, &'a Untrusted); 2], contacts: &'a [Untrusted]) -> String {
    let contacts = contacts.iter().map(|contact| ("a contact", contact));
    let odd = |(what, name): (&str, &Untrusted)| Some(format!("{what} {}", name.deception()?));
    names.into_iter().chain(contacts).filter_map(odd).collect::<Vec<_>>().join("; ")
}

pub(super) fn person(name: &Untrusted, email: &Untrusted) -> String {
    match (name.is_empty(), email.is_empty()) {
        (false, false) => format!("{name} <{email}>"),
        (false, true) => name.to_string(),
        _ => email.to_string(),
    }
}
