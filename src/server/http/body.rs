//! Bodies: JSON objects, read strictly, with the wrong field named.

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, FailedToBufferBody};
use axum::extract::{FromRequest, Request};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use zeroize::Zeroize;

use super::fields;
use super::problem::Problem;
use crate::api::key::{
    KeyPatch, Lookup, NewApiKey, NewCollectionAccessKey, Noted, Regenerate, Revocations, Verification,
};
use crate::api::secrets::DetectedSecretsQuery;
use crate::api::team::{NewUser, UserPatch};
use crate::domain::untrusted::is_hostile;
use crate::domain::values::holds_value;

/// The largest body that is read, in bytes. Source: management API, "Conventions".
pub const LIMIT: usize = 1024 * 1024;

/// A body that some endpoint takes.
pub trait Readable: DeserializeOwned {
    /// The fields that have to be there and not be null.
    const REQUIRED: &'static [&'static str] = &[];
    /// Whether no body at all means an empty object.
    const OPTIONAL: bool = false;
    /// Whether what was sent has to be wiped once it is read.
    const HOLDS_SECRET: bool = false;
    /// Whether it may say `allowLockout` beside its own fields, since it may stop keys.
    const STOPS_KEYS: bool = false;

    /// Replaces what must not be kept before anything else looks at the body.
    fn prepare(_body: &mut Map<String, Value>) -> Result<(), Problem> {
        Ok(())
    }
}

impl Readable for NewApiKey {
    const REQUIRED: &'static [&'static str] = &["name"];
}

impl Readable for KeyPatch {
    const STOPS_KEYS: bool = true;
}

impl Readable for Regenerate {
    const OPTIONAL: bool = true;
}

impl Readable for Revocations {
    const STOPS_KEYS: bool = true;
}

impl Readable for Lookup {}

impl Readable for Verification {
    const REQUIRED: &'static [&'static str] = &["sha256"];
}

impl Readable for NewUser {
    const REQUIRED: &'static [&'static str] = &["name"];
}

impl Readable for UserPatch {
    const STOPS_KEYS: bool = true;
}

impl Readable for NewCollectionAccessKey {
    const REQUIRED: &'static [&'static str] = &["collectionId"];
}

impl Readable for DetectedSecretsQuery {
    const OPTIONAL: bool = true;
}

/// Whether the caller accepts that nobody could manage the team afterwards. Part of any body that stops keys.
#[derive(Clone, Copy, Debug, Default, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Lockout {
    /// Permission to go on.
    pub allow_lockout: Option<bool>,
}

impl Readable for Lockout {
    const OPTIONAL: bool = true;
}

/// What may be said where a key is deleted.
#[derive(Clone, Debug, Default, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Deletion {
    /// Whether the caller accepts that nobody could manage the team afterwards.
    pub allow_lockout: Option<bool>,
    /// A note for the audit log: at most 2000 characters.
    pub note: Option<String>,
}

impl Readable for Deletion {
    const OPTIONAL: bool = true;
}

impl Readable for Noted {
    const OPTIONAL: bool = true;
}

/// A body of this type, kept as JSON beside it so that a handler can read a second aspect of it.
#[derive(Debug)]
pub struct Body<T> {
    /// What was sent.
    pub value: T,
    json: Value,
}

impl<T> Body<T> {
    /// What it says of a lock-out, where it [may](Readable::STOPS_KEYS).
    pub fn lockout(&self) -> Result<Lockout, Problem> {
        read(&self.json)
    }
}

impl<S: Send + Sync, T: Readable> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let is_json = declares_json(request.headers());
        let bytes = bytes(request).await?;
        let body = if bytes.is_empty() && T::OPTIONAL {
            Ok(Map::new())
        } else if is_json {
            fields::read(&bytes)
        } else {
            Err(Problem::unsupported_media_type())
        };
        if T::HOLDS_SECRET {
            wipe(bytes);
        }
        let mut body = body?;
        T::prepare(&mut body)?;
        let own = fields::of::<T>().iter().chain(T::STOPS_KEYS.then(fields::of::<Lockout>).into_iter().flatten());
        fields::check_known(&body, own.copied())?;
        fields::check_no_nul(&body)?;
        let json = Value::Object(body);
        Ok(Self { value: read(&json)?, json })
    }
}

/// Overwrites a body, as far as nobody else holds it.
fn wipe(bytes: Bytes) {
    if let Ok(mut bytes) = bytes.try_into_mut() {
        bytes.as_mut().zeroize();
    }
}

/// A body that holds secrets, wiped when it is dropped.
pub struct SecretBytes(Bytes);

impl std::ops::Deref for SecretBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for SecretBytes {
    fn drop(&mut self) {
        wipe(std::mem::take(&mut self.0));
    }
}

/// A body that holds secrets, at most [`LIMIT`] bytes of it.
pub async fn secret_bytes(request: Request) -> Result<SecretBytes, Problem> {
    if declares_too_much(request.headers()) {
        return Err(Problem::too_large());
    }
    bytes(request).await.map(SecretBytes)
}

