//! What belongs to Exposed Keys beside its list: what is done to findings, the way to a finding's key and back, the watch,
//! and findings that stayed open although their key was revoked.

use std::collections::HashSet;
use std::time::Duration;

use super::App;
use crate::client::error::ServiceError;
use crate::domain::exposed::{Retried, Unresolved};
use crate::domain::finding::{Finding, Resolution};
use crate::domain::ids::KeyId;
use crate::domain::key::Status;
use crate::domain::key_value::KeyKind;
use crate::domain::listing::Scope;
use crate::domain::row::Row;
use crate::domain::table::States;
use crate::tui::action::Action;
use crate::tui::effect::{Effect, Write};
use crate::tui::event::{Event, Slot};
use crate::tui::facts::Facts;
use crate::tui::progress::Load;
use crate::tui::request::OnFindings;
use crate::tui::session::{Connection, Tone};
use crate::tui::tab::Tab;
use crate::tui::text::thousands;
use crate::tui::ticket::Ticket;

/// How often the watch looks.
pub const EVERY: Duration = Duration::from_secs(30);

/// Looking for new findings from time to time.
#[derive(Debug)]
pub struct Watch {
    /// When it looks next, since the program started.
    next: Duration,
    /// The look that is under way.
    ticket: Ticket,
    /// The findings that were there at the last look; none before the first.
    known: Option<HashSet<KeyId>>,
    /// Whether it was said that it cannot look.
    told_trouble: bool,
}

/// Where a person came from to a row.
#[derive(Debug)]
pub(super) struct CameFrom {
    tab: Tab,
    row: KeyId,
    /// The row that was gone to.
    to: KeyId,
}

impl App {
    /// Begins what is wished for findings.
    pub(super) fn on_findings(&mut self, what: OnFindings, ids: &[KeyId]) -> Vec<Effect> {
        let ticket = self.ticket();
        let facts = Facts { ticket, ..self.facts() };
        let requests = self.exposed.begin_on(what, ids, &facts);
        self.apply(requests, None)
    }

    /// Goes to a key where it is listed; from there back to where one came from, or to a finding that names it.
    pub(super) fn show_key(&mut self, id: &KeyId, kind: KeyKind) -> Vec<Effect> {
        let (tab, scope) = match kind {
            KeyKind::ApiKey => (Tab::Team, Scope::Team),
            KeyKind::CollectionAccessKey => (Tab::Collections, Scope::Collections),
        };
        if self.tab == tab {
            self.back_from(id);
            return Vec::new();
        }
        if let Some(why) = self.tab_denied(tab) {
            self.say(Tone::Info, why);
            return Vec::new();
        }
        let title = tab.titles().0;
        let now = self.utc();
        if self.list(scope).table.get(id).is_none() {
            let words = if self.list(scope).is_partial() {
                format!("{title} is not loaded yet, or not whole")
            } else {
                format!("The key is not in {title}")
            };
            self.say(Tone::Info, words);
            return Vec::new();
        }
        self.came_from = self.current_row().map(|row| CameFrom { tab: self.tab, row, to: id.clone() });
        let list = self.list_mut(scope);
        if list.table.position(id).is_none() {
            list.clear_filter(now);
            list.table.set_states(States::ALL, now);
            list.table.set_only_marked(false, now);
            self.say(Tone::Info, format!("{title} shows everything again: the key was hidden there"));
        }
        let list = self.list_mut(scope);
        if let Some(position) = list.table.position(id) {
            list.table.move_to(position);
        }
        self.go_to(tab);
        Vec::new()
    }

    fn back_from(&mut self, id: &KeyId) {
        let back = self.came_from.take_if(|came| came.to == *id).map(|came| (came.tab, came.row));
        let finding = || {
            let named = self.exposed.table.iter_all().filter(|finding| finding.is_of_key(id));
            let first = named.min_by_key(|finding| (finding.urgency(), finding.id.as_str().to_owned()));
            first.map(|finding| (Tab::Exposed, finding.id.clone()))
        };
        let Some((tab, row)) = back.or_else(finding) else {
            return self.say(Tone::Info, "No finding names this key");
        };
        if let Some(why) = self.tab_denied(tab) {
            return self.say(Tone::Info, why);
        }
        let hidden = match tab.slot() {
            Slot::Keys(scope) => move_to(&mut self.list_mut(scope).table, &row),
            _ => move_to(&mut self.exposed.table, &row),
        };
        if hidden {
            self.say(
                Tone::Info,
                format!("It is hidden in {}: {} clears the filter", tab.titles().0, self.key_for(Action::Back)),
            );
        }
        self.go_to(tab);
    }

