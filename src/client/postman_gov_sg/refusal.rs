//! What a refusal of postman.gov.sg says: `{"code","message"}`, or below `/auth` a message without a code or plain text.
//!
//! Whether it is a page is told by its type, before it is read here.

use serde_json::Value;

use crate::client::error::ErrorKind;
use crate::client::transport::answer::Refusal;

/// The most of a plain text that is kept, in characters.
const LONGEST: usize = 300;

/// Reads any of the forms.
pub(super) fn read(status: u16, body: &[u8]) -> Option<Refusal> {
    if let Ok(Value::Object(body)) = serde_json::from_slice::<Value>(body) {
        let text = |key: &str| body.get(key).and_then(Value::as_str).map(str::to_owned);
        let (name, message) = (text("code"), text("message"));
        let foreign = name.is_none() && message.is_none();
        let message = message.unwrap_or_default();
        let wait = (status == 401 && name.is_none()).then(|| seconds(&message)).flatten();
        let kind = wait.map(|_| ErrorKind::RateLimited);
        let field = (status == 400).then(|| field(&message)).flatten();
        return Some(Refusal { name, message, field, kind, wait, foreign, ..Refusal::default() });
    }
    let text = String::from_utf8_lossy(body);
    let text: String = text.trim().chars().take(LONGEST).collect();
    if text.is_empty() || text.starts_with('<') {
        return None;
    }
    // the one plain refusal that is the API's own
    let foreign = !(status == 401 && text == UNAUTHORIZED);
    Some(Refusal { message: text, foreign, ..Refusal::default() })
}

/// All that is said of a one-time password that is not accepted.
pub(super) const UNAUTHORIZED: &str = "Unauthorized";

/// `Wait for 12 seconds before …`, which is said with the status of a refusal.
fn seconds(message: &str) -> Option<u64> {
    let rest = message.strip_prefix("Wait for ")?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    rest[digits.len()..].starts_with(" second").then(|| digits.parse().ok()).flatten()
}

/// The field that a message is about, which names it first, in quotes: `"notification_contacts[1]" must be …`.
fn field(message: &str) -> Option<String> {
    let (name, _) = message.strip_prefix('"')?.split_once('"')?;
    Some(match name.split('[').next() {
        Some("label") => "the name".to_owned(),
        Some("notification_contacts") => "the contacts".to_owned(),
        _ => name.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(401, "{\"code\":\"unauthenticated\",\"message\":\"m\"}", Some("unauthenticated"), "m", None)]
    #[case(401, "{\"message\":\"User is not authorized\"}", None, "User is not authorized", None)]
    #[case(
        401,
        "{\"message\":\"Wait for 12 seconds before requesting for a new otp\"}",
        None,
        "Wait for 12 seconds before requesting for a new otp",
        Some(12)
    )]
    #[case(401, "{\"code\":\"x\",\"message\":\"Wait for 12 seconds\"}", Some("x"), "Wait for 12 seconds", None)]
    #[case(401, "Unauthorized", None, "Unauthorized", None)]
    fn its_own_forms_are_read(
        #[case] status: u16,
        #[case] body: &str,
        #[case] name: Option<&str>,
        #[case] message: &str,
        #[case] wait: Option<u64>,
    ) {
        let read = read(status, body.as_bytes()).unwrap();
        assert_eq!((read.name.as_deref(), read.message.as_str(), read.wait), (name, message, wait));
        assert_eq!((read.kind, read.foreign), (wait.map(|_| ErrorKind::RateLimited), false));
    }

    #[test]
    fn what_is_anothers_is_told_as_such() {
        assert!(read(502, b"bad gateway").unwrap().foreign && read(401, b"who are you?").unwrap().foreign);
        assert!(read(400, b"{\"oops\":1}").unwrap().foreign);
        assert_eq!(read(404, b"<!DOCTYPE html>"), None);
        let said = read(
            400,
            b"{\"code\":\"api_validation\",\"message\":\"\\\"notification_contacts[1]\\\" must be a valid email\"}",
        );
        assert_eq!(said.unwrap().field.as_deref(), Some("the contacts"));
    }
}
