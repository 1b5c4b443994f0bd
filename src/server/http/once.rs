//! `Idempotency-Key`: a call that is sent twice is done once, and answered twice.
//!
//! The layer [`once()`] looks for a recorded answer and hands the handler, inside its [`Caller`], what it needs to record
//! its own in the mutation's transaction ([`Caller::commit`]). What no transaction recorded, such as a refusal for the
//! body's sake, is recorded by the layer itself.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_TYPE, HeaderName};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use hmac::{Hmac, KeyInit, Mac};
use serde::Serialize;
use sha2::Sha256;
use tokio::runtime::Handle;
use zeroize::Zeroizing;

use super::auth::Caller;
use super::body;
use super::problem::Problem;
use crate::domain::key_value::hex;
use crate::domain::time::Time;
use crate::server::app::App;
use crate::server::error::ServerError;
use crate::server::mint;
use crate::server::store::once::{self, Recorded};
use crate::server::store::{Store, Write, together};

const HEADER: HeaderName = HeaderName::from_static("idempotency-key");
/// The longest idempotency key, in characters.
pub const LONGEST: usize = 255;

/// The key of the hashes, and the calls that are being done.
pub struct Calls {
    key: Zeroizing<String>,
    running: Arc<Mutex<HashSet<String>>>,
}

impl Calls {
    /// Reads the database's own random key, or makes it.
    pub async fn load(store: &Store) -> Result<Self, ServerError> {
        let mut fresh = Zeroizing::new([0_u8; 32]);
        getrandom::fill(fresh.as_mut_slice()).map_err(ServerError::Random)?;
        let fresh = Zeroizing::new(hex(fresh.as_slice()));
        let key = once::server_key(store, "idempotency", &fresh).await?;
        Ok(Self { key: Zeroizing::new(key), running: Arc::default() })
    }

    /// A keyed hash of these parts, whose lengths count, so that no two lists of parts are the same text.
    fn hash(&self, parts: &[&[u8]]) -> Result<String, Problem> {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(self.key.as_bytes()).map_err(|_any_length_will_do| Problem::server())?;
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        Ok(hex(&mac.finalize().into_bytes()))
    }

    /// Notes that a call is being done, here and with the other servers of the database; none where another is at it.
    async fn begin(&self, store: &Store, scope: &str, now: Time) -> Result<Option<Running>, Problem> {
        let here = {
            let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
            running.insert(scope.to_owned())
        };
        if !here {
            return Ok(None);
        }
        let mut running = Running { scope: scope.to_owned(), among: Arc::clone(&self.running), elsewhere: None };
        let Some(on) = store.aside() else { return Ok(Some(running)) };
        let holder = mint::id();
        if !together::begin(on, scope, &holder, now).await? {
            return Ok(None);
        }
        running.elsewhere = Some((store.clone(), holder));
        Ok(Some(running))
    }
}

/// A call that is being done, until it is dropped.
struct Running {
    scope: String,
    among: Arc<Mutex<HashSet<String>>>,
    /// The store that other servers were told by, and as what.
    elsewhere: Option<(Store, String)>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.among.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.scope);
        let (Some((store, holder)), Ok(runtime)) = (self.elsewhere.take(), Handle::try_current()) else { return };
        let scope = std::mem::take(&mut self.scope);
        runtime.spawn(async move {
            let Some(on) = store.aside() else { return };
            // it is over by itself in a while
            if let Err(error) = together::end(on, &scope, &holder).await {
                tracing::warn!(%error, "other servers were not told that a call is done");
            }
        });
    }
}

/// What a handler records its answer under.
#[derive(Debug)]
pub struct Once {
    user_id: i64,
    scope: String,
    body_hash: String,
    done: AtomicBool,
}

impl Once {
    fn recorded(&self, status: StatusCode, answer: String, key_id: Option<&str>) -> Recorded {
        Recorded {
            user_id: self.user_id,
            scope: self.scope.clone(),
            body_hash: self.body_hash.clone(),
            status: status.as_u16(),
            answer,
            key_id: key_id.map(str::to_owned),
        }
    }
}

