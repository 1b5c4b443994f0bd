//! What is shown before anything is sent, and what must be typed.

use chrono::Utc;

use crate::cli::confirm::keys;
use crate::cli::connect::Connection;
use crate::cli::output::Output;
use crate::cli::table::{Header, Narrow, lines};
use crate::domain::bulk::Plan;
use crate::domain::deed::Deed;
use crate::domain::key::Key;
use crate::domain::time::past;

const COLUMNS: &[Header] =
    &[("name", Narrow::Shrinks), ("owner", Narrow::Shrinks), ("last used", Narrow::Never), ("id", Narrow::Never)];

/// Shows the whole list, those used in the last 24 hours apart.
pub fn show(deed: Deed, plan: &Plan, connection: &Connection, output: &mut Output) {
    for line in review(deed, plan, connection) {
        output.say(&line);
    }
}

/// The lines of the review.
pub fn review(deed: Deed, plan: &Plan, connection: &Connection) -> Vec<String> {
    let people = if plan.owners() == 1 { "1 person".to_owned() } else { format!("{} people", plan.owners()) };
    let mut text = vec![match plan.count() {
        0 => format!("There is nothing to {}.", deed.verb()),
        count => format!(
            "{} {} of {people} at {} ({}).{}",
            deed.title(),
            keys(count),
            connection.service.address(),
            connection.named(),
            if deed.is_final() { " This cannot be undone." } else { "" }
        ),
    }];
    part("Used in the last 24 h", &plan.used_today, &mut text);
    part(if plan.used_today.is_empty() { "Not used in the last 24 h" } else { "The rest" }, &plan.rest, &mut text);
    if let Some(own) = &plan.own {
        if plan.include_own {
            part("Last, the key this command itself uses", std::slice::from_ref(own), &mut text);
        } else {
            text.push(format!("Left out: {}, the key this command itself uses (--include-self takes it in)", own.name));
        }
    }
    if plan.already_revoked > 0 {
        text.push(format!("Left out: {} revoked before", keys(plan.already_revoked)));
    }
    text
}

fn part(title: &str, keys: &[Key], text: &mut Vec<String>) {
    if keys.is_empty() {
        return;
    }
    text.push(format!("{title} ({}):", keys.len()));
    text.extend(table(keys));
}

/// The lines of a table of keys.
pub fn table(keys: &[Key]) -> Vec<String> {
    let now = Utc::now();
    let cells =
        |key: &Key| vec![key.name.to_string(), key.owner.to_string(), past(&key.last_used, now), key.id.to_string()];
    let width = Output::width().map(|width| width.saturating_sub(2));
    lines(COLUMNS, keys.iter().map(cells), width).into_iter().map(|line| format!("  {line}")).collect()
}
