//! Reading an answer: a body into what it should be, or a refusal into an error.

use std::ops::Deref;
use std::time::{Duration, SystemTime};

use reqwest::StatusCode;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use crate::client::error::{Asked, ErrorKind, ServiceError};
use crate::domain::key_value::mask;
use crate::domain::untrusted::Untrusted;
use crate::domain::values::masked;

/// The longest text of a server's that is kept of an error, in characters: enough for a sentence or two.
const LONGEST_MESSAGE: usize = 400;

/// What a refusal says, in the words of the backend's own API.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::client) struct Refusal {
    /// The error's stable name; empty where it has none.
    pub(in crate::client) name: Option<String>,
    /// For people.
    pub(in crate::client) message: String,
    /// The field that is wrong.
    pub(in crate::client) field: Option<String>,
    /// The word by which the API tells conflicts apart.
    pub(in crate::client) reason: Option<String>,
    /// What it means, where the status alone would say something else.
    pub(in crate::client) kind: Option<ErrorKind>,
    /// From when on it may be asked again, in milliseconds since 1970, where the message tells.
    pub(in crate::client) until: Option<u64>,
    /// Seconds after which it may be asked again, where the message tells.
    pub(in crate::client) wait: Option<u64>,
    /// Whether it is not of the API's own shapes: then the message is the beginning of what came.
    pub(in crate::client) foreign: bool,
}

/// Reads a refusal of this status and body; none where it is not of the backend's own API, but a proxy's, say.
pub(in crate::client) type ReadRefusal = fn(u16, &[u8]) -> Option<Refusal>;

/// An answer that came whole.
pub(in crate::client) struct Answer {
    /// When it came, as the server's clock has it.
    pub(in crate::client) received: SystemTime,
    pub(in crate::client) status: StatusCode,
    /// Whether it calls itself HTML.
    pub(in crate::client) html: bool,
    /// Seconds it asks to wait.
    pub(in crate::client) retry_after: Option<u64>,
    /// Whether its headers say that the month's allowance is used up.
    pub(in crate::client) month_used_up: bool,
    /// The tag by which the server knows what it holds again.
    pub(in crate::client) tag: Option<String>,
    /// Whether it gave whoever asked a session.
    pub(in crate::client) gave_session: bool,
    pub(in crate::client) body: Body,
}

/// What came.
pub(in crate::client) enum Body {
    /// It may hold a value, such as a new key's: wiped after use.
    Wiped(Zeroizing<Vec<u8>>),
    /// A page of a list, which never holds one: to wipe the pages of a long list takes an eighth of its loading.
    Page(Vec<u8>),
}

impl Body {
    /// An empty one, of a page or not, with room for so many bytes.
    pub(in crate::client) fn with_capacity(is_page: bool, bytes: usize) -> Self {
        let body = Vec::with_capacity(bytes);
        if is_page { Self::Page(body) } else { Self::Wiped(Zeroizing::new(body)) }
    }

    /// Adds what came.
    pub(in crate::client) fn extend_from_slice(&mut self, piece: &[u8]) {
        match self {
            Self::Wiped(body) => body.extend_from_slice(piece),
            Self::Page(body) => body.extend_from_slice(piece),
        }
    }
}

impl Default for Body {
    fn default() -> Self {
        Self::with_capacity(false, 0)
    }
}

impl Deref for Body {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Wiped(body) => body,
            Self::Page(body) => body,
        }
    }
}

