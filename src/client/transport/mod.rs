//! Sending one request and receiving its answer, within limits of time and size, without ever following a redirect.

mod address;
pub(super) mod answer;
pub(super) mod call;
mod connect;
mod date;
mod meter;
mod pace;
mod proxy;
mod rate;
mod retry;
pub(super) mod session;
mod turn;

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant, SystemTime};

use backon::Retryable;
use chrono::TimeDelta;
use reqwest::header::{CONTENT_TYPE, ETAG, HeaderMap, IF_NONE_MATCH, LOCATION};
use reqwest::{Client, Response, StatusCode, Url};
use serde::de::DeserializeOwned;
use tokio::sync::{OnceCell, watch};

use super::authentication::{Authentication, Scheme};
use super::error::{Asked, ErrorKind, ServiceError};
use super::{InFlight, Listener, RateLimit, Rows, ServerClock};
use crate::certificates::Certificate;
use crate::domain::call::{self as made, CallNews, Pause};
use crate::domain::secret::Secret;
use crate::domain::time::Time;
use crate::domain::untrusted::Untrusted;
use crate::system::socket::{Place, SocketError, SocketPath};
use address::BaseUrl;
use answer::{Answer, Body, ReadRefusal};
use call::Call;
pub use connect::Limits;
use meter::Meter;
use pace::Pacer;
pub use pace::Quota;
use proxy::{Proxy, Route};
pub use retry::Patience;
use session::SessionCookie;

/// The way to one server with one credential.
///
/// Making one is cheap; the TLS client is built with the first request, off the async threads.
pub(super) struct Transport {
    common: Arc<Common>,
    asker: Asker,
    meter: Meter,
}

/// Who asks.
#[derive(Clone)]
enum Asker {
    /// Nobody in particular.
    Nobody,
    /// The owner of a credential.
    Owner(Authentication),
    /// Whoever signed in, with the cookie that the server gave them last.
    Session(Arc<SessionCookie>),
}

/// What is the same whoever asks.
struct Common {
    base: BaseUrl,
    limits: Limits,
    read_refusal: ReadRefusal,
    /// What time it is there.
    clock: ServerClock,
    /// Who may have signed the server's certificate, beside those that the system trusts.
    authorities: Vec<Certificate>,
    way: OnceCell<Way>,
    reports: Arc<Reports>,
    /// Lets the calls of this process through, where the server counts them.
    pacer: Option<Arc<Pacer>>,
}

/// What is told of the calls.
#[derive(Default)]
struct Reports {
    in_flight: watch::Sender<InFlight>,
    /// Who is told of each call.
    listener: OnceLock<Listener>,
    /// How many calls were begun.
    begun: AtomicU64,
}

/// What requests are sent with.
struct Way {
    client: Client,
    /// The proxy that it goes through, where the environment names one.
    proxy: Option<Proxy>,
    /// Where the Unix socket is that they go over.
    socket: Option<Place>,
}

/// A call under way: that it is over is reported when this is dropped, so that one that is given up is reported too.
struct CallReport<'a> {
    listener: Option<&'a Listener>,
    call: made::Call,
    start: Instant,
}

impl<'a> CallReport<'a> {
    fn begin(listener: Option<&'a Listener>, call: made::Call) -> Self {
        if let Some(listener) = listener {
            listener(CallNews::Began(call.clone()));
        }
        let problem = Some(Untrusted::from("given up before an answer came"));
        Self { listener, call: made::Call { problem, ..call }, start: Instant::now() }
    }
}

impl Drop for CallReport<'_> {
    fn drop(&mut self) {
        let Some(listener) = self.listener else { return };
        listener(CallNews::Ended(made::Call { took: self.start.elapsed(), ..self.call.clone() }));
    }
}

/// One call that is waited for, until it is dropped.
struct Waiting<'a>(&'a watch::Sender<InFlight>);

impl<'a> Waiting<'a> {
    fn begin(in_flight: &'a watch::Sender<InFlight>) -> Self {
        in_flight.send_modify(|calls| calls.waiting += 1);
        Self(in_flight)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|calls| {
            calls.waiting -= 1;
            calls.ended += 1;
        });
    }
}

