//! What a refusal says. Refusals come in several shapes and nothing tells which; the keys that are present decide. Source:
//! the public Postman API's error bodies, of which keydeck's own is one.

use serde_json::{Map, Value};

use crate::api::error::name;
use crate::client::error::ErrorKind;
use crate::client::transport::answer::Refusal;

/// Reads any of the known shapes; none when the body is of no API that is known here.
pub(super) fn read(status: u16, body: &[u8]) -> Option<Refusal> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let refusal = of(&body)?;
    let kind = match (status, refusal.name.as_deref()) {
        (429, Some("serviceLimitExhausted")) => Some(ErrorKind::QuotaUsedUp),
        (404 | 405, Some(name::NO_SUCH_ENDPOINT)) => Some(ErrorKind::NotUnderstood),
        _ => None,
    };
    // what very old versions of Postman's API say
    let until = (status == 429 && refusal.name.as_deref() == Some("rateLimitError")).then(|| epoch(&refusal.message));
    Some(Refusal { kind, until: until.flatten(), ..refusal })
}

/// The most of a text that is kept where nothing of it is understood, in characters.
const LONGEST: usize = 300;

/// The same; where none of the shapes fits, the beginning of the text, as not the API's own.
pub(super) fn read_or_keep(status: u16, body: &[u8]) -> Option<Refusal> {
    read(status, body).or_else(|| {
        let text = String::from_utf8_lossy(body);
        let text = text.trim();
        // a page is worth nothing in one line
        let kept: String = if text.starts_with('<') { String::new() } else { text.chars().take(LONGEST).collect() };
        (!kept.is_empty()).then(|| Refusal { message: kept, foreign: true, ..Refusal::default() })
    })
}

/// A moment in milliseconds since 1970 that stands in a message.
fn epoch(message: &str) -> Option<u64> {
    const DIGITS: usize = 13;
    let runs = message.split(|c: char| !c.is_ascii_digit());
    runs.into_iter().find(|run| run.len() == DIGITS)?.parse().ok()
}

fn of(body: &Value) -> Option<Refusal> {
    let body = body.as_object()?;
    match body.get("error") {
        Some(Value::Object(error)) => Some(nested(error)),
        Some(Value::String(error)) => Some(Refusal {
            name: Some(error.clone()),
            message: string(body, "error_description").unwrap_or_default(),
            ..Refusal::default()
        }),
        _ => problem(body),
    }
}

/// `{"error":{"name","message","details"}}`; one family of endpoints nests an object under `name`.
fn nested(error: &Map<String, Value>) -> Refusal {
    let inner = error.get("name").and_then(Value::as_object).unwrap_or(error);
    let details = error.get("details").or_else(|| inner.get("details"));
    let mut message = string(error, "message").or_else(|| string(inner, "message")).unwrap_or_default();
    let (mut field, mut word) = (None, None);
    match details {
        Some(Value::Object(details)) => {
            field = string(details, "field").or_else(|| string(details, "param"));
            word = string(details, "reason").filter(|reason| !reason.contains(' '));
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
    Refusal { name: string(inner, "name"), message, field, reason: word, ..Refusal::default() }
}

/// `{"type","title","detail","status"}` and its relatives.
fn problem(body: &Map<String, Value>) -> Option<Refusal> {
    let has = |key: &str| body.contains_key(key);
    let known = has("title") || has("detail") || (has("type") && has("status"));
    if !known {
        return None;
    }
    let title = string(body, "title").or_else(|| string(body, "type"));
    let detail = match body.get("detail") {
        Some(Value::Object(detail)) => string(detail, "message").or_else(|| string(detail, "title")),
        Some(Value::String(detail)) => Some(detail.clone()),
        _ => None,
    };
    match detail {
        Some(message) => Some(Refusal { name: title, message, ..Refusal::default() }),
        None => Some(Refusal { message: title.unwrap_or_default(), ..Refusal::default() }),
    }
}

fn string(object: &Map<String, Value>, key: &str) -> Option<String> {
    object.get(key)?.as_str().map(str::to_owned)
}

fn join(message: &str, more: &str) -> String {
    if message.is_empty() { more.to_owned() } else { format!("{message}: {more}") }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

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
    #[case::c_with_a_type_alone(json!({"type": "m", "status": 400}), None, "m", None)]
    #[case::b_without_a_title(json!({"type": "n", "detail": "m"}), Some("n"), "m", None)]
    #[case::d(json!({"error": "n", "error_description": "m"}), Some("n"), "m", None)]
    fn every_shape_of_error_is_read(
        #[case] body: Value,
        #[case] name: Option<&str>,
        #[case] message: &str,
        #[case] field: Option<&str>,
    ) {
        let said = of(&body).unwrap();
        assert_eq!((said.name.as_deref(), said.message.as_str(), said.field.as_deref()), (name, message, field));
    }

    #[rstest]
    #[case(json!([]))]
    #[case(json!("error"))]
    #[case(json!({"message": "m"}))]
    #[case(json!({"error": 7}))]
    fn another_shape_is_not_the_apis(#[case] body: Value) {
        assert_eq!(of(&body), None);
    }
}
