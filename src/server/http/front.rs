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

use super::peer::{From, Peer};
use super::problem::Problem;
use super::under_way::Entered;
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
    let (fit, _place) = match fit.and_then(|()| place(&app, &request)) {
        Ok(place) => (Ok(()), place),
        Err(problem) => (Err(problem), None),
    };
    seen_off(fit, request, async |request| next.run(request).await).await
}

/// Answers a request that is fit with `answer`, within its time, and sees to what is left of its body.
async fn seen_off(
    fit: Result<(), Problem>,
    request: Request,
    answer: impl AsyncFnOnce(Request) -> Response + Send,
) -> Response {
    let (asked_first, reads) = (request.headers().contains_key(EXPECT), request.method().is_safe());
    let (parts, body) = request.into_parts();
    let (body, rest) = lend(body);
    let answer = async {
        match fit {
            Ok(()) => answer(Request::from_parts(parts, body)).await,
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

/// A place for a request that came through the proxy, of those that its client may have at a time; others are bounded by
/// their connections.
fn place(app: &App, request: &Request) -> Result<Option<Entered>, Problem> {
    let (Some(_), Some(From(from))) = (app.configured().behind_proxy, request.extensions().get::<From>()) else {
        return Ok(None);
    };
    app.under_way.enter(*from).map(Some).ok_or_else(Problem::too_many_at_once)
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
    /// Set when the server first waits for the client: what it does before it asks for the body is not the client's time.
    until: Option<Pin<Box<Sleep>>>,
    too_slow: bool,
    back: Option<oneshot::Sender<Rest>>,
}

fn lend(body: Body) -> (Body, oneshot::Receiver<Rest>) {
    let (back, rest) = oneshot::channel();
    if body.is_end_stream() {
        drop(back.send(Rest::Nothing));
        return (body, rest);
    }
    (Body::new(Lent { body, until: None, too_slow: false, back: Some(back) }), rest)
}

impl HttpBody for Lent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        if frame.is_pending() {
            let until = self.until.get_or_insert_with(|| Box::pin(tokio::time::sleep(BODY)));
            ready!(until.as_mut().poll(cx));
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

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use axum::body::to_bytes;
    use axum::http::{Method, StatusCode};
    use tokio::time::Instant;

    use super::*;

    /// A body whose client sends this and then nothing more, without ending it.
    fn stuck_after(bytes: &'static [u8]) -> Body {
        let mut sent = Some(Bytes::from_static(bytes));
        Body::new(http_body_of(move || sent.take()))
    }

    /// A body of what `next` gives, which then waits for ever.
    fn http_body_of(
        next: impl FnMut() -> Option<Bytes> + Unpin + Send + 'static,
    ) -> impl HttpBody<Data = Bytes, Error = Infallible> {
        struct Stuck<N>(N);
        impl<N: FnMut() -> Option<Bytes> + Unpin> HttpBody for Stuck<N> {
            type Data = Bytes;
            type Error = Infallible;

            fn poll_frame(
                mut self: Pin<&mut Self>,
                _: &mut Context<'_>,
            ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
                match (self.0)() {
                    Some(bytes) => Poll::Ready(Some(Ok(Frame::data(bytes)))),
                    None => Poll::Pending,
                }
            }
        }
        Stuck(next)
    }

    fn request(method: Method, body: Body) -> Request {
        Request::builder().method(method).uri("/").body(body).unwrap()
    }

    /// The status, whether the connection is closed after it, and how many seconds it took.
    async fn answered(
        fit: Result<(), Problem>,
        request: Request,
        answer: impl AsyncFnOnce(Request) -> Response + Send,
    ) -> (u16, bool, u64) {
        let begun = Instant::now();
        let response = seen_off(fit, request, answer).await;
        let closes = response.headers().get(CONNECTION).is_some_and(|value| value == "close");
        (response.status().as_u16(), closes, begun.elapsed().as_secs())
    }

    async fn reads_its_body(request: Request) -> Response {
        match to_bytes(request.into_body(), usize::MAX).await {
            Ok(_) => StatusCode::OK.into_response(),
            Err(_) => StatusCode::BAD_REQUEST.into_response(),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_does_not_arrive_is_waited_for_so_long_and_no_longer() {
        let request = request(Method::POST, stuck_after(b"{"));
        assert_eq!(answered(Ok(()), request, reads_its_body).await, (408, true, BODY.as_secs()));
        // what the server does before it asks for the body is not the client's time
        let late = async |request: Request| {
            tokio::time::sleep(BODY).await;
            reads_its_body(request).await
        };
        let request = self::request(Method::POST, stuck_after(b"{"));
        assert_eq!(answered(Ok(()), request, late).await, (408, true, BODY.as_secs() * 2));
    }

    #[tokio::test(start_paused = true)]
    async fn a_read_ends_at_its_time_and_a_change_is_not_left_half_way() {
        let long = async |_: Request| {
            tokio::time::sleep(READING * 3).await;
            StatusCode::OK.into_response()
        };
        let seen = answered(Ok(()), request(Method::GET, Body::empty()), long).await;
        assert_eq!(seen, (503, false, READING.as_secs()));
        let seen = answered(Ok(()), request(Method::PATCH, Body::empty()), long).await;
        assert_eq!(seen, (200, false, READING.as_secs() * 3));
    }

    #[tokio::test(start_paused = true)]
    async fn what_nobody_reads_of_a_body_is_waited_for_a_moment() {
        let unread = async |_: Request| StatusCode::FORBIDDEN.into_response();
        let seen = answered(Ok(()), request(Method::POST, stuck_after(b"more")), unread).await;
        assert_eq!(seen, (403, true, DRAINING.as_secs()));
        let whole = request(Method::POST, Body::from("whole"));
        assert_eq!(answered(Ok(()), whole, unread).await, (403, false, 0));
        let large = request(Method::POST, Body::from(vec![b' '; DRAINED + 1]));
        assert_eq!(answered(Ok(()), large, unread).await, (403, true, 0), "it is not read to its end");
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_not_fit_is_not_answered_by_anybody_else() {
        let never = async |_: Request| -> Response { unreachable!("it was refused") };
        let refused = Err(Problem::malformed("Host", "required"));
        let seen = answered(refused, request(Method::POST, Body::from("small")), never).await;
        assert_eq!(seen, (400, false, 0));
        let mut asked = request(Method::POST, stuck_after(b""));
        asked.headers_mut().insert(EXPECT, HeaderValue::from_static("100-continue"));
        let refused = Err(Problem::malformed("Host", "required"));
        assert_eq!(answered(refused, asked, never).await, (400, true, 0), "whose client sends no body after that");
    }
}
