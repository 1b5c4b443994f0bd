//! One file a group of endpoints, and the table of routes.

mod api_keys;
mod changes;
mod collection_keys;
mod collections;
mod findings;
mod lookups;
mod me;
mod minting;
mod regenerate;
mod revocations;
mod settings;
mod users;
mod verifications;

pub use self::api_keys::is_address;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{delete, get, post};
use tower_http::catch_panic::CatchPanicLayer;

use super::app::App;
use super::http::auth::authenticate;
use super::http::once::once;
use super::http::problem::Problem;
use super::http::{body, observe};
use crate::api::paths;

/// Every endpoint, with all that a request goes through.
pub fn router(app: Arc<App>) -> Router {
    let once = || from_fn_with_state(Arc::clone(&app), once);
    Router::new()
        .route(paths::ME, get(me::get))
        .route(paths::USERS, get(users::list).merge(post(users::create).layer(once())))
        .route(&format!("{}/{{id}}", paths::USERS), get(users::get).patch(users::patch))
        .route(paths::API_KEYS, get(api_keys::list).merge(post(api_keys::create).layer(once())))
        .route(
            &format!("{}/{{id}}", paths::API_KEYS),
            get(api_keys::get).patch(changes::patch).delete(api_keys::delete),
        )
        .route(&format!("{}/{{id}}/regenerate", paths::API_KEYS), post(regenerate::regenerate).layer(once()))
        .route(paths::API_KEY_REVOCATIONS, post(revocations::revoke).layer(once()))
        .route(paths::API_KEY_LOOKUPS, post(lookups::look_up))
        .route(paths::API_KEY_VERIFICATIONS, post(verifications::verify))
        .route(paths::API_KEY_SETTINGS, get(settings::get))
        .route(
            paths::COLLECTION_ACCESS_KEYS,
            get(collection_keys::list).merge(post(collection_keys::create).layer(once())),
        )
        .route(&format!("{}/{{id}}", paths::COLLECTION_ACCESS_KEYS), delete(collection_keys::delete))
        .route(paths::SECRET_TYPES, get(findings::secret_types))
        .route(paths::DETECTED_SECRETS_QUERIES, post(findings::query))
        .fallback(async || Problem::no_such_endpoint())
        .method_not_allowed_fallback(async || Problem::no_such_method())
        // places that are not there take a key and count as well
        .layer(from_fn_with_state(Arc::clone(&app), authenticate))
        // a collection access key is all that this one asks for
        .route(
            &format!("{}/{{id}}", paths::COLLECTIONS),
            get(collections::get).fallback(async || Problem::no_such_method()),
        )
        .layer(DefaultBodyLimit::max(body::LIMIT))
        .layer(CatchPanicLayer::custom(observe::panicked))
        .layer(from_fn(observe::observe))
        .with_state(app)
}
