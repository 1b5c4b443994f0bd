//! One file a group of endpoints, and the router that they are reached through.

mod acts;
mod api_keys;
mod audit;
mod changes;
mod collection_keys;
mod collections;
mod findings;
pub mod health;
mod lookups;
mod me;
mod minting;
mod notifications;
mod refused_uses;
mod regenerate;
mod reports;
mod resolutions;
mod revocations;
mod settings;
mod table;
mod users;
mod verifications;

use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::header::CONTENT_TYPE;
use axum::middleware::from_fn_with_state;
use axum::response::IntoResponse;
use serde_json::Value;
use tower_http::catch_panic::CatchPanicLayer;

use super::app::App;
use super::http::auth::authenticate;
use super::http::problem::Problem;
use super::http::{body, front, observe};
use super::openapi::Routes;
use super::partners::{self, Served};

/// The bounds that handlers hold requests to, for the contract.
pub mod bounds {
    pub use super::api_keys::{LONGEST_NAME, MOST_CONTACTS};
    pub use super::collection_keys::LONGEST as LONGEST_TEXT;
    pub use super::findings::{MOST_CHOICES, RESOURCE_TYPES, STATUSES, VISIBILITIES as VISIBILITIES_ASKED};
    pub use super::regenerate::LONGEST_OVERLAP;
    pub use super::reports::{LONGEST_URL, SECRET, VISIBILITIES};
    pub use super::resolutions::RESOLUTIONS;
    pub use crate::server::http::body::LONGEST_NOTE;
}

/// The contract as OpenAPI 3.1, of a server that serves these partners.
pub fn contract(served: Served) -> Value {
    partners::routes(table::open(table::keyed(Routes::new(None))), served).contract()
}

/// The contract as it is served now.
async fn tell(State(app): State<Arc<App>>) -> impl IntoResponse {
    /// Of a server with no partner, with GitLab, with GitHub, with both.
    static TEXTS: [OnceLock<String>; 4] = [const { OnceLock::new() }; 4];
    let served = app.configured().partners.served();
    let kept = &TEXTS[usize::from(served.github) * 2 + usize::from(served.gitlab)];
    let text = kept.get_or_init(|| contract(served).to_string());
    ([(CONTENT_TYPE, "application/json")], text.as_str())
}

/// Every endpoint, with all that a request goes through.
pub fn router(app: Arc<App>) -> Router {
    let keyed = table::keyed(Routes::new(Some(Arc::clone(&app)))).layered(|router| {
        router
            .fallback(async || Problem::no_such_endpoint())
            .method_not_allowed_fallback(async || Problem::no_such_method())
            // an unknown path needs a key too, and counts towards the rate limit
            .layer(from_fn_with_state(Arc::clone(&app), authenticate))
    });
    table::open(keyed)
        .router()
        .method_not_allowed_fallback(async || Problem::no_such_method())
        .layer(from_fn_with_state((Arc::clone(&app), partners::router(&app)), partners::divert))
        .layer(DefaultBodyLimit::max(body::LIMIT))
        .layer(CatchPanicLayer::custom(observe::panicked))
        .layer(from_fn_with_state(Arc::clone(&app), front::front))
        .layer(from_fn_with_state(Arc::clone(&app), observe::observe))
        .with_state(app)
}
