//! What a search found, for people.

use std::collections::BTreeSet;

use super::Found;
use crate::cli::output::Output;
use crate::domain::scan::{Alive, Exposure, Place, Standing, Unreadable, Verdicts};

/// The most places of one value that are printed.
const PLACES: usize = 20;
/// The most files of a kind that are named.
const NAMED: usize = 10;
/// How many characters of a commit's name are shown.
const SHORT: usize = 12;

/// How far a search is, on one line.
pub fn progress(progress: &crate::local::scan::Progress) -> String {
    let found = if progress.values == 0 { String::new() } else { format!(", {} found", count(progress.values, "key")) };
    format!("{}{found}", looked_through(progress))
}

fn looked_through(progress: &crate::local::scan::Progress) -> String {
    let crate::local::scan::Progress { files, bytes, commits, .. } = progress;
    let commits = if *commits > 0 { format!("{commits} commits, ") } else { String::new() };
    format!("{commits}{files} files, {}", size(*bytes))
}

/// The values that were found.
pub fn values(found: &Found, output: &mut Output) {
    for (value, standing) in found.values.iter().zip(&found.standings) {
        output.line(&heading(value, standing));
        if let Some(key) = &standing.key {
            let owner = if key.owner.is_empty() { key.owner_email.marked() } else { key.owner.marked() };
            output.line(&format!("    key {} ({}) of {owner}", key.name.marked(), key.id));
        }
        for place in value.places.iter().take(PLACES) {
            output.line(&format!("    {}", place_words(place)));
        }
        let more = value.count.saturating_sub(PLACES.min(value.places.len()) as u64);
        if more > 0 {
            output.line(&format!("    and {more} more places"));
        }
    }
}

fn heading(value: &Exposure, standing: &Standing) -> String {
    format!("{}  {}  {}: {}", value.masked, value.format.name(), standing.alive.word(), standing.why)
}

fn place_words(place: &Place) -> String {
    let at = format!("{}:{}:{}", place.file.shown(), place.start.line, place.start.column);
    let Some(commit) = &place.commit else { return at };
    let id = commit.id.get(..SHORT).unwrap_or(&commit.id);
    let date = commit.date.as_deref().unwrap_or("an unreadable date");
    format!("{at}  since commit {id} by {} <{}>, {date}", commit.author, commit.email)
}

/// What is said beside: how much was looked through, and what was not.
pub fn rest(found: &Found, output: &mut Output) {
    let told = &found.told;
    let archives: Vec<String> = named(found, |why| matches!(why, Unreadable::Archive(_)));
    let binary: Vec<String> = named(found, |why| matches!(why, Unreadable::Binary));
    for (names, one) in [(&archives, "archive"), (&binary, "binary file")] {
        if !names.is_empty() {
            let some: Vec<&str> = names.iter().take(NAMED).map(String::as_str).collect();
            let others = if names.len() > NAMED { " and others, which --json names" } else { "" };
            output.say(&format!("not looked through: {}: {}{others}", count(names.len(), one), some.join(", ")));
        }
    }
    for (name, why) in told.unread.iter().take(NAMED) {
        output.say(&format!("cannot be read: {}: {why}", name.shown()));
    }
    if told.unread.len() > NAMED {
        output.say(&format!("and {} more, which --json names", told.unread.len() - NAMED));
    }
    if told.missing > 0 {
        let objects = count(usize::try_from(told.missing).unwrap_or(usize::MAX), "object");
        output.say(&format!(
            "not looked through: {objects} that the history names and this clone, partial or damaged, lacks"
        ));
    }
    for note in &told.notes {
        output.say(note);
    }
    if found.left_out > 0 {
        output.say(&format!("there are more keys than are told, in {} places", found.left_out));
    }
    if found.stopped {
        output.say("stopped: what was found so far is told, the rest was not looked through");
    }
    output.say(&summary(found));
}

fn named(found: &Found, is: fn(&Unreadable) -> bool) -> Vec<String> {
    let names = found.told.skipped.iter().filter(|(_, why)| is(why)).map(|(name, _)| name.shown());
    // a history holds many contents of one file
    names.collect::<BTreeSet<String>>().into_iter().collect()
}

fn summary(found: &Found) -> String {
    let through = looked_through(&found.progress);
    let Verdicts { alive, dead, unknown } = found.verdicts();
    if found.values.is_empty() {
        return format!("no key of a known format in {through}");
    }
    let places: u64 = found.values.iter().map(|value| value.count).sum();
    let places = count(usize::try_from(places).unwrap_or(usize::MAX), "place");
    let values = count(found.values.len(), "key");
    let words = [(alive, Alive::Yes), (dead, Alive::No), (unknown, Alive::Unknown)];
    let words: Vec<String> = words
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, alive)| format!("{count} {}", alive.word()))
        .collect();
    format!("{values} in {places}: {} ({through})", words.join(", "))
}

fn count(number: usize, one: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {one}s") }
}

fn size(bytes: u64) -> String {
    match bytes {
        0..1000 => format!("{bytes} bytes"),
        1000..1_000_000 => format!("{} kB", bytes / 1000),
        1_000_000..1_000_000_000 => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
        _ => format!("{}.{} GB", bytes / 1_000_000_000, bytes % 1_000_000_000 / 100_000_000),
    }
}
