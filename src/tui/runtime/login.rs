//! Logging in while calls wait for it, and keeping the session.

use std::sync::Arc;

use tokio::sync::broadcast;

use super::Runtime;
use super::guard::survives;
use crate::client::error::ServiceError;
use crate::domain::secret::Secret;
use crate::domain::untrusted::visible;
use crate::local::kept_keys::{Place, Store};
use crate::ops::sessions::{Following, KeptSession};
use crate::tui::event::{Event, LoggedIn};
use crate::tui::ticket::Ticket;

/// What ends the wait for somebody to log in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    LoggedIn,
    /// Nobody does.
    Left,
}

/// The calls that wait for somebody to log in.
pub(super) struct Waiting(broadcast::Sender<Turn>);

impl Default for Waiting {
    fn default() -> Self {
        Self(broadcast::Sender::new(4))
    }
}

impl Waiting {
    /// Nobody logs in: those that wait fail.
    pub(super) fn leave(&self) {
        // nobody may wait
        let _ = self.0.send(Turn::Left);
    }
}

impl Runtime {
    /// Has what is kept of the session follow the one that is used, and calls wait for somebody to log in where it is over.
    /// Nothing, where no session is what asks.
    pub fn follow_session(&mut self, kept: impl Fn() -> KeptSession) {
        let service = Arc::clone(&self.reporter.service);
        let Some(way) = service.sign_in() else { return };
        let (turns, events, last) = (self.waiting.0.clone(), self.reporter.events.clone(), kept());
        way.when_over(Box::new(move || {
            let mut turn = turns.subscribe();
            let account = last.about().and_then(|kept| kept.account).unwrap_or_default();
            let _ = events.send(Event::LoginNeeded(account));
            Box::pin(async move { turn.recv().await == Ok(Turn::LoggedIn) })
        }));
        self.following = Following::of(kept(), Arc::clone(&service));
    }

    /// Has a password sent.
    pub(super) fn send_password(&self, ticket: Ticket, email: String) {
        let reporter = self.reporter.clone();
        self.beside.spawn(async move {
            let sent = async {
                match reporter.service.sign_in() {
                    Some(way) => way.send_password(&email).await,
                    None => Err(reporter.mistake()),
                }
            };
            let sent = survives(sent).await.unwrap_or_else(|| Err(reporter.mistake()));
            reporter.say(Event::PasswordSent(ticket, Box::new(sent)));
        });
    }

    /// Logs in. What waits for it goes on before the session is kept, which may take its time.
    pub(super) fn log_in(&self, ticket: Ticket, email: String, password: Secret) {
        let (reporter, turns) = (self.reporter.clone(), self.waiting.0.clone());
        let kept = self.following.as_ref().map(Following::keeper);
        self.beside.spawn(async move {
            let entering = async {
                let Some(way) = reporter.service.sign_in() else { return Err(reporter.mistake()) };
                way.enter(&email, &password).await?;
                let _ = turns.send(Turn::LoggedIn);
                let session = way.session().borrow().clone();
                let now = reporter.service.clock().now();
                let kept = match &kept {
                    Some(kept) => match kept.keep(&session, &email, now, Store::Auto).await {
                        Ok(Some(went)) if went.place == Place::Keyring => {
                            "; the session is kept in the keyring".to_owned()
                        }
                        Ok(_) => "; the session is kept in a file that only you can read".to_owned(),
                        Err(error) => format!("; the session could not be kept: {error}"),
                    },
                    None => String::new(),
                };
                let words = format!("Logged in as {}{kept}", visible(&email));
                Ok::<_, ServiceError>(LoggedIn { account: email, words })
            };
            let entered = survives(entering).await.unwrap_or_else(|| Err(reporter.mistake()));
            reporter.say(Event::LoggedIn(ticket, Box::new(entered)));
        });
    }
}
