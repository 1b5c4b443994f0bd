//! `keydeck changes`: changes of many keys that were cut short are listed, gone on with, or forgotten.

use std::path::Path;

use chrono::Utc;
use serde::Serialize;

use super::args::{Changes as Args, ChangesCommand, ChangesForget, ChangesList, ChangesResume};
use super::bulk::report::{Named, Report};
use super::bulk::send::{Sending, send};
use super::bulk::{confirmation, needs, review};
use super::connect::{self, Connection};
use super::exit::{Exit, Stop};
use super::output::Output;
use super::table::{Header, Narrow, lines};
use super::wire::Document;
use super::{confirm, foresee, named, rows};
use crate::client::WritePermit;
use crate::config::Paths;
use crate::domain::bulk::Plan;
use crate::domain::changes::{Change, ReadBack, Stand, is_open};
use crate::domain::deed::Deed;
use crate::domain::time::{exact, wire};
use crate::local::journal::changes::{Changes, Held};
use crate::local::journal::{Journal, JournalError};
use crate::ops::bulk::RecordError;
use crate::ops::bulk::resume::read_back;

const COLUMNS: &[Header] = &[
    ("change", Narrow::Never),
    ("what", Narrow::Shrinks),
    ("profile", Narrow::Shrinks),
    ("state", Narrow::Shrinks),
    ("began", Narrow::Never),
];

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row<'a> {
    id: &'a str,
    action: &'static str,
    state: &'static str,
    profile: &'a str,
    address: &'a str,
    user_id: i64,
    started_at: String,
    /// Who has the keys once they are handed over.
    #[serde(skip_serializing_if = "Option::is_none")]
    recipient_id: Option<i64>,
    keys: usize,
    done: usize,
    under_way: usize,
    left: usize,
    refused: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    process: Option<u32>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Meta {
    unreadable: Vec<String>,
}

/// Lists changes, goes on with some, or forgets some.
pub async fn run(
    args: &Args,
    paths: &Paths,
    profile: Option<&str>,
    config: Option<&Path>,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    match &args.command {
        None => list(&args.list, paths, output).await,
        Some(ChangesCommand::List(args)) => list(args, paths, output).await,
        Some(ChangesCommand::Forget(args)) => forget(args, paths, output).await,
        Some(ChangesCommand::Resume(args)) => resume(args, paths, profile, config, output).await,
    }
}

/// Lists; asks no server.
async fn list(args: &ChangesList, paths: &Paths, output: &mut Output) -> anyhow::Result<Exit> {
    let (now, there) = (Utc::now(), Journal::is_there(paths.state()));
    let Changes { changes, unreadable } = match there {
        false => Changes::default(),
        true if args.over => Journal::open(paths.state()).await?.all_changes(now).await?,
        true => Journal::open(paths.state()).await?.open_changes(now).await?,
    };
    let told: Vec<String> = unreadable.iter().map(|one| format!("{one}. {}", one.hint())).collect();
    if args.json {
        let rows = changes.iter().map(|(change, held)| row(change, held)).collect();
        output.json(&Document { data: rows, meta: Meta { unreadable: told.clone() } });
    } else if changes.is_empty() && unreadable.is_empty() {
        output.say(if args.over { "there was no change yet" } else { "nothing was cut short" });
    } else {
        let cells = |(change, held): &(Change, Held)| {
            let state = match (held, change.is_over) {
                (Held::By(Some(who)), _) => format!("under way: {who}"),
                (Held::By(None), _) => "under way".to_owned(),
                (Held::No, true) => format!("over: {}", change.stand_in_words()),
                (Held::No, false) => change.stand_in_words(),
            };
            vec![change.id.to_string(), change.words(), change.about.profile.clone(), state, exact(change.started)]
        };
        for line in lines(COLUMNS, changes.iter().map(cells), Output::width()) {
            output.line(&line);
        }
    }
    for one in &told {
        output.say(one);
    }
    Ok(if unreadable.is_empty() { Exit::Done } else { Exit::Partly })
}

fn row<'a>(change: &'a Change, held: &Held) -> Row<'a> {
    let Stand { done, under_way, left, refused } = change.stand();
    Row {
        id: &change.id.0,
        action: change.about.deed.word(),
        state: match held {
            Held::By(_) => "underWay",
            Held::No if change.is_over => "over",
            Held::No => "cutShort",
        },
        profile: &change.about.profile,
        address: &change.about.address,
        user_id: change.about.user.0,
        started_at: wire(change.started),
        recipient_id: change.about.deed.recipient().map(|to| to.0),
        keys: change.items.len(),
        done,
        under_way,
        left,
        refused,
        process: match held {
            Held::By(holder) => holder.as_ref().map(|holder| holder.pid),
            Held::No => None,
        },
    }
}

/// Forgets; asks no server.
async fn forget(args: &ChangesForget, paths: &Paths, output: &mut Output) -> anyhow::Result<Exit> {
    named::check(&args.ids)?;
    let journal = journal(paths, &args.ids).await?;
    for wanted in &args.ids {
        let id = journal.find_change(wanted).await?;
        // one that another process is at is not forgotten under its hands
        let _lock = journal.lock_change(&id, Utc::now()).map_err(RecordError::from)?;
        journal.forget_change(&id).await?;
        output.say(&format!("{id} is forgotten: its keys stay as they are"));
    }
    Ok(Exit::Done)
}

