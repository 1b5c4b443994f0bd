//! `keydeck campaign`: all of these keys rotated by a date.

mod run;
mod start;
mod tell;

use std::path::Path;

use super::args::{Campaign as Args, CampaignCommand, CampaignEnd, CampaignList, CampaignShow};
use super::connect::{self, Connection};
use super::exit::{Exit, Stop};
use super::output::Output;
use super::wire::Document;
use crate::config::{Config, Paths};
use crate::domain::campaign::Campaign;
use crate::domain::values::secret_spans;
use crate::local::campaigns::{Campaigns, CampaignsError, Listing};
use crate::local::journal::LockError;
use crate::ops::campaign::{CampaignError, Desk, Running, seen};

#[derive(serde::Serialize)]
struct Meta {
    unreadable: Vec<String>,
}

/// Lists, starts, shows, goes on with or ends campaigns.
pub async fn run(
    args: &Args,
    paths: &Paths,
    profile: Option<&str>,
    config: Option<&Path>,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    match &args.command {
        None => list(&args.list, paths, output).await,
        Some(CampaignCommand::List(list_args)) => list(list_args, paths, output).await,
        Some(CampaignCommand::Start(start)) => start::run(start, paths, profile, config, output).await,
        Some(CampaignCommand::Show(args)) => show(args, paths, profile, config, output).await,
        Some(CampaignCommand::Run(args)) => run::run(args, false, (paths, profile, config), output).await,
        Some(CampaignCommand::Resume(args)) => run::run(args, true, (paths, profile, config), output).await,
        Some(CampaignCommand::End(args)) => end(args, paths, profile, config, output).await,
    }
}

/// What a campaign stands on, for the profile that is chosen.
fn desk(connection: &Connection, config: &Config, paths: &Paths) -> Desk {
    Desk {
        service: std::sync::Arc::clone(&connection.service),
        me: connection.me.clone(),
        profile: connection.profile.clone(),
        state: paths.state().to_owned(),
        saved: config.rotation.clone(),
    }
}

/// Refuses a name that holds a key's value.
fn without_value(name: &str) -> Result<(), Stop> {
    if secret_spans(name).is_empty() {
        return Ok(());
    }
    Err(Stop::usage(
        "the name holds a key's value, which others would see, and it now stands in this shell's history",
        "name campaigns by what they are about",
    ))
}

async fn list(args: &CampaignList, paths: &Paths, output: &mut Output) -> anyhow::Result<Exit> {
    let Listing { mut campaigns, unreadable } = Campaigns::of(paths.state()).all().await?;
    campaigns.retain(|one| args.over || one.over.is_none());
    let told: Vec<String> = unreadable.iter().map(ToString::to_string).collect();
    let now = chrono::Utc::now();
    if args.json {
        let data = campaigns.iter().map(|one| one.summary(now)).collect();
        output.json(&Document { data, meta: Meta { unreadable: told.clone() } });
    } else if campaigns.is_empty() && unreadable.is_empty() {
        output.say(if args.over { "there was no campaign yet" } else { "no campaign is open" });
    } else {
        tell::list(&campaigns, now, output);
    }
    for one in &told {
        output.say(one);
    }
    Ok(if unreadable.is_empty() { Exit::Done } else { Exit::Partly })
}

async fn show(
    args: &CampaignShow,
    paths: &Paths,
    profile: Option<&str>,
    config: Option<&Path>,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    without_value(&args.name)?;
    let kept = Campaigns::of(paths.state()).find(&args.name).await?;
    let (campaign, now) = if args.recorded || kept.over.is_some() {
        (kept, chrono::Utc::now())
    } else {
        let (config, session) = connect::choose(paths, profile, config).await?;
        let connection = Connection::open(session, output).await?;
        (look(&connection, &config, paths, kept, output).await?, connection.now())
    };
    if args.json {
        tell::json(&campaign, now, output);
    } else if args.csv {
        tell::csv(&campaign, output);
    } else if args.markdown {
        output.text(&campaign.markdown(now));
    } else {
        tell::board(&campaign, now, output);
        if args.keys {
            output.line("");
            tell::keys(&campaign, output);
        }
    }
    Ok(Exit::Done)
}

/// A campaign held against the server. It goes on the record, unless another process is at it.
async fn look(
    connection: &Connection,
    config: &Config,
    paths: &Paths,
    kept: Campaign,
    output: &mut Output,
) -> Result<Campaign, CampaignError> {
    match Running::take_up(desk(connection, config, paths), &kept.id, false).await {
        Ok(mut running) => {
            running.look().await?;
            Ok(running.campaign().clone())
        }
        Err(CampaignError::Record(CampaignsError::Lock(error @ LockError::Taken(..)))) => {
            output.say(&error.to_string());
            seen(&desk(connection, config, paths), kept).await
        }
        Err(error) => Err(error),
    }
}

async fn end(
    args: &CampaignEnd,
    paths: &Paths,
    profile: Option<&str>,
    config: Option<&Path>,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    without_value(&args.name)?;
    let kept = open(&args.name, paths).await?;
    let (config, session) = connect::choose(paths, profile, config).await?;
    let connection = Connection::open(session, output).await?;
    let mut running = Running::take_up(desk(&connection, &config, paths), &kept.id, false).await?;
    // its last word is how the keys stand now
    running.look().await?;
    if running.campaign().over.is_none() {
        running.end().await?;
    }
    let now = connection.now();
    if args.json {
        tell::json(running.campaign(), now, output);
    } else {
        tell::board(running.campaign(), now, output);
    }
    Ok(Exit::Done)
}

/// A campaign that is not over, by its name or id.
async fn open(name: &str, paths: &Paths) -> anyhow::Result<Campaign> {
    let kept = Campaigns::of(paths.state()).find(name).await?;
    if kept.over.is_some() {
        return Err(CampaignsError::Over { name: kept.opened.name.to_string() }.into());
    }
    Ok(kept)
}
