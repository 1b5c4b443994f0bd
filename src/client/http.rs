//! Sending one request and receiving its answer, within limits of time and size, without ever following a redirect.

use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime};

use backon::Retryable;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION};
use reqwest::{Client, Response, StatusCode, Url};
use serde::de::DeserializeOwned;
use tokio::sync::{OnceCell, watch};
use zeroize::Zeroizing;

use super::address::BaseUrl;
use super::answer::Answer;
use super::call::Call;
use super::capabilities::Capabilities;
pub use super::connect::Limits;
use super::error::{Asked, ErrorKind, ServiceError};
use super::meter::Meter;
pub use super::retry::Patience;
use super::{Listener, RateLimit, connect, rate, retry};
use crate::domain::call as made;
use crate::domain::secret::Secret;
use crate::domain::untrusted::Untrusted;

const API_KEY: &str = "x-api-key";

/// A backend behind HTTP: keydeck's own server, or another that speaks the same dialect.
///
/// Making one is cheap; the TLS client is built with the first request, off the async threads.
pub struct HttpService {
    base: BaseUrl,
    key: HeaderValue,
    limits: Limits,
    client: OnceCell<Client>,
    meter: Meter,
    flights: watch::Sender<Flights>,
    capabilities: Capabilities,
    /// Who is told of each call.
    listener: OnceLock<Listener>,
}

/// A call under way: told of when it is dropped, so that one that is given up is told of too.
struct Told<'a> {
    listener: Option<&'a Listener>,
    call: made::Call,
    start: Instant,
}

impl Drop for Told<'_> {
    fn drop(&mut self) {
        let Some(listener) = self.listener else { return };
        listener(made::Call { took: self.start.elapsed(), ..self.call.clone() });
    }
}

/// How many calls are waited for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flights {
    /// Now, tries after the first not counted.
    pub waiting: usize,
    /// How many were answered, or given up, so far.
    pub ended: usize,
}

/// One call that is waited for, until it is dropped.
struct Flight<'a>(&'a watch::Sender<Flights>);

impl<'a> Flight<'a> {
    fn begin(flights: &'a watch::Sender<Flights>) -> Self {
        flights.send_modify(|flights| flights.waiting += 1);
        Self(flights)
    }
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|flights| {
            flights.waiting -= 1;
            flights.ended += 1;
        });
    }
}

impl std::fmt::Debug for HttpService {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HttpService").field("address", &self.base.address()).finish_non_exhaustive()
    }
}

impl HttpService {
    /// A connection to the server at `base_url` (https, or http to this machine itself), as the owner of `key`. Asks
    /// nobody yet.
    pub fn new(base_url: &str, key: Secret) -> Result<Self, ServiceError> {
        Self::with_limits(base_url, key, Limits::default())
    }

    /// The same within other limits.
    pub fn with_limits(base_url: &str, key: Secret, limits: Limits) -> Result<Self, ServiceError> {
        Self::with_base(BaseUrl::parse(base_url)?, key, limits)
    }