impl Transport {
    /// The way to the server at `base_url` (https, or to this machine itself http or `unix:PATH`), within `limits`. `read_refusal` reads
    /// what that server says when it refuses, `clock` keeps what it says of the time. Asks nobody yet.
    pub(super) fn new(
        base_url: &str,
        (scheme, secret): (Scheme, &Secret),
        read_refusal: ReadRefusal,
        limits: Limits,
        clock: ServerClock,
        authorities: Vec<Certificate>,
    ) -> Result<Self, ServiceError> {
        let base = BaseUrl::parse(base_url)?;
        let asker = Asker::Owner(Authentication::new(scheme, secret, base.address())?);
        Ok(Self::to(base, asker, read_refusal, limits, clock, authorities))
    }

    /// The same, asked by whoever signed in; with what is kept of their session, or nothing yet.
    pub(super) fn of_session(
        base_url: &str,
        session: SessionCookie,
        read_refusal: ReadRefusal,
        limits: Limits,
        clock: ServerClock,
        authorities: Vec<Certificate>,
    ) -> Result<Self, ServiceError> {
        let asker = Asker::Session(Arc::new(session));
        Ok(Self::to(BaseUrl::parse(base_url)?, asker, read_refusal, limits, clock, authorities))
    }

    fn to(
        base: BaseUrl,
        asker: Asker,
        read_refusal: ReadRefusal,
        limits: Limits,
        clock: ServerClock,
        authorities: Vec<Certificate>,
    ) -> Self {
        let pacer = limits.quota.map(|quota| Pacer::shared(base.address(), quota));
        let common = Common {
            base,
            pacer,
            limits,
            read_refusal,
            clock,
            authorities,
            way: OnceCell::new(),
            reports: Arc::default(),
        };
        Self { common: Arc::new(common), asker, meter: Meter::default() }
    }

    /// The same server, over the same connections and reported to the same listener, asked with another credential.
    pub(super) fn with(&self, scheme: Scheme, secret: &Secret) -> Result<Self, ServiceError> {
        let asker = Asker::Owner(Authentication::new(scheme, secret, self.address())?);
        Ok(Self { common: Arc::clone(&self.common), asker, meter: Meter::default() })
    }

    /// The same server, asked by whoever signed in with this session.
    pub(super) fn with_session(&self, session: SessionCookie) -> Self {
        Self { common: Arc::clone(&self.common), asker: Asker::Session(Arc::new(session)), meter: Meter::default() }
    }

    /// The same server, asked without any credential over connections of its own: nothing that one of the two was told by
    /// the server reaches the other. Both report to the same listener.
    pub(super) fn apart(&self) -> Self {
        let Common { base, limits, read_refusal, clock, authorities, way: _, reports, pacer } = &*self.common;
        let common = Common {
            base: base.clone(),
            limits: *limits,
            read_refusal: *read_refusal,
            clock: clock.clone(),
            authorities: authorities.clone(),
            way: OnceCell::new(),
            reports: Arc::clone(reports),
            pacer: pacer.clone(),
        };
        Self { common: Arc::new(common), asker: Asker::Nobody, meter: Meter::default() }
    }

    /// The session that asks, where one does.
    pub(super) fn session(&self) -> Option<&SessionCookie> {
        match &self.asker {
            Asker::Session(session) => Some(session),
            Asker::Nobody | Asker::Owner(_) => None,
        }
    }

    fn authentication(&self) -> Option<Authentication> {
        match &self.asker {
            Asker::Nobody => None,
            Asker::Owner(authentication) => Some(authentication.clone()),
            Asker::Session(session) => session.authentication(),
        }
    }

    /// The same server, asked without any credential.
    pub(super) fn anonymous(&self) -> Self {
        Self { common: Arc::clone(&self.common), asker: Asker::Nobody, meter: Meter::default() }
    }

    /// Tells of calls as they begin and end.
    pub(super) fn in_flight(&self) -> watch::Receiver<InFlight> {
        self.common.reports.in_flight.subscribe()
    }

    /// Tells of each call from now on; the first listener stays.
    pub(super) fn on_call(&self, listener: Listener) {
        let _ = self.common.reports.listener.set(listener);
    }

    /// Tells those who watch that nothing is sent for a while.
    pub(super) fn tell_pause(&self, wait: Duration, limited: bool, asked: Option<u64>) {
        let pause = Pause { until: self.after(wait), limited, asked };
        self.common.reports.in_flight.send_modify(|calls| calls.pause = Some(pause));
        if let Some(listener) = self.common.reports.listener.get() {
            listener(CallNews::Paused(pause));
        }
    }

