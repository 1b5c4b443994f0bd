//! `keydeck incidents`: what leaks were contained on this machine, and which are open.

use chrono::Utc;

use super::args::{Incidents as Args, IncidentsCommand, IncidentsList, IncidentsShow};
use super::exit::Exit;
use super::output::Output;
use super::table::{Header, Narrow, lines};
use super::wire::Document;
use crate::config::Paths;
use crate::domain::incident::{Incident, Summary};
use crate::domain::time::exact;
use crate::local::incidents::{Incidents, Listing};

/// So many are listed.
const MOST: usize = 1000;

const COLUMNS: &[Header] = &[
    ("incident", Narrow::Never),
    ("what", Narrow::Shrinks),
    ("profile", Narrow::Shrinks),
    ("state", Narrow::Shrinks),
    ("began", Narrow::Never),
];

#[derive(serde::Serialize)]
struct Meta {
    unreadable: Vec<String>,
}

#[derive(serde::Serialize)]
struct Row {
    #[serde(flatten)]
    summary: Summary,
    /// `open`, `underWay` or `over`.
    state: &'static str,
}

/// Lists incidents, or tells of one; asks no server.
pub async fn run(args: &Args, paths: &Paths, output: &mut Output) -> anyhow::Result<Exit> {
    match &args.command {
        None => list(&args.list, paths, output).await,
        Some(IncidentsCommand::List(args)) => list(args, paths, output).await,
        Some(IncidentsCommand::Show(args)) => show(args, paths, output).await,
    }
}

async fn list(args: &IncidentsList, paths: &Paths, output: &mut Output) -> anyhow::Result<Exit> {
    let (kept, now) = (Incidents::of(paths.state()), Utc::now());
    let Listing { incidents, unreadable } = if args.over { kept.all(MOST, now).await? } else { kept.open(now).await? };
    let told: Vec<String> = unreadable.iter().map(ToString::to_string).collect();
    let state = |incident: &Incident, is_held: bool| match (incident.over, is_held) {
        (true, _) => "over",
        (false, true) => "underWay",
        (false, false) => "open",
    };
    if args.json {
        let row = |(incident, held): &(Incident, Option<_>)| Row {
            summary: incident.summary(now),
            state: state(incident, held.is_some()),
        };
        output.json(&Document { data: incidents.iter().map(row).collect(), meta: Meta { unreadable: told.clone() } });
    } else if incidents.is_empty() && unreadable.is_empty() {
        output.say(if args.over { "there was no incident yet" } else { "no incident is open" });
    } else {
        let cells = |(incident, held): &(Incident, Option<Option<_>>)| {
            let state = match held {
                Some(Some(who)) => format!("under way: {who}"),
                Some(None) => "under way".to_owned(),
                None if incident.over => "over".to_owned(),
                None => "open".to_owned(),
            };
            vec![
                incident.id.to_string(),
                incident.words(now),
                incident.opened.profile.clone(),
                state,
                exact(incident.started),
            ]
        };
        for line in lines(COLUMNS, incidents.iter().map(cells), Output::width()) {
            output.line(&line);
        }
    }
    told.iter().for_each(|one| output.say(one));
    Ok(if unreadable.is_empty() { Exit::Done } else { Exit::Partly })
}

async fn show(args: &IncidentsShow, paths: &Paths, output: &mut Output) -> anyhow::Result<Exit> {
    let (kept, now) = (Incidents::of(paths.state()), Utc::now());
    let incident = kept.read(&kept.find(&args.id).await?).await?;
    if args.json {
        output.json(&Document { data: vec![incident.summary(now)], meta: Meta { unreadable: Vec::new() } });
        return Ok(Exit::Done);
    }
    output.line(&format!("incident {}: {}", incident.id, incident.conclusion(now)));
    for (at, what) in incident.timeline() {
        output.line(&format!("{}  {what}", exact(at)));
    }
    if let Some(written) = &incident.written {
        output.line(&format!("the evidence is in {}", written.folder.display()));
    }
    Ok(Exit::Done)
}
