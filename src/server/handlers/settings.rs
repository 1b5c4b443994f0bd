//! `GET`, `PUT /api-key-settings` and `POST /api-key-settings/preview`.

use std::collections::HashSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::acts::answer;
use super::revocations::check_lockout;
use crate::domain::key::Revocation;
use crate::domain::settings::{CurrentlyExposed, Impact, Redating, Settings, SettingsChange, Wrong};
use crate::domain::time::Time;
use crate::server::app::App;
use crate::server::fixed;
use crate::server::http::auth::Caller;
use crate::server::http::body::{Body, Lockout, Readable, check_note};
use crate::server::http::problem::Problem;
use crate::server::life;
use crate::server::policy::Act;
use crate::server::store::acts::{self, Kind};
use crate::server::store::audit::Cause;
use crate::server::store::engine::Transaction;
use crate::server::store::impact::{self, Question};
use crate::server::store::revoke::{self, Target};
use crate::server::store::sql::IDS_A_LIST;
use crate::server::store::{Write, team};

impl Readable for SettingsChange {
    const STOPS_KEYS: bool = true;
}

impl From<Wrong> for Problem {
    fn from(wrong: Wrong) -> Self {
        Self::malformed(wrong.field, wrong.reason)
    }
}

/// The team's settings, for everybody who makes keys under them.
pub async fn get(State(app): State<Arc<App>>, caller: Caller) -> Result<Json<Settings>, Problem> {
    caller.may(Act::ManageKeys)?;
    Ok(Json(team::settings(app.store.reads()).await?))
}

/// What a change would do to the keys there are. Nothing is written.
pub async fn preview(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body { value: change, .. }: Body<SettingsChange>,
) -> Result<Json<Impact>, Problem> {
    caller.may(Act::ManageSettings)?;
    check_note(change.note.as_deref())?;
    check_is_version(change.version)?;
    let mut snapshot = app.store.snapshot().await?;
    let now = app.now();
    let before = team::settings(&mut snapshot).await?;
    let after = change.apply_to(&before)?;
    fixed::check(app.policy.as_ref(), &after)?;
    let redating = redating(&mut snapshot, &change, &before, &after, now).await?;
    let revokes = change.currently_exposed == Some(CurrentlyExposed::Revoke) && turns_on(&before, &after);
    let exposed: HashSet<String> = if revokes {
        impact::exposed(&mut snapshot, caller.user.is_superadmin(), now).await?.into_iter().collect()
    } else {
        HashSet::new()
    };
    let question = Question { before: &before, after: &after, redating: redating.as_ref(), exposed: &exposed, now };
    Ok(Json(impact::of(&mut snapshot, &question).await?))
}

/// Changes the settings. Dates that the change gives to keys hold from then on; the keys' own rows follow as an act.
pub async fn put(State(app): State<Arc<App>>, caller: Caller, body: Body<SettingsChange>) -> Result<Response, Problem> {
    caller.may(Act::ManageSettings)?;
    let change = &body.value;
    check_is_version(change.version)?;
    let version = change.version.ok_or_else(|| Problem::missing("version"))?;
    let note = check_note(change.note.as_deref())?;
    let now = app.now();
    // what takes long is worked out before anybody has to wait for it; the version says whether it still holds
    let (mut after, planned) = {
        let mut snapshot = app.store.snapshot().await?;
        let before = team::settings(&mut snapshot).await?;
        check_version(version, &before)?;
        let after = change.apply_to(&before)?;
        fixed::check(app.policy.as_ref(), &after)?;
        let planned = match redating(&mut snapshot, change, &before, &after, now).await? {
            Some(redating) => {
                let keys = impact::changed(&mut snapshot, &redating).await?;
                Some((redating, keys))
            }
            None => None,
        };
        (after, planned)
    };
    let mut write = caller.write(&app).await?;
    let before = team::settings(write.on()).await?;
    check_version(version, &before)?;
    if after == before {
        return Ok(Json(before).into_response());
    }
    let cause = Cause { note, ..Cause::new(&caller.origin, now) };
    if turns_on(&before, &after) {
        revoke_exposed(&mut write, &caller, change, body.lockout()?, &cause).await?;
    }
    after.version = before.version + 1;
    team::update_settings(&mut write, &before, &after, &cause).await?;
    let mut act = None;
    if let Some((redating, keys)) = planned.filter(|(_, keys)| *keys > 0) {
        if let Some(running) = acts::dating(write.on()).await? {
            let message = "keys are still being given the dates of the change before: ask again when that is over";
            return Err(Problem::conflict_with("act", message, json!({ "act": answer(&running).act })));
        }
        if impact::locks_out(write.on(), &redating).await? {
            let message =
                "no superadmin's key would outlive this change by 24 h: make one that does first, or choose more days";
            return Err(Problem::conflict("lockout", message));
        }
        act = Some(acts::begin(&mut write, Kind::Date(redating), keys, &[], &cause).await?);
    }
    write.commit().await?;
    if let Some(act) = act {
        let act = life::wait_for(&app, act, app.patience).await?;
        if act.running {
            return Ok((StatusCode::ACCEPTED, Json(answer(&act))).into_response());
        }
    }
    app.life.wake();
    Ok(Json(after).into_response())
}

