//! `keydeck handover`: give keys another owner, after a review.

use std::path::Path;

use serde::Serialize;

use super::args::{ChangeTab, HandOver, Which};
use super::bulk::review::keys_of;
use super::connect::{self, Connection};
use super::exit::{Exit, Stop};
use super::note::check_note;
use super::output::Output;
use super::wire::{self, Document};
use super::{confirm, foresee, named, rows, selection, users};
use crate::client::capabilities::Capability;
use crate::client::error::{ErrorKind, ServiceError};
use crate::client::{KeyChange, Scope};
use crate::config::Paths;
use crate::domain::bulk::Plan;
use crate::domain::failure::Failure;
use crate::domain::filter::Query;
use crate::domain::handover::{Stays, why_not};
use crate::domain::ids::{KeyId, UserId};
use crate::domain::key::Key;
use crate::domain::team::User;
use crate::domain::untrusted::Untrusted;
use crate::ops;

/// How many keys a filter may select without being told a number.
const MAX_BY_FILTER: usize = 100;

/// One key, and what became of it or would.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    id: KeyId,
    name: Untrusted,
    masked_value: Untrusted,
    owner_id: UserId,
    used_last24h: bool,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// What is to be handed over to whom, and what is not.
struct Chosen {
    to: User,
    keys: Vec<Key>,
    stay: Vec<(Key, Stays)>,
    missing: Vec<KeyId>,
    /// Whether the keys were named by their ids.
    by_id: bool,
}

/// Hands keys over.
pub async fn run(
    args: &HandOver,
    paths: &Paths,
    profile: Option<&str>,
    config: Option<&Path>,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    let Which { filter, view, how, .. } = &args.which;
    let query = selection::query(filter.as_deref(), view.as_deref(), paths, config)?;
    let ids = check(&args.which, query.as_ref())?;
    let session = connect::choose_to_change(paths, profile, config, how.dry_run).await?.1;
    let connection = Connection::open(session, output).await?;
    connection.require([Capability::HandOver, Capability::Users])?;
    let chosen = choose(args, &ids, query.as_ref(), &connection).await?;
    let max = args.which.max.or_else(|| query.is_some().then_some(MAX_BY_FILTER));
    let too_many = max.filter(|max| chosen.keys.len() > *max).map(|max| {
        Stop::usage(
            format!("{} are more than {max}: nothing was sent", confirm::keys(chosen.keys.len())),
            format!("look with --dry-run, then pass --max {} if all of them are meant", chosen.keys.len()),
        )
    });
    if how.dry_run {
        plan(&chosen, how.json, &connection, output);
        let ended = ending(&chosen, &chosen.keys.iter().map(|_| Ok(())).collect::<Vec<_>>());
        return Ok(foresee::end(&connection, too_many, ended, output));
    }
    if let Some(too_many) = too_many {
        return Err(too_many.into());
    }
    let permit = connection.permit()?;
    if !chosen.keys.is_empty() && !how.yes {
        for line in review(&chosen, &connection) {
            output.say(&line);
        }
        let changed: Vec<&Key> = chosen.keys.iter().collect();
        confirm::ask("hand over", confirm::wanted(&changed, false, connection.production), output)?;
    }
    let wanted = KeyChange { owner: Some(chosen.to.id), note: args.which.note.clone(), ..KeyChange::default() };
    let mut results: Vec<Result<(), ServiceError>> = Vec::new();
    for key in &chosen.keys {
        let done = ops::change::change(&*connection.service, permit, &key.id, &wanted).await.map(drop);
        let ends = done.as_ref().is_err_and(ServiceError::ends_a_run);
        results.push(done);
        if ends {
            break;
        }
    }
    tell(&chosen, &results, how.json, &connection, output);
    Ok(ending(&chosen, &results))
}

/// What the command line alone shows to be wrong; gives the ids, which may have stood on standard input.
fn check(which: &Which, query: Option<&Query>) -> Result<Vec<String>, Stop> {
    if query.is_some_and(Query::is_empty) && !which.all {
        return Err(Stop::usage(
            "an empty filter means every key: nothing was sent",
            "pass --all if every key of the tab is meant, and --max N where they are more than 100",
        ));
    }
    check_note(which.note.as_deref())?;
    if !which.how.yes && !which.how.dry_run {
        confirm::can_be_asked()?;
    }
    named::given(&which.ids)
}

/// Finds whom and which keys are meant, as they are now.
async fn choose(
    args: &HandOver,
    ids: &[String],
    query: Option<&Query>,
    connection: &Connection,
) -> anyhow::Result<Chosen> {
    let known = connection.service.users().await?;
    let to = users::find(&known, &args.to)?;
    if !to.active {
        let what = format!("{} is not active: none of their keys is accepted", to.name.marked());
        return Err(Stop::failed(what, "hand the keys over to somebody who is").into());
    }
    let (found, missing) = match (query, &args.which.tab) {
        (Some(query), Some(tab)) => {
            let scope = match tab {
                ChangeTab::Mine => Scope::Mine,
                ChangeTab::Team => Scope::Team,
            };
            (rows::keys(connection, &[scope], query, None).await?.0, Vec::new())
        }
        _ => named::find(ids, connection).await?,
    };
    let (mut keys, mut stay) = (Vec::new(), Vec::new());
    for key in found {
        let from = known.iter().find(|user| user.id == key.owner_id);
        match why_not(&key, from, &to, &connection.me) {
            None => keys.push(key),
            Some(why) => stay.push((key, why)),
        }
    }
    Ok(Chosen { to, keys, stay, missing, by_id: query.is_none() })
}