    #[expect(clippy::needless_pass_by_value, reason = "the key moves in, and what held it is wiped here")]
    fn with_base(base: BaseUrl, key: Secret, limits: Limits) -> Result<Self, ServiceError> {
        let refuse = |why: &str| {
            let asked = Asked::nothing(base.address());
            ServiceError::new(ErrorKind::Configuration, asked, format!("the profile's key {why}"))
        };
        if key.expose().is_empty() {
            return Err(refuse("is empty"));
        }
        if !key.expose().bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(refuse("holds a space, a line end or another character that no key has"));
        }
        let mut key = HeaderValue::from_str(key.expose()).map_err(|_| refuse("cannot be sent in a header"))?;
        key.set_sensitive(true);
        Ok(Self {
            base,
            key,
            limits,
            client: OnceCell::new(),
            meter: Meter::default(),
            flights: watch::Sender::new(Flights::default()),
            capabilities: Capabilities::all(),
            listener: OnceLock::new(),
        })
    }

    /// The same server, within the same limits, as the owner of another key.
    pub(super) fn as_owner_of(&self, key: Secret) -> Result<Self, ServiceError> {
        let mut other = Self::with_base(self.base.clone(), key, self.limits)?;
        other.client = OnceCell::new_with(self.client.get().cloned());
        other.capabilities = self.capabilities.clone();
        Ok(other)
    }

    /// Tells of calls as they begin and end.
    pub fn flights(&self) -> watch::Receiver<Flights> {
        self.flights.subscribe()
    }

    /// What this backend can do.
    pub(super) fn can(&self) -> &Capabilities {
        &self.capabilities
    }

    /// Tells of each call from now on.
    pub(super) fn tell_of_calls(&self, listener: Listener) {
        // the first one stays
        let _ = self.listener.set(listener);
    }

    /// Scheme, host and port.
    pub(super) fn host(&self) -> &str {
        self.base.address()
    }

    /// What is left of the rate limit now.
    pub(super) fn left(&self) -> Option<RateLimit> {
        self.meter.read(Instant::now())
    }

    /// Asks something that changes nothing, and asks again when it fails on the way. `take` makes what is wanted of the
    /// answer.
    pub(super) async fn read<T: DeserializeOwned, R>(
        &self,
        call: &Call<'_>,
        take: impl Fn(T) -> Result<R, &'static str> + Sync,
    ) -> Result<R, ServiceError> {
        let _flight = Flight::begin(&self.flights);
        let start = Instant::now();
        let patience = self.limits.patience;
        (|| async { self.exchange(call, &take).await })
            .retry(patience.ceilings())
            .when(retry::may_pass)
            .adjust(|error, ceiling| {
                let wait = retry::wait_after(error, ceiling?, retry::random());
                (start.elapsed() + wait <= patience.in_all).then_some(wait)
            })
            .notify(|error, wait| {
                let ms = wait.as_millis();
                tracing::info!(target: "keydeck::client", path = call.path, kind = ?error.kind, ms, "asking again");
            })
            .await
    }

    /// Asks for a change, once.
    pub(super) async fn write<T: DeserializeOwned, R>(
        &self,
        call: &Call<'_>,
        take: impl Fn(T) -> Result<R, &'static str> + Sync,
    ) -> Result<R, ServiceError> {
        let _flight = Flight::begin(&self.flights);
        self.exchange(call, &take).await
    }

    /// Asks for a change, once, whose answer tells nothing but that it was done. A page that something in between put in
    /// the answer's place is not that.
    pub(super) async fn write_silent(&self, call: &Call<'_>) -> Result<(), ServiceError> {
        let _flight = Flight::begin(&self.flights);
        let (asked, answer) = self.send(call).await?;
        if answer.body.is_empty() && !answer.html {
            return Ok(());
        }
        answer.parse::<serde::de::IgnoredAny>(&asked).map(|_| ())
    }

    async fn exchange<T: DeserializeOwned, R>(
        &self,
        call: &Call<'_>,
        take: impl Fn(T) -> Result<R, &'static str>,
    ) -> Result<R, ServiceError> {
        let (asked, answer) = self.send(call).await?;
        take(answer.parse(&asked)?).map_err(|what| answer.error(ErrorKind::NotUnderstood, &asked, what))
    }

    /// Sends a call and receives the whole answer; a refusal is an error.
    async fn send(&self, call: &Call<'_>) -> Result<(Asked, Answer), ServiceError> {
        let method = call.verb.word();
        let Some(mut url) = self.base.endpoint(call.path, call.id, &call.query) else {
            let asked = Asked { method, path: call.path.to_owned(), address: self.base.address().to_owned() };
            return Err(ServiceError::new(ErrorKind::Invalid, asked, "what was to be named has no usable id"));
        };
        if !call.part.is_empty() {
            url.set_path(&format!("{}{}", url.path(), call.part));
        }
        let asked = Asked { method, path: url.path().to_owned(), address: self.base.address().to_owned() };
        let mut told = Told {
            listener: self.listener.get(),
            call: made::Call {
                at: chrono::Utc::now(),
                method,
                path: Untrusted::from(asked.path.as_str()),
                parameters: call.query.iter().map(|(name, _)| *name).collect(),
                status: None,
                problem: Some(Untrusted::from("given up before an answer came")),
                request_id: None,
                took: Duration::ZERO,
            },
            start: Instant::now(),
        };
        let result = self.transfer(call, url, &asked, &mut told.call.request_id).await;
        let (ms, request_id) = (told.start.elapsed().as_millis(), told.call.request_id.as_ref());
        let request_id = request_id.map(tracing::field::display);
        match &result {
            Ok(answer) => {
                let status = answer.status.as_u16();
                tracing::debug!(target: "keydeck::client", method, path = %asked.path, status, ms, request_id);
                (told.call.status, told.call.problem) = (Some(status), None);
            }
            Err(error) => {
                tracing::warn!(
                    target: "keydeck::client", method, path = %asked.path, status = error.status, ms, request_id,
                    kind = ?error.kind, "{}", error.message,
                );
                (told.call.status, told.call.problem) = (error.status, Some(Untrusted::from(error.reason())));
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
        let client = self.client(asked).await?;
        let mut request = client.request(call.verb.method(), url.clone()).header(API_KEY, self.key.clone());
        if let Some(body) = &call.body {
            request = request.header(CONTENT_TYPE, "application/json").body(body.clone());
        }
        if let Some(key) = call.idempotency_key {
            request = request.header("idempotency-key", key);
        }
        let mut response = request.send().await.map_err(|error| self.broken(error, asked))?;
        *request_id = header(response.headers(), "x-request-id");
        let now = SystemTime::now();
        if let Some(told) = rate::rate_limit(response.headers(), now) {
            self.meter.note(told, Instant::now());
        }
        let mut answer = Answer {
            status: response.status(),
            html: is_html(response.headers()),
            retry_after: rate::retry_after(response.headers(), now),
            month_used_up: rate::month_used_up(response.headers()),
            body: Zeroizing::default(),
        };
        if answer.status.is_redirection() {
            return Err(answer.error(ErrorKind::Redirected, asked, redirect(&url, &response)));
        }
        if answer.status.is_success() {
            answer.body = self.body(&mut response, &answer, asked).await?;
            return Ok(answer);
        }
        // a refusal stands by its status, whether its body comes whole or not
        answer.body = self.body(&mut response, &answer, asked).await.unwrap_or_default();
        Err(answer.refusal(asked, self.key.to_str().unwrap_or_default()))
    }

    /// Receives a body piece by piece, and stops where it grows too large.
    async fn body(
        &self,
        response: &mut Response,
        answer: &Answer,
        asked: &Asked,
    ) -> Result<Zeroizing<Vec<u8>>, ServiceError> {
        let most = if answer.status.is_success() { self.limits.body } else { self.limits.error_body };
        let too_large =
            || answer.error(ErrorKind::NotUnderstood, asked, format!("an answer of more than {} KiB", most / 1024));
        let declared = response.content_length().map_or(0, |length| usize::try_from(length).unwrap_or(usize::MAX));
        if declared > most {
            return Err(too_large());
        }
        let mut body = Zeroizing::new(Vec::with_capacity(declared));
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
    async fn client(&self, asked: &Asked) -> Result<&Client, ServiceError> {
        let (limits, plain, loopback) = (self.limits, self.base.is_plain(), self.base.is_loopback());
        self.client
            .get_or_try_init(|| async move {
                let built = tokio::task::spawn_blocking(move || connect::client(&limits, plain, loopback)).await;
                let why = match built {
                    Ok(Ok(client)) => return Ok(client),
                    Ok(Err(error)) => connect::cause(&error),
                    Err(_) => "the attempt was given up".to_owned(),
                };
                Err(ServiceError::new(
                    ErrorKind::Configuration,
                    asked.clone(),
                    format!("no HTTPS client could be made: {why}"),
                ))
            })
            .await
    }

    /// What became of a request that no answer, or no whole answer, came for.
    fn broken(&self, error: reqwest::Error, asked: &Asked) -> ServiceError {
        let error = error.without_url();
        if error.is_connect() {
            return ServiceError::new(
                ErrorKind::Unreachable,
                asked.clone(),
                format!("no connection: {}", connect::cause(&error)),
            );
        }
        let message = if error.is_timeout() {
            format!("no whole answer within {} s", self.limits.total.as_secs())
        } else {
            format!("the answer was lost: {}", connect::cause(&error))
        };
        ServiceError::new(ErrorKind::LostAnswer, asked.clone(), message)
    }
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
