//! Reading an answer: a body into what it should be, or a refusal into an error.
//!
//! Refusals come in several shapes and nothing tells which; the keys that are present decide. Source: the public Postman
//! API's error bodies, of which keydeck's own is one.

use reqwest::StatusCode;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::error::{Asked, ErrorKind, ServiceError};
use crate::api::error::name;
use crate::domain::key_value::{mask, values_in};
use crate::domain::untrusted::Untrusted;

/// The longest text of a server's that is kept of an error, in characters: enough for a sentence or two.
const LONGEST_MESSAGE: usize = 400;

/// An answer that came whole.
pub(super) struct Answer {
    /// Its status.
    pub(super) status: StatusCode,
    /// Whether it calls itself HTML.
    pub(super) html: bool,
    /// Seconds it asks to wait.
    pub(super) retry_after: Option<u64>,
    /// Whether its headers say that the month's allowance is used up.
    pub(super) month_used_up: bool,
    /// Its body, wiped after use: it may hold a new key's value.
    pub(super) body: zeroize::Zeroizing<Vec<u8>>,
}

impl Answer {
    /// What a successful answer holds.
    pub(super) fn parse<T: DeserializeOwned>(&self, asked: &Asked) -> Result<T, ServiceError> {
        if self.html {
            return Err(self.error(ErrorKind::NotUnderstood, asked, "an HTML page instead of the API's answer"));
        }
        serde_json::from_slice(&self.body).map_err(|error| {
            // serde's own message quotes the value at fault, which may be anything
            let place = format!("at line {}, column {}", error.line(), error.column());
            match error.classify() {
                _ if self.body.is_empty() => self.error(ErrorKind::NotUnderstood, asked, "an empty answer"),
                serde_json::error::Category::Eof => {
                    self.error(ErrorKind::LostAnswer, asked, format!("the answer broke off {place}"))
                }
                serde_json::error::Category::Data => {
                    self.error(ErrorKind::NotUnderstood, asked, format!("an answer of another shape, {place}"))
                }
                _ => self.error(ErrorKind::NotUnderstood, asked, format!("an answer that is not JSON, {place}")),
            }
        })
    }

    /// An error about this answer.
    pub(super) fn error(&self, kind: ErrorKind, asked: &Asked, message: impl Into<Untrusted>) -> ServiceError {
        ServiceError {
            status: Some(self.status.as_u16()),
            retry_after: self.retry_after,
            ..ServiceError::new(kind, asked.clone(), message)
        }
    }

    /// What a refusal says. `key` is the key that asked, which no message may repeat.
    pub(super) fn refusal(&self, asked: &Asked, key: &str) -> ServiceError {
        let said = serde_json::from_slice(&self.body).ok().and_then(|body| Said::read(&body)).filter(|_| !self.html);
        let kind = self.kind(said.as_ref());
        let Some(said) = said else {
            let what = if self.html { "an HTML page" } else { "an answer" };
            let hint = match self.status.as_u16() {
                401 => ": a proxy may have sent it, so the key need not be wrong",
                _ => "",
            };
            return self.error(kind, asked, format!("{what} that is not the API's{hint}"));
        };
        ServiceError {
            name: said.name.filter(|name| !name.is_empty()).map(|name| clean(&name, key)),
            field: said.field.map(|field| clean(&field, key)),
            ..self.error(kind, asked, clean(&said.message, key))
        }
    }

    fn kind(&self, said: Option<&Said>) -> ErrorKind {
        let named = |wanted: &str| said.is_some_and(|said| said.name.as_deref() == Some(wanted));
        match self.status.as_u16() {
            401 => ErrorKind::Unauthenticated,
            403 => ErrorKind::Denied,
            // a gateway that waited too long for the request, or for the server behind it
            408 => ErrorKind::LostAnswer,
            429 if self.month_used_up || named("serviceLimitExhausted") => ErrorKind::QuotaUsedUp,
            429 => ErrorKind::RateLimited,
            500..=599 => ErrorKind::Server,
            // there is no such endpoint: that says nothing about the thing that was asked for
            _ if said.is_none() || named(name::NO_SUCH_ENDPOINT) => ErrorKind::NotUnderstood,
            404 => ErrorKind::NotFound,
            409 => ErrorKind::Conflict,
            400 | 413 | 414 | 415 | 422 => ErrorKind::Invalid,
            _ => ErrorKind::NotUnderstood,
        }
    }
}

