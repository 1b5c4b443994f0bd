//! Where a profile's key is found that the configuration does not say where to get: what `keydeck login` keeps, and a person
//! at the terminal.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;

use super::masked;
use super::output::Output;
use crate::client::KeyService;
use crate::client::ServerClock;
use crate::config::{ConfigError, KeyKeeper, Paths, key_of, nobody};
use crate::domain::failure::Failure;
use crate::domain::secret::Secret;
use crate::domain::untrusted::visible;
use crate::local::kept_keys::{KeptKeyError, KeptKeys};
use crate::ops::sessions::{Following, KeptSession};

/// The keys of this machine, and whoever sits at it.
pub struct Keeper {
    kept: KeptKeys,
    asks: bool,
}

impl Keeper {
    /// That of this user, who is asked where there is a terminal.
    pub fn of(paths: &Paths) -> Self {
        Self { kept: KeptKeys::of(paths.state()), asks: true }
    }

    /// The same, and nobody is asked.
    pub fn silent(paths: &Paths) -> Self {
        Self { asks: false, ..Self::of(paths) }
    }
}

#[async_trait]
impl KeyKeeper for Keeper {
    async fn kept(&self, profile: &str, address: &str) -> Result<Option<Secret>, ConfigError> {
        let kept = self.kept.get(profile, address, ServerClock::default().now()).await;
        kept.map_err(|error| ConfigError::new(error.to_string(), error.hint()))
    }

    async fn ask(&self, profile: &str, address: &str) -> Result<Option<Secret>, ConfigError> {
        if !self.asks || !Output::can_ask() {
            return Ok(None);
        }
        let question = format!("Key of profile {} at {}: ", visible(profile), visible(address));
        let asked = tokio::task::spawn_blocking(move || masked::ask(&question, &mut Output::standard())).await;
        let typed = match asked {
            Ok(typed) => typed.map_err(|stop| ConfigError::new(stop.to_string(), stop.hint()))?,
            Err(_) => return Ok(None),
        };
        key_of(&typed, "what was typed").map(Some)
    }

    async fn session(&self, profile: &str, address: &str) -> Result<Secret, ConfigError> {
        let over = match self.kept.get(profile, address, ServerClock::default().now()).await {
            Ok(Some(session)) => return Ok(session),
            Ok(None) => None,
            Err(error @ (KeptKeyError::Over { .. } | KeptKeyError::Missing)) => Some(error.to_string()),
            Err(error) => return Err(ConfigError::new(error.to_string(), error.hint())),
        };
        if self.asks && Output::can_ask() {
            return Ok(Secret::new(String::new()));
        }
        let why = over.map_or_else(|| "nobody is logged in".to_owned(), |over| format!("nobody is logged in: {over}"));
        Err(nobody(profile, &why))
    }
}

/// The sessions in which this process asks.
static FOLLOWED: Mutex<Vec<Following>> = Mutex::new(Vec::new());

/// Keeps what becomes of the session in which `service` is asked, where it is asked in one.
pub fn follow(state: &Path, profile: &str, address: &str, service: &Arc<dyn KeyService>) {
    let following = Following::of(KeptSession::of(state, profile, address), Arc::clone(service));
    FOLLOWED.lock().unwrap_or_else(PoisonError::into_inner).extend(following);
}

/// Keeps what is not kept yet of them: a process that ends waits for it.
pub async fn settle() {
    let followed = std::mem::take(&mut *FOLLOWED.lock().unwrap_or_else(PoisonError::into_inner));
    for following in followed {
        following.settle().await;
    }
}
