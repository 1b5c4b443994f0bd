//! `POST /api-key-verifications`: how a team's own services accept keydeck's keys.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;

use crate::api::key::{Verification, Verified};
use crate::domain::ids::{KeyId, UserId};
use crate::domain::key::Status;
use crate::domain::key_value::{KeyKind, is_fingerprint};
use crate::domain::time::When;
use crate::server::app::App;
use crate::server::http::auth::Caller;
use crate::server::http::body::Body;
use crate::server::http::problem::Problem;
use crate::server::policy::Act;
use crate::server::store::api_keys;

/// Says whether the value with this hash is accepted now. If it is, this was a use of its key.
pub async fn verify(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body { value: Verification { sha256 }, .. }: Body<Verification>,
) -> Result<Json<Verified>, Problem> {
    caller.may(Act::VerifyKeys)?;
    if !is_fingerprint(&sha256) {
        return Err(Problem::malformed("sha256", "not 64 lower-case hexadecimal digits"));
    }
    let (pool, now) = (app.store.reads(), app.now());
    if let Some(credential) = app.credential(pool, &sha256, now).await? {
        app.last_uses.note(KeyKind::ApiKey, &credential.key_id, now, caller.address);
        let expires = [credential.expires_at.time(), credential.value_ends_at.time()].into_iter().flatten().min();
        return Ok(Json(Verified {
            valid: true,
            status: Some(Status::Enabled),
            api_key_id: Some(KeyId::from(credential.key_id)),
            owner_id: Some(UserId(credential.user.id)),
            access: Some(credential.access),
            expires_at: expires.into(),
        }));
    }
    let owned = api_keys::owners_of(pool, [sha256.as_str()]).await?;
    let key = match owned.iter().find(|owned| owned.kind == KeyKind::ApiKey) {
        Some(owned) => api_keys::by_id(pool, &owned.key_id, now).await?,
        None => None,
    };
    Ok(Json(Verified {
        valid: false,
        status: key.as_ref().map(|key| key.status.clone()),
        api_key_id: key.as_ref().map(|key| key.id.clone()),
        owner_id: key.as_ref().map(|key| key.owner_id),
        access: key.as_ref().map(|key| key.access.clone()),
        expires_at: key.map_or(When::Never, |key| key.expires_at),
    }))
}
