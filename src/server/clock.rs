//! Where the server reads the present: the system's clock, or in tests one that can be moved.

use std::fmt;
use std::sync::Arc;

use chrono::{DurationRound, TimeDelta, Utc};

use crate::domain::time::Time;

/// A clock. Overlaps, expiries and the age of recorded answers follow it; rate limits, which measure spans, do not.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Time + Send + Sync>);

impl Clock {
    /// A clock that says what `read` says.
    pub fn new(read: impl Fn() -> Time + Send + Sync + 'static) -> Self {
        Self(Arc::new(read))
    }

    /// The present, to the millisecond that the wire and the store know.
    pub fn now(&self) -> Time {
        let now = (self.0)();
        now.duration_trunc(TimeDelta::milliseconds(1)).unwrap_or(now)
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::new(Utc::now)
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Clock").field(&self.now()).finish()
    }
}
