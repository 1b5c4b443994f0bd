//! Whether a value that a backend answered can be the value of the key that it says it made. One that cannot never reaches a
//! clipboard, a file or a place; its key is an orphan, which is revoked where that is safe.

use super::change;
use crate::client::error::{Asked, ErrorKind, ServiceError};
use crate::client::{KeyService, MintedValue, WritePermit};
use crate::domain::ids::{KeyId, UserId};
use crate::domain::key::Key;
use crate::domain::key_value::{digest, digest_of_fingerprint, mask};
use crate::domain::secret::Secret;

/// A key, and its value where the backend minted it.
pub(super) type Made = (Key, Option<Secret>);

/// Why the value cannot be the key's. `told` is what the backend was told of a value that was minted here.
pub(super) fn misfit(
    service: &dyn KeyService,
    (key, value): &Made,
    told: Option<&MintedValue>,
) -> Option<&'static str> {
    if let Some(told) = told {
        let other = key.digest.is_some() && key.digest != digest_of_fingerprint(&told.fingerprint);
        return other.then_some("the server made it with another value than the one it was told of");
    }
    let value = match value {
        Some(value) => value.expose(),
        None => return Some("the server did not tell its value"),
    };
    if service.kind_of(value) != Some(key.kind) {
        return Some("what the server calls its value has not the form of one");
    }
    if key.digest.is_some_and(|known| known != digest(value)) {
        return Some("the server's value is not the one whose hash it tells");
    }
    let masked = key.masked.as_received();
    let other_mask = !masked.is_empty() && masked != mask(value);
    other_mask.then_some("the server's value does not end as the masked one that it tells")
}

/// A key that was just made: it and its value, unless the value cannot be its own. Then the key is revoked, if it is without
/// doubt the one that was asked for, of `owner` and with `name`; else it is named, for a person to look at.
pub(super) async fn fitting(
    service: &dyn KeyService,
    permit: &WritePermit,
    made: Made,
    told: Option<&MintedValue>,
    (owner, name): (Option<UserId>, Option<&str>),
) -> Result<Made, ServiceError> {
    let Some(why) = misfit(service, &made, told) else { return Ok(made) };
    let key = made.0;
    let known = owner.is_none_or(|owner| owner == key.owner_id) && name.is_none_or(|n| n == key.name.as_received());
    let revoked = if known {
        change::delete(service, permit, &key).await.map_err(|error| error.reason())
    } else {
        Err("it is not the one that was asked for".to_owned())
    };
    let (end, orphan) = match revoked {
        Ok(()) => ("the key is revoked again".to_owned(), None),
        Err(error) => (format!("the key stands without a value, and was not revoked: {error}"), Some(key.id.clone())),
    };
    Err(unfit(service, &key.id, why, &end, orphan))
}