/// What an error body says.
#[derive(Debug, Default, PartialEq)]
struct Said {
    name: Option<String>,
    message: String,
    field: Option<String>,
}

impl Said {
    /// Reads any of the known shapes; none when the body is of no API that is known here.
    fn read(body: &Value) -> Option<Self> {
        let body = body.as_object()?;
        match body.get("error") {
            Some(Value::Object(error)) => Some(Self::nested(error)),
            Some(Value::String(error)) => Some(Self {
                name: Some(error.clone()),
                message: string(body, "error_description").unwrap_or_default(),
                field: None,
            }),
            _ => Self::problem(body),
        }
    }

    /// `{"error":{"name","message","details"}}`; one family of endpoints nests an object under `name`.
    fn nested(error: &Map<String, Value>) -> Self {
        let inner = error.get("name").and_then(Value::as_object).unwrap_or(error);
        let details = error.get("details").or_else(|| inner.get("details"));
        let mut message = string(error, "message").or_else(|| string(inner, "message")).unwrap_or_default();
        let mut field = None;
        match details {
            Some(Value::Object(details)) => {
                field = string(details, "field").or_else(|| string(details, "param"));
                if let Some(reason) = string(details, "reason").filter(|reason| !message.contains(reason.as_str())) {
                    message = join(&message, &reason);
                }
            }
            Some(Value::Array(details)) => {
                for detail in details.iter().filter_map(Value::as_str) {
                    message = join(&message, detail);
                }
            }
            _ => {}
        }
        Self { name: string(inner, "name"), message, field }
    }

    /// `{"type","title","detail","status"}` and its relatives.
    fn problem(body: &Map<String, Value>) -> Option<Self> {
        if !["title", "detail"].iter().any(|key| body.contains_key(*key)) {
            return None;
        }
        let title = string(body, "title");
        let detail = match body.get("detail") {
            Some(Value::Object(detail)) => string(detail, "message").or_else(|| string(detail, "title")),
            Some(Value::String(detail)) => Some(detail.clone()),
            _ => None,
        };
        match detail {
            Some(message) => Some(Self { name: title, message, field: None }),
            None => Some(Self { name: None, message: title.unwrap_or_default(), field: None }),
        }
    }
}

fn string(object: &Map<String, Value>, key: &str) -> Option<String> {
    object.get(key)?.as_str().map(str::to_owned)
}

fn join(message: &str, more: &str) -> String {
    if message.is_empty() { more.to_owned() } else { format!("{message}: {more}") }
}

