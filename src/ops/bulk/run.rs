//! One run: what is still to be sent, what became of each key, and whether anything more may be sent.

use std::collections::HashMap;

use tokio_util::sync::CancellationToken;

use super::read_back::{self, Sent};
use super::{Order, Record, Report};
use crate::client::error::{ErrorKind, ServiceError};
use crate::client::{KeyChange, KeyService, MAX_IDS, Revoked, WritePermit};
use crate::domain::bulk::{Outcome, Progress};
use crate::domain::deed::Deed;
use crate::domain::ids::{KeyId, UserId};
use crate::domain::key::{Key, Revocation};
use crate::domain::key_value::KeyKind;
use crate::domain::time::Time;
use crate::domain::untrusted::Untrusted;
use crate::fault::{self, point};
use crate::ops::pace;

/// How often in a row the rate limit may refuse before the run gives up: ten minutes of a full window each.
pub(super) const MOST_REFUSALS: u32 = 10;

/// Why nothing more was sent where no person said so.
const LEFT: &str = "keydeck ended before its turn";

/// What a call was answered.
enum Answer {
    Revoked(Vec<Revoked>),
    /// The key as it is now.
    Key(Box<Key>),
}

/// Which call changes API keys.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Call {
    /// Up to a thousand at once.
    RevokeMany,
    Delete,
    /// Enables a key, or disables it.
    Enable(bool),
    /// Gives a key to another owner.
    HandOver(UserId),
}

pub(super) struct Run<'a, 'r> {
    pub(super) service: &'a dyn KeyService,
    pub(super) permit: &'a WritePermit,
    pub(super) keys: &'a [Key],
    pub(super) own: Option<&'a KeyId>,
    deed: Deed,
    /// For the server's audit log.
    pub(super) note: Option<&'a str>,
    reason: Option<&'a Revocation>,
    until: Option<Time>,
    left: Option<&'a CancellationToken>,
    record: Option<&'a mut Record>,
    stop: &'a CancellationToken,
    report: &'a mut Report<'r>,
    outcomes: Vec<Option<Outcome>>,
    /// Of a target that stands twice in the list: where it stands first.
    first: Vec<usize>,
    /// What was settled and is not noted yet.
    unnoted: Vec<(usize, Outcome)>,
    /// Why nothing more is sent, apart from `stop`.
    halt: Option<Untrusted>,
}

impl<'a, 'r> Run<'a, 'r> {
    pub(super) fn new(
        service: &'a dyn KeyService,
        permit: &'a WritePermit,
        order: Order<'a>,
        record: Option<&'a mut Record>,
        stop: &'a CancellationToken,
        report: &'a mut Report<'r>,
    ) -> Self {
        let Order { deed, keys, own, note, reason, until, left } = order;
        let mut seen: HashMap<(bool, &KeyId), usize> = HashMap::new();
        let first = keys
            .iter()
            .enumerate()
            .map(|(at, key)| *seen.entry((key.kind == KeyKind::ApiKey, &key.id)).or_insert(at))
            .collect();
        let (outcomes, unnoted) = (vec![None; keys.len()], Vec::new());
        if let Some(record) = &record {
            report(Progress::Recorded(record.id().clone()));
        }
        Self {
            service,
            permit,
            keys,
            own,
            deed,
            note,
            reason,
            until,
            left,
            record,
            stop,
            report,
            outcomes,
            first,
            unnoted,
            halt: None,
        }
    }

    /// A target without an id is never sent.
    pub(super) async fn settle_nameless(&mut self) {
        let nameless: Vec<usize> =
            self.sendable().into_iter().filter(|at| self.keys[*at].id.as_str().is_empty()).collect();
        self.cannot(&nameless, "the server told no id for this key").await;
    }

    /// Targets that cannot be sent.
    pub(super) async fn cannot(&mut self, some: &[usize], why: &str) {
        for at in some {
            self.settle(*at, Outcome::Failed(why.into()));
        }
        self.note().await;
    }

    /// The keys that have no outcome yet, each once.
    pub(super) fn sendable(&self) -> Vec<usize> {
        (0..self.keys.len()).filter(|at| self.first[*at] == *at && self.outcomes[*at].is_none()).collect()
    }

    /// Whether another call may go out.
    pub(super) fn may_send(&self) -> bool {
        self.halt.is_none() && !self.stop.is_cancelled()
    }

    pub(super) fn say(&mut self, progress: Progress) {
        (self.report)(progress);
    }

