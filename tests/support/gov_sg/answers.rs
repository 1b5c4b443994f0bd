//! Which call is answered how.

use serde_json::{Value, json};

use super::{Asked, Canned, Service, keys, sessions};

/// The answer to a request.
pub fn answer(service: &mut Service, asked: &Asked) -> Canned {
    let path = asked.path.strip_prefix("/v1/").unwrap_or("?").trim_end_matches('/').to_owned();
    let segments: Vec<&str> = path.split('/').collect();
    match (asked.method.as_str(), segments.as_slice()) {
        ("POST", ["auth", "otp"]) => sessions::otp(service, asked),
        ("POST", ["auth", "login"]) => sessions::login(service, asked),
        ("GET", ["auth", "userinfo"]) => sessions::user_info(service, asked),
        ("GET", ["auth", "logout"]) => sessions::logout(service, asked),
        ("GET" | "POST", ["api-key"]) | ("PUT" | "DELETE", ["api-key", _]) => of_keys(service, asked, &segments),
        ("GET", ["transactional", "email"]) => emails(service, asked),
        _ => Canned::html(404),
    }
}

/// What a body says; nothing at all where it is not sent as JSON.
pub fn body(asked: &Asked) -> Result<Value, Canned> {
    let is_json = asked.header("content-type").is_some_and(|kind| kind.starts_with("application/json"));
    if asked.body.is_empty() || !is_json {
        return Ok(json!({}));
    }
    match serde_json::from_str::<Value>(&asked.body) {
        Ok(body) if body.is_object() => Ok(body),
        _ => Err(Canned::refusal(400, "malformed", "Request body is malformed")),
    }
}

fn of_keys(service: &mut Service, asked: &Asked, segments: &[&str]) -> Canned {
    // before anybody is asked who they are
    let body = match body(asked) {
        Ok(body) => body,
        Err(refusal) => return refusal,
    };
    let changes = service.changes;
    let Some(session) = sessions::of(service, asked) else {
        return Canned::refusal(401, "unauthenticated", "Unauthenticated");
    };
    assert!(!session.of_a_key, "the cookie that came with an answer to a key was kept");
    let email = session.email.clone();
    let first = !std::mem::replace(&mut session.used, true);
    let mut renewed = None;
    if first && changes {
        session.id = format!("s:{}", session.id.trim_start_matches("s:").chars().rev().collect::<String>());
        renewed = Some(session.id.clone());
    } else if first {
        renewed = Some(session.id.clone());
    }
    let answer = match (asked.method.as_str(), segments) {
        ("GET", _) => keys::list(service, asked, &email),
        ("POST", _) => keys::create(service, &body, &email),
        ("PUT", [_, id]) => keys::change(service, &body, &email, id),
        (_, [_, id]) => keys::delete(service, &email, id),
        _ => Canned::html(404),
    };
    match renewed {
        Some(id) => sessions::set(answer, &id),
        None => answer,
    }
}

/// Whoever asks with a cookie is of that session, whatever key stands beside it.
fn emails(service: &mut Service, asked: &Asked) -> Canned {
    let found = Canned::json(200, &json!({"has_more": false, "data": []}));
    if sessions::of(service, asked).is_some() {
        return found;
    }
    let now = service.now();
    let value = asked.header("authorization").and_then(|header| header.strip_prefix("Bearer ")).unwrap_or_default();
    let strict = value.split('_').count() == 3 && value.split('_').all(|part| !part.is_empty()) && !value.contains(' ');
    let owner = service.keys.iter().find(|key| key.value == value && key.valid_until > now);
    match owner.map(|key| key.owner.clone()) {
        Some(owner) if strict => {
            let id = sessions::open(service, &owner, true);
            sessions::set(found, &id)
        }
        _ => {
            // an answer that refuses sets one too
            let id = sessions::open(service, "nobody@agency.gov.sg", true);
            sessions::set(Canned::refusal(401, "unauthenticated", "Unauthenticated"), &id)
        }
    }
}
