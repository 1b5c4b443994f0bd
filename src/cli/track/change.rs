//! Writing keys down, changing that, and forgetting them.

use chrono::Utc;

use super::row::Row;
use super::{one, value};
use crate::cli::args::{TrackAdd, TrackEdit, TrackRemove};
use crate::cli::confirm;
use crate::cli::create::wrong;
use crate::cli::exit::{Exit, Stop};
use crate::cli::output::Output;
use crate::cli::wire::Document;
use crate::domain::key_fields::{Since, expiry};
use crate::domain::time::{Time, exact};
use crate::domain::tracked::{Tracked, TrackedChange, TrackedRequest, kept_of};
use crate::local::tracked::TrackedFile;

const PASTE: &str = "Paste the value: only its fingerprint is kept, nothing of it is shown. ^D leaves it out.";

/// Writes a key down.
pub(super) fn add(args: &TrackAdd, file: &TrackedFile, output: &mut Output) -> anyhow::Result<Exit> {
    let now = Utc::now();
    let mut request = TrackedRequest {
        name: args.name.clone(),
        kind: Some(args.kind.clone()),
        owner: args.owner.clone().unwrap_or_default(),
        contacts: args.contacts.clone(),
        made: args.made.as_deref().map(|text| made(text, now)).transpose()?,
        expires: args.expires.as_deref().map(|text| expires(text, now)).transpose()?.flatten(),
        ..TrackedRequest::default()
    };
    checked(request.problem())?;
    let never = args.expires.is_some() && request.expires.is_none();
    let asked = (!args.value.no_value).then_some(PASTE);
    request.value = value(args.value.value, asked, output)?.as_ref().map(kept_of);
    let id = TrackedFile::new_id(now)?;
    let mut noted = request.noted(&id, now);
    if never {
        noted.expires = None;
    }
    let known = file.change(|keys| {
        let same = |key: &&Tracked| key.fingerprint.is_some() && key.fingerprint == noted.fingerprint;
        let known = keys.iter().find(same).cloned();
        if known.is_none() {
            keys.push(noted.clone());
        }
        known
    })?;
    if let Some(known) = known {
        let what = format!("the value is written down already, as {} ({})", known.name, known.id);
        return Err(Stop::failed(what, format!("keydeck track edit {} changes that", known.id)).into());
    }
    if noted.fingerprint.is_none() {
        output
            .say("without its value it is not known when it is found somewhere: keydeck track edit --value adds that");
    }
    tell(&noted, "is written down", args.json, now, output);
    Ok(Exit::Done)
}

/// Changes what is written down.
pub(super) fn edit(args: &TrackEdit, file: &TrackedFile, output: &mut Output) -> anyhow::Result<Exit> {
    let now = Utc::now();
    let mut change = TrackedChange {
        name: args.name.clone(),
        kind: args.kind.clone(),
        owner: args.owner.clone(),
        contacts: (!args.contacts.is_empty())
            .then(|| args.contacts.iter().filter(|contact| !contact.is_empty()).cloned().collect()),
        expires: args.expires.as_deref().map(|text| expires(text, now)).transpose()?,
        value: None,
    };
    checked(change.problem())?;
    if args.value {
        change.value = value(true, None, output)?.as_ref().map(kept_of);
    }
    if change == TrackedChange::default() {
        return Err(Stop::usage("nothing is to be changed", "keydeck track edit --help lists what can be").into());
    }
    let key = one(&file.read()?, &args.key)?;
    let changed = file.change(|keys| {
        let found = keys.iter_mut().find(|found| found.id == key.id)?;
        *found = change.of(found.clone());
        Some(found.clone())
    })?;
    let changed = changed.ok_or_else(|| Stop::failed("another process forgot it meanwhile", "keydeck track list"))?;
    tell(&changed, "is changed", args.json, now, output);
    Ok(Exit::Done)
}

/// Forgets a key.
pub(super) fn remove(args: &TrackRemove, file: &TrackedFile, output: &mut Output) -> anyhow::Result<Exit> {
    let now = Utc::now();
    let key = one(&file.read()?, &args.key)?;
    if !args.yes {
        confirm::can_be_asked()?;
        output.say(&format!("{} is not revoked by that; where it goes on working nobody reminds you of it.", key.name));
        confirm::typed(&format!("Type y and Enter to forget {}: ", key.name), "y", output)?;
    }
    file.change(|keys| keys.retain(|found| found.id != key.id))?;
    tell(&key, "is forgotten; it was not revoked", args.json, now, output);
    Ok(Exit::Done)
}

fn tell(key: &Tracked, what: &str, json: bool, now: Time, output: &mut Output) {
    if json {
        output.json(&Document { data: vec![Row::of(key, now)], meta: serde_json::json!({}) });
        return;
    }
    output.line(&key.id.to_string());
    let expires = key.expires.map(|at| format!(", expires {}", exact(at))).unwrap_or_default();
    output.say(&format!("{} ({}{expires}) {what}", key.name.marked(), key.kind.title()));
}

fn checked(problem: Option<String>) -> Result<(), Stop> {
    problem.map_or(Ok(()), |why| Err(Stop::usage(why, "correct it; nothing was written down")))
}

/// None: never.
fn expires(text: &str, now: Time) -> Result<Option<Time>, Stop> {
    expiry(text, now).map_err(|why| wrong("--expires", &why))
}

fn made(text: &str, now: Time) -> Result<Time, Stop> {
    let made = Since::parse(text).map_err(|why| wrong("--made", &why))?.at(now);
    if made > now { Err(wrong("--made", "that is still to come")) } else { Ok(made) }
}
