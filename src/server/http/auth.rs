//! Who asks: the key of a request, its owner, and what is left of their allowance.

use std::sync::atomic::Ordering;
use std::sync::{Arc, LazyLock};

use axum::Extension;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_LENGTH, HeaderName, USER_AGENT};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::body::{self, declares_too_much};
use super::failures::{self, Refusal};
use super::limits::{Allowance, WINDOW};
use super::once::Once;
use super::peer::From;
use super::problem::Problem;
use crate::api::paths::API_KEY_VERIFICATIONS;
use crate::domain::key::Access;
use crate::domain::key_value::{self, KeyKind};
use crate::domain::time::When;
use crate::domain::values::holds_value;
use crate::server::app::App;
use crate::server::policy::{self, Act, Effect};
use crate::server::source::Source;
use crate::server::store::Write;
use crate::server::store::audit::Origin;
use crate::server::store::presented::Presented;
use crate::server::store::reserve::Purpose;
use crate::server::store::team::User;

const API_KEY: HeaderName = HeaderName::from_static("x-api-key");
/// The longest `User-Agent` that the audit log keeps, in characters.
const LONGEST_AGENT: usize = 255;

/// The id of the user who asked, as an answer's extension, for the log.
#[derive(Clone, Copy, Debug)]
pub struct Asker(pub i64);

/// Who and from where, once somebody wants to know.
pub type LazyOrigin = LazyLock<Origin, Box<dyn FnOnce() -> Origin + Send>>;

/// Who asks, as an extractor. Only routes behind [`authenticate`] have one.
#[derive(Clone, Debug)]
pub struct Caller {
    pub user: Arc<User>,
    /// The id of the key that asked.
    pub key_id: String,
    pub key_expires: When,
    /// When the overlap ends in which the value works that was sent; never for its key's present value.
    value_ends_at: When,
    /// What the key that asks may do at all.
    pub access: Access,
    /// What the call does, as its route says.
    effect: Option<Effect>,
    /// Where the request came from.
    pub address: Source,
    /// Who and from where, for the audit log: put together when somebody wants to know, which most calls do not.
    pub origin: Arc<LazyOrigin>,
    fingerprint: String,
    /// How many seconds a verifier has to wait who has asked too often.
    pub wait: Option<u64>,
    /// What the answer is recorded under, if the call has an idempotency key.
    pub once: Option<Arc<Once>>,
}

impl Caller {
    /// Begins a change, if the key that asks is still good and its user still may what they might: either may have been
    /// stopped while the request's body came or waited for its turn, and nothing may be made with a key after that.
    ///
    /// # Errors
    /// Beside those of the database, where the route does not say that its calls change something.
    pub async fn write(&self, app: &App) -> Result<Write, Problem> {
        self.write_for(app, Purpose::Ordinary).await
    }

    /// The same, for a purpose: what makes a key useless finds room also on a full disk.
    pub async fn write_for(&self, app: &App, purpose: Purpose) -> Result<Write, Problem> {
        match self.effect {
            Some(Effect::Changes | Effect::DeletesKey | Effect::EndsOverlap) => {}
            Some(Effect::Identifies | Effect::Reads) | None => {
                tracing::error!("a call that is said to change nothing is about to");
                return Err(Problem::server());
            }
        }
        let mut write = app.store.write_for(purpose).await?;
        match app.credential(write.on(), &self.fingerprint, app.now()).await? {
            Some(now) if now.user.id != self.user.id => {
                Err(Problem::forbidden("this key was handed over meanwhile: ask again"))
            }
            Some(now) if now.value_ends_at != self.value_ends_at => {
                Err(Problem::forbidden("this key got a new value meanwhile: ask again with that"))
            }
            Some(now) if now.access != self.access => {
                Err(Problem::narrow("this key's access was changed meanwhile: ask again"))
            }
            Some(now) if now.user.roles == self.user.roles => Ok(write),
            Some(_) => Err(Problem::forbidden("your roles were changed meanwhile: ask again")),
            None => {
                let (from, agent) = (self.address, self.origin.user_agent.clone());
                app.refused_uses.note(KeyKind::ApiKey, &self.key_id, app.now(), from, agent.as_deref());
                Err(Problem::unauthenticated("refused"))
            }
        }
    }

    /// Refuses what the caller may not do.
    pub fn may(&self, act: Act<'_>) -> Result<(), Problem> {
        policy::may(&self.user, act).map_err(Problem::from)
    }

    pub fn can(&self, act: Act<'_>) -> bool {
        policy::may(&self.user, act).is_ok()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().cloned().ok_or_else(Problem::server)
    }
}

