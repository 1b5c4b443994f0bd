//! One file a group of endpoints, and the table of routes.

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
mod users;
mod verifications;

use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::header::CONTENT_TYPE;
use axum::middleware::from_fn_with_state;
use axum::response::IntoResponse;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::openapi::{HttpMethod, OpenApi};

use super::app::App;
use super::http::auth::authenticate;
use super::http::body::Deletion;
use super::http::problem::Problem;
use super::http::{body, front, observe};
use super::openapi::{Contract, Doc, Routes};
use super::partners::{self, Served};
use super::policy::Effect::{Changes, DeletesKey, EndsOverlap, Identifies, Reads};
use crate::api::acts::ActAnswer;
use crate::api::audit::AuditAction;
use crate::api::collection::CollectionAnswer;
use crate::api::key::{
    ApiKey, CreatedApiKey, CreatedCollectionAccessKey, KeyPatch, Lookup, LookupAnswer, NewApiKey,
    NewCollectionAccessKey, Noted, RefusedUse, Regenerate, Revocations, RevocationsDone, Verification,
    VerificationAnswer,
};
use crate::api::notifications::Notification;
use crate::api::page::Page;
use crate::api::paths;
use crate::api::secrets::{
    DetectedSecret, DetectedSecretsQuery, Resolve, ResolvedSecret, SecretLocations, SecretReport, SecretTypes,
};
use crate::api::team::{CreatedUser, MeAnswer, NewUser, UserAnswer, UserPatch};
use crate::domain::settings::{Impact, Settings, SettingsChange};

/// The path of one thing of a list.
fn one(path: &str) -> String {
    format!("{path}/{{id}}")
}

/// Every endpoint that takes a key.
fn keyed(routes: Routes) -> Routes {
    watch(keys(users(routes)))
}

/// Who asks, and users.
fn users(routes: Routes) -> Routes {
    use HttpMethod::{Get, Patch, Post};
    routes
        .add(Get, paths::ME, me::get, Doc::new(Identifies, "Who asks").answer::<MeAnswer>(200))
        .add(
            Get,
            paths::USERS,
            users::list,
            Doc::new(Reads, "The team's users").query(&["groupId"]).answer::<users::Users>(200),
        )
        .add(Get, &one(paths::USERS), users::get, Doc::new(Reads, "One user").answer::<UserAnswer>(200))
        .add(
            Post,
            paths::USERS,
            users::create,
            Doc::new(Changes, "Add a user").body::<NewUser>().answer::<CreatedUser>(201).once(),
        )
        .add(
            Patch,
            &one(paths::USERS),
            users::patch,
            Doc::new(Changes, "Change a user").body::<UserPatch>().answer::<UserAnswer>(200),
        )
}

