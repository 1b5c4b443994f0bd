//! Finding a key by its value, without the value leaving this process.

use std::ops::ControlFlow;

use super::load;
use crate::client::error::ServiceError;
use crate::client::{KeyService, LookedUp, Scope};
use crate::domain::key::Key;
use crate::domain::key_value::{KeyKind, digest, is_mask_of};
use crate::domain::secret::Secret;

/// The most that is asked for in one call.
const AT_ONCE: usize = 1000;

/// Whose these values are, past or present, by their SHA-256 in 64 lower-case hexadecimal digits: an answer for each, in
/// their order.
pub async fn by_fingerprints(service: &dyn KeyService, fingerprints: &[String]) -> Result<Vec<LookedUp>, ServiceError> {
    let mut found = Vec::with_capacity(fingerprints.len());
    for some in fingerprints.chunks(AT_ONCE) {
        found.extend(service.lookup(some).await?);
    }
    Ok(found)
}

/// The key whose value has this SHA-256, in 64 lower-case hexadecimal digits.
pub async fn by_fingerprint(service: &dyn KeyService, fingerprint: &str) -> Result<Option<Key>, ServiceError> {
    let found = service.lookup(&[fingerprint.to_owned()]).await?;
    Ok(found.into_iter().find(|found| found.fingerprint == fingerprint).and_then(|found| found.key))
}

/// The listed keys of `kind` that could have this value by what their masked form shows of its ends, for a backend that finds
/// no key by the hash of its value. One that is known to have another value is none of them. None where the backend lists no
/// such keys to whom `admin` is or is not.
pub async fn by_mask(
    service: &dyn KeyService,
    kind: KeyKind,
    value: &Secret,
    admin: bool,
) -> Result<Vec<Key>, ServiceError> {
    let scopes: &[Scope] = match kind {
        KeyKind::CollectionAccessKey => &[Scope::Collections],
        KeyKind::ApiKey if admin => &[Scope::Team, Scope::Mine],
        KeyKind::ApiKey => &[Scope::Mine],
    };
    let Some(scope) = scopes.iter().find(|scope| service.capabilities().has(scope.needs())) else {
        return Ok(Vec::new());
    };
    let digest = digest(value.expose());
    let mut found = Vec::new();
    load::keys(service, *scope, &mut |page| {
        found.extend(page.rows.into_iter().filter(|key| {
            let other = key.digest.is_some_and(|known| known != digest);
            key.kind == kind && !other && is_mask_of(key.masked.as_received(), value.expose())
        }));
        ControlFlow::Continue(())
    })
    .await?;
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::capabilities::{Capabilities, Capability};
    use crate::client::fake::FakeService;
    use crate::domain::ids::UserId;
    use crate::domain::key_value::fingerprint;

    #[tokio::test]
    async fn a_masked_form_finds_keys_that_are_not_known_to_have_another_value() {
        let value = Secret::new(format!("PMAK-{}", "0123456789ab".repeat(4)));
        let key = |id: &str, masked: &str| Key { masked: masked.into(), owner_id: UserId(7), ..Key::sample(id) };
        let service = FakeService::new(vec![
            key("one", "PMAK-…89ab"),
            Key { digest: Some(digest("another")), ..key("another", "PMAK-…89ab") },
            key("other end", "PMAK-…0000"),
        ]);
        let found = by_mask(&service, KeyKind::ApiKey, &value, true).await.unwrap();
        assert_eq!(found.iter().map(|key| key.id.as_str()).collect::<Vec<_>>(), ["one"]);
        let nothing = Capabilities::all().without(Capability::OwnKeys, "no").without(Capability::TeamKeys, "no");
        let service = FakeService::new(vec![key("one", "PMAK-…89ab")]).with_capabilities(nothing);
        assert!(by_mask(&service, KeyKind::ApiKey, &value, true).await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn values_are_looked_up_a_thousand_at_once_and_none_is_sent() {
        let service = FakeService::new(vec![Key { digest: Some(digest("value 1500")), ..Key::sample("k") }]);
        let fingerprints: Vec<String> = (0..2001).map(|n| fingerprint(&format!("value {n}"))).collect();
        let found = by_fingerprints(&service, &fingerprints).await.unwrap();
        assert_eq!(found.len(), 2001);
        let ids = found.iter().map(|found| found.key.as_ref().map(|key| key.id.as_str()));
        assert!(ids.enumerate().all(|(n, id)| id == (n == 1500).then_some("k")));
        assert_eq!(service.state().calls.iter().filter(|call| call.contains("lookup")).count(), 3);
        assert!(service.state().calls.iter().all(|call| !call.contains("value ")));
    }
}
