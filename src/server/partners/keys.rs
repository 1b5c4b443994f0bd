//! The keys that sign GitHub's alerts: fetched when they are needed, kept for an hour, and fetched again for an identifier
//! that is not among them, as after GitHub has changed its key.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;

use super::signature::PublicKey;
use crate::api::partners::GitHubKeys;
use crate::domain::web_address::WebAddress;
use crate::outbound::Outbound;
use crate::server::http::limits::Limiter;

/// How long what was fetched is taken without asking again.
const FRESH: Duration = Duration::from_hours(1);
/// How long it is taken while the address cannot be reached.
const STALE: Duration = Duration::from_hours(24);
/// How often the address is asked in 60 s at the most: made-up identifiers must not make a flood of it.
const FETCHES: u32 = 6;

/// The keys of one address.
pub struct SigningKeys {
    address: WebAddress,
    from: Outbound,
    fetched: Mutex<Option<Fetched>>,
    fetches: Limiter<()>,
}

/// What an identifier came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    Key(PublicKey),
    /// There is no key of this name.
    Unknown,
    /// Nobody knows: the keys cannot be had.
    Unavailable,
}

#[derive(Debug)]
struct Fetched {
    keys: HashMap<String, PublicKey>,
    at: Instant,
}

impl Fetched {
    fn age(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.at)
    }
}

/// What is known of an identifier without asking; none where it has to be asked for.
fn known(fetched: Option<&Fetched>, identifier: &str, now: Instant) -> Option<Found> {
    let fetched = fetched.filter(|fetched| fetched.age(now) < FRESH)?;
    fetched.keys.get(identifier).cloned().map(Found::Key)
}

/// What an identifier is taken for where nothing new can be had.
fn fall_back(fetched: Option<&Fetched>, identifier: &str, now: Instant) -> Found {
    let Some(fetched) = fetched.filter(|fetched| fetched.age(now) < STALE) else { return Found::Unavailable };
    fetched.keys.get(identifier).cloned().map_or(Found::Unavailable, Found::Key)
}

impl SigningKeys {
    /// The keys that stand at `address`. Asks nobody yet.
    pub fn at(address: WebAddress) -> Self {
        Self {
            from: Outbound::new(address.clone()),
            address,
            fetched: Mutex::default(),
            fetches: Limiter::new(FETCHES),
        }
    }

    /// Where they stand.
    pub fn address(&self) -> &WebAddress {
        &self.address
    }

    /// The key of this name. One request at a time asks, and the others are told what it was told.
    pub async fn find(&self, identifier: &str) -> Found {
        let mut fetched = self.fetched.lock().await;
        if let Some(found) = known(fetched.as_ref(), identifier, Instant::now()) {
            return found;
        }
        if self.fetches.count((), Instant::now()).exceeded {
            // within the minute the address told which keys there are, if it told anything
            let told = fetched.as_ref().is_some_and(|fetched| fetched.age(Instant::now()) < FRESH);
            return if told { Found::Unknown } else { fall_back(fetched.as_ref(), identifier, Instant::now()) };
        }
        match self.fetch().await {
            Ok(keys) => {
                let found = keys.get(identifier).cloned().map_or(Found::Unknown, Found::Key);
                *fetched = Some(Fetched { keys, at: Instant::now() });
                found
            }
            Err(error) => {
                tracing::warn!("the keys of GitHub's alerts cannot be had: {error}");
                fall_back(fetched.as_ref(), identifier, Instant::now())
            }
        }
    }

    async fn fetch(&self) -> Result<HashMap<String, PublicKey>, String> {
        let text = self.from.get().await.map_err(|error| error.to_string())?;
        let told: GitHubKeys = serde_json::from_slice(&text)
            .map_err(|error| format!("what is there is no list of keys (line {})", error.line()))?;
        let usable = |key: &crate::api::partners::GitHubKey| PublicKey::from_pem(&key.key);
        let keys: HashMap<_, _> =
            told.public_keys.into_iter().filter_map(|key| Some((key.key_identifier.clone(), usable(&key)?))).collect();
        if keys.is_empty() { Err("there is no key on P-256 among them".to_owned()) } else { Ok(keys) }
    }
}

#[cfg(test)]
mod tests {
    use rcgen::KeyPair;

    use super::*;

    #[test]
    fn keys_are_kept_for_an_hour_and_a_day_where_no_newer_can_be_had() {
        let key = PublicKey::from_pem(&KeyPair::generate().unwrap().public_key_pem()).unwrap();
        let start = Instant::now();
        let fetched = Fetched { keys: HashMap::from([("a".to_owned(), key.clone())]), at: start };
        let (some, soon) = (Some(&fetched), start + FRESH / 2);
        assert_eq!(known(some, "a", soon), Some(Found::Key(key.clone())));
        assert_eq!(known(some, "b", soon), None, "it may be a new one");
        assert_eq!(known(some, "a", start + FRESH), None);
        assert_eq!(known(None, "a", soon), None);
        assert_eq!(fall_back(some, "a", start + FRESH), Found::Key(key));
        assert_eq!(fall_back(some, "b", soon), Found::Unavailable);
        assert_eq!(fall_back(some, "a", start + STALE), Found::Unavailable);
        assert_eq!(fall_back(None, "a", soon), Found::Unavailable);
    }
}
