//! A change of many keys under way: each key's own result as it happens, and what to do with those that failed.

use std::collections::HashMap;
use std::ops::Range;
use std::time::Duration;

use crate::domain::bulk::{Outcome, Plan, Progress};
use crate::domain::changes::{ChangeId, Item};
use crate::domain::deed::Deed;
use crate::domain::exposed::Settled;
use crate::domain::finding::{Finding, Resolution};
use crate::domain::ids::KeyId;
use crate::domain::key::Key;
use crate::domain::results::Results;
use crate::domain::time::length;
use crate::domain::untrusted::Untrusted;
use crate::tui::facts::Facts;
use crate::tui::request::RowChange;
use crate::tui::text;
use crate::tui::text::thousands;
use crate::tui::ticket::Ticket;
use pace::Pace;

pub mod pace;
mod tally;
mod update;
pub mod view;

pub use tally::{Part, Tally};

/// A change of many keys, from the first key sent until its results are read.
#[derive(Debug)]
pub struct Running {
    pub ticket: Ticket,
    /// The keys and what became of each, in the order they are sent.
    pub items: Vec<(Key, Outcome)>,
    index: HashMap<KeyId, usize>,
    /// What is done to them.
    pub deed: Deed,
    /// The change on disk that they belong to, once it is there.
    pub change: Option<ChangeId>,
    /// The findings that are resolved with the keys, and what became of each once that is known.
    pub findings: Vec<(Finding, Option<Settled>)>,
    /// Why it does not stand on disk: cut short, it would not be found again.
    pub unrecorded: Option<Untrusted>,
    /// Where the results were written, or why they were not.
    pub saved: Option<String>,
    /// When the run began.
    pub started: Duration,
    /// How fast it is answered.
    pub pace: Pace,
    pub ended: Option<Duration>,
    /// Seconds the server asked to wait, until the next news.
    pub waiting: Option<u64>,
    /// How many keys are being read back because their answer was lost.
    pub reading_back: usize,
    /// Whether no more are to be sent.
    pub stopping: bool,
    /// The first line of the list shown.
    pub scroll: usize,
}

/// Columns of the window, where there are as many.
pub const WIDTH: u16 = 78;

/// Rows of how fast it is answered in words, and as a histogram: two of bars, one of what they are.
const WORDS: u16 = 1;
pub const HISTOGRAM: u16 = 3;
/// Fewer answers make no histogram.
const FEW: usize = 4;

/// Columns of a masked value: `kdk_…9fQ2`.
const MASKED: usize = 9;

/// The longest list whose long reasons are wrapped.
const WRAPPED: usize = 200;

/// What stands where in the window of a run.
#[derive(Debug)]
pub struct Arrangement {
    pub summary: Vec<String>,
    /// Whether the bar has a row: a single key needs none.
    pub bar: bool,
    /// Rows of how fast it is answered: in words, and as a histogram below them where there is room.
    pub pace: u16,
    /// Lines of the list, seen or not.
    pub lines: usize,
    /// Rows of the window, border included.
    pub height: u16,
    /// Rows of the list.
    pub list: u16,
}

impl Running {
    /// A run of `plan` that begins now.
    pub fn new(ticket: Ticket, plan: &Plan, started: Duration) -> Self {
        let items: Vec<(Key, Outcome)> = plan.keys().map(|key| (key.clone(), Outcome::Queued)).collect();
        let index = items.iter().enumerate().map(|(at, (key, _))| (key.id.clone(), at)).collect();
        Self {
            ticket,
            items,
            index,
            deed: plan.deed,
            change: None,
            findings: Vec::new(),
            unrecorded: None,
            saved: None,
            started,
            pace: Pace::default(),
            ended: None,
            waiting: None,
            reading_back: 0,
            stopping: false,
            scroll: 0,
        }
    }