    /// The row under the cursor of the list in front.
    fn current_row(&self) -> Option<KeyId> {
        match self.tab {
            Tab::Exposed => self.exposed.table.current().map(|finding| finding.id.clone()),
            _ => self.keys()?.table.current().map(|key| key.id.clone()),
        }
    }

    /// A key is revoked: its findings say so at once.
    pub(super) fn mark_findings_of(&mut self, ids: &[KeyId]) {
        let exposed: HashSet<&KeyId> = ids.iter().filter(|id| self.exposed_keys.contains(id)).collect();
        if exposed.is_empty() {
            return;
        }
        let now = self.utc();
        self.exposed.table.update_all(now, |finding| {
            let is_meant = finding.key_id.as_ref().is_some_and(|key| exposed.contains(key));
            let changes = is_meant && finding.key_status != Some(Status::Revoked);
            if changes {
                finding.key_status = Some(Status::Revoked);
            }
            changes
        });
        self.exposed.sum_up(now);
    }

    /// Marks the findings among these ids, and those of the keys among them, and no others.
    pub(super) fn mark_findings(&mut self, ids: &[KeyId]) {
        let wanted: HashSet<&KeyId> = ids.iter().collect();
        let meant = |finding: &&Finding| {
            let of_key = finding.key_id.as_ref().is_some_and(|key| finding.is_open() && wanted.contains(key));
            wanted.contains(&finding.id) || of_key
        };
        let findings: Vec<KeyId> =
            self.exposed.table.iter_all().filter(meant).map(|finding| finding.id.clone()).collect();
        self.exposed.table.mark_only(&findings);
    }
}

/// Moves to a row, and says whether it is hidden.
fn move_to<R: Row>(table: &mut crate::domain::table::Table<R>, row: &KeyId) -> bool {
    match table.position(row) {
        Some(position) => table.move_to(position),
        None => return table.get(row).is_some(),
    }
    false
}

impl App {
    /// Whether new findings are looked for.
    pub fn watches(&self) -> bool {
        self.watch.is_some()
    }

    /// `w`: looks for new findings from now on, or no more.
    pub(super) fn toggle_watch(&mut self) {
        if self.watch.take().is_some() {
            return self.say(Tone::Info, "Not watching any more");
        }
        let known = self.exposed.as_of.is_some().then(|| self.findings_there());
        self.watch =
            Some(Watch { next: self.running() + EVERY, ticket: Ticket::default(), known, told_trouble: false });
        let seconds = EVERY.as_secs();
        self.say(Tone::Good, format!("Watching: it looks every {seconds} s, and the bell rings on a new finding"));
    }

    fn findings_there(&self) -> HashSet<KeyId> {
        self.exposed.table.iter_all().map(|finding| finding.id.clone()).collect()
    }

    /// When the watch looks next.
    pub(super) fn next_watch(&self) -> Option<Duration> {
        self.watch.as_ref().map(|watch| watch.next)
    }

    pub(super) fn watch_ticket(&self) -> Ticket {
        self.watch.as_ref().map(|watch| watch.ticket).unwrap_or_default()
    }

    /// A moment has come: looks for new findings, if it is that moment and nothing else is waited for.
    pub(super) fn look_for_findings(&mut self) -> Vec<Effect> {
        let now = self.running();
        if self.next_watch().is_none_or(|next| next > now) {
            return Vec::new();
        }
        let busy = self.awaits() || self.line.has_lost();
        let ticket = self.ticket();
        let Some(watch) = &mut self.watch else { return Vec::new() };
        watch.next = now + EVERY;
        if busy {
            return Vec::new();
        }
        watch.ticket = ticket;
        vec![Effect::Load(Slot::Watch, ticket)]
    }

    /// The watch has looked: the list shows what is there now, if that is anything else.
    pub(super) fn watched(&mut self, mut findings: Vec<Finding>) -> Vec<Effect> {
        for finding in &mut findings {
            self.users.fill_finding(finding);
        }
        if let Some(watch) = &mut self.watch {
            watch.ticket = Ticket::default();
            watch.told_trouble = false;
        }
        let table = &self.exposed.table;
        let same = table.len() == findings.len()
            && self.exposed.as_of.is_some()
            && findings.iter().all(|finding| table.get(&finding.id) == Some(finding));
        // a reading under way brings what is there by itself
        if same || self.exposed.load == Load::Loading {
            return Vec::new();
        }
        self.quiet = false;
        let now = self.utc();
        let ticket = self.exposed.ticket;
        self.exposed.begin(ticket);
        self.exposed.page(findings, None, now);
        self.exposed.end(now);
        self.flag_exposed();
        self.tell_new_findings()
    }

