//! Deleting collection access keys: one call each, a few in flight, within the rate limit.

use std::collections::{HashMap, VecDeque};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use super::read_back;
use super::run::{MOST_REFUSALS, Run};
use crate::client::error::{ErrorKind, ServiceError};
use crate::domain::bulk::{Outcome, Progress};
use crate::fault::point;
use crate::ops::pace;

/// Calls in flight at once: hides a round trip without pressing a server that writes one at a time.
const IN_FLIGHT: usize = 8;
/// So many lost answers in a row end the run: nobody is helped by ten thousand calls into the dark.
const MOST_LOST: usize = 2 * IN_FLIGHT;

impl Run<'_, '_> {
    pub(super) async fn collection_keys(&mut self, all: &[usize]) {
        let (service, permit, keys, note) = (self.service, self.permit, self.keys, self.note);
        let send =
            |at: usize| async move { (at, service.delete_collection_access_key(permit, &keys[at].id, note).await) };
        let mut queue: VecDeque<usize> = all.iter().copied().collect();
        let mut flights = FuturesUnordered::new();
        let mut unclear: HashMap<usize, ServiceError> = HashMap::new();
        let (mut pause, mut waited, mut refusals, mut lost) = (None, false, 0, 0);
        loop {
            while self.may_send() && pause.is_none() && flights.len() < IN_FLIGHT {
                let Some(at) = queue.front().copied() else { break };
                // after a wait one call goes whatever is said to be left: its answer will tell
                let wait = pace::before_next(service.rate_limit(), flights.len()).filter(|_| !waited);
                if wait.is_some() {
                    pause = wait.filter(|_| flights.is_empty());
                    break;
                }
                waited = false;
                queue.pop_front();
                self.sending(&[at]).await;
                point!("bulk.call.before");
                flights.push(send(at));
            }
            match flights.next().await {
                Some((at, Ok(()))) => {
                    point!("bulk.call.after");
                    (refusals, lost) = (0, 0);
                    self.settle(at, Outcome::Revoked);
                    self.note().await;
                }
                Some((at, Err(error))) if pace::is_bearable(&error) && refusals < MOST_REFUSALS => {
                    // those in flight together are refused together: that counts once
                    refusals += u32::from(pause.is_none());
                    let wait = pace::after_refusal(&error, service.rate_limit(), refusals);
                    pause = pause.max(Some(wait));
                    self.unsent(&[at]);
                    queue.push_front(at);
                }
                Some((at, Err(error))) if error.outcome_unknown() || error.kind == ErrorKind::NotFound => {
                    lost = if error.outcome_unknown() { lost + 1 } else { 0 };
                    if lost >= MOST_LOST {
                        self.halt("too many answers in a row were lost");
                    }
                    unclear.insert(at, error);
                }
                Some((at, Err(error))) => self.refused(at, &error),
                None if queue.is_empty() || !self.may_send() => break,
                None => {
                    waited = true;
                    if !self.wait(pause.take().unwrap_or(1)).await {
                        break;
                    }
                }
            }
        }
        self.settle_unclear(&unclear).await;
        self.note().await;
    }

    /// Tells lost answers and keys that were not found apart into revoked, not revoked, and gone.
    async fn settle_unclear(&mut self, unclear: &HashMap<usize, ServiceError>) {
        if unclear.is_empty() {
            return;
        }
        let mut all: Vec<usize> = unclear.keys().copied().collect();
        all.sort_unstable();
        let lost: Vec<usize> = all.iter().copied().filter(|at| unclear[at].outcome_unknown()).collect();
        let lost_ids = self.ids(&lost);
        if !lost.is_empty() {
            self.say(Progress::ReadingBack(lost_ids.clone()));
        }
        let seen = read_back::collection_keys(self.service, &self.ids(&all), &lost_ids).await;
        for at in all.iter().copied().filter(|at| !unclear[at].outcome_unknown()) {
            // the server said that there is no such key to delete; a revoked one it still lists was revoked before
            let outcome = match seen.of(&self.keys[at].id) {
                read_back::State::Done(_) => Outcome::AlreadyRevoked,
                read_back::State::NotDone(_) => Outcome::Failed(unclear[&at].reason().into()),
                _ => Outcome::NotFound,
            };
            self.settle(at, outcome);
        }
        // a backend may list what it deleted no more: what was there, was to be deleted and is gone is deleted
        let (gone, rest): (Vec<usize>, Vec<usize>) =
            lost.into_iter().partition(|at| seen.of(&self.keys[*at].id) == read_back::State::Gone);
        for at in gone {
            self.settle(at, Outcome::Revoked);
        }
        self.settle_seen(&rest, &seen, |at| (unclear[&at].reason(), Outcome::Revoked));
    }
}
