//! `keydeck exposed resolve`.

use std::path::Path;

use super::choose::{self, Chosen, findings};
use super::told::{Report, Told};
use crate::cli::args::{As, ExposedResolve};
use crate::cli::connect::{self, Connection};
use crate::cli::exit::{Exit, Stop};
use crate::cli::note::check_note;
use crate::cli::output::Output;
use crate::cli::signals::Signals;
use crate::cli::table::{Header, Narrow, lines};
use crate::cli::{confirm, foresee, selection};
use crate::client::WritePermit;
use crate::client::capabilities::Capability;
use crate::client::error::{ErrorKind, ServiceError};
use crate::config::Paths;
use crate::domain::exposed::{Retried, Unresolved};
use crate::domain::finding::{Finding, Resolution, Resolving};
use crate::domain::untrusted::Untrusted;
use crate::local::unresolved::UnresolvedFolder;
use crate::ops;

const COLUMNS: &[Header] = &[
    ("name", Narrow::Shrinks),
    ("finding", Narrow::Never),
    ("source", Narrow::Drops(1)),
    ("where", Narrow::Shrinks),
    ("id", Narrow::Never),
];

/// Resolves findings, after a review.
pub async fn run(
    args: &ExposedResolve,
    paths: &Paths,
    profile: Option<&str>,
    config: Option<&Path>,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    let which = &args.which;
    let query = selection::query(which.filter.as_deref(), which.view.as_deref(), paths, config)?;
    let ids = choose::check(which, query.as_ref())?;
    let (resolution, words) = resolution(args)?;
    if !args.how.yes && !args.how.dry_run {
        confirm::can_be_asked()?;
    }
    let session = connect::choose_to_change(paths, profile, config, args.how.dry_run).await?.1;
    let connection = Connection::open(session, output).await?;
    connection.require([Capability::Findings, Capability::ResolveFindings])?;
    let chosen = choose::choose(&ids, query.as_ref(), &connection).await?;
    let open: Vec<&Finding> = chosen.findings().filter(|finding| finding.is_open()).collect();
    let too_many = choose::too_many(which, chosen.by_id, open.len());
    let mut report = Report::new(args.how.json);
    if args.how.dry_run {
        for finding in &open {
            report.told(finding, Told::Would, output);
        }
        left_out(&chosen, &mut report, output);
        let ended = report.end(true, output);
        return Ok(foresee::end(&connection, too_many, ended, output));
    }
    if let Some(too_many) = too_many {
        return Err(too_many.into());
    }
    if !open.is_empty() && !args.how.yes {
        show(&open, words, &connection, output);
        let (question, wanted) = match open.len() {
            1 => (format!("Type y and Enter to call it {words}: "), "y".to_owned()),
            many => (format!("Type {many} and Enter to call them {words}: "), many.to_string()),
        };
        confirm::typed(&question, &wanted, output)?;
    }
    let permit = connection.permit()?;
    left_out(&chosen, &mut report, output);
    send(&open, &resolution, args.reason.as_deref(), &connection, permit, &mut report, output).await?;
    Ok(report.end(false, output))
}

/// What they are to be called, and in words; a reason is needed but for what was revoked.
fn resolution(args: &ExposedResolve) -> Result<(Resolution, &'static str), Stop> {
    check_note(args.reason.as_deref())?;
    let (resolution, words) = match args.resolution {
        Some(As::FalsePositive) => (Resolution::FalsePositive, "a false positive"),
        Some(As::AcceptedRisk) => (Resolution::AcceptedRisk, "an accepted risk"),
        Some(As::Revoked) | None => (Resolution::Revoked, "revoked"),
    };
    let said = args.reason.as_deref().is_some_and(|reason| !reason.trim().is_empty());
    if resolution != Resolution::Revoked && !said {
        return Err(Stop::usage(
            "a reason is missing, which the audit log keeps: nothing was sent",
            "say why with --reason TEXT",
        ));
    }
    Ok((resolution, words))
}

