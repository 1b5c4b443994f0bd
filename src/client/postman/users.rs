//! The team's users, fetched once and kept for a while: each list of keys names their owners.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;

use crate::client::error::{ErrorKind, ServiceError};
use crate::domain::ids::UserId;
use crate::domain::team::User;

/// How long what was fetched is good: teams change in days, and each call counts.
const GOOD_FOR: Duration = Duration::from_hours(1);

/// The members of the team, by their numbers.
#[derive(Debug, Default)]
pub(super) struct Members(HashMap<UserId, User>);

impl Members {
    pub(super) fn new(users: impl IntoIterator<Item = User>) -> Self {
        Self(users.into_iter().map(|user| (user.id, user)).collect())
    }

    pub(super) fn get(&self, id: UserId) -> Option<&User> {
        self.0.get(&id)
    }

    /// All of them, by their numbers.
    pub(super) fn list(&self) -> Vec<User> {
        let mut users: Vec<User> = self.0.values().cloned().collect();
        users.sort_by_key(|user| user.id);
        users
    }
}

/// What the API said of the users: who there is, or that this user may not know.
type Answer = Result<Arc<Members>, ServiceError>;

/// What was fetched, and when.
#[derive(Default)]
pub(super) struct Known(Mutex<Option<(Answer, Instant)>>);

impl Known {
    /// The members, which `fetch` asks for where nobody did within the hour. That the user may not list them is kept likewise;
    /// any other error is not, and the next one asks again.
    pub(super) async fn get<F: Future<Output = Result<Vec<User>, ServiceError>>>(
        &self,
        fetch: impl FnOnce() -> F,
    ) -> Answer {
        // held while it is asked, so that two lists ask once
        let mut known = self.0.lock().await;
        if let Some((answer, at)) = known.as_ref()
            && at.elapsed() < GOOD_FOR
        {
            return answer.clone();
        }
        let answer = fetch().await.map(|users| Arc::new(Members::new(users)));
        let lasts =
            answer.as_ref().err().is_none_or(|error| matches!(error.kind, ErrorKind::Denied | ErrorKind::NotFound));
        *known = lasts.then(|| (answer.clone(), Instant::now()));
        answer
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::client::error::Asked;

    #[tokio::test]
    async fn they_are_asked_for_once_and_again_only_where_that_may_help() {
        let asked = Cell::new(0);
        let ask = |answer: Result<(), ErrorKind>| {
            asked.set(asked.get() + 1);
            let error = |kind| ServiceError::new(kind, Asked::nothing("https://api.team.example"), "no");
            std::future::ready(answer.map(|()| vec![User::sample(7, "Ada")]).map_err(error))
        };
        for (answer, times) in [(Ok(()), 1), (Err(ErrorKind::Denied), 1), (Err(ErrorKind::LostAnswer), 3)] {
            let known = Known::default();
            asked.set(0);
            for _ in 0..3 {
                let members = known.get(|| ask(answer)).await;
                assert_eq!(members.is_ok(), answer.is_ok());
                assert!(members.is_err() || members.unwrap().get(UserId(7)).is_some());
            }
            assert_eq!(asked.get(), times, "{answer:?}");
        }
    }
}