/// Lets a request through to its handler if its key is good and its user has requests left.
pub async fn authenticate(
    State(app): State<Arc<App>>,
    Extension(From(from)): Extension<From>,
    mut request: Request,
    next: Next,
) -> Response {
    if app.moved.load(Ordering::Relaxed) {
        return Problem::moved().into_response();
    }
    let verifies = request.method() == Method::POST && request.uri().path() == API_KEY_VERIFICATIONS;
    let mut asked = None;
    if verifies && key_value::recognise(presented(request.headers()).unwrap_or_default()) == Some(KeyKind::ApiKey) {
        (request, asked) = match asked_early(request).await {
            Ok(read) => read,
            Err(problem) => return problem.into_response(),
        };
    }
    let mut caller = match identify(&app, request.headers(), from, asked.as_deref()).await {
        Ok((caller, looked_up)) => {
            if let Some(looked_up) = looked_up {
                request.extensions_mut().insert(looked_up);
            }
            caller
        }
        Err(Refused::Use { key_id }) => {
            let agent = agent(request.headers());
            app.refused_uses.note(KeyKind::ApiKey, &key_id, app.now(), from, agent.as_deref());
            return refused(&app, from, "refused").await.into_response();
        }
        Err(Refused::Key { reason, hash }) => {
            failures::note(&app, Refusal { reason, hash, from, headers: request.headers() });
            return refused(&app, from, reason).await.into_response();
        }
        Err(Refused::Request(problem)) => return problem.into_response(),
    };
    let (user_id, mut allowance) = (caller.user.id, app.spend(verifies, caller.user.id, 1).await);
    // what it refuses is counted first where it is a verification: by its handler
    let mut response = if allowance.exceeded && !verifies {
        Problem::rate_limited(allowance.reset).into_response()
    } else if declares_too_much(request.headers()) {
        Problem::too_large().into_response()
    } else {
        app.last_uses.note(KeyKind::ApiKey, &caller.key_id, app.now(), from);
        caller.wait = allowance.exceeded.then_some(allowance.reset);
        request.extensions_mut().insert(caller);
        next.run(request).await
    };
    // a handler may have found that the request counts as more
    if let Some(further) = response.extensions().get::<Allowance>() {
        allowance = *further;
    }
    tell(&mut response, allowance);
    response.extensions_mut().insert(Asker(user_id));
    response
}

/// Lets a call of a route with this effect through to its handler if the key that asks may make such calls. Goes inside of
/// [`authenticate`] and around everything that answers, also what was answered before.
pub async fn within_access(
    State(effect): State<Effect>,
    mut request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let path = request.uri().path().to_owned();
    let caller = request.extensions_mut().get_mut::<Caller>().ok_or_else(Problem::server)?;
    let itself = path.split('/').any(|part| part == caller.key_id);
    policy::reaches(&caller.access, effect, itself)?;
    if caller.value_ends_at != When::Never {
        policy::reaches_in_overlap(effect, itself)?;
    }
    caller.effect = Some(effect);
    Ok(next.run(request).await)
}

/// What is answered to a key that is no good, of which each address may send only so many.
pub async fn refused(app: &App, address: Source, reason: &'static str) -> Problem {
    let failures = app.spend_failure(address).await;
    if failures.exceeded { Problem::rate_limited(failures.reset) } else { Problem::unauthenticated(reason) }
}

enum Refused {
    /// A value of this key, which no longer works.
    Use {
        key_id: String,
    },
    /// A value of no key.
    Key {
        reason: &'static str,
        hash: Option<String>,
    },
    Request(Problem),
}

/// The longest body of a verification that is read before it is known who asks, in bytes: of one hash, and where it was used.
const SHORT: u64 = 512;

/// What a short request for a verification asks about, so that it is looked up together with who asks: one statement for both.
/// A longer one is read once it is known who sends it.
async fn asked_early(request: Request) -> Result<(Request, Option<String>), Problem> {
    let length = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if length.is_none_or(|length| length > SHORT) {
        return Ok((request, None));
    }
    let (parts, body) = request.into_parts();
    let mut whole = Request::new(body);
    // among others the limit of a body
    whole.extensions_mut().clone_from(&parts.extensions);
    let bytes = body::bytes(whole).await?;
    let asked = serde_json::from_slice::<Value>(&bytes).ok();
    let asked = asked.and_then(|asked| Some(asked["sha256"].as_str()?.to_owned()));
    Ok((Request::from_parts(parts, bytes.into()), asked.filter(|hash| key_value::is_fingerprint(hash))))
}

