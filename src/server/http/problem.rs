//! A request that was not done, as the contract's error body. Never a page, a stack trace or a secret.

use axum::Json;
use axum::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::api::error::{ErrorBody, ErrorDetail, REASON_ACCESS, name};
use crate::server::error::ServerError;
use crate::server::store::engine::Error;
use crate::sqlite::Kind;

/// Why a request was not done.
#[derive(Debug)]
pub struct Problem {
    status: StatusCode,
    name: &'static str,
    message: String,
    details: Option<Value>,
    /// Why, in a word that is fixed, where the name alone does not say it.
    reason: Option<&'static str>,
    retry_after: Option<u64>,
}

/// Why a request was refused, in a word that is fixed: an answer's extension, for whoever counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal(pub &'static str);

impl Problem {
    fn new(status: StatusCode, name: &'static str, message: impl Into<String>) -> Self {
        Self { status, name, message: message.into(), details: None, reason: None, retry_after: None }
    }

    #[must_use]
    fn with(mut self, details: Value) -> Self {
        self.details = Some(details);
        self
    }

    #[must_use]
    fn because(self, reason: &'static str) -> Self {
        Self { reason: Some(reason), ..self }
    }

    /// 400: `field` is of a wrong type or out of its bounds.
    pub fn malformed(field: impl Into<String>, reason: impl Into<String>) -> Self {
        let (field, reason) = (field.into(), reason.into());
        Self::new(StatusCode::BAD_REQUEST, name::MALFORMED, format!("{field}: {reason}"))
            .with(json!({ "field": field, "reason": reason }))
    }

    /// 400: `field` is absent.
    pub fn missing(field: impl Into<String>) -> Self {
        let field = field.into();
        Self::new(StatusCode::BAD_REQUEST, name::PARAM_MISSING, format!("{field} is required"))
            .with(json!({ "field": field, "reason": "required" }))
    }

    /// 401: `reason` is `missing`, `malformed` or `refused`; whether a refused key is unknown or was stopped is not told.
    pub fn unauthenticated(reason: &'static str) -> Self {
        let message = match reason {
            "missing" => "send a key as X-Api-Key or as Authorization: Bearer",
            "malformed" => "the key is not of the form of an API key",
            _ => "the key is unknown, expired, disabled or revoked",
        };
        Self::new(StatusCode::UNAUTHORIZED, name::AUTHENTICATION, message)
            .with(json!({ "reason": reason }))
            .because(reason)
    }

    /// 401: it is not known who asks, where no key is what tells.
    pub fn not_let_in(message: &'static str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, name::AUTHENTICATION, message).because("partner")
    }

