//! `keydeck revoke --all`: every key of the team, in one act of the server's.

use std::collections::HashMap;
use std::path::Path;

use serde_json::json;

use super::args::Revoke;
use super::connect::{self, Connection};
use super::exit::{Exit, Stop};
use super::note::check_note;
use super::output::Output;
use super::settings::progress;
use super::table::{self, Header, Narrow};
use super::wire::Document;
use super::{confirm, named, rows};
use crate::client::Scope;
use crate::client::capabilities::Capability;
use crate::config::Paths;
use crate::domain::act::{RevokeAll, RevokedAll};
use crate::domain::filter::Query;
use crate::domain::ids::KeyId;
use crate::domain::key::{Key, Status};
use crate::domain::untrusted::Untrusted;
use crate::ops;

const HEADS: [Header; 3] = [("owner", Narrow::Shrinks), ("keys", Narrow::Never), ("used in 24 h", Narrow::Never)];

/// Revokes all, after a review with the totals of every owner and the team's name typed.
pub async fn run(
    args: &Revoke,
    paths: &Paths,
    profile: Option<&str>,
    config: Option<&Path>,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    check_note(args.note.as_deref())?;
    named::check(&args.except)?;
    if args.tab.is_some() {
        let hint = "pass --filter '' with --tab, or --all alone for every key of the team";
        return Err(Stop::usage("--tab goes with a filter: nothing was sent", hint).into());
    }
    if !args.yes && !args.dry_run {
        confirm::can_be_asked()?;
    }
    let session = connect::choose_to_change(paths, profile, config, args.dry_run).await?.1;
    let connection = Connection::open(session, output).await?;
    connection.require([Capability::RevokeAll, Capability::TeamKeys])?;
    let (mut except, missing) = named::find(&args.except, &connection).await?;
    if let Some(id) = missing.first() {
        return Err(Stop::usage(format!("no key has the id {id}: nothing was sent"), "correct --except").into());
    }
    let own = connection.me.own_key.clone().filter(|_| !args.include_self);
    let (keys, _) = rows::keys(&connection, &[Scope::Team], &Query::default(), None).await?;
    let left_out = |key: &Key| except.iter().any(|other| other.id == key.id) || own.as_ref() == Some(&key.id);
    let meant: Vec<&Key> = keys.iter().filter(|key| key.status != Status::Revoked && !left_out(key)).collect();
    for line in review(&meant, &except, own.as_ref(), &connection) {
        output.say(&line);
    }
    if args.dry_run || meant.is_empty() {
        tell(args, meant.len() as u64, 0, output);
        return Ok(Exit::Done);
    }
    if let Some(max) = args.max.filter(|max| meant.len() > *max) {
        let what = format!("{} are more than {max}: nothing was sent", confirm::keys(meant.len()));
        return Err(Stop::usage(what, "look with --dry-run, then pass a larger --max").into());
    }
    let permit = connection.permit()?;
    if !args.yes {
        let team = connection.me.team.to_string();
        let question = format!("Type the team's name, {team}, and Enter to revoke {}: ", confirm::keys(meant.len()));
        confirm::typed(&question, team.trim(), output)?;
    }
    let mut ids: Vec<KeyId> = except.drain(..).map(|key| key.id).collect();
    ids.extend(own);
    let which = RevokeAll { except: ids, note: args.note.clone(), idempotency_key: None };
    let (revoked, forbidden) = match ops::settings::revoke_all(&*connection.service, permit, &which).await? {
        RevokedAll::Done { revoked, forbidden } => (revoked, forbidden),
        RevokedAll::UnderWay(act) => {
            output.say("no key of them is accepted any more; the server goes on with their records");
            let act = ops::settings::follow(&*connection.service, act, |act| output.say(&progress(act))).await;
            match act {
                Ok(act) => (act.done, 0),
                Err(error) => {
                    output.say(&format!("how far it is cannot be seen any more; the server goes on: {error}"));
                    return Ok(Exit::Partly);
                }
            }
        }
    };
    tell(args, revoked, forbidden, output);
    Ok(if forbidden > 0 { Exit::Partly } else { Exit::Done })
}

fn review(meant: &[&Key], except: &[Key], own: Option<&KeyId>, connection: &Connection) -> Vec<String> {
    let mut text = vec![format!(
        "Revoke {} of {} at {} ({}), for ever.",
        confirm::keys(meant.len()),
        connection.me.team,
        connection.service.address(),
        connection.named()
    )];
    let now = connection.now();
    let mut owners: HashMap<&Untrusted, (usize, usize)> = HashMap::new();
    for key in meant {
        let (keys, used) = owners.entry(&key.owner).or_default();
        *keys += 1;
        *used += usize::from(key.used_within_a_day(now));
    }
    let mut owners: Vec<_> = owners.into_iter().collect();
    owners.sort_by(|(one, (many, _)), (other, (few, _))| few.cmp(many).then_with(|| one.cmp(other)));
    let row = |(owner, (keys, used)): (&Untrusted, (usize, usize))| {
        vec![owner.marked().into_owned(), keys.to_string(), used.to_string()]
    };
    let width = Output::width().map(|width| width.saturating_sub(2));
    text.extend(table::lines(&HEADS, owners.into_iter().map(row), width).into_iter().map(|line| format!("  {line}")));
    for key in except {
        text.push(format!("Left out: {} ({})", key.name.marked(), key.masked));
    }
    if own.is_some() {
        text.push("Left out: the key this command itself uses (--include-self takes it in)".to_owned());
    }
    text.push("Superadmins' keys are only a superadmin's to revoke; collection access keys stay.".to_owned());
    text
}

fn tell(args: &Revoke, revoked: u64, forbidden: u64, output: &mut Output) {
    if args.json {
        let meta = json!({ "dryRun": args.dry_run, "revoked": revoked, "forbidden": forbidden });
        output.json(&Document { data: Vec::<()>::new(), meta });
    } else if !args.dry_run {
        output.line(&format!("revoked: {revoked}, others' to revoke: {forbidden}"));
    }
}
