//! `keydeck exposed revoke`: the keys behind findings, through the review and the sending of every change of many keys.

use std::path::Path;

use super::choose::{self, findings};
use super::told::{Report as FindingsReport, Told};
use crate::cli::args::ExposedRevoke;
use crate::cli::bulk::report::Report;
use crate::cli::bulk::select::{Selection, read_again};
use crate::cli::bulk::send::{Sending, send};
use crate::cli::bulk::{confirmation, needs, review};
use crate::cli::connect::{self, Connection};
use crate::cli::exit::Exit;
use crate::cli::note::check_note;
use crate::cli::output::Output;
use crate::cli::{confirm, foresee, selection};
use crate::config::Paths;
use crate::domain::bulk::Plan;
use crate::domain::deed::{Deed, Who};
use crate::domain::exposed::Behind;
use crate::domain::finding::Finding;
use crate::local::unresolved::UnresolvedFolder;
use crate::ops::exposed::Aftermath;

/// Revokes the keys, after a review; or disables them.
pub async fn run(
    args: &ExposedRevoke,
    paths: &Paths,
    profile: Option<&str>,
    config: Option<&Path>,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    let which = &args.which;
    let query = selection::query(which.filter.as_deref(), which.view.as_deref(), paths, config)?;
    let ids = choose::check(which, query.as_ref())?;
    check_note(args.note.as_deref())?;
    if !args.how.yes && !args.how.dry_run {
        confirm::can_be_asked()?;
    }
    let deed = if args.disable { Deed::Disable } else { Deed::Revoke };
    let session = connect::choose_to_change(paths, profile, config, args.how.dry_run).await?.1;
    let connection = Connection::open(session, output).await?;
    let chosen = choose::choose(&ids, query.as_ref(), &connection).await?;
    let behind = Behind::of(&chosen.ids, chosen.all.iter(), |_| None);
    let too_many = choose::too_many(which, chosen.by_id, chosen.ids.len());
    let selection = selected(deed, args.include_self, &behind, &connection, output).await?;
    connection.require(needs(deed, &selection.plan, connection.me.id))?;
    // what is not revoked stays open
    let to_resolve = if deed.is_final() { behind.to_resolve() } else { Vec::new() };
    for line in foreign(&behind.foreign) {
        output.say(&line);
    }
    let mut report = Report::new(deed, &selection, args.how.json);
    let mut of_findings = FindingsReport::new(args.how.json);
    for id in &chosen.missing {
        of_findings.missing(id, output);
    }
    if args.how.dry_run {
        for finding in &to_resolve {
            of_findings.told(finding, Told::Would, output);
        }
        let ended = report.dry_run_with(&selection, of_findings.rows().to_vec(), &connection, output);
        let ended = ended.and(of_findings.exit()).and(not_ours(&behind));
        return Ok(foresee::end(&connection, too_many, ended, output));
    }
    if let Some(too_many) = too_many {
        return Err(too_many.into());
    }
    let Selection { plan, .. } = &selection;
    if !args.how.yes && (plan.count() > 0 || !to_resolve.is_empty()) {
        review::show(deed, plan, &connection, output);
        for line in resolved_with(&to_resolve) {
            output.say(&line);
        }
        if plan.count() > 0 {
            confirm::ask(deed.verb(), confirmation(deed, plan, connection.production), output)?;
        } else {
            confirm::typed("Their keys are dead: type y and Enter to call the findings revoked: ", "y", output)?;
        }
    }
    let permit = connection.permit()?;
    let folder = UnresolvedFolder::of(paths.state());
    let aftermath = Aftermath {
        service: &*connection.service,
        permit,
        findings: &to_resolve,
        folder: &folder,
        profile: &connection.profile,
        now: connection.now(),
        note: args.note.as_deref(),
    };
    if let Some(trouble) = aftermath.begin() {
        output.say(&trouble);
    }
    report.left_out(&selection, output);
    if plan.count() > 0 {
        let note = args.note.as_deref();
        let (connection, state) = (&connection, paths.state());
        let sending = Sending { deed, plan, note, span: None, resumes: None, state, connection, permit };
        send(&sending, &mut report, output).await?;
    }
    let outcomes = report.outcomes().to_vec();
    let mut told = Vec::new();
    aftermath.end(&outcomes, &mut |finding, settled| told.push((finding.clone(), Told::from(settled)))).await;
    for (finding, became) in told {
        of_findings.told(&finding, became, output);
    }
    if !args.how.json {
        output.flush();
    }
    let ended = report.end_with(plan.already_revoked, of_findings.rows().to_vec(), output);
    Ok(ended.and(of_findings.exit()).and(not_ours(&behind)))
}

/// The keys as they are now, and what of them is left out.
async fn selected(
    deed: Deed,
    include_self: bool,
    behind: &Behind,
    connection: &Connection,
    output: &mut Output,
) -> anyhow::Result<Selection> {
    let mut keys = behind.keys.clone();
    // disabling means what is accepted
    keys.retain(|key| deed.is_final() || !deed.is_done_to(key));
    let names = foresee::roles(connection, &keys).await?;
    let plan = Plan::unread(deed, keys, &Who { me: &connection.me, names: &names }, connection.now());
    let mut plan = read_again(plan, connection, &names, output).await;
    plan.include_own = include_self;
    Ok(Selection { plan, by_id: true, ..Selection::default() })
}

/// Findings of other makers' keys, and where those are revoked.
fn foreign(foreign: &[Finding]) -> Vec<String> {
    let line = |finding: &Finding| {
        let kind = &finding.secret_type;
        let then = "then: keydeck exposed resolve --as revoked";
        match finding.vendor() {
            Some(vendor) => format!(
                "Left out: {} {kind}, a key of {}: revoke it at {} ({}), {then} {}",
                finding.secret_id, vendor.name, vendor.revoke_at, vendor.how, finding.secret_id
            ),
            None => format!(
                "Left out: {} {kind}, no key that is known here: revoke it where it was made, {then} {}",
                finding.secret_id, finding.secret_id
            ),
        }
    };
    foreign.iter().map(line).collect()
}

/// Named findings that could not be dealt with here leave something to do.
fn not_ours(behind: &Behind) -> Exit {
    if behind.foreign.is_empty() { Exit::Done } else { Exit::Partly }
}

/// Which findings are resolved with the keys.
fn resolved_with(to_resolve: &[Finding]) -> Vec<String> {
    if to_resolve.is_empty() {
        return Vec::new();
    }
    let head = format!("Resolves {}:", findings(to_resolve.len()));
    let line = |finding: &Finding| format!("  {}  {}", finding.name().marked(), finding.place());
    std::iter::once(head).chain(to_resolve.iter().map(line)).collect()
}
