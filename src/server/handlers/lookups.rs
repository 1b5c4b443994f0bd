//! `POST /api-key-lookups`.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;

use crate::api::key::{Lookup, LookupAnswer, LookupResult};
use crate::api::page::MAX_IDS;
use crate::domain::ids::UserId;
use crate::domain::key_value::{KeyKind, is_fingerprint};
use crate::server::app::App;
use crate::server::http::auth::Caller;
use crate::server::http::body::Body;
use crate::server::http::problem::Problem;
use crate::server::policy::Act;
use crate::server::store::{api_keys, collection_keys};

/// Which keys these hashes belong to; somebody without the role admin finds only their own.
pub async fn look_up(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body { value: Lookup { sha256 }, .. }: Body<Lookup>,
) -> Result<Json<LookupAnswer>, Problem> {
    caller.may(Act::ManageKeys)?;
    if sha256.is_empty() || sha256.len() > MAX_IDS {
        return Err(Problem::malformed("sha256", format!("not 1 to {MAX_IDS} hashes")));
    }
    if let Some(at) = sha256.iter().position(|hash| !is_fingerprint(hash)) {
        return Err(Problem::malformed(format!("sha256[{at}]"), "not 64 lower-case hexadecimal digits"));
    }
    let (pool, now) = (app.store.reads(), app.now());
    let owned = api_keys::owners_of(pool, sha256.iter().map(String::as_str)).await?;
    let of_kind = |kind| owned.iter().filter(move |owned| owned.kind == kind).map(|owned| owned.key_id.as_str());
    let visible = |owner: UserId| caller.can(Act::SeeKey(owner.0));
    let api_keys: HashMap<_, _> = api_keys::by_ids(pool, of_kind(KeyKind::ApiKey), now)
        .await?
        .into_iter()
        .filter(|key| visible(key.owner_id))
        .map(|key| (key.id.as_str().to_owned(), key))
        .collect();
    let collection_keys: HashMap<_, _> = collection_keys::by_ids(pool, of_kind(KeyKind::CollectionAccessKey), now)
        .await?
        .into_iter()
        .filter(|key| visible(key.user_id))
        .map(|key| (key.id.as_str().to_owned(), key))
        .collect();
    let key_of: HashMap<_, _> = owned.iter().map(|owned| (owned.secret_hash.as_str(), &owned.key_id)).collect();
    let data = sha256
        .iter()
        .map(|hash| {
            let id = key_of.get(hash.as_str());
            LookupResult {
                sha256: hash.clone(),
                api_key: id.and_then(|id| api_keys.get(id.as_str()).cloned()),
                collection_access_key: id.and_then(|id| collection_keys.get(id.as_str()).cloned()),
            }
        })
        .collect();
    Ok(Json(LookupAnswer { data }))
}
