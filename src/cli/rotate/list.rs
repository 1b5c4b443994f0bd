//! Rotations as they are listed, and how a command ends that carried some on.

use std::collections::BTreeMap;

use chrono::Utc;
use serde::Serialize;

use super::drive::Ended;
use crate::cli::args::RotationsList;
use crate::cli::exit::Exit;
use crate::cli::output::Output;
use crate::cli::table::{Header, Narrow, lines};
use crate::cli::wire::Document;
use crate::client::capabilities::Capabilities;
use crate::config::Paths;
use crate::domain::present::Present;
use crate::domain::rotation::{OldState, Rotation, Summary};
use crate::domain::time::exact;
use crate::local::journal::{Journal, Listing, Unreadable};

/// How many that are over are listed.
const MOST_OVER: u32 = 1000;

const COLUMNS: &[Header] = &[
    ("rotation", Narrow::Never),
    ("key", Narrow::Shrinks),
    ("profile", Narrow::Shrinks),
    ("state", Narrow::Never),
    ("began", Narrow::Never),
    ("overlap ends", Narrow::Never),
];

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ListMeta {
    unreadable: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    #[serde(flatten)]
    summary: Summary,
    #[serde(skip_serializing_if = "Option::is_none")]
    says: Option<String>,
}

/// Lists rotations; asks no server.
pub async fn run(args: &RotationsList, paths: &Paths, output: &mut Output) -> anyhow::Result<Exit> {
    let journal = Journal::open(paths.state()).await?;
    let Listing { rotations, unreadable } =
        if args.over { journal.all(MOST_OVER).await? } else { journal.open_rotations().await? };
    let now = Present::from(Utc::now());
    if args.json {
        let meta = ListMeta { unreadable: unreadable.iter().map(with_hint).collect() };
        output.json(&Document { data: rotations.iter().map(|one| one.summary(now)).collect(), meta });
    } else if rotations.is_empty() && unreadable.is_empty() {
        output.say(if args.over { "there was no rotation yet" } else { "no rotation is open" });
    } else {
        for line in lines(COLUMNS, rotations.iter().map(|one| row(one, now)), Output::width()) {
            output.line(&line);
        }
        for one in rotations.iter().filter(|one| !one.phase.is_over()) {
            if let Some(trouble) = &one.trouble {
                let what = crate::ops::rotate::words(trouble.effect);
                output.say(&format!("{}: {what}: {}", one.id, trouble.reason));
            }
        }
    }
    for one in &unreadable {
        output.say(&with_hint(one));
    }
    Ok(if unreadable.is_empty() { Exit::Done } else { Exit::Partly })
}

/// A rotation that cannot be read, with what to do about it.
pub fn with_hint(one: &Unreadable) -> String {
    format!("{one}. {}", one.hint())
}

fn row(rotation: &Rotation, now: Present) -> Vec<String> {
    vec![
        rotation.id.to_string(),
        rotation.old.name.marked().into_owned(),
        rotation.profile.clone(),
        rotation.word(now).to_owned(),
        exact(rotation.started),
        rotation.overlap_ends().filter(|_| !rotation.phase.is_over()).map(exact).unwrap_or_default(),
    ]
}

/// Tells one rotation in full.
pub async fn show(id: &str, paths: &Paths, output: &mut Output) -> anyhow::Result<Exit> {
    let journal = Journal::open(paths.state()).await?;
    let rotation = journal.load(id).await?;
    let attempts = journal.attempts(&rotation).await;
    let steps = attempts.as_ref().map(|attempts| crate::ops::rotate::steps(attempts)).unwrap_or_default();
    output.text(&rotation.markdown(&steps, Utc::now()));
    attempts?;
    Ok(Exit::Done)
}

/// Says how each was left, and how the command ends.
pub fn end(ended: &[(Rotation, Ended)], now: Present, can: &Capabilities, json: bool, output: &mut Output) -> Exit {
    let mut counts: BTreeMap<&'static str, usize> = BTreeMap::new();
    for (rotation, how) in ended {
        *counts.entry(rotation.word(now)).or_default() += 1;
        if let Some(words) = how.words(rotation, now) {
            output.say(&format!("{}: {words}", rotation.old.name));
        } else if !json {
            let state = rotation.word(now);
            output.say(&format!(
                "{}: {state}; keydeck rotations show {} tells all of it",
                rotation.old.name, rotation.id
            ));
        }
    }
    for (rotation, _) in ended {
        for note in rotation.to_see_to() {
            output.say(&format!("{}: {note}", rotation.old.name));
        }
    }
    for (rotation, _) in ended.iter().filter(|(rotation, _)| rotation.old_state == OldState::Revoked) {
        if let Some(words) = can.late_mail(&rotation.old.masked) {
            output.say(&format!("{}: {words}", rotation.old.name));
        }
    }
    if json {
        let row = |(rotation, how): &(Rotation, Ended)| Row {
            summary: rotation.summary(now),
            says: how.words(rotation, now),
        };
        output.json(&Document { data: ended.iter().map(row).collect(), meta: counts });
    }
    if ended.is_empty() {
        output.say("there is nothing to do");
    }
    let fine = |how: &Ended| matches!(how, Ended::Over | Ended::Waits(_));
    let denied = |how: &Ended| matches!(how, Ended::Denied(_));
    if ended.iter().all(|(_, how)| fine(how)) {
        Exit::Done
    } else if ended.iter().all(|(_, how)| denied(how)) {
        Exit::Denied
    } else {
        Exit::Partly
    }
}
