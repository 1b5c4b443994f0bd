//! `keydeck where`: in which places a key lives, and whether what stands there is accepted.

use std::path::Path;

use serde::Serialize;

use super::args::Where as Args;
use super::connect::{self, Connection};
use super::exit::{Exit, Stop};
use super::output::Output;
use super::pasted::Pasted;
use super::signals::Signals;
use super::table::{Header, Narrow, lines};
use super::wire::Document;
use super::{list, named, rows};
use crate::client::capabilities::Capability;
use crate::config::{Config, Paths};
use crate::domain::filter::Query;
use crate::domain::ids::KeyId;
use crate::domain::key::{Key, Status};
use crate::domain::rotation::Sink;
use crate::domain::time::{exact, wire};
use crate::domain::untrusted::Untrusted;
use crate::domain::whereabouts::{Accepted, Kin, Relation};
use crate::local::journal::Journal;
use crate::local::program::{Tools, shown};
use crate::local::sinks::{SinkError, files_below, settled};
use crate::ops::variables;
use crate::ops::whereabouts::{Holds, Row, Source, Value, Where, look};

/// How many rotations of the journal are asked for their places, the latest first.
const MOST_ROTATIONS: u32 = 10_000;
/// How many are named where several keys have the name.
const AMONG: usize = 6;

const COLUMNS: &[Header] = &[
    ("place", Narrow::Shrinks),
    ("line", Narrow::Drops(2)),
    ("holds", Narrow::Never),
    ("accepted", Narrow::Never),
    ("key", Narrow::Shrinks),
    ("value", Narrow::Drops(1)),
];

/// A place as scripts see it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PlaceRow<'a> {
    place: String,
    line: Option<usize>,
    /// `given`, `config`, `rotation` or `file`.
    named_by: &'static str,
    /// `new`, `old`, `same`, `other`, `nothing` or `unknown`.
    holds: &'static str,
    /// Whether more text stands around the value.
    within_text: bool,
    masked_value: Option<&'a str>,
    key_id: Option<&'a KeyId>,
    key_name: Option<&'a Untrusted>,
    key_status: Option<&'a Status>,
    /// Whether the value is accepted; null where nobody knows.
    alive: Option<bool>,
    /// Until when, where that is the end of an overlap.
    alive_until: Option<String>,
    /// Why it is not known.
    says: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Meta {
    /// The keys that were looked for: the one that was named, and those that it was rotated from and to.
    keys: Vec<KeyId>,
    places: usize,
    files: usize,
    /// What could not be looked into, apart from the places.
    not_read: Vec<String>,
}

/// Looks where a key lives.
pub async fn run(
    args: &Args,
    paths: &Paths,
    profile: Option<&str>,
    config: Option<&Path>,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    let given: Vec<Sink> = args.places.iter().map(|text| place(text)).collect::<Result<_, _>>()?;
    let pasted = if args.key.as_deref() == Some("-") { Some(Pasted::read(false)?) } else { None };
    if let Some(key) = args.key.as_ref().filter(|_| pasted.is_none()) {
        named::check(std::slice::from_ref(key))?;
    }
    let query = args.filter.as_deref().map(rows::query).transpose()?;
    let (config, session) = connect::choose(paths, profile, config).await?;
    let connection = Connection::open(session, output).await?;
    let kin = kin(args, pasted, query.as_ref(), &connection).await?;
    let mut not_read = Vec::new();
    let what = what(args, given, &config, paths, &mut not_read).await?;
    if what.places.is_empty() && what.files.is_empty() && not_read.is_empty() && args.folders.is_empty() {
        return Err(Stop::failed(
            "no place is known, so that nothing could be looked into",
            "name some with --place or --search, or under [where] in config.toml",
        )
        .into());
    }
    let (places, files) = (what.places.len(), what.files.len());
    let signals = Signals::catch()?;
    let sinks = variables::places(&Tools::default(), &connection.service, None);
    let found = tokio::select! {
        found = look(&*connection.service, &sinks, &kin, what, connection.now()) => found?,
        // what is dropped ends the programs that it runs
        () = signals.stop.cancelled() => {
            return Err(Stop::failed("stopped before every place was looked into", "run it again").into());
        }
    };
    let not_read: Vec<String> = not_read.iter().map(|error| format!("{error}; {}", error.hint())).collect();
    let exit = exit(&found, not_read.is_empty());
    if args.json {
        let keys = kin.keys().iter().map(|key| key.id.clone()).collect();
        let meta = Meta { keys, places, files, not_read };
        output.json(&Document { data: found.iter().map(row).collect(), meta });
        return Ok(exit);
    }
    tell(&found, output);
    for why in &not_read {
        output.say(why);
    }
    output.say(&summary(&kin, &found, places, files));
    Ok(exit)
}

