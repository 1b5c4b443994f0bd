//! Finding a key by its value, without the value leaving this process.

use crate::client::error::ServiceError;
use crate::client::{KeyService, LookedUp};
use crate::domain::key::Key;

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::fake::FakeService;
    use crate::domain::key_value::{digest, fingerprint};

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
