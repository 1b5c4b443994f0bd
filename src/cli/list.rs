//! `keydeck list`: what the console would show.

use std::path::Path;

use chrono::Utc;
use serde::Serialize;

use super::args::{List, Tab};
use super::connect::{self, Connection};
use super::exit::{Exit, Stop};
use super::output::Output;
use super::table::{Header, Narrow, lines};
use super::wire::{Document, FindingRow, KeyRow};
use super::{rows, selection};
use crate::client::Scope;
use crate::config::{Paths, nearest};
use crate::domain::filter::{Query, secret_spans};
use crate::domain::finding::Finding;
use crate::domain::key::{Key, Status};
use crate::domain::sort::{Column, Directed, Sort};
use crate::domain::time::{Time, day, future, past};
use crate::domain::untrusted::visible;

/// The columns of keys; LOOK's order of patience.
const KEYS: &[Header] = &[
    ("name", Narrow::Shrinks),
    ("key", Narrow::Drops(2)),
    ("owner", Narrow::Drops(1)),
    ("status", Narrow::Never),
    ("expires", Narrow::Never),
    ("last used", Narrow::Drops(3)),
    ("created", Narrow::Drops(4)),
    ("id", Narrow::Never),
];

/// The columns of findings.
const FINDINGS: &[Header] = &[
    ("key", Narrow::Shrinks),
    ("secret", Narrow::Drops(3)),
    ("owner", Narrow::Drops(2)),
    ("status", Narrow::Never),
    ("source", Narrow::Drops(1)),
    ("detected", Narrow::Drops(4)),
    ("times", Narrow::Drops(5)),
    ("resolution", Narrow::Never),
    ("key id", Narrow::Never),
    ("where", Narrow::Drops(6)),
];

/// What is said about the rows.
#[derive(Serialize)]
struct Meta {
    /// How many there are, matching or not.
    total: usize,
    /// How many match.
    matched: usize,
}

/// Prints the rows of a tab.
pub async fn run(
    args: &List,
    paths: &Paths,
    profile: Option<&str>,
    config: Option<&Path>,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    let columns = if args.tab == Tab::Exposed { Column::for_findings() } else { Column::for_keys() };
    let sort = args.sort.as_deref().map(|sort| read_sort(sort, columns)).transpose()?;
    let query = selection::query(args.filter.as_deref(), args.view.as_deref(), paths, config)?.unwrap_or_default();
    let connection = Connection::open(connect::choose(paths, profile, config).await?.1).await?;
    let scope = match args.tab {
        Tab::Mine => Scope::Mine,
        Tab::Team => Scope::Team,
        Tab::Collections => Scope::Collections,
        Tab::Exposed => return exposed(args, &connection, &query, sort, output).await,
    };
    let (keys, total) = rows::keys(&connection, scope, &query, sort).await?;
    let meta = Meta { total, matched: keys.len() };
    if args.json {
        output.json(&Document { data: keys.iter().map(KeyRow::from).collect(), meta });
    } else {
        let now = Utc::now();
        print(KEYS, keys.iter().map(|key| key_cells(key, now)), &meta, "key", output);
    }
    Ok(Exit::Done)
}

async fn exposed(
    args: &List,
    connection: &Connection,
    query: &Query,
    sort: Option<Sort>,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    let (findings, total) = rows::findings(connection, query, sort).await?;
    let meta = Meta { total, matched: findings.len() };
    if args.json {
        output.json(&Document { data: findings.iter().map(FindingRow::from).collect(), meta });
    } else {
        let now = Utc::now();
        print(FINDINGS, findings.iter().map(|finding| finding_cells(finding, now)), &meta, "finding", output);
    }
    Ok(Exit::Done)
}

/// The table; nothing but a message when there are no rows.
fn print(heads: &[Header], rows: impl Iterator<Item = Vec<String>>, meta: &Meta, what: &str, output: &mut Output) {
    let Meta { total, matched } = meta;
    if *matched == 0 {
        let none =
            if *total == 0 { format!("there is no {what}") } else { format!("no {what} matches; {total} do not") };
        return output.say(&none);
    }
    for line in lines(heads, rows, Output::width()) {
        output.line(&line);
    }
    if matched < total {
        output.say(&format!("{matched} of {total}"));
    }
}

