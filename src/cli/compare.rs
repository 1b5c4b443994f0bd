//! `keydeck compare`: an inventory that somebody keeps in a spreadsheet, held against the server's keys.

use std::collections::HashMap;
use std::path::Path;

use serde::Serialize;

use super::args::Compare;
use super::connect::{self, Connection};
use super::exit::{Exit, Stop};
use super::input;
use super::output::Output;
use super::wire::Document;
use super::{list, rows};
use crate::client::capabilities::Capability;
use crate::config::Paths;
use crate::domain::filter::Query;
use crate::domain::ids::KeyId;
use crate::domain::inventory::{About, Entry, Keys, is_header};
use crate::domain::key::{Key, Status};
use crate::domain::key_value::{Digest32, digest, fingerprint};
use crate::domain::plain::text;
use crate::domain::untrusted::{Untrusted, visible};
use crate::domain::values::{find, holds_value, masked};
use crate::ops;

/// What separates cells: what Excel writes, by country, and what is copied out of a table.
const SEPARATORS: &[u8] = b",;\t";

/// A line of the file, or a key that stands in none.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    /// Where it begins in the file, from 1.
    line: Option<u64>,
    /// The first cell that is not empty; of a key, its name.
    text: Untrusted,
    /// `same`, `revoked`, `ambiguous`, `notOnServer` or `notInFile`.
    outcome: &'static str,
    /// What told which key it is: `value`, `id`, `masked value` or `name`.
    by: Option<&'static str>,
    key_ids: Vec<KeyId>,
    /// Whether a whole value stands in the line, where everybody can read it who can read the file.
    holds_value: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Meta {
    lines: usize,
    keys: usize,
    not_on_server: usize,
    not_in_file: usize,
    ambiguous: usize,
    revoked: usize,
}

/// Compares a file with the server.
pub async fn run(
    args: &Compare,
    paths: &Paths,
    profile: Option<&str>,
    config: Option<&Path>,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    let content = if args.file.as_os_str() == "-" { input::read()? } else { read(&args.file)? };
    let entries = entries(&content)?;
    let connection = Connection::open(connect::choose(paths, profile, config).await?.1, output).await?;
    let scopes = list::every_key(&connection);
    let (keys, _) = rows::keys(&connection, &scopes, &Query::default(), None).await?;
    let known = earlier_values(&entries, &keys, &connection).await?;
    let of = Keys::new(&keys, known);
    let about: Vec<About> = entries.iter().map(|entry| of.about(entry)).collect();
    let left_out = of.left_out(&about);
    let lines = entries.iter().zip(&about).map(|(entry, about)| row(entry, about, &keys));
    let rows: Vec<Row> = lines.chain(left_out.iter().map(|key| missing(key))).collect();
    let count = |outcome: &str| rows.iter().filter(|row| row.outcome == outcome).count();
    let meta = Meta {
        lines: entries.len(),
        keys: keys.len(),
        not_on_server: count("notOnServer"),
        not_in_file: count("notInFile"),
        ambiguous: count("ambiguous"),
        revoked: count("revoked"),
    };
    let same = count("same") == rows.len();
    if args.json {
        output.json(&Document { data: rows, meta });
    } else {
        tell(&rows, &keys, &meta, output);
    }
    Ok(if same { Exit::Done } else { Exit::Partly })
}

fn read(file: &Path) -> Result<zeroize::Zeroizing<String>, Stop> {
    let shown = file.display();
    let bytes = std::fs::read(file).map(zeroize::Zeroizing::new).map_err(|error| {
        Stop::usage(
            format!("{shown} cannot be read: {error}"),
            "name a file of comma-separated values, or - for standard input",
        )
    })?;
    text(&bytes).map_err(|error| Stop::usage(format!("{shown} cannot be read: {error}"), error.hint()))
}

/// The lines that are about something.
fn entries(content: &str) -> Result<Vec<Entry>, Stop> {
    let reader = |separator| {
        let mut builder = csv::ReaderBuilder::new();
        builder.has_headers(false).flexible(true).delimiter(separator);
        builder.from_reader(content.as_bytes())
    };
    let columns =
        |separator: u8| reader(separator).records().next().and_then(Result::ok).map_or(0, |first| first.len());
    // the first of those that make the most columns
    let separator = SEPARATORS.iter().rev().copied().max_by_key(|separator| columns(*separator)).unwrap_or(b',');
    let mut entries = Vec::new();
    let mut first = true;
    for record in reader(separator).into_records() {
        let record = record.map_err(|error| {
            Stop::usage(format!("the file is not comma-separated values: {error}"), "save it as CSV")
        })?;
        let at = record.position().map_or(0, |position| usize::try_from(position.byte()).unwrap_or(usize::MAX));
        let entry = Entry { line: line_at(content, at), cells: record.iter().map(str::to_owned).collect() };
        let about_nothing = entry.cells.iter().all(|cell| cell.trim().is_empty());
        if !(about_nothing || first && is_header(&entry)) {
            entries.push(entry);
        }
        first &= about_nothing;
    }
    if entries.is_empty() {
        return Err(Stop::usage(
            "the file holds no line that could be about a key",
            "give one line a key, saved as CSV",
        ));
    }
    Ok(entries)
}

