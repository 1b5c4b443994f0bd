//! `POST /partners/github`: what GitHub's secret scanning found. Source: GitHub's secret scanning partner program.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::{Extension, Json};

use super::keys::Found;
use super::read;
use super::record::{Exposure, Teller, record};
use crate::api::partners::{GitHubAlert, GitHubVerdict, Label};
use crate::domain::finding::Source;
use crate::server::app::App;
use crate::server::http::body;
use crate::server::http::peer::From;
use crate::server::http::problem::Problem;

pub const IDENTIFIER: &str = "github-public-key-identifier";
pub const SIGNATURE: &str = "github-public-key-signature";

/// Takes the alerts of a body that GitHub signed, and tells it which are keys of this team. Whatever is not signed by one
/// of its keys is refused before it is read.
pub async fn alerts(
    State(app): State<Arc<App>>,
    Extension(From(from)): Extension<From>,
    request: Request,
) -> Result<Json<Vec<GitHubVerdict>>, Problem> {
    let configured = app.configured();
    let Some(keys) = &configured.partners.github else { return Err(Problem::no_such_endpoint()) };
    let refused = || super::refused(&app, from, "the body is not signed by GitHub");
    let headers = request.headers().clone();
    let (Some(identifier), Some(signature)) = (only(&headers, IDENTIFIER), only(&headers, SIGNATURE)) else {
        return Err(refused().await);
    };
    let bytes = body::secret_bytes(request).await?;
    let key = match keys.find(identifier).await {
        Found::Key(key) => key,
        Found::Unknown => return Err(refused().await),
        Found::Unavailable => {
            return Err(Problem::unavailable_for("the keys that sign GitHub's alerts cannot be had", 60));
        }
    };
    if !key.signed(&bytes, signature) {
        return Err(refused().await);
    }
    let alerts: Vec<GitHubAlert> = read(&bytes)?;
    let found: Vec<Exposure<'_>> =
        alerts.iter().map(|alert| Exposure { value: &alert.token, told: &alert.url }).collect();
    let teller = Teller::new(Source::GitHub, "GitHub secret scanning", from, &headers);
    let ours = record(&app, &teller, &found).await?;
    tracing::info!(told = alerts.len(), ours = ours.len(), "GitHub told of secrets");
    let verdict = |alert: GitHubAlert| GitHubVerdict {
        label: if ours.contains(&alert.token.hash) { Label::TruePositive } else { Label::FalsePositive },
        token_hash: alert.token.hash,
        token_type: alert.kind,
    };
    Ok(Json(alerts.into_iter().map(verdict).collect()))
}

/// The header's text, if it stands there once.
fn only<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut all = headers.get_all(name).iter();
    let one = all.next()?.to_str().ok()?;
    all.next().is_none().then_some(one)
}
