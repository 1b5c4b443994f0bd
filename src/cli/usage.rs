//! `keydeck usage`: what a plan allows in a month, and how much of it is used.

use std::path::Path;

use serde::Serialize;

use super::args::Usage as Args;
use super::connect::{self, Connection};
use super::exit::{Exit, Stop};
use super::output::Output;
use super::table::{Header, Narrow, lines};
use super::wire::Document;
use crate::config::Paths;
use crate::domain::untrusted::Untrusted;
use crate::domain::usage::Allowance;

const COLUMNS: &[Header] = &[("allowed in a month", Narrow::Shrinks), ("used", Narrow::Never)];

/// An allowance as scripts see it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row<'a> {
    name: &'a Untrusted,
    /// Null: unlimited.
    limit: Option<u64>,
    usage: u64,
    overage: u64,
    /// Rounded down; null where there is no limit.
    percent: Option<u64>,
    /// Whether it has reached the threshold.
    reached: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Meta {
    total: usize,
    warn_percent: u8,
}

/// Tells how much is used, and whether that has reached the threshold.
pub async fn run(
    args: &Args,
    paths: &Paths,
    profile: Option<&str>,
    config: Option<&Path>,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    let session = connect::choose(paths, profile, config).await?.1;
    let warn = args.warn.unwrap_or(session.usage_warn);
    let connection = Connection::open(session, output).await?;
    let me = &connection.me;
    if me.allowances.is_empty() {
        let (what, hint) = if me.guest {
            ("it tells guests and partners no plan's usage", "ask a member of the team")
        } else {
            ("this backend tells no plan's usage", "what is left of the rate limit is shown in the console's header")
        };
        return Err(Stop::unsupported(format!("{}: {what}", connection.service.address()), hint).into());
    }
    let reached = |allowance: &Allowance| allowance.has_reached(warn);
    if args.json {
        let meta = Meta { total: me.allowances.len(), warn_percent: warn };
        output.json(&Document { data: me.allowances.iter().map(|one| row(one, warn)).collect(), meta });
    } else {
        let cells = me.allowances.iter().map(|allowance| vec![allowance.title(), allowance.words()]);
        for line in lines(COLUMNS, cells, Output::width()) {
            output.line(&line);
        }
    }
    let over: Vec<String> = me.allowances.iter().filter(|one| reached(one)).map(Allowance::title).collect();
    if over.is_empty() {
        return Ok(Exit::Done);
    }
    output.say(&format!("{}: {warn} % of what the plan allows, or more, is used", over.join(", ")));
    Ok(Exit::Partly)
}

fn row(allowance: &Allowance, warn: u8) -> Row<'_> {
    Row {
        name: &allowance.name,
        limit: allowance.limit,
        usage: allowance.usage,
        overage: allowance.overage,
        percent: allowance.percent(),
        reached: allowance.has_reached(warn),
    }
}