    /// The present and so much more.
    fn after(&self, wait: Duration) -> Time {
        let now = self.common.clock.now();
        TimeDelta::from_std(wait).ok().and_then(|wait| now.checked_add_signed(wait)).unwrap_or(Time::MAX_UTC)
    }

    /// Scheme, host and port.
    pub(super) fn address(&self) -> &str {
        self.common.base.address()
    }

    /// What time it is there.
    pub(super) fn clock(&self) -> &ServerClock {
        &self.common.clock
    }

    /// What is left of the rate limit now.
    pub(super) fn rate_limit(&self) -> Option<RateLimit> {
        let now = Instant::now();
        let (told, counted) = (self.meter.read(now), self.common.pacer.as_ref().map(|pacer| pacer.left(now)));
        told.into_iter().chain(counted).min_by_key(|left| left.remaining)
    }

    /// Asks something that changes nothing, and asks again when it fails on the way. `take` makes what is wanted of the
    /// answer.
    pub(super) async fn read<T: DeserializeOwned, R>(
        &self,
        call: &Call<'_>,
        take: impl Fn(T) -> Result<R, &'static str> + Sync,
    ) -> Result<R, ServiceError> {
        self.read_sized(call, take).await.map(|(taken, _)| taken)
    }

    /// The same with a page of a list, whose size is told.
    pub(super) async fn read_page<T: DeserializeOwned, R>(
        &self,
        call: &Call<'_>,
        take: impl Fn(T) -> Result<Rows<R>, &'static str> + Sync,
    ) -> Result<Rows<R>, ServiceError> {
        self.read_sized(call, take).await.map(|(page, bytes)| Rows { bytes, ..page })
    }

    /// The same of what may be [known](Call::unless_known) already: none where it is still so.
    pub(super) async fn read_unless_known<T: DeserializeOwned, R>(
        &self,
        call: &Call<'_>,
        take: impl Fn(T) -> Result<R, &'static str> + Sync,
    ) -> Result<Option<Tagged<R>>, ServiceError> {
        self.patiently(call, || async {
            let (asked, answer) = self.send(call).await?;
            if answer.status == StatusCode::NOT_MODIFIED {
                return Ok(None);
            }
            let taken = answer
                .parse(&asked)
                .and_then(|parsed| take(parsed).map_err(|what| answer.error(ErrorKind::NotUnderstood, &asked, what)))?;
            Ok(Some(Tagged { bytes: answer.body.len(), tag: answer.tag, taken }))
        })
        .await
    }

    async fn read_sized<T: DeserializeOwned, R>(
        &self,
        call: &Call<'_>,
        take: impl Fn(T) -> Result<R, &'static str> + Sync,
    ) -> Result<(R, usize), ServiceError> {
        self.patiently(call, || self.exchange(call, &take)).await
    }

    /// Asks until there is an answer, or until that is no use.
    async fn patiently<R, F: Future<Output = Result<R, ServiceError>>>(
        &self,
        call: &Call<'_>,
        ask: impl Fn() -> F,
    ) -> Result<R, ServiceError> {
        let _waiting = Waiting::begin(&self.common.reports.in_flight);
        let start = Instant::now();
        let patience = self.common.limits.patience;
        ask.retry(patience.ceilings())
            .when(retry::may_pass)
            .adjust(|error, ceiling| {
                let wait = retry::wait_after(error, ceiling?, retry::random());
                (start.elapsed() + wait <= patience.in_all).then_some(wait)
            })
            .notify(|error, wait| {
                let ms = wait.as_millis();
                tracing::info!(target: "keydeck::client", path = call.path, kind = ?error.kind, ms, "asking again");
                self.tell_pause(wait, error.kind == ErrorKind::RateLimited, error.retry_after);
            })
            .await
    }

    /// Asks for a change, once.
    pub(super) async fn write<T: DeserializeOwned, R>(
        &self,
        call: &Call<'_>,
        take: impl Fn(T) -> Result<R, &'static str> + Sync,
    ) -> Result<R, ServiceError> {
        let _waiting = Waiting::begin(&self.common.reports.in_flight);
        self.exchange(call, &take).await.map(|(taken, _)| taken)
    }

