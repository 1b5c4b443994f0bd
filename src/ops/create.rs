//! Making a key. Where its value was minted here only its hash is sent, and a hash can be registered once, so a lost answer
//! is settled by asking again.

use std::time::Duration;

use super::{lookup, minted, pace};
use crate::client::error::{ErrorKind, ServiceError};
use crate::client::{KeyService, NewKey, WritePermit};
use crate::domain::ids::UserId;
use crate::domain::key::Key;
use crate::domain::secret::Secret;

/// How long to wait before each further try.
const WAITS: [Duration; 3] = [Duration::from_millis(300), Duration::from_secs(1), Duration::from_secs(3)];

/// Makes `new` a key of `owner`, who is the user that asks, and answers its value where the backend minted it.
///
/// A backend that mints is asked once: with a lost answer the value is lost too, and the error says that the outcome is
/// unknown. With a value that was minted here, the same request is sent again a few times when an answer is lost: had the
/// first one arrived, the server knows the hash already, and the key found by it is the one that was to be made. An error
/// whose [outcome is unknown](ServiceError::outcome_unknown) therefore means that even this could not settle it: keep the
/// value and call again.
pub async fn create(
    service: &dyn KeyService,
    permit: &WritePermit,
    new: &NewKey,
    owner: UserId,
) -> Result<(Key, Option<Secret>), ServiceError> {
    let fitting =
        async |made| minted::fitting(service, permit, made, new.value.as_ref(), (Some(owner), Some(&new.name))).await;
    let send = || pace::through_limit(service, || service.create_api_key(permit, new));
    let Some(value) = &new.value else { return fitting(send().await?).await };
    let settle = async |refused: &ServiceError, lost: &ServiceError| {
        settle(service, new, &value.fingerprint, owner, refused, lost).await.map(|key| (key, None))
    };
    let mut lost: Option<ServiceError> = None;
    let mut waits = WAITS.into_iter();
    loop {
        let error = match send().await {
            Ok(made) => return fitting(made).await,
            Err(error) => error,
        };
        let passing = matches!(error.kind, ErrorKind::Unreachable | ErrorKind::RateLimited) && lost.is_some();
        if error.outcome_unknown() || passing {
            let least = (error.kind == ErrorKind::RateLimited)
                .then(|| Duration::from_secs(pace::after_refusal(&error, service.rate_limit(), 1)));
            let lost = &*lost.get_or_insert(error);
            match waits.next() {
                Some(wait) => pace::sleep(wait.max(least.unwrap_or_default())).await,
                None => return settle(lost, lost).await,
            }
        } else if error.kind == ErrorKind::Conflict || lost.is_some() {
            return settle(&error, lost.as_ref().unwrap_or(&error)).await;
        } else {
            return Err(error);
        }
    }
}

/// Makes a collection access key, and answers its value, which the backend minted. It is asked once: with a lost answer the
/// value is lost too.
pub async fn create_for_collection(
    service: &dyn KeyService,
    permit: &WritePermit,
    collection_id: &str,
    collection_name: Option<&str>,
    note: Option<&str>,
) -> Result<(Key, Option<Secret>), ServiceError> {
    let send = || service.create_collection_access_key(permit, collection_id, collection_name, note);
    let (key, value) = pace::through_limit(service, send).await?;
    minted::fitting(service, permit, (key, Some(value)), None, (None, None)).await
}