/// Whether the body says of itself that it is larger than [`LIMIT`], so that none of it has to be read.
pub fn declares_too_much(headers: &HeaderMap) -> bool {
    let declared = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    declared.is_some_and(|length| length > LIMIT as u64)
}

/// A body's bytes, at most [`LIMIT`] of them.
pub async fn bytes(request: Request) -> Result<Bytes, Problem> {
    Bytes::from_request(request, &()).await.map_err(|rejection| match rejection {
        BytesRejection::FailedToBufferBody(FailedToBufferBody::LengthLimitError(_)) => Problem::too_large(),
        _ => Problem::malformed("body", "the body ended early"),
    })
}

fn declares_json(headers: &HeaderMap) -> bool {
    let declared = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = declared.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

fn read<T: Readable>(json: &Value) -> Result<T, Problem> {
    if let Some(field) = T::REQUIRED.iter().find(|field| json[**field].is_null()) {
        return Err(Problem::missing(*field));
    }
    serde_path_to_error::deserialize(json).map_err(|error| {
        let field = error.path().to_string();
        // serde's message quotes the value, which may be a secret; what was expected does not.
        let message = error.inner().to_string();
        let expected = message.rsplit_once(", expected ").map(|(_, expected)| format!("expected {expected}"));
        let missing = message.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`'));
        match missing {
            Some(inner) if field == "." => Problem::missing(inner),
            Some(inner) => Problem::missing(format!("{field}.{inner}")),
            None => Problem::malformed(field, expected.unwrap_or_else(|| "wrong type".to_owned())),
        }
    })
}

/// What is wrong with text that is shown to people, if it has a character that they would not see as what it is: a control,
/// one that turns the direction of what follows, one without a form.
pub const HOSTILE: &str = "holds a control or an invisible character";

/// Refuses text that is empty, longer than `longest` characters, that holds what people would not see, or that gives a key
/// away.
pub fn check_text(field: &str, text: &str, longest: usize) -> Result<(), Problem> {
    if text.trim().is_empty() {
        return Err(Problem::malformed(field, "must not be empty"));
    }
    if text.chars().count() > longest {
        return Err(Problem::malformed(field, format!("longer than {longest} characters")));
    }
    if text.chars().any(is_hostile) {
        return Err(Problem::malformed(field, HOSTILE));
    }
    check_no_value(field, text)
}

/// The longest note, in characters.
pub const LONGEST_NOTE: usize = 2000;

/// A note for the audit log, in its bounds; an empty one is none.
pub fn check_note(note: Option<&str>) -> Result<Option<&str>, Problem> {
    let Some(note) = note.filter(|note| !note.is_empty()) else { return Ok(None) };
    if note.chars().count() > LONGEST_NOTE {
        return Err(Problem::malformed("note", format!("longer than {LONGEST_NOTE} characters")));
    }
    if note.chars().any(is_hostile) {
        return Err(Problem::malformed("note", HOSTILE));
    }
    check_no_value("note", note)?;
    Ok(Some(note))
}

/// The longest id that a body may name, in characters; those of this server have 26.
pub const LONGEST_ID: usize = 64;

/// Refuses a list of ids in which one cannot be any.
pub fn check_ids(field: &str, ids: &[String]) -> Result<(), Problem> {
    match ids.iter().position(|id| !may_be_id(id)) {
        Some(at) => Err(Problem::malformed(format!("{field}[{at}]"), NO_ID)),
        None => Ok(()),
    }
}

/// Refuses what cannot be an id.
pub fn check_id(field: &str, id: &str) -> Result<(), Problem> {
    if may_be_id(id) { Ok(()) } else { Err(Problem::malformed(field, NO_ID)) }
}

const NO_ID: &str = "no id: longer than 64 characters, or with a control or an invisible one";

fn may_be_id(id: &str) -> bool {
    id.chars().count() <= LONGEST_ID && !id.chars().any(is_hostile)
}

/// Refuses text with a key's value in it: names and notes are shown to others and stand in the audit log for ever.
pub fn check_no_value(field: &str, text: &str) -> Result<(), Problem> {
    if holds_value(text) {
        return Err(Problem::malformed(field, "holds a key's value"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_wrong_field_is_named_and_its_value_is_not() {
        for (json, field) in [
            (json!({}), "name"),
            (json!({ "name": null }), "name"),
            (json!({ "name": 7_654_321 }), "name"),
            (json!({ "name": "a", "contacts": ["b", 7_654_321] }), "contacts[1]"),
            (json!({ "name": "a", "expiresAt": { "x": 7_654_321 } }), "expiresAt"),
        ] {
            let problem = format!("{:?}", read::<NewApiKey>(&json).unwrap_err());
            assert!(problem.contains(&format!("\"field\": String({field:?})")), "{problem}");
            assert!(!problem.contains("7654321"), "{problem}");
        }
    }
}
