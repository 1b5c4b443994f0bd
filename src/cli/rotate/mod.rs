//! `keydeck rotate` and `keydeck rotations`: the same machine and executor as the console's wizard.

mod drive;
mod given;
mod list;
mod plan;
mod select;
mod take_out;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;

use super::args::{Done, Rotate, Rotations, RotationsCommand};
use super::confirm;
use super::connect::{self, Connection};
use super::exit::{Exit, Stop};
use super::named;
use super::output::Output;
use super::signals::Signals;
use super::{rows, value};
use crate::client::{
    self,
    error::{ErrorKind, ServiceError},
};
use crate::config::{Config, Paths};
use crate::domain::bulk::Confirmation;
use crate::domain::key::Key;
use crate::domain::rotation::{CheckKind, OldKey, Rotation, Sink, Verdict};
use crate::domain::secret::Secret;
use crate::domain::time::Time;
use crate::domain::values::single;
use crate::local::escrow::Escrow;
use crate::local::journal::{Journal, Listing};
use crate::local::program::Tools;
use crate::ops::rotate::batch::Batch;
use crate::ops::rotate::{Executor, HandOver};
use crate::ops::variables;
use drive::{Drive, Ended};

/// The one who prints, shared by what is told and what is handed over.
pub struct Printer<'a>(Mutex<&'a mut Output>);

impl<'a> Printer<'a> {
    pub fn new(output: &'a mut Output) -> Self {
        Self(Mutex::new(output))
    }

    pub fn with<T>(&self, print: impl FnOnce(&mut Output) -> T) -> T {
        print(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub fn say(&self, text: &str) {
        self.with(|output| output.say(text));
    }
}

#[async_trait]
impl HandOver for Printer<'_> {
    async fn hand_over(&self, sink: &Sink, value: &Secret) -> Result<(), String> {
        if *sink != Sink::Print {
            return Err("the command line has no clipboard: use --print-secret, or the console".to_owned());
        }
        self.with(|output| {
            output.line(value.expose());
            output.arrived().then_some(()).ok_or_else(|| "standard output takes nothing any more".to_owned())
        })
    }
}

/// What rotations stand on, for the profile that is chosen.
pub async fn executor<'a>(
    connection: Connection,
    config: &Config,
    paths: &Paths,
    printer: &'a Printer<'a>,
) -> anyhow::Result<Executor<'a>> {
    let (permit, tools) = (Arc::new(connection.permit?), Tools::default());
    let sinks = variables::places(&tools, &connection.service, Some(&permit));
    Ok(Executor {
        service: connection.service,
        permit,
        journal: Journal::open(paths.state()).await?,
        escrow: Escrow::open(paths.state(), &config.escrow)?,
        sinks,
        tools,
        hand_over: printer,
    })
}

