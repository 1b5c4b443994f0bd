//! `keydeck keys`: what each key does in the console, and what is wrong with `[keys]`.

use std::path::Path;

use serde::Serialize;

use super::args::Keys;
use super::exit::Exit;
use super::output::Output;
use super::table::{Header, Narrow, lines};
use super::wire::Document;
use crate::config::{Config, Paths};
use crate::tui::{Bindings, BoundKeys};

const HEADS: &[Header] =
    &[("keys", Narrow::Never), ("action", Narrow::Never), ("does", Narrow::Shrinks), ("where", Narrow::Drops(1))];

/// An action with its keys, as JSON.
#[derive(Serialize)]
struct Row {
    action: &'static str,
    keys: Vec<String>,
    contexts: Vec<&'static str>,
    help: &'static str,
}

impl From<BoundKeys> for Row {
    fn from(bound: BoundKeys) -> Self {
        let entry = bound.action.entry();
        let contexts = bound.contexts.iter().map(|context| context.name()).collect();
        Self { action: entry.name, keys: bound.keys, contexts, help: entry.help.trim() }
    }
}

/// What is said about the rows.
#[derive(Serialize)]
struct Meta {
    /// What is wrong with the configured keys.
    problems: Vec<String>,
}

/// Prints the keys in effect, and what is wrong.
pub fn run(args: &Keys, paths: &Paths, config: Option<&Path>, output: &mut Output) -> anyhow::Result<Exit> {
    let config = Config::load(config, &paths.config_file())?;
    let bindings = Bindings::read(&config.keys);
    let rows: Vec<Row> = bindings.keymap.all().into_iter().map(Row::from).collect();
    let problems: Vec<String> = bindings.problems.iter().map(ToString::to_string).collect();
    if args.json {
        output.json(&Document { data: rows, meta: Meta { problems } });
    } else {
        let cells = rows.into_iter().map(|row| {
            vec![row.keys.join(" or "), row.action.to_owned(), row.help.to_owned(), row.contexts.join(", ")]
        });
        for line in lines(HEADS, cells, Output::width()) {
            output.line(&line);
        }
    }
    for problem in &bindings.problems {
        output.say(&format!("error: {problem}"));
        output.say(&format!("hint: {}", problem.hint));
    }
    if bindings.problems.is_empty() {
        return Ok(Exit::Done);
    }
    output.say("the console uses its default keys until this is right");
    Ok(Exit::Usage)
}