/// What was found of a value together with who asks for it.
#[derive(Clone, Debug)]
pub struct LookedUp {
    pub hash: String,
    pub found: Option<Presented>,
}

/// Who asks. With the hash of a value to verify, also what is known of that.
async fn identify(
    app: &Arc<App>,
    headers: &HeaderMap,
    from: Source,
    sought: Option<&str>,
) -> Result<(Caller, Option<LookedUp>), Refused> {
    let value = presented(headers)?;
    if key_value::recognise(value) != Some(KeyKind::ApiKey) {
        return Err(no_good("malformed"));
    }
    let fingerprint = key_value::fingerprint(value);
    let hashes = [Some(fingerprint.as_str()), sought.filter(|sought| *sought != fingerprint)];
    let found = app.presented(app.store.at_once(), hashes.into_iter().flatten(), app.now()).await;
    let found = found.map_err(|error| Refused::Request(error.into()))?;
    let of = |hash: &str| found.iter().find(|found| found.secret_hash == hash).cloned();
    let looked_up = sought.map(|hash| LookedUp { hash: hash.to_owned(), found: of(hash) });
    let credential = match of(&fingerprint) {
        Some(Presented { accepted: true, credential, .. }) => credential,
        Some(known) => return Err(Refused::Use { key_id: known.credential.key_id }),
        None => return Err(Refused::Key { reason: "refused", hash: Some(fingerprint) }),
    };
    let user = Arc::new(credential.user);
    let (asker, key_id, agent, app) = (Arc::clone(&user), credential.key_id.clone(), agent(headers), Arc::clone(app));
    let origin = move || {
        let mut actor = asker.for_audit();
        actor["apiKeyId"] = Value::from(key_id);
        Origin {
            actor,
            actor_id: Some(asker.id),
            ip: Some(from.to_string()),
            user_agent: agent,
            team: app.team.for_audit(),
        }
    };
    let caller = Caller {
        origin: Arc::new(LazyLock::new(Box::new(origin))),
        address: from,
        wait: None,
        once: None,
        user,
        key_id: credential.key_id,
        key_expires: credential.expires_at,
        value_ends_at: credential.value_ends_at,
        access: credential.access,
        effect: None,
        fingerprint,
    };
    Ok((caller, looked_up))
}

fn no_good(reason: &'static str) -> Refused {
    Refused::Key { reason, hash: None }
}

/// The program that asks, as far as the audit log keeps it.
pub fn agent(headers: &HeaderMap) -> Option<String> {
    let agent = String::from_utf8_lossy(headers.get(USER_AGENT)?.as_bytes());
    let agent = Some(agent).filter(|agent| !holds_value(agent.as_bytes()))?;
    Some(agent.chars().take(LONGEST_AGENT).collect())
}

/// The one key value of a request.
fn presented(headers: &HeaderMap) -> Result<&str, Refused> {
    let bearer = |value: &'_ HeaderValue| {
        let (scheme, _) = value.as_bytes().split_at_checked(7)?;
        scheme.eq_ignore_ascii_case(b"bearer ").then_some(())
    };
    let from_bearer = headers.get_all(AUTHORIZATION).iter().filter(|value| bearer(value).is_some());
    let values = headers
        .get_all(API_KEY)
        .iter()
        .map(|value| value.to_str().map(str::trim))
        .chain(from_bearer.map(|value| value.to_str().map(|text| text.get(7..).unwrap_or_default().trim())));
    let mut one = None;
    for value in values {
        let value = value.map_err(|_not_text| no_good("malformed"))?;
        if one.is_some_and(|other| other != value) {
            let reason = "two different keys were sent";
            return Err(Refused::Request(Problem::malformed("X-Api-Key", reason)));
        }
        one = Some(value);
    }
    one.filter(|value| !value.is_empty()).ok_or_else(|| no_good("missing"))
}

/// Tells what is left of an allowance.
pub fn tell(response: &mut Response, allowance: Allowance) {
    let headers = response.headers_mut();
    let mut put = |name, value: u64| headers.insert(HeaderName::from_static(name), HeaderValue::from(value));
    put("ratelimit-limit", u64::from(allowance.limit));
    put("ratelimit-remaining", u64::from(allowance.remaining));
    put("ratelimit-reset", allowance.reset);
    let policy = format!("{};w={}", allowance.limit, WINDOW.as_secs());
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(HeaderName::from_static("ratelimit-policy"), policy);
    }
}
