//! Changing one thing that is there. A change of a key whose answer was lost is not called done before the key was looked
//! at; one that the rate limit kept back waits until it is over.

use super::pace;
use crate::client::error::ServiceError;
use crate::client::{KeyChange, KeyService, WritePermit};
use crate::domain::finding::{Resolution, Resolving};
use crate::domain::ids::{KeyId, UserId};
use crate::domain::key::{Key, Status};
use crate::domain::key_value::KeyKind;
use crate::domain::team::{User, UserChange};
use crate::domain::time::Time;
use crate::domain::untrusted::Untrusted;

/// Changes one key. After a lost answer it is read back: if it is as wished, that is done. An error whose
/// [outcome is unknown](ServiceError::outcome_unknown) means that the key was not seen to be changed.
pub async fn change(
    service: &dyn KeyService,
    permit: &WritePermit,
    id: &KeyId,
    wanted: &KeyChange,
) -> Result<Key, ServiceError> {
    let error = match pace::through_limit(service, || service.change_api_key(permit, id, wanted)).await {
        Ok(key) => return Ok(key),
        Err(error) => error,
    };
    if !error.outcome_unknown() {
        return Err(error);
    }
    match service.api_key(id).await {
        Ok(key) if is_so(&key, wanted) => Ok(key),
        _ => Err(error),
    }
}

/// Revokes one's own key for ever, of either kind.
pub async fn delete(service: &dyn KeyService, permit: &WritePermit, key: &Key) -> Result<(), ServiceError> {
    match key.kind {
        KeyKind::ApiKey => pace::through_limit(service, || service.delete_api_key(permit, &key.id, None)).await,
        KeyKind::CollectionAccessKey => {
            pace::through_limit(service, || service.delete_collection_access_key(permit, &key.id, None)).await
        }
    }
}

/// Changes a user.
pub async fn user(
    service: &dyn KeyService,
    permit: &WritePermit,
    id: UserId,
    wanted: &UserChange,
) -> Result<User, ServiceError> {
    pace::through_limit(service, || service.change_user(permit, id, wanted)).await
}

/// Resolves a finding.
pub async fn finding(
    service: &dyn KeyService,
    permit: &WritePermit,
    resolving: &Resolving,
) -> Result<Resolution, ServiceError> {
    pace::through_limit(service, || service.resolve_finding(permit, resolving)).await
}

/// Whether a moment is the one that was wished for, if any was: the wire is exact to a millisecond.
fn same(wished: Option<Time>, is: Option<Time>) -> bool {
    wished.is_none_or(|at| is.is_some_and(|is| (is - at).abs().num_milliseconds() <= 1))
}

/// Whether a key is as `wanted` would have it.
fn is_so(key: &Key, wanted: &KeyChange) -> bool {
    let KeyChange { name, contacts, enabled, disabled_until, expires, access, note: _ } = wanted;
    let told = |contacts: &Vec<String>| {
        contacts.iter().map(String::as_str).eq(key.contacts.iter().map(Untrusted::as_received))
    };
    name.as_ref().is_none_or(|name| key.name.as_received() == name)
        && contacts.as_ref().is_none_or(told)
        && enabled.is_none_or(|enabled| key.status == if enabled { Status::Enabled } else { Status::Disabled })
        && access.as_ref().is_none_or(|access| key.access == *access)
        && same(*disabled_until, key.disabled_until.time())
        && same(*expires, key.expires.time())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::error::ErrorKind;
    use crate::client::fake::FakeService;

    const CHANGE: &str = "change_api_key";

    async fn disable(service: &FakeService) -> Result<Status, ErrorKind> {
        let permit = WritePermit::unless_read_only(false).unwrap();
        let wanted = KeyChange { enabled: Some(false), ..KeyChange::default() };
        change(service, &permit, &"a".into(), &wanted).await.map(|key| key.status).map_err(|error| error.kind)
    }

    #[tokio::test]
    async fn a_lost_answer_is_settled_by_reading_the_key_back() {
        let service = FakeService::new(vec![Key::sample("a")]);
        service.lose_answer(CHANGE);
        assert_eq!(disable(&service).await, Ok(Status::Disabled));
        assert_eq!(service.count(CHANGE), 1);
        let service = FakeService::new(vec![Key::sample("a")]);
        service.fail(CHANGE, ErrorKind::LostAnswer);
        assert_eq!(disable(&service).await, Err(ErrorKind::LostAnswer));
    }
}