/// Rotates keys by their ids.
pub async fn run(
    args: &Rotate,
    paths: &Paths,
    profile: Option<&str>,
    config: Option<&Path>,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    named::check(&args.ids)?;
    let passed = plan::check(args)?;
    if args.print_secret && !args.how.dry_run {
        value::can_be_printed("nothing was changed")?;
    }
    if !args.how.yes && !args.how.dry_run {
        confirm::can_be_asked()?;
    }
    let query = args.filter.as_deref().map(rows::query).transpose()?;
    let ids = named::given(&args.ids)?;
    let (config, session) = connect::choose_to_change(paths, profile, config, args.how.dry_run).await?;
    let connection = Connection::open(session, output).await?;
    let settings = connection.service.settings().await.ok();
    let now = connection.now();
    let keys = if let Some(query) = &query {
        let choice = select::Choice { query, args, config: &config, settings: settings.as_ref(), now };
        choice.keys(&connection, paths, output).await?
    } else {
        let (keys, missing) = named::find(&ids, &connection).await?;
        if let Some(id) = missing.first() {
            return Err(Stop::failed(
                format!("no key that you may see has the id {id}: nothing was changed"),
                "give ids as keydeck list prints them",
            )
            .into());
        }
        keys
    };
    if keys.is_empty() {
        output.say("there is nothing to rotate");
        let (present, can) = (connection.service.clock().present(), connection.service.capabilities());
        return Ok(list::end(&[], present, can, args.how.json, output));
    }
    let mut plans = Vec::new();
    for key in &keys {
        let plan = plan::of((args, &passed), key, &config, settings.as_ref(), now)?;
        plan::told_to_somebody(&plan, key, connection.service.capabilities())?;
        plans.push((plan, OldKey::of(key, connection.me.own_key.as_ref())));
    }
    let mut batch = Batch::of(plans, &connection.profile, &*connection.service, now)?;
    let rotations: Vec<&Rotation> = batch.rotations().collect();
    let review = plan::review(&rotations, &connection, now);
    let others = select::open_rotations(paths).await;
    if args.how.dry_run {
        return plan::dry_run(&rotations, &review, &connection, (&args.waived, &others, args.how.json), output).await;
    }
    let wanted = confirmation(&keys, connection.production, now);
    if !args.how.yes {
        for line in &review {
            output.say(line);
        }
        // what the places hold is part of what is agreed to
        let mut stops = false;
        for rotation in &rotations {
            for check in plan::foreseen(&connection, rotation, &args.waived, &others).await? {
                stops |= check.stops();
                if check.verdict != Verdict::Fine || matches!(check.kind, CheckKind::Holds(_)) {
                    output.say(&plan::told(rotation, &check));
                }
            }
        }
        if stops {
            return Err(
                Stop::failed("a check fails: nothing was changed", "see to what ✗ marks, then try again").into()
            );
        }
        confirm::ask("rotate", wanted, output)?;
    }
    let signals = Signals::catch()?;
    let printer = Printer::new(output);
    let can = connection.service.capabilities().clone();
    let executor = executor(connection, &config, paths, &printer).await?;
    let policy = Drive {
        yes: args.how.yes,
        waived: args.waived.clone(),
        by_plan: true,
        ..Drive::of(&executor, &printer, &signals, paths)
    };
    let mut ways = Vec::new();
    for at in 0..batch.members.len() {
        let how = if signals.stop.is_cancelled() { Ok(Ended::NotStarted) } else { policy.start(&mut batch, at).await };
        ways.push(match how {
            Err(error) if batch.members.len() == 1 => return Err(error),
            how => how.unwrap_or_else(|error| Ended::of_error(&error)),
        });
    }
    let ended: Vec<(Rotation, Ended)> = batch.members.into_iter().map(|member| member.rotation).zip(ways).collect();
    Ok(printer.with(|output| list::end(&ended, executor.present(), &can, args.how.json, output)))
}

/// What must be typed: the same as to revoke them, since that is where it leads.
fn confirmation(keys: &[Key], production: bool, now: Time) -> Confirmation {
    let in_use = keys.iter().any(|key| key.used_within_a_day(now));
    let all: Vec<&Key> = keys.iter().collect();
    confirm::wanted(&all, in_use, production)
}

/// Lists, resumes, takes back or gives up rotations.
pub async fn rotations(
    args: &Rotations,
    paths: &Paths,
    profile: Option<&str>,
    config: Option<&Path>,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    match &args.command {
        None => list::run(&args.list, paths, output).await,
        Some(RotationsCommand::List(list)) => list::run(list, paths, output).await,
        Some(RotationsCommand::Show(show)) => {
            named::check(std::slice::from_ref(&show.id))?;
            list::show(&show.id, paths, output).await
        }
        Some(RotationsCommand::Value(value)) => {
            named::check(std::slice::from_ref(&value.id))?;
            take_out::run(value, paths, config, output).await
        }
        Some(command) => change(command, paths, profile, config, output).await,
    }
}

