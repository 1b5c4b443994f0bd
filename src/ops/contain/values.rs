//! The values of an incident, while they are at hand.

use crate::domain::secret::Secret;
use crate::domain::values::Runs;
use crate::system::memory::{self, Locked};

/// Values by their fingerprints. Wiped when dropped.
#[derive(Default)]
pub(super) struct Values(Vec<Kept>);

struct Kept {
    fingerprint: String,
    // before the lock, so that it is wiped while it is still locked
    value: Secret,
    locked: Option<Locked>,
}

impl Values {
    /// Keeps a value, out of swap where the system allows it.
    pub(super) fn keep(&mut self, fingerprint: String, value: Secret) {
        if self.get(&fingerprint).is_none() {
            let locked = memory::lock(value.expose());
            self.0.push(Kept { fingerprint, value, locked });
        }
    }

    /// The value with this fingerprint.
    pub(super) fn get(&self, fingerprint: &str) -> Option<&Secret> {
        self.0.iter().find(|kept| kept.fingerprint == fingerprint).map(|kept| &kept.value)
    }

    /// What each is searched for with.
    pub(super) fn runs(&self) -> Vec<Runs> {
        self.0.iter().map(|kept| Runs::of(kept.value.expose())).collect()
    }

    /// Whether all are kept out of swap; none where there is none.
    pub(super) fn is_locked(&self) -> Option<bool> {
        (!self.0.is_empty()).then(|| self.0.iter().all(|kept| kept.locked.is_some()))
    }

    pub(super) fn wipe(&mut self) {
        self.0.clear();
    }
}
