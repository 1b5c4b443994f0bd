//! The two that find secrets where the whole world reads them, and say so: GitHub's secret scanning alerts and GitLab's
//! token revocation client. Who is not configured is not there: the paths are as unknown as any other.

mod github;
mod gitlab;
mod keys;
mod place;
mod record;
mod signature;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use tower::ServiceExt;
use utoipa::openapi::HttpMethod;

use self::keys::SigningKeys;
use super::app::App;
use super::http::body::SecretBytes;
use super::http::observe::Route;
use super::http::problem::Problem;
use super::openapi::{Doc, Parameter, Routes};
use super::source::Source;
use crate::api::partners::{GitHubAlert, GitHubVerdict, GitLabToken, GitLabTypes};
use crate::api::paths;
use crate::domain::secret::Secret;
use crate::domain::web_address::WebAddress;

/// The most secrets that one call may tell of.
const MOST: usize = 10_000;

/// Who is served.
#[derive(Clone, Debug, Default)]
pub struct PartnerSettings {
    /// Where the keys are that sign GitHub's alerts; none: they are not taken.
    pub github: Option<WebAddress>,
    /// What GitLab's client says of itself; none: it is not served.
    pub gitlab: Option<Arc<Secret>>,
}

/// Which of them are served.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Served {
    pub github: bool,
    pub gitlab: bool,
}

/// The partners of a running server.
#[derive(Default)]
pub struct Partners {
    github: Option<Arc<SigningKeys>>,
    gitlab: Option<Arc<Secret>>,
}

impl Partners {
    /// What these settings say. Keys that were fetched from the same address `before` are kept.
    pub fn of(settings: &PartnerSettings, before: Option<&Self>) -> Self {
        let github = settings.github.as_ref().map(|address| {
            let known = before.and_then(|before| before.github.as_ref()).filter(|keys| keys.address() == address);
            known.map_or_else(|| Arc::new(SigningKeys::at(address.clone())), Arc::clone)
        });
        Self { github, gitlab: settings.gitlab.clone() }
    }

    /// Which of them are served.
    pub fn served(&self) -> Served {
        Served { github: self.github.is_some(), gitlab: self.gitlab.is_some() }
    }
}

impl Served {
    /// The route of theirs that `path` is, if it is served.
    fn route(self, path: &str) -> Option<Route> {
        let (route, served) = match path {
            paths::PARTNERS_GITHUB => (paths::PARTNERS_GITHUB, self.github),
            paths::PARTNERS_GITLAB_TYPES => (paths::PARTNERS_GITLAB_TYPES, self.gitlab),
            paths::PARTNERS_GITLAB_REVOCATIONS => (paths::PARTNERS_GITLAB_REVOCATIONS, self.gitlab),
            _ => return None,
        };
        served.then_some(Route(route))
    }
}

/// The endpoints of those that are served.
pub fn routes(mut routes: Routes, served: Served) -> Routes {
    use HttpMethod::{Get, Post};
    if served.github || served.gitlab {
        routes = routes.about("Partners", "Who finds secrets where the whole world reads them.");
    }
    if served.github {
        routes = routes.add(
            Post,
            paths::PARTNERS_GITHUB,
            github::alerts,
            Doc::without_key("takeGitHubAlerts", "Take GitHub's secret scanning alerts, signed by it")
                .reads([
                    Parameter::header(github::IDENTIFIER, 255, "The key that GitHub signed the body with."),
                    Parameter::header(
                        github::SIGNATURE,
                        1024,
                        "The signature of the body, ECDSA over P-256, in base 64.",
                    ),
                ])
                .bodies::<GitHubAlert>(MOST)
                .or_more()
                .answers::<GitHubVerdict>(200),
        );
    }
    if served.gitlab {
        routes = routes
            .add(
                Get,
                paths::PARTNERS_GITLAB_TYPES,
                gitlab::types,
                Doc::without_key(
                    "getGitLabTokenTypes",
                    "The kinds of secret that GitLab may send for revocation; its secret stands in Authorization",
                )
                .answer::<GitLabTypes>(200),
            )
            .add(
                Post,
                paths::PARTNERS_GITLAB_REVOCATIONS,
                gitlab::revocations,
                Doc::without_key(
                    "revokeGitLabTokens",
                    "Take the secrets that GitLab found; its secret stands in Authorization",
                )
                .bodies::<GitLabToken>(MOST)
                .or_more()
                .nothing(),
            );
    }
    routes
}

/// The endpoints of both, to be reached through [`divert`].
pub fn router(app: &Arc<App>) -> Router {
    let both = Served { github: true, gitlab: true };
    let router = routes(Routes::new(Some(Arc::clone(app))), both).router();
    router.method_not_allowed_fallback(async || Problem::no_such_method()).with_state(Arc::clone(app))
}

/// The list of a body, which is wiped: it holds secrets.
fn read<T: DeserializeOwned>(body: &SecretBytes) -> Result<Vec<T>, Problem> {
    let list: Vec<T> = serde_json::from_slice(body).map_err(|error| {
        // its own words quote what it read
        Problem::malformed("body", format!("no such list at line {}, column {}", error.line(), error.column()))
    })?;
    if list.len() > MOST {
        return Err(Problem::malformed("body", format!("more than {MOST} secrets")));
    }
    Ok(list)
}

/// What somebody is answered who is not let in; each address may try so often only.
async fn refused(app: &App, from: Source, why: &'static str) -> Problem {
    tracing::warn!(%from, "a partner's request was refused: {why}");
    let failures = app.spend_failure(from).await;
    if failures.exceeded { Problem::rate_limited(failures.reset) } else { Problem::not_let_in(why) }
}

/// Sends a partner's request to where it is served, and all others on their way.
pub async fn divert(State((app, partners)): State<(Arc<App>, Router)>, request: Request, next: Next) -> Response {
    if let Some(route) = app.configured().partners.served().route(request.uri().path()) {
        let Ok(response) = partners.oneshot(request).await;
        let mut response = response.into_response();
        response.extensions_mut().insert(route);
        response
    } else {
        next.run(request).await
    }
}
