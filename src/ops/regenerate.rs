//! Giving a key a new value. Where it was minted here only its hash is sent, so a lost answer is settled by looking the key
//! up: it has the new value or it has not.

use super::{minted, pace};
use crate::client::error::{ErrorKind, ServiceError};
use crate::client::{KeyService, MintedValue, Regeneration, WritePermit};
use crate::domain::ids::KeyId;
use crate::domain::key::Key;
use crate::domain::key_value::hex;
use crate::domain::secret::Secret;

/// Regenerates the key `id`, and answers the value where the backend minted it. With a value that was minted here: after a
/// lost answer, and after a conflict (which a repeat of a call that did arrive comes
/// to), the key is read back: if its fingerprint is the new value's, it is done. Calling again with the same value is
/// safe.
pub async fn regenerate(
    service: &dyn KeyService,
    permit: &WritePermit,
    id: &KeyId,
    new: &Regeneration,
) -> Result<(Key, Option<Secret>), ServiceError> {
    let error = match pace::through_limit(service, || service.regenerate_api_key(permit, id, new)).await {
        Ok(made) => match minted::misfit(service, &made, new.value.as_ref()) {
            None => return Ok(made),
            Some(why) => {
                // the answer may be wrong about what was done
                if let (Some(told), Ok(key)) = (&new.value, service.api_key(id).await)
                    && has(&key, told)
                {
                    return Ok((key, None));
                }
                let end = "it has a new value that nobody knows: regenerate it again, or delete it";
                return Err(minted::unfit(service, id, why, end, None));
            }
        },
        Err(error) => error,
    };
    if !error.outcome_unknown() && error.kind != ErrorKind::Conflict {
        return Err(error);
    }
    let Some(value) = &new.value else { return Err(error) };
    match service.api_key(id).await {
        Ok(key) if has(&key, value) => Ok((key, None)),
        _ => Err(error),
    }
}

fn has(key: &Key, value: &MintedValue) -> bool {
    key.digest.is_some_and(|digest| hex(&digest) == value.fingerprint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::fake::FakeService;
    use crate::domain::key_value::digest;
    use crate::domain::listing::MintedValue;

    fn new() -> Regeneration {
        Regeneration { overlap_seconds: 3600, value: Some(MintedValue::of(&Secret::new("new".to_owned()))), note: None }
    }

    #[tokio::test]
    async fn a_lost_answer_is_settled_by_reading_the_key_back() {
        let service = FakeService::new(vec![Key::sample("a")]);
        let permit = WritePermit::unless_read_only(false).unwrap();
        service.lose_answer("regenerate_api_key");
        let (key, _) = regenerate(&service, &permit, &"a".into(), &new()).await.unwrap();
        assert_eq!(key.digest, Some(digest("new")));
        assert_eq!(service.count("regenerate_api_key"), 1);
    }

    #[tokio::test]
    async fn a_refusal_stands() {
        let service = FakeService::new(vec![Key::sample("a")]);
        let permit = WritePermit::unless_read_only(false).unwrap();
        service.fail("regenerate_api_key", ErrorKind::Denied);
        let error = regenerate(&service, &permit, &"a".into(), &new()).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Denied);
        assert_eq!(service.state().keys[0].digest, None);
    }
}
