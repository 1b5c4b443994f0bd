//! One-time passwords, and sessions as Express keeps them: a signed id in a cookie, percent-encoded.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Asked, Canned, Password, Service, Session};

const COOKIE: &str = "postmangovsg";
/// For how long a password is good, from when it was sent or last tried.
const LIVES: Duration = Duration::from_mins(10);

/// What stands in the cookie of a session, as `encodeURIComponent` writes it.
pub fn encoded(id: &str) -> String {
    let mut text = String::new();
    for byte in id.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'!' | b'~' | b'*' | b'\'' | b'(' | b')' => {
                text.push(char::from(byte));
            }
            _ => write!(text, "%{byte:02X}").unwrap(),
        }
    }
    text
}

/// Opens a session, and gives what stands in its cookie before it is encoded.
pub fn open(service: &mut Service, email: &str, of_a_key: bool) -> String {
    let id = format!("s:{}.{}", service.random(24, b"abcdefghijkmnp-_23456789"), service.random(27, b"ABCdef+/=019"));
    service.sessions.push(Session { id: id.clone(), email: email.to_owned(), used: false, of_a_key });
    id
}

/// The answer, which sets the cookie of this session.
pub fn set(answer: Canned, id: &str) -> Canned {
    let value = encoded(id);
    answer.with(
        "set-cookie",
        format!("{COOKIE}={value}; Domain=localhost; Path=/; Expires=Fri, 01 Jan 2100 00:00:00 GMT; HttpOnly; SameSite=Strict"),
    )
}

/// The session that a request is of. Cookies are compared as they travel: one that was decoded on the way is none.
pub fn of<'a>(service: &'a mut Service, asked: &Asked) -> Option<&'a mut Session> {
    let cookies = asked.header("cookie")?;
    let mut pairs = cookies.split("; ").filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.find(|(name, _)| *name == COOKIE)?;
    service.sessions.iter_mut().find(|session| encoded(&session.id) == value)
}

fn fields(asked: &Asked, names: &[&str]) -> Result<Vec<String>, Canned> {
    let body = super::answers::body(asked)?;
    let wrong = |message: String| Canned::refusal(400, "api_validation", &message);
    if let Some(other) = body.as_object().unwrap().keys().find(|key| !names.contains(&key.as_str())) {
        return Err(wrong(format!("\"{other}\" is not allowed")));
    }
    names
        .iter()
        .map(|name| match &body[*name] {
            Value::String(text) if *name != "email" || text.contains('@') => Ok(text.clone()),
            Value::String(_) => Err(wrong(format!("\"{name}\" must be a valid email"))),
            _ => Err(wrong(format!("\"{name}\" is required"))),
        })
        .collect()
}

pub fn otp(service: &mut Service, asked: &Asked) -> Canned {
    let email = match fields(asked, &["email"]) {
        Ok(fields) => fields[0].to_lowercase(),
        Err(refusal) => return refusal,
    };
    if !email.ends_with(".gov.sg") {
        return Canned::json(401, &json!({"message": "User is not authorized"}));
    }
    if let Some(before) = service.passwords.iter().rev().find(|password| password.email == email) {
        let left = service.pause.saturating_sub(before.sent.elapsed());
        if !left.is_zero() {
            let message =
                format!("Wait for {} seconds before requesting for a new otp", left.as_millis().div_ceil(1000));
            return Canned::json(401, &json!({"message": message}));
        }
    }
    let text = service.random(6, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567");
    service.passwords.retain(|password| password.email != email);
    service.passwords.push(Password { email, text, wrong: 0, sent: Instant::now() });
    Canned::text(200, "OK")
}

pub fn login(service: &mut Service, asked: &Asked) -> Canned {
    let (email, otp) = match fields(asked, &["email", "otp"]) {
        Ok(fields) => (fields[0].to_lowercase(), fields[1].clone()),
        Err(refusal) => return refusal,
    };
    if otp.len() != 6 || !otp.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()) {
        return Canned::refusal(400, "api_validation", "\"otp\" with value fails to match the required pattern");
    }
    let no = Canned::text(401, "Unauthorized");
    let Some(at) = service.passwords.iter().position(|password| password.email == email) else { return no };
    let password = &mut service.passwords[at];
    if password.wrong >= 4 || password.sent.elapsed() > LIVES {
        return no;
    }
    if password.text != otp {
        password.wrong += 1;
        return no;
    }
    // used, and kept only for the pause
    password.text = String::new();
    let id = open(service, &email, false);
    let answer = Canned::text(200, "OK");
    if service.tls { set(answer, &id) } else { answer }
}

pub fn user_info(service: &mut Service, asked: &Asked) -> Canned {
    let body = match of(service, asked) {
        Some(session) => json!({"email": session.email, "id": 4711, "experimental_data": {}}),
        None => json!({}),
    };
    Canned::json(200, &body)
}

pub fn logout(service: &mut Service, asked: &Asked) -> Canned {
    if let Some(id) = of(service, asked).map(|session| session.id.clone()) {
        service.sessions.retain(|session| session.id != id);
    }
    Canned::text(200, "OK")
}