/// A place that was given on the command line.
fn place(text: &str) -> Result<Sink, Stop> {
    let wrong = |why| Stop::usage(format!("--place {why}"), "keydeck rotate --help lists the places");
    let place = settled(text.parse().map_err(wrong)?).map_err(|error| Stop::usage(error.to_string(), error.hint()))?;
    match place {
        Sink::Clipboard | Sink::Print => Err(Stop::usage(
            format!("--place names the {}, which cannot be read back", place.kind()),
            "keydeck where - takes what is in it on standard input",
        )),
        // a program of that notation takes a value: it must not be run without one
        Sink::Command { .. } => Err(Stop::usage(
            "--place names a command that writes a value, and would be run to read one: nothing was run",
            "put it with its verify command under [where] places in config.toml",
        )),
        place => Ok(place),
    }
}

/// The keys whose values are looked for.
async fn kin(
    args: &Args,
    pasted: Option<Pasted>,
    query: Option<&Query>,
    connection: &Connection,
) -> anyhow::Result<Kin> {
    let (scopes, no_filter) = (list::every_key(connection), Query::default());
    let all = || rows::keys(connection, &scopes, &no_filter, None);
    if let Some(mut pasted) = pasted {
        connection.require([Capability::Lookup])?;
        let mut keys = pasted.look_up(&*connection.service).await?;
        keys.dedup_by(|a, b| a.id == b.id);
        let lone: Vec<&str> = pasted.lone().collect();
        return match (keys.pop(), keys.is_empty(), lone[..].len()) {
            (Some(key), true, 0) => Ok(Kin::of(key, &all().await?.0)),
            (None, _, 1) => Ok(Kin::lone(lone[0].to_owned())),
            _ => Err(Stop::usage(
                "standard input holds the values of several keys, and where looks for one",
                "give one of them at a time; keydeck show - tells whose they are",
            )
            .into()),
        };
    }
    let (everything, _) = all().await?;
    if let Some(query) = query {
        let (mut matching, _) = rows::keys(connection, &scopes, query, None).await?;
        return match (matching.pop(), matching.len()) {
            (Some(key), 0) => Ok(Kin::of(key, &everything)),
            (None, _) => {
                Err(Stop::usage("no key matches the filter", "keydeck list --tab all --filter tries it").into())
            }
            (Some(_), more) => {
                let what = format!("{} keys match the filter, and where looks for one", more + 1);
                Err(Stop::usage(what, "name one by its id, or write more of a filter").into())
            }
        };
    }
    let wanted = args.key.clone().unwrap_or_default();
    let named: Vec<&Key> = everything.iter().filter(|key| key.name.as_received() == wanted).collect();
    let key = match named[..] {
        [] => named::one(&wanted, connection).await?,
        [one] => one.clone(),
        _ => {
            let some: Vec<String> =
                named.iter().take(AMONG).map(|key| format!("{} ({}, {})", key.id, key.masked, key.status)).collect();
            let more = if named.len() > AMONG { ", …" } else { "" };
            return Err(Stop::usage(
                format!("{} keys have the name {}", named.len(), named[0].name),
                format!("give one's id: {}{more}", some.join(", ")),
            )
            .into());
        }
    };
    Ok(Kin::of(key, &everything))
}

/// What is looked into; what cannot be found out goes to `not_read`.
async fn what(
    args: &Args,
    given: Vec<Sink>,
    config: &Config,
    paths: &Paths,
    not_read: &mut Vec<SinkError>,
) -> anyhow::Result<Where> {
    let mut what = Where::default();
    for place in given {
        what.add(place, Source::Given);
    }
    for folder in &args.folders {
        let found = files_below(std::path::absolute(folder)?).await;
        let found = found.map_err(|error| Stop::usage(error.to_string(), "name a folder that is there"))?;
        what.files.extend(found.files);
        not_read.extend(found.failed);
    }
    if args.only {
        return Ok(what);
    }
    let saved = config.rotation.0.values().flat_map(|saved| &saved.sinks);
    for place in config.places.iter().chain(saved).filter(|place| can_be_read(place)) {
        what.add(settled(place.clone()).map_err(|error| Stop::usage(error.to_string(), error.hint()))?, Source::Config);
    }
    if Journal::is_there(paths.state()) {
        let journal = Journal::open(paths.state()).await?;
        let listing = journal.all(MOST_ROTATIONS).await;
        journal.close().await;
        let rotations = listing?.rotations;
        for place in rotations.iter().flat_map(|one| &one.plan.sinks).filter(|place| can_be_read(place)) {
            // programs that only the journal names are not run: whoever can write there must not choose them
            let is_program = matches!(place, Sink::Command { .. });
            if !is_program && place.to_string().parse::<Sink>().as_ref() == Ok(place) {
                what.add(place.clone(), Source::Rotation);
            } else if !what.places.iter().any(|(known, _)| known == place) {
                let what =
                    format!("{}: not looked into, since only an earlier rotation names it", shown(&place.to_string()));
                not_read.push(SinkError::of_place(what, "put it under [where] places in config.toml if it is yours"));
            }
        }
        not_read.dedup();
    }
    Ok(what)
}

fn can_be_read(place: &Sink) -> bool {
    !matches!(place, Sink::Clipboard | Sink::Print)
}

