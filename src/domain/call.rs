//! One HTTP call, as it went: what a person tells a server's operator when something is wrong. Never a key, a query's
//! values or a body.

use std::time::Duration;

use super::time::Time;
use super::untrusted::Untrusted;

/// What is told of the calls of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallNews {
    /// A call is on its way: it has no status and no problem yet.
    Began(Call),
    Ended(Call),
    /// Nothing is sent for a while.
    Paused(Pause),
}

/// A while in which nothing is sent, until the same is asked again or the next call may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pause {
    /// By this machine's clock.
    pub until: Time,
    /// Whether the server's rate limit is what is waited for, rather than a line that broke.
    pub limited: bool,
    /// Seconds that the server asked for, where it did.
    pub asked: Option<u64>,
}

/// One call that was sent, or could not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// What tells it from all others of the session.
    pub number: u64,
    /// When it began.
    pub at: Time,
    /// `GET`, `POST`, …
    pub method: &'static str,
    /// The path, without its query.
    pub path: Untrusted,
    /// The names of the query's parameters.
    pub parameters: Vec<&'static str>,
    /// The answer's status, if one came.
    pub status: Option<u16>,
    /// What went wrong, if it did.
    pub problem: Option<Untrusted>,
    /// What the server calls this request, if it said.
    pub request_id: Option<Untrusted>,
    /// How long it took, until the whole answer was there.
    pub took: Duration,
}

impl Call {
    /// The path with the names of the query's parameters: `/api-keys?scope&limit`.
    pub fn target(&self) -> String {
        if self.parameters.is_empty() {
            return self.path.to_string();
        }
        format!("{}?{}", self.path, self.parameters.join("&"))
    }

    /// Its status, or a word for why there is none.
    pub fn outcome(&self) -> String {
        self.status.map_or_else(|| "–".to_owned(), |status| status.to_string())
    }
}