    /// Takes news in. Returns what became of a row, if the news says so.
    pub fn take(&mut self, progress: Progress, now: Duration) -> Option<RowChange> {
        self.waiting = None;
        self.pace.hear(now);
        match progress {
            Progress::Sent(ids) => {
                self.set(&ids, &Outcome::Sent);
                self.pace.send(ids.iter().filter_map(|id| self.index.get(id).copied()), now);
            }
            Progress::ReadingBack(ids) => {
                self.reading_back = ids.len();
                ids.iter().filter_map(|id| self.index.get(id)).for_each(|at| self.pace.lose(*at));
            }
            Progress::Waiting(seconds) => self.waiting = Some(seconds),
            Progress::Done(id, outcome) => {
                self.reading_back = self.reading_back.saturating_sub(1);
                self.set(std::slice::from_ref(&id), &outcome);
                if let Some(at) = self.index.get(&id) {
                    self.pace.answer(*at, now);
                }
                if outcome.is_revoked() {
                    return Some(RowChange::Revoked(id));
                }
            }
            Progress::Settled(id, settled) => {
                let resolved = settled.is_done();
                if let Some((_, of)) = self.findings.iter_mut().find(|(finding, _)| finding.id == id) {
                    *of = Some(settled);
                }
                if resolved {
                    return Some(RowChange::Resolved(id, Resolution::Revoked));
                }
            }
            Progress::Changed(key) => return Some(RowChange::Changed(key)),
            Progress::Recorded(id) => self.change = Some(id),
            Progress::NotRecorded(why) => self.unrecorded = Some(why),
        }
        None
    }

    /// The run is over. A key that no news named is unknown: it may have been sent.
    pub fn end(&mut self, at: Duration) {
        self.ended = Some(at);
        self.waiting = None;
        self.reading_back = 0;
        for (_, outcome) in &mut self.items {
            match outcome {
                Outcome::Queued => *outcome = Outcome::NotSent(Untrusted::default()),
                Outcome::Sent => *outcome = Outcome::Unknown(Untrusted::from("no answer")),
                _ => {}
            }
        }
    }

    /// Begins again with those that may succeed now; returns what to send.
    pub fn retry(&mut self, ticket: Ticket, now: Duration) -> Vec<Key> {
        if self.ended.is_none() || !self.may_retry() {
            return Vec::new();
        }
        self.ticket = ticket;
        self.started = now;
        self.pace = Pace::default();
        self.ended = None;
        self.stopping = false;
        self.saved = None;
        self.items
            .iter_mut()
            .filter(|(_, outcome)| outcome.may_retry())
            .map(|(key, outcome)| {
                *outcome = Outcome::Queued;
                key.clone()
            })
            .collect()
    }

    /// Findings that are still open although their key is revoked, and why.
    pub fn still_open(&self) -> impl Iterator<Item = (&Finding, &Settled)> {
        let settled = self.findings.iter().filter_map(|(finding, settled)| Some((finding, settled.as_ref()?)));
        settled.filter(|(_, settled)| matches!(settled, Settled::StillOpen(_) | Settled::Forgotten(_)))
    }

    /// The findings that are not dealt with yet.
    pub fn to_resolve(&self) -> Vec<Finding> {
        let left = self.findings.iter().filter(|(_, settled)| !settled.as_ref().is_some_and(Settled::is_done));
        left.map(|(finding, _)| finding.clone()).collect()
    }

    /// Whether any key may succeed when sent again.
    pub fn may_retry(&self) -> bool {
        self.items.iter().any(|(_, outcome)| outcome.may_retry())
    }

    /// The keys that stay marked: those that failed or were denied, and those that were not sent or of which nothing is
    /// known, since they too still need a hand. What is done or not there needs none.
    pub fn to_mark(&self) -> Vec<KeyId> {
        let open = |outcome: &Outcome| matches!(outcome, Outcome::Denied(_)) || outcome.may_retry();
        self.items.iter().filter(|(_, outcome)| open(outcome)).map(|(key, _)| key.id.clone()).collect()
    }

    /// Whether any key stays marked in the list in front.
    pub fn any_to_mark(&self, facts: &Facts) -> bool {
        self.to_mark().iter().any(|id| facts.keys.is_in_front(id))
    }

