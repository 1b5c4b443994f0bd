//! One attempt to find out with the value in hand whether it is accepted.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::domain::doubt::Doubt;
use crate::domain::time::Time;
use crate::domain::untrusted::Untrusted;

/// For so long at most it is tried whether a value is refused, after the server said that it would be.
pub const PATIENCE_SECONDS: i64 = 120;
/// Seconds between attempts: the first at once, the rest ever more rarely; the last goes on.
const PAUSES: [i64; 9] = [0, 1, 1, 2, 2, 3, 5, 8, 10];
/// So often the same lasting doubt is met before it is believed.
pub(super) const DOUBTS: usize = 3;

/// One attempt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attempt {
    /// When it was begun, by the server's time.
    pub at: Time,
    pub tried: Tried,
}

/// What an attempt came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "tried", content = "what")]
pub enum Tried {
    /// Accepted, with a made-up key refused beside it; whose key it is, where the answer says so.
    Accepted { user: Option<Untrusted>, key: Option<crate::domain::ids::KeyId> },
    /// Refused twice, with a made-up key refused between and one's own key accepted after it.
    Refused,
    /// That could not be found out.
    Doubtful(Doubt),
}

/// When the attempt after `made` is due that began at `since`; the latest of those made was at `last`.
pub(super) fn due(since: Time, made: usize, last: Option<Time>) -> Time {
    let pause = PAUSES.get(made).or(PAUSES.last()).copied().unwrap_or_default();
    last.unwrap_or(since).max(since) + TimeDelta::seconds(pause)
}

impl Tried {
    /// What it came to, in a line.
    pub fn words(&self) -> String {
        match self {
            Self::Accepted { .. } => "accepted; a made-up key is refused".to_owned(),
            Self::Refused => "refused twice; a made-up key is refused, your own key is accepted".to_owned(),
            Self::Doubtful(doubt) => doubt.to_string(),
        }
    }
}