    /// 403: this user may not.
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, name::FORBIDDEN, message)
    }

    /// 403: the key that asks may not, whoever's it is; `details.reason` is `access`.
    pub fn narrow(message: impl Into<String>) -> Self {
        Self::forbidden(message).with(json!({ "reason": REASON_ACCESS })).because(REASON_ACCESS)
    }

    /// 403: this user may not name this in `field`.
    pub fn forbidden_field(field: &str, message: impl Into<String>) -> Self {
        let message = message.into();
        let details = json!({ "field": field, "reason": message });
        Self::forbidden(message).with(details)
    }

    /// 404: there is no such thing, or it is not this user's to see.
    pub fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, name::NOT_FOUND, format!("there is no such {what}"))
    }

    /// 404: what `field` names is not there, or not this user's to see.
    pub fn not_found_field(field: &str, what: &str) -> Self {
        let problem = Self::not_found(what);
        let details = json!({ "field": field, "reason": problem.message });
        problem.with(details)
    }

    /// 404: no such endpoint.
    pub fn no_such_endpoint() -> Self {
        Self::new(StatusCode::NOT_FOUND, name::NO_SUCH_ENDPOINT, "there is no such endpoint")
    }

    /// 405: the endpoint does not take this method.
    pub fn no_such_method() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, name::NO_SUCH_ENDPOINT, "the endpoint does not take this method")
    }

    /// 409: the present state does not allow it; `details.reason` is a stable word.
    pub fn conflict(reason: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, name::CONFLICT, message).with(json!({ "reason": reason })).because(reason)
    }

    /// 409 with more `details` than its reason.
    pub fn conflict_with(reason: &'static str, message: impl Into<String>, mut details: Value) -> Self {
        details["reason"] = Value::from(reason);
        Self::new(StatusCode::CONFLICT, name::CONFLICT, message).with(details).because(reason)
    }

    /// 403: a setting of the team, by its name on the wire, does not let this user; the admins can change it.
    pub fn setting(setting: &'static str, why: &str) -> Self {
        let message = format!("the team's setting {setting} {why}; an admin of the team can change it");
        Self::forbidden(message)
            .with(json!({ "setting": setting, "reason": why, "changedBy": "admin" }))
            .because("setting")
    }

    /// 409: the same call was done before, and the value it told is not told again. Whoever lost it deletes that key.
    pub fn value_told_before(key_id: &str) -> Self {
        Self::new(StatusCode::CONFLICT, name::CONFLICT, "this was done before, and a key's value is told only once")
            .with(json!({ "reason": "valueToldBefore", "keyId": key_id }))
            .because("valueToldBefore")
    }

    /// 409: the same call was done before, and its answer was too long to be kept.
    pub fn answer_not_kept() -> Self {
        Self::conflict(
            "answerNotKept",
            "this was done before, and its answer was too long to be kept: read what it changed",
        )
    }

    /// 422: the idempotency key was sent with another body before.
    pub fn another_body() -> Self {
        let reason = "sent with another body before";
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, name::IDEMPOTENCY, format!("Idempotency-Key: {reason}"))
            .with(json!({ "field": "Idempotency-Key", "reason": reason }))
    }

    /// 413: the body is larger than 1 MiB.
    pub fn too_large() -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, name::TOO_LARGE, "the body is larger than 1 MiB")
            .with(json!({ "field": "body", "reason": "larger than 1 MiB" }))
    }

    /// 415: the body is not declared as JSON.
    pub fn unsupported_media_type() -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            name::UNSUPPORTED_MEDIA_TYPE,
            "send JSON, with Content-Type: application/json",
        )
        .with(json!({ "field": "Content-Type", "reason": "not application/json" }))
    }

    /// 429: over the limit; again in `seconds`.
    pub fn rate_limited(seconds: u64) -> Self {
        let message = format!("too many requests: wait {seconds} s");
        let problem = Self::new(StatusCode::TOO_MANY_REQUESTS, name::RATE_LIMITED, message);
        Self { retry_after: Some(seconds), ..problem }
    }

    /// 429: so many requests of the same client are being answered that this one has to wait.
    pub fn too_many_at_once() -> Self {
        let message = "too many of your requests are being answered: wait for one of them";
        let problem = Self::new(StatusCode::TOO_MANY_REQUESTS, name::RATE_LIMITED, message);
        Self { retry_after: Some(1), ..problem }
    }

    /// 500: the server's fault.
    pub fn server() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            name::SERVER,
            "the server failed; its log has more, under the X-Request-Id of this answer",
        )
    }

    /// 408: the body did not arrive.
    pub fn body_too_slow() -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, name::MALFORMED, "the body did not arrive in time")
            .with(json!({ "field": "body", "reason": "it did not arrive in time" }))
    }

    /// 503: something that the server needs cannot be had; again in `seconds`.
    pub fn unavailable_for(message: &'static str, seconds: u64) -> Self {
        let problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, name::UNAVAILABLE, message);
        Self { retry_after: Some(seconds), ..problem }
    }

    /// 503: the database is busy; nothing was changed.
    pub fn unavailable() -> Self {
        Self::unavailable_for("the database is busy: nothing was changed, try again", 1)
    }

    /// 503: what this server managed is another one's now.
    pub fn moved() -> Self {
        let message = "the team's keys were moved to another database: nothing was changed here, ask the server that has them now";
        Self::unavailable_for(message, 60).because("moved")
    }

    /// 503: the database does not answer, or takes no changes.
    pub fn not_ready() -> Self {
        Self::unavailable_for("keys cannot be managed now: the database does not answer or takes no changes", 1)
    }

    /// 503: a read took longer than a request may.
    pub fn took_too_long() -> Self {
        Self::unavailable_for("it took too long: ask for less, or try again", 5)
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        tracing::error!(%error, "the database failed");
        match error {
            Error::Busy(_) => Self::unavailable(),
            Error::Lost(_) => {
                Self::unavailable_for("the database cannot be reached: nothing was changed, try again", 1)
            }
            Error::Moved => Self::moved(),
            Error::Full => Self::unavailable_for("the server's disk is full: nothing was changed", 20),
            Error::Gone(_) | Error::Failed(Kind::Broken | Kind::ReadOnly, _) => {
                Self::unavailable_for("the server's disk failed: nothing was changed", 20)
            }
            Error::Uncertain => Self::unavailable_for(
                "the database was lost during a change: it is not known whether it was made, so look before you try again",
                1,
            ),
            Error::Failed(Kind::Busy | Kind::Full | Kind::NotADatabase | Kind::Other, _)
            | Error::Over
            | Error::Closed
            | Error::NoRow
            | Error::Column { .. }
            | Error::Value(_)
            | Error::Json(_) => Self::server(),
        }
    }
}

impl From<ServerError> for Problem {
    fn from(error: ServerError) -> Self {
        tracing::error!(%error, "the server failed");
        Self::server()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = ErrorBody {
            error: ErrorDetail { name: self.name.to_owned(), message: self.message, details: self.details },
        };
        let mut response = (self.status, Json(body)).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(Refusal(self.reason.unwrap_or(self.name)));
        if self.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