    /// Asks for a change, once, whose answer tells nothing but that it was done. A page that something in between put in
    /// the answer's place is not that.
    pub(super) async fn write_silent(&self, call: &Call<'_>) -> Result<(), ServiceError> {
        let _waiting = Waiting::begin(&self.common.reports.in_flight);
        let (asked, answer) = self.send(call).await?;
        if answer.body.is_empty() && !answer.html {
            return Ok(());
        }
        answer.parse::<serde::de::IgnoredAny>(&asked).map(|_| ())
    }

    /// Asks for a change, once, whose answer is a word in plain text: that it is a success tells all there is.
    pub(super) async fn write_plain(&self, call: &Call<'_>) -> Result<Plain, ServiceError> {
        let _waiting = Waiting::begin(&self.common.reports.in_flight);
        let (asked, answer) = self.send(call).await?;
        if answer.html {
            return Err(answer.error(ErrorKind::NotUnderstood, &asked, "an HTML page instead of the API's answer"));
        }
        Ok(Plain { asked, status: answer.status.as_u16(), gave_session: answer.gave_session })
    }

    /// What is taken of the answer, and how large that was.
    async fn exchange<T: DeserializeOwned, R>(
        &self,
        call: &Call<'_>,
        take: impl Fn(T) -> Result<R, &'static str>,
    ) -> Result<(R, usize), ServiceError> {
        let (asked, answer) = self.send(call).await?;
        let taken = take(answer.parse(&asked)?).map_err(|what| answer.error(ErrorKind::NotUnderstood, &asked, what));
        taken.map(|taken| (taken, answer.body.len()))
    }

    /// Sends a call and receives the whole answer; a refusal is an error.
    async fn send(&self, call: &Call<'_>) -> Result<(Asked, Answer), ServiceError> {
        let method = call.verb.word();
        let Some(mut url) = self.common.base.endpoint(call.path, call.id, &call.query) else {
            let asked = Asked { method, path: call.path.to_owned(), address: self.common.base.address().to_owned() };
            return Err(ServiceError::new(ErrorKind::Invalid, asked, "what was to be named has no usable id"));
        };
        if !call.part.is_empty() {
            url.set_path(&format!("{}{}", url.path(), call.part));
        }
        let asked = Asked { method, path: url.path().to_owned(), address: self.common.base.address().to_owned() };
        let begun = made::Call {
            number: self.common.reports.begun.fetch_add(1, Ordering::Relaxed),
            at: self.common.clock.now(),
            method,
            path: Untrusted::from(asked.path.as_str()),
            parameters: call.query.iter().map(|(name, _)| *name).collect(),
            status: None,
            problem: None,
            request_id: None,
            took: Duration::ZERO,
        };
        self.wait_for_turn(&asked).await?;
        let mut report = CallReport::begin(self.common.reports.listener.get(), begun);
        let result = self.transfer(call, url, &asked, &mut report.call.request_id).await;
        let (ms, request_id) = (report.start.elapsed().as_millis(), report.call.request_id.as_ref());
        let request_id = request_id.map(tracing::field::display);
        match &result {
            Ok(answer) => {
                let status = answer.status.as_u16();
                tracing::debug!(target: "keydeck::client", method, path = %asked.path, status, ms, request_id);
                (report.call.status, report.call.problem) = (Some(status), None);
            }
            Err(error) => {
                tracing::warn!(
                    target: "keydeck::client", method, path = %asked.path, status = error.status, ms, request_id,
                    kind = ?error.kind, "{}", error.message,
                );
                (report.call.status, report.call.problem) = (error.status, Some(Untrusted::from(error.reason())));
            }
        }
        result.map(|answer| (asked, answer))
    }

