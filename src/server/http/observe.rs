//! Each request's id and its line in the log, and what becomes of a handler that panics.

use std::any::Any;
use std::time::Instant;

use axum::extract::Request;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, HeaderName, X_CONTENT_TYPE_OPTIONS};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use ulid::Ulid;

use super::problem::Problem;
use crate::domain::key_value::looks_secret;

/// Gives the request an id, and notes what came of it. The query is not logged: it may hold a key. Answers are for
/// nobody's cache.
pub async fn observe(request: Request, next: Next) -> Response {
    let id = Ulid::new().to_string();
    let (method, path, begun) = (request.method().clone(), loggable(request.uri().path()), Instant::now());
    let mut response = next.run(request).await;
    let status = response.status().as_u16();
    let milliseconds = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    tracing::info!(request = %id, %method, path, status, milliseconds, "answered");
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert(HeaderName::from_static("x-request-id"), id);
    }
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// A path for the log, without any part that looks like a key somebody took for an id.
fn loggable(path: &str) -> String {
    let hide = |part| if looks_secret(part) { "…" } else { part };
    path.split('/').map(hide).collect::<Vec<_>>().join("/")
}

/// Answers for a handler that panicked; the panic's own text stays in the log.
pub fn panicked(_panic: Box<dyn Any + Send + 'static>) -> Response {
    tracing::error!("a handler panicked");
    Problem::server().into_response()
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::{Body, to_bytes};
    use axum::routing::get;
    use tower::ServiceExt;
    use tower_http::catch_panic::CatchPanicLayer;

    use super::*;
    use crate::server::http::body;

    #[test]
    fn no_part_of_a_path_that_looks_like_a_key_is_logged() {
        assert_eq!(loggable("/api-keys/01ABC"), "/api-keys/01ABC");
        assert_eq!(loggable("/api-keys/kdk_abc/x"), "/api-keys/…/x");
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
