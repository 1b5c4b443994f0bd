//! Each request's id and its line in the log, and what becomes of a handler that panics.

use std::any::Any;
use std::sync::Arc;
use std::time::Instant;

use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, DATE, HeaderName, X_CONTENT_TYPE_OPTIONS};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tracing::Instrument;
use ulid::Ulid;

use super::auth::Asker;
use super::peer::{self, From, Peer};
use super::problem::{Problem, Refusal};
use super::request_log::{self, RequestLine};
use crate::domain::time::wire;
use crate::server::app::App;

/// The route that answered where the routers around it do not know it: an answer's extension.
#[derive(Clone, Copy, Debug)]
pub struct Route(pub &'static str);

/// Gives the request an id, finds out where it comes from, and notes what came of it. Answers are for nobody's cache
/// unless they say so, and their date is of the clock by which keys expire.
pub async fn observe(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    let id = Ulid::new().to_string();
    let (method, path) = (request_log::method(request.method().as_str()), request_log::path(request.uri().path()));
    let route = request.extensions().get::<MatchedPath>().map(|matched| matched.as_str().to_owned());
    let begun = Instant::now();
    let peer = request.extensions().get::<ConnectInfo<Peer>>().map(|ConnectInfo(peer)| *peer);
    let configured = app.configured();
    let address = peer.map(|peer| peer::source(configured.behind_proxy, peer, request.headers()));
    if let Some(address) = address {
        request.extensions_mut().insert(From(address));
    }
    // whatever is told meanwhile is told with the id that the answer has
    let mut response = next.run(request).instrument(tracing::error_span!("request", %id)).await;
    let route = route.or_else(|| response.extensions().get::<Route>().map(|route| route.0.to_owned()));
    let (now, took) = (app.now(), begun.elapsed());
    let refusal = response.extensions().get::<Refusal>().map(|refusal| refusal.0);
    app.metrics.answered(&method, route.as_deref(), response.status().as_u16(), took, refusal);
    let line = RequestLine {
        time: wire(now),
        request_id: id,
        method,
        route,
        path,
        status: response.status().as_u16(),
        user_id: response.extensions().get::<Asker>().map(|asker| asker.0),
        address,
        milliseconds: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        left_out: 0,
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
    app.request_lines.note(configured.request_log.as_ref(), line, Instant::now());
    response
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
