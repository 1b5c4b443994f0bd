//! Keys that were refused: how many an address may send, and the entries they leave in the audit log.

use std::time::Instant;

use axum::http::HeaderMap;

use super::auth::agent;
use super::limits::{Allowance, Limiter};
use crate::server::app::App;
use crate::server::source::Source;
use crate::server::store::audit::Origin;
use crate::server::store::refused_pending::Stranger;

/// Refused keys an address may send in 60 s before it is told to wait.
pub const AN_ADDRESS: u32 = 120;
/// Entries that the refused keys of one address leave in 60 s.
const ENTRIES_AN_ADDRESS: u32 = 5;
/// Entries that all refused keys leave in 60 s, so that refused requests cannot fill the disk.
const ENTRIES: u32 = 60;

/// What was refused lately.
pub struct Failures {
    tries: Limiter<Source>,
    entries_of: Limiter<Source>,
    entries: Limiter<()>,
}

impl Default for Failures {
    fn default() -> Self {
        let (tries, entries_of) = (Limiter::new(AN_ADDRESS), Limiter::new(ENTRIES_AN_ADDRESS));
        Self { tries, entries_of, entries: Limiter::new(ENTRIES) }
    }
}

/// A refused value that belongs to no key, without the value. What belongs to one is counted with its key instead
/// ([`refused_pending`](crate::server::store::refused_pending)), so that junk cannot use up what the log takes of it.
#[derive(Debug)]
pub struct Refusal<'a> {
    /// `missing`, `malformed` or `refused`.
    pub reason: &'static str,
    /// The hash of a well-formed value.
    pub hash: Option<String>,
    /// Where it came from.
    pub from: Source,
    pub headers: &'a HeaderMap,
}

impl Failures {
    /// Counts a refusal, and says whether its address has to wait.
    pub fn count(&self, from: Source) -> Allowance {
        self.tries.count(from.neighbourhood(), Instant::now())
    }

    fn leaves_an_entry(&self, from: Source) -> bool {
        let now = Instant::now();
        !self.entries_of.count(from.neighbourhood(), now).exceeded && !self.entries.count((), now).exceeded
    }
}

/// Notes a refused value for the audit log, within bounds. A request without any key is no attempt. It is written with the
/// next batch: who is refused does not wait for it, and cannot tell by the time it takes what was refused.
pub fn note(app: &App, refusal: Refusal<'_>) {
    if refusal.reason == "missing" || !app.failures.leaves_an_entry(refusal.from) {
        return;
    }
    let origin = Origin {
        ip: Some(refusal.from.to_string()),
        user_agent: agent(refusal.headers),
        team: app.team.for_audit(),
        ..Origin::default()
    };
    let Refusal { reason, hash, .. } = refusal;
    app.refused_uses.note_stranger(Stranger { reason, hash, at: app.now(), origin });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_bounded_for_an_address_and_for_all() {
        let failures = Failures::default();
        let entries = |from: &str, tries: u32| {
            let from = Source::Address(from.parse().unwrap());
            (0..tries).filter(|_| failures.leaves_an_entry(from)).count()
        };
        assert_eq!(entries("192.0.2.1", 100), 5);
        let others: usize = (2..100).map(|last| entries(&format!("192.0.2.{last}"), 3)).sum();
        assert_eq!(others, 55);
    }
}