/// Looks the hash up: the key is there and is the one that was to be made, or `refused` stands. If not even that can be
/// told, `lost` stands.
async fn settle(
    service: &dyn KeyService,
    new: &NewKey,
    fingerprint: &str,
    owner: UserId,
    refused: &ServiceError,
    lost: &ServiceError,
) -> Result<Key, ServiceError> {
    match lookup::by_fingerprint(service, fingerprint).await {
        Ok(Some(key)) if key.owner_id == owner && key.name.as_received() == new.name => Ok(key),
        Ok(_) => Err(refused.clone()),
        Err(_) => Err(lost.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::fake::FakeService;
    use crate::domain::key_value::digest;
    use crate::domain::listing::MintedValue;

    const OWNER: UserId = UserId(1);

    fn permit() -> WritePermit {
        WritePermit::unless_read_only(false).unwrap()
    }

    fn wanted() -> NewKey {
        NewKey {
            name: "ci".into(),
            expires: None,
            contacts: Vec::new(),
            value: Some(MintedValue::of(&Secret::new("minted here".to_owned()))),
            ..NewKey::default()
        }
    }

    #[tokio::test]
    async fn an_answer_is_enough() {
        let service = FakeService::new(Vec::new());
        assert_eq!(create(&service, &permit(), &wanted(), OWNER).await.unwrap().0.name.as_received(), "ci");
        assert_eq!(service.state().calls, ["create_api_key ci"]);
    }

    #[tokio::test]
    async fn a_lost_answer_makes_one_key_whether_the_request_arrived_or_not() {
        for arrived in [true, false] {
            let service = FakeService::new(Vec::new());
            if arrived {
                service.lose_answer("create_api_key");
            } else {
                service.fail("create_api_key", ErrorKind::LostAnswer);
            }
            let (key, _) = create(&service, &permit(), &wanted(), OWNER).await.unwrap();
            assert_eq!(key.digest, Some(digest("minted here")));
            assert_eq!(service.state().keys.len(), 1, "arrived: {arrived}");
            assert_eq!(service.count("create_api_key"), 2);
        }
    }

    #[tokio::test]
    async fn a_backend_that_mints_is_asked_once_and_its_value_comes_along() {
        let service = FakeService::new(Vec::new());
        let server_minted = NewKey { value: None, ..wanted() };
        let (key, value) = create(&service, &permit(), &server_minted, OWNER).await.unwrap();
        assert_eq!(key.digest, Some(digest(value.unwrap().expose())));
        service.lose_answer("create_api_key");
        let error = create(&service, &permit(), &server_minted, OWNER).await.unwrap_err();
        assert!(error.outcome_unknown());
        assert_eq!(service.count("create_api_key"), 2);
    }

    #[tokio::test]
    async fn a_line_that_stays_down_ends_as_unknown() {
        let service = FakeService::new(Vec::new());
        service.lose_answer("create_api_key");
        for _ in WAITS {
            service.fail("create_api_key", ErrorKind::Unreachable);
        }
        service.fail("lookup", ErrorKind::Unreachable);
        let error = create(&service, &permit(), &wanted(), OWNER).await.unwrap_err();
        assert!(error.outcome_unknown(), "{error}");
        assert_eq!(service.count("create_api_key"), 1 + WAITS.len());
        // and later it is settled
        assert_eq!(create(&service, &permit(), &wanted(), OWNER).await.unwrap().0.name.as_received(), "ci");
        assert_eq!(service.state().keys.len(), 1);
    }

    #[tokio::test]
    async fn somebody_elses_hash_is_a_conflict() {
        let taken = Key { digest: Some(digest("minted here")), owner_id: UserId(2), ..Key::sample("k") };
        let service = FakeService::new(vec![taken]);
        let error = create(&service, &permit(), &wanted(), OWNER).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Conflict);
        service.fail("create_api_key", ErrorKind::LostAnswer);
        let error = create(&service, &permit(), &wanted(), OWNER).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Conflict);
    }

    #[tokio::test]
    async fn a_refusal_is_told_at_once() {
        for kind in [ErrorKind::Denied, ErrorKind::Invalid, ErrorKind::QuotaUsedUp, ErrorKind::Unreachable] {
            let service = FakeService::new(Vec::new());
            service.fail("create_api_key", kind);
            assert_eq!(create(&service, &permit(), &wanted(), OWNER).await.unwrap_err().kind, kind);
            assert_eq!(service.count("create_api_key"), 1);
        }
    }
}
