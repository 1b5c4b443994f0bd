//! A backend that lists no API keys, with those that a person wrote down on this machine in their place: they are one's own
//! keys, are found by the hash of their values, and carry the marks of a rotation. Everything else is the backend's own.
//!
//! To *make* a key here is to write down one that a person made; to *delete* one is to note that a person revoked it. Neither
//! sends anything, so that the use cases above need not know that no call does these.

mod service;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use crate::client::capabilities::Capabilities;
use crate::client::error::{Asked, ErrorKind, ServiceError};
use crate::client::proof::{Verdict, once};
use crate::client::{KeyService, NewKey};
use crate::domain::ids::{KeyId, UserId};
use crate::domain::key::Key;
use crate::domain::key_value::fingerprint;
use crate::domain::secret::Secret;
use crate::domain::team::Me;
use crate::domain::tracked::{Heard, Probed, Tracked, TrackedRequest};
use crate::domain::untrusted::Untrusted;
use crate::local::tracked::{TrackedError, TrackedFile};

/// A backend, and the keys that were written down for it.
pub struct Tracking {
    inner: Arc<dyn KeyService>,
    file: TrackedFile,
    capabilities: Capabilities,
    /// The fingerprint of the key that asks.
    own: String,
    /// Who asks, once the backend said so: whose the keys are of which nobody says whose they are.
    me: Mutex<Option<(UserId, Untrusted)>>,
}

/// `service`, which `key` asks, where it lists its keys; else with those that were written down for `profile` in the state
/// directory.
pub fn over(service: Arc<dyn KeyService>, state: Option<&Path>, profile: &str, key: &Secret) -> Arc<dyn KeyService> {
    let capabilities = service.capabilities().clone().tracking();
    match state {
        Some(state) if capabilities.tracks().is_some() => {
            let file = TrackedFile::of(state, profile);
            let own = fingerprint(key.expose());
            Arc::new(Tracking { inner: service, file, capabilities, own, me: Mutex::new(None) })
        }
        _ => service,
    }
}

impl Tracking {
    fn error(&self, kind: ErrorKind, why: impl Into<Untrusted>) -> ServiceError {
        ServiceError::new(kind, Asked::nothing(&self.inner.address()), why)
    }

    /// What cannot be read or written on this machine.
    fn failed(&self, error: &TrackedError) -> ServiceError {
        use crate::domain::failure::Failure as _;
        self.error(ErrorKind::Configuration, format!("{error}; {}", error.hint()))
    }

    fn met(&self, me: &Me) {
        *self.me.lock().unwrap_or_else(PoisonError::into_inner) = Some((me.id, me.name.clone()));
    }

    /// The key that asks, where it is written down with its fingerprint.
    fn own_key(&self) -> Result<Option<KeyId>, ServiceError> {
        let tracked = self.file.read().map_err(|error| self.failed(&error))?;
        Ok(tracked.into_iter().find(|key| key.fingerprint.as_ref() == Some(&self.own)).map(|key| key.id))
    }

    async fn whoever_asks(&self) -> Result<(UserId, Untrusted), ServiceError> {
        let known = self.me.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(known) = known {
            return Ok(known);
        }
        let me = self.inner.me().await?;
        self.met(&me);
        Ok((me.id, me.name))
    }

    /// The keys that were written down, the latest first, as lists show them.
    async fn written_down(&self) -> Result<Vec<Key>, ServiceError> {
        let tracked = self.file.read().map_err(|error| self.failed(&error))?;
        if tracked.is_empty() {
            return Ok(Vec::new());
        }
        let (me, name) = self.whoever_asks().await?;
        let now = self.inner.clock().now();
        Ok(tracked.iter().rev().map(|tracked| tracked.key(me, &name, now)).collect())
    }

    async fn one(&self, id: &KeyId) -> Result<Option<Key>, ServiceError> {
        Ok(self.written_down().await?.into_iter().find(|key| key.id == *id))
    }

