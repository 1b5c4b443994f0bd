//! A read-only profile that is unlocked for a time. That, and why, is written down before anything can be changed.

use std::sync::Arc;
use std::time::Duration;

use super::Runtime;
use crate::client::WritePermit;
use crate::domain::untrusted::visible;
use crate::domain::values::masked;
use crate::local::unlocks::{self, Noted, What};
use crate::tui::event::Event;
use crate::tui::ticket::Ticket;

impl Runtime {
    /// Lets something be changed for so long, once it is written down.
    pub(super) fn unlock(&mut self, ticket: Ticket, length: Duration, reason: &str) {
        let reason = masked(reason).into_owned();
        let said = visible(&reason).into_owned();
        let noted = self.note(What::Unlocked { seconds: length.as_secs(), reason });
        let result = match noted {
            Ok(()) => {
                tracing::warn!(
                    profile = %visible(&self.rotating.settings.profile),
                    seconds = length.as_secs(),
                    reason = %said,
                    "a read-only profile is unlocked"
                );
                self.permit_from_now_on(Some(WritePermit::for_a_time(length)));
                Ok(length)
            }
            Err(error) => Err(format!(
                "Not unlocked, since it cannot be written down: {} in the state directory: {}",
                unlocks::FILE,
                error.kind()
            )),
        };
        self.reporter.say(Event::Unlocked(ticket, result));
    }

    /// Lets nothing be changed any more, by whatever is under way either.
    pub(super) fn lock(&mut self) {
        if let Some(permit) = &self.permit {
            permit.end();
        }
        self.permit_from_now_on(None);
        if let Err(error) = self.note(What::Locked) {
            tracing::warn!(%error, "that a profile is locked again cannot be written down");
        }
        tracing::warn!(profile = %visible(&self.rotating.settings.profile), "a read-only profile is locked again");
    }

    fn permit_from_now_on(&mut self, permit: Option<WritePermit>) {
        self.containing.permit(permit.clone());
        self.permit = permit.map(Arc::new);
        self.rotating.permit(self.permit.clone());
    }

    fn note(&self, what: What) -> std::io::Result<()> {
        let (at, address) = (self.reporter.service.clock().now(), self.reporter.service.address());
        let profile = self.rotating.settings.profile.clone();
        unlocks::add(&self.rotating.settings.state, &Noted { at, profile, address, what })
    }
}