impl Caller {
    /// Commits a write, together with the answer that a call of the same idempotency key will get again. `told` is the
    /// id of the key whose value the answer holds: that answer is never given again.
    pub async fn commit(
        &self,
        mut write: Write,
        status: StatusCode,
        answer: &(impl Serialize + Sync),
        told: Option<&str>,
        now: Time,
    ) -> Result<(), Problem> {
        if let Some(once) = &self.once {
            let answer = match told {
                Some(_) => String::new(),
                None => serde_json::to_string(answer).map_err(|_unwritable| Problem::server())?,
            };
            let answer = if answer.len() > once::LONGEST_ANSWER { String::new() } else { answer };
            if !once::insert(write.on(), &once.recorded(status, answer, told), now).await? {
                return Err(twin());
            }
            once.done.store(true, Ordering::SeqCst);
        }
        Ok(write.commit().await?)
    }
}

/// Does a call with an idempotency key once. Goes inside of authentication, around a `POST` that changes something.
pub async fn once(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    done_once(&app, request, next).await.unwrap_or_else(IntoResponse::into_response)
}

async fn done_once(app: &App, request: Request, next: Next) -> Result<Response, Problem> {
    let Some(key) = presented(request.headers())? else { return Ok(next.run(request).await) };
    let (mut parts, sent) = request.into_parts();
    let user = parts.extensions.get::<Caller>().ok_or_else(Problem::server)?.user.id;
    let scope = [&user.to_be_bytes(), parts.method.as_str().as_bytes(), parts.uri.path().as_bytes(), key.as_bytes()];
    let scope = app.calls.hash(&scope)?;
    let mut whole = Request::new(sent);
    // The extensions hold the limit of a body, among others.
    whole.extensions_mut().clone_from(&parts.extensions);
    let sent = body::bytes(whole).await?;
    let body_hash = app.calls.hash(&[&sent])?;
    // Held until the answer is recorded, so that a twin finds either this or the answer.
    let _running = app.calls.begin(&app.store, &scope, app.now()).await?.ok_or_else(twin)?;
    if let Some(first) = once::find(app.store.reads(), &scope, app.now()).await? {
        return again(first, &body_hash);
    }
    let once = Arc::new(Once { user_id: user, scope, body_hash, done: AtomicBool::new(false) });
    if let Some(caller) = parts.extensions.get_mut::<Caller>() {
        caller.once = Some(Arc::clone(&once));
    }
    let response = next.run(Request::from_parts(parts, Body::from(sent))).await;
    if once.done.load(Ordering::SeqCst) || !is_kept(response.status()) {
        return Ok(response);
    }
    record(app, &once, response).await
}

/// Records an answer that no transaction of a mutation recorded: nothing was changed. One that is too long is not recorded
/// at all; who asks again is answered anew.
async fn record(app: &App, once: &Once, response: Response) -> Result<Response, Problem> {
    let (parts, answer) = response.into_parts();
    let answer = to_bytes(answer, usize::MAX).await.map_err(|_unreadable| Problem::server())?;
    if answer.len() > once::LONGEST_ANSWER {
        return Ok(Response::from_parts(parts, Body::from(answer)));
    }
    let text = std::str::from_utf8(&answer).map_err(|_not_json| Problem::server())?.to_owned();
    let mut write = app.store.write().await?;
    if !once::insert(write.on(), &once.recorded(parts.status, text, None), app.now()).await? {
        return Err(twin());
    }
    write.commit().await?;
    Ok(Response::from_parts(parts, Body::from(answer)))
}

/// Whether an answer is one that the same call gets again. Source: management API, "Conventions".
fn is_kept(status: StatusCode) -> bool {
    !status.is_server_error()
        && !matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::TOO_MANY_REQUESTS)
}

fn again(first: Recorded, body_hash: &str) -> Result<Response, Problem> {
    if first.body_hash != body_hash {
        return Err(Problem::another_body());
    }
    if let Some(key_id) = first.key_id {
        return Err(Problem::value_told_before(&key_id));
    }
    if first.answer.is_empty() {
        return Err(Problem::answer_not_kept());
    }
    let status = StatusCode::from_u16(first.status).map_err(|_never_recorded| Problem::server())?;
    let mut response = (status, first.answer).into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}

fn twin() -> Problem {
    Problem::conflict("running", "a call with the same Idempotency-Key is still being done")
}

fn presented(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let mut found = headers.get_all(HEADER).iter();
    let Some(key) = found.next() else { return Ok(None) };
    let wrong = |reason: String| Problem::malformed("Idempotency-Key", reason);
    if found.next().is_some() {
        return Err(wrong("given more than once".to_owned()));
    }
    let key = key.to_str().unwrap_or_default();
    if key.is_empty() || key.len() > LONGEST {
        return Err(wrong(format!("not 1 to {LONGEST} visible ASCII characters")));
    }
    Ok(Some(key.to_owned()))
}
