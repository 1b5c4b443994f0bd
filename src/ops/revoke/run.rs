//! One run: what is still to be sent, what became of each key, and whether anything more may be sent.

use std::collections::HashMap;

use tokio_util::sync::CancellationToken;

use super::Report;
use super::read_back::{self, Call};
use crate::client::error::{ErrorKind, ServiceError};
use crate::client::{KeyService, MAX_IDS, Revoked, WritePermit};
use crate::domain::bulk::{Outcome, Progress, Target};
use crate::domain::ids::KeyId;
use crate::domain::key_value::KeyKind;
use crate::domain::untrusted::Untrusted;
use crate::ops::pace;

/// How often in a row the rate limit may refuse before the run gives up: ten minutes of a full window each.
pub(super) const MOST_REFUSALS: u32 = 10;

/// Which call revokes API keys.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum RevokeCall {
    /// Up to a thousand at once.
    Many,
    Delete,
}

pub(super) struct Run<'a, 'r> {
    pub(super) service: &'a dyn KeyService,
    pub(super) permit: &'a WritePermit,
    pub(super) targets: &'a [Target],
    pub(super) own: Option<&'a KeyId>,
    /// For the server's audit log.
    pub(super) note: Option<&'a str>,
    stop: &'a CancellationToken,
    report: &'a mut Report<'r>,
    outcomes: Vec<Option<Outcome>>,
    /// Of a target that stands twice in the list: where it stands first.
    first: Vec<usize>,
    /// Why nothing more is sent, apart from `stop`.
    halt: Option<Untrusted>,
}

impl<'a, 'r> Run<'a, 'r> {
    pub(super) fn new(
        service: &'a dyn KeyService,
        permit: &'a WritePermit,
        targets: &'a [Target],
        own: Option<&'a KeyId>,
        stop: &'a CancellationToken,
        report: &'a mut Report<'r>,
    ) -> Self {
        let mut seen: HashMap<(bool, &KeyId), usize> = HashMap::new();
        let first = targets
            .iter()
            .enumerate()
            .map(|(at, target)| *seen.entry((target.kind == KeyKind::ApiKey, &target.id)).or_insert(at))
            .collect();
        let outcomes = vec![None; targets.len()];
        let mut run = Self { service, permit, targets, own, note: None, stop, report, outcomes, first, halt: None };
        for (at, target) in targets.iter().enumerate() {
            if target.id.as_str().is_empty() && run.first[at] == at {
                run.settle(at, Outcome::Failed("the server told no id for this key".into()));
            }
        }
        run
    }

    /// The targets that have no outcome yet, each once.
    pub(super) fn sendable(&self) -> Vec<usize> {
        (0..self.targets.len()).filter(|at| self.first[*at] == *at && self.outcomes[*at].is_none()).collect()
    }

    /// Whether another call may go out.
    pub(super) fn may_send(&self) -> bool {
        self.halt.is_none() && !self.stop.is_cancelled()
    }

    pub(super) fn say(&mut self, progress: Progress) {
        (self.report)(progress);
    }

    /// Names what became of a target.
    pub(super) fn settle(&mut self, at: usize, outcome: Outcome) {
        (self.report)(Progress::Done(self.targets[at].id.clone(), outcome.clone()));
        self.outcomes[at] = Some(outcome);
    }

    /// Nothing gets through any more, or not with this key: what was not sent is not sent.
    pub(super) fn halt(&mut self, why: impl Into<Untrusted>) {
        self.halt.get_or_insert(why.into());
    }

    /// The ids of some targets.
    pub(super) fn ids(&self, at: &[usize]) -> Vec<KeyId> {
        at.iter().map(|at| self.targets[*at].id.clone()).collect()
    }

    /// Waits, or less if stopped meanwhile; says whether to go on.
    pub(super) async fn wait(&mut self, seconds: u64) -> bool {
        self.say(Progress::Waiting(seconds));
        tokio::select! {
            () = self.stop.cancelled() => false,
            () = pace::rest(self.service, seconds, None) => true,
        }
    }

    /// Revokes API keys in as few calls as possible.
    pub(super) async fn api_keys(&mut self, all: &[usize], call: RevokeCall) {
        let most = match call {
            RevokeCall::Many => MAX_IDS,
            RevokeCall::Delete => 1,
        };
        for batch in all.chunks(most) {
            if self.may_send() {
                self.api_batch(batch, call).await;
            }
        }
    }

