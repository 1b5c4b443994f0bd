//! `keydeck regenerate`.

use std::path::Path;

use chrono::TimeDelta;
use serde::Serialize;

use super::args::Regenerate;
use super::connect::{self, Connection};
use super::create::{tell, unsettled, wrong};
use super::exit::{Exit, Stop};
use super::note::check_note;
use super::output::Output;
use super::value::{self, Destination};
use super::wire::{self, Document};
use super::{confirm, foresee, named};
use crate::client::capabilities::Capability;
use crate::config::Paths;
use crate::domain::ids::KeyId;
use crate::domain::key::{Key, Status};
use crate::domain::key_fields;
use crate::domain::key_value::KeyKind;
use crate::domain::listing::{MintedValue, Regeneration};
use crate::domain::time::{Time, When, exact, past};
use crate::ops;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Planned<'a> {
    id: &'a KeyId,
    overlap_ends_at: When,
    /// Until when a value before the present one was to work, which dies at once; never when there is none.
    ends_overlap_of: When,
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
    check_note(args.note.as_deref())?;
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
    let promised = key.old_value_works_until(now);
    let unagreed = promised.filter(|_| args.how.yes && !args.end_overlap).map(|ends| {
        Stop::denied(
            format!(
                "a value of {} before the present one was to work until {}, and would die at once: nothing was sent",
                key.name,
                exact(ends)
            ),
            "wait until then, or pass --end-overlap",
        )
    });
    let own = connection.me.own_key.as_ref() == Some(&key.id);
    if args.how.dry_run && args.how.json {
        let planned = Planned {
            id: &key.id,
            overlap_ends_at: dies.into(),
            ends_overlap_of: promised.into(),
            outcome: "wouldRegenerate",
        };
        output.json(&Document { data: vec![planned], meta: wire::DryRun::new() });
        return Ok(foresee::end(&connection, unagreed, Exit::Done, output));
    }
    let end = if overlap.is_zero() { "at once".to_owned() } else { When::from(dies).exact() };
    let words = review(&key, &connection, (&end, promised), now);
    if args.how.dry_run {
        for line in &words {
            output.line(line);
        }
        output.say("nothing was sent: this was a dry run");
        return Ok(foresee::end(&connection, unagreed, Exit::Done, output));
    }
    let permit = connection.permit()?;
    if let Some(unagreed) = unagreed {
        return Err(unagreed.into());
    }
    if !args.how.yes {
        for line in &words {
            output.say(line);
        }
        let in_use = own || promised.is_some() || key.used_within_a_day(now);
        confirm::ask("regenerate", confirm::wanted(&[&key], in_use, connection.production), output)?;
    }
    let mut destination = Destination::open(&args.sink)?;
    let minted = value::mint_for(&connection, &mut destination)?;
    let new = Regeneration {
        overlap_seconds: overlap.num_seconds().unsigned_abs(),
        value: minted.as_ref().map(MintedValue::of),
        note: args.note.clone(),
    };
    match ops::regenerate::regenerate(&*connection.service, permit, &key.id, &new).await {
        Ok((key, answered)) => {
            let id = key.id.clone();
            let lost = |what: &str| {
                Stop::failed(
                    format!("{what} and is lost: the present value of {id} is nobody's; the old one works until {end}"),
                    format!("keydeck regenerate {id} --end-overlap, which also ends the old value"),
                )
            };
            let (key, value) = destination.take(key, minted, answered).map_err(|found| lost(&found.what))?;
            if args.how.yes {
                output.say(&format!("the old value dies {end}"));
            }
            if let Some(ends) = promised {
                output.say(&format!("the value before it, which was to work until {}, is refused now", exact(ends)));
            }
            if tell(&key, &value, destination, args.how.json, output) {
                Ok(Exit::Done)
            } else {
                Err(lost("the value could not be printed").into())
            }
        }
        Err(error) => {
            unsettled(&error, new.value.as_ref(), &mut destination, output);
            Err(error.into())
        }
    }
}

fn dies(key: &Key, overlap: TimeDelta, now: Time) -> Time {
    key.expires.time().map_or(now + overlap, |expires| expires.min(now + overlap))
}

/// What is about to be done: when the old value dies, and which one before it dies at once.
fn review(key: &Key, connection: &Connection, (end, promised): (&str, Option<Time>), now: Time) -> Vec<String> {
    let own = connection.me.own_key.as_ref() == Some(&key.id);
    let mut words = vec![
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
    words.extend(promised.map(|ends| {
        format!(
            "The value before it was to work until {}: it dies at once, since a key has two values at most.",
            exact(ends)
        )
    }));
    words
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
    if connection.me.acts_for(key) && key.expires.time().is_some_and(|expires| expires <= connection.now()) {
        return Err(Stop::failed(
            format!("{} ({}) expired, which cannot be taken back: nothing was sent", key.name, key.masked),
            "make a new key with keydeck create",
        ));
    }
    if !connection.me.acts_for(key) {
        return Err(Stop::denied(
            format!("{} ({}) is owned by somebody else: nothing was sent", key.name, key.masked),
            "only its owner gives a key a new value",
        ));
    }
    Ok(())
}