/// A key's cells: name, key, owner, status, expires, last used, created, id.
fn key_cells(key: &Key, now: Time) -> Vec<String> {
    let over = key.status == Status::Revoked;
    let expired = !over && key.expires.time().is_some_and(|at| at <= now);
    let status = match &key.status {
        _ if key.is_open_danger() => "exposed".to_owned(),
        Status::Enabled | Status::Disabled if expired => "expired".to_owned(),
        other => other.to_string(),
    };
    vec![
        key.name.to_string(),
        key.masked.to_string(),
        owner(&key.owner.to_string(), key.owner_id.0),
        status,
        if over { "–".to_owned() } else { future(&key.expires, now) },
        past(&key.last_used, now),
        key.created.time().map_or_else(|| "?".to_owned(), day),
        key.id.to_string(),
    ]
}

fn finding_cells(finding: &Finding, now: Time) -> Vec<String> {
    vec![
        if finding.key_name.is_empty() { finding.obfuscated.to_string() } else { finding.key_name.to_string() },
        finding.secret_type.to_string(),
        owner(&finding.owner.to_string(), finding.owner_id.unwrap_or_default().0),
        finding.key_status.as_ref().map_or_else(|| "–".to_owned(), ToString::to_string),
        finding.source.as_ref().map_or_else(|| "–".to_owned(), ToString::to_string),
        past(&finding.detected, now),
        finding.occurrences.to_string(),
        if finding.is_open() { "open".to_owned() } else { resolution(finding) },
        finding.key_id.as_ref().map_or_else(|| "–".to_owned(), ToString::to_string),
        finding.url.to_string(),
    ]
}

/// What became of a finding, by the word that the filter takes.
fn resolution(finding: &Finding) -> String {
    finding.resolution.to_string().to_lowercase().replace('_', "-")
}

/// The owner's name, else the number.
fn owner(name: &str, id: i64) -> String {
    match (name.is_empty(), id) {
        (false, _) => name.to_owned(),
        (true, 0) => "–".to_owned(),
        (true, id) => format!("user {id}"),
    }
}

/// Reads `COLUMN` or `COLUMN,COLUMN`, each perhaps behind a `-`.
fn read_sort(text: &str, columns: &[Column]) -> Result<Sort, Stop> {
    let mut parts = text.splitn(2, ',');
    let first = read_directed(parts.next().unwrap_or_default(), columns)?;
    let then = parts.next().map(|then| {
        if then.contains(',') {
            return Err(Stop::usage("there are more than two columns to sort by", "name two: --sort status,expires"));
        }
        let then = read_directed(then, columns)?;
        if then.column == first.column {
            return Err(Stop::usage("both columns to sort by are the same", "leave one out"));
        }
        Ok(then)
    });
    Ok(Sort::of(first.column, first.descending).then(then.transpose()?))
}

/// Reads `COLUMN` or `-COLUMN`; titles of two words are written with a hyphen.
fn read_directed(text: &str, columns: &[Column]) -> Result<Directed, Stop> {
    let (name, turned) = text.strip_prefix('-').map_or((text, false), |name| (name, true));
    let title = |column: Column| column.title().replace(' ', "-");
    if let Some(column) = columns.iter().find(|column| title(**column) == name.to_lowercase()) {
        let by = Directed::by(*column);
        return Ok(if turned { by.turned() } else { by });
    }
    let titles: Vec<String> = columns.iter().map(|column| title(*column)).collect();
    let hint = match nearest(name, titles.iter().map(String::as_str)) {
        Some(near) => format!("did you mean {near}?"),
        None => format!("columns: {}", titles.join(", ")),
    };
    let shown = if secret_spans(name).is_empty() { visible(name).into_owned() } else { "…".to_owned() };
    Err(Stop::usage(format!("there is no column {shown} to sort by"), hint))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_sorted_by_name_and_turned_by_a_minus() {
        let read = |text: &str| read_sort(text, Column::for_keys());
        assert_eq!(read("last-used").unwrap(), Sort::of(Column::LastUsed, true));
        assert_eq!(read("-last-used").unwrap(), Sort::of(Column::LastUsed, false));
        assert_eq!(read("Name").unwrap(), Sort::of(Column::Name, false));
        assert!(read("detected").is_err());
        let then = |column, descending| Some(Directed { column, descending });
        assert_eq!(read("status,-expires").unwrap(), Sort::by(Column::Status).then(then(Column::Expires, true)));
        assert_eq!(read("-name,created").unwrap(), Sort::of(Column::Name, true).then(then(Column::Created, true)));
        for wrong in ["name,", ",name", "name,name", "name,owner,status", "name owner"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        assert_eq!(
            read("exprs").unwrap_err(),
            Stop::usage("there is no column exprs to sort by", "did you mean expires?")
        );
    }
}
