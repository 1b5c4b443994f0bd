//! `GET /detected-secrets/{secretId}/locations`, `PUT /detected-secrets/{secretId}`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;

use crate::api::page::MAX_LIMIT;
use crate::api::secrets::{ResolutionActivity, Resolve, ResolvedSecret, SecretLocations, SecretLocationsMeta};
use crate::domain::finding::Resolution;
use crate::server::app::App;
use crate::server::http::auth::Caller;
use crate::server::http::body::{Body, Readable, check_note};
use crate::server::http::cursor;
use crate::server::http::problem::Problem;
use crate::server::http::query::{Id, Params, one_of};
use crate::server::policy::Act;
use crate::server::store::audit::Cause;
use crate::server::store::findings::{self, FindingRef};
use crate::server::store::locations::{self, Search};

/// The page that is answered when no limit is asked for. Source: Postman's secret scanner.
pub const DEFAULT_LIMIT: u32 = 10;
/// What a finding can be resolved as. Source: Postman's secret scanner.
pub const RESOLUTIONS: [&str; 3] = ["FALSE_POSITIVE", "REVOKED", "ACCEPTED_RISK"];

impl Readable for Resolve {
    const REQUIRED: &'static [&'static str] = &["resolution", "workspaceId"];
}

/// Where a finding's secret stands, the latest first.
pub async fn locations(
    State(app): State<Arc<App>>,
    caller: Caller,
    Id(secret_id): Id,
    params: Params,
) -> Result<Json<SecretLocations>, Problem> {
    caller.may(Act::SeeTeam)?;
    let workspace_id = params.text("workspaceId")?.ok_or_else(|| Problem::missing("workspaceId"))?.to_owned();
    let limit = params.limit(DEFAULT_LIMIT, MAX_LIMIT)?;
    let (since, until) = (params.moment("since")?, params.moment("until")?);
    if since.zip(until).is_some_and(|(since, until)| since > until) {
        return Err(Problem::malformed("since", "later than until"));
    }
    let resource_type = params.text("resourceType")?.map(str::to_owned);
    let search = Search { secret_id, workspace_id, resource_type, since, until };
    let list = format!("locations {search:?}");
    let cursor = params.text("cursor")?;
    let after = cursor.map(|text| cursor::read::<[String; 2]>(&list, text)).transpose()?;
    let pool = app.store.reads();
    let finding = findings::one(pool, &search.secret_id, &search.workspace_id, app.now())
        .await?
        .ok_or_else(|| Problem::not_found("detected secret"))?;
    let total = search.count(pool).await?;
    let (data, next) = search.page(pool, after.as_ref(), limit).await?;
    let history = locations::history(pool, &search.secret_id, &search.workspace_id).await?;
    let activity_feed = history
        .into_iter()
        .map(|entry| ResolutionActivity {
            resolved_at: entry.created_at,
            resolved_by: entry.actor,
            status: entry.resolution,
        })
        .collect();
    let meta = SecretLocationsMeta {
        activity_feed,
        cursor: cursor.map(str::to_owned),
        limit: Some(u64::from(limit)),
        next_cursor: next.map(|place| cursor::write(&list, &place)).transpose()?,
        obfuscated_secret: finding.obfuscated_secret,
        secret_hash: finding.secret_hash,
        secret_type: finding.secret_type,
        total: Some(total),
    };
    Ok(Json(SecretLocations { data, meta }))
}

/// Says what became of a finding, again if it was said before. `REVOKED` is a statement: it revokes nothing.
pub async fn resolve(
    State(app): State<Arc<App>>,
    caller: Caller,
    Id(secret_id): Id,
    Body { value: asked, .. }: Body<Resolve>,
) -> Result<Json<ResolvedSecret>, Problem> {
    caller.may(Act::SeeTeam)?;
    if !RESOLUTIONS.contains(&asked.resolution.word()) {
        return Err(Problem::malformed("resolution", one_of(RESOLUTIONS)));
    }
    let note = check_note(asked.note.as_deref())?;
    let mut write = caller.write(&app).await?;
    let now = app.now();
    let found = findings::one(write.on(), &secret_id, &asked.workspace_id, now)
        .await?
        .ok_or_else(|| Problem::not_found("detected secret"))?;
    let finding = FindingRef {
        secret_id: secret_id.clone(),
        workspace_id: asked.workspace_id.clone(),
        key_id: found.api_key_id.map(|id| id.as_str().to_owned()),
    };
    let cause = Cause { origin: &caller.origin, now, note };
    let before: &Resolution = &found.resolution;
    findings::resolve_from(&mut write, &[finding], before, &asked.resolution, &cause).await?;
    let history = locations::history(write.on(), &secret_id, &asked.workspace_id).await?;
    write.commit().await?;
    Ok(Json(ResolvedSecret {
        secret_hash: found.secret_hash,
        workspace_id: found.workspace_id,
        resolution: asked.resolution,
        history,
    }))
}
