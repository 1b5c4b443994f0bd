//! What is common to answers: their headers, and refusals, which are the same for every operation.

use serde_json::{Map, Value, json};

use super::schemas;

/// The refusals, by the name of the answer in the contract's components.
const REFUSALS: [(u16, &str, &str); 12] = [
    (400, "Malformed", "A parameter or the body is wrong; `details.field` says which."),
    (401, "NotAccepted", "The key is missing, malformed, unknown, expired, disabled or revoked."),
    (403, "Forbidden", "The role may not, or the key's access does not reach that far."),
    (404, "NotFound", "There is no such thing, or it is not this user's to see."),
    (408, "TooSlow", "The body did not arrive in time."),
    (409, "Conflict", "The present state does not allow it; `details.reason` says why."),
    (413, "TooLarge", "The body is larger than 1 MiB."),
    (415, "NotJson", "The body is not declared as JSON."),
    (422, "AnotherBody", "The idempotency key was used with another body."),
    (429, "RateLimited", "Over the rate limit: nothing was done. `Retry-After` says for how long."),
    (500, "Failed", "The server failed; its log has more, under the `X-Request-Id` of this answer."),
    (
        503,
        "Unavailable",
        "The database is busy or the disk is full: nothing was changed. `Retry-After` says when to try again.",
    ),
];

/// What an operation is like, as far as it can be refused for it.
#[derive(Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "four independent properties")]
pub struct Refusals {
    /// It takes a key.
    pub keyed: bool,
    /// It takes an idempotency key.
    pub once: bool,
    /// It takes a body.
    pub body: bool,
    /// It names something that may not be there.
    pub names_one: bool,
}

impl Refusals {
    fn has(self, status: u16) -> bool {
        match status {
            404 => self.names_one,
            408 | 413 | 415 => self.body,
            409 => self.keyed && self.body,
            422 => self.once,
            _ => true,
        }
    }

    /// References to the answers of these refusals, by status.
    pub fn of_operation(self) -> impl Iterator<Item = (String, Value)> {
        REFUSALS
            .into_iter()
            .filter(move |(status, ..)| self.has(*status))
            .map(|(status, name, _)| (status.to_string(), json!({ "$ref": format!("#/components/responses/{name}") })))
    }
}

/// The answers of refusals, by name.
pub fn refusals() -> Value {
    let answer = |(status, name, why): (u16, &str, &str)| {
        let mut headers = always();
        if matches!(status, 429 | 503) {
            headers.insert("Retry-After".to_owned(), header("RetryAfter"));
        }
        if status == 401 {
            headers.insert("WWW-Authenticate".to_owned(), header("WwwAuthenticate"));
        }
        let content = json!({ "application/json": { "schema": schemas::reference("ErrorBody") } });
        (name.to_owned(), json!({ "description": why, "headers": headers, "content": content }))
    };
    Value::Object(REFUSALS.into_iter().map(answer).collect())
}

/// The answer of an operation that went well.
pub fn answer(status: u16, schema: Option<Value>, keyed: bool) -> Value {
    let description = match status {
        201 => "It is made.",
        202 => "It holds from now on for every key that it covers; their records follow.",
        204 => "Done; there is nothing to tell.",
        _ => "Done.",
    };
    let mut headers = always();
    if keyed {
        let limits = ["Limit", "Remaining", "Reset", "Policy"];
        headers.extend(limits.map(|of| (format!("RateLimit-{of}"), header(&format!("RateLimit{of}")))));
    }
    let mut answer = json!({ "description": description, "headers": headers });
    if let Some(schema) = schema {
        answer["content"] = json!({ "application/json": { "schema": schema } });
    }
    answer
}

/// The headers of every answer.
fn always() -> Map<String, Value> {
    let all = [("Cache-Control", "CacheControl"), ("Date", "Date"), ("X-Request-Id", "RequestId")];
    all.into_iter().map(|(name, kept_as)| (name.to_owned(), header(kept_as))).collect()
}

fn header(name: &str) -> Value {
    json!({ "$ref": format!("#/components/headers/{name}") })
}

/// The headers, by name.
pub fn headers() -> Value {
    let text = |description: &str| json!({ "required": true, "description": description, "schema": { "type": "string", "minLength": 1 } });
    let number = |description: &str| json!({ "required": true, "description": description, "schema": { "type": "integer", "minimum": 0 } });
    json!({
        "CacheControl": text("`no-store`; of a verification `private, max-age=N`: for how long it may be kept."),
        "Date": text("The server's present, which a client takes for the present too."),
        "RequestId": text("Under which the server's log has the request."),
        "RateLimitLimit": number("How many requests the user may make in a window."),
        "RateLimitRemaining": number("How many of them are left."),
        "RateLimitReset": number("In how many seconds the window is over."),
        "RateLimitPolicy": text("The limit and the length of the window in seconds, as `300;w=60`."),
        "RetryAfter": number("In how many seconds to try again."),
        "WwwAuthenticate": text("How to say who asks: `Bearer`, as good as `X-Api-Key`."),
    })
}
