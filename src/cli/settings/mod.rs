//! `keydeck settings`: read, foretell, review, change.

mod review;
mod wishes;

use std::path::Path;

use serde::Serialize;
use serde_json::json;

use self::wishes::Wish;
use super::args::{How, Settings as Args, Ways};
use super::confirm;
use super::connect::{self, Connection};
use super::exit::{Exit, Stop};
use super::note::check_note;
use super::output::Output;
use super::table::{self, Header, Narrow};
use super::wire::Document;
use crate::client::capabilities::Capability;
use crate::config::Paths;
use crate::domain::act::ActProgress;
use crate::domain::settings::{CurrentlyExposed, Field, Impact, Saved, Settings, SettingsChange};
use crate::ops;

const HEADS: [Header; 3] = [("setting", Narrow::Never), ("value", Narrow::Never), ("what it does", Narrow::Shrinks)];

/// A setting that a change moves, by its name on the command line.
#[derive(Serialize)]
struct Moved {
    name: &'static str,
    before: String,
    after: String,
}

/// Does it.
pub async fn run(
    args: &Args,
    paths: &Paths,
    profile: Option<&str>,
    config: Option<&Path>,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    let looks = How { dry_run: true, yes: false, json: false };
    let (wishes, ways, note, how) = match args {
        Args::Get(get) => {
            let field = get.name.as_deref().map(wishes::named).transpose()?;
            let connection = Connection::open(connect::choose(paths, profile, config).await?.1, output).await?;
            return show(field, get.json, &connection, output).await;
        }
        Args::Set(set) => (wishes::of_arguments(&set.wishes)?, &set.ways, set.note.as_deref(), &set.how),
        Args::Apply(apply) => (wishes::of_file(&apply.file)?, &apply.ways, apply.note.as_deref(), &apply.how),
        Args::Preview(preview) => {
            let how = How { json: preview.json, ..looks };
            let wishes = wishes::of_arguments(&preview.wishes)?;
            let session = connect::choose(paths, profile, config).await?.1;
            let connection = Connection::open(session, output).await?;
            return change(&wishes, &preview.ways, None, &how, &connection, output).await;
        }
    };
    check_note(note)?;
    if !how.yes && !how.dry_run {
        confirm::can_be_asked()?;
    }
    let session = connect::choose_to_change(paths, profile, config, how.dry_run).await?.1;
    let connection = Connection::open(session, output).await?;
    change(&wishes, ways, note, how, &connection, output).await
}

async fn show(field: Option<Field>, json: bool, connection: &Connection, output: &mut Output) -> anyhow::Result<Exit> {
    connection.require([Capability::Settings])?;
    let settings = connection.service.settings().await?;
    if json {
        let row = |field: &Field| json!({ "name": field.name(), "value": field.write(&settings) });
        let data: Vec<_> = Field::ALL.iter().filter(|of| field.is_none_or(|field| field == **of)).map(row).collect();
        output.json(&Document { data, meta: json!({ "settings": settings }) });
    } else if let Some(field) = field {
        output.line(&field.write(&settings));
    } else {
        let row = |field: Field| vec![field.name().to_owned(), field.write(&settings), field.line().to_owned()];
        for line in table::lines(&HEADS, Field::ALL.map(row), Output::width()) {
            output.line(&line);
        }
    }
    Ok(Exit::Done)
}

/// Foretells a change, has it confirmed and makes it.
async fn change(
    wishes: &[Wish],
    ways: &Ways,
    note: Option<&str>,
    how: &How,
    connection: &Connection,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    connection.require([Capability::Settings, Capability::ChangeSettings])?;
    let service = &*connection.service;
    let before = service.settings().await?;
    let after = wishes::apply(wishes, &before)?;
    let change = SettingsChange {
        spread_days: ways.spread,
        currently_exposed: ways.exposed.map(CurrentlyExposed::from),
        note: note.map(str::to_owned),
        ..SettingsChange::between(&before, &after)
    };
    if after == before {
        output.say("nothing to change: the settings are so already");
        tell(&before, &before, &Impact::default(), how, output);
        return Ok(Exit::Done);
    }
    let impact = service.preview_settings(&change).await?;
    let turns_on = after.auto_revoke_exposed && !before.auto_revoke_exposed;
    if turns_on && change.currently_exposed.is_none() {
        let revoking = SettingsChange { currently_exposed: Some(CurrentlyExposed::Revoke), ..change.clone() };
        let exposed = service.preview_settings(&revoking).await?.revokes.saturating_sub(impact.revokes);
        if exposed > 0 {
            let exposed = review::keys(exposed);
            return Err(Stop::usage(
                format!("{exposed} exposed and enabled: what becomes of that has to be said"),
                "pass --exposed revoke, or --exposed ignore to leave them; keydeck list --tab exposed shows them",
            )
            .into());
        }
    }
    for line in review::lines(&before, &after, &impact, ways.spread) {
        output.say(&line);
    }
    if how.dry_run {
        tell(&before, &after, &impact, how, output);
        return Ok(Exit::Done);
    }
    let permit = connection.permit()?;
    if !how.yes {
        let (wanted, what) = match impact.ends() {
            0 => ("y".to_owned(), "change the settings".to_owned()),
            ends => (ends.to_string(), format!("change the settings, which ends {}", review::keys(ends))),
        };
        confirm::typed(&format!("Type {wanted} and Enter to {what}: "), &wanted, output)?;
    }
    match ops::settings::save(service, permit, &before, &change).await {
        Ok(Saved::Done(now)) => tell(&before, &now, &impact, how, output),
        Ok(Saved::UnderWay(act)) => {
            output.say("the settings are changed and every key has its date; the records of the keys follow");
            ops::settings::follow(service, act, |act| output.say(&progress(act))).await?;
            tell(&before, &service.settings().await?, &impact, how, output);
        }
        Err(error) if error.is_conflict("version") => {
            let now = service.settings().await?;
            for line in review::conflict(&before, &after, &now) {
                output.say(&line);
            }
            let what = "somebody changed the settings meanwhile: nothing was changed";
            return Err(Stop::failed(what, "look at both, then run it again").into());
        }
        Err(error) => return Err(error.into()),
    }
    Ok(Exit::Done)
}

/// How far an act is, for people.
pub fn progress(act: &ActProgress) -> String {
    if act.running { format!("{} of {} done", act.done, act.total) } else { format!("done: {}", act.done) }
}

fn tell(before: &Settings, after: &Settings, impact: &Impact, how: &How, output: &mut Output) {
    let moved = Field::ALL.into_iter().filter(|field| field.differs(before, after)).map(|field| Moved {
        name: field.name(),
        before: field.write(before),
        after: field.write(after),
    });
    let moved: Vec<Moved> = moved.collect();
    if how.json {
        let mut counts = serde_json::to_value(impact).unwrap_or_default();
        let data = counts.as_object_mut().and_then(|counts| counts.remove("data"));
        let data = data.and_then(|data| data.as_array().cloned()).unwrap_or_default();
        let meta = json!({ "dryRun": how.dry_run, "changes": moved, "impact": counts, "settings": after });
        output.json(&Document { data, meta });
        return;
    }
    for Moved { name, before, after } in moved {
        output.line(&format!("{name}: {before} -> {after}"));
    }
}
