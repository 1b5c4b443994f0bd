//! Each request's id and its line in the log, and what becomes of a handler that panics.

use std::any::Any;
use std::sync::Arc;
use std::time::Instant;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, DATE, HeaderName, X_CONTENT_TYPE_OPTIONS};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use tokio::sync::mpsc::Sender;
use tokio::sync::mpsc::error::TrySendError;
use ulid::Ulid;

use super::auth::Asker;
use super::peer::{self, From, Peer};
use super::problem::Problem;
use crate::api::paths;
use crate::domain::time::wire;
use crate::domain::values::{Found, find};
use crate::server::app::App;
use crate::server::source::Source;

/// One request and what came of it. Never its query, its headers or a body: they may hold a key.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestLine {
    /// When it was answered.
    pub time: String,
    /// As in the answer's `X-Request-Id`.
    pub request_id: String,
    pub method: String,
    /// The path, without any part that looks like a key.
    pub path: String,
    pub status: u16,
    /// Who asked; null for nobody who is known.
    pub user_id: Option<i64>,
    /// Where it came from; `unix` over the socket.
    pub address: Option<Source>,
    /// How long it took.
    pub milliseconds: u64,
}

/// Gives the request an id, finds out where it comes from, and notes what came of it. Answers are for nobody's cache
/// unless they say so, and their date is of the clock by which keys expire.
pub async fn observe(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    let id = Ulid::new().to_string();
    let (method, path, begun) = (request.method().to_string(), loggable(request.uri().path()), Instant::now());
    let peer = request.extensions().get::<ConnectInfo<Peer>>().map(|ConnectInfo(peer)| *peer);
    let configured = app.configured();
    let address = peer.map(|peer| peer::source(configured.behind_proxy, peer, request.headers()));
    if let Some(address) = address {
        request.extensions_mut().insert(From(address));
    }
    let mut response = next.run(request).await;
    let now = app.now();
    let line = RequestLine {
        time: wire(now),
        request_id: id,
        method,
        path,
        status: response.status().as_u16(),
        user_id: response.extensions().get::<Asker>().map(|asker| asker.0),
        address,
        milliseconds: u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
    };
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(&line.request_id) {
        headers.insert(HeaderName::from_static("x-request-id"), id);
    }
    if let Ok(date) = HeaderValue::from_str(&httpdate::fmt_http_date(now.into())) {
        headers.insert(DATE, date);
    }
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    note(configured.request_log.as_ref(), line);
    response
}

fn note(log: Option<&Sender<RequestLine>>, line: RequestLine) {
    let RequestLine { request_id, method, path, status, user_id, milliseconds, .. } = &line;
    let address = line.address.map(tracing::field::display);
    // whoever watches the server's health asks every few seconds
    if path == paths::HEALTHZ && *status == 200 {
        tracing::debug!(request = request_id, method, path, status, milliseconds, "answered");
    } else {
        tracing::info!(request = request_id, method, path, status, user = user_id, address, milliseconds, "answered");
    }
    // a reader that does not keep up must not hold up requests
    if let Some(log) = log
        && let Err(TrySendError::Full(_)) = log.try_send(line)
    {
        tracing::warn!("the request log is not read fast enough: a line was left out");
    }
}

/// A path for the log, without any part that looks like a key somebody took for an id.
fn loggable(path: &str) -> String {
    let found = find(path);
    let mut end = 0;
    let hide = |part: &'_ str| {
        let start = end;
        end = start + part.len() + 1;
        let holds = |found: &Found| found.tells() && found.span.start < end && found.span.end > start;
        if found.iter().any(holds) { "…" } else { part }.to_owned()
    };
    path.split('/').map(hide).collect::<Vec<_>>().join("/")
}

/// Answers for a handler that panicked; the panic's own text stays in the log.
pub fn panicked(_panic: Box<dyn Any + Send + 'static>) -> Response {
    tracing::error!("a handler panicked");
    Problem::server().into_response()
}

#[cfg(test)]
mod tests {
    use crate::domain::key_value::{KeyKind, mint};
    use axum::Router;
    use axum::body::{Body, to_bytes};
    use axum::routing::get;
    use base64::Engine as _;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD;
    use tower::ServiceExt;
    use tower_http::catch_panic::CatchPanicLayer;

    use super::*;
    use crate::server::http::body;

    #[test]
    fn no_part_of_a_path_that_looks_like_a_key_is_logged() {
        assert_eq!(loggable("/api-keys/01ABC"), "/api-keys/01ABC");
        assert_eq!(loggable("/api-keys/kdk_abc/x"), "/api-keys/…/x");
        let value = mint(KeyKind::ApiKey, getrandom::fill).unwrap();
        let value = value.expose();
        for part in [
            value.to_owned(),
            format!("x{value}"),
            format!("ids={value},y"),
            value.replace('_', "%5F"),
            BASE64_URL_SAFE_NO_PAD.encode(format!("user:{value}")),
            format!("{}%0A{}", &value[..20], &value[20..]),
            format!("PMAK-{}-{}", "a".repeat(24), "0".repeat(34)),
        ] {
            assert_eq!(loggable(&format!("/api-keys/{part}/x")), "/api-keys/…/x", "{part}");
        }
    }

    #[tokio::test]
    async fn a_panic_is_answered_in_the_contracts_form_and_says_nothing() {
        let boom = async || -> Response { panic!("hunter2") };
        let router = Router::new().route("/boom", get(boom)).layer(CatchPanicLayer::custom(panicked));
        let response = router.oneshot(Request::get("/boom").body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.status(), 500);
        let body = to_bytes(response.into_body(), body::LIMIT).await.unwrap();
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(body["error"]["name"], "serverError");
        assert!(!body.to_string().contains("hunter2"));
    }
}
