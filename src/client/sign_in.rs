//! Signing in: where a backend's keys are managed not with a key but in a session, which it gives for an e-mail address and a
//! password that works once and comes by mail.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::watch;

use super::error::ServiceError;
use crate::domain::secret::Secret;
use crate::domain::time::Time;

/// What there is of a session.
#[derive(Clone, Debug, Default)]
pub struct SignedIn {
    /// What the server gave; none: nobody is signed in.
    pub value: Option<Arc<Secret>>,
    /// Until when it is good, unless it is used before; none where it was not used since it was kept.
    pub until: Option<Time>,
}

/// What a backend says of signing in, for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// How many characters the password has.
    pub length: usize,
    /// For how many seconds it is good.
    pub lives_seconds: u64,
    /// How many seconds have to pass before another can be asked for.
    pub pause_seconds: u64,
    /// How many wrong ones void it.
    pub tries: u32,
    /// For how many hours a session lasts, from each use on.
    pub lasts_hours: u32,
}

/// The way to a session.
#[async_trait]
pub trait SignIn: Send + Sync {
    /// What holds of passwords and sessions.
    fn terms(&self) -> Terms;
    /// Has a password sent to this address, in place of any before. Sent once.
    ///
    /// # Errors
    /// [`RateLimited`](super::error::ErrorKind::RateLimited) with the seconds to wait where one was sent just now, which goes
    /// on being good.
    async fn send_password(&self, email: &str) -> Result<(), ServiceError>;
    /// Begins a session with the password that came, which is good once. From then on this service is asked in it, and so is
    /// everybody who holds it.
    ///
    /// # Errors
    /// When the password is not accepted, of which the server tells no reason, or no session was given.
    async fn enter(&self, email: &str, password: &Secret) -> Result<(), ServiceError>;
    /// Ends the session, at the server too.
    ///
    /// # Errors
    /// When the server did not say that it is over; here it is all the same.
    async fn leave(&self) -> Result<(), ServiceError>;
    /// What there is of the session, now and whenever that is something else.
    fn session(&self) -> watch::Receiver<SignedIn>;
}

/// A password as the server has it, of what somebody typed: small letters are the same as large ones, and blanks are none
/// of it.
pub fn password(typed: &str) -> String {
    typed.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_uppercase()).collect()
}