    /// Names what became of a target; [`note`](Self::note) puts it on disk.
    pub(super) fn settle(&mut self, at: usize, outcome: Outcome) {
        (self.report)(Progress::Done(self.keys[at].id.clone(), outcome.clone()));
        if self.record.is_some() {
            // one that stands twice in the list stands twice on disk
            let same = (at..self.first.len()).filter(|other| self.first[*other] == at);
            self.unnoted.extend(same.map(|other| (other, outcome.clone())));
        }
        self.outcomes[at] = Some(outcome);
    }

    /// Puts what was settled on disk.
    pub(super) async fn note(&mut self) {
        let noted = std::mem::take(&mut self.unnoted);
        self.write(noted).await;
    }

    /// Puts on disk that these keys are about to be sent, and says so.
    pub(super) async fn sending(&mut self, some: &[usize]) {
        let mut noted = std::mem::take(&mut self.unnoted);
        noted.extend(some.iter().map(|at| (*at, Outcome::Sent)));
        self.write(noted).await;
        let ids = self.ids(some);
        self.say(Progress::Sent(ids));
    }

    async fn write(&mut self, noted: Vec<(usize, Outcome)>) {
        if let Some(record) = self.record.as_deref_mut().filter(|_| !noted.is_empty())
            && let Some(told) = record.note(noted).await
        {
            (self.report)(told);
        }
    }

    /// Nothing gets through any more, or not with this key: what was not sent is not sent.
    pub(super) fn halt(&mut self, why: impl Into<Untrusted>) {
        self.halt.get_or_insert(why.into());
    }

    /// The ids of some keys.
    pub(super) fn ids(&self, at: &[usize]) -> Vec<KeyId> {
        at.iter().map(|at| self.keys[*at].id.clone()).collect()
    }

    /// Waits, or less if stopped meanwhile; says whether to go on.
    pub(super) async fn wait(&mut self, seconds: u64) -> bool {
        self.note().await;
        self.say(Progress::Waiting(seconds));
        tokio::select! {
            () = self.stop.cancelled() => false,
            () = pace::rest(self.service, seconds, None) => true,
        }
    }

    /// Changes API keys in as few calls as possible.
    pub(super) async fn api_keys(&mut self, all: &[usize], call: Call) {
        let most = match call {
            Call::RevokeMany => fault::batch().unwrap_or(MAX_IDS),
            Call::Delete | Call::Enable(_) | Call::HandOver(_) => 1,
        };
        for batch in all.chunks(most) {
            if self.may_send() {
                point!("bulk.batch");
                self.api_batch(batch, call).await;
                point!("bulk.settled");
                self.note().await;
            }
        }
    }

    async fn api_batch(&mut self, batch: &[usize], call: Call) {
        let ids = self.ids(batch);
        if let Some(seconds) = pace::before_next(self.service.rate_limit(), 0)
            && !self.wait(seconds).await
        {
            return;
        }
        let mut refusals = 0;
        let answer = loop {
            self.sending(batch).await;
            point!("bulk.call.before");
            let answer = answer(self.service, self.permit, (self.note, self.reason, self.until), &ids, call).await;
            point!("bulk.call.after");
            match answer {
                Err(error) if pace::is_bearable(&error) && refusals < MOST_REFUSALS => {
                    refusals += 1;
                    self.unsent(batch);
                    if !self.wait(pace::after_refusal(&error, self.service.rate_limit(), refusals)).await {
                        return;
                    }
                }
                answer => break answer,
            }
        };
        let deed = self.deed;
        match answer {
            Ok(Answer::Key(key)) => {
                let before = &self.keys[batch[0]];
                let now = match call {
                    Call::HandOver(to) => before.owner_id != to,
                    Call::RevokeMany | Call::Delete | Call::Enable(_) => {
                        (&before.status, &before.disabled_reason) != (&key.status, &key.disabled_reason)
                    }
                };
                self.say(Progress::Changed(key));
                self.settle(batch[0], Outcome::done(deed, now));
            }
            Ok(Answer::Revoked(answers)) => {
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
                self.read_back_api_keys(&unclear, "the answer did not say", Sent::Answered, Outcome::Revoked).await;
            }
            // of a single key: revoked before, or not there, which only a look can tell apart
            Err(error) if call == Call::Delete && matches!(error.kind, ErrorKind::NotFound | ErrorKind::Conflict) => {
                self.read_back_api_keys(batch, &error.reason(), Sent::Answered, Outcome::AlreadyRevoked).await;
            }
            Err(error) if error.outcome_unknown() => {
                self.read_back_api_keys(batch, &error.reason(), Sent::AnswerLost, Outcome::done(deed, true)).await;
            }
            Err(error) => {
                for at in batch {
                    self.refused(*at, &error);
                }
            }
        }
    }