fn turns_on(before: &Settings, after: &Settings) -> bool {
    after.auto_revoke_exposed && !before.auto_revoke_exposed
}

/// Refuses what no version is, whether or not it is compared with the present one.
fn check_is_version(said: Option<i64>) -> Result<(), Problem> {
    match said {
        Some(version) if version < 0 => Err(Problem::malformed("version", "not a whole number from 0 on")),
        _ => Ok(()),
    }
}

fn check_version(said: i64, current: &Settings) -> Result<(), Problem> {
    if said == current.version {
        return Ok(());
    }
    let message = "somebody changed the settings meanwhile: look at them and decide again";
    Err(Problem::conflict_with("version", message, json!({ "current": current })))
}

/// How the change dates keys, with the days over which it spreads them.
async fn redating(
    on: &mut Transaction,
    change: &SettingsChange,
    before: &Settings,
    after: &Settings,
    now: Time,
) -> Result<Option<Redating>, Problem> {
    let Some(mut redating) = Redating::of(before, after, now) else { return Ok(None) };
    if let Some(days) = change.spread_days {
        redating.spread = Some(impact::spread(on, &redating, days).await?);
    }
    Ok(Some(redating))
}

/// Does with the keys that are exposed now what the change says; it has to say something where there are any.
async fn revoke_exposed(
    write: &mut Write,
    caller: &Caller,
    change: &SettingsChange,
    lockout: Lockout,
    cause: &Cause<'_>,
) -> Result<(), Problem> {
    let exposed = impact::exposed(write.on(), caller.user.is_superadmin(), cause.now).await?;
    match change.currently_exposed {
        None if !exposed.is_empty() => {
            let message = format!(
                "{} exposed keys are enabled: say \"currentlyExposed\":\"revoke\", or \"ignore\" to leave them",
                exposed.len()
            );
            return Err(Problem::conflict_with("exposedKeys", message, json!({ "count": exposed.len() })));
        }
        None | Some(CurrentlyExposed::Ignore | CurrentlyExposed::Other(_)) => return Ok(()),
        Some(CurrentlyExposed::Revoke) => {}
    }
    let mut chosen: Vec<(Target, Revocation)> = Vec::new();
    for ids in exposed.chunks(IDS_A_LIST) {
        let targets = revoke::targets(write.on(), ids.iter().map(String::as_str), cause.now).await?;
        chosen.extend(targets.into_iter().map(|key| (key, Revocation::Exposed)));
    }
    let guarded = chosen.iter().any(|(key, _)| revoke::guards_the_team(key));
    revoke::revoke(write, &chosen, cause).await?;
    check_lockout(write, caller, guarded, lockout, cause.now).await
}