#[expect(clippy::too_many_lines, reason = "a table, a row an endpoint")]
fn keys(routes: Routes) -> Routes {
    use HttpMethod::{Delete, Get, Patch, Post, Put};
    routes
        .add(
            Get,
            paths::API_KEYS,
            api_keys::list,
            Doc::new(Reads, "API keys")
                .query(&["scope", "status", "createdBy", "sort", "q", "limit", "cursor"])
                .answer::<Page<ApiKey>>(200),
        )
        .add(
            Post,
            paths::API_KEYS,
            api_keys::create,
            Doc::new(Changes, "Make an API key").body::<NewApiKey>().answer::<CreatedApiKey>(201).once(),
        )
        .add(Get, &one(paths::API_KEYS), api_keys::get, Doc::new(Reads, "One API key").answer::<ApiKey>(200))
        .add(
            Patch,
            &one(paths::API_KEYS),
            changes::patch,
            Doc::new(Changes, "Change an API key").body::<KeyPatch>().answer::<ApiKey>(200),
        )
        .add(
            Post,
            &format!("{}/regenerate", one(paths::API_KEYS)),
            regenerate::regenerate,
            Doc::new(Changes, "Give one's own API key a new value")
                .body::<Regenerate>()
                .answer::<CreatedApiKey>(200)
                .once(),
        )
        .add(
            Delete,
            &format!("{}/overlap", one(paths::API_KEYS)),
            regenerate::end_overlap,
            Doc::new(EndsOverlap, "End the overlap in which an API key's earlier value works")
                .body::<Noted>()
                .nothing(),
        )
        .add(
            Post,
            paths::API_KEY_VERIFICATIONS,
            verifications::verify,
            Doc::new(Reads, "Verify keys by the hashes of their values")
                .body::<Verification>()
                .answer::<VerificationAnswer>(200),
        )
        .add(
            Get,
            &format!("{}/refused-uses", one(paths::API_KEYS)),
            refused_uses::list,
            Doc::new(Reads, "From where an API key that no longer works is still tried")
                .query(&["limit", "cursor"])
                .page::<RefusedUse>(),
        )
        .add(
            Delete,
            &one(paths::API_KEYS),
            api_keys::delete,
            Doc::new(DeletesKey, "Delete one's own API key").body::<Deletion>().nothing(),
        )
        .add(
            Post,
            paths::API_KEY_REVOCATIONS,
            revocations::revoke,
            Doc::new(Changes, "Revoke API keys")
                .body::<Revocations>()
                .answer::<RevocationsDone>(200)
                .answer::<ActAnswer>(202)
                .once(),
        )
        .add(
            Post,
            paths::API_KEY_LOOKUPS,
            lookups::look_up,
            Doc::new(Reads, "Find keys by the hashes of their values, or by their ids")
                .body::<Lookup>()
                .answer::<LookupAnswer>(200),
        )
        .add(
            Get,
            paths::API_KEY_SETTINGS,
            settings::get,
            Doc::new(Reads, "The team's settings").answer::<Settings>(200),
        )
        .add(
            Put,
            paths::API_KEY_SETTINGS,
            settings::put,
            Doc::new(Changes, "Change the team's settings")
                .body::<SettingsChange>()
                .answer::<Settings>(200)
                .answer::<ActAnswer>(202),
        )
        .add(
            Post,
            paths::API_KEY_SETTINGS_PREVIEW,
            settings::preview,
            Doc::new(Reads, "What a change of the settings would do; nothing is changed")
                .body::<SettingsChange>()
                .answer::<Impact>(200),
        )
        .add(Get, &one(paths::ACTS), acts::get, Doc::new(Reads, "How far an act is").answer::<ActAnswer>(200))
        .add(
            Get,
            paths::COLLECTION_ACCESS_KEYS,
            collection_keys::list,
            Doc::new(Reads, "Collection access keys")
                .query(&["collectionId", "limit", "cursor"])
                .answer::<collection_keys::Answer>(200),
        )
        .add(
            Post,
            paths::COLLECTION_ACCESS_KEYS,
            collection_keys::create,
            Doc::new(Changes, "Make a collection access key")
                .body::<NewCollectionAccessKey>()
                .answer::<CreatedCollectionAccessKey>(201)
                .once(),
        )
        .add(
            Delete,
            &one(paths::COLLECTION_ACCESS_KEYS),
            collection_keys::delete,
            Doc::new(Changes, "Revoke a collection access key").body::<Noted>().nothing(),
        )
}

