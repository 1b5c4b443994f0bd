//! What is shown before anything is sent, and what must be typed.

use crate::cli::confirm::keys;
use crate::cli::connect::Connection;
use crate::cli::output::Output;
use crate::cli::table::{Header, Narrow, lines};
use crate::domain::bulk::{Plan, Reading};
use crate::domain::deed::Deed;
use crate::domain::ids::UserId;
use crate::domain::key::Key;
use crate::domain::time::{Time, When, past};

const COLUMNS: &[Header] = &[
    ("name", Narrow::Shrinks),
    ("key", Narrow::Never),
    ("owner", Narrow::Shrinks),
    ("last used", Narrow::Never),
    ("id", Narrow::Never),
];

/// More keys than this are shown by their owners.
const GROUPED: usize = 30;

/// Shows the whole list, those used in the last 24 hours apart.
pub fn show(deed: Deed, plan: &Plan, connection: &Connection, output: &mut Output) {
    for line in review(deed, plan, connection) {
        output.say(&line);
    }
}

/// The lines of the review.
pub fn review(deed: Deed, plan: &Plan, connection: &Connection) -> Vec<String> {
    let now = connection.now();
    let owners = plan.summary().owners;
    let people = if owners == 1 { "1 person".to_owned() } else { format!("{owners} people") };
    let mut text = vec![match plan.count() {
        0 => format!("There is nothing to {}.", deed.verb()),
        count => format!(
            "{} {} of {people}{} at {} ({}).{}",
            deed.title(),
            keys(count),
            plan.to_whom(),
            connection.service.address(),
            connection.named(),
            match deed {
                Deed::Revoke | Deed::Delete => " This cannot be undone.",
                Deed::HandOver(_) => " Their values go on working.",
                Deed::Disable | Deed::Enable => "",
            }
        ),
    }];
    text.extend(keys_of(plan, now));
    if let Some(own) = &plan.own {
        if plan.include_own {
            part("Last, the key this command itself uses", std::slice::from_ref(own), plan, now, &mut text);
        } else {
            text.push(format!(
                "Left out: {}, the key this command itself uses (--include-self takes it in)",
                own.name.marked()
            ));
        }
    }
    if plan.already_revoked > 0 {
        text.push(format!("Left out: {} revoked before", keys(plan.already_revoked)));
    }
    if deed == Deed::Enable {
        text.extend(found(plan, now));
    }
    text
}

/// The keys of a plan but the one in use, those used in the last 24 hours apart.
pub fn keys_of(plan: &Plan, now: Time) -> Vec<String> {
    let mut text = Vec::new();
    let rest = match plan.reading {
        Reading::Done if plan.used_today.is_empty() => "Not used in the last 24 h",
        Reading::Done => "The rest",
        Reading::Looking | Reading::Failed => "Perhaps in use",
    };
    part("Used in the last 24 h", &plan.used_today, plan, now, &mut text);
    part(rest, &plan.rest, plan, now, &mut text);
    text
}

/// Where the values of keys were found that are to be enabled.
pub fn found(plan: &Plan, now: Time) -> Vec<String> {
    let mut lines = Vec::new();
    for key in plan.keys().filter(|key| key.exposed) {
        lines.push(format!(
            "EXPOSED: whoever found the value of {} ({}) can use it again.",
            key.name.marked(),
            key.masked
        ));
        for finding in plan.findings.iter().filter(|finding| finding.key_id.as_ref() == Some(&key.id)) {
            lines.push(format!("  found in {}, {}", finding.place(), past(&finding.detected, now)));
        }
    }
    lines
}

fn part(title: &str, keys: &[Key], plan: &Plan, now: Time, text: &mut Vec<String>) {
    if keys.is_empty() {
        return;
    }
    text.push(format!("{title} ({}):", keys.len()));
    if plan.count() <= GROUPED {
        text.extend(table(keys.iter(), plan.reading, now));
        return;
    }
    let mut owners: Vec<(UserId, Vec<&Key>)> = Vec::new();
    for key in keys {
        match owners.iter_mut().find(|(owner, _)| *owner == key.owner_id) {
            Some((_, of)) => of.push(key),
            None => owners.push((key.owner_id, vec![key])),
        }
    }
    owners.sort_by_key(|(_, of)| std::cmp::Reverse(of.len()));
    for (owner, of) in owners {
        let name = of.first().map(|key| key.owner.to_string()).filter(|name| !name.is_empty());
        let name = name.unwrap_or_else(|| format!("user {owner}"));
        let never = of.iter().filter(|key| key.last_used == When::Never).count();
        let never =
            if never > 0 && plan.reading == Reading::Done { format!(", {never} never used") } else { String::new() };
        text.push(format!("  {name}: {}{never}", crate::cli::confirm::keys(of.len())));
        text.extend(table(of.into_iter(), plan.reading, now));
    }
}

/// The lines of a table of keys.
fn table<'a>(keys: impl Iterator<Item = &'a Key>, reading: Reading, now: Time) -> Vec<String> {
    let used = |key: &Key| match reading {
        Reading::Done => past(&key.last_used, now),
        Reading::Looking | Reading::Failed => "not known".to_owned(),
    };
    let cells = |key: &Key| {
        let exposed = if key.exposed { " ! exposed" } else { "" };
        vec![
            format!("{}{exposed}", key.name.marked()),
            key.masked.to_string(),
            key.owner.to_string(),
            used(key),
            key.id.to_string(),
        ]
    };
    let width = Output::width().map(|width| width.saturating_sub(2));
    lines(COLUMNS, keys.map(cells), width).into_iter().map(|line| format!("  {line}")).collect()
}
