//! Making a key at a backend that makes its value and tells it once: when the answer is lost, the value is lost with it, and
//! the list tells whether a key came of it that nobody can use.

use std::ops::ControlFlow;

use super::{create, load};
use crate::client::capabilities::Capability;
use crate::client::error::ServiceError;
use crate::client::{KeyService, NewKey, Scope, WritePermit};
use crate::domain::ids::{KeyId, UserId};
use crate::domain::key::{Key, Status};
use crate::domain::secret::Secret;

/// A key that could not be made, or not be had.
#[derive(Debug)]
pub struct Unmade {
    pub error: ServiceError,
    /// The keys that came of it and whose value is lost; none where that is not known.
    pub orphans: Option<Vec<Key>>,
}

/// Makes a key, as [`create::create`] does. Where the backend makes its value and lists the keys, they are listed before, and
/// again when the answer is lost: what is new then and has the name is what came of it. It is never sent again.
///
/// # Errors
/// With what came of it.
pub async fn create(
    service: &dyn KeyService,
    permit: &WritePermit,
    new: &NewKey,
    owner: UserId,
) -> Result<(Key, Option<Secret>), Unmade> {
    let known = |error| Unmade { error, orphans: None };
    let settles = new.value.is_none() && service.capabilities().has(Capability::OwnKeys);
    let before = if settles { Some(own(service).await.map_err(known)?) } else { None };
    let error = match create::create(service, permit, new, owner).await {
        Ok(made) => return Ok(made),
        Err(error) => error,
    };
    let lost = error.outcome_unknown() && error.orphan.is_none();
    let Some(before) = before.filter(|_| lost) else { return Err(known(error)) };
    let before: Vec<KeyId> = before.into_iter().map(|key| key.id).collect();
    let orphans = own(service).await.ok().map(|mut keys| {
        keys.retain(|key| {
            key.status != Status::Revoked && key.name.as_received() == new.name && !before.contains(&key.id)
        });
        keys
    });
    let orphan = orphans.as_ref().and_then(|orphans| orphans.first()).map(|key| key.id.clone());
    Err(Unmade { error: ServiceError { orphan, ..error }, orphans })
}

impl Unmade {
    /// What came of it, in words, where that is known.
    pub fn words(&self) -> Option<String> {
        Some(match self.orphans.as_deref()? {
            [] => "the list shows that no key was made: try again".to_owned(),
            [key] => format!(
                "the list shows that the key {} ({}, id {}) was made: its value is lost with the answer, and nobody can use it",
                key.name, key.masked, key.id
            ),
            several => format!(
                "the list shows {} new keys of this name, one of which came of it: their values are not known here",
                several.len()
            ),
        })
    }
}

async fn own(service: &dyn KeyService) -> Result<Vec<Key>, ServiceError> {
    let mut keys = Vec::new();
    load::keys(service, Scope::Mine, &mut |page| {
        keys.extend(page.rows);
        ControlFlow::Continue(())
    })
    .await?;
    Ok(keys)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::capabilities::{Capabilities, Minting};
    use crate::client::error::ErrorKind;
    use crate::client::fake::FakeService;

    fn minting() -> FakeService {
        let before = Key { name: "ci".into(), ..Key::sample("before") };
        FakeService::new(vec![before]).with_capabilities(Capabilities::all().minted_by(Minting::Server))
    }

    async fn make(service: &FakeService) -> Result<(), Unmade> {
        let new = NewKey { name: "ci".to_owned(), ..NewKey::default() };
        let permit = WritePermit::unless_read_only(false).unwrap();
        create(service, &permit, &new, UserId(1)).await.map(|_| ())
    }

    #[tokio::test]
    async fn after_a_lost_answer_the_list_tells_what_came_of_it_and_nothing_is_sent_again() {
        let service = minting();
        service.lose_answer("create_api_key");
        let unmade = make(&service).await.unwrap_err();
        let orphan = &unmade.orphans.as_ref().unwrap()[0];
        assert_ne!(orphan.id.as_str(), "before", "one of the same name that there was before is none");
        assert_eq!(unmade.error.orphan.as_ref(), Some(&orphan.id));
        assert!(unmade.words().unwrap().contains(orphan.id.as_str()));
        assert_eq!(service.count("create_api_key"), 1);
        service.fail("create_api_key", ErrorKind::LostAnswer);
        let unmade = make(&service).await.unwrap_err();
        assert!(unmade.words().unwrap().contains("no key was made"), "{unmade:?}");
    }

    #[tokio::test]
    async fn a_refusal_is_told_as_it_is() {
        let service = minting();
        service.fail("create_api_key", ErrorKind::Denied);
        let unmade = make(&service).await.unwrap_err();
        assert!(unmade.orphans.is_none() && unmade.error.kind == ErrorKind::Denied && unmade.words().is_none());
    }
}
