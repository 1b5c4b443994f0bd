//! A clock whose hands tests move.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{TimeDelta, Utc};
use keydeck::domain::time::{Time, wire};
use keydeck::server::{Clock, ServerSettings};

use crate::support::TestServer;

/// The hands of a running server's clock.
pub struct Hands(Arc<AtomicI64>);

impl Hands {
    /// Moves them on.
    pub fn forward(&self, by: TimeDelta) {
        self.0.fetch_add(by.num_milliseconds(), Ordering::SeqCst);
    }
}

impl Hands {
    /// At this moment, until they are moved.
    pub fn at(time: Time) -> Self {
        Self(Arc::new(AtomicI64::new(time.timestamp_millis())))
    }

    /// A clock that shows what they point at.
    pub fn clock(&self) -> Clock {
        let at = Arc::clone(&self.0);
        Clock::new(move || Time::from_timestamp_millis(at.load(Ordering::SeqCst)).unwrap())
    }
}

/// A server that stands at this moment until its clock is moved.
pub async fn stopped_clock(settings: ServerSettings) -> (TestServer, Hands) {
    // Ahead of the moment at which the team is made by the system's own clock.
    let hands = Hands::at(Utc::now() + TimeDelta::hours(1));
    let clock = hands.clock();
    (TestServer::start_with(ServerSettings { clock, ..settings }).await, hands)
}

/// What the clock shows.
pub fn shown(hands: &Hands) -> Time {
    Time::from_timestamp_millis(hands.0.load(Ordering::SeqCst)).unwrap()
}

/// The same in the wire's form, so much later.
pub fn later(hands: &Hands, by: TimeDelta) -> String {
    wire(shown(hands) + by)
}
