//! `POST /detected-secrets-queries`, `GET /secret-types`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use crate::api::page::MAX_LIMIT;
use crate::api::secrets::{DetectedSecret, DetectedSecretsQuery, SecretTypes, SecretTypesMeta};
use crate::server::app::App;
use crate::server::http::auth::Caller;
use crate::server::http::body::Body;
use crate::server::http::cursor;
use crate::server::http::list::ListAnswer;
use crate::server::http::problem::Problem;
use crate::server::http::query::{Params, one_of};
use crate::server::policy::Act;
use crate::server::store::findings::{self, Search};

/// The page that is answered when no limit is asked for. Source: Postman's secret scanner.
pub const DEFAULT_LIMIT: u32 = 10;
/// The most entries one filter takes.
pub const MOST_CHOICES: usize = 1000;
/// The statuses that can be asked for. Source: Postman's secret scanner, and Postman's own client for `ACTIVE`.
pub const STATUSES: [&str; 4] = ["FALSE_POSITIVE", "ACCEPTED_RISK", "REVOKED", "ACTIVE"];
/// The visibilities that can be asked for. Source: Postman's secret scanner.
pub const VISIBILITIES: [&str; 2] = ["team", "public"];
/// The kinds of resource that can be asked for. Source: Postman's secret scanner.
pub const RESOURCE_TYPES: [&str; 12] = [
    "collection",
    "environment",
    "globals",
    "request",
    "example",
    "folder",
    "extensible-collection",
    "extensible-collection-meta",
    "extensible-request",
    "extensible-folder",
    "extensible-example",
    "extensible-message",
];

/// Postman's shape of a page of findings.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Findings)]
pub struct Answer {
    data: Vec<DetectedSecret>,
    meta: AnswerMeta,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = FindingsMeta)]
struct AnswerMeta {
    limit: u32,
    next_cursor: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<u64>,
}

/// Searches the findings, the latest first.
pub async fn query(
    State(app): State<Arc<App>>,
    caller: Caller,
    params: Params,
    Body { value: query, .. }: Body<DetectedSecretsQuery>,
) -> Result<ListAnswer<Answer>, Problem> {
    caller.may(Act::SeeTeam)?;
    let limit = params.limit(DEFAULT_LIMIT, MAX_LIMIT)?;
    let with_total = params.word("include", &[("meta.total", ())])?.is_some();
    let (since, until) = (params.moment("since")?, params.moment("until")?);
    if since.zip(until).is_some_and(|(since, until)| since > until) {
        return Err(Problem::malformed("since", "later than until"));
    }
    check(&app, &query).await?;
    let search = Search { query, since, until };
    let list = format!("detected-secrets {search:?}");
    let after = params.text("cursor")?.map(|text| cursor::read::<[String; 4]>(&list, text)).transpose()?;
    let pool = app.store.reads();
    let total = if with_total { Some(search.count(pool).await?) } else { None };
    let (data, next) = search.page(pool, after.as_ref(), limit, app.now()).await?;
    let next_cursor = next.map(|place| cursor::write(&list, &place)).transpose()?;
    Ok(ListAnswer { rows: data.len(), page: Answer { data, meta: AnswerMeta { limit, next_cursor, total } } })
}

async fn check(app: &App, query: &DetectedSecretsQuery) -> Result<(), Problem> {
    if query.resources.is_some() && query.workspace_ids.is_some() {
        return Err(Problem::malformed("resources", "either resources or workspaceIds, not both"));
    }
    check_words("statuses", query.statuses.as_deref(), &STATUSES)?;
    check_words("workspaceVisibilities", query.workspace_visibilities.as_deref(), &VISIBILITIES)?;
    check_number("workspaceIds", query.workspace_ids.as_deref())?;
    check_number("resources", query.resources.as_deref())?;
    for (at, resource) in query.resources.iter().flatten().enumerate() {
        let field = |name| format!("resources[{at}].{name}");
        let ids = resource.ids.as_deref().unwrap_or_default();
        match resource.kind.as_deref() {
            None if ids.is_empty() => return Err(Problem::missing(field("type"))),
            Some(kind) if !RESOURCE_TYPES.contains(&kind) => {
                return Err(Problem::malformed(field("type"), one_of(RESOURCE_TYPES)));
            }
            None | Some(_) => check_number(&field("ids"), Some(ids))?,
        }
    }
    let resources: usize =
        query.resources.iter().flatten().filter_map(|resource| resource.ids.as_ref()).map(Vec::len).sum();
    if resources > MOST_CHOICES {
        return Err(Problem::malformed("resources", format!("more than {MOST_CHOICES} ids")));
    }
    check_number("secretTypes", query.secret_types.as_deref())?;
    if let Some(types) = &query.secret_types {
        let known = findings::secret_types(app.store.reads()).await?;
        if let Some(at) = types.iter().position(|id| known.iter().all(|kind| kind.id.as_str() != id)) {
            return Err(Problem::malformed(format!("secretTypes[{at}]"), "not the id of a secret type"));
        }
    }
    Ok(())
}

fn check_number<T>(field: &str, list: Option<&[T]>) -> Result<(), Problem> {
    match list {
        Some(list) if list.len() > MOST_CHOICES => {
            Err(Problem::malformed(field, format!("more than {MOST_CHOICES} entries")))
        }
        _ => Ok(()),
    }
}

fn check_words(field: &str, list: Option<&[String]>, words: &[&str]) -> Result<(), Problem> {
    check_number(field, list)?;
    match list.unwrap_or_default().iter().position(|word| !words.contains(&word.as_str())) {
        Some(at) => Err(Problem::malformed(format!("{field}[{at}]"), one_of(words.iter().copied()))),
        None => Ok(()),
    }
}

/// The kinds of secret that are looked for.
pub async fn secret_types(State(app): State<Arc<App>>, caller: Caller) -> Result<Json<SecretTypes>, Problem> {
    caller.may(Act::SeeTeam)?;
    let data = findings::secret_types(app.store.reads()).await?;
    let total = u64::try_from(data.len()).ok();
    Ok(Json(SecretTypes { data, meta: SecretTypesMeta { total } }))
}