/// The journal; one that was never begun is not begun for a look into it.
async fn journal(paths: &Paths, wanted: &[String]) -> Result<Journal, JournalError> {
    if Journal::is_there(paths.state()) {
        return Journal::open(paths.state()).await;
    }
    let wanted = wanted.first().cloned().unwrap_or_default();
    Err(JournalError::NoSuchChange { wanted: crate::domain::untrusted::visible(&wanted).into_owned() })
}

async fn resume(
    args: &ChangesResume,
    paths: &Paths,
    profile: Option<&str>,
    config: Option<&Path>,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    named::check(&args.ids)?;
    if !args.how.yes && !args.how.dry_run {
        confirm::can_be_asked()?;
    }
    let session = connect::choose_to_change(paths, profile, config, args.how.dry_run).await?.1;
    let mut found = Vec::new();
    let mut journal_there = None;
    if !args.all || Journal::is_there(paths.state()) {
        let journal = journal(paths, &args.ids).await?;
        for wanted in &args.ids {
            found.push(journal.find_change(wanted).await?);
        }
        journal_there = Some(journal);
    }
    let connection = Connection::open(session, output).await?;
    let mut broken = false;
    if let Some(journal) = journal_there.as_ref().filter(|_| args.all) {
        let Changes { changes, unreadable } = journal.open_changes(connection.now()).await?;
        for one in &unreadable {
            output.say(&format!("{one}. {}", one.hint()));
            broken = true;
        }
        let (address, me) = (connection.service.address(), connection.me.id);
        let mine = changes.into_iter().filter(|(change, held)| *held == Held::No && change.is_of(&address, me));
        found.extend(mine.map(|(change, _)| change.id));
    }
    let mut read = Vec::new();
    for id in &found {
        let journal = journal_there.as_ref().ok_or_else(|| JournalError::NoSuchChange { wanted: id.0.clone() })?;
        let before = journal.change(id).await?;
        is_ours(&before, &connection)?;
        let own = connection.me.own_key.as_ref();
        let after = read_back(&*connection.service, journal, id, own, connection.now()).await?;
        output.say(&format!("{id}: {}: {}", before.words(), before.stand_in_words()));
        read.push((before, after));
    }
    let items = read.iter().flat_map(|(before, _)| &before.items);
    let mut report = Report::named(
        items.map(|item| (item.id.clone(), Named { name: item.name.clone(), masked: item.masked.clone() })),
        args.how.json,
    );
    let mut unseen = false;
    for (before, after) in &read {
        for (was, is) in before.items.iter().zip(&after.change.items) {
            if (is_open(&was.outcome) || was.outcome.may_retry()) && is.outcome.is_done() {
                report.done(&is.id, is.outcome.clone(), output);
            }
        }
        if let Some(why) = &after.unseen {
            output.say(&format!("{}: not all of its keys could be looked at: {why}", after.change.id));
            unseen = true;
        }
        go_on(after, args, (paths, &connection), &mut report, output).await?;
    }
    if read.is_empty() {
        output.say("nothing was cut short");
    }
    if args.how.dry_run {
        let exit = report.end_of_dry_run(output);
        let exit = if broken || unseen { Exit::Partly } else { exit };
        return Ok(foresee::end(&connection, None, exit, output));
    }
    let exit = report.end(0, output);
    Ok(if broken || unseen { Exit::Partly } else { exit })
}

/// Sends what is left of a change.
async fn go_on(
    read: &ReadBack,
    args: &ChangesResume,
    (paths, connection): (&Paths, &Connection),
    report: &mut Report,
    output: &mut Output,
) -> anyhow::Result<()> {
    let about = &read.change.about;
    let mut plan = Plan::new(read.left.iter().cloned(), connection.me.own_key.as_ref(), connection.now());
    plan.include_own = args.include_self || about.deed == Deed::Enable;
    if let Some(to) = about.deed.recipient() {
        plan.recipient = rows::names(connection).await?.user(to).cloned();
    }
    if let Some(own) = plan.own.as_ref().filter(|_| !plan.include_own) {
        report.own_left_out(&own.id, output);
    }
    if plan.count() == 0 {
        return Ok(());
    }
    connection.require(needs(about.deed, &plan, connection.me.id))?;
    if args.how.dry_run {
        if !args.how.json {
            for line in review::review(about.deed, &plan, connection) {
                output.line(&line);
            }
        }
        plan.keys().for_each(|key| report.would(key, about.deed));
        return Ok(());
    }
    if !args.how.yes {
        review::show(about.deed, &plan, connection, output);
        confirm::ask(about.deed.verb(), confirmation(about.deed, &plan, connection.production), output)?;
    }
    let permit: &WritePermit = connection.permit()?;
    let sending = Sending {
        deed: about.deed,
        plan: &plan,
        note: about.note.as_deref(),
        span: None,
        resumes: Some(&read.change.id),
        state: paths.state(),
        connection,
        permit,
    };
    send(&sending, report, output).await
}

/// Refuses what another profile began.
fn is_ours(change: &Change, connection: &Connection) -> Result<(), Stop> {
    if change.is_of(&connection.service.address(), connection.me.id) {
        return Ok(());
    }
    let (id, about) = (&change.id, &change.about);
    Err(Stop::usage(
        format!(
            "the change {id} is of another user or server, begun with profile {} at {}",
            about.profile, about.address
        ),
        format!("pass --profile {}", about.profile),
    ))
}
