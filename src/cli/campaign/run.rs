//! Going on with a campaign: what its waves and rotations come to is told as it happens.

use std::path::Path;

use super::{desk, open, tell, without_value};
use crate::cli::args::CampaignRun;
use crate::cli::confirm;
use crate::cli::connect::{self, Connection};
use crate::cli::exit::{Exit, Stop};
use crate::cli::output::Output;
use crate::cli::rotate::{self, Printer};
use crate::cli::signals::Signals;
use crate::config::{Config, Paths};
use crate::domain::bulk::Confirmation;
use crate::domain::campaign::{Campaign, Next, State};
use crate::domain::time::Time;
use crate::ops::campaign::{Limits, Ran, Running};

/// Goes on with a campaign; `resumed`: a person looked at what had failed.
pub async fn run(
    args: &CampaignRun,
    resumed: bool,
    (paths, profile, config): (&Paths, Option<&str>, Option<&Path>),
    output: &mut Output,
) -> anyhow::Result<Exit> {
    without_value(&args.name)?;
    if args.json && !args.yes {
        return Err(Stop::usage("--json has nobody to ask", "pass --yes").into());
    }
    if !args.yes {
        confirm::can_be_asked()?;
    }
    let kept = open(&args.name, paths).await?;
    if let Some(stopped) = kept.stopped.as_ref().filter(|_| !resumed) {
        let key = kept.members[stopped.key].subject.name.marked().into_owned();
        return Err(Stop::failed(
            format!("the campaign stopped when {key} failed: {}", stopped.why),
            format!(
                "look at it, then keydeck campaign resume '{}' goes on with the others",
                kept.opened.name.visible()
            ),
        )
        .into());
    }
    let (config, session) = connect::choose_to_change(paths, profile, config, false).await?;
    let connection = Connection::open(session, output).await?;
    let mut running = Running::take_up(desk(&connection, &config, paths), &kept.id, resumed).await?;
    running.look().await?;
    if !args.yes {
        ask(running.campaign(), &connection, output)?;
    }
    let exit = go(&mut running, connection, (&config, paths), args.waves, output).await?;
    if args.json {
        tell::json(running.campaign(), running.now(), output);
    } else {
        tell::board(running.campaign(), running.now(), output);
    }
    Ok(exit)
}

/// Asks whether what would be rotated now is to be, where anything would.
fn ask(campaign: &Campaign, connection: &Connection, output: &mut Output) -> anyhow::Result<()> {
    let ready = campaign.ready();
    if ready.is_empty() {
        return Ok(());
    }
    for number in &ready {
        let subject = &campaign.members[*number].subject;
        output.say(&format!("Rotate {} ({}) of {}", subject.name.marked(), subject.id, subject.owner.marked()));
    }
    output.say(&format!("at {} ({})", campaign.opened.address, connection.named()));
    let wanted = match ready.as_slice() {
        [one] if connection.production => Confirmation::of_one(&campaign.members[*one].subject.masked),
        [_] => Confirmation::Yes,
        several => Confirmation::Count(several.len()),
    };
    confirm::ask("rotate", wanted, output)
}

/// Goes on as far as it goes, and says how the command ends.
pub async fn go(
    running: &mut Running,
    connection: Connection,
    (config, paths): (&Config, &Paths),
    waves: Option<usize>,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    // what nothing is to be rotated of needs no place to keep values in
    if matches!(running.campaign().next(), Next::Rest | Next::Over | Next::Close) {
        return Ok(exit(running.campaign(), running.now()));
    }
    let signals = Signals::catch()?;
    let printer = Printer::new(output);
    let executor = rotate::executor(connection, config, paths, &printer).await?;
    let stop = || signals.stop.is_cancelled();
    let mut told = |campaign: &Campaign, key: Option<usize>| {
        if let Some(member) = key.and_then(|key| campaign.members.get(key)) {
            let (name, state) = (member.subject.name.marked(), member.standing.state());
            printer.say(&format!("{name}: {}: {}", state.words(), member.standing.says()));
        } else if campaign.over.is_none() {
            printer.say(&format!("wave {}", campaign.waves));
        }
    };
    let ran = running.go(&executor, &Limits { waves, stop: &stop }, &mut told).await?;
    if ran == Ran::Halted && stop() {
        printer.say("stopped; keydeck campaign run goes on from here");
        return Ok(Exit::Partly);
    }
    Ok(exit(running.campaign(), running.now()))
}

/// How a command ends that went on with it: with what needs somebody, or is late, not all is done; with what is waited for it
/// is.
fn exit(campaign: &Campaign, now: Time) -> Exit {
    if campaign.stopped.is_some() || campaign.is_overdue(now) || campaign.count(State::Needs) > 0 {
        Exit::Partly
    } else {
        Exit::Done
    }
}