    /// What became of each, to be kept.
    pub fn results(&self, facts: &Facts) -> Results {
        let item = |(key, outcome): &(Key, Outcome)| Item { outcome: outcome.clone(), ..Item::from(key) };
        Results {
            deed: self.deed,
            profile: facts.session.profile.clone(),
            address: facts.session.address.clone(),
            by: facts.me.map(|me| me.name.clone()).unwrap_or_default(),
            at: facts.now.utc,
            items: self.items.iter().map(item).collect(),
        }
    }

    /// Counts the states.
    pub fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        for (_, outcome) in &self.items {
            tally.add(outcome);
        }
        tally
    }

    /// The keys that are not simply done, which the list shows; all of them when there are few.
    pub fn notable(&self) -> Vec<&(Key, Outcome)> {
        let all = self.items.len() <= 12;
        self.items.iter().filter(|(_, outcome)| all || !outcome.is_done()).collect()
    }

    /// Columns of the keys' names and masked values, on a screen of so many.
    pub fn names(columns: u16) -> usize {
        let room = usize::from(columns.min(WIDTH).saturating_sub(4));
        if room < 50 { 20 } else { (room / 3).clamp(14, 28) + MASKED + 1 }
    }

    /// A key's name, and its masked value, which tells namesakes apart.
    fn label(key: &Key, columns: u16) -> String {
        let masked = text::masked(&key.masked.to_string(), MASKED);
        let names = Self::names(columns).saturating_sub(text::width(&masked) + 1);
        format!("{} {masked}", text::fit(&key.name.marked(), names))
    }

    /// Lines of the list as it is drawn on a screen of so many columns: name, words, outcome. A long reason goes on
    /// below, unless the list is so long that only the lines seen are made.
    pub fn lines(&self, columns: u16, range: Range<usize>) -> Vec<(String, String, &Outcome)> {
        let room = usize::from(columns.min(WIDTH).saturating_sub(4)).saturating_sub(Self::names(columns) + 1);
        let words = |outcome: &Outcome| {
            let why = outcome.reason().map(|why| format!(": {why}")).unwrap_or_default();
            format!("{} {}{why}", glyph(outcome), outcome.word())
        };
        let notable = self.notable();
        if notable.len() > WRAPPED {
            let seen = notable.get(range).unwrap_or_default().iter();
            return seen.map(|(key, outcome)| (Self::label(key, columns), words(outcome), outcome)).collect();
        }
        let wrapped = notable.iter().flat_map(|(key, outcome)| {
            let names = std::iter::once(Self::label(key, columns)).chain(std::iter::repeat(String::new()));
            names.zip(text::wrap(&words(outcome), room)).map(move |(name, words)| (name, words, outcome))
        });
        wrapped.skip(range.start).take(range.len()).collect()
    }

    /// What stands where on a screen of this size.
    pub fn arrange(&self, (columns, rows): (u16, u16)) -> Arrangement {
        let summary = text::wrap(&summary(self), usize::from(columns.min(WIDTH).saturating_sub(4)));
        let notable = self.notable().len();
        let lines = if notable > WRAPPED { notable } else { self.lines(columns, 0..usize::MAX).len() };
        let bar = self.items.len() > 1;
        let pace = match self.pace.answers() {
            FEW.. if bar && rows >= 24 && columns >= WIDTH => WORDS + HISTOGRAM,
            1.. if bar && rows >= 18 && columns >= WIDTH => WORDS,
            _ => 0,
        };
        // the border, a blank above and below the list, the keys
        let around = u16::try_from(summary.len() + 5).unwrap_or(u16::MAX).saturating_add(u16::from(bar) + pace);
        let most = rows.saturating_sub(2).max(12).min(rows);
        let height = around.saturating_add(u16::try_from(lines).unwrap_or(u16::MAX)).min(most);
        let list = height.saturating_sub(around);
        Arrangement { summary, bar, pace, lines, height, list }
    }

    /// How far the list can be scrolled on a screen of this size.
    pub fn most(&self, size: (u16, u16)) -> usize {
        let Arrangement { lines, list, .. } = self.arrange(size);
        lines.saturating_sub(usize::from(list))
    }

    /// How long the rest will take at the pace so far, as of the latest news; none before the first result.
    pub fn left(&self) -> Option<Duration> {
        let tally = self.tally();
        let done = self.items.len() - tally.left;
        if self.ended.is_some() || done == 0 || tally.left == 0 {
            return None;
        }
        let spent = self.pace.heard().saturating_sub(self.started);
        u32::try_from(tally.left).ok().zip(u32::try_from(done).ok()).map(|(left, done)| spent * left / done)
    }

    fn set(&mut self, ids: &[KeyId], outcome: &Outcome) {
        for id in ids {
            if let Some(at) = self.index.get(id) {
                self.items[*at].1 = outcome.clone();
            }
        }
    }
}

