//! Collection access keys, as `GET /collection-access-keys` lists them.

use serde::Deserialize;

use super::lenient;
use super::users::Members;
use super::values;
use crate::domain::ids::{KeyId, UserId};
use crate::domain::key::{DisabledReason, Key, Status};
use crate::domain::key_value::{KeyKind, mask};
use crate::domain::time::{Time, When};
use crate::domain::untrusted::Untrusted;

/// One key of the list.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct CollectionKey {
    /// Opaque; may look like Base64 with its padding.
    #[serde(deserialize_with = "lenient::id")]
    id: KeyId,
    /// Masked.
    #[serde(deserialize_with = "lenient::text")]
    token: Untrusted,
    /// `ACTIVE`, `INACTIVE`, or a word to come.
    #[serde(deserialize_with = "lenient::text")]
    status: Untrusted,
    #[serde(deserialize_with = "lenient::user")]
    user_id: UserId,
    /// A UID, not the bare UUID.
    #[serde(deserialize_with = "lenient::text")]
    collection_id: Untrusted,
    #[serde(deserialize_with = "lenient::when")]
    expires_after: When,
    #[serde(deserialize_with = "lenient::when")]
    created_at: When,
    /// Empty where it was never used.
    #[serde(deserialize_with = "lenient::when")]
    last_used_at: When,
    /// Set once it is revoked.
    #[serde(deserialize_with = "lenient::when")]
    deleted_at: When,
}

impl CollectionKey {
    /// The key as of `now`. Each use moves its expiry, which passes without anybody writing it down: an active key beyond it
    /// has lapsed.
    pub(super) fn key(self, now: Time, members: Option<&Members>) -> Key {
        let lapsed = self.expires_after.time().is_some_and(|expires| expires <= now);
        let word = self.status.as_received().to_ascii_uppercase();
        let (status, disabled_reason) = match word.as_str() {
            _ if self.deleted_at != When::Never => (Status::Revoked, None),
            "ACTIVE" if lapsed => (Status::Disabled, Some(DisabledReason::Expired)),
            "ACTIVE" => (Status::Enabled, None),
            "INACTIVE" => (Status::Disabled, lapsed.then_some(DisabledReason::Expired)),
            _ => (Status::Other(self.status), None),
        };
        let owner = members.and_then(|members| members.get(self.user_id));
        let nobody = self.user_id == UserId::default();
        Key {
            kind: KeyKind::CollectionAccessKey,
            name: self.collection_id.clone(),
            masked: masked(&self.token),
            status,
            disabled_reason,
            owner_id: self.user_id,
            owner: owner.map(|user| user.name.clone()).unwrap_or_default(),
            owner_email: owner.map(|user| user.email.clone()).unwrap_or_default(),
            owner_gone: members.is_some() && owner.is_none() && !nobody,
            created: self.created_at.clone(),
            value_created: self.created_at,
            expires: self.expires_after,
            last_used: self.last_used_at,
            revoked: self.deleted_at,
            collection_id: Some(self.collection_id),
            ..Key::sample(self.id.as_str())
        }
    }
}

/// The masked value in as few characters as others have: `PMAT-…` and the last four. One that came in clear is masked.
fn masked(token: &Untrusted) -> Untrusted {
    let text = token.as_received();
    let stars = text.find('*').zip(text.rfind('*'));
    match stars {
        Some((first, last)) => Untrusted::from(format!("{}…{}", &text[..first], &text[last + 1..])),
        None if values::kind_of(text).is_some() => Untrusted::from(mask(text)),
        None => token.clone(),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::{Value, json};

    use super::*;

    fn now() -> Time {
        When::from_wire("2026-11-21T08:30:00Z").time().unwrap()
    }

    fn key(wire: Value) -> Key {
        serde_json::from_value::<CollectionKey>(wire).unwrap().key(now(), None)
    }

    #[rstest]
    #[case(json!({"status": "ACTIVE", "expiresAfter": "2026-12-21T00:00:00.000Z"}), Status::Enabled, None)]
    #[case(json!({"status": "active"}), Status::Enabled, None)]
    #[case(
        json!({"status": "ACTIVE", "expiresAfter": "2026-11-20T00:00:00.000Z"}),
        Status::Disabled, Some(DisabledReason::Expired)
    )]
    #[case(json!({"status": "INACTIVE", "deletedAt": "2026-11-20T00:00:00.000Z"}), Status::Revoked, None)]
    #[case(json!({"status": "INACTIVE", "deletedAt": null}), Status::Disabled, None)]
    #[case(json!({"status": "PAUSED"}), Status::Other("PAUSED".into()), None)]
    fn a_keys_state_is_read(#[case] wire: Value, #[case] status: Status, #[case] reason: Option<DisabledReason>) {
        let key = key(wire);
        assert_eq!((key.status, key.disabled_reason), (status, reason));
    }

    #[test]
    fn everything_that_may_be_missing_is_survived() {
        let bare = key(json!({}));
        assert_ne!(bare.status, Status::Enabled, "nothing is claimed that was not said");
        let never = key(json!({"id": "a==", "lastUsedAt": "", "userId": 7.0, "createdAt": "2026-11-21T00:00:00.000Z",
                               "updatedAt": "2026-11-20T00:00:00.000Z", "collectionId": "7-x", "more": {}}));
        assert_eq!((never.id.as_str(), never.last_used, never.owner_id), ("a==", When::Never, UserId(7)));
        assert_eq!(never.collection_id.unwrap().as_received(), "7-x");
        assert!(!never.owner_gone, "nobody was listed");
    }

    #[test]
    fn a_token_is_shown_masked_and_short() {
        for (token, shown) in [
            (format!("PMAT-{}7Q2A", "*".repeat(22)), "PMAT-…7Q2A"),
            (format!("PMAT-{}{}", "0".repeat(22), "7Q2A"), "PMAT-…7Q2A"),
            ("whatever".to_owned(), "whatever"),
            (String::new(), ""),
        ] {
            assert_eq!(key(json!({"token": token})).masked.as_received(), shown);
        }
    }
}