    /// The watch could not look: said once, until it can again.
    pub(super) fn not_watched(&mut self, error: &ServiceError) {
        self.quiet = false;
        let Some(watch) = &mut self.watch else { return };
        watch.ticket = Ticket::default();
        if !std::mem::replace(&mut watch.told_trouble, true) {
            let seconds = EVERY.as_secs();
            self.say(Tone::Bad, format!("The watch could not look: {error}; it tries again in {seconds} s"));
        }
    }

    /// All findings are read: rings the bell where the watch is on and there are open ones that were not there before.
    pub(super) fn tell_new_findings(&mut self) -> Vec<Effect> {
        let there = self.findings_there();
        let Some(known) = self.watch.as_mut().and_then(|watch| watch.known.replace(there)) else { return Vec::new() };
        let new: Vec<&Finding> =
            self.exposed.table.iter_all().filter(|finding| finding.is_open() && !known.contains(&finding.id)).collect();
        let words = match new.as_slice() {
            [] => return Vec::new(),
            [one] => {
                let live = if one.is_live() { "; its key is still accepted" } else { "" };
                format!("New finding: {}, {}{live}", one.name(), one.place())
            }
            several => {
                let live = several.iter().filter(|finding| finding.is_live()).count();
                format!(
                    "{} new findings, {} on keys that are still accepted",
                    thousands(several.len()),
                    thousands(live)
                )
            }
        };
        self.say(Tone::Bad, words);
        vec![Effect::Bell]
    }

    /// Whether an event is only a part of a look of the watch, which nobody has to see unless it finds something.
    pub(super) fn may_be_quiet(&self, event: &Event) -> bool {
        let part = match event {
            Event::Calling(_) | Event::Called(_) | Event::Rate(_) => true,
            Event::Answer(slot, ..) => *slot == Slot::Watch,
            _ => false,
        };
        part && self.watch_ticket() != Ticket::default()
            && self.dialogs.is_empty()
            && self.connection == Connection::Online
            && self.waits_for().is_none()
    }

    /// Whether the last event changed nothing that is to be seen.
    pub fn was_quiet(&self) -> bool {
        self.quiet
    }
}

impl App {
    /// The findings that stand on disk, open although their key was revoked.
    pub(super) fn unresolved_listed(&mut self, listed: Vec<Unresolved>, troubles: &[String]) -> Vec<Effect> {
        self.unresolved = listed;
        if let Some(trouble) = troubles.first() {
            self.say(Tone::Bad, format!("A finding that stayed open cannot be read: {trouble}"));
        }
        if self.exposed.load == Load::Loading { Vec::new() } else { self.retry_unresolved() }
    }

    /// Tries again to resolve them, once the findings are read and where anything may be changed.
    pub(super) fn retry_unresolved(&self) -> Vec<Effect> {
        if self.unresolved.is_empty() || self.exposed.as_of.is_none() {
            return Vec::new();
        }
        let permission = self.session.permission().ok();
        permission.map(|permission| Effect::Write(permission, Write::RetryUnresolved)).into_iter().collect()
    }

    /// What the new try came to.
    pub(super) fn unresolved_retried(&mut self, retried: Vec<(Unresolved, Retried)>) {
        let now = self.utc();
        let count = |wanted: fn(&Retried) -> bool| retried.iter().filter(|(_, became)| wanted(became)).count();
        let resolved = count(|became| *became == Retried::Resolved);
        let why = retried.iter().find_map(|(one, became)| match became {
            Retried::StillOpen(why) => Some(format!("{}: {why}", one.name)),
            Retried::Resolved | Retried::Over | Retried::KeyLives => None,
        });
        let open = count(|became| matches!(became, Retried::StillOpen(_)));
        for (one, became) in &retried {
            if *became == Retried::Resolved {
                self.exposed.table.update_all(now, |finding| {
                    let same = finding.address() == one.at;
                    if same {
                        finding.resolution = Resolution::Revoked;
                    }
                    same
                });
            }
        }
        self.unresolved = retried
            .into_iter()
            .filter(|(_, became)| matches!(became, Retried::StillOpen(_) | Retried::KeyLives))
            .map(|(one, _)| one)
            .collect();
        self.exposed.sum_up(now);
        self.flag_exposed();
        let findings = |count: usize, are: [&str; 2]| {
            if count == 1 {
                format!("1 finding {}", are[0])
            } else {
                format!("{} findings {}", thousands(count), are[1])
            }
        };
        if let Some(why) = why {
            let left = findings(open, ["is", "are"]);
            self.say(Tone::Bad, format!("{left} still open although their key is revoked: {why}"));
        } else if resolved > 0 {
            let done = findings(resolved, ["was resolved", "were resolved"]);
            self.say(Tone::Good, format!("{done} that had stayed open although their key was revoked"));
        }
    }
}
