//! Signing in: where a backend's keys are managed not with a key but in a session, which it gives for an e-mail address and a
//! password that works once and comes by mail.

use std::sync::Arc;

use async_trait::async_trait;
use futures_util::future::BoxFuture;
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

/// The way to a session.
#[async_trait]
pub trait SignIn: Send + Sync {
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
    /// Has calls that are refused since the session is over wait for `door`, and sent again where that says so: the server
    /// refuses them before it does anything. The first door stays.
    fn when_over(&self, door: Door);
}

/// Where calls wait while somebody signs in again; whether they did.
pub type Door = Box<dyn Fn() -> BoxFuture<'static, bool> + Send + Sync>;
