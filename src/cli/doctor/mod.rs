//! `keydeck doctor`: what is in order and what is not, each with what to do about it.

mod files;
mod here;
mod server;

use std::path::Path;

use serde::Serialize;

use super::args::Doctor;
use super::exit::Exit;
use super::output::Output;
use super::wire::Document;
use crate::config::Paths;

/// How something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Fine,
    /// It works, and could be better.
    Warning,
    Wrong,
    /// It could not be looked at.
    Skipped,
}

/// What was looked at.
#[derive(Debug, Serialize)]
struct Check {
    #[serde(rename = "check")]
    name: &'static str,
    state: State,
    says: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    todo: Option<String>,
}

impl Check {
    fn fine(name: &'static str, says: impl Into<String>) -> Self {
        Self { name, state: State::Fine, says: says.into(), todo: None }
    }

    fn skipped(name: &'static str, says: impl Into<String>) -> Self {
        Self { name, state: State::Skipped, says: says.into(), todo: None }
    }

    fn warning(name: &'static str, says: impl Into<String>, todo: impl Into<String>) -> Self {
        Self { name, state: State::Warning, says: says.into(), todo: Some(todo.into()) }
    }

    fn wrong(name: &'static str, says: impl Into<String>, todo: impl Into<String>) -> Self {
        Self { name, state: State::Wrong, says: says.into(), todo: Some(todo.into()) }
    }
}

#[derive(Serialize)]
struct Meta {
    version: &'static str,
    /// How many are wrong.
    wrong: usize,
}

/// Looks at everything, and tells.
pub async fn run(
    args: &Doctor,
    paths: &Paths,
    profile: Option<&str>,
    config: Option<&Path>,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    let mut checks = here::look().await;
    checks.extend(files::look(paths, config));
    checks.extend(server::look(paths, profile, config).await);
    let wrong = checks.iter().filter(|check| check.state == State::Wrong).count();
    if args.json {
        output.json(&Document { data: checks, meta: Meta { version: env!("CARGO_PKG_VERSION"), wrong } });
    } else {
        for check in &checks {
            output.line(&format!("{} {:<12} {}", sign(check.state), check.name, check.says));
            if let Some(todo) = &check.todo {
                output.line(&format!("{:15}{todo}", ""));
            }
        }
    }
    Ok(if wrong == 0 { Exit::Done } else { Exit::Partly })
}

fn sign(state: State) -> char {
    match state {
        State::Fine => '✓',
        State::Warning => '!',
        State::Wrong => '×',
        State::Skipped => '·',
    }
}
