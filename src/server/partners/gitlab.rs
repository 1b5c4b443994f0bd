//! `GET /partners/gitlab/token-types` and `POST /partners/gitlab/revocations`, for GitLab's token revocation client. Source:
//! GitLab's token revocation API, and how GitLab itself calls it.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, StatusCode};
use axum::{Extension, Json};

use super::read;
use super::record::{Exposure, Teller, record};
use crate::api::partners::{GitLabToken, GitLabTypes};
use crate::domain::finding::Source;
use crate::domain::secret::Secret;
use crate::server::app::App;
use crate::server::http::body;
use crate::server::http::peer::From;
use crate::server::http::problem::Problem;
use crate::server::source;

/// The kinds that are served: `gitleaks_rule_id_` and the id of a rule of ours, as GitLab puts them together.
const TYPES: [&str; 2] = ["gitleaks_rule_id_keydeck-api-key", "gitleaks_rule_id_keydeck-collection-access-key"];

/// The kinds of secret that may be sent.
pub async fn types(
    State(app): State<Arc<App>>,
    Extension(From(from)): Extension<From>,
    headers: HeaderMap,
) -> Result<Json<GitLabTypes>, Problem> {
    admit(&app, from, &headers).await?;
    Ok(Json(GitLabTypes { types: TYPES.map(str::to_owned).to_vec() }))
}

/// Takes secrets. Sent twice it is done once, and a secret that is no key of this team is nothing to speak of.
pub async fn revocations(
    State(app): State<Arc<App>>,
    Extension(From(from)): Extension<From>,
    request: Request,
) -> Result<StatusCode, Problem> {
    let headers = request.headers().clone();
    admit(&app, from, &headers).await?;
    let tokens: Vec<GitLabToken> = read(&body::secret_bytes(request).await?)?;
    if let Some(at) = tokens.iter().position(|token| !TYPES.contains(&token.kind.as_str())) {
        let reason = format!("no kind that is served: {}", TYPES.join(", "));
        return Err(Problem::malformed(format!("[{at}].type"), reason));
    }
    let found: Vec<Exposure<'_>> =
        tokens.iter().map(|token| Exposure { value: &token.token, told: &token.location }).collect();
    let teller = Teller::new(Source::GitLab, "GitLab secret detection", from, &headers);
    let ours = record(&app, &teller, &found).await?;
    tracing::info!(told = tokens.len(), ours = ours.len(), "GitLab told of secrets");
    Ok(StatusCode::NO_CONTENT)
}

/// Lets GitLab in, which sends its secret bare; other clients put `Bearer` before it.
async fn admit(app: &Arc<App>, from: source::Source, headers: &HeaderMap) -> Result<(), Problem> {
    let configured = app.configured();
    let Some(secret) = &configured.partners.gitlab else { return Err(Problem::no_such_endpoint()) };
    let mut sent = headers.get_all(AUTHORIZATION).iter();
    let one = sent.next().and_then(|value| value.to_str().ok()).filter(|_| sent.next().is_none());
    let presented = one.map(|text| {
        let bare = text.split_at_checked(7).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer "));
        Secret::new(bare.map_or(text, |(_, bare)| bare).trim().to_owned())
    });
    if presented.is_some_and(|presented| presented == **secret) {
        let calls = app.spend_partner_call().await;
        return if calls.exceeded { Err(Problem::rate_limited(calls.reset)) } else { Ok(()) };
    }
    Err(super::refused(app, from, "the secret in Authorization is not the one that was agreed").await)
}
