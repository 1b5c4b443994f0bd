//! A session for an e-mail address and a one-time password.

use async_trait::async_trait;
use tokio::sync::watch;

use super::keys::{LoginRequest, OtpRequest};
use super::{GovSgService, paths};
use crate::client::error::{ErrorKind, ServiceError};
use crate::client::sign_in::{Door, SignIn, SignedIn};
use crate::client::transport::Plain;
use crate::client::transport::call::{Call, Verb};
use crate::client::transport::session::SessionCookie;
use crate::domain::one_time::Terms;
use crate::domain::secret::Secret;

/// What holds here.
pub(super) const TERMS: Terms = Terms { length: 6, lives_seconds: 600, pause_seconds: 30, tries: 4, lasts_hours: 24 };

#[async_trait]
impl SignIn for GovSgService {
    async fn send_password(&self, email: &str) -> Result<(), ServiceError> {
        let request = OtpRequest { email };
        let call = Call::new(Verb::Post, paths::OTP).body(&request);
        self.plain(&call).await.map(|_| ())
    }

    /// A success without a cookie is none: over plain HTTP the service says that all is well, and gives no session.
    async fn enter(&self, email: &str, password: &Secret) -> Result<(), ServiceError> {
        let request = LoginRequest { email, otp: password.expose() };
        let call = Call::new(Verb::Post, paths::LOGIN).body(&request);
        let Plain { asked, status, gave_session } = self.plain(&call).await?;
        self.forget();
        if !gave_session {
            let message = "the password was accepted, and no session was given (200 without Set-Cookie)";
            let advice = "the service gives one only where it sees TLS: base_url has to begin https://, or, for a server for \
                          development, http://localhost:PORT (not 127.0.0.1)";
            return Err(ServiceError {
                status: Some(status),
                advice: Some(advice.to_owned()),
                ..ServiceError::new(ErrorKind::NotUnderstood, asked, message)
            });
        }
        // the session may become another with the first call that needs it: better now than where that is forgotten
        self.ask_who().await?;
        self.ask_list().await.map(|_| ())
    }

    /// Also without a session that is a success; the cookie is forgotten here whatever becomes of it.
    async fn leave(&self) -> Result<(), ServiceError> {
        let call = Call::new(Verb::Get, paths::LOGOUT);
        let ended = self.plain(&call).await.map(|_| ());
        self.forget();
        if let Some(session) = self.transport.session() {
            session.end();
        }
        ended
    }

    fn when_over(&self, door: Door) {
        let _ = self.door.set(door);
    }

    fn session(&self) -> watch::Receiver<SignedIn> {
        self.transport.session().map_or_else(|| watch::channel(SignedIn::default()).1, SessionCookie::watch)
    }
}