    /// What the rate limit refused was not carried out.
    pub(super) fn unsent(&mut self, some: &[usize]) {
        if self.record.is_some() {
            self.unnoted.extend(some.iter().map(|at| (*at, Outcome::Queued)));
        }
    }

    /// Names what became of a target whose call failed without effect, and whether that ends the run.
    pub(super) fn refused(&mut self, at: usize, error: &ServiceError) {
        let reason = Untrusted::from(error.reason());
        match error.kind {
            ErrorKind::Denied => self.settle(at, Outcome::Denied(reason)),
            ErrorKind::NotFound if self.keys[at].kind == KeyKind::CollectionAccessKey || !self.deed.is_final() => {
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

    /// Reads API keys back after a call about them went wrong with `why`, and names what became of each. `done` is
    /// what a key that is as wished now counts as.
    async fn read_back_api_keys(&mut self, some: &[usize], why: &str, sent: Sent, done: Outcome) {
        if some.is_empty() {
            return;
        }
        let ids = self.ids(some);
        self.say(Progress::ReadingBack(ids.clone()));
        let seen = read_back::api_keys(self.service, &ids, self.deed, self.own, sent).await;
        self.settle_seen(some, &seen, |_| (why.to_owned(), done.clone()));
    }

    /// Names what became of keys that were read back. `before` gives what went wrong with one of them, and what it
    /// counts as if it is revoked now.
    pub(super) fn settle_seen(
        &mut self,
        some: &[usize],
        seen: &read_back::Seen,
        before: impl Fn(usize) -> (String, Outcome),
    ) {
        let not = format!("not {}", self.deed.result());
        for at in some {
            let (why, done) = before(*at);
            let outcome = match seen.of(&self.keys[*at].id) {
                read_back::State::Done(key) => {
                    if let Some(key) = key.filter(|_| !self.deed.is_final()) {
                        self.say(Progress::Changed(key));
                    }
                    done
                }
                read_back::State::NotDone(_) => Outcome::Failed(format!("{not}: {why}").into()),
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
    pub(super) async fn finish(mut self) -> Vec<(KeyId, Outcome)> {
        for at in self.sendable() {
            let left = || self.left.is_some_and(CancellationToken::is_cancelled).then(|| LEFT.into());
            let why = self.halt.clone().or_else(left).unwrap_or_default();
            self.settle(at, Outcome::NotSent(why));
        }
        self.note().await;
        if let Some(record) = self.record.as_deref_mut()
            && let Some(told) = record.end().await
        {
            (self.report)(told);
        }
        let unsent = || Outcome::NotSent(Untrusted::default());
        let of = |at: usize| self.outcomes[self.first[at]].clone().unwrap_or_else(unsent);
        self.keys.iter().enumerate().map(|(at, key)| (key.id.clone(), of(at))).collect()
    }
}

/// Makes a call about these keys.
async fn answer(
    service: &dyn KeyService,
    permit: &WritePermit,
    (note, reason, until): (Option<&str>, Option<&Revocation>, Option<Time>),
    ids: &[KeyId],
    call: Call,
) -> Result<Answer, ServiceError> {
    match call {
        Call::RevokeMany => service.revoke_api_keys(permit, ids, reason, note).await.map(Answer::Revoked),
        Call::Delete => {
            service.delete_api_key(permit, &ids[0], note).await.map(|()| Answer::Revoked(vec![Revoked::Now]))
        }
        Call::Enable(enabled) => {
            let wanted = KeyChange {
                enabled: Some(enabled),
                disabled_until: until.filter(|_| !enabled),
                note: note.map(str::to_owned),
                ..KeyChange::default()
            };
            service.change_api_key(permit, &ids[0], &wanted).await.map(|key| Answer::Key(Box::new(key)))
        }
        Call::HandOver(to) => {
            let wanted = KeyChange { owner: Some(to), note: note.map(str::to_owned), ..KeyChange::default() };
            service.change_api_key(permit, &ids[0], &wanted).await.map(|key| Answer::Key(Box::new(key)))
        }
    }
}
