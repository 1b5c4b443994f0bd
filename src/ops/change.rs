//! Changing keys that are there. A change whose answer was lost is not called done before the key was looked at.

use tokio_util::sync::CancellationToken;

use super::pace;
use crate::client::error::{ErrorKind, ServiceError};
use crate::client::{KeyChange, KeyService, WritePermit};
use crate::domain::bulk::Outcome;
use crate::domain::ids::KeyId;
use crate::domain::key::{Key, Status};
use crate::domain::untrusted::Untrusted;

/// How often in a row the rate limit may refuse one change before it counts as failed.
const MOST_REFUSALS: u32 = 10;

/// What became of one key: as it is now, or why it is not changed.
pub type Changed = Result<Box<Key>, Outcome>;

/// What happens while keys are changed.
pub enum News {
    /// A change of this key is on its way.
    Sent(KeyId),
    /// The server asked to wait this many seconds.
    Waiting(u64),
    /// What became of a key.
    Done(KeyId, Changed),
}

/// Changes one key. After a lost answer it is read back: if it is as wished, that is done. An error whose
/// [outcome is unknown](ServiceError::outcome_unknown) means that the key was not seen to be changed.
pub async fn change(
    service: &dyn KeyService,
    permit: &WritePermit,
    id: &KeyId,
    wanted: &KeyChange,
) -> Result<Key, ServiceError> {
    let error = match service.change_api_key(permit, id, wanted).await {
        Ok(key) => return Ok(key),
        Err(error) => error,
    };
    if !error.outcome_unknown() {
        return Err(error);
    }
    match service.api_key(id).await {
        Ok(key) if is_so(&key, wanted) => Ok(key),
        _ => Err(error),
    }
}

/// Changes several keys, one after the other, within the rate limit, and reports what became of each. Once `stop` is
/// cancelled, or nothing gets through any more, the rest is not sent.
pub async fn change_each(
    service: &dyn KeyService,
    permit: &WritePermit,
    ids: &[KeyId],
    wanted: &KeyChange,
    stop: &CancellationToken,
    report: &mut (dyn FnMut(News) + Send),
) {
    let mut halt: Option<Untrusted> = None;
    for id in ids {
        let mut changed = Err(Outcome::NotSent(halt.clone().unwrap_or_default()));
        let mut refusals = 0;
        while halt.is_none() && !stop.is_cancelled() {
            if refusals == 0
                && let Some(seconds) = pace::before_next(service.rate_limit(), 0)
                && !wait(service, seconds, stop, report).await
            {
                break;
            }
            report(News::Sent(id.clone()));
            let error = match change(service, permit, id, wanted).await {
                Ok(key) => {
                    changed = Ok(Box::new(key));
                    break;
                }
                Err(error) => error,
            };
            if pace::is_bearable(&error) && refusals < MOST_REFUSALS {
                refusals += 1;
                if wait(service, pace::after_refusal(&error, service.rate_limit(), refusals), stop, report).await {
                    continue;
                }
                break;
            }
            halt = error.ends_a_run().then(|| error.reason().into());
            changed = Err(outcome(&error));
            break;
        }
        report(News::Done(id.clone(), changed));
    }
}

/// Waits, or less if stopped meanwhile; says whether to go on.
async fn wait(
    service: &dyn KeyService,
    seconds: u64,
    stop: &CancellationToken,
    report: &mut (dyn FnMut(News) + Send),
) -> bool {
    report(News::Waiting(seconds));
    tokio::select! {
        () = stop.cancelled() => false,
        () = pace::rest(service, seconds, None) => true,
    }
}

/// Whether a key is as `wanted` would have it.
fn is_so(key: &Key, wanted: &KeyChange) -> bool {
    let KeyChange { name, contacts, enabled, expires } = wanted;
    let told = |contacts: &Vec<String>| {
        contacts.iter().map(String::as_str).eq(key.contacts.iter().map(Untrusted::as_received))
    };
    name.as_ref().is_none_or(|name| key.name.as_received() == name)
        && contacts.as_ref().is_none_or(told)
        && enabled.is_none_or(|enabled| key.status == if enabled { Status::Enabled } else { Status::Disabled })
        // the wire is exact to a millisecond
        && expires.is_none_or(|at| key.expires.time().is_some_and(|is| (is - at).abs().num_milliseconds() <= 1))
}

/// What an error makes of the key it was about.
fn outcome(error: &ServiceError) -> Outcome {
    let reason = Untrusted::from(error.reason());
    match error.kind {
        ErrorKind::Denied => Outcome::Denied(reason),
        ErrorKind::NotFound => Outcome::NotFound,
        _ if error.outcome_unknown() => Outcome::Unknown(reason),
        _ => Outcome::Failed(reason),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::fake::FakeService;

    const CHANGE: &str = "change_api_key";

    async fn disable(service: &FakeService, ids: &str) -> Vec<String> {
        let permit = WritePermit::unless_read_only(false).unwrap();
        let ids: Vec<KeyId> = ids.split(' ').map(KeyId::from).collect();
        let wanted = KeyChange { enabled: Some(false), ..KeyChange::default() };
        let mut told = Vec::new();
        let mut report = |news| {
            if let News::Done(id, changed) = news {
                let word = changed.map_or_else(|outcome| outcome.word().to_owned(), |key| key.status.to_string());
                told.push(format!("{id}: {word}"));
            }
        };
        change_each(service, &permit, &ids, &wanted, &CancellationToken::new(), &mut report).await;
        told
    }

    fn team() -> FakeService {
        FakeService::new(["a", "b", "c"].map(Key::sample).to_vec())
    }

    #[tokio::test]
    async fn each_key_has_its_own_result() {
        let service = team();
        service.fail(CHANGE, ErrorKind::Denied);
        assert_eq!(disable(&service, "a gone b").await, ["a: denied", "gone: not found", "b: disabled"]);
    }

    #[tokio::test]
    async fn a_lost_answer_is_settled_by_reading_the_key_back() {
        let service = team();
        service.lose_answer(CHANGE);
        assert_eq!(disable(&service, "a b").await, ["a: disabled", "b: disabled"]);
        assert_eq!(service.count(CHANGE), 2);
        let service = team();
        service.fail(CHANGE, ErrorKind::LostAnswer);
        assert_eq!(disable(&service, "a b").await, ["a: unknown", "b: not sent"]);
    }

    #[tokio::test]
    async fn nothing_more_is_sent_once_the_key_in_use_is_refused() {
        let service = team();
        service.fail(CHANGE, ErrorKind::Unauthenticated);
        assert_eq!(disable(&service, "a b c").await, ["a: failed", "b: not sent", "c: not sent"]);
        assert_eq!(service.count(CHANGE), 1);
    }

    #[tokio::test]
    async fn a_change_over_the_rate_limit_waits_and_goes_again() {
        let service = team();
        service.fail(CHANGE, ErrorKind::RateLimited);
        assert_eq!(disable(&service, "a b").await, ["a: disabled", "b: disabled"]);
        assert_eq!(service.count(CHANGE), 3);
    }
}
