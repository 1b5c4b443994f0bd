//! `keydeck revoke`: review, confirm, send, report.

mod report;
pub mod review;
mod select;

use std::collections::HashMap;
use std::path::Path;

use super::args::{Delete, How, Revoke};
use super::connect::{self, Connection};
use super::exit::{Exit, Stop};
use super::output::Output;
use super::signals::Signals;
use super::{confirm, named, rows};
use crate::client::WritePermit;
use crate::client::capabilities::Capability;
use crate::config::Paths;
use crate::domain::bulk::{Outcome, Plan, Progress, Target};
use crate::domain::filter::Query;
use crate::domain::ids::{KeyId, UserId};
use crate::domain::key_value::KeyKind;
use crate::domain::untrusted::Untrusted;
use crate::domain::values::secret_spans;
use crate::ops;
use report::Report;
use select::Selection;

/// How many keys a filter may select without being told a number.
const MAX_BY_FILTER: usize = 100;

/// Revokes keys by id or by filter.
pub async fn run(
    args: &Revoke,
    paths: &Paths,
    profile: Option<&str>,
    config: Option<&Path>,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    revoke(args, false, paths, profile, config, output).await
}

/// Deletes one's own keys, the owner's way to revoke them.
pub async fn delete(
    args: &Delete,
    paths: &Paths,
    profile: Option<&str>,
    config: Option<&Path>,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    let Delete { ids, include_self, how: How { dry_run, yes, json } } = args;
    let revoked = Revoke {
        ids: ids.clone(),
        filter: None,
        tab: None,
        dry_run: *dry_run,
        yes: *yes,
        max: None,
        include_self: *include_self,
        note: None,
        json: *json,
    };
    revoke(&revoked, true, paths, profile, config, output).await
}

async fn revoke(
    args: &Revoke,
    own_only: bool,
    paths: &Paths,
    profile: Option<&str>,
    config: Option<&Path>,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    let query = args.filter.as_deref().map(rows::query).transpose()?;
    let ids = check(args, query.as_ref())?;
    let session = connect::choose_to_change(paths, profile, config, args.dry_run).await?.1;
    let connection = Connection::open(session, output).await?;
    let mut selection = select::select((args, &ids), query.as_ref(), own_only, &connection).await?;
    selection.plan.include_own = args.include_self;
    connection.require(needs(&selection.plan, connection.me.id))?;
    let Selection { plan, .. } = &selection;
    if args.note.is_some() && plan.keys().any(|key| key.kind == KeyKind::CollectionAccessKey) {
        return Err(Stop::usage("collection access keys take no note: nothing was sent", "leave out --note").into());
    }
    let max = args.max.or_else(|| query.is_some().then_some(MAX_BY_FILTER));
    let too_many = max.filter(|max| plan.count() > *max).map(|max| {
        Stop::denied(
            format!("{} are more than {max}: nothing was sent", confirm::keys(plan.count())),
            format!("look with --dry-run, then pass --max {} if all of them are meant", plan.count()),
        )
    });
    let mut report = Report::new(&selection, args.json);
    if args.dry_run {
        let ended = report.dry_run(&selection, &connection, output);
        if let Some(too_many) = too_many {
            output.say(&format!("without --dry-run it ends here: {too_many}"));
        }
        return Ok(ended);
    }
    if let Some(too_many) = too_many {
        return Err(too_many.into());
    }
    if plan.count() > 0 {
        if !args.yes {
            review::show(plan, &connection, output);
            confirm::ask("revoke", plan.confirmation(), output)?;
        }
        let permit = connection.permit()?;
        report.left_out(&selection, output);
        send(plan, own_only, args.note.as_deref(), &connection, permit, &mut report, output).await?;
    } else {
        report.left_out(&selection, output);
    }
    Ok(report.end(&selection, output))
}

/// What revoking these keys needs: one's own are deleted, others' revoked.
fn needs(plan: &Plan, me: UserId) -> impl Iterator<Item = Capability> {
    plan.keys().map(move |key| match key.kind {
        KeyKind::CollectionAccessKey => Capability::DeleteCollectionKeys,
        KeyKind::ApiKey if key.owner_id == me => Capability::DeleteKeys,
        KeyKind::ApiKey => Capability::RevokeTeamKeys,
    })
}

/// What the command line alone shows to be wrong, before anything is asked of anybody.
/// Gives the ids, which may have stood on standard input.
fn check(args: &Revoke, query: Option<&Query>) -> Result<Vec<String>, Stop> {
    if query.is_some_and(Query::is_empty) && args.max.is_none() {
        return Err(Stop::usage("an empty filter means every key", "pass --max N with the number of keys you mean"));
    }
    named::check(&args.ids)?;
    if args.note.as_deref().is_some_and(|note| !secret_spans(note).is_empty()) {
        return Err(Stop::usage(
            "the note holds a key's value, which would stand in the audit log, and it now stands in this shell's history",
            "name the key by its id or its masked value",
        ));
    }
    if !args.yes && !args.dry_run {
        confirm::can_be_asked()?;
    }
    named::given(&args.ids)
}

/// Sends the plan. The first signal stops sending and waits for what is out; the second does not wait.
async fn send(
    plan: &Plan,
    delete: bool,
    note: Option<&str>,
    connection: &Connection,
    permit: &WritePermit,
    report: &mut Report,
    output: &mut Output,
) -> anyhow::Result<()> {
    let signals = Signals::catch()?;
    let targets = plan.targets();
    let own = plan.own.as_ref().map(|key| &key.id);
    let mut latest: HashMap<KeyId, Outcome> = HashMap::new();
    let mut told = |progress: Progress| match progress {
        Progress::Sent(ids) | Progress::ReadingBack(ids) => {
            latest.extend(ids.into_iter().map(|id| (id, Outcome::Sent)));
        }
        Progress::Waiting(seconds) => output.say(&format!("the server asks to wait {seconds} s")),
        Progress::Done(id, outcome) => {
            latest.insert(id.clone(), outcome.clone());
            report.done(&id, outcome, output);
        }
    };
    let (service, stop) = (&*connection.service, &signals.stop);
    let sending = async {
        match &targets[..] {
            [Target { id, kind: KeyKind::ApiKey }] if delete => {
                vec![(id.clone(), ops::revoke::delete(service, permit, id, own, stop, &mut told).await)]
            }
            _ => ops::revoke::revoke_with_note(service, permit, &targets, own, note, stop, &mut told).await,
        }
    };
    let ended = tokio::select! {
        ended = sending => Some(ended),
        () = signals.now.cancelled() => None,
    };
    let ended = ended.unwrap_or_else(|| {
        let lost = || Outcome::Unknown(Untrusted::from("stopped before its answer came"));
        targets
            .iter()
            .map(|target| match latest.get(&target.id) {
                None | Some(Outcome::Queued) => (target.id.clone(), Outcome::NotSent(Untrusted::default())),
                Some(Outcome::Sent) => (target.id.clone(), lost()),
                Some(outcome) => (target.id.clone(), outcome.clone()),
            })
            .collect()
    });
    for (id, outcome) in ended {
        report.done(&id, outcome, output);
    }
    Ok(())
}
