//! One finding in full: what it is and how urgent, every place where the secret stands, how it was resolved so far, and
//! what was done to its key.

use crate::domain::finding::{Finding, Source, Urgency};
use crate::domain::key::Status;
use crate::domain::link::https;
use crate::domain::names::Names;
use crate::domain::time::{Time, length, past};
use crate::domain::untrusted::Untrusted;
use crate::tui::dialogs::detail::trail::Trail;
use crate::tui::dialogs::detail::{DetailLine, NAMES, beware, moment, person, resolution};
use crate::tui::text;
use crate::tui::ticket::Ticket;
use places::Places;

pub mod places;
mod update;
pub mod view;

/// The dialog. What it tells of the finding is frozen when it opens; places and trail are read for it.
#[derive(Debug, PartialEq)]
pub struct FindingDetail {
    pub finding: Finding,
    /// What is known.
    pub facts: Vec<LinkedLine>,
    pub places: Places,
    trail: Vec<DetailLine>,
    /// The reading of the trail that is under way.
    pub reading_trail: Ticket,
    /// The reading of places that is under way.
    pub reading_places: Ticket,
    pub scroll: usize,
}

/// A line, and where it leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkedLine {
    pub line: DetailLine,
    /// An address that may be followed.
    pub link: Option<String>,
}

impl LinkedLine {
    fn plain(line: DetailLine) -> Self {
        Self { line, link: None }
    }

    /// An address under a name, which leads there where it may be followed.
    fn address(name: &'static str, address: &Untrusted) -> Self {
        Self { line: DetailLine::new(name, address.to_string()), link: https(address) }
    }
}

impl FindingDetail {
    /// A finding in full; nothing is read for it yet.
    pub fn new(finding: &Finding, now: Time) -> Self {
        Self {
            finding: finding.clone(),
            facts: facts(finding, now),
            places: Places::default(),
            trail: Vec::new(),
            reading_trail: Ticket::default(),
            reading_places: Ticket::default(),
            scroll: 0,
        }
    }

    /// Columns of its window, on a screen of so many.
    pub fn width(columns: u16) -> u16 {
        columns.min(92)
    }

    /// Shows how far the reading of the trail is.
    pub fn set_trail(&mut self, trail: &Trail) {
        self.trail = trail.lines();
    }

    /// The lines as they are drawn on a screen of so many columns; a long one goes on below, without the name. `users` name
    /// whoever put the secret somewhere, or dealt with it.
    pub fn wrapped(&self, columns: u16, users: &Names) -> Vec<LinkedLine> {
        let room = usize::from(Self::width(columns).saturating_sub(NAMES + 4));
        let blank = || LinkedLine::plain(DetailLine::new("", String::new()));
        let mut lines = self.facts.clone();
        let accepted = self.finding.key_status == Some(Status::Enabled);
        lines.push(blank());
        lines.extend(self.places.lines(accepted, users));
        if !self.trail.is_empty() {
            lines.push(blank());
            lines.extend(self.trail.iter().cloned().map(LinkedLine::plain));
        }
        let wrap = |line: &LinkedLine| {
            let LinkedLine { line, link } = line;
            let names = std::iter::once(line.name.clone()).chain(std::iter::repeat("".into()));
            let pieces = names.zip(text::wrap(&line.text, room));
            let piece =
                |(name, text)| LinkedLine { line: DetailLine { name, text, ..line.clone() }, link: link.clone() };
            pieces.map(piece).collect::<Vec<_>>()
        };
        lines.iter().flat_map(wrap).collect()
    }

    /// How far it can be scrolled on a screen of this size.
    pub fn most(&self, (columns, rows): (u16, u16), users: &Names) -> usize {
        self.wrapped(columns, users).len().saturating_sub(usize::from(rows.saturating_sub(4)))
    }
}

/// What is known of a finding by itself.
fn facts(finding: &Finding, now: Time) -> Vec<LinkedLine> {
    let mut lines: Vec<LinkedLine> = Vec::new();
    let mut add = |name: &'static str, value: String| {
        if !value.is_empty() {
            lines.push(LinkedLine::plain(DetailLine::new(name, value)));
        }
    };
    add("Finding", state(finding));
    let exposed = finding.exposed_for(now).and_then(|span| span.to_std().ok());
    add("Exposed for", exposed.map(|span| length(span.as_secs())).unwrap_or_default());
    add("Beware", beware([("the key's name", &finding.key_name), ("the owner's name", &finding.owner)], &[]));
    let key = if finding.key_name.is_empty() { String::new() } else { format!("{}  ", finding.key_name) };
    add("Key", format!("{key}{}", finding.obfuscated));
    add("Its state", finding.key_status.as_ref().map(ToString::to_string).unwrap_or_default());
    add("Owner", person(&finding.owner, &finding.owner_email));
    let since = if finding.urgency() == Urgency::InUse { ", since it was found" } else { "" };
    if finding.key_id.is_some() {
        add("Last used", format!("{}{since}", moment(&finding.last_used, &past(&finding.last_used, now))));
    }
    add("Kind", finding.secret_type.to_string());
    if let Some(vendor) = finding.vendor() {
        add("Made by", format!("{}: it cannot be revoked from here", vendor.name));
        lines.push(LinkedLine::address("Revoke it at", &vendor.revoke_at.into()));
        lines.push(LinkedLine::plain(DetailLine::below(vendor.how.to_owned())));
    } else if finding.is_foreign() {
        add("Made by", "nobody that is known here: it cannot be revoked from here".to_owned());
    }
    let mut add = |name: &'static str, value: String| {
        if !value.is_empty() {
            lines.push(LinkedLine::plain(DetailLine::new(name, value)));
        }
    };
    add("Found in", finding.source.as_ref().map(ToString::to_string).unwrap_or_default());
    add("Detected", moment(&finding.detected, &past(&finding.detected, now)));
    add("Workspace", finding.workspace_id.to_string());
    add("Visible to", visible_to(finding));
    for other in &finding.elsewhere {
        let became = other.resolution.in_words();
        add("Also in", format!("{}  {}  {became}", other.workspace, other.visibility));
    }
    add("Occurrences", finding.occurrences.to_string());
    add("Key id", finding.key_id.as_ref().map(ToString::to_string).unwrap_or_default());
    if !finding.url.is_empty() {
        lines.push(LinkedLine::address("Where", &finding.url));
    }
    lines
}

/// Who can see it. What a public workspace shows may have been replaced by whoever runs it.
fn visible_to(finding: &Finding) -> String {
    let public = finding.visibility.as_received().eq_ignore_ascii_case("public");
    let of_workspace = finding.source == Some(Source::Workspace);
    if public && of_workspace && finding.is_open() {
        format!("{}; a placeholder in its place ends no key: whoever read it before has it", finding.visibility)
    } else {
        finding.visibility.to_string()
    }
}

/// How urgent it is, in words.
fn state(finding: &Finding) -> String {
    let words = match (finding.urgency(), &finding.key_status) {
        (Urgency::InUse, _) => "open; its key is still accepted and was used since it was found",
        (Urgency::Live, _) => "open; its key is still accepted",
        (Urgency::Open, Some(Status::Revoked)) => "open, although its key is revoked",
        (Urgency::Open, Some(Status::Disabled)) => "open; its key is disabled, and may be enabled again",
        (Urgency::Open, Some(Status::Enabled | Status::Other(_))) => "open",
        (Urgency::Open, None) => "open; whether that key is accepted nobody knows here",
        (Urgency::Over, _) => return resolution(finding),
    };
    words.to_owned()
}
