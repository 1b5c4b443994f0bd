//! Measuring what a backend really does, with a throw-away key where it makes one, and read-only otherwise. The key may do
//! nothing at the backend where it can be made so, ends within the hour by itself, and is deleted at the end, however that
//! comes; what an exam left that was killed, the next one takes away.

mod key;
mod watch;

use std::ops::ControlFlow;
use std::time::Duration;

use chrono::TimeDelta;

use super::{create, load, lookup, pace};
use crate::client::capabilities::Capability;
use crate::client::error::ServiceError;
use crate::client::proof::{Cost, Look, Probe};
use crate::client::{KeyService, MintedValue, NewKey, Scope, WritePermit};
use crate::domain::exam::{Answer, Exam, Question};
use crate::domain::key::{Access, Key, Status};
use crate::domain::key_value::{KeyKind, fingerprint, mint};
use crate::domain::secret::Secret;
use crate::domain::team::Me;
use crate::domain::time::Time;
use crate::domain::untrusted::Untrusted;

/// How the name of a throw-away key begins.
pub const NAME: &str = "keydeck exam ";
/// For how long a throw-away key lives at most.
const LIVES: TimeDelta = TimeDelta::hours(1);
/// One that is so old was left by an exam that was killed: none takes so long.
const LEFT_BEHIND: TimeDelta = TimeDelta::minutes(20);
/// What needs a throw-away key.
const WITH_KEY: [Question; 7] = [
    Question::NewAccepted,
    Question::NewListed,
    Question::LastUse,
    Question::Disabled,
    Question::EnabledAgain,
    Question::Revoked,
    Question::RevokedListed,
];

/// A backend under examination.
pub struct Examiner<'a> {
    pub service: &'a dyn KeyService,
    /// Permission to make a throw-away key, or why there is none.
    pub permit: Result<&'a WritePermit, Untrusted>,
    pub me: &'a Me,
    /// For how long something is waited for at most.
    pub patience: Duration,
}

/// A throw-away key, to be deleted whatever happens.
#[derive(Default)]
pub struct ThrowAway {
    /// Its value, from before the backend is told of it.
    value: Option<Secret>,
    key: Option<Key>,
    /// Whether it was deleted, and the backend said so.
    is_gone: bool,
}

