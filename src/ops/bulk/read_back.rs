//! Looking at keys after a call whose answer was lost, to say what became of them.

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;
use std::time::Duration;

use futures_util::StreamExt;

use crate::client::error::{ErrorKind, ServiceError};
use crate::client::{KeyService, Scope};
use crate::domain::deed::Deed;
use crate::domain::ids::KeyId;
use crate::domain::key::{Key, Status};
use crate::ops::{load, pace};

/// Up to so many keys are asked for one by one; more are looked for in the list, which costs a call a thousand.
const ONE_BY_ONE: usize = 50;
/// Calls in flight at once.
const IN_FLIGHT: usize = 8;
/// A server may still be at work on a call whose answer was lost; a key that is not revoked yet gets a second look after
/// this long.
const SECOND_LOOK: Duration = Duration::from_secs(2);

/// What a look at a key showed.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum State {
    /// It is as wished; the key, unless its own refusal told so.
    Done(Option<Box<Key>>),
    /// It is not.
    NotDone(Box<Key>),
    /// It is in a state this version does not know.
    Odd(String),
    /// There is no such key, or it is not visible.
    Gone,
    /// Nothing was seen; with the reason.
    Unseen(String),
}

/// What a look at some keys showed.
#[derive(Debug)]
pub(super) struct Seen {
    deed: Deed,
    states: HashMap<KeyId, State>,
    broken: Option<ServiceError>,
}

impl Seen {
    fn nothing(deed: Deed) -> Self {
        Self { deed, states: HashMap::new(), broken: None }
    }

    pub(super) fn of(&self, id: &KeyId) -> State {
        match (self.states.get(id), &self.broken) {
            (Some(state), _) => state.clone(),
            (None, Some(error)) => State::Unseen(error.reason()),
            (None, None) => State::Gone,
        }
    }

    /// What kept the look from being complete.
    pub(super) fn broken(&self) -> Option<&ServiceError> {
        self.broken.as_ref()
    }

    fn note(&mut self, key: &Key) {
        let state = match &key.status {
            Status::Other(word) => State::Odd(word.to_string()),
            _ if self.deed.is_done_to(key) => State::Done(Some(Box::new(key.clone()))),
            _ => State::NotDone(Box::new(key.clone())),
        };
        self.states.insert(key.id.clone(), state);
    }

    fn not_done(&self, ids: &[KeyId]) -> Vec<KeyId> {
        ids.iter().filter(|id| matches!(self.states.get(id), Some(State::NotDone(_)))).cloned().collect()
    }
}

/// Whether a call may still be at work while its keys are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sent {
    Answered,
    AnswerLost,
}

/// Looks at API keys after a call about them. `own` is the key that the program itself uses: the API's own word that it opens nothing any more
/// is as good as seeing it revoked.
pub(super) async fn api_keys(
    service: &dyn KeyService,
    ids: &[KeyId],
    deed: Deed,
    own: Option<&KeyId>,
    sent: Sent,
) -> Seen {
    let mut seen = Seen::nothing(deed);
    if ids.is_empty() {
        return seen;
    }
    look_at_api_keys(service, ids, own, &mut seen).await;
    let again = seen.not_done(ids);
    if sent == Sent::AnswerLost && !again.is_empty() && seen.broken.is_none() {
        pace::sleep(SECOND_LOOK).await;
        look_at_api_keys(service, &again, own, &mut seen).await;
    }
    seen
}

async fn look_at_api_keys(service: &dyn KeyService, ids: &[KeyId], own: Option<&KeyId>, seen: &mut Seen) {
    let mut left: Vec<KeyId> = ids.to_vec();
    if ids.len() > ONE_BY_ONE {
        // an admin sees the team's, anyone their own
        seen.broken = match list(service, Scope::Team, ids, seen).await {
            Err(error) if error.kind == ErrorKind::Denied => list(service, Scope::Mine, ids, seen).await.err(),
            listed => listed.err(),
        };
        left.retain(|id| !seen.states.contains_key(id));
    }
    // the first alone: when nothing gets through, one wait tells as much as a thousand
    if seen.broken.is_some() || left.is_empty() {
        return;
    }
    let rest = left.split_off(1);
    for group in [left, rest] {
        let mut answers = futures_util::stream::iter(group)
            .map(|id| async move {
                let answer = service.api_key(&id).await;
                (id, answer)
            })
            .buffer_unordered(IN_FLIGHT);
        while let Some((id, answer)) = answers.next().await {
            take(seen, id, answer, own);
        }
        if seen.broken.is_some() {
            return;
        }
    }
}

fn take(seen: &mut Seen, id: KeyId, answer: Result<Key, ServiceError>, own: Option<&KeyId>) {
    match answer {
        Ok(key) => seen.note(&key),
        Err(error) if error.kind == ErrorKind::NotFound => {
            seen.states.insert(id, State::Gone);
        }
        // a 401 in the API's own words; a proxy's has no name
        Err(error) if error.kind == ErrorKind::Unauthenticated && own == Some(&id) && error.name.is_some() => {
            let refused = if seen.deed == Deed::Enable { State::Unseen(error.reason()) } else { State::Done(None) };
            seen.states.insert(id, refused);
        }
        Err(error) => {
            seen.states.insert(id, State::Unseen(error.reason()));
            seen.broken.get_or_insert(error);
        }
    }
}

/// Looks at collection access keys, which can only be listed; the answers about those in `lost` were lost.
pub(super) async fn collection_keys(service: &dyn KeyService, ids: &[KeyId], lost: &[KeyId]) -> Seen {
    let mut seen = Seen::nothing(Deed::Revoke);
    if ids.is_empty() {
        return seen;
    }
    seen.broken = list(service, Scope::Collections, ids, &mut seen).await.err();
    let again = seen.not_done(lost);
    if !again.is_empty() && seen.broken.is_none() {
        pace::sleep(SECOND_LOOK).await;
        seen.broken = list(service, Scope::Collections, &again, &mut seen).await.err();
    }
    seen
}

/// Looks for `ids` in a list, until all were seen.
async fn list(service: &dyn KeyService, scope: Scope, ids: &[KeyId], seen: &mut Seen) -> Result<(), ServiceError> {
    let mut wanted: HashSet<&KeyId> = ids.iter().collect();
    load::keys(service, scope, &mut |page| {
        for key in &page.rows {
            if wanted.remove(&key.id) {
                seen.note(key);
            }
        }
        if wanted.is_empty() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })
    .await
}
