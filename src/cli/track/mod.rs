//! `keydeck track`: keys that no API lists, as they are written down on this machine.

mod change;
mod probe;
mod row;

use std::path::Path;

use chrono::Utc;
use zeroize::Zeroizing;

use super::args::{Track, TrackList};
use super::exit::{Exit, Stop};
use super::input;
use super::output::Output;
use super::paste;
use super::table::{Header, Narrow, lines};
use super::wire::Document;
use crate::client;
use crate::config::{Config, Environment, Paths, Session};
use crate::domain::secret::Secret;
use crate::domain::time::{When, day, future};
use crate::domain::tracked::Tracked;
use crate::domain::values::single;
use crate::local::tracked::TrackedFile;
use row::Row;

/// Those that end within so many days are warned of.
const SOON: i64 = 30;

const COLUMNS: &[Header] = &[
    ("name", Narrow::Shrinks),
    ("kind", Narrow::Drops(1)),
    ("key", Narrow::Shrinks),
    ("owner", Narrow::Drops(2)),
    ("state", Narrow::Never),
    ("expires", Narrow::Never),
    ("id", Narrow::Never),
];

/// Lists, changes or probes what is written down.
pub async fn run(
    args: &Track,
    paths: &Paths,
    profile: Option<&str>,
    config: Option<&Path>,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    if let Track::Probe(args) = args {
        return probe::run(args, paths, profile, config, output).await;
    }
    let file = file(paths, profile, config)?;
    match args {
        Track::List(args) => list(args, &file, output),
        Track::Add(args) => change::add(args, &file, output),
        Track::Edit(args) => change::edit(args, &file, output),
        Track::Remove(args) => change::remove(args, &file, output),
        Track::Probe(_) => Ok(Exit::Done),
    }
}

/// Where the keys of the chosen profile are written down. Its credential is not fetched for that.
fn file(paths: &Paths, profile: Option<&str>, config: Option<&Path>) -> anyhow::Result<TrackedFile> {
    let config = Config::load(config, &paths.config_file())?;
    let (name, backend) = Session::named(&config, profile, &Environment::of_process()?)?;
    if client::lists_keys(backend) {
        return Err(Stop::unsupported(
            format!("the backend of profile {name} lists its keys: nothing is written down of them here"),
            "keydeck list shows them; --profile names another profile",
        )
        .into());
    }
    Ok(TrackedFile::of(paths.state(), &name))
}

/// The one key that is called so.
fn one(keys: &[Tracked], text: &str) -> Result<Tracked, Stop> {
    let exact = keys.iter().find(|key| key.id.as_str() == text);
    let called: Vec<&Tracked> = keys.iter().filter(|key| key.is_called(text)).collect();
    match (exact, called.as_slice()) {
        (Some(one), _) => Ok(one.clone()),
        (None, [one]) => Ok((*one).clone()),
        (None, []) => Err(Stop::usage(
            format!("no key that is written down is called {text}"),
            "keydeck track list prints names and ids",
        )),
        (None, several) => {
            let ids: Vec<String> = several.iter().map(|key| key.id.to_string()).collect();
            Err(Stop::usage(
                format!("{} keys are called {text}", several.len()),
                format!("name one: {}", ids.join(", ")),
            ))
        }
    }
}

/// The value of standard input, or of a masked paste; none where nobody gives one.
fn value(piped: bool, ask: Option<&str>, output: &mut Output) -> Result<Option<Secret>, Stop> {
    let text = if piped {
        input::read()?
    } else if let Some(question) = ask.filter(|_| Output::can_ask()) {
        let pasted = paste::read("pipe it, and pass --value", || output.say(question))?;
        Zeroizing::new(String::from_utf8_lossy(&pasted).into_owned())
    } else {
        return Ok(None);
    };
    if text.trim().is_empty() && !piped {
        return Ok(None);
    }
    single(&text).map(Some).map_err(|why| Stop::usage(format!("the value: {why}"), "give one value and nothing else"))
}

fn list(args: &TrackList, file: &TrackedFile, output: &mut Output) -> anyhow::Result<Exit> {
    let now = Utc::now();
    let mut keys = file.read()?;
    if let Some(days) = args.expiring {
        keys.retain(|key| key.ends_within(days, now));
    }
    let found = if args.exit_code && !keys.is_empty() { Exit::Matched } else { Exit::Done };
    if args.json {
        let meta = serde_json::json!({ "total": keys.len() });
        output.json(&Document { data: keys.iter().map(|key| Row::of(key, now)).collect(), meta });
        return Ok(found);
    }
    if keys.is_empty() {
        output.say("no key is written down: keydeck track add NAME does it");
        return Ok(found);
    }
    let cells = keys.iter().map(|key| {
        let row = Row::of(key, now);
        vec![
            key.name.marked().into_owned(),
            key.kind.to_string(),
            key.masked.clone(),
            if key.owner.is_empty() { "you".to_owned() } else { key.owner.to_string() },
            row.state.to_owned(),
            key.expires.map_or_else(|| "never".to_owned(), day),
            key.id.to_string(),
        ]
    });
    for line in lines(COLUMNS, cells, Output::width()) {
        output.line(&line);
    }
    for key in keys.iter().filter(|key| key.ends_within(SOON, now)) {
        let told = match key.contacts.as_slice() {
            [] => String::new(),
            contacts => format!(": tell {}", contacts.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")),
        };
        output.say(&format!("{} expires {}{told}", key.name.marked(), future(&When::from(key.expires), now)));
    }
    Ok(found)
}
