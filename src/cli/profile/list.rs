//! `keydeck profile list`. Asks no server and opens no key.

use std::path::Path;

use serde::Serialize;

use crate::cli::args::ProfileList;
use crate::cli::exit::Exit;
use crate::cli::output::Output;
use crate::cli::table::{Header, Narrow, lines};
use crate::cli::wire::Document;
use crate::config::{Config, Credential, KeySource, Paths};
use crate::domain::time::{Time, exact};
use crate::local::kept_keys::{Kept, KeptKeys, Place};

const COLUMNS: [Header; 5] = [
    ("name", Narrow::Never),
    ("backend", Narrow::Drops(1)),
    ("address", Narrow::Shrinks),
    ("key", Narrow::Shrinks),
    ("", Narrow::Never),
];

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    name: String,
    /// Whether it is used where none is named.
    default: bool,
    backend: &'static str,
    address: String,
    /// `command`, `keyring`, `file`, `env` or `ask`.
    credential: &'static str,
    /// What keydeck login keeps for it; absent where nothing is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    kept: Option<KeptRow>,
    read_only: bool,
    production: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    color: Option<&'static str>,
    #[serde(skip)]
    key: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct KeptRow {
    place: Place,
    since: Time,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<Time>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Meta {
    /// The configuration file.
    file: String,
}

pub(super) fn run(
    args: &ProfileList,
    paths: &Paths,
    config: Option<&Path>,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    let config = Config::load(config, &paths.config_file())?;
    let kept = KeptKeys::of(paths.state());
    let only = (config.profiles.len() == 1).then(|| config.profiles.keys().next().cloned()).flatten();
    let default = config.default_profile.clone().or(only);
    let mut rows = Vec::new();
    for (name, profile) in &config.profiles {
        let kept = kept.about(name).unwrap_or_else(|error| {
            output.say(&format!("{name}: {error}"));
            None
        });
        rows.push(Row {
            name: name.clone(),
            default: default.as_ref() == Some(name),
            backend: profile.backend.name(),
            address: profile.base_url.clone(),
            credential: word(&profile.credential),
            key: key(&profile.credential, kept.as_ref()),
            kept: kept.map(|kept| KeptRow { place: kept.place, since: kept.since, until: kept.until }),
            read_only: profile.read_only,
            production: profile.production,
            color: profile.color.map(crate::config::ProfileColor::name),
        });
    }
    if args.json {
        output.json(&Document { data: rows, meta: Meta { file: config.path.display().to_string() } });
    } else if rows.is_empty() {
        output.say(&format!("there is no profile in {}: keydeck profile add NAME", config.path.display()));
    } else {
        for line in lines(&COLUMNS, rows.iter().map(cells), Output::width()) {
            output.line(&line);
        }
    }
    Ok(Exit::Done)
}

fn cells(row: &Row) -> Vec<String> {
    let marks = [(row.default, "default"), (row.production, "PRODUCTION"), (row.read_only, "read-only")];
    let marks: Vec<&str> = marks.into_iter().filter_map(|(is, word)| is.then_some(word)).collect();
    vec![row.name.clone(), row.backend.to_owned(), row.address.clone(), row.key.clone(), marks.join(", ")]
}

/// Where the key comes from, for people.
fn key(source: &KeySource, kept: Option<&Kept>) -> String {
    match (source, kept) {
        (KeySource::From(_), _) => source.words(),
        (KeySource::Kept | KeySource::Asked, Some(kept)) => {
            let until = kept.until.map(|until| format!(", until {}", exact(until))).unwrap_or_default();
            format!("{} {}{until}", kept.kind.word(), super::place(kept.place))
        }
        (KeySource::Kept, None) => "none: keydeck login".to_owned(),
        (KeySource::Asked, None) => "asked for".to_owned(),
    }
}

fn word(source: &KeySource) -> &'static str {
    match source {
        KeySource::From(Credential::Command(_)) => "command",
        KeySource::From(Credential::File(_)) => "file",
        KeySource::From(Credential::Env(_)) => "env",
        KeySource::Kept => "keyring",
        KeySource::Asked => "ask",
    }
}
