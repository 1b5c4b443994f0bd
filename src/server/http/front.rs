//! What holds for every request whatever it asks: it names its host, comes from where it may, has its body here in time,
//! and leaves none of it behind.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{CONNECTION, EXPECT, HOST};
use axum::http::{HeaderValue, Version};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use hyper::body::{Frame, SizeHint};
use tokio::sync::oneshot;
use tokio::time::Sleep;

use super::peer::Peer;
use super::problem::Problem;
use crate::api::paths;
use crate::server::app::App;

/// How long a body may take to arrive.
const BODY: Duration = Duration::from_secs(30);
/// How long a request may take that changes nothing. One that does is not left half-way: its waits are bounded where they
/// are, by how long it may wait for the database.
const READING: Duration = Duration::from_secs(30);
/// How much of a body is read that nobody wanted, in bytes, so that the connection can go on.
const DRAINED: usize = 64 * 1024;
/// How long that may take.
const DRAINING: Duration = Duration::from_secs(1);

/// Takes a request in and sees its answer off.
pub async fn front(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let fit = names_its_host(&request).and_then(|()| comes_from_where_it_may(&app, &request));
    let (asked_first, reads) = (request.headers().contains_key(EXPECT), request.method().is_safe());
    let (parts, body) = request.into_parts();
    let (body, rest) = lend(body);
    let answer = async {
        match fit {
            Ok(()) => next.run(Request::from_parts(parts, body)).await,
            Err(problem) => {
                drop(body);
                problem.into_response()
            }
        }
    };
    let response = if reads {
        tokio::time::timeout(READING, answer).await.unwrap_or_else(|_elapsed| Problem::took_too_long().into_response())
    } else {
        answer.await
    };
    match rest.await {
        Ok(Rest::Nothing) => response,
        // a client that asked first sends no body after a refusal
        Ok(Rest::More(body)) => {
            if !asked_first && drain(body).await {
                response
            } else {
                last(response)
            }
        }
        Ok(Rest::TooSlow) => last(Problem::body_too_slow().into_response()),
        Err(_) => last(response),
    }
}

/// The connection's last answer: its client does not use it again.
fn last(mut response: Response) -> Response {
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

/// Refuses what names no host or several. Source: RFC 9112, 3.2.
fn names_its_host(request: &Request) -> Result<(), Problem> {
    let mut hosts = request.headers().get_all(HOST).iter();
    match (hosts.next(), hosts.next()) {
        (None, _) if request.version() == Version::HTTP_11 => Err(Problem::malformed("Host", "required")),
        (_, Some(_)) => Err(Problem::malformed("Host", "given twice")),
        _ => Ok(()),
    }
}

/// Refuses what does not come through the proxy, where there is one: it alone speaks TLS, and knows whose request it is.
/// The machine itself may ask how the server is.
fn comes_from_where_it_may(app: &App, request: &Request) -> Result<(), Problem> {
    let Some(proxy) = app.configured().behind_proxy else { return Ok(()) };
    let Some(ConnectInfo(Peer::Address(peer))) = request.extensions().get::<ConnectInfo<Peer>>() else { return Ok(()) };
    let peer = peer.ip().to_canonical();
    let asks_for_health = [paths::HEALTHZ, paths::READYZ].contains(&request.uri().path());
    if peer == proxy.to_canonical() || (peer.is_loopback() && asks_for_health) {
        return Ok(());
    }
    Err(Problem::forbidden("requests come through the proxy in front of this server"))
}

/// What is left of a body once nobody reads it any more.
enum Rest {
    Nothing,
    More(Body),
    /// It did not arrive in time.
    TooSlow,
}

/// A body that is lent out: its owner is told what is left of it when it is dropped.
struct Lent {
    body: Body,
    until: Pin<Box<Sleep>>,
    too_slow: bool,
    back: Option<oneshot::Sender<Rest>>,
}

fn lend(body: Body) -> (Body, oneshot::Receiver<Rest>) {
    let (back, rest) = oneshot::channel();
    if body.is_end_stream() {
        drop(back.send(Rest::Nothing));
        return (body, rest);
    }
    let until = Box::pin(tokio::time::sleep(BODY));
    (Body::new(Lent { body, until, too_slow: false, back: Some(back) }), rest)
}

impl HttpBody for Lent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        if frame.is_pending() {
            ready!(self.until.as_mut().poll(cx));
            self.too_slow = true;
            return Poll::Ready(Some(Err(axum::Error::new("the body did not arrive in time"))));
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let rest = match self.too_slow {
            true => Rest::TooSlow,
            false if self.body.is_end_stream() => Rest::Nothing,
            false => Rest::More(std::mem::take(&mut self.body)),
        };
        if let Some(back) = self.back.take() {
            drop(back.send(rest));
        }
    }
}

/// Reads a small rest to its end, and says whether it got there.
async fn drain(mut body: Body) -> bool {
    let known = body.size_hint().upper().and_then(|most| usize::try_from(most).ok());
    if known.is_some_and(|most| most > DRAINED) {
        return false;
    }
    let reading = async {
        let mut read = 0;
        while let Some(frame) = std::future::poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
            let Ok(frame) = frame else { return false };
            read += frame.data_ref().map_or(0, Bytes::len);
            if read > DRAINED {
                return false;
            }
        }
        true
    };
    tokio::time::timeout(DRAINING, reading).await.unwrap_or(false)
}
