//! What is shown before anything is sent, and what must be typed.

use chrono::Utc;

use crate::cli::connect::Connection;
use crate::cli::exit::Stop;
use crate::cli::output::Output;
use crate::cli::table::{Give, Head, lines};
use crate::client::KeyService;
use crate::domain::bulk::{Confirmation, Plan};
use crate::domain::key::Key;
use crate::domain::time::past;

const COLUMNS: &[Head] =
    &[("name", Give::Shrinks), ("owner", Give::Shrinks), ("last used", Give::Never), ("id", Give::Never)];

/// `1 key`, `2 keys`.
pub fn keys(count: usize) -> String {
    if count == 1 { "1 key".to_owned() } else { format!("{count} keys") }
}

/// Shows the whole list, those used in the last 24 hours apart.
pub fn show(plan: &Plan, connection: &Connection, output: &mut Output) {
    for line in review(plan, connection) {
        output.say(&line);
    }
}

/// The lines of the review.
pub fn review(plan: &Plan, connection: &Connection) -> Vec<String> {
    let people = if plan.owners() == 1 { "1 person".to_owned() } else { format!("{} people", plan.owners()) };
    let production = if connection.production { ", PRODUCTION" } else { "" };
    let mut text = vec![match plan.count() {
        0 => "There is nothing to revoke.".to_owned(),
        count => format!(
            "Revoke {} of {people} at {} (profile {}{production}). This cannot be undone.",
            keys(count),
            connection.service.address(),
            connection.profile
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
    let now = Utc::now();
    text.push(format!("{title} ({}):", keys.len()));
    let cells =
        |key: &Key| vec![key.name.to_string(), key.owner.to_string(), past(&key.last_used, now), key.id.to_string()];
    let width = Output::width().map(|width| width.saturating_sub(2));
    text.extend(lines(COLUMNS, keys.iter().map(cells), width).into_iter().map(|line| format!("  {line}")));
}

/// Asks for what must be typed.
///
/// # Errors
/// When anything else was typed.
pub fn confirm(plan: &Plan, production: bool, output: &mut Output) -> anyhow::Result<()> {
    let (question, wanted) = match plan.confirmation(production) {
        Confirmation::Yes => ("Type y and Enter to revoke it: ".to_owned(), "y".to_owned()),
        Confirmation::Count(count) => {
            (format!("Type {count} and Enter to revoke {}: ", keys(count)), count.to_string())
        }
    };
    let answer = output.ask(&question)?;
    if answer.is_some_and(|answer| answer.trim() == wanted) {
        return Ok(());
    }
    Err(Stop::denied("not confirmed: nothing was sent", "run it again and type what it asks for").into())
}