/// How the command ends: by the worst of what was found.
fn exit(rows: &[Row], all_read: bool) -> Exit {
    let values = || rows.iter().filter_map(|row| if let Holds::Value(value) = &row.holds { Some(value) } else { None });
    let stale = || values().filter(|value| matches!(value.relation, Relation::Old | Relation::Same));
    if stale().any(|value| value.accepted.is_alive() == Some(true)) {
        Exit::FoundAlive
    } else if stale().any(|value| value.accepted.is_alive().is_none()) {
        Exit::FoundUnknown
    } else if stale().next().is_some() {
        Exit::Matched
    } else if !all_read || rows.iter().any(|row| matches!(row.holds, Holds::Untold(_) | Holds::Failed(_))) {
        Exit::Partly
    } else {
        Exit::Done
    }
}

fn row(row: &Row) -> PlaceRow<'_> {
    let (holds, says) = match &row.holds {
        Holds::Nothing => ("nothing", None),
        Holds::Value(value) => (value.relation.word(), None),
        Holds::Untold(why) => ("unknown", Some(why.clone())),
        Holds::Failed(error) => ("unknown", Some(format!("{error}; {}", error.hint()))),
    };
    let value = if let Holds::Value(value) = &row.holds { Some(&**value) } else { None };
    let key = value.and_then(|value| value.key.as_ref());
    let until = match value.map(|value| value.accepted) {
        Some(Accepted::Until(until)) => Some(wire(until)),
        Some(Accepted::Yes | Accepted::No | Accepted::NotKnown) | None => None,
    };
    PlaceRow {
        place: shown(&row.place.to_string()),
        line: row.line,
        named_by: row.source.word(),
        holds,
        within_text: value.is_some_and(|value| value.is_part),
        masked_value: value.and_then(|value| value.masked.as_deref()),
        key_id: key.map(|key| &key.id),
        key_name: key.map(|key| &key.name),
        key_status: key.map(|key| &key.status),
        alive: value.and_then(|value| value.accepted.is_alive()),
        alive_until: until,
        says,
    }
}

/// Tells the rows as a table, and why some places do not tell.
fn tell(found: &[Row], output: &mut Output) {
    if found.is_empty() {
        return;
    }
    for line in lines(COLUMNS, found.iter().map(cells), Output::width()) {
        output.line(&line);
    }
    for row in found {
        let why = match &row.holds {
            Holds::Untold(why) => why.clone(),
            Holds::Failed(error) => format!("{error}; {}", error.hint()),
            Holds::Nothing | Holds::Value(_) => continue,
        };
        output.say(&format!("{}: {why}", shown(&row.place.to_string())));
    }
}

fn cells(row: &Row) -> Vec<String> {
    let place = shown(&row.place.to_string());
    let line = row.line.map(|line| line.to_string()).unwrap_or_default();
    let (holds, accepted, key, value) = match &row.holds {
        Holds::Nothing => ("nothing", String::new(), String::new(), String::new()),
        Holds::Untold(_) | Holds::Failed(_) => ("unknown", String::new(), String::new(), String::new()),
        Holds::Value(value) => {
            let key = value.key.as_ref().map(|key| key.name.marked().into_owned()).unwrap_or_default();
            (value.relation.word(), accepted(value), key, value.masked.clone().unwrap_or_default())
        }
    };
    vec![place, line, holds.to_owned(), accepted, key, value]
}

/// Whether a value is accepted, in a word or two.
fn accepted(value: &Value) -> String {
    let state = || value.key.as_ref().map(|key| key.status.to_string());
    match value.accepted {
        Accepted::Yes => "yes".to_owned(),
        Accepted::Until(until) => format!("until {}", exact(until)),
        Accepted::No => match state().filter(|_| value.key.as_ref().is_some_and(|key| key.status != Status::Enabled)) {
            Some(state) => format!("no, {state}"),
            None => "no".to_owned(),
        },
        Accepted::NotKnown if value.relation == Relation::Other && value.masked.is_none() => String::new(),
        Accepted::NotKnown => "not known".to_owned(),
    }
}

/// What was looked for, where, and what came of it.
fn summary(kin: &Kin, found: &[Row], places: usize, files: usize) -> String {
    let of = |relation: Relation| {
        found.iter().filter(|row| matches!(&row.holds, Holds::Value(value) if value.relation == relation)).count()
    };
    let count = |number: usize, what: &str| format!("{number} {what}{}", if number == 1 { "" } else { "s" });
    let what = match kin.keys() {
        [] => "the value belongs to no key that you may see".to_owned(),
        [one] => one.name.to_string(),
        [first, rest @ ..] => {
            format!("{} and {} that it was rotated from or to", first.name, count(rest.len(), "key"))
        }
    };
    let looked = format!("{} and {} were looked into", count(places, "place"), count(files, "file"));
    let outcome = match (of(Relation::New), of(Relation::Old) + of(Relation::Same)) {
        (0, 0) => "it lives in none of them".to_owned(),
        (new, old) => format!("{new} new, {old} old"),
    };
    format!("{what}: {looked}; {outcome}")
}
