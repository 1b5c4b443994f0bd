//! `POST /api-keys/{id}/regenerate` and `DELETE /api-keys/{id}/overlap`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::TimeDelta;

use super::changes::visible;
use super::minting::{Minted, minted_by};
use crate::api::key::{CreatedApiKey, Noted, Regenerate};
use crate::domain::key::Status;
use crate::server::app::App;
use crate::server::http::auth::Caller;
use crate::server::http::body::{Body, check_note};
use crate::server::http::problem::Problem;
use crate::server::http::query::Id;
use crate::server::policy::Act;
use crate::server::store::api_keys;
use crate::server::store::audit::Cause;
use crate::server::store::reserve::Purpose;
use crate::server::store::values::{self, NewValue};

/// The longest overlap, in seconds: a week. Source: management API, `POST /api-keys/{id}/regenerate`.
pub const LONGEST_OVERLAP: u64 = 604_800;

/// Gives one of the caller's own keys a new value; the old one works on until the overlap ends.
pub async fn regenerate(
    State(app): State<Arc<App>>,
    caller: Caller,
    Id(id): Id,
    Body { value: asked, .. }: Body<Regenerate>,
) -> Result<Json<CreatedApiKey>, Problem> {
    caller.may(Act::ManageKeys)?;
    let overlap = asked.overlap_seconds.unwrap_or_default();
    let overlap = i64::try_from(overlap)
        .ok()
        .filter(|_| overlap <= LONGEST_OVERLAP)
        .ok_or_else(|| Problem::malformed("overlapSeconds", format!("not from 0 to {LONGEST_OVERLAP}")))?;
    let note = check_note(asked.note.as_deref())?;
    let minted = Minted::new(asked.secret_hash, asked.masked_value)?;
    let mut write = caller.write(&app).await?;
    let now = app.now();
    let (key, owner) = visible(&mut write, &caller, &id, now).await?;
    caller.may(Act::RegenerateKey((&owner).into()))?;
    caller.may(Act::GiveAccess { access: &key.access, own: &caller.access })?;
    if key.status == Status::Revoked {
        return Err(Problem::conflict("revoked", "the key was revoked, which is final"));
    }
    if key.expires_at.time().is_some_and(|expires| expires <= now) {
        return Err(Problem::conflict("expired", "the key expired: make another"));
    }
    minted.must_be_new(&mut write).await?;
    let expires_at = values::expiry_after_regenerate(write.on(), &key, now).await?;
    let overlap_ends_at = [Some(now + TimeDelta::seconds(overlap)), key.expires_at.time(), expires_at];
    let new = NewValue {
        secret_hash: minted.secret_hash,
        masked_value: minted.masked_value,
        expires_at,
        overlap_ends_at: overlap_ends_at.into_iter().flatten().min().unwrap_or(now),
    };
    let (minted_by, cause) = (minted_by(minted.value.as_ref()), Cause { note, ..Cause::new(&caller.origin, now) });
    values::replace(&mut write, &key, &owner, &new, minted_by, &cause).await?;
    let api_key = api_keys::by_id(write.on(), &id, now).await?.ok_or_else(Problem::server)?;
    let value = minted.value.map(|value| value.expose().to_owned());
    let told = value.is_some().then_some(id.as_str());
    let answer = CreatedApiKey { api_key, value };
    caller.commit(write, StatusCode::OK, &answer, told, now).await?;
    Ok(Json(answer))
}

/// Ends the overlap of a key at once: of one's own, also with the value that it stops, or with the role admin of any but a
/// superadmin's. Without an overlap there is nothing to do.
pub async fn end_overlap(
    State(app): State<Arc<App>>,
    caller: Caller,
    Id(id): Id,
    Body { value: said, .. }: Body<Noted>,
) -> Result<StatusCode, Problem> {
    caller.may(Act::ManageKeys)?;
    let note = check_note(said.note.as_deref())?;
    let mut write = caller.write_for(&app, Purpose::Stopping).await?;
    let now = app.now();
    let (key, owner) = visible(&mut write, &caller, &id, now).await?;
    caller.may(Act::ChangeKey(&owner))?;
    let cause = Cause { note, ..Cause::new(&caller.origin, now) };
    if values::end_overlap(&mut write, &key, &owner, &cause).await? {
        write.commit().await?;
    }
    Ok(StatusCode::NO_CONTENT)
}