/// The error of a value that is not used.
pub(super) fn unfit(service: &dyn KeyService, id: &KeyId, why: &str, end: &str, orphan: Option<KeyId>) -> ServiceError {
    let message = format!("the value of the key {id} is not used: {why}; {end}");
    ServiceError { orphan, ..ServiceError::new(ErrorKind::UnfitValue, Asked::nothing(&service.address()), message) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::fake::FakeService;
    use crate::client::{NewKey, Regeneration};
    use crate::domain::key::Status;
    use crate::domain::key_value::KeyKind;
    use crate::domain::key_value::mint;
    use crate::ops::create::create;
    use crate::ops::regenerate::regenerate;

    fn value() -> Secret {
        mint(KeyKind::ApiKey, getrandom::fill).unwrap()
    }

    fn permit() -> WritePermit {
        WritePermit::unless_read_only(false).unwrap()
    }

    /// What a hostile or broken server may call a key's value.
    fn misfits() -> Vec<Secret> {
        let good = value().expose().to_owned();
        let texts = [
            String::new(),
            "hunter2".to_owned(),
            format!("{good}\n"),
            format!("{good}\u{1b}]52;c;aGk=\u{7}"),
            format!(" {good}"),
            good.replace("kdk_", "kdc_"),
            good[..39].to_owned(),
            // another value of the right form, whose hash and mask are not those told
            value().expose().to_owned(),
        ];
        texts.into_iter().map(Secret::new).collect()
    }

    #[tokio::test]
    async fn a_value_that_does_not_fit_is_never_handed_on_and_its_key_is_revoked() {
        for misfit in misfits() {
            let service = FakeService::new(Vec::new());
            service.state().answers_value = Some(misfit);
            let new = NewKey { name: "ci".into(), ..NewKey::default() };
            let error = create(&service, &permit(), &new, UserId(1)).await.unwrap_err();
            assert_eq!((error.kind, error.orphan.as_ref()), (ErrorKind::UnfitValue, None), "{error}");
            assert!(!error.outcome_unknown() && error.to_string().contains("revoked again"), "{error}");
            let keys = service.state().keys.iter().map(|key| key.status.clone()).collect::<Vec<_>>();
            assert_eq!((keys, service.count("create_api_key")), (vec![Status::Revoked], 1));
        }
    }

    #[tokio::test]
    async fn an_orphan_that_cannot_be_revoked_is_named() {
        let service = FakeService::new(Vec::new());
        service.state().answers_value = Some(Secret::new("hunter2".to_owned()));
        service.fail("delete_api_key", ErrorKind::Unreachable);
        let new = NewKey { name: "ci".into(), ..NewKey::default() };
        let error = create(&service, &permit(), &new, UserId(1)).await.unwrap_err();
        let id = service.state().keys[0].id.clone();
        assert_eq!(error.orphan, Some(id.clone()));
        assert!(error.outcome_unknown() && error.hint().contains(&format!("keydeck delete {id}")), "{}", error.hint());
        assert!(!format!("{error} {error:?} {}", error.hint()).contains("hunter2"));
    }

    #[tokio::test]
    async fn a_key_that_is_another_than_was_asked_for_is_not_revoked() {
        let service = FakeService::new(Vec::new());
        let made = (Key { name: "prod".into(), ..Key::sample("k") }, Some(Secret::new("hunter2".to_owned())));
        let error = fitting(&service, &permit(), made, None, (None, Some("ci"))).await.unwrap_err();
        assert_eq!((error.orphan, service.count("delete_api_key")), (Some("k".into()), 0));
    }

    #[tokio::test]
    async fn a_new_value_that_does_not_fit_is_not_handed_on_and_the_key_is_left_to_a_person() {
        for misfit in misfits() {
            let service = FakeService::new(vec![Key::sample("a")]);
            service.state().answers_value = Some(misfit);
            let error = regenerate(
                &service,
                &permit(),
                &"a".into(),
                &Regeneration { overlap_seconds: 0, value: None, note: None },
            )
            .await
            .unwrap_err();
            assert_eq!(error.kind, ErrorKind::UnfitValue);
            assert!(error.to_string().contains("regenerate it again, or delete it"), "{error}");
            assert_eq!((service.count("delete_api_key"), service.count("regenerate_api_key")), (0, 1));
        }
    }

    #[test]
    fn what_fits_fits() {
        let service = FakeService::new(Vec::new());
        let good = value();
        let masked = mask(good.expose());
        let key = Key { digest: Some(digest(good.expose())), masked: masked.as_str().into(), ..Key::sample("k") };
        let told = MintedValue::of(&good);
        assert_eq!(misfit(&service, &(key.clone(), Some(good.duplicate())), None), None);
        assert_eq!(
            misfit(&service, &(Key::sample("k"), Some(good)), None),
            None,
            "a server need not tell hash and mask"
        );
        assert_eq!(misfit(&service, &(key.clone(), None), Some(&told)), None);
        let other = Key { digest: Some(digest("other")), ..key };
        assert!(misfit(&service, &(other, None), Some(&told)).is_some());
    }
}
