//! Parameters: what stands in a path, a query or a header, with type, bounds and meaning.

use super::fields;
use serde_json::{Value, json};

use crate::api::page::MAX_LIMIT;
use crate::api::paths;
use crate::server::http::once;
use crate::server::http::query::{LONGEST, LONGEST_ID};

/// A parameter of a query or a header.
pub struct Parameter {
    name: &'static str,
    place: &'static str,
    required: bool,
    description: String,
    schema: Value,
}

impl Parameter {
    fn new(name: &'static str, description: impl Into<String>, schema: Value) -> Self {
        Self { name, place: "query", required: false, description: description.into(), schema }
    }

    /// Any text, of so many characters at most.
    pub fn text(name: &'static str, longest: usize, description: &str) -> Self {
        Self::new(name, description, json!({ "type": "string", "maxLength": longest }))
    }

    /// Text as people write it: not blank, without what nobody sees, of so many characters at most.
    pub fn words_of_people(name: &'static str, longest: usize, description: &str) -> Self {
        Self::new(name, description, fields::text(longest))
    }

    /// An opaque id.
    pub fn id(name: &'static str, description: &str) -> Self {
        Self::text(name, LONGEST, description)
    }

    /// A whole number.
    pub fn integer(name: &'static str, description: &str) -> Self {
        Self::new(name, description, json!({ "type": "integer", "format": "int64" }))
    }

    /// One of these words.
    pub fn word(name: &'static str, words: &[&str], description: &str) -> Self {
        Self::new(name, description, json!({ "type": "string", "enum": words }))
    }

    /// Several of these words, with commas between them.
    pub fn words(name: &'static str, words: &[&str], description: &str) -> Self {
        let one = words.join("|");
        let pattern = format!("^({one})(,({one}))*$");
        Self::new(name, description, json!({ "type": "string", "pattern": pattern, "examples": [words.join(",")] }))
    }

    /// A moment with its zone.
    pub fn moment(name: &'static str, description: &str) -> Self {
        Self::new(name, description, json!({ "type": "string", "format": "date-time" }))
    }

    /// A day.
    pub fn day(name: &'static str, description: &str) -> Self {
        Self::new(name, description, json!({ "type": "string", "format": "date" }))
    }

    /// How many rows a page has at most.
    pub fn limit(usual: u32) -> Self {
        let schema =
            json!({ "type": "integer", "format": "int32", "minimum": 1, "maximum": MAX_LIMIT, "default": usual });
        Self::new("limit", "How many rows a page has at most.", schema)
    }

    /// Where a page begins.
    pub fn cursor() -> Self {
        Self::text("cursor", LONGEST, "`nextCursor` of the page before; absent: the first page. Opaque.")
    }

    /// A header instead of a query's parameter, and required.
    pub fn header(name: &'static str, longest: usize, description: &str) -> Self {
        Self { place: "header", required: true, ..Self::text(name, longest, description) }
    }

    /// It has to be there.
    pub fn required(mut self) -> Self {
        self.required = true;
        self.schema["minLength"] = json!(1);
        self
    }

    /// What holds when it is not there.
    pub fn or(mut self, default: &str) -> Self {
        self.schema["default"] = json!(default);
        self
    }

    pub(super) fn written(self) -> Value {
        json!({
            "name": self.name,
            "in": self.place,
            "required": self.required,
            "description": self.description,
            "schema": self.schema,
        })
    }
}

/// What stands at `part` of a path: the number of a user, or an id.
pub fn of_path(path: &str, part: &str) -> Value {
    let user = path.strip_prefix(paths::USERS).is_some_and(|rest| rest.starts_with('/'));
    let schema = if user {
        json!({ "type": "integer", "format": "int64" })
    } else {
        json!({ "type": "string", "minLength": 1, "maxLength": LONGEST_ID })
    };
    let description = if user { "The user's number." } else { "Opaque; percent-encoded, where it has to be." };
    json!({ "name": part, "in": "path", "required": true, "description": description, "schema": schema })
}

/// The header that makes a repeated call be done once.
pub fn idempotency_key() -> Value {
    json!({
        "name": "Idempotency-Key",
        "in": "header",
        "required": false,
        "description": "Sent again within 24 h with the same body, the call is not done again but answered as the first time; \
            a value is not told twice (409).",
        "schema": { "type": "string", "minLength": 1, "maxLength": once::LONGEST, "pattern": "^[!-~]+$" },
    })
}
