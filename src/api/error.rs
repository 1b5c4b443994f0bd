//! The error body: `{"error":{"name":"…","message":"…","details":{…}}}`, with names that are stable.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The names an error can have. Source: management API, "Conventions".
pub mod name {
    /// 401: the key is missing, malformed, unknown, expired, disabled or revoked.
    pub const AUTHENTICATION: &str = "AuthenticationError";
    /// 403: the role may not.
    pub const FORBIDDEN: &str = "forbiddenError";
    /// 404: unknown, or not visible to this user.
    pub const NOT_FOUND: &str = "instanceNotFoundError";
    /// 404 and 405: no such endpoint.
    pub const NO_SUCH_ENDPOINT: &str = "requestNotFoundError";
    /// 400: something required is absent.
    pub const PARAM_MISSING: &str = "paramMissingError";
    /// 400: not JSON, a wrong type, a value out of its bounds.
    pub const MALFORMED: &str = "malformedRequestError";
    /// 409: the present state does not allow it.
    pub const CONFLICT: &str = "conflictError";
    /// 422: the idempotency key was sent with another body before.
    pub const IDEMPOTENCY: &str = "idempotencyError";
    /// 413: the body is larger than 1 MiB.
    pub const TOO_LARGE: &str = "requestTooLargeError";
    /// 415: the body is not declared as JSON.
    pub const UNSUPPORTED_MEDIA_TYPE: &str = "unsupportedMediaTypeError";
    /// 429: over the rate limit.
    pub const RATE_LIMITED: &str = "rateLimited";
    /// 500: the server's fault.
    pub const SERVER: &str = "serverError";
    /// 503: the server is stopping or its database is busy.
    pub const UNAVAILABLE: &str = "serviceUnavailableError";
}

/// `details.reason` of a 403 that is due to the key's `access`, not to its owner's role.
pub const REASON_ACCESS: &str = "access";

/// The body of an error answer.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ErrorBody {
    /// The error.
    pub error: ErrorDetail,
}

/// What went wrong.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ErrorDetail {
    /// One of [`name`].
    pub name: String,
    /// For people; never holds a secret.
    pub message: String,
    /// Which field is wrong (`field`) and why (`reason`), or what is in the way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<serde_json::Value>,
}
