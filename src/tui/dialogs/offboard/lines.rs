//! What an off-boarding says, in lines.

use super::{Offboard, stand};
use crate::domain::bulk::Outcome;
use crate::domain::deed::Deed;
use crate::domain::key::Key;
use crate::domain::names::Names;
use crate::domain::offboard::{Fate, Stand};
use crate::domain::time::Time;
use crate::tui::text;

/// A row of the list of keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row {
    /// A part begins, with so many keys.
    Heading(Stand, usize),
    /// The key at this place.
    Key(usize),
}

/// How a line is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Plain,
    Strong,
    Good,
    Dim,
    Warning,
}

impl Offboard {
    /// The list of keys, those used in the last 24 hours apart.
    pub fn rows(&self, now: Time) -> Vec<Row> {
        let mut rows = Vec::new();
        let mut part = None;
        for (at, (key, _)) in self.leaving.keys.iter().enumerate() {
            let stands = stand(key, now);
            if part != Some(stands) {
                let count = self.leaving.keys.iter().filter(|(key, _)| stand(key, now) == stands).count();
                rows.push(Row::Heading(stands, count));
                part = Some(stands);
            }
            rows.push(Row::Key(at));
        }
        rows
    }

    /// What stops as things stand: `5 keys stop, 2 of them used in the last 24 h`.
    pub fn stops(&self, now: Time) -> (Tone, String) {
        let (count, in_use) = (self.leaving.stopping().count(), self.leaving.in_use(now));
        match (count, in_use) {
            (0, _) => (Tone::Good, "No key that works stops".to_owned()),
            (_, 0) => (Tone::Plain, format!("{} with them, none of them used in the last 24 h", stop(count))),
            _ => (Tone::Warning, format!("{} with them, {in_use} of them used in the last 24 h", stop(count))),
        }
    }

    /// The review, on so many columns.
    pub fn review(&self, users: &Names, now: Time, columns: usize) -> Vec<(Tone, String)> {
        let mut lines = Vec::new();
        let mut say = |tone, words: &str| {
            lines.extend(text::wrap(words, columns.max(1)).into_iter().map(|line| (tone, line)));
        };
        for (deed, keys) in self.leaving.steps() {
            let (tone, words) = step(deed, keys.len(), users);
            say(tone, &words);
            for key in &keys {
                say(Tone::Dim, &format!("  {}", named(key, now)));
            }
        }
        let with_them = |(key, fate): &&(Key, Fate)| *fate == Fate::Stop && stand(key, now) != Stand::Off;
        let stop_with_them: Vec<&Key> = self.leaving.keys.iter().filter(with_them).map(|(key, _)| key).collect();
        if !stop_with_them.is_empty() {
            let words = format!("{} when they are deactivated, until they come back", stop(stop_with_them.len()));
            say(
                if stop_with_them.iter().any(|key| key.used_within_a_day(now)) { Tone::Warning } else { Tone::Plain },
                &words,
            );
            for key in stop_with_them {
                say(Tone::Dim, &format!("  {}", named(key, now)));
            }
        }
        let active = self.user.as_ref().is_some_and(|user| user.active);
        let last = if active { "Then {} is deactivated." } else { "{} is not active already." };
        say(Tone::Strong, &last.replace("{}", &self.name()));
        lines
    }

    /// What became of each key that something was done to.
    pub fn results(&self, columns: usize) -> Vec<(Tone, String)> {
        let mut lines = Vec::new();
        for (key, fate) in &self.leaving.keys {
            let Some(outcome) = self.outcomes.get(&key.id).or((*fate != Fate::Stop).then_some(&Outcome::Queued)) else {
                continue;
            };
            let tone = match outcome {
                Outcome::Queued | Outcome::Sent => Tone::Dim,
                outcome if outcome.is_done() => Tone::Good,
                _ => Tone::Warning,
            };
            let why = outcome.reason().map(|why| format!(": {why}")).unwrap_or_default();
            let line = format!("{}  {}{why}", text::fit(&key.name.marked(), 24), outcome.word());
            lines.extend(text::wrap(&line, columns.max(1)).into_iter().map(|line| (tone, line)));
        }
        lines
    }
}

fn stop(count: usize) -> String {
    if count == 1 { "1 key stops".to_owned() } else { format!("{count} keys stop") }
}

fn step(deed: Deed, count: usize, users: &Names) -> (Tone, String) {
    let keys = if count == 1 { "1 key".to_owned() } else { format!("{count} keys") };
    match deed {
        Deed::HandOver(to) => {
            let name = users.name(to).map_or_else(|| format!("user {to}"), |name| name.marked().into_owned());
            (Tone::Plain, format!("Hand {keys} over to {name}: the values go on working"))
        }
        Deed::Disable => (Tone::Warning, format!("Disable {keys}, also should they come back")),
        Deed::Revoke | Deed::Delete | Deed::Enable => (Tone::Warning, format!("{} {keys}, for ever", deed.title())),
    }
}

fn named(key: &Key, now: Time) -> String {
    let used = if key.used_within_a_day(now) { "  used in the last 24 h" } else { "" };
    format!("{}  {}{used}", key.name.marked(), key.masked)
}
