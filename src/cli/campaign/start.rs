//! Starting a campaign: which keys, whose, how old, and what would become of each, before anything is agreed.

use std::path::Path;

use super::{desk, run as running, tell, without_value};
use crate::cli::args::CampaignStart;
use crate::cli::connect::{self, Connection};
use crate::cli::exit::{Exit, Stop};
use crate::cli::output::Output;
use crate::cli::table::{Header, Narrow, lines};
use crate::cli::wire::{Document, DryRun};
use crate::cli::{confirm, foresee, input, rows};
use crate::client::capabilities::Capability;
use crate::config::Paths;
use crate::domain::campaign::{self, LARGEST_WAVE, Opened, Subject, Turn, WAVE};
use crate::domain::filter::Query;
use crate::domain::ids::KeyId;
use crate::domain::key::Key;
use crate::domain::key_fields;
use crate::domain::time::{Time, When, exact, past};
use crate::domain::untrusted::Untrusted;
use crate::ops::campaign::{Running, World};
use crate::system::user;

/// How many keys may be rotated from here without being told a number.
const MAX: usize = 100;

const COLUMNS: &[Header] = &[
    ("name", Narrow::Shrinks),
    ("owner", Narrow::Shrinks),
    ("value made", Narrow::Never),
    ("what becomes of it", Narrow::Shrinks),
    ("id", Narrow::Never),
];

/// A key as scripts see it before a campaign begins.
#[derive(serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    id: KeyId,
    name: Untrusted,
    owner: Untrusted,
    value_created_at: When,
    /// `here`, `owner` or `somebody`.
    rotated_by: &'static str,
    says: String,
}

/// A key that was chosen, and whose turn it is with it.
struct Chosen<'a> {
    key: &'a Key,
    turn: Turn,
    /// The places that its new value goes to, in words.
    places: String,
}

impl Chosen<'_> {
    fn says(&self) -> String {
        match &self.turn {
            Turn::Ours => format!("rotated from here, into {}", self.places),
            Turn::Owner => "watched: its owner rotates it".to_owned(),
            Turn::Person { why, run } => format!("needs somebody: {why}: {run}"),
        }
    }

    fn row(&self) -> Row {
        let subject = Subject::of(self.key);
        let rotated_by = match self.turn {
            Turn::Ours => "here",
            Turn::Owner => "owner",
            Turn::Person { .. } => "somebody",
        };
        Row {
            id: subject.id,
            name: subject.name,
            owner: subject.owner,
            value_created_at: subject.value_created,
            rotated_by,
            says: self.says(),
        }
    }

    fn cells(&self, now: Time) -> Vec<String> {
        let row = self.row();
        vec![
            row.name.marked().into_owned(),
            row.owner.marked().into_owned(),
            past(&row.value_created_at, now),
            row.says,
            row.id.to_string(),
        ]
    }
}

/// What the command line alone shows to be wrong, and the filter as text and as a query.
fn check(args: &CampaignStart) -> anyhow::Result<(String, Query)> {
    without_value(&args.name)?;
    key_fields::name(&args.name).map_err(|why| Stop::usage(format!("the name: {why}"), "1–255 characters"))?;
    if args.wave.is_some_and(|wave| !(1..=LARGEST_WAVE).contains(&wave)) {
        return Err(Stop::usage("--wave is out of bounds", format!("write 1 to {LARGEST_WAVE}")).into());
    }
    // what is no date at all is told before anything is asked
    campaign::by(&args.by, Time::UNIX_EPOCH).map_err(|why| wrong_date(&why))?;
    if args.json && !args.yes && !args.dry_run {
        return Err(Stop::usage("--json has nobody to ask", "pass --yes, or --dry-run to look").into());
    }
    if !args.yes && !args.dry_run {
        confirm::can_be_asked()?;
    }
    let text = if args.filter == "-" {
        let typed = input::read()?;
        let text = typed.trim().to_owned();
        if text.is_empty() {
            let hint = "pipe a filter into it; an empty one is written --filter ''";
            return Err(Stop::usage("standard input holds no filter", hint).into());
        }
        text
    } else {
        args.filter.clone()
    };
    let query = rows::query(&text)?;
    if query.has_secret() {
        return Err(Stop::usage(
            "the filter holds a key's value, and a campaign keeps its filter",
            "find the key with keydeck show -, then filter by its name or id",
        )
        .into());
    }
    Ok((text, query))
}

fn wrong_date(why: &str) -> Stop {
    Stop::usage(format!("--by: {why}"), "write a date as 2027-06-30, or 30d")
}

/// Whether the team's keys are looked at; says why not, where that is not asked for.
fn team(args: &CampaignStart, connection: &Connection, output: &mut Output) -> bool {
    if args.mine {
        return false;
    }
    if let Some(why) = connection.service.capabilities().why_not(Capability::TeamKeys) {
        output.say(&format!("only your own keys are looked at: {why}"));
        return false;
    }
    if !connection.me.is_admin() {
        output.say("only your own keys are looked at: the team's are for admins");
        return false;
    }
    true
}

