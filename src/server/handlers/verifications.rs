//! `POST /api-key-verifications`: how a team's own services accept keydeck's keys.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};

use crate::api::key::{Hashes, Verification, VerificationAnswer, Verified};
use crate::api::page::MAX_IDS;
use crate::domain::ids::{KeyId, UserId};
use crate::domain::key_value::{KeyKind, is_fingerprint};
use crate::domain::time::{Time, When};
use crate::server::app::App;
use crate::server::http::auth::{Caller, LookedUp};
use crate::server::http::body::Body;
use crate::server::http::limits::Allowance;
use crate::server::http::problem::Problem;
use crate::server::policy::Act;
use crate::server::source::Source;
use crate::server::store::presented::Presented;

/// So many verifications of a batch count as one call. Source: management API, "Conventions".
const A_CALL: usize = 100;

/// So many are looked up without a thread of their own.
const FEW: usize = 8;

/// Says whether the values with these hashes are accepted now. This is a use of each key, or a refused one, where the
/// verifier asks for a service or the key is the caller's own: an admin who looks does not use anything.
pub async fn verify(
    State(app): State<Arc<App>>,
    caller: Caller,
    looked_up: Option<Extension<LookedUp>>,
    Body { value: asked, .. }: Body<Verification>,
) -> Result<Response, Problem> {
    caller.may(Act::VerifyKeys)?;
    let hashes = checked(&asked.sha256)?;
    let from = match asked.used_from.as_deref() {
        Some(text) => text.parse::<IpAddr>().map(|address| Source::Address(address.to_canonical())),
        None => Ok(caller.address),
    };
    let from = from.map_err(|_not_an_address| Problem::malformed("usedFrom", "not an IP address"))?;
    let now = app.now();
    let spent = match caller.wait {
        Some(wait) => Err(wait),
        None => spend(&app, &caller, hashes.len()).await,
    };
    let further = match spent {
        Ok(further) => further,
        Err(wait) => {
            if caller.can(Act::UseAnyKey) {
                app.refused_uses.note_by_hash(hashes, now, from, caller.origin.user_agent.as_deref());
            }
            return Err(Problem::rate_limited(wait));
        }
    };
    let distinct: HashSet<&str> = hashes.iter().map(String::as_str).collect();
    // one was looked up together with who asks; a few take microseconds, as what every request begins with
    let early = looked_up.filter(|early| distinct.len() == 1 && distinct.contains(early.hash.as_str()));
    let found = if let Some(Extension(LookedUp { found, .. })) = early {
        found.into_iter().collect()
    } else if distinct.len() <= FEW {
        app.presented(app.store.at_once(), distinct, now).await?
    } else {
        app.presented(app.store.reads(), distinct, now).await?
    };
    let found: HashMap<&str, &Presented> = found.iter().map(|found| (found.secret_hash.as_str(), found)).collect();
    let mut verified = Vec::with_capacity(hashes.len());
    for hash in hashes {
        let found = found.get(hash.as_str()).copied();
        if let Some(found) = found {
            note(&app, &caller, found, from, now);
        }
        verified.push(told(found));
    }
    let kept = HeaderValue::from_str(&format!("private, max-age={}", max_age(&app, &verified, now)));
    let answer = match asked.sha256 {
        Hashes::One(_) => verified.pop().map(VerificationAnswer::One).ok_or_else(Problem::server)?,
        Hashes::Many(_) => VerificationAnswer::Many { data: verified },
    };
    let mut response = Json(answer).into_response();
    response.headers_mut().insert(CACHE_CONTROL, kept.map_err(|_never| Problem::server())?);
    if let Some(allowance) = further {
        response.extensions_mut().insert(allowance);
    }
    Ok(response)
}

fn checked(asked: &Hashes) -> Result<&[String], Problem> {
    let malformed = |field: String| Problem::malformed(field, "not 64 lower-case hexadecimal digits");
    match asked {
        Hashes::One(hash) if is_fingerprint(hash) => Ok(std::slice::from_ref(hash)),
        Hashes::One(_) => Err(malformed("sha256".to_owned())),
        Hashes::Many(hashes) if hashes.is_empty() || hashes.len() > MAX_IDS => {
            Err(Problem::malformed("sha256", format!("not 1 to {MAX_IDS} hashes")))
        }
        Hashes::Many(hashes) => match hashes.iter().position(|hash| !is_fingerprint(hash)) {
            Some(at) => Err(malformed(format!("sha256[{at}]"))),
            None => Ok(hashes),
        },
    }
}

/// Counts a large batch as more than the one call that was counted when it came, and says what is left; none where that
/// one was all, and the seconds to wait where it is too large for what is left.
async fn spend(app: &App, caller: &Caller, verifications: usize) -> Result<Option<Allowance>, u64> {
    let further = u32::try_from(verifications.div_ceil(A_CALL)).unwrap_or(u32::MAX).saturating_sub(1);
    if further == 0 {
        return Ok(None);
    }
    let allowance = app.spend(true, caller.user.id, further).await;
    if allowance.exceeded { Err(allowance.reset) } else { Ok(Some(allowance)) }
}

fn note(app: &App, caller: &Caller, found: &Presented, from: Source, now: Time) {
    let key = &found.credential;
    if !caller.can(Act::UseKey(key.user.id)) {
        return;
    }
    if found.accepted {
        app.last_uses.note(KeyKind::ApiKey, &key.key_id, now, from);
    } else {
        app.refused_uses.note(KeyKind::ApiKey, &key.key_id, now, from, caller.origin.user_agent.as_deref());
    }
}

fn told(found: Option<&Presented>) -> Verified {
    let key = found.map(|found| &found.credential);
    let expires = found.map_or(When::Never, |found| {
        let key = &found.credential;
        // the end of an overlap that is over is not when the key expires
        let value_ends = key.value_ends_at.time().filter(|_| found.accepted);
        [key.expires_at.time(), value_ends].into_iter().flatten().min().into()
    });
    Verified {
        valid: found.is_some_and(|found| found.accepted),
        status: found.map(|found| found.status.clone()),
        api_key_id: key.map(|key| KeyId::from(key.key_id.as_str())),
        owner_id: key.map(|key| UserId(key.user.id)),
        access: key.map(|key| key.access.clone()),
        expires_at: expires,
    }
}

/// How long the answer may be kept, in seconds: as configured, and never beyond the moment at which one of the keys in it
/// expires.
fn max_age(app: &App, verified: &[Verified], now: Time) -> u32 {
    let left = |verified: &Verified| {
        let left = verified.expires_at.time().filter(|_| verified.valid)? - now;
        Some(u32::try_from(left.num_seconds().max(0)).unwrap_or(u32::MAX))
    };
    verified.iter().filter_map(left).fold(app.configured().verification_max_age, u32::min)
}