impl Answer {
    /// What a successful answer holds.
    pub(in crate::client) fn parse<T: DeserializeOwned>(&self, asked: &Asked) -> Result<T, ServiceError> {
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

    pub(in crate::client) fn error(
        &self,
        kind: ErrorKind,
        asked: &Asked,
        message: impl Into<Untrusted>,
    ) -> ServiceError {
        ServiceError {
            status: Some(self.status.as_u16()),
            retry_after: self.retry_after,
            ..ServiceError::new(kind, asked.clone(), message)
        }
    }

    /// The error that a refusal is. `read` is the backend's way to read one, and `secret` the credential that asked, which
    /// no message may repeat.
    pub(in crate::client) fn refusal(&self, asked: &Asked, read: ReadRefusal, secret: &str) -> ServiceError {
        let status = self.status.as_u16();
        let said = if self.html { None } else { read(status, &self.body) };
        let kind = self.kind(said.as_ref().filter(|said| !said.foreign));
        let Some(said) = said.as_ref().filter(|said| !said.foreign) else {
            let what = if self.html { "an HTML page" } else { "an answer" };
            let hint = match status {
                401 => ": a proxy may have sent it, so the key need not be wrong",
                _ => "",
            };
            let text = said.map(|said| format!(": {}", clean(&said.message, secret).as_received())).unwrap_or_default();
            return self.error(kind, asked, format!("{what} that is not the API's{hint}{text}"));
        };
        let said = said.clone();
        let retry_after = self.retry_after.or(said.wait).or_else(|| said.until.map(|until| self.seconds_until(until)));
        ServiceError {
            retry_after,
            name: said.name.filter(|name| !name.is_empty()).map(|name| clean(&name, secret)),
            field: said.field.map(|field| clean(&field, secret)),
            reason: said.reason.map(|reason| clean(&reason, secret)),
            ..self.error(kind, asked, clean(&said.message, secret))
        }
    }

    /// Seconds from when it came, rounded up.
    fn seconds_until(&self, epoch_millis: u64) -> u64 {
        let now = self.received.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let wait = Duration::from_millis(epoch_millis).saturating_sub(now);
        wait.as_millis().div_ceil(1000).try_into().unwrap_or(u64::MAX)
    }

    fn kind(&self, said: Option<&Refusal>) -> ErrorKind {
        if let Some(kind) = said.and_then(|said| said.kind) {
            return kind;
        }
        match self.status.as_u16() {
            401 => ErrorKind::Unauthenticated,
            403 => ErrorKind::Denied,
            // a gateway that waited too long for the request, or for the server behind it
            408 => ErrorKind::LostAnswer,
            429 if self.month_used_up => ErrorKind::QuotaUsedUp,
            429 => ErrorKind::RateLimited,
            500..=599 => ErrorKind::Server,
            // there is no such endpoint: that says nothing about the thing that was asked for
            _ if said.is_none() => ErrorKind::NotUnderstood,
            404 => ErrorKind::NotFound,
            409 => ErrorKind::Conflict,
            400 | 413 | 414 | 415 | 422 => ErrorKind::Invalid,
            _ => ErrorKind::NotUnderstood,
        }
    }
}

/// A server's words cut to a bearable length, without `key` and without anything else that is a key's value or a part of one.
fn clean(text: &str, key: &str) -> Untrusted {
    let text = if key.is_empty() { text.to_owned() } else { text.replace(key, &mask(key)) };
    let text = masked(&text).into_owned();
    match text.char_indices().nth(LONGEST_MESSAGE) {
        Some((cut, _)) => Untrusted::from(format!("{}…", &text[..cut])),
        None => Untrusted::from(text),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::{Value, json};

    use super::*;
    use crate::client::refusal::read as read_refusal;
    use crate::domain::key_value::checksum;

    fn answer(status: u16, body: &str) -> Answer {
        Answer {
            received: SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_249_801),
            status: StatusCode::from_u16(status).unwrap(),
            html: false,
            retry_after: None,
            month_used_up: false,
            tag: None,
            gave_session: false,
            body: Body::Wiped(Zeroizing::new(body.as_bytes().to_vec())),
        }
    }

    fn asked() -> Asked {
        Asked { method: "GET", path: "/me".into(), address: "https://keys.team.example".into() }
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
        let error = answer(status, &body).refusal(&asked(), read_refusal, "");
        assert_eq!((error.kind, error.status), (kind, Some(status)));
        assert_eq!(error.name.unwrap().as_received(), name);
    }

    #[test]
    fn a_refusal_that_is_not_the_apis_says_so() {
        let error = answer(401, "proxy: who are you?").refusal(&asked(), read_refusal, "");
        assert_eq!(error.kind, ErrorKind::Unauthenticated);
        assert!(error.message.to_string().contains("not the API's"), "{error}");
        assert!(!error.to_string().contains("who are you"), "{error}");
        assert_eq!(answer(404, "<html>").refusal(&asked(), read_refusal, "").kind, ErrorKind::NotUnderstood);
    }

    #[test]
    fn where_a_backend_keeps_what_it_does_not_understand_the_text_is_told_and_made_safe() {
        let read = crate::client::refusal::read_or_keep;
        let error = answer(503, "upstream\u{1b}[2J hunter2hunter2 is busy").refusal(&asked(), read, "hunter2hunter2");
        assert_eq!(error.kind, ErrorKind::Server);
        let said = error.to_string();
        assert!(said.contains("not the API's: upstream\\x1b[2J …ter2 is busy"), "{said}");
        assert_eq!(answer(404, "gone").refusal(&asked(), read, "").kind, ErrorKind::NotUnderstood);
        assert_eq!(answer(401, "{\"no\": 1}").refusal(&asked(), read, "").name, None);
    }

    #[test]
    fn a_wait_that_only_the_message_tells_is_heeded() {
        let body =
            json!({"error": {"name": "rateLimitError", "message": "Rate limit exceeded. Retry at 1795249808001"}});
        let error = answer(429, &body.to_string()).refusal(&asked(), read_refusal, "");
        assert_eq!((error.kind, error.retry_after), (ErrorKind::RateLimited, Some(8)));
    }

    #[test]
    fn no_message_repeats_a_key() {
        let start = format!("kdk_{}", "a".repeat(30));
        let other = format!("{start}{}", checksum(&start));
        let body = json!({"error": {"name": "n", "message": format!("hunter2hunter2 and '{other}'")}}).to_string();
        let error = answer(400, &body).refusal(&asked(), read_refusal, "hunter2hunter2");
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
        let message = answer(400, &body).refusal(&asked(), read_refusal, "").message;
        assert_eq!(message.as_received().chars().count(), LONGEST_MESSAGE + 1);
    }
}