    async fn transfer(
        &self,
        call: &Call<'_>,
        url: Url,
        asked: &Asked,
        request_id: &mut Option<Untrusted>,
    ) -> Result<Answer, ServiceError> {
        let Way { client, socket, .. } = self.way(asked).await?;
        if let Some(socket) = socket {
            // each time, since each may be sent over a new connection
            socket.check().map_err(|error| unfit(&error, asked))?;
        }
        let mut request = client.request(call.verb.method(), url.clone());
        let authentication = self.authentication();
        if let Some((name, credential)) = authentication.as_ref().map(Authentication::header) {
            request = request.header(name, credential);
        }
        if let Some(tag) = call.known {
            request = request.header(IF_NONE_MATCH, tag);
        }
        if let Some(body) = &call.body {
            request = request.header(CONTENT_TYPE, "application/json").body(body.clone());
        }
        if let Some(key) = call.idempotency_key {
            request = request.header("idempotency-key", key);
        }
        let sent = self.common.clock.read();
        let limits = self.common.limits;
        self.expect_until(limits.idle.min(limits.total));
        let mut response = request.send().await.map_err(|error| self.broken(error, asked))?;
        // the body may come slowly, but not for ever
        self.expect_until(limits.total);
        *request_id = header(response.headers(), "x-request-id");
        if let Some(date) = date::date(response.status(), response.headers()) {
            self.common.clock.hear(sent, date);
        }
        let now = SystemTime::from(self.common.clock.now());
        let left = rate::rate_limit(response.headers(), now);
        self.note_limit(left);
        let mut answer = Answer {
            received: now,
            status: response.status(),
            html: is_html(response.headers()),
            retry_after: rate::retry_after(response.headers(), now),
            month_used_up: rate::month_used_up(response.headers()),
            tag: tag(response.headers()),
            gave_session: self.hear_session(&response),
            body: Body::default(),
        };
        self.hear_pace(left, answer.retry_after.filter(|_| answer.status.as_u16() == 429), answer.month_used_up);
        if answer.status == StatusCode::NOT_MODIFIED && call.known.is_some() {
            return Ok(answer);
        }
        if answer.status.is_redirection() {
            return Err(answer.error(ErrorKind::Redirected, asked, redirect(&url, &response)));
        }
        if answer.status.is_success() {
            answer.body = self.body(&mut response, &answer, (asked, call.is_page)).await?;
            return Ok(answer);
        }
        // the status alone makes it a refusal, even if its body breaks off
        answer.body = self.body(&mut response, &answer, (asked, false)).await.unwrap_or_default();
        let secret = authentication.as_ref().map_or("", Authentication::secret);
        let error = answer.refusal(asked, self.common.read_refusal, secret);
        if error.kind == ErrorKind::QuotaUsedUp {
            self.hear_pace(left, None, true);
        }
        Err(error)
    }

    /// Takes in what an answer says of the session that asked; whether it gave one.
    fn hear_session(&self, response: &Response) -> bool {
        let known = response.status() == StatusCode::NOT_MODIFIED;
        let answered = response.status().is_success() && !is_html(response.headers());
        self.session().is_some_and(|session| {
            (answered || known) && session.hear(response.headers(), self.common.clock.now(), self.address())
        })
    }

    /// Tells those who watch when an attempt is given up.
    fn expect_until(&self, most: Duration) {
        let until = self.after(most);
        self.common.reports.in_flight.send_modify(|calls| calls.until = Some(until));
    }

    /// Receives a body piece by piece, and stops where it grows too large.
    async fn body(
        &self,
        response: &mut Response,
        answer: &Answer,
        (asked, is_page): (&Asked, bool),
    ) -> Result<Body, ServiceError> {
        let most = if answer.status.is_success() { self.common.limits.body } else { self.common.limits.error_body };
        let too_large =
            || answer.error(ErrorKind::NotUnderstood, asked, format!("an answer of more than {} KiB", most / 1024));
        let declared = response.content_length().map_or(0, |length| usize::try_from(length).unwrap_or(usize::MAX));
        if declared > most {
            return Err(too_large());
        }
        let mut body = Body::with_capacity(is_page, declared);
        while let Some(piece) = response
            .chunk()
            .await
            .map_err(|error| ServiceError { status: Some(answer.status.as_u16()), ..self.broken(error, asked) })?
        {
            if body.len() + piece.len() > most {
                return Err(too_large());
            }
            body.extend_from_slice(&piece);
        }
        Ok(body)
    }

