//! `GET /collections/{uid}?access_key=kdc_…`: the use of a collection access key, which needs no other key.

use std::sync::Arc;

use axum::Extension;
use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use chrono::TimeDelta;

use crate::api::collection::{Collection, CollectionAnswer, CollectionInfo, SCHEMA};
use crate::api::key::CollectionAccessKey;
use crate::domain::key_value::{self, KeyKind};
use crate::domain::untrusted::Untrusted;
use crate::server::app::App;
use crate::server::http::auth::{agent, refused, tell};
use crate::server::http::peer::From;
use crate::server::http::problem::Problem;
use crate::server::http::query::{Id, Params};
use crate::server::store::collection_keys;

/// A key that would lapse sooner than this is moved on at once, not with the next batch.
const SOON: TimeDelta = TimeDelta::minutes(10);

/// The collection, to a key of it; its use moves the key's expiry on. Each key has the allowance that a user has.
pub async fn get(
    State(app): State<Arc<App>>,
    Extension(From(address)): Extension<From>,
    Id(uid): Id,
    headers: HeaderMap,
    params: Params,
) -> Result<Response, Problem> {
    let Some(value) = params.text("access_key")? else { return Err(refused(&app, address, "missing").await) };
    if key_value::recognise(value) != Some(KeyKind::CollectionAccessKey) {
        return Err(refused(&app, address, "malformed").await);
    }
    let now = app.now();
    let found = collection_keys::presented(app.store.reads(), &key_value::fingerprint(value), now).await?;
    let key = match found {
        Some((key, true)) => key,
        Some((key, false)) => {
            let kind = KeyKind::CollectionAccessKey;
            app.refused_uses.note(kind, key.id.as_str(), now, address, agent(&headers).as_deref());
            return Err(refused(&app, address, "refused").await);
        }
        None => return Err(refused(&app, address, "refused").await),
    };
    let id = key.id.as_str();
    let allowance = app.spend_collection_use(id).await;
    let mut response = if allowance.exceeded {
        Problem::rate_limited(allowance.reset).into_response()
    } else if key.collection_id.as_received() != uid {
        Problem::forbidden("this key reads another collection").into_response()
    } else {
        app.last_uses.note(KeyKind::CollectionAccessKey, id, now, address);
        if key.expires_after.time().is_none_or(|expires| expires - now < SOON) {
            app.last_uses.flush(&app.store).await?;
        }
        Json(answer(&key)).into_response()
    };
    tell(&mut response, allowance);
    Ok(response)
}

fn answer(key: &CollectionAccessKey) -> CollectionAnswer {
    let uid = key.collection_id.as_received();
    let id = match uid.split_once('-') {
        Some((user, id)) if !user.is_empty() && user.bytes().all(|byte| byte.is_ascii_digit()) => id,
        _ => uid,
    };
    CollectionAnswer {
        collection: Collection {
            info: CollectionInfo {
                id: Untrusted::from(id),
                name: key.collection_name.clone().unwrap_or_else(|| key.collection_id.clone()),
                schema: Untrusted::from(SCHEMA),
                uid: key.collection_id.clone(),
            },
            item: Vec::new(),
        },
    }
}
