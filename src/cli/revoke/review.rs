//! What is shown before anything is sent, and what must be typed.

use crate::cli::confirm::keys;
use crate::cli::connect::Connection;
use crate::cli::output::Output;
use crate::cli::table::{Header, Narrow, lines};
use crate::domain::bulk::Plan;
use crate::domain::key::Key;
use crate::domain::time::{Time, past};

const COLUMNS: &[Header] =
    &[("name", Narrow::Shrinks), ("owner", Narrow::Shrinks), ("last used", Narrow::Never), ("id", Narrow::Never)];

/// Shows the whole list, those used in the last 24 hours apart.
pub fn show(plan: &Plan, connection: &Connection, output: &mut Output) {
    for line in review(plan, connection) {
        output.say(&line);
    }
}

/// The lines of the review.
pub fn review(plan: &Plan, connection: &Connection) -> Vec<String> {
    let now = connection.now();
    let people = if plan.owners() == 1 { "1 person".to_owned() } else { format!("{} people", plan.owners()) };
    let mut text = vec![match plan.count() {
        0 => "There is nothing to revoke.".to_owned(),
        count => format!(
            "Revoke {} of {people} at {} ({}). This cannot be undone.",
            keys(count),
            connection.service.address(),
            connection.named()
        ),
    }];
    part("Used in the last 24 h", &plan.used_today, now, &mut text);
    part(if plan.used_today.is_empty() { "Not used in the last 24 h" } else { "The rest" }, &plan.rest, now, &mut text);
    if let Some(own) = &plan.own {
        if plan.include_own {
            part("Last, the key this command itself uses", std::slice::from_ref(own), now, &mut text);
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
    text
}

fn part(title: &str, keys: &[Key], now: Time, text: &mut Vec<String>) {
    if keys.is_empty() {
        return;
    }
    text.push(format!("{title} ({}):", keys.len()));
    text.extend(table(keys, now));
}

/// The lines of a table of keys.
pub fn table(keys: &[Key], now: Time) -> Vec<String> {
    let cells = |key: &Key| {
        vec![
            key.name.marked().into_owned(),
            key.owner.marked().into_owned(),
            past(&key.last_used, now),
            key.id.to_string(),
        ]
    };
    let width = Output::width().map(|width| width.saturating_sub(2));
    lines(COLUMNS, keys.iter().map(cells), width).into_iter().map(|line| format!("  {line}")).collect()
}
