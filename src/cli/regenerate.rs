//! `keydeck regenerate`.

use std::path::Path;

use chrono::TimeDelta;
use serde::Serialize;

use super::args::Regenerate;
use super::connect::{self, Connection};
use super::create::{tell, unsettled, wrong};
use super::exit::{Exit, Stop};
use super::output::Output;
use super::value::{self, Destination};
use super::wire::{self, Document};
use super::{confirm, named};
use crate::client::capabilities::Capability;
use crate::config::Paths;
use crate::domain::ids::KeyId;
use crate::domain::key::{Key, Status};
use crate::domain::key_fields;
use crate::domain::key_value::KeyKind;
use crate::domain::listing::{MintedValue, Regeneration};
use crate::domain::time::{Time, When, past};
use crate::ops;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Planned<'a> {
    id: &'a KeyId,
    overlap_ends_at: When,
    outcome: &'static str,
}

/// Gives a key a new value.
pub async fn run(
    args: &Regenerate,
    paths: &Paths,
    profile: Option<&str>,
    config: Option<&Path>,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    named::check(std::slice::from_ref(&args.id))?;
    let overlap = key_fields::overlap(args.overlap.trim()).map_err(|why| wrong("--overlap", &why))?;
    if !args.how.dry_run {
        value::check(&args.sink)?;
        if !args.how.yes {
            confirm::can_be_asked()?;
        }
    }
    let session = connect::choose_to_change(paths, profile, config, args.how.dry_run).await?.1;
    let connection = Connection::open(session, output).await?;
    connection.require([Capability::Regenerate])?;
    // read now, so that what is said of its use is of now
    let key = named::one(&args.id, &connection).await?;
    may_be(&key, &connection)?;
    let now = connection.now();
    let dies = dies(&key, overlap, now);
    let own = connection.me.own_key.as_ref() == Some(&key.id);
    if args.how.dry_run && args.how.json {
        let planned = Planned { id: &key.id, overlap_ends_at: dies.into(), outcome: "wouldRegenerate" };
        output.json(&Document { data: vec![planned], meta: wire::DryRun::new() });
        return Ok(Exit::Done);
    }
    let end = if overlap.is_zero() { "at once".to_owned() } else { When::from(dies).exact() };
    let words = [
        format!(
            "Give {} ({}, {}) a new value at {} ({}).",
            key.name.marked(),
            key.masked,
            key.id,
            connection.service.address(),
            connection.named()
        ),
        format!(
            "The old value dies {end}; it was last used: {}.{}",
            past(&key.last_used, now),
            if own { " This command itself uses it." } else { "" },
        ),
    ];
    if args.how.dry_run {
        for line in &words {
            output.line(line);
        }
        output.say("nothing was sent: this was a dry run");
        return Ok(Exit::Done);
    }
    let permit = connection.permit()?;
    if !args.how.yes {
        for line in &words {
            output.say(line);
        }
        let in_use = own || key.used_within_a_day(now);
        confirm::ask("regenerate", confirm::wanted(&[&key], in_use, connection.production), output)?;
    }
    let mut destination = Destination::open(&args.sink)?;
    let minted = value::mint_for(&connection, &mut destination)?;
    let new = Regeneration {
        overlap_seconds: overlap.num_seconds().unsigned_abs(),
        value: minted.as_ref().map(MintedValue::of),
    };
    match ops::regenerate::regenerate(&*connection.service, permit, &key.id, &new).await {
        Ok((key, answered)) => {
            let (key, value) = destination.take(key, minted, answered)?;
            if args.how.yes {
                output.say(&format!("the old value dies {end}"));
            }
            tell(&key, &value, destination, args.how.json, output)
        }
        Err(error) => {
            unsettled(&error, new.value.as_ref(), &mut destination, output);
            Err(error.into())
        }
    }
}

/// Refuses what cannot get a new value, before anybody is asked.
fn may_be(key: &Key, connection: &Connection) -> Result<(), Stop> {
    if key.kind == KeyKind::CollectionAccessKey {
        return Err(Stop::failed("a collection access key gets no new value", "delete it and make another"));
    }
    if key.status == Status::Revoked {
        return Err(Stop::failed(
            format!("{} ({}) is revoked, which is final: nothing was sent", key.name, key.masked),
            "make a new key with keydeck create",
        ));
    }
    if key.owner_id != connection.me.id {
        return Err(Stop::denied(
            format!("{} ({}) is owned by somebody else: nothing was sent", key.name, key.masked),
            "only its owner gives a key a new value",
        ));
    }
    Ok(())
}

fn dies(key: &Key, overlap: TimeDelta, now: Time) -> Time {
    key.expires.time().map_or(now + overlap, |expires| expires.min(now + overlap))
}