/// Exposed keys and the audit log.
fn watch(routes: Routes) -> Routes {
    use HttpMethod::{Get, Post, Put};
    routes
        .add(
            Get,
            paths::SECRET_TYPES,
            findings::secret_types,
            Doc::new(Reads, "The kinds of secret that are looked for").answer::<SecretTypes>(200),
        )
        .add(
            Post,
            paths::DETECTED_SECRETS_QUERIES,
            findings::query,
            Doc::new(Reads, "Search the findings")
                .query(&["limit", "cursor", "include", "since", "until"])
                .body::<DetectedSecretsQuery>()
                .answer::<findings::Answer>(200),
        )
        .add(
            Post,
            paths::DETECTED_SECRETS,
            reports::report,
            Doc::new(Changes, "Report a detected secret")
                .body::<SecretReport>()
                .answer::<DetectedSecret>(201)
                .answer::<DetectedSecret>(200)
                .once(),
        )
        .add(
            Put,
            &one(paths::DETECTED_SECRETS),
            resolutions::resolve,
            Doc::new(Changes, "Resolve a finding").body::<Resolve>().answer::<ResolvedSecret>(200),
        )
        .add(
            Get,
            &format!("{}/locations", one(paths::DETECTED_SECRETS)),
            resolutions::locations,
            Doc::new(Reads, "Where a finding's secret stands")
                .query(&["workspaceId", "resourceType", "since", "until", "limit", "cursor"])
                .answer::<SecretLocations>(200),
        )
        .add(
            Get,
            paths::AUDIT_LOGS,
            audit::logs,
            Doc::new(Reads, "The audit log")
                .query(&[
                    "userId", "keyId", "action", "since", "until", "afterSeq", "orderBy", "order_by", "limit", "cursor",
                ])
                .answer::<audit::Answer>(200),
        )
        .add(
            Get,
            paths::AUDIT_ACTIONS,
            audit::actions,
            Doc::new(Reads, "What the audit log tells of").answer::<Vec<AuditAction>>(200),
        )
        .add(
            Get,
            paths::NOTIFICATIONS,
            notifications::list,
            Doc::new(Reads, "What people are told of their keys")
                .query(&["scope", "state", "limit", "cursor"])
                .page::<Notification>(),
        )
}

/// Those that take none.
fn open(routes: Routes) -> Routes {
    routes
        .add(
            HttpMethod::Get,
            &one(paths::COLLECTIONS),
            collections::get,
            Doc::without_key("A collection, read with a collection access key")
                .query(&["access_key"])
                .answer::<CollectionAnswer>(200),
        )
        .add(
            HttpMethod::Get,
            paths::HEALTHZ,
            health::lives,
            Doc::without_key("Whether the server lives").answer::<health::Health>(200),
        )
        .add(
            HttpMethod::Get,
            paths::READYZ,
            health::ready,
            Doc::without_key("Whether the database takes writes").answer::<health::Health>(200),
        )
        .add(HttpMethod::Get, paths::OPENAPI, tell, Doc::without_key("This contract").answer::<Contract>(200))
}

/// The contract as OpenAPI 3.1, of a server that serves these partners.
pub fn contract(served: Served) -> OpenApi {
    partners::routes(open(keyed(Routes::new(None))), served).finish().1
}

/// The contract as it is served now.
async fn tell(State(app): State<Arc<App>>) -> Result<impl IntoResponse, Problem> {
    /// Of a server with no partner, with GitLab, with GitHub, with both.
    static TEXTS: [OnceLock<String>; 4] = [const { OnceLock::new() }; 4];
    let served = app.configured().partners.served();
    let kept = &TEXTS[usize::from(served.github) * 2 + usize::from(served.gitlab)];
    if let Some(text) = kept.get() {
        return Ok(([(CONTENT_TYPE, "application/json")], text.as_str()));
    }
    let text = contract(served).to_json().map_err(|error| {
        tracing::error!(%error, "the contract cannot be written");
        Problem::server()
    })?;
    Ok(([(CONTENT_TYPE, "application/json")], kept.get_or_init(|| text).as_str()))
}

/// Every endpoint, with all that a request goes through.
pub fn router(app: Arc<App>) -> Router {
    let keyed = keyed(Routes::new(Some(Arc::clone(&app)))).layered(|router| {
        router
            .fallback(async || Problem::no_such_endpoint())
            .method_not_allowed_fallback(async || Problem::no_such_method())
            // an unknown path needs a key too, and counts towards the rate limit
            .layer(from_fn_with_state(Arc::clone(&app), authenticate))
    });
    let (router, _) = open(keyed).finish();
    router
        .method_not_allowed_fallback(async || Problem::no_such_method())
        .layer(from_fn_with_state((Arc::clone(&app), partners::router(&app)), partners::divert))
        .layer(DefaultBodyLimit::max(body::LIMIT))
        .layer(CatchPanicLayer::custom(observe::panicked))
        .layer(from_fn_with_state(Arc::clone(&app), front::front))
        .layer(from_fn_with_state(Arc::clone(&app), observe::observe))
        .with_state(app)
}
