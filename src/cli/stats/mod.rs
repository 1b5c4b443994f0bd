//! `keydeck stats`: the figures of the console's pictures.

mod figures;
mod svg;
mod text;

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use serde::Serialize;

use self::figures::{Figures, Meta};
use super::args::{Stats, StatsBy, StatsTab};
use super::connect::{self, Connection};
use super::exit::{Exit, Stop};
use super::output::Output;
use super::wire::Document;
use super::{fields, list, rows, selection};
use crate::client::Scope;
use crate::config::Paths;
use crate::domain::key::Key;
use crate::domain::picture::Counting;
use crate::domain::sort::{Column, Sort};
use crate::domain::table::Table;
use crate::domain::untrusted::visible;

/// Prints the figures.
pub async fn run(
    args: &Stats,
    paths: &Paths,
    profile: Option<&str>,
    config: Option<&Path>,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    let query = selection::query(args.filter.as_deref(), args.view.as_deref(), paths, config)?.unwrap_or_default();
    let connection = Connection::open(connect::choose(paths, profile, config).await?.1, output).await?;
    let scopes = match args.tab {
        StatsTab::Mine => vec![Scope::Mine],
        StatsTab::Team => vec![Scope::Team],
        StatsTab::Collections => vec![Scope::Collections],
        StatsTab::All => list::every_key(&connection),
    };
    let (keys, total) = rows::keys(&connection, &scopes, &query, None).await?;
    let (now, matched) = (connection.now(), keys.len());
    let mut table: Table<Key> = Table::new(Sort::by(Column::Created));
    table.add_page(keys, now);
    let picture = Counting::all(args.by.wanted(), &table, now);
    let figures = Figures::of(&picture, args.by == StatsBy::Day, &table, &query);
    let meta = Meta::of(&picture, args.by, (total, matched), &query);
    if let Some(path) = &args.svg {
        save(path, &svg::draw(&picture, &figures, &meta))?;
    }
    match (&figures, args.csv, args.json) {
        (Figures::Cells(cells), true, _) => fields::csv(cells.iter(), figures::OF_CELLS, output),
        (Figures::Groups(groups), true, _) => fields::csv(groups.iter(), figures::OF_GROUPS, output),
        (Figures::Spans(spans), true, _) => fields::csv(spans.iter(), figures::OF_SPANS, output),
        (Figures::Cells(cells), _, true) => print(cells, meta, output),
        (Figures::Groups(groups), _, true) => print(groups, meta, output),
        (Figures::Spans(spans), _, true) => print(spans, meta, output),
        (figures, _, _) => {
            for line in text::lines(&picture, figures, &meta, Output::width()) {
                output.line(&line);
            }
        }
    }
    if let Some(path) = &args.svg {
        output.say(&format!("drawn into {}", visible(&path.display().to_string())));
    }
    Ok(Exit::Done)
}

fn print<T: Serialize>(rows: &[T], meta: Meta, output: &mut Output) {
    output.json(&Document { data: rows.iter().collect(), meta });
}

/// Writes the picture into a file that was not there.
fn save(path: &Path, drawn: &str) -> anyhow::Result<()> {
    let shown = visible(&path.display().to_string()).into_owned();
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)
        .and_then(|mut file| file.write_all(drawn.as_bytes()).and_then(|()| file.sync_all()));
    written.map_err(|error| {
        let hint = if error.kind() == std::io::ErrorKind::AlreadyExists {
            "nothing is overwritten: name a new file"
        } else {
            "check the folder and its permissions"
        };
        Stop::usage(format!("the picture cannot be written to {shown}: {}", error.kind()), hint).into()
    })
}

#[cfg(test)]
mod tests;