impl Examiner<'_> {
    /// Takes what can be seen without changing anything, then the rest with a throw-away key, which stands in `made` from
    /// before the backend hears of it. Whoever drops this midway calls [`clean_up`](Self::clean_up) all the same. `told` hears
    /// of each measure as it is taken.
    pub async fn run(&self, made: &mut ThrowAway, exam: &mut Exam, told: &mut (dyn FnMut(&Exam) + Send)) {
        self.look(exam).await;
        told(exam);
        match self.why_no_key() {
            Some(why) => exam.skip(&WITH_KEY, &why),
            None => self.with_key(made, exam, told).await,
        }
        told(exam);
    }

    /// Deletes the throw-away key, and what exams before left; notes what could not be.
    pub async fn clean_up(&self, made: &mut ThrowAway, exam: &mut Exam) {
        let Ok(permit) = self.permit else { return };
        if !made.is_gone
            && let Some(value) = &made.value
        {
            let key = match made.key.take() {
                Some(key) => Ok(Some(key)),
                // its answer was lost
                None if self.service.capabilities().has(Capability::Lookup) => {
                    lookup::by_fingerprint(self.service, &fingerprint(value.expose())).await
                }
                None => Ok(None),
            };
            let gone = match key {
                Ok(Some(key)) => self.delete(permit, &key).await.map_err(|error| (Some(key.id), error)),
                Ok(None) => Ok(()),
                Err(error) => Err((None, error)),
            };
            if let Err((id, error)) = gone {
                let id = id.map(|id| format!(" {id}")).unwrap_or_default();
                exam.left = Some(format!("the throw-away key{id} could not be deleted: {}", error.reason()).into());
            }
            made.is_gone = true;
        }
        if self.service.capabilities().has(Capability::OwnKeys) && self.why_no_key().is_none() {
            self.clear_away(permit).await;
        }
    }

    /// Deletes what exams left that were killed. What cannot be deleted ends by itself.
    async fn clear_away(&self, permit: &WritePermit) {
        let now = self.service.clock().now();
        let mut left: Vec<Key> = Vec::new();
        let is_left = |key: &Key| {
            key.name.as_received().starts_with(NAME)
                && key.owner_id == self.me.id
                && key.status != Status::Revoked
                && key.created.time().is_some_and(|made| now - made > LEFT_BEHIND)
        };
        let _ = load::keys(self.service, Scope::Mine, &mut |page| {
            left.extend(page.rows.into_iter().filter(is_left));
            ControlFlow::Continue(())
        })
        .await;
        for key in left {
            let _ = self.delete(permit, &key).await;
        }
    }

    async fn delete(&self, permit: &WritePermit, key: &Key) -> Result<(), ServiceError> {
        use crate::client::error::ErrorKind;
        match super::change::delete(self.service, permit, key).await {
            Err(error) if error.kind == ErrorKind::NotFound => Ok(()),
            done => done,
        }
    }

    /// Why no throw-away key is made; none when one is.
    fn why_no_key(&self) -> Option<String> {
        let can = self.service.capabilities();
        let needed = [Capability::OwnKeys, Capability::CreateKeys, Capability::DeleteKeys];
        let unsupported = || can.why_not_all(needed).map(str::to_owned);
        self.permit.as_ref().err().map(ToString::to_string).or_else(unsupported)
    }

    /// What changes nothing.
    async fn look(&self, exam: &mut Exam) {
        let (proof, clock) = (self.service.proof(), self.service.clock());
        let skew = clock.read().own - clock.now();
        let words = match skew.num_seconds() {
            -1..=1 => "right, to the second".to_owned(),
            ahead @ 2.. => format!("{ahead} s ahead of the server's"),
            behind => format!("{} s behind the server's", -behind),
        };
        exam.note(Question::ClockSkew, Answer::Seen { after: None, what: words.into() }, false);
        exam.note(Question::OwnValue, Answer::Seen { after: None, what: "accepted, by its name".into() }, false);
        let before = self.service.rate_limit();
        let Some(made_up) = (proof.make_up)() else {
            exam.skip(&[Question::MadeUp, Question::ProbeCost], "this system gives no random numbers");
            return;
        };
        match self.service.probe(&made_up).await {
            Ok(probe) => {
                let unlike = !probe.is_like(proof.made_up) || probe.is_like(proof.accepted);
                exam.note(Question::MadeUp, Answer::Seen { after: None, what: words_of(&probe) }, unlike);
                self.cost(before, exam);
            }
            Err(error) => exam.skip(&[Question::MadeUp, Question::ProbeCost], &error.reason()),
        }
    }

    /// What the probe that was just made cost.
    fn cost(&self, before: Option<crate::client::RateLimit>, exam: &mut Exam) {
        let seen = before.zip(self.service.rate_limit()).and_then(|(before, after)| {
            // a window that began meanwhile tells nothing
            (before.remaining > after.remaining).then(|| before.remaining - after.remaining)
        });
        let declared = match self.service.proof().cost {
            Cost::Nothing => "nothing that is counted",
            Cost::Call => "one call of the rate limit",
            Cost::MonthlyCall => "one call of the rate limit, and one of the month's allowance",
        };
        let what = match seen {
            Some(1) => format!("{declared}; one call less was left after it"),
            Some(calls) => format!("{declared}; {calls} calls less were left after it"),
            None => format!("{declared}; how much less was left is not told"),
        };
        exam.note(Question::ProbeCost, Answer::Seen { after: None, what: what.into() }, false);
    }

    /// What is taken for the time of the exam.
    fn running(&self) -> TimeDelta {
        TimeDelta::from_std(self.service.clock().read().running).unwrap_or(TimeDelta::MAX)
    }

    fn now(&self) -> Time {
        self.service.clock().now()
    }
}

/// What an answer to a probe was, in words.
fn words_of(probe: &Probe) -> Untrusted {
    match probe {
        Probe::Success(Some(me)) => format!("accepted, as {}", me.name).into(),
        Probe::Success(None) => "accepted, without saying whose it is".into(),
        Probe::Refusal(status, name) => format!("{status} {name}").into(),
    }
}

/// Whether a probe was like one of these, or like what a made-up value is answered.
fn is_refused(probe: &Probe, looks: &[Look], made_up: &[Look]) -> bool {
    probe.is_like(looks) || probe.is_like(made_up)
}

#[cfg(test)]
mod tests;
