//! `keydeck edit`.

use std::path::Path;

use serde::Serialize;

use super::args::Edit;
use super::connect::{self, Connection};
use super::create::wrong;
use super::exit::{Exit, Stop};
use super::note::check_note;
use super::output::Output;
use super::wire::{self, Document, KeyRow};
use super::{confirm, foresee, named};
use crate::client::KeyChange;
use crate::config::Paths;
use crate::domain::ids::KeyId;
use crate::domain::key::{Access, Key};
use crate::domain::key_fields::{self, Expiry};
use crate::domain::key_value::KeyKind;
use crate::domain::time::{When, exact};
use crate::domain::untrusted::Untrusted;
use crate::ops;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Planned<'a> {
    id: &'a KeyId,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    contacts: Option<&'a [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<When>,
    #[serde(skip_serializing_if = "Option::is_none")]
    access: Option<&'a Access>,
    outcome: &'static str,
}

/// Changes a key.
pub async fn run(
    args: &Edit,
    paths: &Paths,
    profile: Option<&str>,
    config: Option<&Path>,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    named::check(std::slice::from_ref(&args.id))?;
    let (wanted, expires) = check(args)?;
    let session = connect::choose_to_change(paths, profile, config, args.how.dry_run).await?.1;
    // neither a date that was brought forward nor access that was narrowed can be taken back
    let asks =
        (session.production || expires.is_some() || wanted.access.is_some()) && !args.how.yes && !args.how.dry_run;
    if asks {
        confirm::can_be_asked()?;
    }
    let connection = Connection::open(session, output).await?;
    let expires = expires.map(|wish| wish.at(connection.now())).transpose().map_err(|why| wrong("--expires", &why))?;
    let wanted = KeyChange { expires: expires.flatten(), ..wanted };
    connection.require(wanted.needs())?;
    if let Some(otherwise) = connection.service.capabilities().without_contacts()
        && wanted.contacts.as_ref().is_some_and(Vec::is_empty)
    {
        let what = format!("here a key's contacts are replaced and never cleared: {otherwise}");
        return Err(Stop::usage(what, "pass --contact ADDRESS; nothing was sent").into());
    }
    let key = named::one(&args.id, &connection).await?;
    if key.kind == KeyKind::CollectionAccessKey {
        return Err(Stop::failed("a collection access key cannot be changed", "delete it and make another").into());
    }
    let changes = changes(&key, &wanted);
    if args.how.dry_run {
        if args.how.json {
            let planned = Planned {
                id: &key.id,
                name: wanted.name.as_deref(),
                contacts: wanted.contacts.as_deref(),
                expires_at: wanted.expires.map(When::from),
                access: wanted.access.as_ref(),
                outcome: "wouldEdit",
            };
            output.json(&Document { data: vec![planned], meta: wire::DryRun::new() });
        } else {
            for line in &changes {
                output.line(line);
            }
            output.say("nothing was sent: this was a dry run");
        }
        let later = key.expires.time().zip(wanted.expires).is_some_and(|(is, wanted)| wanted > is);
        let wider = wanted.access.as_ref().is_some_and(|access| !access.is_within(&key.access));
        let stop = match foresee::change(&connection, &key).await? {
            None if later => Some(wrong("--expires", "it may only be brought forward")),
            None if wider => Some(wrong("--access", "it may only be narrowed")),
            stop => stop,
        };
        return Ok(foresee::end(&connection, stop, Exit::Done, output));
    }
    let permit = connection.permit()?;
    if asks {
        output.say(&format!(
            "Edit {} ({}) at {} ({}):",
            key.name.marked(),
            key.id,
            connection.service.address(),
            connection.named()
        ));
        for line in &changes {
            output.say(line);
        }
        confirm::ask("change", confirm::wanted(&[&key], false, connection.production), output)?;
    }
    let edited = ops::change::change(&*connection.service, permit, &key.id, &wanted).await?;
    if args.how.json {
        output.json(&Document { data: vec![KeyRow::from(&edited)], meta: serde_json::json!({ "edited": 1 }) });
    } else {
        output.line(&format!("{}  {}  edited", edited.id, edited.name.marked()));
        for line in &changes {
            output.say(line);
        }
    }
    Ok(Exit::Done)
}

/// What the command line alone shows to be wrong; gives the changes, and the wished expiry apart.
fn check(args: &Edit) -> Result<(KeyChange, Option<Expiry>), Stop> {
    check_note(args.note.as_deref())?;
    if let Some(name) = &args.name {
        key_fields::name(name).map_err(|why| wrong("--name", &why))?;
    }
    for contact in &args.contacts {
        key_fields::contact(contact).map_err(|why| wrong("--contact", &why))?;
    }
    let expires = match &args.expires {
        None => None,
        Some(text) => match Expiry::parse(text).map_err(|why| wrong("--expires", &why))? {
            Expiry::Never => return Err(wrong("--expires", "it can only be brought forward")),
            wish => Some(wish),
        },
    };
    let contacts = (args.no_contacts || !args.contacts.is_empty()).then(|| args.contacts.clone());
    let (name, access, note) = (args.name.clone(), args.access.clone(), args.note.clone());
    Ok((KeyChange { name, contacts, access, note, ..KeyChange::default() }, expires))
}

/// What is changed, a line each.
fn changes(key: &Key, wanted: &KeyChange) -> Vec<String> {
    let list = |contacts: &mut dyn Iterator<Item = String>| {
        let contacts: Vec<String> = contacts.collect();
        if contacts.is_empty() { "its owner".to_owned() } else { contacts.join(", ") }
    };
    let mut lines = Vec::new();
    if let Some(name) = wanted.name.as_ref().filter(|name| *name != key.name.as_received()) {
        lines.push(format!("name: {} → {name}", key.name.marked()));
    }
    if let Some(contacts) = &wanted.contacts {
        let same = contacts.iter().map(String::as_str).eq(key.contacts.iter().map(Untrusted::as_received));
        if !same {
            let before = list(&mut key.contacts.iter().map(Untrusted::to_string));
            let after = list(&mut contacts.iter().cloned());
            lines.push(format!("tells: {before} → {after}"));
        }
    }
    if let Some(at) = wanted.expires {
        lines.push(format!("expires: {} → {}", key.expires.exact(), exact(at)));
    }
    if let Some(access) = wanted.access.as_ref().filter(|access| **access != key.access) {
        lines.push(format!("access: {} → {access}, which {}", key.access, access.meaning()));
    }
    if lines.is_empty() {
        lines.push("nothing changes: it is so already".to_owned());
    }
    lines
}