    /// The HTTP client, built the first time it is needed. Reading the system's certificates takes milliseconds.
    async fn way(&self, asked: &Asked) -> Result<&Way, ServiceError> {
        let base = &self.common.base;
        let make = || async {
            let route = if base.is_loopback() {
                // the key must not leave the machine
                Route::Direct
            } else {
                proxy::route(base.url(), |name| std::env::var_os(name)).map_err(|unusable| ServiceError {
                    field: Some(Untrusted::from(unusable.variable)),
                    ..ServiceError::new(ErrorKind::Configuration, Asked::nothing(unusable.variable), unusable.why)
                })?
            };
            let socket = base.socket().map(SocketPath::place).transpose().map_err(|error| unfit(&error, asked))?;
            let common = Arc::clone(&self.common);
            let built = tokio::task::spawn_blocking(move || {
                let path = socket.as_ref().map(|place| place.path().to_owned());
                let client =
                    connect::client(&common.limits, &common.base, &common.authorities, &route, path.as_deref())?;
                let proxy = if let Route::Through(proxy) = route { Some(proxy) } else { None };
                Ok::<_, reqwest::Error>(Way { client, proxy, socket })
            });
            let why = match built.await {
                Ok(Ok(way)) => return Ok(way),
                Ok(Err(error)) => connect::cause(&error),
                Err(_) => "the attempt was given up".to_owned(),
            };
            let why = format!("no HTTPS client could be made: {why}");
            Err(ServiceError::new(ErrorKind::Configuration, asked.clone(), why))
        };
        self.common.way.get_or_try_init(make).await
    }

    /// What became of a request that no answer, or no whole answer, came for.
    fn broken(&self, error: reqwest::Error, asked: &Asked) -> ServiceError {
        let error = error.without_url();
        if let Some((kind, why)) = connect::certificate(&error) {
            return ServiceError::new(kind, asked.clone(), format!("no connection: {why}"));
        }
        if error.is_connect() {
            if let Some(proxy) = self.common.way.get().and_then(|way| way.proxy.as_ref()) {
                let why = proxy.refused(&connect::cause(&error));
                let field = Some(Untrusted::from(proxy.variable));
                return ServiceError { field, ..ServiceError::new(ErrorKind::Proxy, asked.clone(), why) };
            }
            return ServiceError::new(
                ErrorKind::Unreachable,
                asked.clone(),
                format!("no connection: {}", connect::cause(&error)),
            );
        }
        let message = if error.is_timeout() {
            format!("no whole answer within {} s", self.common.limits.total.as_secs())
        } else {
            format!("the answer was lost: {}", connect::cause(&error))
        };
        ServiceError::new(ErrorKind::LostAnswer, asked.clone(), message)
    }
}

/// Why nothing is sent over a socket.
fn unfit(error: &SocketError, asked: &Asked) -> ServiceError {
    let (kind, why) = match error {
        SocketError::System(error) if error.kind() == io::ErrorKind::NotFound => {
            (ErrorKind::Unreachable, "nothing listens there".to_owned())
        }
        SocketError::System(_) => (ErrorKind::Unreachable, error.to_string()),
        SocketError::TooLong(_) => (ErrorKind::Configuration, format!("the socket {error}")),
        SocketError::NotASocket | SocketError::Untrusted(_) | SocketError::InUse => {
            (ErrorKind::Stranger, format!("{error}, so the key was not sent"))
        }
    };
    ServiceError::new(kind, asked.clone(), format!("no connection: {why}"))
}

/// What is told by an answer that is a word in plain text.
pub(super) struct Plain {
    pub(super) asked: Asked,
    pub(super) status: u16,
    /// Whether it gave a session.
    pub(super) gave_session: bool,
}

/// What an answer held, and the tag by which the server knows it again.
pub(super) struct Tagged<R> {
    pub(super) taken: R,
    /// Its size, unpacked.
    pub(super) bytes: usize,
    pub(super) tag: Option<String>,
}

/// An answer's tag, unless it is longer than any that is worth keeping.
fn tag(headers: &HeaderMap) -> Option<String> {
    const LONGEST: usize = 256;
    let tag = headers.get(ETAG)?.to_str().ok()?;
    (!tag.is_empty() && tag.len() <= LONGEST).then(|| tag.to_owned())
}

fn is_html(headers: &HeaderMap) -> bool {
    headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.trim_start().to_ascii_lowercase().starts_with("text/html"))
}

fn header(headers: &HeaderMap, name: &str) -> Option<Untrusted> {
    let text = headers.get(name)?.to_str().ok()?;
    Some(Untrusted::from(text.get(..64).unwrap_or(text)))
}

fn redirect(asked: &Url, response: &Response) -> String {
    let target = response
        .headers()
        .get(LOCATION)
        .and_then(|location| location.to_str().ok())
        .and_then(|location| BaseUrl::redirect_target(asked, location));
    match target {
        Some(target) => format!("redirects to {target}; not followed, since the key would travel along"),
        None if response.status() == StatusCode::NOT_MODIFIED => "not modified, although nothing was known".to_owned(),
        None => "redirects, but does not say where to".to_owned(),
    }
}