/// What a person is shown before anything is sent.
fn review(chosen: &Chosen, connection: &Connection) -> Vec<String> {
    let to = &chosen.to;
    let whom = if to.is_service() { "the service " } else { "" };
    let place = format!("at {} ({})", connection.service.address(), connection.named());
    let mut lines = vec![match chosen.keys.len() {
        0 => format!("There is nothing to hand over to {whom}{} {place}.", to.name.marked()),
        count => format!(
            "Hand {} over to {whom}{} {place}. Their values go on working.",
            confirm::keys(count),
            to.name.marked()
        ),
    }];
    lines.extend(keys_of(&Plan::new(chosen.keys.clone(), None, connection.now()), connection.now()));
    for (key, why) in &chosen.stay {
        lines.push(format!("Stays: {} ({}), {}", key.name.marked(), key.masked, why.words()));
    }
    lines
}

/// What would be done.
fn plan(chosen: &Chosen, json: bool, connection: &Connection, output: &mut Output) {
    if json {
        let would = |key| row(key, "wouldHandOver", None, connection);
        let data: Vec<Row> = chosen.keys.iter().map(would).chain(stays(chosen, connection)).collect();
        return output.json(&Document { data, meta: wire::DryRun::new() });
    }
    for line in review(chosen, connection) {
        output.line(&line);
    }
    not_found(chosen, output);
    output.say("nothing was sent: this was a dry run");
}

fn row(key: &Key, outcome: &'static str, reason: Option<String>, connection: &Connection) -> Row {
    Row {
        id: key.id.clone(),
        name: key.name.clone(),
        masked_value: key.masked.clone(),
        owner_id: key.owner_id,
        used_last24h: key.used_within_a_day(connection.now()),
        outcome,
        reason,
    }
}

/// Those that stay where they are.
fn stays<'a>(chosen: &'a Chosen, connection: &'a Connection) -> impl Iterator<Item = Row> + 'a {
    chosen.stay.iter().map(|(key, why)| {
        let outcome = match why {
            Stays::Theirs => "alreadyTheirs",
            why if why.is_denied() => "forbidden",
            _ => "failed",
        };
        row(key, outcome, Some(why.words().to_owned()), connection)
    })
}

fn not_found(chosen: &Chosen, output: &mut Output) {
    for id in &chosen.missing {
        output.say(&format!("not found: {id}"));
    }
}

/// Tells what became of each key.
fn tell(
    chosen: &Chosen,
    results: &[Result<(), ServiceError>],
    json: bool,
    connection: &Connection,
    output: &mut Output,
) {
    let word = |result: Option<&Result<(), ServiceError>>| match result {
        Some(Ok(())) => "handedOver",
        Some(Err(error)) if error.kind == ErrorKind::Denied => "forbidden",
        Some(Err(error)) if error.outcome_unknown() => "unknown",
        Some(Err(_)) => "failed",
        None => "notSent",
    };
    let each = chosen.keys.iter().enumerate().map(|(at, key)| {
        let result = results.get(at);
        let reason = result.and_then(|result| result.as_ref().err()).map(ServiceError::reason);
        row(key, word(result), reason, connection)
    });
    let data: Vec<Row> = each.chain(stays(chosen, connection)).collect();
    if json {
        let meta = serde_json::json!({ "to": chosen.to.id, "notFound": chosen.missing });
        return output.json(&Document { data, meta });
    }
    for row in data {
        let reason = row.reason.map(|reason| format!(": {reason}")).unwrap_or_default();
        output.line(&format!("{}  {}  {}{reason}", row.id, row.name.marked(), row.outcome));
    }
    not_found(chosen, output);
}

/// How it ends: all denied is denied, a mixture is partly done. A filter finds what it finds, so what a key is keeps it
/// out, and that is no failure.
fn ending(chosen: &Chosen, results: &[Result<(), ServiceError>]) -> Exit {
    let counts = |why: &Stays| !why.is_done() && (chosen.by_id || why.is_denied());
    let stay = chosen.stay.iter().filter(|(_, why)| counts(why));
    let denied = stay.clone().filter(|(_, why)| why.is_denied()).count()
        + results.iter().filter(|result| result.as_ref().is_err_and(|error| error.kind == ErrorKind::Denied)).count();
    let failed =
        results.iter().filter_map(|result| result.as_ref().err()).count() + stay.count() + chosen.missing.len();
    let unsent = chosen.keys.len() - results.len();
    let done = results.iter().filter(|result| result.is_ok()).count();
    match (failed + unsent, done) {
        (0, _) => Exit::Done,
        (failed, 0) if failed == denied => Exit::Denied,
        (1, 0) if unsent == 0 => match results.iter().find_map(|result| result.as_ref().err()) {
            Some(error) => error.ending().into(),
            None => Exit::Partly,
        },
        _ => Exit::Partly,
    }
}
