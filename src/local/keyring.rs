//! The keyring of the desktop session: the Secret Service, asked over the session's bus. It may be absent, locked, or wait for
//! a person for ever; every call ends within a time.

use std::collections::HashMap;
use std::time::Duration;

use async_trait::async_trait;
use secret_service::{Collection, EncryptionType, Error, SecretService};

use crate::domain::secret::Secret;
use crate::domain::untrusted::Untrusted;

/// How long it may take to answer that it is there.
const PROBE: Duration = Duration::from_secs(3);
/// How long anything else may take: a person may have to unlock it.
const PATIENCE: Duration = Duration::from_mins(1);
/// The collection that is lost at the session's end. Source: Secret Service API, "Object paths".
const OF_SESSION: &str = "/org/freedesktop/secrets/collection/session";

/// Why the keyring did not do as asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyringError {
    /// There is none, or none that lasts beyond the session.
    #[error("there is no keyring here")]
    Absent,
    /// It is locked.
    #[error("the keyring is locked")]
    Locked,
    /// It did not answer in this many seconds.
    #[error("the keyring did not answer within {0} s")]
    NoAnswer(u64),
    /// What it holds is no text.
    #[error("the keyring holds something that is not text")]
    NotText,
    /// Something else.
    #[error("the keyring failed: {0}")]
    Failed(Untrusted),
}

/// A store of secrets by service and account, as the operating system has one.
#[async_trait]
pub trait Keyring: Send + Sync {
    /// Whether it is there and open, without asking a person.
    async fn answers(&self) -> Result<(), KeyringError>;

    /// The value of an entry; none where there is no such entry.
    async fn get(&self, service: &str, account: &str) -> Result<Option<Secret>, KeyringError>;

    /// Sets the value of an entry, which is made where there is none.
    async fn put(&self, service: &str, account: &str, value: &Secret) -> Result<(), KeyringError>;

    /// Removes an entry, if there is one.
    async fn delete(&self, service: &str, account: &str) -> Result<(), KeyringError>;
}

/// The Secret Service. Entries have the attributes `service` and `username`, as other programs have them too.
#[derive(Clone, Copy, Debug, Default)]
pub struct SessionKeyring;

#[async_trait]
impl Keyring for SessionKeyring {
    async fn answers(&self) -> Result<(), KeyringError> {
        within(PROBE, async {
            let keyring = connect().await?;
            let locked = collection(&keyring).await?.is_locked().await?;
            if locked { Err(KeyringError::Locked) } else { Ok(()) }
        })
        .await
    }

    async fn get(&self, service: &str, account: &str) -> Result<Option<Secret>, KeyringError> {
        within(PATIENCE, async {
            let keyring = connect().await?;
            let collection = unlocked(&keyring).await?;
            match collection.search_items(attributes(service, account)).await?.first() {
                Some(item) => match String::from_utf8(item.get_secret().await?) {
                    Ok(text) => Ok(Some(Secret::new(text))),
                    Err(error) => {
                        drop(zeroize::Zeroizing::new(error.into_bytes()));
                        Err(KeyringError::NotText)
                    }
                },
                None => Ok(None),
            }
        })
        .await
    }

    async fn put(&self, service: &str, account: &str, value: &Secret) -> Result<(), KeyringError> {
        within(PATIENCE, async {
            let keyring = connect().await?;
            let collection = unlocked(&keyring).await?;
            let label = format!("{service} {account}");
            let secret = value.expose().as_bytes();
            collection.create_item(&label, attributes(service, account), secret, true, "text/plain").await?;
            Ok(())
        })
        .await
    }

    async fn delete(&self, service: &str, account: &str) -> Result<(), KeyringError> {
        within(PATIENCE, async {
            let keyring = connect().await?;
            let collection = unlocked(&keyring).await?;
            for item in collection.search_items(attributes(service, account)).await? {
                item.delete().await?;
            }
            Ok(())
        })
        .await
    }
}

async fn within<T>(limit: Duration, work: impl Future<Output = Result<T, KeyringError>>) -> Result<T, KeyringError> {
    tokio::time::timeout(limit, work).await.unwrap_or(Err(KeyringError::NoAnswer(limit.as_secs())))
}

async fn connect() -> Result<SecretService<'static>, KeyringError> {
    SecretService::connect(EncryptionType::Dh).await.map_err(|error| {
        tracing::debug!("no keyring answers: {error}");
        KeyringError::Absent
    })
}

async fn collection<'a>(keyring: &'a SecretService<'static>) -> Result<Collection<'a>, KeyringError> {
    let collection = keyring.get_default_collection().await?;
    if collection.collection_path.as_str() == OF_SESSION {
        return Err(KeyringError::Absent);
    }
    Ok(collection)
}

async fn unlocked<'a>(keyring: &'a SecretService<'static>) -> Result<Collection<'a>, KeyringError> {
    let collection = collection(keyring).await?;
    if collection.is_locked().await? {
        collection.unlock().await?;
    }
    Ok(collection)
}

fn attributes<'a>(service: &'a str, account: &'a str) -> HashMap<&'a str, &'a str> {
    HashMap::from([("service", service), ("username", account)])
}

impl From<Error> for KeyringError {
    fn from(error: Error) -> Self {
        match error {
            Error::Unavailable | Error::NoResult => Self::Absent,
            Error::Locked | Error::Prompt | Error::PromptDisconnected => Self::Locked,
            error => Self::Failed(error.to_string().into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_keyring_that_never_answers_is_given_up() {
        let never = std::future::pending::<Result<(), KeyringError>>();
        assert_eq!(within(Duration::ZERO, never).await, Err(KeyringError::NoAnswer(0)));
        assert_eq!(within(PROBE, async { Ok(1) }).await, Ok(1));
    }
}