async fn change(
    command: &RotationsCommand,
    paths: &Paths,
    profile: Option<&str>,
    config: Option<&Path>,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    let (yes, json, ids, all) = match command {
        RotationsCommand::Resume(args) => (args.yes, args.json, args.ids.clone(), args.all),
        RotationsCommand::Rollback(args) => (args.yes, args.json, vec![args.id.clone()], false),
        RotationsCommand::Abandon(args) => (args.yes, args.json, vec![args.id.clone()], false),
        RotationsCommand::List(_) | RotationsCommand::Show(_) | RotationsCommand::Value(_) => return Ok(Exit::Done),
    };
    let ids = named::given(&ids)?;
    let asks = matches!(command, RotationsCommand::Rollback(_) | RotationsCommand::Abandon(_));
    if asks && !yes {
        confirm::can_be_asked()?;
    }
    let (config, session) = connect::choose_to_change(paths, profile, config, false).await?;
    if let RotationsCommand::Resume(args) = command {
        plan::without_values(args.end_overlap.iter().chain(&args.waived))?;
        plan::known_checks(&args.waived)?;
    }
    // a way back needs the old key, which is to work in the end
    let forward = matches!(command, RotationsCommand::Resume(_));
    let moved = if forward { select::moved_key(&client::open(&session)?, &config, paths).await } else { None };
    let connection = match Connection::open_with(session, moved, output).await {
        Err(error) if error.kind == ErrorKind::Unauthenticated => return Err(locked_out(error, paths).await),
        connection => connection?,
    };
    let (address, me) = (connection.service.address(), connection.me.clone());
    let signals = Signals::catch()?;
    let printer = Printer::new(output);
    let can = connection.service.capabilities().clone();
    let executor = executor(connection, &config, paths, &printer).await?;
    let mut broken = false;
    let ids = if all {
        let Listing { rotations, unreadable } = executor.journal.open_rotations().await?;
        for one in &unreadable {
            printer.say(&list::with_hint(one));
        }
        broken |= !unreadable.is_empty();
        rotations.into_iter().filter(|one| one.address == address).map(|one| one.id.0).collect()
    } else {
        ids
    };
    let drive = answering(command, all, Drive { yes, ..Drive::of(&executor, &printer, &signals, paths) })?;
    let mut ended = Vec::new();
    for id in &ids {
        if signals.stop.is_cancelled() {
            break;
        }
        let (mut rotation, lock) = match executor.resume(id).await {
            Ok(resumed) => resumed,
            // one that is held by another process does not keep the others from going on
            Err(error) if all => {
                printer.say(&format!("{id}: {error}"));
                broken = true;
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        if rotation.address != address {
            return Err(Stop::usage(
                format!("the rotation {} is of profile {}, at {}", rotation.id, rotation.profile, rotation.address),
                format!("pass --profile {}", rotation.profile),
            )
            .into());
        }
        // a key that a person wrote down may be another's, and a service's is any admin's to rotate
        let by_hand = rotation.plan.abilities.by_hand.is_some();
        if rotation.old.owner != me.id && !me.is_admin() && !by_hand && !matches!(command, RotationsCommand::Abandon(_))
        {
            return Err(Stop::usage(
                format!(
                    "the rotation {} is of another user's key, begun with profile {}",
                    rotation.id, rotation.profile
                ),
                format!("pass --profile {}", rotation.profile),
            )
            .into());
        }
        let how = match command {
            RotationsCommand::Rollback(args) => drive.roll_back(&mut rotation, args.done).await,
            RotationsCommand::Abandon(args) => drive.abandon(&mut rotation, args.lose_value).await,
            _ => drive.resume(&mut rotation).await,
        };
        let how = match how {
            Err(error) if !all => return Err(error),
            how => how.unwrap_or_else(|error| Ended::of_error(&error)),
        };
        drop(lock);
        ended.push((rotation, how));
    }
    let exit = printer.with(|output| list::end(&ended, executor.present(), &can, json, output));
    Ok(if broken { Exit::Partly } else { exit })
}

/// How questions are answered on the way that `command` goes, with many rotations where it is for `all`.
fn answering<'a>(command: &RotationsCommand, all: bool, mut drive: Drive<'a>) -> Result<Drive<'a>, Stop> {
    drive.no_print = if all {
        // nobody may be reading what a timer prints
        Some("its new value is to be printed, which is done when it is resumed by its id".to_owned())
    } else {
        value::can_be_printed("resume it where it leads somewhere").err().map(|stop| stop.to_string())
    };
    if let RotationsCommand::Rollback(args) = command {
        drive.again = args.again;
        drive.agree = args.agree;
        drive.leave_places.clone_from(&args.leave_places);
    }
    if let RotationsCommand::Resume(args) = command {
        drive.by_hand = args.done.contains(&Done::Now);
        if args.value {
            let text = super::input::read()?;
            let value =
                single(&text).map_err(|why| Stop::usage(format!("--value: {why}"), "pipe one value into it"))?;
            drive.given = Mutex::new(Some(value));
        }
        let line = |done: &Done| if let Done::Line(number) = done { Some(*number) } else { None };
        drive.ticked = args.done.iter().filter_map(line).collect();
        drive.agree = args.agree;
        drive.again = args.again;
        drive.forward = args.forward;
        drive.end_overlap.clone_from(&args.end_overlap);
        drive.waived.clone_from(&args.waived);
    }
    Ok(drive)
}

/// What to do when the profile's credential is refused: it may be a key that a rotation has taken away.
async fn locked_out(error: ServiceError, paths: &Paths) -> anyhow::Error {
    let Ok(journal) = Journal::open(paths.state()).await else { return error.into() };
    let Ok(Listing { rotations, .. }) = journal.open_rotations().await else { return error.into() };
    let address = error.asked.address.as_str();
    let Some(rotation) = rotations.iter().find(|one| one.old.own && one.new.is_some() && one.address == address) else {
        return error.into();
    };
    let places: Vec<String> = rotation.plan.sinks.iter().map(ToString::to_string).collect();
    Stop::denied(
        format!("{error}; keydeck itself used the key that the rotation {} takes away", rotation.id),
        format!(
            "put the new value, which is in {}, where profile {} finds it, or into KEYDECK_API_KEY",
            places.join(", "),
            rotation.profile
        ),
    )
    .into()
}
