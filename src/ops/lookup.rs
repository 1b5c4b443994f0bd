//! Finding a key by its value, without the value leaving this process.

use crate::client::KeyService;
use crate::client::error::ServiceError;
use crate::domain::key::Key;
use crate::domain::key_value::fingerprint;
use crate::domain::secret::Secret;

/// The key with this value, past or present, that the user may see. Only the value's hash is sent.
pub async fn by_value(service: &dyn KeyService, value: &Secret) -> Result<Option<Key>, ServiceError> {
    by_fingerprint(service, &fingerprint(value.expose())).await
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
    use crate::domain::key_value::digest;

    #[tokio::test]
    async fn a_value_finds_its_key_and_is_not_sent() {
        let service = FakeService::new(vec![Key { digest: Some(digest("a value")), ..Key::sample("k") }]);
        let found = by_value(&service, &Secret::new("a value".into())).await.unwrap();
        assert_eq!(found.unwrap().id.as_str(), "k");
        assert_eq!(by_value(&service, &Secret::new("another".into())).await.unwrap(), None);
        assert!(service.state().calls.iter().all(|call| !call.contains("a value") && !call.contains("another")));
    }
}
