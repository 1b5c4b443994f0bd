//! Keys as postman.gov.sg lists them, and the requests that make and change them.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::domain::ids::KeyId;
use crate::domain::key::{DisabledReason, Key, Status};
use crate::domain::secret::Secret;
use crate::domain::team::Me;
use crate::domain::time::{Time, When};
use crate::domain::untrusted::Untrusted;

/// One key of the list.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ListedKey {
    /// A decimal number, as text as a rule.
    #[serde(deserialize_with = "written")]
    pub(super) id: KeyId,
    #[serde(deserialize_with = "written")]
    label: Untrusted,
    #[serde(deserialize_with = "written")]
    last_five: Untrusted,
    #[serde(deserialize_with = "when")]
    valid_until: When,
    /// None of a key that was made before there were contacts; and none in the answer to a change that named none.
    notification_contacts: Option<Vec<Value>>,
}

/// The answer that made a key: the one place where its value is told.
#[derive(Deserialize)]
pub(super) struct CreatedKey {
    #[serde(flatten)]
    key: ListedKey,
    #[serde(default, deserialize_with = "secret")]
    plain_text_key: Option<Secret>,
}

/// `GET /auth/userinfo`. It is answered without a session too, and says nothing then.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct UserInfo {
    #[serde(deserialize_with = "written")]
    pub(super) email: Untrusted,
    pub(super) id: crate::domain::ids::UserId,
}

#[derive(Serialize)]
pub(super) struct NewKeyRequest<'a> {
    pub(super) label: &'a str,
    pub(super) notification_contacts: &'a [String],
}

/// A change replaces the contacts, and there is no other.
#[derive(Serialize)]
pub(super) struct ContactsRequest<'a> {
    pub(super) notification_contacts: &'a [String],
}

#[derive(Serialize)]
pub(super) struct OtpRequest<'a> {
    pub(super) email: &'a str,
}

#[derive(Serialize)]
pub(super) struct LoginRequest<'a> {
    pub(super) email: &'a str,
    pub(super) otp: &'a str,
}

/// What stands there as text; anything that is neither text nor number is none.
fn written<'de, D: Deserializer<'de>, T: From<String>>(deserializer: D) -> Result<T, D::Error> {
    Ok(T::from(match Value::deserialize(deserializer)? {
        Value::String(text) => text,
        Value::Number(number) => number.to_string(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => String::new(),
    }))
}

fn when<'de, D: Deserializer<'de>>(deserializer: D) -> Result<When, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) => When::from_wire(&text),
        _ => When::Never,
    })
}

/// A value that is text; the text is moved, not copied.
fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Secret>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) => Some(Secret::new(text)),
        _ => None,
    })
}

impl ListedKey {
    /// The key of `me`, as of `now`: one that is over stays in the list, and nothing but its time tells.
    pub(super) fn key(self, me: &Me, now: Time) -> Key {
        let over = self.valid_until.time().is_some_and(|until| until <= now);
        let (status, disabled_reason) =
            if over { (Status::Disabled, Some(DisabledReason::Expired)) } else { (Status::Enabled, None) };
        let contacts = self.notification_contacts.unwrap_or_default();
        let contacts = contacts.into_iter().filter_map(|contact| match contact {
            Value::String(contact) => Some(Untrusted::from(contact)),
            _ => None,
        });
        let last = self.last_five.as_received();
        Key {
            name: self.label,
            masked: if last.is_empty() { Untrusted::default() } else { Untrusted::from(format!("…{last}")) },
            status,
            disabled_reason,
            owner_id: me.id,
            owner: me.name.clone(),
            owner_email: me.email.clone(),
            contacts: contacts.collect(),
            expires: self.valid_until,
            ..Key::sample(self.id.as_str())
        }
    }
}

impl CreatedKey {
    /// The key and its value; an error where it cannot be told which key was made.
    pub(super) fn take(self) -> Result<(ListedKey, Option<Secret>), &'static str> {
        if self.key.id.as_str().is_empty() {
            return Err("an answer that does not say which key was made");
        }
        Ok((self.key, self.plain_text_key))
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;
    use crate::domain::ids::UserId;

    fn now() -> Time {
        When::from_wire("2026-11-21T08:30:00Z").time().unwrap()
    }

    fn key(wire: Value) -> Key {
        let me = super::super::me_of(UserInfo { email: "alice.tan-1@agency.gov.sg".into(), id: UserId(7) }).unwrap();
        serde_json::from_value::<ListedKey>(wire).unwrap().key(&me, now())
    }

    #[rstest]
    #[case(json!("9007199254740993"), "9007199254740993")]
    #[case(json!(42), "42")]
    #[case(json!(null), "")]
    fn ids_are_texts_or_numbers(#[case] id: Value, #[case] read: &str) {
        assert_eq!(key(json!({"id": id})).id.as_str(), read);
    }

    #[test]
    fn a_key_is_read_with_what_it_has() {
        let full = key(json!({"id": "1", "label": "grants/mail", "last_five": "a+/9Z",
            "valid_until": "2026-11-21T08:30:00.000Z", "notification_contacts": ["a@b.example", null], "more": 1}));
        assert_eq!((full.name.as_received(), full.masked.as_received()), ("grants/mail", "…a+/9Z"));
        assert_eq!((&full.status, &full.disabled_reason), (&Status::Disabled, &Some(DisabledReason::Expired)));
        assert_eq!((full.owner_id, full.contacts.len()), (UserId(7), 1));
        for bare in [json!({"id": "2", "valid_until": null}), json!({"id": "2", "notification_contacts": null})] {
            let bare = key(bare);
            assert_eq!((&bare.status, &bare.expires, bare.contacts.len()), (&Status::Enabled, &When::Never, 0));
        }
        let odd = key(json!({"id": "3", "valid_until": "soon"}));
        assert_eq!((&odd.status, &odd.expires), (&Status::Enabled, &When::Unreadable("soon".into())));
    }

    #[test]
    fn only_the_answer_that_made_a_key_tells_its_value() {
        let made = |wire: Value| serde_json::from_value::<CreatedKey>(wire).unwrap().take();
        let (key, value) = made(json!({"id": 5, "label": "x", "plain_text_key": "the value"})).unwrap();
        assert_eq!((key.id.as_str(), value.unwrap().expose()), ("5", "the value"));
        assert!(made(json!({"id": "5"})).unwrap().1.is_none());
        assert!(made(json!({"plain_text_key": "x"})).is_err());
    }
}
