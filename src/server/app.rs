//! What every handler shares.

use std::net::IpAddr;

use chrono::{DurationRound, TimeDelta, Utc};
use tokio::sync::mpsc::Sender;

use super::http::failures::Failures;
use super::http::limits::Limiter;
use super::http::observe::RequestLine;
use super::store::Store;
use super::store::last_use::LastUses;
use super::store::team::Team;
use crate::domain::time::Time;

/// The running server's state.
pub struct App {
    /// Where everything is kept.
    pub store: Store,
    /// The team.
    pub team: Team,
    /// Requests of each user.
    pub limiter: Limiter<i64>,
    /// Refused keys of each address.
    pub failures: Failures,
    /// Uses that are not written yet.
    pub last_uses: LastUses,
    /// The only address from which X-Forwarded-For is believed.
    pub behind_proxy: Option<IpAddr>,
    /// Who wants a line for each request.
    pub request_log: Option<Sender<RequestLine>>,
}

/// The present, to the millisecond that the wire and the store know.
pub fn now() -> Time {
    let now = Utc::now();
    now.duration_trunc(TimeDelta::milliseconds(1)).unwrap_or(now)
}
