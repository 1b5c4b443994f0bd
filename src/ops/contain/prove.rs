//! Trying a value: whether it is accepted, with a made-up one beside it and one's own key after it.

use super::{ContainError, Containment};
use crate::client::error::ErrorKind;
use crate::client::proof::Verdict;
use crate::domain::doubt::Doubt;
use crate::domain::incident::{Attempt, Event, Tried};

impl Containment {
    /// Tries a value before anything is done.
    pub(super) async fn probe(&mut self, subject: usize) -> Result<(), ContainError> {
        let attempt = self.attempt(subject).await;
        self.note(vec![Event::Probed { subject, attempt }]).await
    }

    /// Tries a value to prove that it is refused.
    pub(super) async fn prove(&mut self, subject: usize) -> Result<(), ContainError> {
        let attempt = self.attempt(subject).await;
        self.note(vec![Event::Attempted { subject, attempt }]).await
    }

    async fn attempt(&self, subject: usize) -> Attempt {
        // when it began: what is asserted later is not proven by it
        let at = self.now();
        Attempt { at, tried: self.tried(subject).await }
    }

    async fn tried(&self, number: usize) -> Tried {
        let subject = self.incident.subjects.get(number).filter(|subject| subject.given.own_form);
        let fingerprint = subject.and_then(|subject| subject.given.fingerprint.as_deref());
        let Some(value) = fingerprint.and_then(|fingerprint| self.values.get(fingerprint)) else {
            return Tried::Doubtful(Doubt::NotAsked);
        };
        match self.desk.service.verify(value).await {
            Verdict::Accepted(Some(me)) => Tried::Accepted { user: Some(me.name.clone()), key: me.own_key.clone() },
            Verdict::Accepted(None) => Tried::Accepted { user: None, key: None },
            Verdict::CannotTell(doubt) => Tried::Doubtful(doubt),
            Verdict::Refused => self.refused(number).await,
        }
    }

    /// A refusal counts once one's own key is seen to be accepted.
    async fn refused(&self, number: usize) -> Tried {
        let subject = self.incident.subjects.get(number);
        let is_own = subject.and_then(|subject| subject.facts()).is_some_and(|facts| facts.own && !facts.earlier_value);
        if is_own {
            return Tried::Doubtful(Doubt::OwnKeyIsIt);
        }
        match self.desk.service.me().await {
            Ok(_) => Tried::Refused,
            Err(error) if matches!(error.kind, ErrorKind::Unauthenticated | ErrorKind::Denied) => {
                Tried::Doubtful(Doubt::OwnKeyRefused)
            }
            Err(error) => Tried::Doubtful(Doubt::OwnKeyUnanswered(error.reason().into())),
        }
    }
}
