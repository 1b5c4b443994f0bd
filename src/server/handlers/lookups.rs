//! `POST /api-key-lookups`: keys by the hashes of their values, or by their ids.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;

use crate::api::key::{ApiKey, CollectionAccessKey, Lookup, LookupAnswer, LookupResult};
use crate::api::page::MAX_IDS;
use crate::domain::ids::UserId;
use crate::domain::key_value::{KeyKind, is_fingerprint};
use crate::server::app::App;
use crate::server::http::auth::Caller;
use crate::server::http::body::{Body, check_ids};
use crate::server::http::problem::Problem;
use crate::server::policy::Act;
use crate::server::store::{api_keys, collection_keys};

/// Which keys these hashes or ids belong to; somebody without the role admin finds only their own.
pub async fn look_up(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body { value: asked, .. }: Body<Lookup>,
) -> Result<Json<LookupAnswer>, Problem> {
    caller.may(Act::ManageKeys)?;
    let data = match (asked.sha256, asked.ids) {
        (Some(_), Some(_)) => return Err(Problem::malformed("ids", "either ids or sha256, not both")),
        (None, None) => return Err(Problem::missing("sha256")),
        (Some(hashes), None) => by_hash(&app, &caller, hashes).await?,
        (None, Some(ids)) => by_id(&app, &caller, ids).await?,
    };
    Ok(Json(LookupAnswer { data }))
}

async fn by_hash(app: &App, caller: &Caller, sha256: Vec<String>) -> Result<Vec<LookupResult>, Problem> {
    if sha256.is_empty() || sha256.len() > MAX_IDS {
        return Err(Problem::malformed("sha256", format!("not 1 to {MAX_IDS} hashes")));
    }
    if let Some(at) = sha256.iter().position(|hash| !is_fingerprint(hash)) {
        return Err(Problem::malformed(format!("sha256[{at}]"), "not 64 lower-case hexadecimal digits"));
    }
    let owned = api_keys::owners_of(app.store.reads(), sha256.iter().map(String::as_str)).await?;
    let of_kind = |kind| owned.iter().filter(move |owned| owned.kind == kind).map(|owned| owned.key_id.as_str());
    let found = Found::read(app, caller, of_kind(KeyKind::ApiKey), of_kind(KeyKind::CollectionAccessKey)).await?;
    let key_of: HashMap<_, _> = owned.iter().map(|owned| (owned.secret_hash.as_str(), owned.key_id.as_str())).collect();
    let result = |hash: &String| {
        let found = key_of.get(hash.as_str()).map(|id| found.of(id)).unwrap_or_default();
        LookupResult { sha256: Some(hash.clone()), ..found }
    };
    Ok(sha256.iter().map(result).collect())
}

async fn by_id(app: &App, caller: &Caller, ids: Vec<String>) -> Result<Vec<LookupResult>, Problem> {
    if ids.is_empty() || ids.len() > MAX_IDS {
        return Err(Problem::malformed("ids", format!("not 1 to {MAX_IDS} ids")));
    }
    check_ids("ids", &ids)?;
    let texts = || ids.iter().map(String::as_str);
    let found = Found::read(app, caller, texts(), texts()).await?;
    Ok(ids.iter().map(|id| LookupResult { id: Some(id.clone()), ..found.of(id) }).collect())
}

/// The keys that the caller may see, with the uses that are noted and not written yet: what asks before something is
/// done to a key must not be told that nobody uses it.
struct Found {
    api_keys: HashMap<String, ApiKey>,
    collection_keys: HashMap<String, CollectionAccessKey>,
}

impl Found {
    async fn read<'a>(
        app: &App,
        caller: &Caller,
        api_keys: impl Iterator<Item = &'a str>,
        collection_keys: impl Iterator<Item = &'a str>,
    ) -> Result<Self, Problem> {
        let (pool, now) = (app.store.reads(), app.now());
        let visible = |owner: UserId| caller.can(Act::SeeKey(owner.0));
        let mut api_keys = api_keys::by_ids(pool, api_keys, now).await?;
        api_keys.retain(|key| visible(key.owner_id));
        let mut collection_keys = collection_keys::by_ids(pool, collection_keys, now).await?;
        collection_keys.retain(|key| visible(key.user_id));
        app.last_uses.show(&mut api_keys, &mut collection_keys);
        Ok(Self {
            api_keys: api_keys.into_iter().map(|key| (key.id.as_str().to_owned(), key)).collect(),
            collection_keys: collection_keys.into_iter().map(|key| (key.id.as_str().to_owned(), key)).collect(),
        })
    }

    fn of(&self, id: &str) -> LookupResult {
        LookupResult {
            api_key: self.api_keys.get(id).cloned(),
            collection_access_key: self.collection_keys.get(id).cloned(),
            ..LookupResult::default()
        }
    }
}