/// A server's words cut to a bearable length, without `key` and without anything else that is a whole key value.
fn clean(text: &str, key: &str) -> Untrusted {
    let mut text = if key.is_empty() { text.to_owned() } else { text.replace(key, &mask(key)) };
    let hidden: Vec<(String, String)> = values_in(&text).map(|word| (word.to_owned(), mask(word))).collect();
    for (word, masked) in hidden {
        text = text.replace(&word, &masked);
    }
    match text.char_indices().nth(LONGEST_MESSAGE) {
        Some((cut, _)) => Untrusted::from(format!("{}…", &text[..cut])),
        None => Untrusted::from(text),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;
    use crate::domain::key_value::checksum;

    fn answer(status: u16, body: &str) -> Answer {
        Answer {
            status: StatusCode::from_u16(status).unwrap(),
            html: false,
            retry_after: None,
            month_used_up: false,
            body: zeroize::Zeroizing::new(body.as_bytes().to_vec()),
        }
    }

    fn asked() -> Asked {
        Asked { method: "GET", path: "/me".into(), address: "https://keys.team.example".into() }
    }

    #[rstest]
    #[case::a(json!({"error": {"name": "n", "message": "m"}}), Some("n"), "m", None)]
    #[case::a_with_details(
        json!({"error": {"name": "n", "message": "m", "details": {"field": "limit", "reason": "above 1000"}}}),
        Some("n"), "m: above 1000", Some("limit")
    )]
    #[case::a_with_a_list(json!({"error": {"name": "n", "message": "m", "details": ["x", "y"]}}), Some("n"), "m: x: y", None)]
    #[case::a_nested(json!({"error": {"name": {"name": "n", "message": "m"}}}), Some("n"), "m", None)]
    #[case::b(json!({"type": "t", "title": "n", "detail": "m", "status": 404}), Some("n"), "m", None)]
    #[case::b_with_an_object(json!({"type": "t", "title": "n", "detail": {"message": "m"}}), Some("n"), "m", None)]
    #[case::c(json!({"type": "t", "title": "m", "status": 400, "instance": "/x"}), None, "m", None)]
    #[case::d(json!({"error": "n", "error_description": "m"}), Some("n"), "m", None)]
    fn every_shape_of_error_is_read(
        #[case] body: Value,
        #[case] name: Option<&str>,
        #[case] message: &str,
        #[case] field: Option<&str>,
    ) {
        let said = Said::read(&body).unwrap();
        assert_eq!((said.name.as_deref(), said.message.as_str(), said.field.as_deref()), (name, message, field));
    }

    #[rstest]
    #[case(json!([]))]
    #[case(json!("error"))]
    #[case(json!({"message": "m"}))]
    #[case(json!({"error": 7}))]
    fn another_shape_is_not_the_apis(#[case] body: Value) {
        assert_eq!(Said::read(&body), None);
    }

    #[rstest]
    #[case(400, "malformedRequestError", ErrorKind::Invalid)]
    #[case(401, "AuthenticationError", ErrorKind::Unauthenticated)]
    #[case(403, "forbiddenError", ErrorKind::Denied)]
    #[case(404, "instanceNotFoundError", ErrorKind::NotFound)]
    #[case(404, "requestNotFoundError", ErrorKind::NotUnderstood)]
    #[case(405, "requestNotFoundError", ErrorKind::NotUnderstood)]
    #[case(408, "timeout", ErrorKind::LostAnswer)]
    #[case(409, "conflictError", ErrorKind::Conflict)]
    #[case(413, "requestTooLargeError", ErrorKind::Invalid)]
    #[case(415, "unsupportedMediaTypeError", ErrorKind::Invalid)]
    #[case(422, "malformedRequestError", ErrorKind::Invalid)]
    #[case(429, "rateLimited", ErrorKind::RateLimited)]
    #[case(429, "serviceLimitExhausted", ErrorKind::QuotaUsedUp)]
    #[case(500, "serverError", ErrorKind::Server)]
    #[case(503, "serviceUnavailableError", ErrorKind::Server)]
    fn the_status_decides_the_kind(#[case] status: u16, #[case] name: &str, #[case] kind: ErrorKind) {
        let body = json!({"error": {"name": name, "message": "m"}}).to_string();
        let error = answer(status, &body).refusal(&asked(), "");
        assert_eq!((error.kind, error.status), (kind, Some(status)));
        assert_eq!(error.name.unwrap().as_received(), name);
    }

    #[test]
    fn a_refusal_that_is_not_the_apis_says_so() {
        let error = answer(401, "proxy: who are you?").refusal(&asked(), "");
        assert_eq!(error.kind, ErrorKind::Unauthenticated);
        assert!(error.message.to_string().contains("not the API's"), "{error}");
        assert!(!error.to_string().contains("who are you"), "{error}");
        assert_eq!(answer(404, "<html>").refusal(&asked(), "").kind, ErrorKind::NotUnderstood);
    }

    #[test]
    fn no_message_repeats_a_key() {
        let start = format!("kdk_{}", "a".repeat(30));
        let other = format!("{start}{}", checksum(&start));
        let body = json!({"error": {"name": "n", "message": format!("hunter2hunter2 and '{other}'")}}).to_string();
        let error = answer(400, &body).refusal(&asked(), "hunter2hunter2");
        assert_eq!(error.message.as_received(), format!("…ter2 and '{}'", mask(&other)));
    }

    #[test]
    fn a_parse_error_quotes_no_value() {
        let error = answer(200, "{\"a\":\"hunter2\"}").parse::<Vec<u8>>(&asked()).unwrap_err();
        assert_eq!(error.kind, ErrorKind::NotUnderstood);
        assert!(!format!("{error:?}").contains("hunter2"));
        assert_eq!(answer(200, "{\"a\":").parse::<Value>(&asked()).unwrap_err().kind, ErrorKind::LostAnswer);
        assert_eq!(answer(200, "").parse::<Value>(&asked()).unwrap_err().kind, ErrorKind::NotUnderstood);
        assert_eq!(answer(200, "<!doctype").parse::<Value>(&asked()).unwrap_err().kind, ErrorKind::NotUnderstood);
    }

    #[test]
    fn a_long_message_is_cut() {
        let body = json!({"error": {"name": "n", "message": "ä".repeat(1000)}}).to_string();
        let message = answer(400, &body).refusal(&asked(), "").message;
        assert_eq!(message.as_received().chars().count(), LONGEST_MESSAGE + 1);
    }
}