/// The bar in words: `9 revoked · 1 denied · 2 left · about 4 s to go`.
fn summary(running: &Running) -> String {
    let (tally, done) = (running.tally(), running.deed.result());
    let already = format!("already {done}");
    let mut parts: Vec<String> = [
        (tally.done, done),
        (tally.already, already.as_str()),
        (tally.denied, "denied"),
        (tally.not_found, "not found"),
        (tally.failed, "failed"),
        (tally.not_sent, "not sent"),
        (tally.unknown, "unknown"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, word)| format!("{} {word}", thousands(count)))
    .collect();
    if running.ended.is_none() {
        parts.push(format!("{} left", thousands(tally.left)));
        if running.reading_back > 0 {
            parts.push(format!("an answer was lost: reading {} back", thousands(running.reading_back)));
        }
        if let Some(seconds) = running.waiting {
            parts.push(format!("the server asks to wait {seconds} s"));
        } else if let Some(left) = running.left() {
            parts.push(format!("about {} to go", length(left.as_secs().max(1))));
        }
    }
    let resolved =
        running.findings.iter().filter(|(_, settled)| settled.as_ref().is_some_and(Settled::is_done)).count();
    match resolved {
        0 => {}
        1 => parts.push("1 finding resolved".to_owned()),
        many => parts.push(format!("{} findings resolved", thousands(many))),
    }
    parts.extend(running.still_open().map(|(finding, settled)| format!("{}: {}", finding.name(), settled.words())));
    if let Some(why) = &running.unrecorded {
        parts.push(format!("not on disk, so not taken up if keydeck is killed: {why}"));
    }
    parts.extend(running.saved.clone());
    parts.join(" · ")
}

fn glyph(outcome: &Outcome) -> char {
    match outcome {
        Outcome::Queued => '·',
        Outcome::Sent => '▸',
        done if done.is_done() => '✓',
        Outcome::Unknown(_) => '?',
        Outcome::NotSent(_) => '–',
        _ => '!',
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Time;

    fn running(ids: &[&str]) -> Running {
        let plan = Plan::new(ids.iter().map(|id| Key::sample(id)), None, Time::default());
        Running::new(Ticket(1), &plan, Duration::ZERO)
    }

    #[test]
    fn only_what_may_succeed_is_sent_again() {
        let mut run = running(&["a", "b", "c", "d", "e"]);
        run.take(Progress::Sent(["a", "b", "c", "d"].map(KeyId::from).to_vec()), Duration::ZERO);
        for (id, outcome) in
            [("a", Outcome::Revoked), ("b", Outcome::Denied("no".into())), ("c", Outcome::Failed("503".into()))]
        {
            run.take(Progress::Done(id.into(), outcome), Duration::ZERO);
        }
        assert!(run.retry(Ticket(2), Duration::ZERO).is_empty(), "not while it runs");
        run.end(Duration::from_secs(1));
        assert_eq!(run.tally(), Tally { done: 1, denied: 1, failed: 1, unknown: 1, not_sent: 1, ..Tally::default() });
        let ids: Vec<String> = run.retry(Ticket(2), Duration::ZERO).iter().map(|t| t.id.to_string()).collect();
        assert_eq!(ids, ["c", "d", "e"]);
    }

    #[test]
    fn the_time_left_follows_the_pace() {
        let mut run = running(&["a", "b", "c", "d"]);
        assert_eq!(run.left(), None);
        run.take(Progress::Done("a".into(), Outcome::Revoked), Duration::from_secs(2));
        assert_eq!(run.left(), Some(Duration::from_secs(6)));
    }
}