    async fn api_batch(&mut self, batch: &[usize], call: RevokeCall) {
        let ids = self.ids(batch);
        if let Some(seconds) = pace::before_next(self.service.rate_limit(), 0)
            && !self.wait(seconds).await
        {
            return;
        }
        let mut refusals = 0;
        let answer = loop {
            self.say(Progress::Sent(ids.clone()));
            let answer = match call {
                RevokeCall::Many => self.service.revoke_api_keys(self.permit, &ids, None, self.note).await,
                RevokeCall::Delete => {
                    self.service.delete_api_key(self.permit, &ids[0]).await.map(|()| vec![Revoked::Now])
                }
            };
            match answer {
                Err(error) if pace::is_bearable(&error) && refusals < MOST_REFUSALS => {
                    refusals += 1;
                    if !self.wait(pace::after_refusal(&error, self.service.rate_limit(), refusals)).await {
                        return;
                    }
                }
                answer => break answer,
            }
        };
        match answer {
            Ok(answers) => {
                let mut unclear = Vec::new();
                for (n, at) in batch.iter().enumerate() {
                    match answers.get(n) {
                        Some(Revoked::Now) => self.settle(*at, Outcome::Revoked),
                        Some(Revoked::Before) => self.settle(*at, Outcome::AlreadyRevoked),
                        Some(Revoked::NotFound) => self.settle(*at, Outcome::NotFound),
                        Some(Revoked::Denied) => {
                            self.settle(*at, Outcome::Denied("the server says that your role may not".into()));
                        }
                        Some(Revoked::Unclear) | None => unclear.push(*at),
                    }
                }
                self.read_back_api_keys(&unclear, "the answer did not say", Call::Answered, Outcome::Revoked).await;
            }
            // of a single key: revoked before, or not there, which only a look can tell apart
            Err(error)
                if call == RevokeCall::Delete && matches!(error.kind, ErrorKind::NotFound | ErrorKind::Conflict) =>
            {
                self.read_back_api_keys(batch, &error.reason(), Call::Answered, Outcome::AlreadyRevoked).await;
            }
            Err(error) if error.outcome_unknown() => {
                self.read_back_api_keys(batch, &error.reason(), Call::Lost, Outcome::Revoked).await;
            }
            Err(error) => {
                for at in batch {
                    self.refused(*at, &error);
                }
            }
        }
    }

    /// Names what became of a target whose call failed without effect, and whether that ends the run.
    pub(super) fn refused(&mut self, at: usize, error: &ServiceError) {
        let reason = Untrusted::from(error.reason());
        match error.kind {
            ErrorKind::Denied => self.settle(at, Outcome::Denied(reason)),
            ErrorKind::NotFound if self.targets[at].kind == KeyKind::CollectionAccessKey => {
                self.settle(at, Outcome::NotFound);
            }
            _ => {
                if error.ends_a_run() {
                    self.halt(reason.clone());
                }
                self.settle(at, Outcome::Failed(reason));
            }
        }
    }

    /// Reads API keys back after a call about them went wrong with `why`, and names what became of each. `revoked` is
    /// what a key that is revoked now counts as.
    async fn read_back_api_keys(&mut self, some: &[usize], why: &str, call: Call, revoked: Outcome) {
        if some.is_empty() {
            return;
        }
        let ids = self.ids(some);
        self.say(Progress::ReadingBack(ids.clone()));
        let seen = read_back::api_keys(self.service, &ids, self.own, call).await;
        self.settle_seen(some, &seen, |_| (why.to_owned(), revoked.clone()));
    }

    /// Names what became of targets that were read back. `before` gives what went wrong with one of them, and what it
    /// counts as if it is revoked now.
    pub(super) fn settle_seen(
        &mut self,
        some: &[usize],
        seen: &read_back::Seen,
        before: impl Fn(usize) -> (String, Outcome),
    ) {
        for at in some {
            let (why, revoked) = before(*at);
            let outcome = match seen.of(&self.targets[*at].id) {
                read_back::State::Revoked => revoked,
                read_back::State::Live => Outcome::Failed(format!("not revoked: {why}").into()),
                read_back::State::Odd(word) => Outcome::Unknown(format!("{why}; its state is now “{word}”").into()),
                read_back::State::Gone => Outcome::NotFound,
                read_back::State::Unseen(error) => Outcome::Unknown(format!("{why}; reading it back: {error}").into()),
            };
            self.settle(*at, outcome);
        }
        if let Some(error) = seen.broken().filter(|error| error.ends_a_run()) {
            self.halt(error.reason());
        }
    }

    /// Every target's outcome, in order; what was never sent is named now.
    pub(super) fn finish(mut self) -> Vec<(KeyId, Outcome)> {
        for at in self.sendable() {
            let why = self.halt.clone().unwrap_or_default();
            self.settle(at, Outcome::NotSent(why));
        }
        let unsent = || Outcome::NotSent(Untrusted::default());
        let of = |at: usize| self.outcomes[self.first[at]].clone().unwrap_or_else(unsent);
        self.targets.iter().enumerate().map(|(at, target)| (target.id.clone(), of(at))).collect()
    }
}