/// The line, from 1, of the record that begins at this byte or behind the line end there: the reader leaves the second
/// half of CRLF to the record that follows.
fn line_at(content: &str, at: usize) -> u64 {
    let rest = content.as_bytes().get(at..).unwrap_or_default();
    let at = at + rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
    1 + content.bytes().take(at).filter(|byte| *byte == b'\n').count() as u64
}

/// The digests of values in the file that belong to a key beside its present one, such as in an overlap.
async fn earlier_values(
    entries: &[Entry],
    keys: &[Key],
    connection: &Connection,
) -> anyhow::Result<Vec<(Digest32, usize)>> {
    let present: std::collections::HashSet<Digest32> = keys.iter().filter_map(|key| key.digest).collect();
    let mut asked = HashMap::new();
    for found in entries.iter().flat_map(|entry| &entry.cells).flat_map(find) {
        if let Some(value) = found.value().filter(|value| !present.contains(&digest(value.expose()))) {
            asked.insert(fingerprint(value.expose()), digest(value.expose()));
        }
    }
    if asked.is_empty() || !connection.has(Capability::Lookup) {
        return Ok(Vec::new());
    }
    let fingerprints: Vec<String> = asked.keys().cloned().collect();
    let found = ops::lookup::by_fingerprints(&*connection.service, &fingerprints).await?;
    let place = |id: &KeyId| keys.iter().position(|key| key.id == *id);
    let known = found.into_iter().filter_map(|found| Some((*asked.get(&found.fingerprint)?, place(&found.key?.id)?)));
    Ok(known.collect())
}

fn row(entry: &Entry, about: &About, keys: &[Key]) -> Row {
    let first = entry.cells.iter().find(|cell| !cell.trim().is_empty()).map(String::as_str).unwrap_or_default();
    let (outcome, by, ids) = match about {
        About::One(at, by) if keys[*at].status == Status::Revoked => ("revoked", Some(by.word()), vec![*at]),
        About::One(at, by) => ("same", Some(by.word()), vec![*at]),
        About::OneOf(some) => ("ambiguous", None, some.clone()),
        About::Nothing => ("notOnServer", None, Vec::new()),
    };
    Row {
        line: Some(entry.line),
        text: Untrusted::from(masked(first).as_ref()),
        outcome,
        by,
        key_ids: ids.into_iter().map(|at| keys[at].id.clone()).collect(),
        holds_value: entry.cells.iter().any(holds_value),
    }
}

fn missing(key: &Key) -> Row {
    Row {
        line: None,
        text: key.name.clone(),
        outcome: "notInFile",
        by: None,
        key_ids: vec![key.id.clone()],
        holds_value: false,
    }
}

fn tell(rows: &[Row], keys: &[Key], meta: &Meta, output: &mut Output) {
    let key = |id: &KeyId| keys.iter().find(|key| key.id == *id);
    let named = |id: &KeyId| key(id).map(|key| format!("{} {} of {}", key.id, key.name, key.owner)).unwrap_or_default();
    for row in rows {
        let place = row.line.map(|line| format!("line {line}")).unwrap_or_default();
        let words = match row.outcome {
            "notOnServer" => "is no key on the server".to_owned(),
            "notInFile" => format!("stands in no line: {}", row.key_ids.first().map(named).unwrap_or_default()),
            "ambiguous" => {
                let ids: Vec<String> = row.key_ids.iter().map(ToString::to_string).collect();
                format!("may be any of {}", ids.join(", "))
            }
            "revoked" => format!("is revoked: {}", row.key_ids.first().map(named).unwrap_or_default()),
            _ => continue,
        };
        output.line(&format!("{place:<9}{}  {words}", row.text));
    }
    for row in rows.iter().filter(|row| row.holds_value) {
        let line = row.line.unwrap_or_default();
        output.say(&format!(
            "line {line}, {}: a whole value stands there, to be read by whoever reads the file",
            visible(row.text.as_received())
        ));
    }
    let Meta { lines, keys, not_on_server, not_in_file, ambiguous, revoked } = meta;
    output.say(&format!(
        "{lines} lines, {keys} keys: {not_on_server} not on the server, {not_in_file} not in the file, {revoked} revoked, {ambiguous} unclear"
    ));
}
