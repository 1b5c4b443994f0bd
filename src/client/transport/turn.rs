//! The turns of calls to a server that counts them: waiting for one, and taking note of what answers say of those that are left.

use std::time::{Duration, Instant};

use super::Transport;
use super::pace::Turn;
use crate::client::RateLimit;
use crate::client::error::{Asked, ErrorKind, ServiceError};

impl Transport {
    /// Waits until one more call may go out, where they are counted, and tells so.
    pub(super) async fn wait_for_turn(&self, asked: &Asked) -> Result<(), ServiceError> {
        let Some(pacer) = &self.common.pacer else { return Ok(()) };
        loop {
            match pacer.turn(tokio::time::Instant::now().into_std()) {
                Turn::Go => return Ok(()),
                Turn::Wait(wait) => {
                    self.tell_pause(wait, true, None);
                    tokio::time::sleep(wait).await;
                }
                Turn::MonthUsedUp => {
                    let what = "nothing was sent: the server said just now that the month's allowance is used up";
                    return Err(ServiceError::new(ErrorKind::QuotaUsedUp, asked.clone(), what));
                }
            }
        }
    }

    /// Takes note of what is left. Where calls are counted in one window, what is told of another is one endpoint's own.
    pub(super) fn note_limit(&self, left: Option<RateLimit>) {
        let window = self.common.limits.quota.map(|quota| quota.window);
        let whole = |left: &RateLimit| window.is_none_or(|window| window.as_secs() == u64::from(left.window_seconds));
        if let Some(left) = left.filter(whole) {
            self.meter.note(left, Instant::now());
        }
    }

    /// Tells the others of this process what an answer said of how many calls may go out.
    pub(super) fn hear_pace(&self, left: Option<RateLimit>, wait: Option<u64>, month_used_up: bool) {
        if let Some(pacer) = &self.common.pacer {
            pacer.hear(left, wait.map(Duration::from_secs), month_used_up, tokio::time::Instant::now().into_std());
        }
    }
}
