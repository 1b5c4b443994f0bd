//! The clock that nobody sets.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// Which clock also counts while the machine sleeps. Linux and Android have one apart; Apple's plain one does.
#[cfg(any(target_os = "linux", target_os = "android"))]
const COUNTS_SLEEP: ClockId = ClockId::Boottime;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const COUNTS_SLEEP: ClockId = ClockId::Monotonic;

/// How long ago some moment was that never changes while the machine runs; the time it slept is counted in.
pub fn running() -> Duration {
    let time = clock_gettime(COUNTS_SLEEP);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or_default())
}