fn show(open: &[&Finding], words: &str, connection: &Connection, output: &mut Output) {
    output.say(&format!(
        "Call {} {words} at {} ({}). A finding cannot be opened again; no key is revoked by this.",
        findings(open.len()),
        connection.service.address(),
        connection.named()
    ));
    let cells = |finding: &&Finding| {
        vec![
            finding.name().marked().into_owned(),
            finding.urgency().words().to_owned(),
            finding.source.as_ref().map(ToString::to_string).unwrap_or_default(),
            finding.url.to_string(),
            finding.secret_id.to_string(),
        ]
    };
    for line in lines(COLUMNS, open.iter().map(cells), Output::width()) {
        output.say(&line);
    }
    let live = open.iter().filter(|finding| finding.is_live()).count();
    if live > 0 {
        output.say(&format!("{live} of them name a key that is still accepted, and stays so."));
    }
}

/// What was named and is not sent.
fn left_out(chosen: &Chosen, report: &mut Report, output: &mut Output) {
    for finding in chosen.findings().filter(|finding| !finding.is_open()) {
        report.told(finding, Told::Already, output);
    }
    for id in &chosen.missing {
        report.missing(id, output);
    }
}

/// Resolves one after the other. What cannot get through at all ends it.
async fn send(
    open: &[&Finding],
    resolution: &Resolution,
    reason: Option<&str>,
    connection: &Connection,
    permit: &WritePermit,
    report: &mut Report,
    output: &mut Output,
) -> anyhow::Result<()> {
    let signals = Signals::catch()?;
    let mut ended: Option<ServiceError> = None;
    for finding in open {
        if let Some(error) = &ended {
            report.told(finding, Told::Failed(Untrusted::from(error.reason())), output);
            continue;
        }
        if signals.stop.is_cancelled() {
            report.told(finding, Told::NotSent, output);
            continue;
        }
        let resolving = Resolving::of(finding, resolution.clone(), reason.map(str::to_owned));
        let told = match ops::change::finding(&*connection.service, permit, &resolving).await {
            Ok(_) => Told::Resolved,
            Err(error) => {
                let why = Untrusted::from(error.reason());
                let told = match error.kind {
                    ErrorKind::Denied => Told::Denied(why),
                    ErrorKind::NotFound => Told::NotFound,
                    _ => Told::Failed(why),
                };
                ended = error.ends_a_run().then_some(error);
                told
            }
        };
        report.told(finding, told, output);
    }
    Ok(())
}

/// Tries again to resolve what stayed open although its key was revoked.
pub async fn pending(
    args: &ExposedResolve,
    paths: &Paths,
    profile: Option<&str>,
    config: Option<&Path>,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    let session = connect::choose_to_change(paths, profile, config, args.how.dry_run).await?.1;
    let connection = Connection::open(session, output).await?;
    connection.require([Capability::ResolveFindings])?;
    let folder = UnresolvedFolder::of(paths.state());
    let service = &*connection.service;
    let (waiting, unreadable) = folder.read(&service.address());
    for error in &unreadable {
        output.say(&format!("{error}; {}", error.hint()));
    }
    let mut report = Report::new(args.how.json);
    let finding = |one: &Unresolved| Finding {
        secret_id: one.at.secret.clone(),
        workspace_id: Untrusted::from(one.at.workspace.as_str()),
        secret_type: one.name.clone(),
        url: one.url.clone(),
        ..Finding::sample(one.at.secret.as_str())
    };
    if args.how.dry_run {
        for one in &waiting {
            report.told(&finding(one), Told::Would, output);
        }
        let ended = report.end(true, output);
        return Ok(foresee::end(&connection, None, ended, output));
    }
    let permit = connection.permit()?;
    let mut told: Vec<(Finding, Told)> = Vec::new();
    ops::exposed::retry(service, permit, &folder, connection.now(), &mut |one, retried| {
        let became = match retried {
            Retried::Resolved => Told::Resolved,
            Retried::Over => Told::Already,
            Retried::KeyLives => Told::Failed("its key is not revoked".into()),
            Retried::StillOpen(why) => Told::StillOpen(why),
        };
        told.push((finding(one), became));
    })
    .await;
    for (finding, became) in told {
        report.told(&finding, became, output);
    }
    let ended = report.end(false, output);
    Ok(if ended == Exit::Done && !unreadable.is_empty() { Exit::Partly } else { ended })
}