/// Shows, asks, fixes the list, and rotates what is rotated from here.
pub async fn run(
    args: &CampaignStart,
    paths: &Paths,
    profile: Option<&str>,
    config: Option<&Path>,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    let (filter, query) = check(args)?;
    // one that begins no wave sends nothing
    let only_watches = args.dry_run || args.waves == Some(0);
    let (config, session) = connect::choose_to_change(paths, profile, config, only_watches).await?;
    let connection = Connection::open(session, output).await?;
    let now = connection.now();
    let by = campaign::by(&args.by, now).map_err(|why| wrong_date(&why))?;
    let desk = desk(&connection, &config, paths);
    let team = team(args, &connection, output);
    let world = World::read(&desk, team).await?;
    let (alive, dead) = world.chosen(&query, &desk);
    if dead > 0 {
        output.say(&format!("{} left out: they work no more, so there is nothing to rotate", confirm::keys(dead)));
    }
    if alive.is_empty() {
        return Err(
            Stop::failed("no key that works matches: nothing was begun", "look with keydeck list --filter").into()
        );
    }
    let chosen: Vec<Chosen<'_>> = alive
        .into_iter()
        .map(|key| {
            let (turn, saved) = world.turn(key, &desk);
            let places = saved.map(|saved| saved.sinks.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "));
            Chosen { key, turn, places: places.unwrap_or_default() }
        })
        .collect();
    let ours: Vec<&Key> = chosen.iter().filter(|one| one.turn == Turn::Ours).map(|one| one.key).collect();
    let max = args.max.unwrap_or(MAX);
    if ours.len() > max {
        return Err(Stop::usage(
            format!("{} to be rotated from here are more than {max}: nothing was begun", confirm::keys(ours.len())),
            format!("look with --dry-run, then pass --max {} if all of them are meant", ours.len()),
        )
        .into());
    }
    if !args.json && (args.dry_run || !args.yes) {
        review(args, &chosen, (&connection, by, now), output);
    }
    if args.dry_run {
        if args.json {
            output.json(&Document { data: chosen.iter().map(Chosen::row).collect(), meta: DryRun::new() });
        }
        output.say("nothing was begun: this was a dry run");
        let exit = foresee::end(&connection, None, Exit::Done, output);
        return Ok(if ours.is_empty() { Exit::Done } else { exit });
    }
    if !args.yes && !ours.is_empty() {
        let in_use = ours.iter().any(|key| key.used_within_a_day(now));
        confirm::ask("rotate", confirm::wanted(&ours, in_use, connection.production), output)?;
    }
    let opened = Opened {
        name: args.name.as_str().into(),
        filter,
        by,
        wave: args.wave.unwrap_or(WAVE),
        profile: connection.profile.clone(),
        production: connection.production,
        address: connection.service.address(),
        user: connection.me.id,
        user_name: connection.me.name.clone(),
        started_by: user().into(),
        team,
        keys: chosen.iter().map(|one| Subject::of(one.key)).collect(),
    };
    let mut begun = Running::begin(desk, opened).await?;
    begun.look().await?;
    let exit = if args.waves == Some(0) {
        Exit::Done
    } else {
        running::go(&mut begun, connection, (&config, paths), args.waves, output).await?
    };
    if args.json {
        tell::json(begun.campaign(), begun.now(), output);
    } else {
        tell::board(begun.campaign(), begun.now(), output);
    }
    Ok(exit)
}

/// The keys as they are now, and what becomes of each: what is agreed to.
fn review(
    args: &CampaignStart,
    chosen: &[Chosen<'_>],
    (connection, by, now): (&Connection, Time, Time),
    output: &mut Output,
) {
    let ours = chosen.iter().filter(|one| one.turn == Turn::Ours).count();
    let needing = chosen.iter().filter(|one| matches!(one.turn, Turn::Person { .. })).count();
    let owners: std::collections::HashSet<_> = chosen.iter().map(|one| one.key.owner_id).collect();
    output.line(&format!(
        "Campaign {} at {} ({}): {} of {} owners, by {}",
        Untrusted::from(args.name.as_str()).marked(),
        connection.service.address(),
        connection.named(),
        confirm::keys(chosen.len()),
        owners.len(),
        exact(by)
    ));
    output.line(&format!(
        "{ours} rotated from here, one first, then {} a wave; {needing} need somebody; {} watched",
        args.wave.unwrap_or(WAVE),
        chosen.len() - ours - needing
    ));
    for line in lines(COLUMNS, chosen.iter().map(|one| one.cells(now)), Output::width()) {
        output.line(&line);
    }
}