    /// Writes a key down that a person made. Written down twice, one value is one key.
    fn write_down(&self, new: &NewKey) -> Result<Tracked, ServiceError> {
        let now = self.inner.clock().now();
        let id = TrackedFile::new_id(now).map_err(|error| self.failed(&error))?;
        let value = new.value.as_ref().map(|value| (value.fingerprint.clone(), value.masked.clone()));
        let request = TrackedRequest {
            name: new.name.clone(),
            contacts: new.contacts.clone(),
            expires: new.expires,
            made: Some(now),
            value,
            rotated_from: new.rotated_from.clone(),
            ..TrackedRequest::default()
        };
        let written = self.file.change(|keys| {
            let known = |key: &&Tracked| key.fingerprint.is_some() && key.fingerprint == request_print(&request);
            if let Some(known) = keys.iter().find(known) {
                return known.clone();
            }
            let before = keys.iter_mut().find(|key| Some(&key.id) == request.rotated_from.as_ref());
            let mut tracked = request.noted(&id, now);
            if let Some(before) = before {
                // the same kind of key of the same person
                tracked.kind = before.kind.clone();
                tracked.owner = before.owner.clone();
                tracked.user = before.user;
                tracked.expires = tracked.expires.or(tracked.kind.ends(now));
                before.rotated_to = Some(tracked.id.clone());
            }
            keys.push(tracked.clone());
            tracked
        });
        written.map_err(|error| self.failed(&error))
    }

    /// Notes that a person revoked a key; false where it is not written down.
    fn note_removed(&self, id: &KeyId) -> Result<bool, ServiceError> {
        let now = self.inner.clock().now();
        let noted = self.file.change(|keys| match keys.iter_mut().find(|key| key.id == *id) {
            Some(key) => {
                key.removed = key.removed.or(Some(now));
                true
            }
            None => false,
        });
        noted.map_err(|error| self.failed(&error))
    }
}

fn request_print(request: &TrackedRequest) -> Option<String> {
    request.value.as_ref().map(|(fingerprint, _)| fingerprint.clone())
}

/// How often a backend is asked about a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thoroughly {
    /// Once: what its answer says by itself.
    Once,
    /// Three times, with a made-up value in between, so that a refusal is proven.
    Proven,
}

/// What a question about a tracked key came to.
#[derive(Debug)]
pub enum Asking {
    /// The value is not the one that was written down.
    AnotherValue,
    /// What the backend said, and the key as it is written down from now on.
    Said(Verdict, Box<Tracked>),
}

/// Asks the backend whether it accepts the value of a key that was written down, and writes down what it said. A key without
/// a fingerprint gets that of the value.
///
/// # Errors
/// When it cannot be written down; what the backend refuses or does not answer is no error.
pub async fn probe(
    service: &dyn KeyService,
    file: &TrackedFile,
    tracked: &Tracked,
    value: &Secret,
    how: Thoroughly,
) -> Result<Asking, TrackedError> {
    let print = fingerprint(value.expose());
    if tracked.fingerprint.as_ref().is_some_and(|known| *known != print) {
        return Ok(Asking::AnotherValue);
    }
    let verdict = match how {
        Thoroughly::Proven => service.verify(value).await,
        Thoroughly::Once => once(service, value).await,
    };
    let heard = match &verdict {
        Verdict::Accepted(_) => Some(Heard::Accepted),
        Verdict::Refused => Some(Heard::Refused),
        Verdict::CannotTell(_) => None,
    };
    let at = service.clock().now();
    let changed = file.change(|keys| {
        let found = keys.iter_mut().find(|key| key.id == tracked.id)?;
        if found.fingerprint.is_none() {
            (found.fingerprint, found.masked) = (Some(print), crate::domain::key_value::mask(value.expose()));
        }
        if let Some(heard) = heard {
            found.probed = Some(Probed { at, heard });
        }
        if let Verdict::Accepted(Some(me)) = &verdict {
            found.user = Some(me.id);
            // what is accepted was not removed, whatever somebody said
            found.removed = None;
        }
        Some(found.clone())
    })?;
    Ok(Asking::Said(verdict, Box::new(changed.unwrap_or_else(|| tracked.clone()))))
}

#[cfg(test)]
mod tests;
